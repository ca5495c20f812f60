//! Members of a team and what their roles allow.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Caller;
use crate::store::{Db, MemberId, Page, PageRequest, TeamId, Tx, read, run};
use crate::{Clock, Engine, Error, Result, Timestamp};

/// What a member may do.
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
pub enum Role {
    /// Runs the installation.
    SuperAdmin,
    /// Runs the team: members, connections, library.
    TeamAdmin,
    /// Works sessions.
    Engineer,
    /// Reads.
    Viewer,
}

impl Role {
    /// May write sessions.
    #[must_use]
    pub fn may_work(self) -> bool {
        self != Self::Viewer
    }

    /// May change the team.
    #[must_use]
    pub fn may_administer(self) -> bool {
        matches!(self, Self::SuperAdmin | Self::TeamAdmin)
    }
}

/// Whether a member is in yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum MemberStatus {
    /// Acts by role.
    Active,
    /// Asked to join; an admin has to approve. Reads nothing.
    Pending,
    /// Known by e-mail; becomes active when an account with that verified e-mail shows up.
    Invited,
    /// Was a member.
    Removed,
}

/// A person of a team.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Member {
    /// The member's id.
    pub id: MemberId,
    /// The member's one team.
    #[serde(skip)]
    pub team_id: TeamId,
    /// The name on the screen.
    pub name: String,
    /// Lower-case e-mail address, where known.
    pub email: Option<String>,
    /// What the member may do.
    pub role: Role,
    /// Whether the member is in yet.
    pub status: MemberStatus,
    /// When the member was added.
    pub created_at: Timestamp,
}

/// What a new member begins with.
#[derive(Debug, Clone)]
pub struct NewMember {
    /// 1..=100 characters.
    pub name: String,
    /// Any case; compared in lower case.
    pub email: Option<String>,
    /// What the member may do.
    pub role: Role,
    /// Active at once, pending or invited.
    pub status: MemberStatus,
}

/// Adds a member to a team.
///
/// # Errors
/// [`Error::Invalid`] for an empty or long name, [`Error::Conflict`] when the e-mail address is taken.
pub async fn add_member(tx: &mut Tx, clock: &Clock, team: TeamId, new: NewMember) -> Result<Member> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Error::invalid("name", "must be 1 to 100 characters"));
    }
    let email = new.email.map(|e| e.trim().to_lowercase());
    if email.as_deref().is_some_and(|e| !e.contains('@') || e.len() > 254) {
        return Err(Error::invalid("email", "must be an e-mail address of at most 254 characters"));
    }
    let now = clock.now();
    let made: Option<Member> = run!(tx, |c| sqlx::query_as(
        "INSERT INTO members (id, team_id, name, email, role, status, created_at, updated_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING \
         RETURNING id, team_id, name, email, role, status, created_at"
    )
    .bind(MemberId::new(clock))
    .bind(team)
    .bind(&name)
    .bind(&email)
    .bind(new.role)
    .bind(new.status)
    .bind(now)
    .fetch_optional(c)
    .await)?;
    made.ok_or_else(|| Error::Conflict("a member with this e-mail address exists already".to_owned()))
}

/// One member of the caller's team.
///
/// # Errors
/// The database's.
pub async fn member(db: &Db, team: TeamId, id: MemberId) -> Result<Option<Member>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
        "SELECT id, team_id, name, email, role, status, created_at FROM members WHERE team_id = $1 AND id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// The members of a team, oldest first.
///
/// # Errors
/// The database's.
pub async fn members(db: &Db, team: TeamId, page: PageRequest) -> Result<Page<Member>> {
    let rows: Vec<Member> = read!(db, |c| sqlx::query_as(
        "SELECT id, team_id, name, email, role, status, created_at FROM members \
         WHERE team_id = $1 AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3"
    )
    .bind(team)
    .bind(page.after.map(|c| c.0))
    .bind(page.fetch())
    .fetch_all(c)
    .await)?;
    Ok(Page::from_rows(rows, &page, |m| m.id.0))
}

/// Changes what a member may do.
///
/// # Errors
/// [`Error::Forbidden`] unless the caller administers the team (and for `super_admin`, is one);
/// [`Error::Conflict`] when the team would be left without an admin; [`Error::NotFound`].
pub async fn change_role(engine: &Engine, caller: &Caller, id: MemberId, role: Role) -> Result<Member> {
    caller.must_administer()?;
    may_give(engine, caller, id, role).await?;
    let mut tx = engine.db.begin().await?;
    let changed: Option<Member> = run!(&mut tx, |c| sqlx::query_as(
        "UPDATE members SET role = $1, updated_at = $2 WHERE team_id = $3 AND id = $4 \
         RETURNING id, team_id, name, email, role, status, created_at"
    )
    .bind(role)
    .bind(engine.clock.now())
    .bind(caller.team())
    .bind(id)
    .fetch_optional(c)
    .await)?;
    let changed = changed.ok_or(Error::NotFound("member"))?;
    let admins: i64 = run!(&mut tx, |c| {
        sqlx::query_scalar(
        "SELECT count(*) FROM members WHERE team_id = $1 AND status = 'active' AND role IN ('team_admin', 'super_admin')"
    )
    .bind(caller.team())
    .fetch_one(c)
    .await
    })?;
    if admins == 0 {
        return Err(Error::Conflict(
            "this would leave the team without an admin; make another member admin first".to_owned(),
        ));
    }
    tx.commit().await?;
    Ok(changed)
}

/// Lets a pending member in, with this role.
///
/// # Errors
/// [`Error::Forbidden`] unless the caller administers the team; [`Error::NotFound`] when nobody pending has this id.
pub async fn approve_member(engine: &Engine, caller: &Caller, id: MemberId, role: Role) -> Result<Member> {
    caller.must_administer()?;
    may_give(engine, caller, id, role).await?;
    let mut tx = engine.db.begin().await?;
    let approved: Option<Member> = run!(&mut tx, |c| sqlx::query_as(
        "UPDATE members SET role = $1, status = 'active', updated_at = $2 \
         WHERE team_id = $3 AND id = $4 AND status = 'pending' \
         RETURNING id, team_id, name, email, role, status, created_at"
    )
    .bind(role)
    .bind(engine.clock.now())
    .bind(caller.team())
    .bind(id)
    .fetch_optional(c)
    .await)?;
    tx.commit().await?;
    approved.ok_or(Error::NotFound("pending member"))
}

/// Only a super admin makes, or unmakes, another one.
async fn may_give(engine: &Engine, caller: &Caller, id: MemberId, role: Role) -> Result<()> {
    let now = member(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("member"))?.role;
    if caller.role() != Role::SuperAdmin && (role == Role::SuperAdmin || now == Role::SuperAdmin) {
        return Err(Error::Forbidden("only a super admin can change who is one".to_owned()));
    }
    Ok(())
}
