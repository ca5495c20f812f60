//! The small objects that blocks and elements share.

use super::rule::Kinds::{Either, Plain};
use super::rule::{Rule, Shape};

pub(super) static CONFIRM: Shape = Shape::new(
    &["title", "text", "confirm", "deny"],
    &[
        ("title", Rule::Text(Plain, 100)),
        ("text", Rule::Text(Either, 300)),
        ("confirm", Rule::Text(Plain, 30)),
        ("deny", Rule::Text(Plain, 30)),
        ("style", Rule::OneOf(&["primary", "danger"])),
    ],
);

pub(super) static OPTION: Shape = Shape::new(
    &["text", "value"],
    &[
        ("text", Rule::Text(Plain, 75)),
        ("value", Rule::Filled(75)),
        ("description", Rule::Text(Plain, 75)),
        ("url", Rule::Filled(3_000)),
    ],
);

/// A radio button or a checkbox.
pub(super) static CHOICE: Shape = Shape::new(
    &["text", "value"],
    &[("text", Rule::Text(Either, 75)), ("value", Rule::Filled(75)), ("description", Rule::Text(Either, 75))],
);

pub(super) static GROUP: Shape =
    Shape::new(&["label", "options"], &[("label", Rule::Text(Plain, 75)), ("options", Rule::Options(100))]);

pub(super) static DISPATCH: Shape = Shape::new(&[], &[("trigger_actions_on", Rule::Any)]);

pub(super) static FEEDBACK: Shape = Shape::new(
    &["text", "value"],
    &[
        ("text", Rule::Text(Plain, 75)),
        ("value", Rule::Filled(2_000)),
        ("accessibility_label", Rule::String(75)),
    ],
);
