//! Performing a delivery exactly once, although every part between us and the ticket can fail.
//!
//! Before a note is sent, its row says `sending`, durably. An answer makes it `posted` or `failed`. No answer
//! (a timeout, a dropped connection, our own death) leaves it `sending`: it is then looked for in the ticket by its
//! marker, several times with growing pauses, because a slow write may still appear, and only if it never does is
//! it sent again.

use std::time::Duration;

use super::{Posting, PostingStatus};
use crate::psa::{NoteDraft, Psa, PsaError};
use crate::queue::{Failure, Item, Receipt};
use crate::store::{PostingId, TeamId, read, run};
use crate::{Engine, Error, Result};

/// Works the outbox's postings.
#[derive(Clone)]
pub struct Poster {
    engine: Engine,
    /// How long to wait between the looks for a note whose answer was lost, and before it is sent again.
    pauses: Vec<Duration>,
}

impl Poster {
    /// The pauses that fit a PSA whose writes can take minutes.
    pub const PAUSES: [Duration; 4] =
        [Duration::from_secs(2), Duration::from_secs(10), Duration::from_secs(60), Duration::from_secs(300)];

    /// The poster of an engine's notes.
    #[must_use]
    pub fn new(engine: Engine, pauses: Vec<Duration>) -> Self {
        Self { engine, pauses }
    }

    /// Delivers one note.
    ///
    /// # Errors
    /// A [`Failure::Retry`] while the outcome is unknown or the PSA is away.
    pub async fn deliver(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("a posting without a team".to_owned()))?;
        let id: PostingId = serde_json::from_value(item.payload.0["posting"].clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let Some(posting) = load(&self.engine, team, id).await? else {
            return Ok(receipt.complete_alone().await?);
        };
        if matches!(posting.status, PostingStatus::Posted | PostingStatus::Failed) {
            return Ok(receipt.complete_alone().await?);
        }
        let psa = match self.engine.psa.get(&self.engine, team, posting.connection_id).await {
            Ok(psa) => psa,
            Err(error @ (Error::Invalid(_) | Error::NotFound(_))) => {
                return self.finish(team, &posting, Err(error.to_string()), receipt).await;
            }
            Err(error) => return Err(error.into()),
        };
        match self.send(team, &posting, &*psa, receipt).await? {
            Sent::As(note) => self.finish(team, &posting, Ok(note), receipt).await,
            Sent::Refused(why) => self.finish(team, &posting, Err(why), receipt).await,
        }
    }

    async fn send(
        &self,
        team: TeamId,
        posting: &Posting,
        psa: &dyn Psa,
        receipt: &Receipt,
    ) -> Result<Sent, Failure> {
        if posting.status == PostingStatus::Sending
            && let Some(note) = self.look(team, posting, psa).await?
        {
            return Ok(Sent::As(note));
        }
        if let Some(note) = self.posted_before(team, posting).await? {
            // An edit has the same effect however often it is sent.
            let edited = psa.update_note(&posting.ticket_id, &note, &posting.text).await;
            return match edited {
                Ok(()) => Ok(Sent::As(note)),
                Err(PsaError::NotFound(_)) => Ok(Sent::Refused(
                    "the note posted before was deleted in the ticket; it is not posted again by itself"
                        .to_owned(),
                )),
                Err(error) => refused_or_later(error),
            };
        }
        self.set_status(team, posting, PostingStatus::Sending, receipt).await?;
        let draft =
            NoteDraft { text: posting.text.clone(), audience: posting.kind.audience(), notify: false };
        match psa.post_note(&posting.ticket_id, &draft).await {
            Ok(note) => Ok(Sent::As(note)),
            Err(PsaError::UnknownOutcome(why)) => {
                tracing::warn!(posting = %posting.id, error = why, "a note's answer was lost; looking for it");
                Err(later(why, self.pauses.first().copied()))
            }
            Err(error) => {
                // Nothing was stored: the next try need not look.
                self.set_status(team, posting, PostingStatus::Pending, receipt).await?;
                refused_or_later(error)
            }
        }
    }

    /// Looks for a note whose answer was lost. `None`: it will not appear any more, send it again.
    async fn look(&self, team: TeamId, posting: &Posting, psa: &dyn Psa) -> Result<Option<String>, Failure> {
        match psa.find_note(&posting.ticket_id, &posting.marker).await {
            Ok(Some(note)) => return Ok(Some(note)),
            Ok(None) => {}
            Err(error) => return Err(later(error.to_string(), None)),
        }
        let looks = self.count_look(team, posting).await?;
        match self.pauses.get(looks) {
            Some(pause) => Err(later("the note is not in the ticket yet".to_owned(), Some(*pause))),
            None => Ok(None),
        }
    }

