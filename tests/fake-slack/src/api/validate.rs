//! `blocks.validate`.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::check::{Problem, check_blocks, check_message, check_view};

pub(super) fn validate(turn: &mut Turn<'_>) -> Done {
    let given: Vec<_> =
        ["blocks", "message", "view"].into_iter().filter(|name| turn.args.has(name)).collect();
    let [name] = given[..] else {
        return Err(Refusal::invalid("must provide exactly one of `blocks`, `view`, or `message`"));
    };
    let value = turn.args.json(name, "invalid_arguments")?.unwrap_or_default();
    let (error, problems) = match name {
        "blocks" => ("invalid_blocks", check_blocks(value.as_array().map(Vec::as_slice).unwrap_or_default())),
        "message" => ("invalid_message", check_message(&value)),
        _ => ("invalid_view", check_view(&value)),
    };
    if problems.is_empty() {
        return Ok(json!({}));
    }
    let told = |problem: &Problem| json!({ "code": "failed_constraint", "message": problem.message, "pointer": problem.pointer });
    let errors: Vec<Value> = problems.iter().map(told).collect();
    Err(Refusal::new(error).with("errors", errors.into()))
}
