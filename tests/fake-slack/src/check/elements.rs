//! What each element may have.

use super::parts::{CONFIRM, DISPATCH, FEEDBACK};
use super::rule::Kinds::Plain;
use super::rule::{Rule, Shape};

const ACTION: (&str, Rule) = ("action_id", Rule::ActionId);
const ASK: (&str, Rule) = ("confirm", Rule::Object(&CONFIRM));
const FOCUS: (&str, Rule) = ("focus_on_load", Rule::Bool);
const HINT: (&str, Rule) = ("placeholder", Rule::Text(Plain, 150));
const DISPATCHES: (&str, Rule) = ("dispatch_action_config", Rule::Object(&DISPATCH));
const MOST: (&str, Rule) = ("max_selected_items", Rule::Number);

/// What may be in an `actions` block.
pub(super) const ACTIONS: &[&str] = &[
    "button",
    "overflow",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "radio_buttons",
    "checkboxes",
    "rich_text_input",
    "workflow_button",
    "icon_button",
    "feedback_buttons",
];

/// What may be beside the text of a `section`.
pub(super) const ACCESSORIES: &[&str] = &[
    "button",
    "overflow",
    "image",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
    "datepicker",
    "timepicker",
    "radio_buttons",
    "checkboxes",
    "workflow_button",
];

/// What may be in an `input` block.
pub(super) const INPUTS: &[&str] = &[
    "plain_text_input",
    "rich_text_input",
    "number_input",
    "email_text_input",
    "url_text_input",
    "file_input",
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
    "multi_static_select",
    "multi_external_select",
    "multi_users_select",
    "multi_conversations_select",
    "multi_channels_select",
    "datepicker",
    "timepicker",
    "datetimepicker",
    "radio_buttons",
    "checkboxes",
];

/// What the element of this type may have; `None` when Slack knows no such element.
pub(super) fn shape(kind: &str) -> Option<&'static Shape> {
    Some(match kind {
        "button" => &BUTTON,
        "overflow" => &OVERFLOW,
        "image" => &IMAGE,
        "static_select" => &STATIC_SELECT,
        "multi_static_select" => &MULTI_STATIC_SELECT,
        "external_select" | "multi_external_select" => &EXTERNAL_SELECT,
        "users_select"
        | "multi_users_select"
        | "channels_select"
        | "multi_channels_select"
        | "conversations_select"
        | "multi_conversations_select" => &LIST_SELECT,
        "datepicker" | "timepicker" | "datetimepicker" => &PICKER,
        "radio_buttons" => &RADIO,
        "checkboxes" => &CHECKBOXES,
        "plain_text_input" => &PLAIN_INPUT,
        "rich_text_input" => &RICH_INPUT,
        "number_input" => &NUMBER_INPUT,
        "email_text_input" | "url_text_input" => &ADDRESS_INPUT,
        "file_input" => &FILE_INPUT,
        "workflow_button" => &WORKFLOW_BUTTON,
        "feedback_buttons" => &FEEDBACK_BUTTONS,
        "icon_button" => &ICON_BUTTON,
        "url" => &URL_SOURCE,
        _ => return None,
    })
}

static BUTTON: Shape = Shape::new(
    &["text"],
    &[
        ACTION,
        ASK,
        ("text", Rule::Text(Plain, 75)),
        ("url", Rule::Filled(3_000)),
        ("value", Rule::Filled(2_000)),
        ("style", Rule::OneOf(&["primary", "danger"])),
        ("accessibility_label", Rule::String(75)),
    ],
);

static OVERFLOW: Shape = Shape::new(&["options"], &[ACTION, ASK, ("options", Rule::Options(5))]);

static IMAGE: Shape = Shape {
    required: &["alt_text"],
    any_of: &["image_url", "slack_file"],
    properties: &[
        ("alt_text", Rule::Filled(2_000)),
        ("image_url", Rule::Filled(3_000)),
        ("slack_file", Rule::Any),
    ],
};

static STATIC_SELECT: Shape = Shape {
    required: &[],
    any_of: &["options", "option_groups"],
    properties: &[
        ACTION,
        ASK,
        FOCUS,
        HINT,
        ("options", Rule::Options(100)),
        ("option_groups", Rule::Groups(100)),
        ("initial_option", Rule::Option),
    ],
};

