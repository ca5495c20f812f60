//! An answer as it is kept, and what a session's transaction does with it.

use sqlx::types::Json;

use super::Proposal;
use crate::assistant::Source;
use crate::fix::{DecisionKind, OutcomeKind, SuggestedFix};
use crate::queue::Entry;
use crate::session::SessionTx;
use crate::store::{AnswerId, CallId, ConversationId, Db, MemberId, MessageId, SessionId, TeamId, read, run};
use crate::{Error, Result, Timestamp};

/// An answer: asked for, being written, or written.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Answer {
    pub(super) id: AnswerId,
    /// The session that it belongs to, or:
    pub(super) session_id: Option<SessionId>,
    /// The conversation.
    pub(super) conversation_id: Option<ConversationId>,
    /// Who asked.
    pub(super) member_id: MemberId,
    pub(super) question: String,
    /// As far as it is kept.
    pub(super) text: String,
    /// Names the messages that show it, in the words of its surface.
    pub(super) shown: Option<String>,
    /// How it ended, once nothing more is added; empty for an answer that is whole.
    pub(super) ending: Option<String>,
    /// The name of whoever does not want to read on.
    pub(super) stopped_by: Option<String>,
    /// The fix that it suggests.
    pub(super) fix: Option<Json<Proposal>>,
    /// What it proposes as facts.
    pub(super) facts: Option<Json<Vec<String>>>,
    /// The call of a model that it comes from.
    pub(super) call_id: Option<CallId>,
    /// What it cites.
    pub(super) sources: Option<Json<Vec<Source>>>,
    pub(super) ended_at: Option<Timestamp>,
}

/// One answer of a team.
pub(super) async fn load(db: &Db, team: TeamId, id: AnswerId) -> Result<Option<Answer>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
        "SELECT id, session_id, conversation_id, member_id, question, text, shown, ending, stopped_by, fix, facts, call_id, sources, \
         ended_at FROM answers \
         WHERE team_id = $1 AND id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

impl SessionTx {
    /// Has a question answered once this is committed.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn ask(&mut self, question: &str) -> Result<()> {
        let (id, now) = (AnswerId::new(&self.engine.clock), self.now);
        let (team, member) = (self.case.session.team_id, self.caller.member());
        let (session, lane) = (self.case.session.id, self.case.session.thread_ref().lane());
        let question = crate::redact::secrets(question.trim());
        run!(self.unnoted(), |c| sqlx::query(
            "INSERT INTO answers (id, team_id, session_id, member_id, question, text, created_at) \
             VALUES ($1, $2, $3, $4, $5, '', $6)"
        )
        .bind(id)
        .bind(team)
        .bind(session)
        .bind(member)
        .bind(&question)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.effect(Entry {
            key: format!("answer:{id}"),
            team: Some(team),
            // One answer of a thread at a time, and nothing else behind it.
            lane: format!("{lane}#answer"),
            kind: "answer".to_owned(),
            payload: serde_json::json!({ "answer": id }),
        });
        Ok(())
    }

    /// Stops the answers of this session that are not at their end; tells whether there are any.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn stop_answers(&mut self) -> Result<bool> {
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        let by = self.caller.name().to_owned();
        let stopped = run!(self.unnoted(), |c| sqlx::query(
            "UPDATE answers SET stopped_by = COALESCE(stopped_by, $1) \
             WHERE team_id = $2 AND session_id = $3 AND ended_at IS NULL AND ending IS NULL"
        )
        .bind(&by)
        .bind(team)
        .bind(session)
        .execute(c)
        .await
        .map(|r| r.rows_affected()))?;
        Ok(stopped > 0)
    }

    /// Makes the fix of an answer the session's own, unless people are past it: a fix that is in use stays until its
    /// outcome is known, and what did not help is not suggested again.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn suggest(&mut self, proposal: Proposal, author: &str) -> Result<()> {
        let is_past = self.case.session.status.is_closed()
            || self.case.active_fix().is_some_and(SuggestedFix::is_in_use)
            || self.case.fixes.iter().any(|fix| was_in_vain(fix) && is_same(&fix.title, proposal.title()));
        if is_past {
            tracing::info!("the session is past the fix that an answer suggests");
            return Ok(());
        }
        match self.suggest_fix(proposal.into_fix(author)).await {
            Err(error @ Error::Invalid(_)) => tracing::warn!(%error, "an answer's fix cannot be used"),
            suggested => drop(suggested?),
        }
        Ok(())
    }

    /// Notes that an answer was shown to its end, and as which message it is in the transcript.
    pub(super) async fn answer_ended(&mut self, id: AnswerId, message: Option<MessageId>) -> Result<()> {
        let (team, now) = (self.case.session.team_id, self.now);
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE answers SET ended_at = $1, message_id = $2 WHERE team_id = $3 AND id = $4"
        )
        .bind(now)
        .bind(message)
        .bind(team)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        Ok(())
    }
}

/// Whether a fix was dismissed or has failed.
pub(super) fn was_in_vain(fix: &SuggestedFix) -> bool {
    let dismissed = fix.decision.as_ref().is_some_and(|d| d.decision == DecisionKind::Dismissed);
    let failed = fix.outcome.as_ref().is_some_and(|o| o.outcome == OutcomeKind::Failed);
    dismissed || failed
}

fn is_same(one: &str, other: &str) -> bool {
    one.trim().to_lowercase() == other.trim().to_lowercase()
}
