//! Who calls the engine: the key to every query and every permission.

use crate::store::{MemberId, TeamId};
use crate::team::{Member, Role};
use crate::{Error, Result};

/// A member acting in their own team. There is no way to make one for another team than the member's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    team: TeamId,
    member: MemberId,
    name: String,
    role: Role,
}

impl Caller {
    /// The caller that a proven member is.
    #[must_use]
    pub fn of(member: &Member) -> Self {
        Self { team: member.team_id, member: member.id, name: member.name.clone(), role: member.role }
    }

    /// The caller that a verified token names.
    pub(crate) fn from_token(team: TeamId, member: MemberId, name: String, role: Role) -> Self {
        Self { team, member, name, role }
    }

    /// The same member, finishing what they began: a role that changed meanwhile does not undo it.
    #[must_use]
    pub(crate) fn acting_for_the_outbox(self) -> Self {
        Self { role: Role::Engineer, ..self }
    }

    /// The one team this caller sees.
    #[must_use]
    pub fn team(&self) -> TeamId {
        self.team
    }

    /// The member who acts.
    #[must_use]
    pub fn member(&self) -> MemberId {
        self.member
    }

    /// The member's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The member's role.
    #[must_use]
    pub fn role(&self) -> Role {
        self.role
    }

    /// Lets engineers and admins pass.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for a viewer, saying who can help.
    pub fn must_work(&self) -> Result<()> {
        if self.role.may_work() {
            return Ok(());
        }
        Err(Error::Forbidden(format!(
            "{} can read sessions but not work on them; a team admin can change the role to engineer",
            self.name
        )))
    }

    /// Lets admins pass.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub fn must_administer(&self) -> Result<()> {
        if self.role.may_administer() {
            return Ok(());
        }
        Err(Error::Forbidden(format!("only a team admin can do this; {} is {}", self.name, self.role)))
    }
}
