//! Teams (tenants), their members and roles, and who an account on a platform is.
//!
//! Every engine call takes a [`Caller`], which names exactly one team; there is no query without it.
//! [`recognise`] turns the author of an inbound event into a caller by the team's [`JoinPolicy`].

mod caller;
mod code;
mod identity;
mod join;
mod member;
pub mod token;

pub use caller::Caller;
pub use code::{CODE_LIFETIME, Redeemed, code_for_account, code_for_member, is_code, redeem};
pub use identity::{
    Account, Platform, Workspace, account, accounts, connect_workspace, link_identity, workspace_team,
};
pub(crate) use identity::{account_in, accounts_of_admins};
pub use join::{Affiliation, Author, JoinPolicy, recognise};
pub(crate) use join::{newcomer, standing};
pub use member::{
    Member, MemberStatus, NewMember, Role, add_member, approve_member, change_role, member, members,
};

use serde::Serialize;
use utoipa::ToSchema;

use crate::store::{Db, TeamId, Tx, read, run};
use crate::{Clock, Error, Result, Timestamp};

/// One MSP.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name in addresses: `a-z`, `0-9`, `-`.
    pub slug: String,
    /// Its name on the screen.
    pub name: String,
    /// How people join.
    pub join_policy: JoinPolicy,
    /// When it was created.
    pub created_at: Timestamp,
}

/// Creates a team.
///
/// # Errors
/// [`Error::Invalid`] for a bad slug or name, [`Error::Conflict`] when the slug is taken.
pub async fn create_team(
    tx: &mut Tx,
    clock: &Clock,
    slug: &str,
    name: &str,
    join_policy: JoinPolicy,
) -> Result<Team> {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if slug.is_empty() || slug.len() > 63 || !slug.chars().all(good) {
        return Err(Error::invalid("team.slug", "must be 1 to 63 of a-z, 0-9 and '-'"));
    }
    if name.trim().is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid("team.name", "must be 1 to 100 characters"));
    }
    let made: Option<Team> = run!(tx, |c| sqlx::query_as(
        "INSERT INTO teams (id, slug, name, join_policy, created_at) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (slug) DO NOTHING RETURNING id, slug, name, join_policy, created_at"
    )
    .bind(TeamId::new(clock))
    .bind(slug)
    .bind(name.trim())
    .bind(join_policy)
    .bind(clock.now())
    .fetch_optional(c)
    .await)?;
    made.ok_or_else(|| Error::Conflict(format!("there is a team {slug:?} already")))
}

/// The team with this id.
///
/// # Errors
/// The database's.
pub async fn team(db: &Db, id: TeamId) -> Result<Option<Team>> {
    Ok(read!(db, |c| sqlx::query_as(
        "SELECT id, slug, name, join_policy, created_at FROM teams WHERE id = $1"
    )
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// The team of this name in addresses.
///
/// # Errors
/// The database's.
pub async fn team_called(db: &Db, slug: &str) -> Result<Option<Team>> {
    Ok(read!(db, |c| sqlx::query_as(
        "SELECT id, slug, name, join_policy, created_at FROM teams WHERE slug = $1"
    )
    .bind(slug)
    .fetch_optional(c)
    .await)?)
}

/// Every team, oldest first: for the server itself, never for a caller.
///
/// # Errors
/// The database's.
pub async fn all_teams(db: &Db) -> Result<Vec<Team>> {
    Ok(read!(db, |c| sqlx::query_as(
        "SELECT id, slug, name, join_policy, created_at FROM teams ORDER BY id"
    )
    .fetch_all(c)
    .await)?)
}
