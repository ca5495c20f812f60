//! Posting time exactly once, as notes are posted: see [`crate::note::Poster`].

use std::time::Duration;

use super::{TimeEntry, TimeStatus};
use crate::note::{later, put_off};
use crate::psa::account::author;
use crate::psa::{Psa, PsaError, TimeDraft};
use crate::queue::{Failure, Item, Receipt};
use crate::session::SessionTx;
use crate::store::{TeamId, TimeEntryId, read, run};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Works the outbox's time entries.
#[derive(Clone)]
pub struct Timekeeper {
    engine: Engine,
    /// How long to wait between the looks for an entry whose answer was lost, and before it is sent again.
    pauses: Vec<Duration>,
}

/// How posting ended: the entry's id in the PSA, or why there is none.
type End = std::result::Result<String, String>;

impl Timekeeper {
    /// The keeper of an engine's time.
    #[must_use]
    pub fn new(engine: Engine, pauses: Vec<Duration>) -> Self {
        Self { engine, pauses }
    }

    /// Posts one entry. `last`: it is not tried again by itself.
    ///
    /// # Errors
    /// A [`Failure::Retry`] while the outcome is unknown or the PSA is away.
    pub async fn post(&self, item: &Item, receipt: &Receipt, last: bool) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("time without a team".to_owned()))?;
        let id: TimeEntryId = serde_json::from_value(item.payload.0["time"].clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let under_way = |it: &TimeEntry| matches!(it.status, TimeStatus::Pending | TimeStatus::Sending);
        let Some(entry) = load(&self.engine, team, id).await?.filter(under_way) else {
            return Ok(receipt.complete_alone().await?);
        };
        let sent = match self.engine.psa.get(&self.engine, team, entry.connection_id).await {
            Ok(psa) => self.send(team, &entry, &*psa, receipt).await,
            Err(error @ (Error::Invalid(_) | Error::NotFound(_))) => Ok(Err(error.to_string())),
            Err(error) => Err(error.into()),
        };
        let (end, failure) = match sent {
            Ok(end) => (Some(end), None),
            Err(Failure::Retry { why, .. }) if last => {
                (Some(Err(format!("{why}; it was tried for a day"))), None)
            }
            Err(Failure::Retry { why, after }) => {
                if entry.error.as_deref() == Some(why.as_str()) {
                    return Err(Failure::Retry { why, after });
                }
                (None, Some(Failure::Retry { why, after }))
            }
            Err(failure) => return Err(failure),
        };
        let member = crate::team::member(&self.engine.db, team, entry.member_id).await?;
        let member = member.ok_or_else(|| Failure::Dead("the time's member is gone".to_owned()))?;
        let caller = Caller::of(&member).acting_for_the_outbox();
        let mut tx = self.engine.change_session(&caller, entry.session_id).await?;
        match (end, failure) {
            (Some(end), _) => {
                tx.end_time(entry.id, &end).await?;
                tx.commit(Some(receipt)).await?;
                Ok(())
            }
            (None, Some(failure)) => {
                receipt.hold(tx.unnoted()).await?;
                tx.put_off_time(entry.id, &failure.to_string()).await?;
                tx.commit(None).await?;
                Err(failure)
            }
            (None, None) => Ok(()),
        }
    }

    async fn send(
        &self,
        team: TeamId,
        entry: &TimeEntry,
        psa: &dyn Psa,
        receipt: &Receipt,
    ) -> Result<End, Failure> {
        if entry.status == TimeStatus::Sending {
            match psa.find_time(&entry.ticket_id, &entry.marker).await {
                Ok(Some(found)) => return Ok(Ok(found)),
                Ok(None) => {}
                Err(error) => return Err(later(error.to_string(), None)),
            }
            let looks = self.count_look(team, entry, receipt).await?;
            if let Some(pause) = self.pauses.get(looks) {
                return Err(later("the time is not in the ticket yet".to_owned(), Some(*pause)));
            }
        }
        let author = author(&self.engine.db, team, entry.member_id, entry.connection_id).await?;
        let Some(author) = author else {
            return Ok(Err(format!("{} has no account in the ticket system any more", entry.member_name)));
        };
        let draft = TimeDraft {
            started_at: entry.started_at,
            ended_at: entry.ended_at(),
            pause_minutes: entry.pause_minutes,
            notes: format!("{}\n\nRef {}", entry.notes, entry.marker),
            author,
        };
        self.set_status(team, entry, TimeStatus::Sending, receipt).await?;
        match psa.log_time(&entry.ticket_id, &draft).await {
            Ok(id) => Ok(Ok(id)),
            Err(PsaError::UnknownOutcome(why)) => {
                let why = format!("its answer was lost ({why}); the time is looked for in the ticket");
                Err(later(why, self.pauses.first().copied()))
            }
            Err(error) => {
                // Nothing was stored: the next try need not look.
                self.set_status(team, entry, TimeStatus::Pending, receipt).await?;
                put_off(&error).map_or_else(|| Ok(Err(error.to_string())), Err)
            }
        }
    }

    /// Says where the delivery stands, only while its lane is ours.
    async fn set_status(
        &self,
        team: TeamId,
        entry: &TimeEntry,
        status: TimeStatus,
        receipt: &Receipt,
    ) -> Result<()> {
        let unsure_since = (status == TimeStatus::Sending).then(|| self.engine.clock.now());
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
        run!(&mut tx, |c| sqlx::query(
            "UPDATE time_entries SET status = $1, unsure_since = $2, looks = 0 WHERE team_id = $3 AND id = $4"
        )
        .bind(status)
        .bind(unsure_since)
        .bind(team)
        .bind(entry.id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(tx.commit().await?)
    }

    /// Counts a look that found nothing; answers with how many there were before.
    async fn count_look(&self, team: TeamId, entry: &TimeEntry, receipt: &Receipt) -> Result<usize> {
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
        let looks: i64 = run!(&mut tx, |c| sqlx::query_scalar(
            "UPDATE time_entries SET looks = looks + 1 WHERE team_id = $1 AND id = $2 RETURNING looks"
        )
        .bind(team)
        .bind(entry.id)
        .fetch_one(c)
        .await)?;
        tx.commit().await?;
        Ok(usize::try_from(looks - 1).unwrap_or(0))
    }
}

async fn load(engine: &Engine, team: TeamId, id: TimeEntryId) -> Result<Option<TimeEntry>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT t.id, t.session_id, t.connection_id, t.ticket_id, t.member_id, m.name AS member_name, t.started_at, \
         t.minutes, t.pause_minutes, t.notes, t.status, t.marker, t.external_id, t.error, t.created_at, t.updated_at \
         FROM time_entries t JOIN members m ON m.id = t.member_id WHERE t.team_id = $1 AND t.id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

impl SessionTx {
    async fn end_time(&mut self, id: TimeEntryId, end: &End) -> Result<()> {
        let now = self.now;
        let status = if end.is_ok() { TimeStatus::Posted } else { TimeStatus::Failed };
        let error = end.as_ref().err().map(|e| crate::redact::secrets(e));
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE time_entries SET status = $1, external_id = $2, error = $3, updated_at = $4, \
             unsure_since = CASE WHEN $2 IS NULL THEN unsure_since END WHERE id = $5"
        )
        .bind(status)
        .bind(end.as_ref().ok())
        .bind(&error)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        if let Some(entry) = self.case.times.iter_mut().find(|it| it.id == id) {
            (entry.status, entry.external_id, entry.error) = (status, end.clone().ok(), error);
            entry.updated_at = now;
        }
        Ok(())
    }

    async fn put_off_time(&mut self, id: TimeEntryId, why: &str) -> Result<()> {
        let error = crate::redact::secrets(why);
        run!(self.unnoted(), |c| sqlx::query("UPDATE time_entries SET error = $1 WHERE id = $2")
            .bind(&error)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        if let Some(entry) = self.case.times.iter_mut().find(|it| it.id == id) {
            entry.error = Some(error);
        }
        Ok(())
    }
}
