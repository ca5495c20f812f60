//! How an applied fix ended.

use super::{Outcome, OutcomeKind, SuggestedFix};
use crate::session::{FactSource, NewFact, SessionTx, text};
use crate::store::{FixId, OutcomeId, run};
use crate::{Error, Result};

impl SessionTx {
    /// Records how a fix in use went. Any outcome but `pending` stamps it as applied; `failed` supersedes it, so
    /// that the work goes on. A pending outcome can be replaced, a final one cannot.
    ///
    /// # Errors
    /// [`Error::Conflict`] when nobody decided to use the fix, or its outcome is final;
    /// [`Error::Invalid`] for `pending` without a reason; [`Error::NotFound`].
    pub async fn record_outcome(
        &mut self,
        id: FixId,
        kind: OutcomeKind,
        reason: Option<&str>,
    ) -> Result<SuggestedFix> {
        let place = self.place_of_fix(id)?;
        may_end(&self.case.fixes[place])?;
        let reason = text::optional("reason", reason, 1_000)?;
        if kind == OutcomeKind::Pending && reason.is_none() {
            return Err(Error::invalid("reason", "is needed for a pending outcome: what does it wait for?"));
        }
        let outcome = Outcome {
            id: OutcomeId::new(&self.engine.clock),
            fix_id: id,
            outcome: kind,
            reason,
            member_id: self.caller.member(),
            member_name: self.caller.name().to_owned(),
            created_at: self.now,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| sqlx::query(
            "INSERT INTO outcomes (id, team_id, session_id, fix_id, member_id, outcome, reason, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(outcome.id)
        .bind(team)
        .bind(session)
        .bind(id)
        .bind(outcome.member_id)
        .bind(kind)
        .bind(&outcome.reason)
        .bind(outcome.created_at)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.case.fixes[place].outcome = Some(outcome);
        if kind != OutcomeKind::Pending {
            self.mark_applied(place).await?;
            self.outcome_fact(place).await?;
        }
        if kind == OutcomeKind::Failed {
            self.supersede_active(None).await?;
        }
        Ok(self.case.fixes[place].clone())
    }

    /// Stamps a fix as carried out: somebody said so.
    async fn mark_applied(&mut self, place: usize) -> Result<()> {
        let (id, now) = (self.case.fixes[place].id, self.now);
        run!(self.noted(), |c| sqlx::query(
            "UPDATE suggested_fixes SET applied_at = COALESCE(applied_at, $1) WHERE id = $2"
        )
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.case.fixes[place].applied_at.get_or_insert(now);
        Ok(())
    }

    async fn outcome_fact(&mut self, place: usize) -> Result<()> {
        let fix = &self.case.fixes[place];
        let Some(outcome) = &fix.outcome else { return Ok(()) };
        let end = match outcome.outcome {
            OutcomeKind::Worked => "solved the problem",
            OutcomeKind::Partly => "helped in part",
            OutcomeKind::Failed => "did not help",
            OutcomeKind::Pending => return Ok(()),
        };
        let mut statement = format!("The fix \"{}\" {end}", fix.title);
        if let Some(reason) = &outcome.reason {
            statement.push_str(": ");
            statement.push_str(reason.trim_end_matches('.'));
        }
        statement.push('.');
        let source_id = Some(fix.id.0);
        self.add_fact(NewFact { text: statement, source: FactSource::Outcome, source_id }).await.map(|_| ())
    }
}

fn may_end(fix: &SuggestedFix) -> Result<()> {
    if !fix.is_in_use() {
        return Err(Error::Conflict("nobody decided to use this fix; decide on it first".to_owned()));
    }
    if let Some(outcome) = fix.outcome.as_ref().filter(|_| fix.has_ended()) {
        let (label, by) = (outcome.outcome.label(), &outcome.member_name);
        return Err(Error::Conflict(format!(
            "the outcome of this fix is recorded already: {label}, by {by}"
        )));
    }
    if !fix.is_active() {
        return Err(Error::Conflict("this fix was superseded by a newer one".to_owned()));
    }
    Ok(())
}
