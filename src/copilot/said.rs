//! Words in a thread: a command, an answer to the open step, or more about the problem.

use super::{Reply, command, guide};
use crate::flow::run::node_of;
use crate::flow::{CheckOutcome, Node, match_reply};
use crate::note::as_typed;
use crate::session::{Seen, Session, SessionTx};
use crate::store::{MessageId, SessionId, TeamId};
use crate::surface::{Action, Card, CardKind, Command, parse_command, suggest_command};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Says something in a session, as its thread would.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`], [`Error::Conflict`], [`Error::Forbidden`] as the words' effect has them.
pub async fn say(
    engine: &Engine,
    caller: &Caller,
    session: impl Into<Seen>,
    text: &str,
) -> Result<(Session, Reply)> {
    let (tx, reply) = saying(engine, caller, session.into(), text).await?;
    Ok((tx.commit(None).await?, reply))
}

/// As [`say`], up to the commit. The words were not written in the session's thread, so they are shown there.
///
/// # Errors
/// As [`say`].
pub(crate) async fn saying(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    text: &str,
) -> Result<(SessionTx, Reply)> {
    let meant = meant(engine, caller.team(), session.session, text).await?;
    let is_aside = matches!(&meant, Meant::Command(command, _) if command.is_aside());
    let (mut tx, reply) = follow(engine, caller, session, (text, meant), None).await?;
    if !is_aside {
        tx.relay(text);
    }
    Ok((tx, reply))
}

/// What words are.
enum Meant {
    /// A command, with what follows it.
    Command(Command, String),
    /// An answer, or more about the problem.
    Words,
}

pub(super) async fn turn(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    text: &str,
    message: Option<&str>,
) -> Result<(SessionTx, Reply)> {
    let meant = meant(engine, caller.team(), session.session, text).await?;
    follow(engine, caller, session, (text, meant), message).await
}

async fn meant(engine: &Engine, team: TeamId, session: SessionId, text: &str) -> Result<Meant> {
    match parse_command(text) {
        // An answer that is also a command's word is an answer while it is one of the choices.
        Some(Ok((command, args)))
            if text.starts_with('/') || !is_answer(engine, team, session, text).await? =>
        {
            Ok(Meant::Command(command, args))
        }
        Some(Err(word)) => Err(unknown(&word)),
        _ => Ok(Meant::Words),
    }
}

async fn follow(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    (text, meant): (&str, Meant),
    message: Option<&str>,
) -> Result<(SessionTx, Reply)> {
    match meant {
        Meant::Command(command, args) => {
            command::turn(engine, caller, session, command, &args, message.map(|m| (text, m))).await
        }
        Meant::Words => plain(engine, caller, session, text, message).await,
    }
}

fn unknown(word: &str) -> Error {
    let hint = suggest_command(word).map(|c| format!(" did you mean `{c}`?")).unwrap_or_default();
    Error::invalid("command", format!("{word} is not known;{hint} `help` lists all commands"))
}

/// Whether the words are one of the open step's answers.
pub(super) async fn is_answer(engine: &Engine, team: TeamId, session: SessionId, text: &str) -> Result<bool> {
    let case = crate::session::Case::load(engine, team, session).await?;
    let Some(step) = case.open_step() else { return Ok(false) };
    let document = case.document(step.flow_id, step.version)?;
    let node = node_of(document, &step.node)?;
    Ok(!crate::flow::run::records_value(node) && match_reply(node, text).is_some())
}

async fn plain(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    text: &str,
    message: Option<&str>,
) -> Result<(SessionTx, Reply)> {
    let fitting = guide::fitting(engine, caller, &[text]).await?;
    let mut tx = engine.change_session(caller, session).await?;
    tx.must_be_open()?;
    let message = tx.heard(text, message).await?;
    let converses = engine.converses();
    let Some(step) = tx.case().open_step().cloned() else {
        if converses {
            tx.ask(text).await?;
        } else if tx.case().walk().is_none() && tx.case().active_fix().is_none() {
            guide::take_up(&mut tx, fitting).await?;
        } else {
            tx.say(offer_fact("Is that something you confirmed?", None, text, message)).await?;
        }
        return Ok((tx, Reply::none()));
    };
    let document = tx.document(step.flow_id, step.version).await?;
    let node = node_of(&document, &step.node)?;
    match match_reply(node, text) {
        Some(choice) => {
            let after = tx.answer(step.id, &choice).await?;
            tx.message_answers(message, step.id).await?;
            guide::go_on(&mut tx, after).await?;
        }
        None if converses => tx.ask(text).await?,
        None => {
            tx.say(offer_fact(
                "That is no answer to the open step",
                Some(how_to_answer(node)),
                text,
                message,
            ))
            .await?;
        }
    }
    Ok((tx, Reply::none()))
}

/// How the open step is answered in words.
fn how_to_answer(node: &Node) -> String {
    let answers: Vec<String> =
        node.answers().iter().enumerate().map(|(i, answer)| format!("{}. {}", i + 1, answer.label)).collect();
    match node {
        Node::Check { outcome: CheckOutcome::Record { .. }, .. } => "It takes the value itself.".to_owned(),
        _ if answers.is_empty() => "Say `done` once it is done.".to_owned(),
        _ => format!("It takes one of these, by name or number:\n\n{}", answers.join("\n")),
    }
}

/// Words that answer nothing may still be worth keeping.
fn offer_fact(title: &str, hint: Option<String>, text: &str, message: MessageId) -> Card {
    let shown = as_typed(&crate::session::text::shorten(&crate::redact::secrets(text), 300));
    let hint = hint.map(|hint| format!("{hint}\n\n")).unwrap_or_default();
    Card::new(
        CardKind::Notice,
        title,
        format!("> {shown}\n\n{hint}It is in the transcript. If you confirmed it, as a fact it also goes into the note."),
    )
    .action(Action::new(format!("keep:{message}"), "Record as a fact").primary())
    .action(Action::new("leave", "Leave it"))
}
