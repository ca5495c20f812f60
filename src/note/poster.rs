//! Performing a delivery exactly once, although every part between us and the ticket can fail.
//!
//! Before a note is sent, its row says `sending`, durably. An answer makes it `posted` or `failed`. No answer
//! (a timeout, a dropped connection, our own death) leaves it `sending`: it is then looked for in the ticket by its
//! marker, several times with growing pauses, because a slow write may still appear, and only if it never does is
//! it sent again. What a delivery waits for stands on its card.

use std::time::Duration;

use super::byline::signed;
use super::{Posting, PostingStatus, Share};
use crate::psa::account::{account, author};
use crate::psa::{NoteDraft, Psa, PsaError};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::{PostingId, TeamId, read, run};
use crate::surface::{ThreadRef, Whisper, whisper};
use crate::team::{Caller, account_in};
use crate::{Engine, Error, Result};

/// Works the outbox's postings.
#[derive(Clone)]
pub struct Poster {
    pub(super) engine: Engine,
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

    /// Delivers one note. `last`: it is not tried again by itself.
    ///
    /// # Errors
    /// A [`Failure::Retry`] while the outcome is unknown or the PSA is away.
    pub async fn deliver(&self, item: &Item, receipt: &Receipt, last: bool) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("a posting without a team".to_owned()))?;
        let Some(posting) = load(&self.engine, team, posting_of(item)?).await? else {
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
        match self.send(team, &posting, &*psa, receipt).await {
            Ok(Sent::As(note)) => self.finish(team, &posting, Ok(note), receipt).await,
            Ok(Sent::Refused(why)) => self.finish(team, &posting, Err(why), receipt).await,
            Err(Failure::Retry { why, .. }) if last => {
                let why = format!("{why}; it was tried for a day");
                self.finish(team, &posting, Err(why), receipt).await
            }
            Err(Failure::Retry { why, after }) => {
                self.wait(team, &posting, &why, receipt).await?;
                Err(Failure::Retry { why, after })
            }
            Err(failure) => Err(failure),
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
            && let Some(note) = self.look(team, posting, psa, receipt).await?
        {
            return Ok(Sent::As(note));
        }
        let author = author(&self.engine.db, team, posting.member_id, posting.connection_id).await?;
        let mut draft = NoteDraft {
            text: posting.text.clone(),
            audience: posting.kind.audience(),
            in_discussion: posting.share != Share::Nobody,
            notify: posting.share == Share::Mail,
            author,
        };
        if let Some(note) = self.in_the_ticket(team, posting, psa).await? {
            return self.edit(team, posting, &note, &draft, psa).await;
        }
        self.set_status(team, posting, PostingStatus::Sending, receipt).await?;
        let mut sent = psa.post_note(&posting.ticket_id, &draft).await;
        if draft.author.is_some()
            && let Err(PsaError::Invalid(_) | PsaError::NotFound(_)) = &sent
        {
            // Refused, so nothing was stored: whoever left the ticket system must not keep the note out of it.
            tracing::warn!(posting = %posting.id, "the note is posted in nobody's name");
            draft.author = None;
            draft.text = signed(&draft.text, &posting.marker, &posting.member_name);
            sent = psa.post_note(&posting.ticket_id, &draft).await;
        }
        match sent {
            Ok(note) => Ok(Sent::As(note)),
            Err(PsaError::UnknownOutcome(why)) => {
                tracing::warn!(posting = %posting.id, error = why, "a note's answer was lost; looking for it");
                Err(later(
                    format!("its answer was lost ({why}); the note is looked for in the ticket"),
                    self.pauses.first().copied(),
                ))
            }
            Err(error) => {
                // Nothing was stored: the next try need not look.
                self.set_status(team, posting, PostingStatus::Pending, receipt).await?;
                refused_or_later(&error)
            }
        }
    }

    /// Looks for a note whose answer was lost. `None`: it will not appear any more, send it again.
    async fn look(
        &self,
        team: TeamId,
        posting: &Posting,
        psa: &dyn Psa,
        receipt: &Receipt,
    ) -> Result<Option<String>, Failure> {
        match psa.find_note(&posting.ticket_id, &posting.marker).await {
            Ok(Some(note)) => return Ok(Some(note)),
            Ok(None) => {}
            Err(error) => return Err(later(error.to_string(), None)),
        }
        let looks = self.count_look(team, posting, receipt).await?;
        match self.pauses.get(looks) {
            Some(pause) => Err(later("the note is not in the ticket yet".to_owned(), Some(*pause))),
            None => Ok(None),
        }
    }

    /// The note in the ticket that this one replaces: the session's last one of its kind, or one that was given up and
    /// may have arrived all the same.
    async fn in_the_ticket(
        &self,
        team: TeamId,
        posting: &Posting,
        psa: &dyn Psa,
    ) -> Result<Option<String>, Failure> {
        let before: Vec<(Option<String>, String)> = read!(&self.engine.db, |c| sqlx::query_as(
            "SELECT external_id, marker FROM postings WHERE team_id = $1 AND session_id = $2 AND kind = $3 \
             AND connection_id = $4 AND ticket_id = $5 AND id <> $6 AND deleted_at IS NULL \
             AND (status = 'posted' OR unsure_since IS NOT NULL) ORDER BY status = 'posted' DESC, id DESC LIMIT 5"
        )
        .bind(team)
        .bind(posting.session_id)
        .bind(posting.kind)
        .bind(posting.connection_id)
        .bind(&posting.ticket_id)
        .bind(posting.id)
        .fetch_all(c)
        .await)
        .map_err(Error::from)?;
        for (note, marker) in before {
            if note.is_some() {
                return Ok(note);
            }
            match psa.find_note(&posting.ticket_id, &marker).await {
                Ok(None) => {}
                Ok(found) => return Ok(found),
                Err(error) => return Err(later(error.to_string(), None)),
            }
        }
        Ok(None)
    }

    /// An edit has the same effect however often it is sent.
    async fn edit(
        &self,
        team: TeamId,
        posting: &Posting,
        note: &str,
        draft: &NoteDraft,
        psa: &dyn Psa,
    ) -> Result<Sent, Failure> {
        match psa.update_note(&posting.ticket_id, note, draft).await {
            Ok(()) => return Ok(Sent::As(note.to_owned())),
            Err(PsaError::NotFound(_)) => {}
            Err(error) => return refused_or_later(&error),
        }
        match psa.ticket(&posting.ticket_id).await {
            Ok(Some(_)) => {
                self.forget(team, posting, note).await?;
                let gone = "the note posted before was deleted in the ticket; \"Try again\" posts a new one";
                Ok(Sent::Refused(gone.to_owned()))
            }
            Ok(None) => Ok(Sent::Refused(format!("ticket {} was not found", posting.ticket_id))),
            Err(error) => refused_or_later(&error),
        }
    }

    /// A note that somebody deleted in the ticket is not looked for any more.
    async fn forget(&self, team: TeamId, posting: &Posting, note: &str) -> Result<()> {
        let now = self.engine.clock.now();
        let mut tx = self.engine.db.begin().await?;
        run!(&mut tx, |c| {
            sqlx::query(
            "UPDATE postings SET deleted_at = $1 WHERE team_id = $2 AND session_id = $3 AND connection_id = $4 \
             AND external_id = $5 AND deleted_at IS NULL"
        )
        .bind(now)
        .bind(team)
        .bind(posting.session_id)
        .bind(posting.connection_id)
        .bind(note)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        Ok(tx.commit().await?)
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
        let unsure_since = (status == PostingStatus::Sending).then_some(now);
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
        run!(&mut tx, |c| sqlx::query(
            "UPDATE postings SET status = $1, unsure_since = $2, looks = 0, updated_at = $3 \
             WHERE team_id = $4 AND id = $5"
        )
        .bind(status)
        .bind(unsure_since)
        .bind(now)
        .bind(team)
        .bind(posting.id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(tx.commit().await?)
    }

    /// Counts a look that found nothing, only while its lane is ours; answers with how many there were before.
    async fn count_look(&self, team: TeamId, posting: &Posting, receipt: &Receipt) -> Result<usize> {
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
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

    /// Shows what a delivery waits for.
    async fn wait(
        &self,
        team: TeamId,
        posting: &Posting,
        why: &str,
        receipt: &Receipt,
    ) -> Result<(), Failure> {
        if posting.error.as_deref() == Some(why) {
            return Ok(());
        }
        let caller = self.acting(team, posting).await?;
        let mut tx = self.engine.change_session(&caller, posting.session_id).await?;
        receipt.hold(tx.unnoted()).await?;
        tx.put_off_posting(posting.id, why).await?;
        tx.commit(None).await?;
        Ok(())
    }

    /// Whoever posted it, also when they may no longer.
    pub(super) async fn acting(&self, team: TeamId, posting: &Posting) -> Result<Caller, Failure> {
        let member = crate::team::member(&self.engine.db, team, posting.member_id).await?;
        let member = member.ok_or_else(|| Failure::Dead("the posting's member is gone".to_owned()))?;
        Ok(Caller::of(&member).acting_for_the_outbox())
    }

    /// Writes down how it ended, and shows it in the thread.
    async fn finish(
        &self,
        team: TeamId,
        posting: &Posting,
        end: Result<String, String>,
        receipt: &Receipt,
    ) -> Result<(), Failure> {
        let caller = self.acting(team, posting).await?;
        let mut tx = self.engine.change_session(&caller, posting.session_id).await?;
        tx.end_posting(posting.id, &end).await?;
        if end.is_ok() {
            tx.begin_status_change(posting).await?;
            if let Some(offer) = self.offer_a_name(team, posting, &tx.case().session.thread_ref()).await? {
                tx.effect(offer);
            }
        }
        tx.commit(Some(receipt)).await?;
        let ended = if end.is_ok() { "posted" } else { "failed" };
        metrics::counter!("flowpilot_postings_total", "end" => ended).increment(1);
        Ok(())
    }
}

impl Poster {
    /// Tells whoever posts their first note in FlowPilot's own name how it can carry theirs. In private, and not again:
    /// whoever does not want it is left alone.
    async fn offer_a_name(
        &self,
        team: TeamId,
        posting: &Posting,
        thread: &ThreadRef,
    ) -> Result<Option<Entry>> {
        let db = &self.engine.db;
        if account(db, team, posting.member_id).await?.is_some() {
            return Ok(None);
        }
        let Some(to) = account_in(db, team, posting.member_id, &thread.workspace()).await? else {
            return Ok(None);
        };
        let text = format!(
            "The note in ticket #{} carries FlowPilot's own name. For your notes to carry yours, link your account of \
             the ticket system: write `link: psa NAME`; NAME is what you log in with.",
            posting.ticket_id
        );
        let told = Whisper { thread: thread.clone(), to, text };
        Ok(Some(whisper(Some(team), &told, &format!("psa-name:{}", posting.member_id))))
    }
}

/// The posting that an effect is about.
pub(super) fn posting_of(item: &Item) -> Result<PostingId, Failure> {
    serde_json::from_value(item.payload.0["posting"].clone())
        .map_err(|e| Failure::Dead(format!("payload: {e}")))
}

/// One delivery.
pub(super) async fn load(engine: &Engine, team: TeamId, id: PostingId) -> Result<Option<Posting>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT p.id, p.session_id, p.connection_id, p.ticket_id, p.kind, p.state_version, p.marker, p.text, \
         p.status, p.share, p.external_id, p.error, p.deleted_at, p.status_change, p.ticket_status, p.status_error, \
         p.member_id, m.name AS member_name, p.created_at, p.updated_at \
         FROM postings p JOIN members m ON m.id = p.member_id WHERE p.team_id = $1 AND p.id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// How sending ended, where it ended.
enum Sent {
    /// The note is in the ticket, with this id.
    As(String),
    /// The PSA refuses it, for this reason.
    Refused(String),
}

pub(crate) fn later(why: String, after: Option<Duration>) -> Failure {
    Failure::Retry { why, after }
}

fn refused_or_later(error: &PsaError) -> Result<Sent, Failure> {
    put_off(error).map_or_else(|| Ok(Sent::Refused(error.to_string())), Err)
}

/// What to do about an error that passes by itself; `None` for one that does not.
pub(crate) fn put_off(error: &PsaError) -> Option<Failure> {
    match error {
        PsaError::RateLimited { retry_after_ms } => {
            Some(later(error.to_string(), retry_after_ms.map(Duration::from_millis)))
        }
        PsaError::Unavailable(_) | PsaError::UnknownOutcome(_) => Some(later(error.to_string(), None)),
        _ => None,
    }
}

impl crate::session::SessionTx {
    async fn end_posting(&mut self, id: PostingId, end: &Result<String, String>) -> Result<()> {
        let now = self.now;
        let status = if end.is_ok() { PostingStatus::Posted } else { PostingStatus::Failed };
        let error = end.as_ref().err().map(|e| crate::redact::secrets(e));
        // Where it arrived is known now; of one that was given up it may not be.
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE postings SET status = $1, external_id = $2, error = $3, updated_at = $4, \
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
        if let Some(posting) = self.case.postings.iter_mut().find(|p| p.id == id) {
            (posting.status, posting.external_id, posting.error) = (status, end.clone().ok(), error);
            posting.updated_at = now;
        }
        Ok(())
    }

    async fn put_off_posting(&mut self, id: PostingId, why: &str) -> Result<()> {
        let error = crate::redact::secrets(why);
        run!(self.unnoted(), |c| sqlx::query("UPDATE postings SET error = $1 WHERE id = $2")
            .bind(&error)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        if let Some(posting) = self.case.postings.iter_mut().find(|p| p.id == id) {
            posting.error = Some(error);
        }
        Ok(())
    }
}
