//! What a modal or a Home tab may have.

use serde_json::Value;

use super::walk::{Walk, kind_of};
use super::{Place, Problem};

/// Blocks of a view.
const BLOCKS: usize = 100;
/// Characters of a modal's title and of its two buttons.
const TITLE: usize = 24;
/// Characters of `private_metadata`.
const PRIVATE: usize = 3_000;
/// Bytes of a whole view.
const VIEW: usize = 250_000;

const PROPERTIES: &[&str] = &[
    "type",
    "title",
    "submit",
    "close",
    "blocks",
    "private_metadata",
    "callback_id",
    "clear_on_close",
    "notify_on_close",
    "external_id",
    "submit_disabled",
];

/// What is wrong with a view: a modal or a Home tab.
#[must_use]
pub fn check_view(view: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Some(object) = view.as_object() else {
        return vec![Problem::new("invalid_arguments", "/view", "view must be an object")];
    };
    let mut wrong = |at: &str, what: String| problems.push(Problem::new("invalid_arguments", at, what));
    let place = match kind_of(view) {
        "home" => Place::Home,
        "modal" => Place::Modal,
        other => {
            wrong("/view/type", format!("unsupported type: {other}"));
            Place::Modal
        }
    };
    for name in object.keys().filter(|name| !PROPERTIES.contains(&name.as_str())) {
        wrong(&format!("/view/{name}"), format!("unknown property: {name}"));
    }
    for name in ["title", "submit", "close"] {
        let given = object.get(name).filter(|value| !value.is_null());
        for what in given.map(title_problems).unwrap_or_default() {
            wrong(&format!("/view/{name}"), what);
        }
    }
    if place == Place::Modal && object.get("title").is_none_or(Value::is_null) {
        wrong("/view", "missing required field: title".to_owned());
    }
    for (name, most) in [("private_metadata", PRIVATE), ("callback_id", 255), ("external_id", 255)] {
        if object.get(name).and_then(Value::as_str).is_some_and(|text| text.chars().count() > most) {
            wrong(&format!("/view/{name}"), format!("must be less than {} characters", most + 1));
        }
    }
    if view.to_string().len() > VIEW {
        problems.push(Problem::new("view_too_large", "/view", format!("more than {VIEW} bytes")));
    }
    problems.extend(blocks_problems(view, place));
    problems
}

fn blocks_problems(view: &Value, place: Place) -> Vec<Problem> {
    let Some(blocks) = view["blocks"].as_array() else {
        return vec![Problem::new("invalid_arguments", "/view", "missing required field: blocks")];
    };
    let mut problems = Walk::over(blocks, place, BLOCKS);
    let has_input = blocks.iter().any(|block| kind_of(block) == "input");
    if place == Place::Modal && has_input && !view["submit"].is_object() {
        let what = "submit is required when an input is within blocks";
        problems.push(Problem::new("invalid_arguments", "/view/submit", what));
    }
    // In answers about views, Slack calls wrong blocks wrong arguments.
    for problem in &mut problems {
        problem.error = "invalid_arguments";
        problem.pointer = format!("/view{}", problem.pointer.trim_start_matches("/view"));
    }
    problems
}

fn title_problems(title: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    if kind_of(title) != "plain_text" {
        problems.push("must be a plain_text object".to_owned());
    }
    match title["text"].as_str().map(|text| text.chars().count()) {
        None | Some(0) => problems.push("must be more than 0 characters".to_owned()),
        Some(length) if length > TITLE => {
            problems.push(format!("must be less than {} characters", TITLE + 1));
        }
        Some(_) => {}
    }
    problems
}
