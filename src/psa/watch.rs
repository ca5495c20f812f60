//! Watching the tickets that sessions are about: a callback or the sweep says that one may have changed, an effect reads
//! it again, and each session about it is told what is new.
//!
//! What always holds: what is shown is what was read, never what a callback said; a change is told once, because what is
//! told is the difference to what the session knew, in one transaction; a ticket is read in the same lane as notes are
//! posted to it, so that FlowPilot's own changes are known before they are seen.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::context::{self, KnownContext, TicketContext};
use super::{Psa, PsaError, Ticket};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::{ConnectionId, MemberId, SessionId, TeamId, read, run};
use crate::team::{Caller, member};
use crate::{Engine, Error, Result, Timestamp};

/// What an event of the inbox is called that says a ticket changed.
pub(crate) const TOLD: &str = "ticket_told";
/// What the effect is called that reads a ticket again.
pub(crate) const READ: &str = "ticket_read";
/// Sessions about one ticket that are told, the newest ones.
const MOST_SESSIONS: i64 = 50;
/// What is shown is read again when it is older than this.
const STALE: Duration = Duration::from_secs(15 * 60);
/// What could not be read is tried again sooner.
const STALE_WITH_GAPS: Duration = Duration::from_secs(60);

#[derive(Serialize, Deserialize)]
struct Payload {
    connection: ConnectionId,
    ticket: String,
    /// When the ticket was said to have changed: what was read later knows of it.
    at: Timestamp,
    /// Whether it is tried again until it can be read.
    #[serde(default)]
    must: bool,
}

/// What is known of how a connection tells of changes.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Watch {
    /// The public address that callbacks were last asked for.
    pub asked_for: Option<String>,
    /// When.
    pub asked_at: Option<Timestamp>,
    /// Why they are not registered all the same.
    pub problem: Option<String>,
    /// When the last callback was taken.
    pub received_at: Option<Timestamp>,
    /// When the last sweep began.
    pub swept_at: Timestamp,
    /// The ticket that it got to; none when it got to the end.
    pub swept_to: Option<String>,
    /// Why it did not.
    pub sweep_problem: Option<String>,
}

/// How a connection tells of changes; `None` before anything is known.
///
/// # Errors
/// The database's.
pub async fn watch_of(engine: &Engine, team: TeamId, id: ConnectionId) -> Result<Option<Watch>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT asked_for, asked_at, problem, received_at, swept_at, swept_to, sweep_problem \
             FROM psa_watches WHERE team_id = $1 AND connection_id = $2",
        )
        .bind(team)
        .bind(id)
        .fetch_optional(c)
        .await
    })?)
}

/// Notes how registering callbacks went.
pub(super) async fn registered(
    engine: &Engine,
    team: TeamId,
    id: ConnectionId,
    problem: Option<&str>,
) -> Result<()> {
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| {
        sqlx::query(
            "INSERT INTO psa_watches (connection_id, team_id, asked_for, asked_at, problem, swept_at) \
             VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (connection_id) DO UPDATE SET \
             asked_for = excluded.asked_for, asked_at = excluded.asked_at, problem = excluded.problem",
        )
        .bind(id)
        .bind(team)
        .bind(engine.public_url())
        .bind(now)
        .bind(problem)
        .execute(c)
        .await
        .map(|_| ())
    })?;
    Ok(tx.commit().await?)
}

/// A ticket's lane: notes are posted to it in the same one.
fn lane(connection: ConnectionId, ticket: &str) -> String {
    format!("psa/{connection}/{ticket}")
}

/// The event that a callback is.
pub(super) fn told_entry(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
    message: &str,
) -> Entry {
    let payload = Payload { connection, ticket: ticket.to_owned(), at: engine.clock.now(), must: true };
    Entry {
        key: format!("{TOLD}:{connection}:{message}"),
        team: Some(team),
        lane: lane(connection, ticket),
        kind: TOLD.to_owned(),
        payload: serde_json::json!(payload),
    }
}

