//! Accounts on the platforms, and which team a workspace belongs to.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Member;
use crate::store::{Db, MemberId, TeamId, Tx, read, run};
use crate::{Clock, Error, Result};

/// Where a thread lives, or where a call came from.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Platform {
    /// Slack.
    Slack,
    /// Microsoft Teams.
    Teams,
    /// Discord.
    Discord,
    /// The console in a browser on this machine.
    Console,
    /// No thread: the session was started through the API.
    Api,
}

/// A Slack workspace, an Entra tenant, a Discord server, or the console.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// The platform it is on.
    pub platform: Platform,
    /// The platform's own id of it.
    pub external_id: String,
}

/// The newest account of a member in a workspace, by the platform's id.
///
/// # Errors
/// The database's.
pub(crate) async fn account_in(
    db: &Db,
    team: TeamId,
    member: MemberId,
    workspace: &Workspace,
) -> Result<Option<String>> {
    Ok(read!(db, |c| sqlx::query_scalar(
        "SELECT external_id FROM identities WHERE team_id = $1 AND member_id = $2 AND platform = $3 \
         AND workspace = $4 ORDER BY created_at DESC LIMIT 1"
    )
    .bind(team)
    .bind(member)
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .fetch_optional(c)
    .await)?)
}

/// Connects a workspace to a team; a workspace belongs to one team only.
///
/// # Errors
/// [`Error::Conflict`] when it is connected to another team.
pub async fn connect_workspace(
    db: &Db,
    clock: &Clock,
    workspace: &Workspace,
    team: TeamId,
    name: &str,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let owner: TeamId = run!(&mut tx, |c| {
        sqlx::query_scalar(
        "INSERT INTO workspaces (platform, external_id, team_id, name, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (platform, external_id) DO UPDATE SET name = CASE \
         WHEN workspaces.team_id = excluded.team_id THEN excluded.name ELSE workspaces.name END RETURNING team_id"
    )
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .bind(team)
    .bind(name)
    .bind(clock.now())
    .fetch_one(c)
    .await
    })?;
    if owner != team {
        return Err(Error::Conflict("this workspace is connected to another team".to_owned()));
    }
    Ok(tx.commit().await?)
}

/// The team that a workspace belongs to.
///
/// # Errors
/// The database's.
pub async fn workspace_team(db: &Db, workspace: &Workspace) -> Result<Option<TeamId>> {
    Ok(read!(db, |c| sqlx::query_scalar(
        "SELECT team_id FROM workspaces WHERE platform = $1 AND external_id = $2"
    )
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .fetch_optional(c)
    .await)?)
}

/// Says that an account is this member's. An account has one member; linking it again moves it within the team.
///
/// # Errors
/// [`Error::Conflict`] when the account is linked in another team.
pub async fn link_identity(
    tx: &mut Tx,
    clock: &Clock,
    workspace: &Workspace,
    external_id: &str,
    team: TeamId,
    member: MemberId,
) -> Result<()> {
    let linked = run!(tx, |c| sqlx::query(
        "INSERT INTO identities (platform, workspace, external_id, team_id, member_id, created_at) \
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (platform, workspace, external_id) \
         DO UPDATE SET member_id = excluded.member_id WHERE identities.team_id = excluded.team_id"
    )
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .bind(external_id)
    .bind(team)
    .bind(member)
    .bind(clock.now())
    .execute(c)
    .await
    .map(|r| r.rows_affected()))?;
    if linked == 1 {
        Ok(())
    } else {
        Err(Error::Conflict("this account is linked in another team".to_owned()))
    }
}

/// The member that an account is, once it has acted.
///
/// # Errors
/// The database's.
pub async fn account(
    db: &Db,
    team: TeamId,
    workspace: &Workspace,
    external_id: &str,
) -> Result<Option<Member>> {
    member_of(&mut db.begin_read().await?, team, workspace, external_id).await
}

/// The accounts in a workspace of those who administer the team, at most 20.
///
/// # Errors
/// The database's.
pub(crate) async fn accounts_of_admins(db: &Db, team: TeamId, workspace: &Workspace) -> Result<Vec<String>> {
    Ok(read!(db, |c| {
        sqlx::query_scalar(
            "SELECT i.external_id FROM members m JOIN identities i ON i.member_id = m.id WHERE m.team_id = $1 \
             AND m.status = 'active' AND m.role IN ('team_admin', 'super_admin') AND i.platform = $2 \
             AND i.workspace = $3 ORDER BY m.id LIMIT 20",
        )
        .bind(team)
        .bind(workspace.platform)
        .bind(&workspace.external_id)
        .fetch_all(c)
        .await
    })?)
}

/// A member's account on a platform.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    /// The platform.
    pub platform: Platform,
    /// The name of the workspace it is in, where that is connected.
    pub workspace: Option<String>,
}

/// The accounts that act as a member, oldest first; 50 at most.
///
/// # Errors
/// The database's.
pub async fn accounts(db: &Db, team: TeamId, member: MemberId) -> Result<Vec<Account>> {
    Ok(read!(db, |c| sqlx::query_as(
        "SELECT i.platform, w.name AS workspace FROM identities i LEFT JOIN workspaces w \
         ON w.platform = i.platform AND w.external_id = i.workspace \
         WHERE i.team_id = $1 AND i.member_id = $2 ORDER BY i.created_at LIMIT 50"
    )
    .bind(team)
    .bind(member)
    .fetch_all(c)
    .await)?)
}

pub(super) async fn member_of(
    tx: &mut Tx,
    team: TeamId,
    workspace: &Workspace,
    external_id: &str,
) -> Result<Option<Member>> {
    Ok(run!(tx, |c| sqlx::query_as(
        "SELECT m.id, m.team_id, m.name, m.email, m.role, m.status, m.created_at FROM identities i \
         JOIN members m ON m.id = i.member_id \
         WHERE i.platform = $1 AND i.workspace = $2 AND i.external_id = $3 AND i.team_id = $4"
    )
    .bind(workspace.platform)
    .bind(&workspace.external_id)
    .bind(external_id)
    .bind(team)
    .fetch_optional(c)
    .await)?)
}
