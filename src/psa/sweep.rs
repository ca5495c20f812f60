//! The sweep: looks now and then at the tickets of open sessions, for what no callback told; and asks for callbacks where
//! they are not registered yet.
//!
//! What always holds: of several processes one sweeps a connection at a time; a sweep asks for a bounded number of
//! tickets and the next one goes on from there; a ticket that has not changed is not read again.

use std::collections::HashMap;
use std::time::Duration;

use futures_util::StreamExt as _;
use sqlx::QueryBuilder;
use sqlx::types::Json;
use tokio_util::sync::CancellationToken;

use super::{Ticket, callback, watch};
use crate::copilot::upstream;
use crate::queue::Entry;
use crate::store::{ConnectionId, TeamId, read, run};
use crate::{Engine, Error, Result, Timestamp};

/// Tickets asked for with one request.
const PER_REQUEST: usize = 50;
/// Requests of one sweep of a connection.
const REQUESTS: usize = 20;
const CONNECTIONS_AT_ONCE: usize = 4;
/// Between two looks whether a sweep is due, at most.
const LOOK: Duration = Duration::from_secs(60);
/// A registration is looked at again after this long: somebody may have deleted it, or the vendor switched it off.
const REGISTRATION_TRUSTED: Duration = Duration::from_secs(24 * 3_600);
/// After one that failed.
const REGISTRATION_RETRIED: Duration = Duration::from_secs(3_600);

/// Sweeps the connections of every team.
pub(crate) struct Sweeper {
    engine: Engine,
    pause: Duration,
}

#[derive(sqlx::FromRow)]
struct Due {
    id: ConnectionId,
    team_id: TeamId,
    updated_at: Timestamp,
}

impl Sweeper {
    /// Between two sweeps of a connection.
    pub(crate) const PAUSE: Duration = Duration::from_secs(300);

    pub(crate) fn new(engine: Engine, pause: Duration) -> Self {
        Self { engine, pause }
    }

    /// Sweeps until it is told to stop.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let look = self.pause.clamp(Duration::from_millis(100), LOOK);
        let mut ticks = tokio::time::interval(look);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            match stop.run_until_cancelled(sweep_due(&self.engine, self.pause)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => tracing::warn!(%error, "the tickets of open sessions are not looked at"),
                None => return,
            }
        }
    }
}

/// Sweeps each connection whose last sweep is `pause` ago.
///
/// # Errors
/// The database's. What a PSA answers is kept with its connection.
pub async fn sweep_due(engine: &Engine, pause: Duration) -> Result<()> {
    let mut after: Option<ConnectionId> = None;
    loop {
        let page: Vec<Due> = read!(&engine.db, |c| {
            sqlx::query_as(
                "SELECT id, team_id, updated_at FROM psa_connections WHERE removed_at IS NULL \
                 AND ($1 IS NULL OR id > $1) ORDER BY id LIMIT 100",
            )
            .bind(after)
            .fetch_all(c)
            .await
        })?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.id);
        futures_util::stream::iter(page)
            .for_each_concurrent(CONNECTIONS_AT_ONCE, |due| async move {
                if let Err(error) = sweep_one(engine, &due, pause).await {
                    tracing::warn!(connection = %due.id, %error, "a connection is not swept");
                }
            })
            .await;
    }
}

async fn sweep_one(engine: &Engine, due: &Due, pause: Duration) -> Result<()> {
    let Some(swept_to) = take_turn(engine, due, pause).await? else { return Ok(()) };
    ask_for_callbacks(engine, due).await?;
    let (swept_to, problem) = match look(engine, due, swept_to.clone()).await {
        Ok(reached) => (reached, None),
        Err(error @ (Error::Store(_) | Error::DiskFull)) => return Err(error),
        Err(error) => (swept_to, Some(error.to_person())),
    };
    finish(engine, due, swept_to.as_deref(), problem.as_deref()).await
}

/// `None` while it is not due, or another process was faster; else the ticket that the last sweep got to.
async fn take_turn(engine: &Engine, due: &Due, pause: Duration) -> Result<Option<Option<String>>> {
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    let taken: Option<Option<String>> = run!(&mut tx, |c| {
        sqlx::query_scalar(
            "INSERT INTO psa_watches (connection_id, team_id, swept_at) VALUES ($1, $2, $3) \
             ON CONFLICT (connection_id) DO UPDATE SET swept_at = excluded.swept_at \
             WHERE psa_watches.swept_at <= $4 RETURNING swept_to",
        )
        .bind(due.id)
        .bind(due.team_id)
        .bind(now)
        .bind(now.minus(pause))
        .fetch_optional(c)
        .await
    })?;
    tx.commit().await?;
    Ok(taken)
}