/// The effect that reads a ticket. `cause` tells it from others about the same ticket.
pub(crate) fn read_entry(
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
    at: Timestamp,
    cause: &str,
) -> Entry {
    let payload = Payload { connection, ticket: ticket.to_owned(), at, must: false };
    Entry {
        key: format!("{READ}:{connection}:{ticket}:{cause}"),
        team: Some(team),
        lane: lane(connection, ticket),
        kind: READ.to_owned(),
        payload: serde_json::json!(payload),
    }
}

fn payload(item: &Item) -> Result<(TeamId, Payload), Failure> {
    let team = item.team_id.ok_or_else(|| Failure::Dead("a ticket without a team".to_owned()))?;
    let payload = serde_json::from_value(item.payload.0.clone());
    Ok((team, payload.map_err(|e| Failure::Dead(format!("payload: {e}")))?))
}

/// Works an event that says a ticket changed: where sessions are about it, it is to be read.
///
/// # Errors
/// The database's.
pub(crate) async fn hear(engine: &Engine, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
    let (team, told) = payload(item)?;
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    note_received(&mut tx, team, &told).await?;
    let is_watched = !sessions_about(engine, team, told.connection, &told.ticket).await?.is_empty();
    if is_watched {
        let entry = Entry {
            key: format!("{READ}:{}", item.key),
            team: Some(team),
            lane: lane(told.connection, &told.ticket),
            kind: READ.to_owned(),
            payload: item.payload.0.clone(),
        };
        engine.outbox.push(&mut tx, &[entry]).await?;
    }
    receipt.complete(&mut tx).await?;
    tx.commit().await.map_err(Error::from)?;
    if is_watched {
        engine.outbox.ring();
    }
    Ok(())
}

async fn note_received(tx: &mut crate::store::Tx, team: TeamId, told: &Payload) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
            "INSERT INTO psa_watches (connection_id, team_id, received_at, swept_at) VALUES ($1, $2, $3, 0) \
             ON CONFLICT (connection_id) DO UPDATE SET received_at = excluded.received_at",
        )
        .bind(told.connection)
        .bind(team)
        .bind(told.at)
        .execute(c)
        .await
        .map(|_| ())
    })?;
    Ok(())
}

/// The newest sessions about a ticket with their owners, also those that are over.
async fn sessions_about(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
) -> Result<Vec<(SessionId, MemberId)>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT id, owner_id FROM sessions WHERE team_id = $1 AND ticket_id = $2 AND connection_id = $3 \
             ORDER BY id DESC LIMIT $4",
        )
        .bind(team)
        .bind(ticket)
        .bind(connection)
        .bind(MOST_SESSIONS)
        .fetch_all(c)
        .await
    })?)
}

/// Has the ticket of a session that somebody looks at read again, where what is known of it is old.
///
/// # Errors
/// The database's.
pub(crate) async fn freshen(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
    known: Option<&KnownContext>,
) -> Result<()> {
    let now = engine.clock.now();
    let (read_at, gaps) =
        known.map_or((Timestamp(0), true), |it| (it.read_at, !it.content.missing.is_empty()));
    let stale = if gaps { STALE_WITH_GAPS } else { STALE };
    if read_at.plus(stale) >= now {
        return Ok(());
    }
    // Of all who look, the first has it read.
    let cause = format!("seen:{read_at}:{}", now.0 / 60_000, read_at = read_at.0);
    let entry = read_entry(team, connection, ticket, now, &cause);
    let mut tx = engine.db.begin().await?;
    engine.outbox.push(&mut tx, &[entry]).await?;
    tx.commit().await?;
    engine.outbox.ring();
    Ok(())
}

/// Works the effects that read tickets.
pub(crate) struct TicketReader {
    engine: Engine,
}

