//! Starting a session.

use sqlx::types::Json;

use super::{Case, Session, SessionStatus, SessionTx, text};
use crate::psa::Ticket;
use crate::store::{ConnectionId, SessionId, StateVersion, run};
use crate::surface::ThreadRef;
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// What a session begins with.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// What the problem is; cut to 200 characters for the title.
    pub problem: String,
    /// Where its thread is.
    pub thread: ThreadRef,
    /// The ticket it is about, with the connection it was read through.
    pub ticket: Option<(ConnectionId, Ticket)>,
}

/// Starts a session; its thread then has one for ever. The transaction is not committed yet, so that the first
/// turn can go with it.
///
/// # Errors
/// [`Error::Conflict`] when the thread has a session already; [`Error::Forbidden`] for viewers;
/// [`Error::Invalid`] without a problem.
pub async fn start(engine: &Engine, caller: &Caller, new: NewSession) -> Result<SessionTx> {
    caller.must_work()?;
    let title = text::shorten(&crate::redact::secrets(&new.problem), 200);
    if title.is_empty() {
        return Err(Error::invalid("problem", "is needed: say what is wrong, or name a ticket"));
    }
    let (connection_id, ticket) = new.ticket.map(|(c, t)| (c, without_secrets(t))).unzip();
    let now = engine.clock.now();
    let session = Session {
        id: SessionId::new(&engine.clock),
        team_id: caller.team(),
        title,
        status: SessionStatus::Active,
        status_reason: None,
        platform: new.thread.platform,
        workspace: new.thread.workspace,
        thread: new.thread.thread,
        connection_id,
        ticket_id: ticket.as_ref().map(|t| t.id.clone()),
        ticket: ticket.map(Json),
        owner_id: caller.member(),
        state_version: StateVersion(0),
        created_at: now,
        updated_at: now,
        closed_at: None,
    };
    let mut tx = engine.db.begin().await?;
    let made = run!(&mut tx, |c| {
        sqlx::query(
        "INSERT INTO sessions (id, team_id, title, status, platform, workspace, thread, connection_id, ticket_id, \
         ticket, owner_id, state_version, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) \
         ON CONFLICT (platform, workspace, thread) DO NOTHING"
    )
    .bind(session.id)
    .bind(session.team_id)
    .bind(&session.title)
    .bind(session.status)
    .bind(session.platform)
    .bind(&session.workspace)
    .bind(&session.thread)
    .bind(session.connection_id)
    .bind(&session.ticket_id)
    .bind(&session.ticket)
    .bind(session.owner_id)
    .bind(session.state_version)
    .bind(now)
    .execute(c)
    .await
    .map(|r| r.rows_affected())
    })?;
    if made == 0 {
        return Err(Error::Conflict("this thread has a session already; go on in it".to_owned()));
    }
    let case = Case::of(&mut tx, &engine.flows, session).await?;
    let mut tx = SessionTx::begin(engine.clone(), caller.clone(), case, tx, true);
    tx.read_around();
    Ok(tx)
}

/// Ticket text is untrusted, and people write passwords into tickets.
fn without_secrets(ticket: Ticket) -> Ticket {
    Ticket {
        summary: crate::redact::secrets(&ticket.summary),
        description: ticket.description.as_deref().map(crate::redact::secrets),
        ..ticket
    }
}
