//! Questions where there is no session: a conversation of the assistant begins in the thread, and goes on there.

use super::{Copilot, begin};
use crate::assistant::{Conversation, ask_in, by_thread, stop_in};
use crate::queue::Receipt;
use crate::surface::{Command, Inbound, What, parse_command};
use crate::team::{Affiliation, Caller};
use crate::{Error, Result};

/// What is asked with `ask`, which needs no colon where no session could be meant; `None` for other words.
///
/// # Errors
/// [`Error::Invalid`] where nothing follows it.
pub(super) fn question(text: &str) -> Result<Option<&str>> {
    let words = text.trim();
    let words = words.strip_prefix('/').unwrap_or(words);
    let end = words.find(|c: char| !c.is_alphanumeric()).unwrap_or(words.len());
    let (word, rest) = words.split_at(end);
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let is_ask = word.eq_ignore_ascii_case("ask")
        && (rest.is_empty() || rest.starts_with(char::is_whitespace) || words[end..].starts_with(':'));
    if !is_ask {
        return Ok(None);
    }
    match rest.trim() {
        "" => Err(Error::invalid("question", "is missing: `ask: what you want to know`")),
        question => Ok(Some(question)),
    }
}

/// What an event asks a conversation for.
enum Wanted<'a> {
    Answer(&'a str),
    Silence,
}

impl Copilot {
    /// Takes what is asked outside of a session; false when the event is nothing of the kind.
    pub(super) async fn conversed(
        &self,
        inbound: &Inbound,
        caller: &Caller,
        receipt: &Receipt,
    ) -> Result<bool> {
        let known = by_thread(&self.engine.db, caller.team(), &inbound.thread).await?;
        let Some(wanted) = wanted(&inbound.what, known.is_some())? else { return Ok(false) };
        if inbound.author.affiliation == Affiliation::External {
            return Err(super::for_own_people());
        }
        let mut tx = self.engine.db.begin().await?;
        match (wanted, &known) {
            (Wanted::Answer(question), _) => {
                ask_in(&self.engine, &mut tx, caller, inbound.thread.clone(), question).await?;
            }
            (Wanted::Silence, Some(Conversation { id, .. })) => {
                caller.must_work()?;
                let is_typed = matches!(inbound.what, What::Said { .. });
                if !stop_in(&mut tx, caller.team(), *id, caller.name()).await? && is_typed {
                    return Err(Error::Conflict("no answer is being written at the moment".to_owned()));
                }
            }
            (Wanted::Silence, None) => return Ok(false),
        }
        receipt.complete(&mut tx).await?;
        tx.commit().await?;
        self.engine.outbox.ring();
        Ok(true)
    }
}

/// `in_one`: whether the thread has a conversation. Its plain words are questions, and commands stay what they are.
fn wanted(what: &What, in_one: bool) -> Result<Option<Wanted<'_>>> {
    let text = match what {
        What::Said { text, .. } | What::Started { ticket: None, text: Some(text), .. } => text,
        What::Stopped if in_one => return Ok(Some(Wanted::Silence)),
        _ => return Ok(None),
    };
    if let Some(question) = question(text)? {
        return Ok(Some(Wanted::Answer(question)));
    }
    Ok(match parse_command(text) {
        _ if !in_one || begin::without_start(text) != text => None,
        None if !text.trim().is_empty() => Some(Wanted::Answer(text)),
        Some(Ok((Command::Stop, _))) => Some(Wanted::Silence),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_needs_no_colon_and_no_slash() {
        for text in ["ask how?", "Ask: how?", "/ask  how?", "ask:how?"] {
            assert_eq!(question(text).unwrap(), Some("how?"), "{text}");
        }
        assert_eq!(question("asking for help").unwrap(), None);
        assert_eq!(question("ask-me").unwrap(), None);
    }

    #[test]
    fn a_question_without_words_is_refused() {
        assert!(question("ask").is_err() && question("/ask: ").is_err());
    }
}
