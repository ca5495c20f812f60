//! Keeping a fix's script as a draft template.

use super::template::{insert, kept_from};
use super::{NewTemplate, ScriptTemplate};
use crate::fix::{OutcomeKind, ScriptBody};
use crate::session::SessionTx;
use crate::store::FixId;
use crate::{Error, Result};

impl SessionTx {
    /// Keeps the script of a fix as a draft, for an admin to accept or reject. Kept again it is the same draft.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the fix has no script; [`Error::NotFound`].
    pub(crate) async fn keep_script(&mut self, fix: FixId) -> Result<ScriptTemplate> {
        let place = self.place_of_fix(fix)?;
        let fix = &self.case.fixes[place];
        let script: ScriptBody =
            fix.script.clone().ok_or_else(|| Error::invalid("fix", "has no script to keep"))?.0;
        let new = NewTemplate {
            title: fix.title.clone(),
            language: script.language,
            body: as_template(&script.body),
            parameters: None,
        };
        let (engine, caller, id) = (self.engine.clone(), self.caller.clone(), fix.id);
        if let Some(kept) = kept_from(self.unnoted(), caller.team(), id).await? {
            return Ok(kept);
        }
        insert(self.unnoted(), &engine, &caller, new, Some(id)).await
    }

    /// After Resolve: keeps the script of a one-off fix that worked.
    ///
    /// # Errors
    /// [`Error::Conflict`] unless the fix worked; as [`SessionTx::keep_script`].
    pub async fn keep_script_that_worked(&mut self, fix: FixId) -> Result<ScriptTemplate> {
        let place = self.place_of_fix(fix)?;
        let worked =
            self.case.fixes[place].outcome.as_ref().is_some_and(|o| o.outcome == OutcomeKind::Worked);
        if !worked {
            return Err(Error::Conflict("only the script of a fix that worked is kept".to_owned()));
        }
        self.keep_script(fix).await
    }
}

/// A script is text, not a template yet: nothing in it may be read as one.
fn as_template(script: &str) -> String {
    if ["{{", "{%", "{#"].iter().any(|mark| script.contains(mark)) {
        return format!("{{% raw %}}{script}{{% endraw %}}");
    }
    script.to_owned()
}