async fn finish(engine: &Engine, due: &Due, to: Option<&str>, problem: Option<&str>) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| sqlx::query(
        "UPDATE psa_watches SET swept_to = $1, sweep_problem = $2 WHERE team_id = $3 AND connection_id = $4"
    )
    .bind(to)
    .bind(problem)
    .bind(due.team_id)
    .bind(due.id)
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(tx.commit().await?)
}

/// Callbacks are asked for where there is an address for them and they may not be registered for it.
async fn ask_for_callbacks(engine: &Engine, due: &Due) -> Result<()> {
    if callback::address(engine, due.id).is_err() {
        return Ok(());
    }
    let known = watch::watch_of(engine, due.team_id, due.id).await?;
    let now = engine.clock.now();
    // A missing right is not asked for with every sweep; new keys are tried at once.
    let is_settled = known.is_some_and(|it| {
        let trusted = if it.problem.is_none() { REGISTRATION_TRUSTED } else { REGISTRATION_RETRIED };
        it.asked_for.as_deref() == engine.public_url()
            && it.asked_at.is_some_and(|at| at >= due.updated_at && at.plus(trusted) > now)
    });
    if !is_settled {
        callback::try_to_register(engine, due.team_id, due.id).await;
    }
    Ok(())
}

/// Looks at the tickets after this one; answers with the one it got to, `None` at the end.
async fn look(engine: &Engine, due: &Due, mut after: Option<String>) -> Result<Option<String>> {
    let mut psa = None;
    for _ in 0..REQUESTS {
        let ids = watched(engine, due, after.as_deref()).await?;
        let Some(last) = ids.last().cloned() else { return Ok(None) };
        let psa = match &psa {
            Some(psa) => psa,
            None => psa.insert(engine.psa.get(engine, due.team_id, due.id).await?),
        };
        let found = psa.tickets_among(&ids).await.map_err(|error| upstream(&error))?;
        let known = known(engine, due, &ids).await?;
        let at = engine.clock.now();
        let has_changed = |ticket: &&Ticket| {
            known
                .get(&ticket.id)
                .is_some_and(|before| before.iter().any(|it| it.standing() != ticket.standing()))
        };
        let changed: Vec<Entry> =
            found.iter().filter(has_changed).map(|ticket| entry(due, ticket, at)).collect();
        if !changed.is_empty() {
            let mut tx = engine.db.begin().await?;
            engine.outbox.push(&mut tx, &changed).await?;
            tx.commit().await?;
            engine.outbox.ring();
        }
        if ids.len() < PER_REQUEST {
            return Ok(None);
        }
        after = Some(last);
    }
    Ok(after)
}

/// Named by what the ticket looks like now, so that sweeps before it is read do not have it read again.
fn entry(due: &Due, ticket: &Ticket, at: Timestamp) -> Entry {
    let cause = match ticket.updated_at {
        Some(updated) => format!("swept:{}:{}:{}", updated.0, ticket.status, ticket.closed),
        None => format!("swept:{}", at.0),
    };
    watch::read_entry(due.team_id, due.id, &ticket.id, at, &cause)
}

/// The next tickets that open sessions are about.
async fn watched(engine: &Engine, due: &Due, after: Option<&str>) -> Result<Vec<String>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_scalar(
            "SELECT DISTINCT ticket_id FROM sessions WHERE team_id = $1 AND connection_id = $2 AND closed_at IS NULL \
             AND ticket_id IS NOT NULL AND ($3 IS NULL OR ticket_id > $3) ORDER BY ticket_id LIMIT $4",
        )
        .bind(due.team_id)
        .bind(due.id)
        .bind(after)
        .bind(i64::try_from(PER_REQUEST).unwrap_or(i64::MAX))
        .fetch_all(c)
        .await
    })?)
}

/// These tickets as the open sessions about them know them.
async fn known(engine: &Engine, due: &Due, ids: &[String]) -> Result<HashMap<String, Vec<Ticket>>> {
    let rows: Vec<(String, Option<Json<Ticket>>)> = read!(&engine.db, |c| {
        let mut query = QueryBuilder::new("SELECT ticket_id, ticket FROM sessions WHERE team_id = ");
        query.push_bind(due.team_id).push(" AND connection_id = ").push_bind(due.id);
        query.push(" AND closed_at IS NULL AND ticket_id IN (");
        let mut wanted = query.separated(", ");
        for id in ids {
            wanted.push_bind(id);
        }
        query.push(") ORDER BY id DESC LIMIT 1000");
        query.build_query_as().fetch_all(c).await
    })?;
    let mut known: HashMap<String, Vec<Ticket>> = HashMap::new();
    for (id, ticket) in rows {
        known.entry(id).or_default().extend(ticket.map(|it| it.0));
    }
    Ok(known)
}
