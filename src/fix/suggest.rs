//! Suggesting a fix: it becomes the session's one active fix.

use sqlx::types::Json;

use super::{Confidence, ScriptBody, SuggestedFix};
use crate::session::{SessionTx, text};
use crate::store::{FixId, StepId, run};
use crate::{Error, Result};

const MOST_STEPS: usize = 20;
const LONGEST_STEP: usize = 2_000;
const LONGEST_SCRIPT: usize = 20_000;

/// A fix to suggest.
#[derive(Debug, Clone)]
pub struct NewFix {
    /// 1..=200 characters.
    pub title: String,
    /// What is then likely to have been the cause; at most 2,000 characters.
    pub root_cause: Option<String>,
    /// Why this fix; at most 2,000 characters.
    pub rationale: String,
    /// At most 20, of 2,000 characters each.
    pub steps: Vec<String>,
    /// At most 20,000 characters.
    pub script: Option<ScriptBody>,
    /// How sure, and why.
    pub confidence: Confidence,
    /// Names the solution over all sessions.
    pub solution: Option<String>,
    /// The flow step that led to it.
    pub step: Option<StepId>,
    /// Whether the caller thought of it; otherwise the copilot did.
    pub by_member: bool,
}

impl SessionTx {
    /// Makes this the active fix; the one before is superseded.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming the field.
    pub async fn suggest_fix(&mut self, new: NewFix) -> Result<SuggestedFix> {
        let mut fix = self.checked(new)?;
        if let Some(script) = &mut fix.script
            && let Some((offer, body)) = self.template_for(script).await?
        {
            script.body = body;
            fix.template = Some(Json(offer));
        }
        self.supersede_active(Some(fix.id)).await?;
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO suggested_fixes (id, team_id, session_id, title, root_cause, rationale, steps, script, \
             confidence, confidence_reason, solution, step_id, proposed_by, created_at, template) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)"
        )
        .bind(fix.id)
        .bind(team)
        .bind(session)
        .bind(&fix.title)
        .bind(&fix.root_cause)
        .bind(&fix.rationale)
        .bind(&fix.steps)
        .bind(&fix.script)
        .bind(fix.confidence)
        .bind(&fix.confidence_reason)
        .bind(&fix.solution)
        .bind(fix.step_id)
        .bind(fix.proposed_by)
        .bind(fix.created_at)
        .bind(&fix.template)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        self.case.fixes.push(fix.clone());
        Ok(fix)
    }

    /// Takes the active fix out of the way, if there is one.
    pub(crate) async fn supersede_active(&mut self, by: Option<FixId>) -> Result<()> {
        let Some(place) = self.case.fixes.iter().position(SuggestedFix::is_active) else { return Ok(()) };
        let (id, now) = (self.case.fixes[place].id, self.now);
        run!(self.noted(), |c| sqlx::query(
            "UPDATE suggested_fixes SET superseded_at = $1, superseded_by = $2 WHERE id = $3"
        )
        .bind(now)
        .bind(by)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        let fix = &mut self.case.fixes[place];
        (fix.superseded_at, fix.superseded_by) = (Some(now), by);
        Ok(())
    }

    fn checked(&self, new: NewFix) -> Result<SuggestedFix> {
        if new.steps.len() > MOST_STEPS {
            return Err(Error::invalid("steps", format!("must be at most {MOST_STEPS}")));
        }
        let steps = new.steps.iter().enumerate();
        let steps = steps
            .map(|(i, step)| text::required(&format!("steps[{i}]"), step, LONGEST_STEP))
            .collect::<Result<Vec<_>>>()?;
        if let Some(script) = &new.script {
            if script.body.trim().is_empty() {
                return Err(Error::invalid("script.body", "must not be empty"));
            }
            if script.body.chars().count() > LONGEST_SCRIPT {
                return Err(Error::invalid(
                    "script.body",
                    format!("must be at most {LONGEST_SCRIPT} characters"),
                ));
            }
        }
        let script = new.script.map(|s| ScriptBody { body: crate::redact::secrets(&s.body), ..s });
        Ok(SuggestedFix {
            id: FixId::new(&self.engine.clock),
            title: text::required("title", &new.title, 200)?,
            root_cause: text::optional("root_cause", new.root_cause.as_deref(), 2_000)?,
            rationale: text::required("rationale", &new.rationale, 2_000)?,
            steps: Json(steps),
            script: script.map(Json),
            template: None,
            confidence: i64::from(new.confidence.percent.min(100)),
            confidence_reason: new.confidence.reason,
            solution: new.solution,
            step_id: new.step,
            proposed_by: new.by_member.then(|| self.caller.member()),
            created_at: self.now,
            applied_at: None,
            superseded_at: None,
            superseded_by: None,
            decision: None,
            outcome: None,
        })
    }
}
