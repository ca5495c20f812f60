//! Diagnostic checks: asked for by a flow or a member, done with a result, or skipped.

use super::{Check, CheckStatus, FactSource, NewFact, SessionTx, text};
use crate::store::{CheckId, StepId, run};
use crate::{Error, Result};

/// The longest text or result, in characters.
const LONGEST: usize = 2_000;

impl SessionTx {
    /// Adds a check that is still to be done.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text is empty or longer than 2,000 characters.
    pub async fn add_check(
        &mut self,
        what: &str,
        command: Option<&str>,
        step: Option<StepId>,
    ) -> Result<Check> {
        let check = Check {
            id: CheckId::new(&self.engine.clock),
            text: text::required("text", what, LONGEST)?,
            command: command.map(|c| text::required("command", c, LONGEST)).transpose()?,
            status: CheckStatus::Pending,
            result: None,
            step_id: step,
            done_by: None,
            done_by_name: None,
            created_at: self.now,
            done_at: None,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        let by = step.is_none().then(|| self.caller.member());
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO checks (id, team_id, session_id, text, command, status, step_id, requested_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(check.id)
        .bind(team)
        .bind(session)
        .bind(&check.text)
        .bind(&check.command)
        .bind(check.status)
        .bind(step)
        .bind(by)
        .bind(check.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        self.case.checks.push(check.clone());
        Ok(check)
    }

    /// Records what came out of a check a member asked for; recording it again replaces the result. `fact` is the
    /// statement it confirms; without one it is made of the check's text and result.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Invalid`]; [`Error::Conflict`] for a flow's check that its flow has left.
    pub async fn record_check(&mut self, id: CheckId, result: &str, fact: Option<&str>) -> Result<Check> {
        let place = self.place_of_check(id)?;
        let result = text::required("result", result, LONGEST)?;
        self.remove_derived_facts(id.0).await?;
        let statement = match fact {
            Some(fact) => fact.to_owned(),
            None => format!("{}: {result}", self.case.checks[place].text.trim_end_matches(['.', ':', '?'])),
        };
        self.add_fact(NewFact { text: statement, source: FactSource::Check, source_id: Some(id.0) }).await?;
        self.finish_check(place, CheckStatus::Done, Some(result)).await
    }

    /// Says that a check is not needed.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is done already.
    pub async fn skip_check(&mut self, id: CheckId) -> Result<Check> {
        let place = self.place_of_check(id)?;
        if self.case.checks[place].status == CheckStatus::Done {
            return Err(Error::Conflict(
                "this check is done already; record another result instead".to_owned(),
            ));
        }
        self.finish_check(place, CheckStatus::Skipped, None).await
    }

    /// Opens a flow's check again whose answer was taken back.
    pub(crate) async fn reopen_check_of(&mut self, step: StepId) -> Result<()> {
        let Some(place) = self.case.checks.iter().position(|c| c.step_id == Some(step)) else {
            return Ok(());
        };
        self.remove_derived_facts(self.case.checks[place].id.0).await?;
        self.finish_check(place, CheckStatus::Skipped, None).await.map(|_| ())
    }

    async fn finish_check(
        &mut self,
        place: usize,
        status: CheckStatus,
        result: Option<String>,
    ) -> Result<Check> {
        let (id, now, member) = (self.case.checks[place].id, self.now, self.caller.member());
        run!(self.noted(), |c| sqlx::query(
            "UPDATE checks SET status = $1, result = $2, done_by = $3, done_at = $4 WHERE id = $5"
        )
        .bind(status)
        .bind(&result)
        .bind(member)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        let name = self.caller.name().to_owned();
        let check = &mut self.case.checks[place];
        (check.status, check.result, check.done_at) = (status, result, Some(now));
        (check.done_by, check.done_by_name) = (Some(member), Some(name));
        Ok(check.clone())
    }

    fn place_of_check(&self, id: CheckId) -> Result<usize> {
        self.case.checks.iter().position(|c| c.id == id).ok_or(Error::NotFound("check"))
    }
}