impl TicketReader {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Reads a ticket and what is around it, and brings the sessions about it up to date.
    ///
    /// # Errors
    /// A [`Failure::Retry`] while the PSA is away, where somebody said that the ticket changed.
    pub(crate) async fn read(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let (team, Payload { connection, ticket, at, must }) = payload(item)?;
        let engine = &self.engine;
        let known = context::context_of(&engine.db, team, connection, &ticket).await?;
        if known.is_some_and(|known| known.read_at > at) {
            return Ok(receipt.complete_alone().await?);
        }
        let psa = match engine.psa.get(engine, team, connection).await {
            Ok(psa) => psa,
            // Nobody can be asked any more.
            Err(Error::NotFound(_)) => return Ok(receipt.complete_alone().await?),
            Err(error) => return Err(error.into()),
        };
        let read_at = engine.clock.now();
        let (found, content) = match look(&*psa, &ticket).await {
            Ok(found) => found,
            Err(error) if must && is_passing(&error) => return Err(later(&error)),
            Err(error) => {
                tracing::warn!(ticket, %error, "what is around a ticket cannot be read");
                (Looked::Unread, TicketContext::unread(error.to_string()))
            }
        };
        let known = KnownContext { content: content.storable(), read_at };
        let is_new = self.keep(team, connection, &ticket, known).await?;
        for (session, owner) in sessions_about(engine, team, connection, &ticket).await? {
            self.tell(team, session, owner, &found, is_new).await?;
        }
        Ok(receipt.complete_alone().await?)
    }

    /// Keeps what was read; answers whether it is another than before. Parts that cannot be read now stay as they were.
    async fn keep(
        &self,
        team: TeamId,
        connection: ConnectionId,
        ticket: &str,
        mut known: KnownContext,
    ) -> Result<bool> {
        let mut tx = self.engine.db.begin().await?;
        let before = context::context_within(&mut tx, team, connection, ticket).await?.map(|it| it.content);
        if let Some(before) = &before {
            known.content = known.content.or_as_before(before.clone());
        }
        context::keep(&mut tx, team, connection, ticket, &known).await?;
        tx.commit().await?;
        Ok(before.as_ref() != Some(&known.content))
    }

    async fn tell(
        &self,
        team: TeamId,
        session: SessionId,
        owner: MemberId,
        found: &Looked,
        is_new: bool,
    ) -> Result<()> {
        let Some(owner) = member(&self.engine.db, team, owner).await? else { return Ok(()) };
        let caller = Caller::of(&owner).acting_for_the_outbox();
        let mut tx = self.engine.change_session(&caller, session).await?;
        let has_moved = match found {
            Looked::Ticket(ticket) => tx.ticket_seen(ticket).await?,
            Looked::Gone => tx.ticket_not_found().await?,
            Looked::Unread => false,
        };
        let is_open = !tx.case().session.status.is_closed();
        // Without a commit nothing is changed, and nobody is told to look again.
        if has_moved || (is_new && is_open) { tx.commit(None).await.map(drop) } else { Ok(()) }
    }
}

/// What a look for a ticket came to.
enum Looked {
    Ticket(Box<Ticket>),
    /// There is none any more.
    Gone,
    /// It cannot be read now.
    Unread,
}

/// A ticket and what is around it.
async fn look(psa: &dyn Psa, ticket: &str) -> Result<(Looked, TicketContext), PsaError> {
    match psa.ticket(ticket).await? {
        Some(found) => {
            let content = psa.around(&found).await;
            Ok((Looked::Ticket(Box::new(found)), content))
        }
        None => Ok((Looked::Gone, TicketContext::unread("the ticket was not found"))),
    }
}

fn is_passing(error: &PsaError) -> bool {
    matches!(error, PsaError::Unavailable(_) | PsaError::RateLimited { .. } | PsaError::UnknownOutcome(_))
}

fn later(error: &PsaError) -> Failure {
    let after = match error {
        PsaError::RateLimited { retry_after_ms } => retry_after_ms.map(Duration::from_millis),
        _ => None,
    };
    Failure::Retry { why: error.to_string(), after }
}
