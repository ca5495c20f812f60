//! The ticket's status after its note: the one that the team chose for the ticket's board, set once and read back.
//!
//! It follows the note, so that whoever is told of the status finds the note in the ticket. Before anything is sent, the
//! row keeps the status that the ticket had: a ticket that has another one by the next try was changed by somebody, and is
//! left alone. What cannot be set is said in the thread.

use super::poster::{Poster, load, posting_of, put_off};
use super::{NoteKind, Posting, StatusChange};
use crate::psa::status::{chosen, is_any_chosen};
use crate::psa::{Psa, PsaError, Ticket, TicketState};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::session::{SessionStatus, SessionTx};
use crate::store::{PostingId, TeamId, run};
use crate::surface::{Action, Card, CardKind, Tone};
use crate::{Error, Result};

/// What an admin or an engineer can do.
const BY_HAND: &str = "Set it in ConnectWise by hand, or mend the cause and try again.";

/// How a change ended, where it ended.
enum End {
    /// No status was chosen for the ticket's board.
    Nothing,
    /// The ticket has this status.
    Done(String),
    /// It was left as it is, for this reason.
    Dropped(String),
    /// It does not have this status, for this reason; and the cure.
    Failed { status: Option<String>, why: String, cure: String },
}

impl End {
    fn failed(status: &str, error: &PsaError) -> Self {
        let cure = match error {
            PsaError::Forbidden(_) => {
                "Give the role of the API member \"Service Desk > Service Tickets: Edit\" and, for a status that closes \
                 tickets, \"Service Desk > Close Service Tickets: Edit\"; then try again."
            }
            PsaError::Invalid(_) => {
                "The board may have lost this status, or want something else filled in first. An admin chooses another \
                 status with `flowpilot psa set-status`; or set it in ConnectWise by hand."
            }
            _ => BY_HAND,
        };
        Self::Failed { status: Some(status.to_owned()), why: error.to_string(), cure: cure.to_owned() }
    }
}

impl Poster {
    /// Gives a ticket the status that its board's tickets get after this note. `last`: it is not tried again by itself.
    ///
    /// # Errors
    /// A [`Failure::Retry`] while the PSA is away.
    pub async fn set_ticket_status(&self, item: &Item, receipt: &Receipt, last: bool) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("a posting without a team".to_owned()))?;
        let found = load(&self.engine, team, posting_of(item)?).await?;
        let Some(posting) = found.filter(|it| it.status_change == Some(StatusChange::Pending)) else {
            return Ok(receipt.complete_alone().await?);
        };
        let end = match self.engine.psa.get(&self.engine, team, posting.connection_id).await {
            Ok(psa) => self.change(team, &posting, &*psa, receipt).await,
            Err(error @ (Error::Invalid(_) | Error::NotFound(_))) => {
                Ok(End::Failed { status: None, why: error.to_string(), cure: BY_HAND.to_owned() })
            }
            Err(error) => Err(error.into()),
        };
        let end = match end {
            Err(Failure::Retry { why, .. }) if last => {
                let why = format!("{why}; it was tried for a day");
                End::Failed { status: posting.ticket_status.clone(), why, cure: BY_HAND.to_owned() }
            }
            other => other?,
        };
        let changed = if matches!(end, End::Done(_)) { self.as_it_is(team, &posting).await } else { None };
        let caller = self.acting(team, &posting).await?;
        let mut tx = self.engine.change_session(&caller, posting.session_id).await?;
        if let Some(ticket) = changed {
            tx.ticket_changed_by_us(&ticket).await?;
        }
        tx.end_status_change(&posting, end).await?;
        tx.commit(Some(receipt)).await?;
        Ok(())
    }

    /// The ticket after its change. Where it cannot be read just now, the sweep tells of the change as somebody else's.
    async fn as_it_is(&self, team: TeamId, posting: &Posting) -> Option<Ticket> {
        let psa = self.engine.psa.get(&self.engine, team, posting.connection_id).await.ok()?;
        psa.ticket(&posting.ticket_id).await.ok().flatten()
    }

    async fn change(
        &self,
        team: TeamId,
        posting: &Posting,
        psa: &dyn Psa,
        receipt: &Receipt,
    ) -> Result<End, Failure> {
        let session = crate::session::get(&self.engine.db, team, posting.session_id).await?;
        if session.is_none_or(|it| it.status != status_after(posting.kind)) {
            return Ok(End::Dropped("the session was taken up again".to_owned()));
        }
        let state = match psa.ticket_state(&posting.ticket_id).await {
            Ok(Some(state)) => state,
            Ok(None) => {
                let why = format!("ticket {} was not found", posting.ticket_id);
                return Ok(End::Failed { status: None, why, cure: BY_HAND.to_owned() });
            }
            Err(error) => return failed_or_later("the chosen status", &error),
        };
        let choice = chosen(&self.engine, team, posting.connection_id, posting.kind, &state.board).await?;
        let Some((status, name)) = choice else { return Ok(End::Nothing) };
        if state.status == status {
            return Ok(End::Done(name));
        }
        if let Some(why) = self.left_alone(team, posting, &state, &name, receipt).await? {
            return Ok(End::Dropped(why));
        }
        match psa.set_status(&posting.ticket_id, &status).await {
            Ok(()) => {}
            Err(error) => return failed_or_later(&name, &error),
        }
        match psa.ticket_state(&posting.ticket_id).await {
            Ok(Some(now)) if now.status == status => Ok(End::Done(name)),
            Ok(Some(now)) => Ok(End::Failed {
                status: Some(name),
                why: format!(
                    "ConnectWise took the change and refused nothing, and the ticket still has \"{}\"",
                    now.status_name
                ),
                cure: format!("A workflow rule, or a right that is missing, may undo it. {BY_HAND}"),
            }),
            Ok(None) => failed_or_later(&name, &PsaError::NotFound(format!("ticket {}", posting.ticket_id))),
            Err(error) => failed_or_later(&name, &error),
        }
    }

    /// Why the ticket's status is not touched. Otherwise the one that it has is kept, for the next try to compare with.
    async fn left_alone(
        &self,
        team: TeamId,
        posting: &Posting,
        state: &TicketState,
        target: &str,
        receipt: &Receipt,
    ) -> Result<Option<String>> {
        let TicketState { status, status_name, closed, .. } = state;
        let mut tx = self.engine.db.begin().await?;
        receipt.hold(&mut tx).await?;
        let before: Option<String> = run!(&mut tx, |c| {
            sqlx::query_scalar(
                "UPDATE postings SET status_before = COALESCE(status_before, $1), ticket_status = $2 \
                 WHERE team_id = $3 AND id = $4 RETURNING status_before",
            )
            .bind(status)
            .bind(target)
            .bind(team)
            .bind(posting.id)
            .fetch_one(c)
            .await
        })?;
        tx.commit().await?;
        if before.as_ref() != Some(status) {
            return Ok(Some(format!("somebody gave the ticket \"{status_name}\" meanwhile")));
        }
        Ok(closed.then(|| format!("the ticket is closed: it has \"{status_name}\"")))
    }
}

