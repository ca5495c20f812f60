//! Free questions: they go to the model where one is connected, and to the library where none is. Stopping an answer.

use std::fmt::Write as _;

use super::Reply;
use super::command::with_flows;
use super::guide;
use crate::session::{Seen, Session, SessionFilter, SessionTx, list};
use crate::store::{PageRequest, SessionId};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Sessions that are named in a list.
const LISTED: usize = 10;

/// Has a question answered. `typed`: the whole words and the platform's id of their message, where it has one.
pub(super) async fn ask(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    question: &str,
    typed: Option<(&str, &str)>,
) -> Result<(SessionTx, Reply)> {
    if question.trim().is_empty() {
        return Err(Error::invalid("question", "is missing: `ask: what you want to know`"));
    }
    if engine.answerer().is_none() {
        return without_a_model(engine, caller, session, question).await;
    }
    let mut tx = engine.change_session(caller, session).await?;
    match typed {
        Some((text, message)) => tx.heard(text, Some(message)).await?,
        None => tx.heard(question, None).await?,
    };
    tx.ask(question).await?;
    Ok((tx, Reply::none()))
}

/// Without a model, a question is answered with what the library has about it.
async fn without_a_model(
    engine: &Engine,
    caller: &Caller,
    session: Seen,
    question: &str,
) -> Result<(SessionTx, Reply)> {
    let fitting = guide::fitting(engine, caller, &[question]).await?;
    let tx = engine.change_session(caller, session).await?;
    let honest = "No AI model is connected, so there is no free answer.";
    let text = if fitting.is_empty() {
        format!(
            "{honest} No flow of the library mentions this either; `flow` lists those for the problem at hand."
        )
    } else {
        with_flows(&format!("{honest} Flows about it:"), &fitting)
    };
    Ok((tx, Reply::private(text)))
}

/// The guided copilot takes a question that no model answers, and says so in one line. Not committed yet.
///
/// # Errors
/// [`Error::NotFound`] when the caller's team has no such session; the database's.
pub(crate) async fn without_an_answer(
    engine: &Engine,
    caller: &Caller,
    session: SessionId,
    question: &str,
    said: &str,
) -> Result<SessionTx> {
    let fitting = guide::fitting(engine, caller, &[question]).await?;
    let mut tx = engine.change_session(caller, session).await?;
    let case = tx.case();
    let has_ended = case.session.status.is_closed();
    let waits = case.open_step().is_some();
    let is_idle = !has_ended && !waits && case.walk().is_none() && case.active_fix().is_none();
    if is_idle && fitting.is_empty() {
        tx.say(guide::no_flow_fits(Some(said))).await?;
    } else if is_idle {
        tx.say(guide::guided(said)).await?;
        guide::take_up(&mut tx, fitting).await?;
    } else {
        let mut body = said.to_owned();
        if waits {
            body.push_str(" The open step waits for its answer.");
        }
        if !fitting.is_empty() {
            body = with_flows(&format!("{body}\n\nFlows about it:"), &fitting);
        }
        let card = guide::guided(&body);
        let card =
            if has_ended { card } else { card.action(guide::fact_action()).action(guide::flow_action()) };
        tx.say(card).await?;
    }
    Ok(tx)
}

/// Stops what is being written in a session.
///
/// # Errors
/// [`Error::Conflict`] when nothing is.
pub(super) async fn stop(tx: &mut SessionTx) -> Result<Reply> {
    if tx.stop_answers().await? {
        Ok(Reply::none())
    } else {
        Err(Error::Conflict("no answer is being written at the moment".to_owned()))
    }
}

/// As [`stop`], where the platform's own button was used: that nothing is being written any more is no error then.
pub(super) async fn stopped(
    engine: &Engine,
    caller: &Caller,
    session: &Session,
) -> Result<(SessionTx, Reply)> {
    let mut tx = engine.change_session(caller, session.id).await?;
    tx.stop_answers().await?;
    Ok((tx, Reply::none()))
}

/// The caller's open sessions, the newest first.
pub(super) async fn sessions(engine: &Engine, caller: &Caller) -> Result<String> {
    let filter = SessionFilter { owner: Some(caller.member()), ..SessionFilter::default() };
    let page = list(&engine.db, caller.team(), &filter, PageRequest::first()).await?;
    let open: Vec<Session> = page.items.into_iter().filter(|session| !session.status.is_closed()).collect();
    if open.is_empty() {
        return Ok(
            "You have no open session. To begin one, write `start #12345` or what is wrong.".to_owned()
        );
    }
    let mut text = String::from("Your open sessions, the newest first:");
    for session in open.iter().take(LISTED) {
        let ticket = session.ticket_id.as_ref().map(|id| format!("#{id}, ")).unwrap_or_default();
        let _ = write!(text, "\n- {} ({ticket}{})", session.title, session.status);
    }
    if open.len() > LISTED || page.next_cursor.is_some() {
        text.push_str("\n- and more");
    }
    Ok(text)
}
