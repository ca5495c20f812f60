//! Deciding about a suggested fix.

use super::{Decision, DecisionKind, SuggestedFix};
use crate::script::ScriptTemplate;
use crate::session::{SessionTx, text};
use crate::store::{DecisionId, FixId, run};
use crate::{Error, Result};

/// What came of a decision.
#[derive(Debug, Clone)]
pub struct Deciding {
    /// The fix as it is now.
    pub fix: SuggestedFix,
    /// The draft that the decision made, for `draft_template` and `build_template`.
    pub template: Option<ScriptTemplate>,
}

impl SessionTx {
    /// Records what the caller does with a fix.
    ///
    /// Dismissing supersedes the fix. A fix in use may still be dismissed until its outcome is known: that is how
    /// a mistaken click is undone.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the fix is superseded or decided already, saying by whom;
    /// [`Error::Invalid`] for a template of a fix without a script; [`Error::NotFound`].
    pub async fn decide(&mut self, id: FixId, kind: DecisionKind, reason: Option<&str>) -> Result<Deciding> {
        let place = self.place_of_fix(id)?;
        undecided(&self.case.fixes[place], kind)?;
        let wants_template = matches!(kind, DecisionKind::DraftTemplate | DecisionKind::BuildTemplate);
        if wants_template && self.case.fixes[place].script.is_none() {
            return Err(Error::invalid(
                "decision",
                format!("{kind} needs a fix with a script; use one_off instead"),
            ));
        }
        let decision = Decision {
            id: DecisionId::new(&self.engine.clock),
            fix_id: id,
            decision: kind,
            reason: text::optional("reason", reason, 1_000)?,
            member_id: self.caller.member(),
            member_name: self.caller.name().to_owned(),
            created_at: self.now,
        };
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.noted(), |c| {
            sqlx::query(
            "INSERT INTO decisions (id, team_id, session_id, fix_id, member_id, decision, reason, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(decision.id)
        .bind(team)
        .bind(session)
        .bind(id)
        .bind(decision.member_id)
        .bind(kind)
        .bind(&decision.reason)
        .bind(decision.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        self.case.fixes[place].decision = Some(decision);
        if kind == DecisionKind::Dismissed {
            self.supersede_active(None).await?;
        }
        let template = if wants_template { Some(self.keep_script(id).await?) } else { None };
        Ok(Deciding { fix: self.case.fixes[place].clone(), template })
    }

    pub(crate) fn place_of_fix(&self, id: FixId) -> Result<usize> {
        self.case.fixes.iter().position(|f| f.id == id).ok_or(Error::NotFound("suggested fix"))
    }
}

fn undecided(fix: &SuggestedFix, wanted: DecisionKind) -> Result<()> {
    let said = |d: &Decision| format!("already decided by {}: {}", d.member_name, d.decision.label());
    if !fix.is_active() {
        let why = fix.decision.as_ref().map_or_else(|| "it was superseded by a newer fix".to_owned(), said);
        return Err(Error::Conflict(format!("this fix is no longer active, {why}")));
    }
    match &fix.decision {
        Some(_) if wanted == DecisionKind::Dismissed && !fix.has_ended() => Ok(()),
        Some(decision) => Err(Error::Conflict(format!("this fix is {}", said(decision)))),
        None => Ok(()),
    }
}