    /// The note in the ticket that this one replaces: the session's last one of its kind.
    async fn posted_before(&self, team: TeamId, posting: &Posting) -> Result<Option<String>> {
        let found: Option<Option<String>> = read!(&self.engine.db, |c| sqlx::query_scalar(
            "SELECT external_id FROM postings WHERE team_id = $1 AND session_id = $2 AND kind = $3 \
             AND connection_id = $4 AND ticket_id = $5 AND status = 'posted' ORDER BY id DESC LIMIT 1"
        )
        .bind(team)
        .bind(posting.session_id)
        .bind(posting.kind)
        .bind(posting.connection_id)
        .bind(&posting.ticket_id)
        .fetch_optional(c)
        .await)?;
        Ok(found.flatten())
    }

    /// Says where the delivery stands, only while its lane is ours: a worker that slept past its lease must not
    /// send what another one has sent meanwhile.
    async fn set_status(
        &self,
        team: TeamId,
        posting: &Posting,
        status: PostingStatus,
        receipt: &Receipt,
    ) -> Result<()> {
        let now = self.engine.clock.now();
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
        run!(&mut tx, |c| sqlx::query(
            "UPDATE postings SET status = $1, looks = 0, updated_at = $2 WHERE team_id = $3 AND id = $4"
        )
        .bind(status)
        .bind(now)
        .bind(team)
        .bind(posting.id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(tx.commit().await?)
    }

    /// Counts a look that found nothing; answers with how many there were before.
    async fn count_look(&self, team: TeamId, posting: &Posting) -> Result<usize> {
        let mut tx = self.engine.db.begin().await?;
        let looks: i64 = run!(&mut tx, |c| sqlx::query_scalar(
            "UPDATE postings SET looks = looks + 1 WHERE team_id = $1 AND id = $2 RETURNING looks"
        )
        .bind(team)
        .bind(posting.id)
        .fetch_one(c)
        .await)?;
        tx.commit().await?;
        Ok(usize::try_from(looks - 1).unwrap_or(0))
    }

    /// Writes down how it ended, and shows it in the thread.
    async fn finish(
        &self,
        team: TeamId,
        posting: &Posting,
        end: Result<String, String>,
        receipt: &Receipt,
    ) -> Result<(), Failure> {
        let member = crate::team::member(&self.engine.db, team, posting.member_id).await?;
        let member = member.ok_or_else(|| Failure::Dead("the posting's member is gone".to_owned()))?;
        let caller = crate::team::Caller::of(&member).acting_for_the_outbox();
        let mut tx = self.engine.change_session(&caller, posting.session_id).await?;
        tx.end_posting(posting.id, &end).await?;
        tx.commit(Some(receipt)).await?;
        let ended = if end.is_ok() { "posted" } else { "failed" };
        metrics::counter!("flowpilot_postings_total", "end" => ended).increment(1);
        Ok(())
    }
}

/// One delivery.
pub(super) async fn load(engine: &Engine, team: TeamId, id: PostingId) -> Result<Option<Posting>> {
    Ok(read!(&engine.db, |c| sqlx::query_as(
        "SELECT p.id, p.session_id, p.connection_id, p.ticket_id, p.kind, p.state_version, p.marker, p.text, \
         p.status, p.external_id, p.error, p.member_id, m.name AS member_name, p.created_at, p.updated_at \
         FROM postings p JOIN members m ON m.id = p.member_id WHERE p.team_id = $1 AND p.id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// How sending ended, where it ended.
enum Sent {
    /// The note is in the ticket, with this id.
    As(String),
    /// The PSA refuses it, for this reason.
    Refused(String),
}

fn later(why: String, after: Option<Duration>) -> Failure {
    Failure::Retry { why, after }
}

fn refused_or_later(error: PsaError) -> Result<Sent, Failure> {
    match error {
        PsaError::RateLimited { retry_after_ms } => {
            Err(later(error.to_string(), retry_after_ms.map(Duration::from_millis)))
        }
        PsaError::Unavailable(_) | PsaError::UnknownOutcome(_) => Err(later(error.to_string(), None)),
        other => Ok(Sent::Refused(other.to_string())),
    }
}

impl crate::session::SessionTx {
    async fn end_posting(&mut self, id: PostingId, end: &Result<String, String>) -> Result<()> {
        let now = self.now;
        let status = if end.is_ok() { PostingStatus::Posted } else { PostingStatus::Failed };
        let error = end.as_ref().err().map(|e| crate::redact::secrets(e));
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE postings SET status = $1, external_id = $2, error = $3, updated_at = $4 WHERE id = $5"
        )
        .bind(status)
        .bind(end.as_ref().ok())
        .bind(&error)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        if let Some(posting) = self.case.postings.iter_mut().find(|p| p.id == id) {
            (posting.status, posting.external_id, posting.error) = (status, end.clone().ok(), error);
            posting.updated_at = now;
        }
        Ok(())
    }
}
