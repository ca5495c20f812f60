//! Beginning: reading the ticket, finding the flow, greeting.

use super::{Reply, guide};
use crate::error::FieldError;
use crate::psa::find::{connection_named, system_of};
use crate::psa::{PsaError, Ticket};
use crate::session::{self, NewSession, Session, SessionTx};
use crate::store::ConnectionId;
use crate::surface::{Command, Heard, ThreadRef, parse_command};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// What a session begins with: a ticket, words, or both.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// The ticket's id in the PSA.
    pub ticket: Option<String>,
    /// The connection that has it; of several, the one that knows the number without.
    pub connection: Option<ConnectionId>,
    /// What the problem is.
    pub text: Option<String>,
    /// Where the thread is.
    pub thread: ThreadRef,
    /// The platform's id of the message that the words are from.
    pub message: Option<String>,
    /// What was written in the thread before.
    pub heard: Vec<Heard>,
}

impl Beginning {
    /// A beginning in a thread of its own.
    #[must_use]
    pub fn new(thread: ThreadRef, ticket: Option<String>, text: Option<String>) -> Self {
        Self { ticket, connection: None, text, thread, message: None, heard: Vec::new() }
    }
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
    let (number, connection, text) = match (beginning.ticket, beginning.text) {
        (Some(ticket), text) => (Some(ticket), beginning.connection, text),
        (None, Some(text)) => numbered(engine, caller, &text).await?,
        (None, None) => (None, None, None),
    };
    let ticket = match number {
        Some(id) => Some(read_ticket(engine, caller, connection, &id).await?),
        None => None,
    };
    let text = text.map(|t| t.trim().to_owned()).filter(|t| !t.is_empty());
    let problem = match (&text, &ticket) {
        (Some(text), _) => text.clone(),
        (None, Some((_, ticket))) => ticket.summary.clone(),
        (None, None) => String::new(),
    };
    let before: Vec<_> =
        beginning.heard.iter().filter(|h| Some(&h.message) != beginning.message.as_ref()).collect();
    // Words typed with the ticket say it better than its summary, and that better than the long description.
    let mut told = vec![problem.as_str()];
    if let Some((_, ticket)) = &ticket {
        told.push(&ticket.summary);
        told.extend(ticket.description.as_deref());
    }
    told.extend(before.iter().map(|h| h.text.as_str()));
    let fitting = guide::fitting(engine, caller, &told).await?;
    let mut tx =
        session::start(engine, caller, NewSession { problem, thread: beginning.thread, ticket }).await?;
    for heard in before {
        tx.overheard(heard).await?;
    }
    if let Some(text) = &text {
        tx.heard(text, beginning.message.as_deref()).await.map_err(about_the_problem)?;
    }
    if fitting.is_empty() && engine.converses() {
        let problem = tx.case().session.title.clone();
        tx.ask(text.as_deref().unwrap_or(&problem)).await?;
    } else {
        guide::take_up(&mut tx, fitting).await?;
    }
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
pub(super) fn must_be_words(text: &str) -> Result<()> {
    let is_command = match parse_command(text) {
        None | Some(Ok((Command::Start, _))) => false,
        Some(Ok((_, words))) => words.is_empty() || text.trim_start().starts_with('/'),
        Some(Err(_)) => true,
    };
    if !is_command {
        return Ok(());
    }
    Err(no_session())
}

/// Said to a command that needs a session.
pub(super) fn no_session() -> Error {
    Error::invalid(
        "problem",
        "there is no session in this thread yet: say what is wrong, or `start #TICKET`; the other commands work then",
    )
}

/// The ticket's number in front of the words, and the connection before that where one is named.
async fn numbered(
    engine: &Engine,
    caller: &Caller,
    text: &str,
) -> Result<(Option<String>, Option<ConnectionId>, Option<String>)> {
    let text = without_start(text.trim());
    let Some((name, number, words)) = ticket_number(text) else {
        return Ok((None, None, Some(text.to_owned())));
    };
    let (number, words) = (Some(number.to_owned()), Some(words.to_owned()));
    if name.is_empty() {
        return Ok((number, None, words));
    }
    match connection_named(engine, caller, name).await? {
        Some(connection) => Ok((number, Some(connection), words)),
        None => Ok((None, None, Some(text.to_owned()))),
    }
}

/// `#123 words` or `NAME#123 words`: the name of a connection, the ticket's number, and the words. Whether there is such
/// a connection is not known here.
fn ticket_number(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once('#')?;
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let (number, words) = rest.split_at(end);
    (!number.is_empty()).then(|| (name.trim(), number, words.trim()))
}

/// The words behind `/start`, `start` or `Start:`; a longer word that begins so is no command.
pub(super) fn without_start(text: &str) -> &str {
    let word = text.strip_prefix('/').unwrap_or(text);
    let end = word.find(|c: char| !c.is_alphanumeric()).unwrap_or(word.len());
    let (word, rest) = word.split_at(end);
    if !word.eq_ignore_ascii_case("start") {
        return text;
    }
    rest.strip_prefix(':').unwrap_or(rest).trim()
}

async fn read_ticket(
    engine: &Engine,
    caller: &Caller,
    connection: Option<ConnectionId>,
    id: &str,
) -> Result<(ConnectionId, Ticket)> {
    let (connection, psa) = match system_of(engine, caller, connection, id).await {
        Err(Error::NotFound("ticket")) => return Err(no_such(id)),
        Err(Error::NotFound(_)) if connection.is_some() => {
            return Err(Error::invalid("connection_id", "is no connection of this team"));
        }
        Err(Error::NotFound(_)) => {
            return Err(Error::invalid(
                "ticket_id",
                "no ticket system is connected; start with a description instead",
            ));
        }
        found => found?,
    };
    match psa.ticket(id).await {
        Ok(Some(ticket)) => Ok((connection, ticket)),
        Ok(None) => Err(no_such(id)),
        Err(error) => Err(upstream(&error)),
    }
}

fn no_such(ticket: &str) -> Error {
    Error::invalid("ticket_id", format!("there is no ticket {ticket:?}"))
}

/// A PSA's refusal in the engine's words.
#[must_use]
pub fn upstream(error: &PsaError) -> Error {
    Error::Upstream { service: "ticket system", detail: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_number_in_front_of_the_words_is_the_ticket() {
        let read = |text| ticket_number(without_start(text));
        assert_eq!(read("#123 printer offline"), Some(("", "123", "printer offline")));
        assert_eq!(read("/start #INC42"), Some(("", "INC42", "")));
        assert_eq!(read("Start: #7 no sound"), Some(("", "7", "no sound")));
        assert_eq!(read("start"), None);
        assert_eq!(read("startup is slow"), None);
        assert_eq!(read("# heading"), None);
    }

    #[test]
    fn what_stands_before_the_number_may_name_the_connection() {
        assert_eq!(ticket_number("North West#123 offline"), Some(("North West", "123", "offline")));
        assert_eq!(ticket_number("printer #3 offline"), Some(("printer", "3", "offline")));
    }
}
