//! Beginning: reading the ticket, finding the flow, greeting.

use super::{Reply, guide};
use crate::error::FieldError;
use crate::psa::{PsaError, Ticket};
use crate::session::{self, NewSession, Session, SessionTx};
use crate::store::ConnectionId;
use crate::surface::{Command, ThreadRef, parse_command};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// What a session begins with: a ticket, words, or both.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The ticket's id in the PSA.
    pub ticket: Option<String>,
    /// What the problem is.
    pub text: Option<String>,
    /// Where the thread is.
    pub thread: ThreadRef,
}

/// Begins a session.
///
/// # Errors
/// [`Error::Invalid`] for an unknown ticket or no problem at all; [`Error::Conflict`] when the thread has a session;
/// [`Error::Forbidden`] for viewers; [`Error::Upstream`] when the PSA cannot be read.
pub async fn begin(engine: &Engine, caller: &Caller, beginning: Beginning) -> Result<Session> {
    let (tx, _) = turn(engine, caller, beginning).await?;
    tx.commit(None).await
}

/// Begins a session, not committed yet: for a caller that has something to add to the transaction.
///
/// # Errors
/// As [`begin`].
pub(crate) async fn beginning(engine: &Engine, caller: &Caller, beginning: Beginning) -> Result<SessionTx> {
    turn(engine, caller, beginning).await.map(|(tx, _)| tx)
}

pub(super) async fn turn(
    engine: &Engine,
    caller: &Caller,
    beginning: Beginning,
) -> Result<(SessionTx, Reply)> {
    caller.must_work()?;
    if let Some(text) = &beginning.text {
        must_be_words(text)?;
    }
    let (number, text) = match (beginning.ticket, beginning.text) {
        (Some(ticket), text) => (Some(ticket), text),
        (None, Some(text)) => ticket_number(&text),
        (None, None) => (None, None),
    };
    let ticket = match number {
        Some(id) => Some(read_ticket(engine, caller, &id).await?),
        None => None,
    };
    let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let problem = match (&text, &ticket) {
        (Some(text), _) => text.clone(),
        (None, Some((_, ticket))) => ticket.summary.clone(),
        (None, None) => String::new(),
    };
    // Words typed with the ticket say it better than its summary, and that better than the long description.
    let mut told = vec![problem.as_str()];
    if let Some((_, ticket)) = &ticket {
        told.push(&ticket.summary);
        told.extend(ticket.description.as_deref());
    }
    let fitting = guide::fitting(engine, caller, &told).await?;
    let mut tx =
        session::start(engine, caller, NewSession { problem, thread: beginning.thread, ticket }).await?;
    if let Some(text) = &text {
        tx.heard(text).await.map_err(about_the_problem)?;
    }
    guide::take_up(&mut tx, fitting).await?;
    Ok((tx, Reply::none()))
}

/// What a session begins with is called otherwise than what is said in it.
fn about_the_problem(error: Error) -> Error {
    match error {
        Error::Invalid(rules) => {
            let field = "problem".to_owned();
            Error::Invalid(
                rules.into_iter().map(|rule| FieldError { field: field.clone(), ..rule }).collect(),
            )
        }
        other => other,
    }
}

/// A command for a session that is not there is no problem to work on.
fn must_be_words(text: &str) -> Result<()> {
    if !text.trim_start().starts_with('/') || matches!(parse_command(text), Some(Ok((Command::Start, _)))) {
        return Ok(());
    }
    Err(Error::invalid(
        "problem",
        "there is no session in this thread yet: say what is wrong, or /start #TICKET; the other commands work then",
    ))
}

/// `#123 words` or `start #123 words`: the ticket's number and the words.
fn ticket_number(text: &str) -> (Option<String>, Option<String>) {
    let text = text.trim();
    let text = text.strip_prefix("/start").or_else(|| text.strip_prefix("start ")).unwrap_or(text).trim();
    let Some(rest) = text.strip_prefix('#') else { return (None, Some(text.to_owned())) };
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (number, words) = rest.split_at(end);
    if number.is_empty() {
        return (None, Some(text.to_owned()));
    }
    (Some(number.to_owned()), Some(words.trim().to_owned()))
}

async fn read_ticket(engine: &Engine, caller: &Caller, id: &str) -> Result<(ConnectionId, Ticket)> {
    let Some((connection, psa)) = engine.psa.first(engine, caller.team()).await? else {
        return Err(Error::invalid(
            "ticket_id",
            "no ticket system is connected; start with a description instead",
        ));
    };
    match psa.ticket(id).await {
        Ok(Some(ticket)) => Ok((connection, ticket)),
        Ok(None) => Err(Error::invalid("ticket_id", format!("there is no ticket {id:?}"))),
        Err(error) => Err(upstream(&error)),
    }
}

/// A PSA's refusal in the engine's words.
pub(crate) fn upstream(error: &PsaError) -> Error {
    Error::Upstream { service: "ticket system", detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_number_in_front_of_the_words_is_the_ticket() {
        assert_eq!(
            ticket_number("#123 printer offline"),
            (Some("123".into()), Some("printer offline".into()))
        );
        assert_eq!(ticket_number("/start #INC42"), (Some("INC42".into()), Some(String::new())));
        assert_eq!(ticket_number("printer #3 offline"), (None, Some("printer #3 offline".into())));
    }
}
