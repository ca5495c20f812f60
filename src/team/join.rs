//! How people join: by acting, by approval, or by invitation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::identity::member_of;
use super::{
    Caller, Member, MemberStatus, NewMember, Role, Workspace, add_member, link_identity, workspace_team,
};
use crate::store::{Db, TeamId, run};
use crate::{Clock, Error, Result};

/// A team's rule for accounts that it does not know yet.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum JoinPolicy {
    /// Full members of a connected workspace become engineers on their first action; guests only read.
    Open,
    /// Everybody new waits for an admin.
    Approval,
    /// Only people whose verified e-mail address was invited.
    Invitation,
}

/// How an account belongs to its workspace, as the platform says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Affiliation {
    /// A full member.
    Full,
    /// A guest of the workspace.
    Guest,
    /// From another organisation: Slack Connect, another tenant.
    External,
}

/// The author of an inbound event, as the platform proved it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Author {
    /// The platform's id of the account.
    pub external_id: String,
    /// The name to show.
    pub name: String,
    /// E-mail address, only where the platform verified it.
    pub email: Option<String>,
    /// How the account belongs to the workspace.
    pub affiliation: Affiliation,
}

/// Who this author is; adds them to the team where its policy says so. Doing it twice changes nothing.
///
/// # Errors
/// [`Error::Forbidden`] with words for the person when they are not in, saying how to get in.
pub async fn recognise(db: &Db, clock: &Clock, workspace: &Workspace, author: &Author) -> Result<Caller> {
    let team = workspace_team(db, workspace).await?.ok_or_else(|| {
        Error::Forbidden(
            "this workspace is not connected to a FlowPilot team; an admin can connect it".to_owned(),
        )
    })?;
    if let Some(member) = member_of(&mut db.begin_read().await?, team, workspace, &author.external_id).await?
    {
        return standing(&member);
    }
    let member = join(db, clock, team, workspace, author).await?;
    standing(&member)
}

pub(crate) fn standing(member: &Member) -> Result<Caller> {
    match member.status {
        MemberStatus::Active => Ok(Caller::of(member)),
        MemberStatus::Pending | MemberStatus::Invited => Err(Error::Forbidden(
            "you are not in the team yet: a team admin has to approve you first, or write `link` if you are a member with \
             another account".to_owned(),
        )),
        MemberStatus::Removed => Err(Error::Forbidden("you are no longer a member of this team".to_owned())),
    }
}

async fn join(
    db: &Db,
    clock: &Clock,
    team: TeamId,
    workspace: &Workspace,
    author: &Author,
) -> Result<Member> {
    let mut tx = db.begin().await?;
    // Holding the team's row, of two first actions at the same moment the second finds the member.
    let policy: JoinPolicy = run!(&mut tx, |c| sqlx::query_scalar(
        "UPDATE teams SET name = name WHERE id = $1 RETURNING join_policy"
    )
    .bind(team)
    .fetch_one(c)
    .await)?;
    if let Some(member) = member_of(&mut tx, team, workspace, &author.external_id).await? {
        return Ok(member);
    }
    let known: Option<Member> = match author.email.as_deref().map(str::to_lowercase) {
        // A verified address proves that the account is the member's, invited or not.
        Some(email) if author.affiliation == Affiliation::Full => run!(&mut tx, |c| {
            sqlx::query_as(
            "UPDATE members SET status = CASE WHEN status = 'invited' THEN 'active' ELSE status END, updated_at = $1 \
             WHERE team_id = $2 AND email = $3 RETURNING id, team_id, name, email, role, status, created_at"
        )
        .bind(clock.now())
        .bind(team)
        .bind(email)
        .fetch_optional(c)
        .await
        })?,
        _ => None,
    };
    let member = match known {
        Some(member) => member,
        None => add_member(&mut tx, clock, team, newcomer(policy, author)?).await?,
    };
    link_identity(&mut tx, clock, workspace, &author.external_id, team, member.id).await?;
    tx.commit().await?;
    Ok(member)
}

pub(crate) fn newcomer(policy: JoinPolicy, author: &Author) -> Result<NewMember> {
    let full = author.affiliation == Affiliation::Full;
    let (role, status) = match policy {
        JoinPolicy::Open if full => (Role::Engineer, MemberStatus::Active),
        JoinPolicy::Open => (Role::Viewer, MemberStatus::Active),
        JoinPolicy::Approval => (Role::Viewer, MemberStatus::Pending),
        JoinPolicy::Invitation => {
            return Err(Error::Forbidden(
                "this team is by invitation: ask a team admin to invite you, or write `link` if you are a member with another \
                 account".to_owned(),
            ));
        }
    };
    let name: String = author.name.trim().chars().take(100).collect();
    let name = if name.is_empty() { author.external_id.chars().take(100).collect() } else { name };
    Ok(NewMember { name, email: author.email.clone().filter(|_| full), role, status })
}
