//! The tool with which a model suggests a fix, where its server has tools. It does nothing by itself: a call is one more
//! form in which a fix comes, beside the block in the text, and goes through the same reading. No result is ever sent back:
//! a call ends the turn, so that no model can go round in circles with it.

use serde_json::{Value, json};

use super::proposal::Proposal;
use super::provider::Tool;

/// The name of the tool.
const SUGGEST_FIX: &str = "suggest_fix";

/// The tools of an answer in a session. The same bytes each time: they stand first in what a server caches.
pub(super) fn tools() -> Vec<Tool> {
    let text = || json!({ "type": "string" });
    let maybe = || json!({ "type": ["string", "null"] });
    let script = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["language", "body"],
        "properties": {
            "language": { "type": "string", "enum": ["powershell", "cmd", "bash"] },
            "body": text(),
        },
    });
    vec![Tool {
        name: SUGGEST_FIX,
        description: "Suggest one fix to the engineer, under the same conditions as the block. They decide about it; \
            nothing is run.",
        schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["title", "root_cause", "rationale", "steps", "confidence", "script"],
            "properties": {
                "title": text(),
                "root_cause": maybe(),
                "rationale": maybe(),
                "steps": { "type": "array", "items": text() },
                "confidence": { "type": "integer" },
                "script": { "anyOf": [script, { "type": "null" }] },
            },
        }),
    }]
}

/// The fix of a call; none for another tool, or for what is no fix.
pub(super) fn suggested(name: &str, input: &Value) -> Option<Proposal> {
    if name == SUGGEST_FIX { Proposal::read(input) } else { None }
}