fn failed_or_later(status: &str, error: &PsaError) -> Result<End, Failure> {
    put_off(error).map_or_else(|| Ok(End::failed(status, error)), Err)
}

fn status_after(kind: NoteKind) -> SessionStatus {
    match kind {
        NoteKind::Resolution => SessionStatus::Resolved,
        NoteKind::Escalation => SessionStatus::Escalated,
    }
}

impl SessionTx {
    /// Queues the change of the ticket's status, where the team wants one.
    pub(super) async fn begin_status_change(&mut self, posting: &Posting) -> Result<()> {
        let team = self.case().session.team_id;
        if is_any_chosen(self.unnoted(), team, posting.connection_id, posting.kind).await? {
            self.queue_status_change(posting, 0).await?;
        }
        Ok(())
    }

    /// Tries the last change that failed once more.
    ///
    /// # Errors
    /// [`Error::Conflict`] when none has failed.
    pub(crate) async fn retry_status_change(&mut self) -> Result<()> {
        let failed = self.case().postings.iter().rfind(|p| p.status_change == Some(StatusChange::Failed));
        let posting = failed
            .cloned()
            .ok_or_else(|| Error::Conflict("no ticket's status waits to be set".to_owned()))?;
        let attempt = self.now.0;
        self.queue_status_change(&posting, attempt).await
    }

    async fn queue_status_change(&mut self, posting: &Posting, attempt: i64) -> Result<()> {
        run!(self.unnoted(), |c| {
            sqlx::query(
                "UPDATE postings SET status_change = 'pending', status_before = NULL, status_error = NULL WHERE id = $1",
            )
            .bind(posting.id)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        if let Some(known) = self.case.postings.iter_mut().find(|p| p.id == posting.id) {
            (known.status_change, known.status_error) = (Some(StatusChange::Pending), None);
        }
        let entry = Entry {
            key: format!("ticket_status:{}:{attempt}", posting.id),
            team: Some(self.case.session.team_id),
            lane: format!("psa/{}/{}", posting.connection_id, posting.ticket_id),
            kind: "ticket_status".to_owned(),
            payload: serde_json::json!({ "posting": posting.id }),
        };
        self.effect(entry);
        Ok(())
    }

    async fn end_status_change(&mut self, posting: &Posting, end: End) -> Result<()> {
        let (change, name, error) = match end {
            End::Nothing => (None, None, None),
            End::Done(name) => (Some(StatusChange::Done), Some(name), None),
            End::Dropped(why) => (Some(StatusChange::Dropped), posting.ticket_status.clone(), Some(why)),
            End::Failed { status, why, cure } => {
                let why = crate::redact::secrets(&why);
                self.say(not_set(posting, status.as_deref(), &why, &cure)).await?;
                (Some(StatusChange::Failed), status, Some(why))
            }
        };
        self.write_status_change(posting.id, change, name, error).await
    }

    async fn write_status_change(
        &mut self,
        id: PostingId,
        change: Option<StatusChange>,
        name: Option<String>,
        error: Option<String>,
    ) -> Result<()> {
        run!(self.unnoted(), |c| {
            sqlx::query(
                "UPDATE postings SET status_change = $1, ticket_status = $2, status_error = $3 WHERE id = $4",
            )
            .bind(change)
            .bind(&name)
            .bind(&error)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        if let Some(known) = self.case.postings.iter_mut().find(|p| p.id == id) {
            (known.status_change, known.ticket_status, known.status_error) = (change, name, error);
        }
        Ok(())
    }
}

/// What is said in the thread: nobody looks at the card of a note that was posted.
fn not_set(posting: &Posting, status: Option<&str>, why: &str, cure: &str) -> Card {
    let ticket = &posting.ticket_id;
    let title = match status {
        Some(status) => format!("Ticket #{ticket} did not get the status \"{status}\""),
        None => format!("The status of ticket #{ticket} was not changed"),
    };
    let body = format!("{}.\n\n{cure}", crate::copilot::cards::literal(why.trim_end_matches('.')));
    Card::new(CardKind::Notice, title, body)
        .badge("Status not set", Tone::Bad)
        .action(Action::new("retry_status", "Try again").primary())
        .action(Action::new("leave", "Leave it"))
}
