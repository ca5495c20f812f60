//! What rests on a message: when its author changes or deletes it on the platform, the session follows.

use sqlx::types::Json;

use super::{SessionTx, Step, StepStatus};
use crate::Result;
use crate::store::{CardId, Db, MemberId, MessageId, SessionId, StepId, TeamId, read, run};
use crate::surface::{Card, CardKind, CardState, Command, parse_command};

/// Who said a message of a session: `None` when the session does not know the message, `Some(None)` when its author
/// is no member.
///
/// # Errors
/// The database's.
pub(crate) async fn author_of(
    db: &Db,
    team: TeamId,
    session: SessionId,
    external_ref: &str,
) -> Result<Option<Option<MemberId>>> {
    Ok(read!(db, |c| sqlx::query_scalar(
        "SELECT member_id FROM messages WHERE team_id = $1 AND session_id = $2 AND external_ref = $3 \
         AND removed_at IS NULL"
    )
    .bind(team)
    .bind(session)
    .bind(external_ref)
    .fetch_optional(c)
    .await)?)
}

#[derive(sqlx::FromRow)]
struct Known {
    id: MessageId,
    step_id: Option<StepId>,
}

impl SessionTx {
    /// Notes that a message was the answer to a step.
    pub(crate) async fn message_answers(&mut self, message: MessageId, step: StepId) -> Result<()> {
        run!(self.unnoted(), |c| sqlx::query("UPDATE messages SET step_id = $1 WHERE id = $2")
            .bind(step)
            .bind(message)
            .execute(c)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// A message reads otherwise now: so do the transcript and the facts that rest on it. Answers with the step that
    /// it answered, where that answer still counts.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] when the new text is too long for a message or for a fact.
    pub async fn message_edited(&mut self, external_ref: &str, text: &str) -> Result<Option<Step>> {
        let Some(known) = self.known(external_ref).await? else { return Ok(None) };
        if text.trim().is_empty() {
            return self.message_deleted(external_ref).await;
        }
        let kept = super::message::kept(text)?;
        run!(self.unnoted(), |c| sqlx::query("UPDATE messages SET text = $1 WHERE id = $2")
            .bind(&kept)
            .bind(known.id)
            .execute(c)
            .await
            .map(|_| ()))?;
        let statement = match parse_command(text) {
            Some(Ok((Command::Fact, statement))) => statement,
            _ => text.to_owned(),
        };
        let resting: Vec<_> =
            self.case.facts.iter().filter(|f| f.source_id == Some(known.id.0)).map(|f| f.id).collect();
        for fact in resting {
            self.edit_fact(fact, &statement).await?;
        }
        Ok(self.still_answered(known.step_id))
    }

    /// A message is gone: it leaves the transcript with its files, and the facts that rest on it are no longer evidence. Answers
    /// with the step that it answered, where that answer still counts.
    ///
    /// # Errors
    /// The database's.
    pub async fn message_deleted(&mut self, external_ref: &str) -> Result<Option<Step>> {
        let Some(known) = self.known(external_ref).await? else { return Ok(None) };
        let now = self.now;
        // The words go as well: what somebody deletes may be a password.
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE messages SET text = '', removed_at = $1 WHERE id = $2"
        )
        .bind(now)
        .bind(known.id)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.detach(known.id, &[]).await?;
        self.remove_derived_facts(known.id.0).await?;
        self.withdraw_offer(known.id).await?;
        Ok(self.still_answered(known.step_id))
    }

    /// The card that quotes a message and offers to keep it.
    async fn withdraw_offer(&mut self, message: MessageId) -> Result<()> {
        let (session, keep) = (self.case.session.id, format!("keep:{message}"));
        let notices: Vec<(CardId, Json<Card>, i64)> = run!(self.unnoted(), |c| sqlx::query_as(
            "SELECT id, content, revision FROM cards WHERE session_id = $1 AND kind = $2"
        )
        .bind(session)
        .bind(CardKind::Notice)
        .fetch_all(c)
        .await)?;
        for (id, card, revision) in notices {
            if card.actions.iter().any(|action| action.id == keep) {
                let gone = Card::new(CardKind::Notice, "The message was deleted", "");
                self.redraw_card(id, revision + 1, gone.state(CardState::Superseded { by: None })).await?;
            }
        }
        Ok(())
    }

    /// The message that the platform calls so, unless it was deleted.
    pub(crate) async fn message_known(&mut self, external_ref: &str) -> Result<Option<MessageId>> {
        Ok(self.known(external_ref).await?.map(|known| known.id))
    }

    async fn known(&mut self, external_ref: &str) -> Result<Option<Known>> {
        let session = self.case.session.id;
        Ok(run!(self.unnoted(), |c| {
            sqlx::query_as(
            "SELECT id, step_id FROM messages WHERE session_id = $1 AND external_ref = $2 AND removed_at IS NULL"
        )
        .bind(session)
        .bind(external_ref)
        .fetch_optional(c)
        .await
        })?)
    }

    fn still_answered(&self, step: Option<StepId>) -> Option<Step> {
        let step = self.case.step_of(step?.0)?;
        (step.status == StepStatus::Answered).then(|| step.clone())
    }
}
