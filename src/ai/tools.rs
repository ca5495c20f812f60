//! The tools of a model, where its server has tools: to suggest a fix, and to propose facts. They do nothing by
//! themselves: a call is one more form in which a fix comes, beside the block in the text, and goes through the same
//! reading; what is proposed as a fact waits for an engineer's click. No result is ever sent back: a call ends the turn,
//! so that no model can go round in circles with it.

use serde_json::{Value, json};

use super::prompt::clean;
use super::proposal::Proposal;
use super::provider::Tool;
use crate::session::text::shorten;

const SUGGEST_FIX: &str = "suggest_fix";
const PROPOSE_FACTS: &str = "propose_facts";
/// Facts of one answer that are proposed.
const MOST_FACTS: usize = 4;
/// The longest of them, in characters.
const LONGEST_FACT: usize = 300;

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
    let facts = Tool {
        name: PROPOSE_FACTS,
        description: "Propose what the engineer has just reported as facts, each one sentence in their own terms. They \
            are asked whether they confirm it; nothing is recorded by this.",
        schema: json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["facts"],
            "properties": { "facts": { "type": "array", "items": text() } },
        }),
    };
    let fix = Tool {
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
    };
    vec![fix, facts]
}

/// The fix of a call; none for another tool, or for what is no fix.
pub(super) fn suggested(name: &str, input: &Value) -> Option<Proposal> {
    if name == SUGGEST_FIX { Proposal::read(input) } else { None }
}

/// The facts that a call proposes, clean and each once; none for another tool.
pub(super) fn proposed(name: &str, input: &Value) -> Vec<String> {
    let mut facts: Vec<String> = Vec::new();
    if name != PROPOSE_FACTS {
        return facts;
    }
    for fact in input["facts"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let fact = shorten(&clean(fact), LONGEST_FACT);
        if !fact.is_empty() && !facts.contains(&fact) && facts.len() < MOST_FACTS {
            facts.push(fact);
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposed_facts_are_few_clean_and_each_once() {
        let input = json!({ "facts": ["It hums. <!channel>", "It hums.", "", 3, "a", "b", "c", "d"] });
        assert_eq!(proposed(PROPOSE_FACTS, &input), ["It hums.", "a", "b", "c"]);
        assert!(proposed("look", &input).is_empty() && proposed(PROPOSE_FACTS, &json!([])).is_empty());
    }

    #[test]
    fn every_property_is_required_as_strict_servers_want_it() {
        for tool in tools() {
            let names: Vec<&String> = tool.schema["properties"].as_object().unwrap().keys().collect();
            let required = tool.schema["required"].as_array().unwrap();
            assert!(names.iter().all(|name| required.contains(&json!(name))), "{}", tool.name);
            assert_eq!(tool.schema["additionalProperties"], false);
        }
    }
}
