//! What each block may have, and where it may be. The newest blocks (cards, carousels, containers, charts) are not here:
//! old clients do not show them, so an app that sends one is told of it.

use super::Place;
use super::elements::{ACCESSORIES, ACTIONS, INPUTS};
use super::rule::Kinds::{Either, Plain};
use super::rule::{Rule, Shape};

const ID: (&str, Rule) = ("block_id", Rule::BlockId);

/// Blocks that only a message may have.
const MESSAGES_ONLY: &[&str] = &["markdown", "table", "task_card", "plan", "context_actions", "file"];

/// Whether this block may be here.
pub(super) fn allowed(kind: &str, place: Place) -> bool {
    place == Place::Message || !MESSAGES_ONLY.contains(&kind)
}

/// What the block of this type may have; `None` when Slack knows no such block.
pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    Some(match kind {
        "section" => &SECTION,
        "header" => &HEADER,
        "divider" => &DIVIDER,
        "image" => &IMAGE,
        "actions" => &ACTIONS_BLOCK,
        "context" => &CONTEXT,
        "input" => &INPUT,
        "file" => &FILE,
        "video" => &VIDEO,
        "markdown" => &MARKDOWN,
        "rich_text" => return super::rich::shape(kind),
        "table" => &TABLE,
        "task_card" => &TASK_CARD,
        "plan" => &PLAN,
        "alert" => &ALERT,
        "context_actions" => &CONTEXT_ACTIONS,
        _ => return None,
    })
}

static SECTION: Shape = Shape {
    required: &[],
    any_of: &["text", "fields"],
    properties: &[
        ID,
        ("text", Rule::Text(Either, 3_000)),
        ("fields", Rule::Texts(10, 2_000)),
        ("accessory", Rule::Element(ACCESSORIES)),
        ("expand", Rule::Bool),
    ],
};

static HEADER: Shape =
    Shape::new(&["text"], &[ID, ("text", Rule::Text(Plain, 150)), ("level", Rule::Number)]);

static DIVIDER: Shape = Shape::new(&[], &[ID]);

static IMAGE: Shape = Shape {
    required: &["alt_text"],
    any_of: &["image_url", "slack_file"],
    properties: &[
        ID,
        ("alt_text", Rule::Filled(2_000)),
        ("image_url", Rule::Filled(3_000)),
        ("slack_file", Rule::Any),
        ("title", Rule::Text(Plain, 2_000)),
    ],
};

static ACTIONS_BLOCK: Shape = Shape::new(&["elements"], &[ID, ("elements", Rule::Elements(25, ACTIONS))]);

static CONTEXT: Shape =
    Shape::new(&["elements"], &[ID, ("elements", Rule::Elements(10, &["image", "mrkdwn", "plain_text"]))]);

static INPUT: Shape = Shape::new(
    &["label", "element"],
    &[
        ID,
        ("label", Rule::Text(Plain, 2_000)),
        ("element", Rule::Element(INPUTS)),
        ("hint", Rule::Text(Plain, 2_000)),
        ("optional", Rule::Bool),
        ("dispatch_action", Rule::Bool),
    ],
);

static FILE: Shape = Shape::new(
    &["external_id", "source"],
    &[ID, ("external_id", Rule::Filled(255)), ("source", Rule::OneOf(&["remote"]))],
);

static VIDEO: Shape = Shape::new(
    &["alt_text", "title", "thumbnail_url", "video_url"],
    &[
        ID,
        ("alt_text", Rule::Filled(2_000)),
        ("title", Rule::Text(Plain, 200)),
        ("thumbnail_url", Rule::Filled(3_000)),
        ("video_url", Rule::Filled(3_000)),
        ("title_url", Rule::Filled(3_000)),
        ("author_name", Rule::Filled(50)),
        ("description", Rule::Text(Plain, 200)),
        ("provider_name", Rule::Filled(255)),
        ("provider_icon_url", Rule::Filled(3_000)),
    ],
);

static MARKDOWN: Shape = Shape::new(&["text"], &[ID, ("text", Rule::Filled(super::MARKDOWN))]);

static TABLE: Shape =
    Shape::new(&["rows"], &[ID, ("rows", Rule::Rows(100, 20)), ("column_settings", Rule::Any)]);

static TASK_CARD: Shape = Shape::new(
    &["task_id", "title"],
    &[
        ID,
        ("task_id", Rule::Filled(255)),
        ("title", Rule::Filled(255)),
        ("status", Rule::OneOf(&["pending", "in_progress", "complete", "error"])),
        ("details", Rule::Element(&["rich_text"])),
        ("output", Rule::Element(&["rich_text"])),
        ("sources", Rule::Maybe(20, &["url"])),
    ],
);

static PLAN: Shape =
    Shape::new(&["title"], &[ID, ("title", Rule::Filled(255)), ("tasks", Rule::Maybe(50, &["task_card"]))]);

static ALERT: Shape = Shape::new(
    &["text"],
    &[
        ID,
        ("text", Rule::Text(Either, 200)),
        ("level", Rule::OneOf(&["default", "info", "success", "warning", "error"])),
    ],
);

static CONTEXT_ACTIONS: Shape =
    Shape::new(&["elements"], &[ID, ("elements", Rule::Elements(5, &["feedback_buttons", "icon_button"]))]);