static MULTI_STATIC_SELECT: Shape = Shape {
    required: &[],
    any_of: &["options", "option_groups"],
    properties: &[
        ACTION,
        ASK,
        FOCUS,
        HINT,
        MOST,
        ("options", Rule::Options(100)),
        ("option_groups", Rule::Groups(100)),
        ("initial_options", Rule::Options(100)),
    ],
};

static EXTERNAL_SELECT: Shape = Shape::new(
    &[],
    &[
        ACTION,
        ASK,
        FOCUS,
        HINT,
        MOST,
        ("initial_option", Rule::Option),
        ("initial_options", Rule::Options(100)),
        ("min_query_length", Rule::Number),
    ],
);

static LIST_SELECT: Shape = Shape::new(
    &[],
    &[
        ACTION,
        ASK,
        FOCUS,
        HINT,
        MOST,
        ("initial_user", Rule::Filled(255)),
        ("initial_users", Rule::Any),
        ("initial_channel", Rule::Filled(255)),
        ("initial_channels", Rule::Any),
        ("initial_conversation", Rule::Filled(255)),
        ("initial_conversations", Rule::Any),
        ("default_to_current_conversation", Rule::Bool),
        ("response_url_enabled", Rule::Bool),
        ("filter", Rule::Any),
    ],
);

static PICKER: Shape = Shape::new(
    &[],
    &[
        ACTION,
        ASK,
        FOCUS,
        HINT,
        ("initial_date", Rule::Filled(10)),
        ("initial_time", Rule::Filled(5)),
        ("initial_date_time", Rule::Number),
        ("timezone", Rule::Filled(255)),
    ],
);

static RADIO: Shape = Shape::new(
    &["options"],
    &[ACTION, ASK, FOCUS, ("options", Rule::Choices(10)), ("initial_option", Rule::Choice)],
);

static CHECKBOXES: Shape = Shape::new(
    &["options"],
    &[ACTION, ASK, FOCUS, ("options", Rule::Choices(10)), ("initial_options", Rule::Choices(10))],
);

static PLAIN_INPUT: Shape = Shape::new(
    &[],
    &[
        ACTION,
        FOCUS,
        HINT,
        DISPATCHES,
        ("initial_value", Rule::String(3_000)),
        ("multiline", Rule::Bool),
        ("min_length", Rule::Number),
        ("max_length", Rule::Number),
    ],
);

static RICH_INPUT: Shape =
    Shape::new(&[], &[ACTION, FOCUS, HINT, DISPATCHES, ("initial_value", Rule::Element(&["rich_text"]))]);

static NUMBER_INPUT: Shape = Shape::new(
    &["is_decimal_allowed"],
    &[
        ACTION,
        FOCUS,
        HINT,
        DISPATCHES,
        ("is_decimal_allowed", Rule::Bool),
        ("initial_value", Rule::Number),
        ("min_value", Rule::Number),
        ("max_value", Rule::Number),
    ],
);

static ADDRESS_INPUT: Shape =
    Shape::new(&[], &[ACTION, FOCUS, HINT, DISPATCHES, ("initial_value", Rule::String(3_000))]);

static FILE_INPUT: Shape = Shape::new(&[], &[ACTION, ("filetypes", Rule::Any), ("max_files", Rule::Number)]);

static WORKFLOW_BUTTON: Shape = Shape::new(
    &["text", "workflow"],
    &[
        ACTION,
        ("text", Rule::Text(Plain, 75)),
        ("workflow", Rule::Any),
        ("style", Rule::OneOf(&["primary", "danger"])),
        ("accessibility_label", Rule::String(75)),
    ],
);

static FEEDBACK_BUTTONS: Shape = Shape::new(
    &["positive_button", "negative_button"],
    &[ACTION, ("positive_button", Rule::Object(&FEEDBACK)), ("negative_button", Rule::Object(&FEEDBACK))],
);

static ICON_BUTTON: Shape = Shape::new(
    &["icon", "text"],
    &[
        ACTION,
        ASK,
        ("icon", Rule::OneOf(&["trash"])),
        ("text", Rule::Text(Plain, 75)),
        ("value", Rule::Filled(2_000)),
        ("visible_to_user_ids", Rule::Any),
        ("accessibility_label", Rule::String(75)),
    ],
);

static URL_SOURCE: Shape =
    Shape::new(&["url", "text"], &[("url", Rule::Filled(3_000)), ("text", Rule::Filled(3_000))]);
