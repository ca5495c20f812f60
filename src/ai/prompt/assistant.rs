//! What a model is told that answers a question without a session: what was asked before, what the library has, and the
//! question.

use serde_json::{Map, Value, json};

use super::{Keys, LONGEST_TURN, Prompt, add, clean, cut};
use crate::ai::Ask;
use crate::ai::provider::{Role, Turn};
use crate::assistant::{Conversation, Library, look_up, turns_before};
use crate::team::{Caller, member};
use crate::{Error, Result};

/// The rules that every model gets.
pub(super) const RULES: &str = include_str!("assistant_rules.md");

/// Exchanges before that are told at most.
const MOST_TURNS: i64 = 20;

/// The prompt for a question, of so many tokens at most as long as there is something that may be left out: the oldest
/// exchanges first, then the sources that fit least.
///
/// # Errors
/// The database's.
pub(super) async fn prompt(ask: &Ask, conversation: &Conversation, most_tokens: usize) -> Result<Prompt> {
    let (engine, team) = (&ask.engine, conversation.team_id);
    let asker = member(&engine.db, team, ask.member).await?.ok_or(Error::NotFound("member"))?;
    let before = turns_before(&engine.db, team, conversation.id, ask.answer, MOST_TURNS).await?;
    let last = before.last().map(|(question, _)| question.as_str());
    let library = look_up(engine, &Caller::of(&asker), &ask.question, last).await?;
    Ok(made(ask, conversation, &before, library, most_tokens))
}

fn made(
    ask: &Ask,
    conversation: &Conversation,
    before: &[(String, String)],
    mut library: Library,
    most_tokens: usize,
) -> Prompt {
    let keys = Keys::of(&ask.engine.sealer, conversation.id.0);
    let most = most_tokens * 4;
    let mut last = last_turn(&ask.question, &library, &keys);
    while RULES.chars().count() + last.chars().count() > most && library.found.pop().is_some() {
        last = last_turn(&ask.question, &library, &keys);
    }
    let room = most.saturating_sub(RULES.chars().count() + last.chars().count());
    let mut turns = Vec::new();
    for turn in told(before, room, &keys) {
        add(&mut turns, turn);
    }
    add(&mut turns, Turn { role: Role::User, text: last, cached: false });
    Prompt { cites: true, sources: library.sources(), ..Prompt::of_turns(RULES, turns, keys.code) }
}

/// What was asked and answered; the oldest are left out where there is no room.
fn told(before: &[(String, String)], room: usize, keys: &Keys) -> Vec<Turn> {
    let (mut room, mut turns) = (room, Vec::new());
    for (question, answer) in before.iter().rev() {
        let question = keys.fenced("question", &json!({ "text": cut(&clean(question), LONGEST_TURN) }));
        let answer = cut(&clean(answer), LONGEST_TURN);
        // Servers refuse an empty turn.
        let answer = if answer.trim().is_empty() { "I gave no answer.".to_owned() } else { answer };
        let Some(left) = room.checked_sub(question.chars().count() + answer.chars().count()) else { break };
        room = left;
        turns.push(Turn { role: Role::Assistant, text: answer, cached: false });
        turns.push(Turn { role: Role::User, text: question, cached: false });
    }
    turns.reverse();
    turns
}

fn last_turn(question: &str, library: &Library, keys: &Keys) -> String {
    let sources: Vec<Value> = library
        .found
        .iter()
        .map(|found| {
            json!({
                "number": found.source.number,
                "kind": found.source.kind,
                "title": clean(&found.source.title),
                "says": cleaned(&found.says),
            })
        })
        .collect();
    let unread: Vec<String> = library.unread.iter().map(|sentence| clean(sentence)).collect();
    let sources = keys.fenced("sources", &json!({ "sources": sources, "not_readable": unread }));
    let question = keys.fenced("question", &json!({ "from": "the engineer", "text": clean(question) }));
    format!("What the library has:\n\n{sources}\n\nThe engineer asks, and you answer:\n\n{question}")
}

/// A value whose texts are all cleaned.
fn cleaned(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(clean(text)),
        Value::Array(items) => Value::Array(items.iter().map(cleaned).collect()),
        Value::Object(fields) => {
            let fields = fields.iter().map(|(name, value)| (name.clone(), cleaned(value)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULES;

    #[test]
    fn the_rules_for_the_assistant_have_no_data_that_a_model_could_take_for_real() {
        let real = regex::Regex::new(r"[0-9]{4,}|[0-9]+\.[0-9]+|@|https?:|[A-Z]:\\|0x").unwrap();
        assert_eq!(real.find(RULES).map(|found| found.as_str()), None);
    }

    #[test]
    fn the_rules_for_the_assistant_say_how_to_cite() {
        for part in ["in square brackets", "Use only numbers", "<untrusted"] {
            assert!(RULES.contains(part), "{part}");
        }
    }
}
