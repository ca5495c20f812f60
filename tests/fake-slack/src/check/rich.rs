//! What the parts of a `rich_text` block may have.

use super::rule::{Rule, Shape};

/// What may be directly in a `rich_text` block.
pub(super) const PARTS: &[&str] =
    &["rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"];

const INLINE: &[&str] =
    &["text", "link", "emoji", "user", "channel", "usergroup", "team", "broadcast", "date", "color"];

/// As many as fit: Slack documents no count, only the length of all text.
const MANY: usize = 10_000;

/// What the part of this type may have; `None` when Slack knows no such part.
pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    Some(match kind {
        "rich_text" => &RICH_TEXT,
        "rich_text_section" => &SECTION,
        "rich_text_list" => &LIST,
        "rich_text_preformatted" => &PREFORMATTED,
        "rich_text_quote" => &QUOTE,
        "text" => &TEXT,
        "link" => &LINK,
        "emoji" => &EMOJI,
        "user" => &USER,
        "channel" => &CHANNEL,
        "usergroup" => &USERGROUP,
        "team" => &TEAM,
        "broadcast" => &BROADCAST,
        "date" => &DATE,
        "color" => &COLOR,
        _ => return None,
    })
}

static RICH_TEXT: Shape =
    Shape::new(&["elements"], &[("block_id", Rule::BlockId), ("elements", Rule::Elements(MANY, PARTS))]);

static SECTION: Shape = Shape::new(&["elements"], &[("elements", Rule::Maybe(MANY, INLINE))]);

static LIST: Shape = Shape::new(
    &["elements", "style"],
    &[
        ("elements", Rule::Elements(MANY, &["rich_text_section"])),
        ("style", Rule::OneOf(&["bullet", "ordered"])),
        ("indent", Rule::Number),
        ("offset", Rule::Number),
        ("border", Rule::Number),
    ],
);

static PREFORMATTED: Shape = Shape::new(
    &["elements"],
    &[
        ("elements", Rule::Elements(MANY, &["text", "link"])),
        ("border", Rule::Number),
        ("language", Rule::Filled(64)),
    ],
);

static QUOTE: Shape =
    Shape::new(&["elements"], &[("elements", Rule::Maybe(MANY, INLINE)), ("border", Rule::Number)]);

static STYLE: Shape = Shape::new(
    &[],
    &[
        ("bold", Rule::Bool),
        ("italic", Rule::Bool),
        ("strike", Rule::Bool),
        ("code", Rule::Bool),
        ("underline", Rule::Bool),
        ("highlight", Rule::Bool),
        ("client_highlight", Rule::Bool),
        ("unlink", Rule::Bool),
    ],
);

const STYLED: (&str, Rule) = ("style", Rule::Object(&STYLE));

static TEXT: Shape = Shape::new(&["text"], &[("text", Rule::Filled(usize::MAX)), STYLED]);

static LINK: Shape = Shape::new(
    &["url"],
    &[("url", Rule::Filled(3_000)), ("text", Rule::String(usize::MAX)), ("unsafe", Rule::Bool), STYLED],
);

static EMOJI: Shape = Shape::new(
    &["name"],
    &[
        ("name", Rule::Filled(255)),
        ("unicode", Rule::Filled(255)),
        ("skin_tone", Rule::Number),
        ("url", Rule::Filled(3_000)),
        STYLED,
    ],
);

static USER: Shape = Shape::new(&["user_id"], &[("user_id", Rule::Filled(255)), STYLED]);

static CHANNEL: Shape = Shape::new(&["channel_id"], &[("channel_id", Rule::Filled(255)), STYLED]);

static USERGROUP: Shape = Shape::new(&["usergroup_id"], &[("usergroup_id", Rule::Filled(255)), STYLED]);

static TEAM: Shape = Shape::new(&["team_id"], &[("team_id", Rule::Filled(255)), STYLED]);

static BROADCAST: Shape =
    Shape::new(&["range"], &[("range", Rule::OneOf(&["here", "channel", "everyone"])), STYLED]);

static DATE: Shape = Shape::new(
    &["timestamp", "format"],
    &[
        ("timestamp", Rule::Number),
        ("format", Rule::Filled(255)),
        ("url", Rule::Filled(3_000)),
        ("fallback", Rule::Filled(255)),
        STYLED,
    ],
);

static COLOR: Shape = Shape::new(&["value"], &[("value", Rule::Filled(255)), STYLED]);
