//! What a form was filled in with, and what is wrong with it.

use std::collections::BTreeMap;

use flowpilot::error::FieldError;
use serde_json::{Value, json};

use super::{VALUE, failed};
use crate::render::text;

/// In a `block_id`, before the part's number: the part begins a line of the text.
pub(super) const NEXT_LINE: char = '#';
/// In a `block_id`, before the part's number: the part goes on where the one before ended.
pub(super) const JOINED: char = '+';

/// The values of a form by name, from its `view.state.values`. What was left empty is not among them, but for a
/// channel.
#[must_use]
pub fn fields(state_values: &Value) -> BTreeMap<String, String> {
    let mut parts: BTreeMap<String, BTreeMap<usize, (char, String)>> = BTreeMap::new();
    for (block, actions) in state_values.as_object().into_iter().flatten() {
        let Some(value) = value(&actions[VALUE]) else { continue };
        let (name, joint, n) = part_of(block, state_values).unwrap_or((block, NEXT_LINE, 1));
        parts.entry(name.to_owned()).or_default().insert(n, (joint, value));
    }
    parts.into_iter().map(|(name, parts)| (name, join(parts))).collect()
}

fn value(element: &Value) -> Option<String> {
    // A channel that was taken out of the form is a choice too: nowhere.
    if element["type"] == "conversations_select" {
        return Some(element["selected_conversation"].as_str().unwrap_or_default().to_owned());
    }
    let value = element["selected_option"]["value"].as_str().or(element["value"].as_str())?;
    (!value.is_empty()).then(|| value.to_owned())
}

/// The input that a block holds a part of, how it is joined, and which part it is.
fn part_of<'a>(block: &'a str, blocks: &Value) -> Option<(&'a str, char, usize)> {
    let at = block.rfind([NEXT_LINE, JOINED])?;
    let joint = block[at..].chars().next()?;
    let n: usize = block[at + 1..].parse().ok().filter(|n| *n > 1)?;
    blocks.get(&block[..at]).map(|_| (&block[..at], joint, n))
}

fn join(parts: BTreeMap<usize, (char, String)>) -> String {
    let mut whole = String::new();
    for (_, (joint, part)) in parts {
        if !whole.is_empty() && joint == NEXT_LINE {
            whole.push('\n');
        }
        whole.push_str(&part);
    }
    whole
}

/// The answer to a form that breaks rules, each said at its input; what belongs to none of them is said at the
/// first. `view` is the view of the payload.
#[must_use]
pub fn errors(errors: &[FieldError], view: &Value) -> Value {
    let blocks: Vec<&str> = view["blocks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|block| block["type"] == "input")
        .filter_map(|block| block["block_id"].as_str())
        .collect();
    let Some(first) = blocks.first() else {
        let why: Vec<String> = errors.iter().map(|e| format!("{}: {}", e.field, e.rule)).collect();
        let title = view["title"]["text"].as_str().unwrap_or("FlowPilot");
        return json!({ "response_action": "update", "view": failed(title, &why.join("\n")) });
    };
    let mut said: BTreeMap<&str, String> = BTreeMap::new();
    for error in errors {
        let (block, words) = match blocks.iter().find(|block| is_about(&error.field, block)) {
            Some(block) => (*block, error.rule.clone()),
            None => (*first, format!("{}: {}", error.field, error.rule)),
        };
        let words = text::prose(&capitalised(&words), 300);
        said.entry(block)
            .and_modify(|so_far| *so_far = text::prose(&format!("{so_far}; {words}"), 900))
            .or_insert(words);
    }
    json!({ "response_action": "errors", "errors": said })
}

/// `parameters.user` and `steps[2]` are about the inputs `user` and `steps`.
fn is_about(field: &str, block: &str) -> bool {
    let field = field.split_once('[').map_or(field, |(name, _)| name);
    field == block || field.rsplit('.').next() == Some(block)
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(field: &str, rule: &str) -> FieldError {
        FieldError { field: field.into(), rule: rule.into() }
    }

    fn view() -> Value {
        json!({ "title": { "text": "Add" }, "blocks": [
            { "type": "context" },
            { "type": "input", "block_id": "text" },
            { "type": "input", "block_id": "user" },
        ] })
    }

    #[test]
    fn what_was_chosen_and_written_comes_back_by_name() {
        let values = json!({
            "text": { "value": { "type": "plain_text_input", "value": "The cable is loose" } },
            "size": { "value": { "type": "static_select", "selected_option": { "value": "large" } } },
            "note": { "value": { "type": "plain_text_input", "value": null } },
        });
        let expected = [("size", "large"), ("text", "The cable is loose")];
        assert_eq!(fields(&values), expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
    }

    #[test]
    fn the_parts_of_a_long_text_come_back_as_one_in_their_order() {
        let part = |text: &str| json!({ "value": { "value": text } });
        let values = json!({
            "body": part("one"), "body#2": part("two"), "body+10": part("end"), "body#3": part("three"),
        });
        assert_eq!(fields(&values)["body"], "one\ntwo\nthreeend");
    }

    #[test]
    fn a_name_that_looks_like_a_part_is_a_name() {
        let values = json!({ "disk#2": { "value": { "value": "D:" } } });
        assert_eq!(fields(&values)["disk#2"], "D:");
    }

    #[test]
    fn a_broken_rule_is_said_at_its_input() {
        let answer = errors(&[error("parameters.user", "must not be empty")], &view());
        assert_eq!(answer, json!({ "response_action": "errors", "errors": { "user": "Must not be empty" } }));
    }

    #[test]
    fn a_rule_of_something_that_the_form_does_not_show_is_said_at_its_first_input() {
        let answer = errors(&[error("ticket", "is closed")], &view());
        assert_eq!(answer, json!({ "response_action": "errors", "errors": { "text": "Ticket: is closed" } }));
    }

    #[test]
    fn a_form_without_inputs_is_replaced_by_the_reason() {
        let answer = errors(&[error("ticket", "is closed")], &json!({ "blocks": [] }));
        assert_eq!(answer["response_action"], "update");
        assert_eq!(answer["view"]["blocks"][0]["text"]["text"], "ticket: is closed");
    }
}
