//! What a model is told that writes a note: the record with short ids, the sections, and what was wrong the first time.

use serde_json::{Map, Value, json};

use super::{Keys, clean, ticket};
use crate::ai::ledger::estimated_tokens;
use crate::ai::note::{NoteAsk, Told, Unmet};
use crate::ai::provider::{Role, Turn};
use crate::note::edit::name;
use crate::note::{Of, Source};

/// The rules for notes.
const RULES: &str = include_str!("note_rules.md");

/// Everything that a model is told for a note, and the form of its answer.
pub(in crate::ai) struct NotePrompt {
    pub(in crate::ai) system: String,
    pub(in crate::ai) turns: Vec<Turn>,
    /// A JSON schema.
    pub(in crate::ai) schema: Value,
    /// How long it is, in tokens, estimated.
    pub(in crate::ai) tokens: u64,
}

impl NotePrompt {
    /// The prompt, of so many tokens at most as long as there are words of the thread that may be left out.
    pub(in crate::ai) fn of(ask: &NoteAsk<'_>, most_tokens: usize) -> Self {
        let keys = Keys::of(&ask.engine.sealer, ask.case.session.id.0);
        let titles: Map<String, Value> =
            ask.rules.sections.iter().map(|section| (name(section), json!(section.title))).collect();
        let ticket = keys.fenced("ticket", &json!({ "T1": ticket(ask.case) }));
        let record = record(ask.sources, most_tokens * 4, &keys);
        let wanted = format!(
            "The ticket:\n\n{ticket}\n\nThe record:\n\n{record}\n\nWrite the note \"{}\". Its sections, each with its \
             heading: {}",
            ask.rules.kind.label(),
            Value::Object(titles)
        );
        // The second time it begins with the same bytes.
        let mut turns = vec![Turn { role: Role::User, text: wanted, cached: true }];
        if let Some(before) = &ask.before {
            turns.extend(mending(before, &keys));
        }
        let length = RULES.chars().count() + turns.iter().map(|t| t.text.chars().count()).sum::<usize>();
        Self { system: RULES.to_owned(), turns, schema: schema(ask), tokens: estimated_tokens(length) }
    }
}

/// What can be cited, by its id; the ticket stands for itself. The oldest words are left out where there is no room.
fn record(sources: &[Source], room: usize, keys: &Keys) -> String {
    let told = |source: &Source| {
        let text = source.facts.iter().map(|fact| clean(fact)).collect::<Vec<_>>().join(" ");
        (source.key.clone(), text)
    };
    let mut record: Vec<(String, String)> =
        sources.iter().filter(|source| source.of == Of::Record).map(told).collect();
    let length = |(key, text): &(String, String)| key.len() + text.chars().count() + 6;
    let mut room = room.saturating_sub(record.iter().map(length).sum());
    let mut thread: Vec<(String, String)> = Vec::new();
    for source in sources.iter().rev().filter(|source| source.of == Of::Thread) {
        let said = told(source);
        let Some(left) = room.checked_sub(length(&said)) else { break };
        room = left;
        thread.push(said);
    }
    thread.reverse();
    record.append(&mut thread);
    // A list keeps the order.
    let entries: Vec<Value> =
        record.into_iter().map(|(id, text)| json!({ "id": id, "text": text })).collect();
    keys.fenced("record", &Value::Array(entries))
}

/// What it wrote, and what is wrong with it.
fn mending(before: &Unmet<'_>, keys: &Keys) -> [Turn; 2] {
    let faults: Vec<Value> =
        before.faults.iter().map(|fault| json!({ "sentence": fault.text, "fault": fault.why })).collect();
    let faults = keys.fenced("faults", &Value::Array(faults));
    let text = format!(
        "These sentences are not supported by what they cite:\n\n{faults}\n\nWrite the whole note again. Mend each of \
         them so that the record supports it, or leave it out. Keep the others as they are."
    );
    [
        Turn { role: Role::Assistant, text: as_told(before.told).to_string(), cached: false },
        Turn { role: Role::User, text, cached: false },
    ]
}

fn as_told(told: &Told) -> Value {
    let sections = told.sections.iter().map(|(name, claims)| {
        let claims = claims.iter().map(|claim| json!({ "text": claim.text, "evidence": claim.evidence }));
        (name.clone(), Value::Array(claims.collect()))
    });
    Value::Object(sections.collect())
}

/// The form of the answer.
fn schema(ask: &NoteAsk<'_>) -> Value {
    let sentence = json!({
        "type": "object",
        "additionalProperties": false,
        "required": ["text", "evidence"],
        "properties": {
            "text": { "type": "string" },
            "evidence": { "type": "array", "items": { "type": "string" } },
        },
    });
    let list = json!({ "type": "array", "items": sentence });
    let names: Vec<String> = ask.rules.sections.iter().map(name).collect();
    let sections: Map<String, Value> = names.iter().map(|name| (name.clone(), list.clone())).collect();
    json!({ "type": "object", "additionalProperties": false, "required": names, "properties": sections })
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn the_rules_for_notes_have_no_data_that_a_model_could_take_for_real() {
        let real = regex::Regex::new(r"[0-9]{4,}|[0-9]+\.[0-9]+|@|https?:|[A-Z]:\\|0x").unwrap();
        assert_eq!(real.find(RULES).map(|found| found.as_str()), None);
    }

    #[test]
    fn the_rules_for_notes_say_what_may_rest_on_what() {
        for part in ["`evidence`", "T1 is the ticket", "Suspected:", "<untrusted"] {
            assert!(RULES.contains(part), "{part}");
        }
    }
}
