//! Which member of the PSA a member is: their notes carry that name.
//!
//! Whoever knows a login name could claim it. So the PSA has to have it, active, and either one of its e-mail addresses
//! is the member's, or an admin confirms it. A member of the PSA is one member's at most.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::connection::{Connection, connections};
use super::refusal::{forget_refusal, is_refused};
use super::{NoteAuthor, Psa, PsaMember};
use crate::copilot::upstream;
use crate::store::{ConnectionId, Db, MemberId, Page, PageRequest, TeamId, Tx, read, run};
use crate::team::{Caller, JoinPolicy, Member, member};
use crate::{Engine, Error, Result, Timestamp};

/// A member's account in the PSA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct PsaAccount {
    /// The PSA's id.
    pub external_id: String,
    /// The name they log in with.
    pub identifier: String,
    /// Their name there. Untrusted text.
    pub name: String,
    /// When it was confirmed; until then nothing is done in its name.
    pub confirmed_at: Option<Timestamp>,
}

/// What a member said to be in the PSA, while nobody has confirmed it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct WaitingAccount {
    /// The member.
    pub member_id: MemberId,
    /// The member's name.
    pub member: String,
    /// The PSA's id.
    pub external_id: String,
    /// The name they log in with.
    pub identifier: String,
    /// Their name there. Untrusted text.
    pub name: String,
}

/// As [`claim`], from what a person wrote: `NAME`, or `NAME in CONNECTION` where the team has several.
///
/// # Errors
/// As [`claim`].
pub async fn claim_in_words(engine: &Engine, caller: &Caller, words: &str) -> Result<PsaAccount> {
    let (identifier, connection) =
        words.split_once(" in ").map_or((words, None), |(who, at)| (who, Some(at)));
    claim(engine, caller, connection, identifier).await
}

/// The caller says which member of the PSA they are. It counts at once where an e-mail address proves it; otherwise it
/// waits for an admin. A connection is meant by its name; without one it is the team's only one.
///
/// # Errors
/// [`Error::Invalid`] for a name that the PSA does not have, or has for nobody who works there, for a connection that is
/// not there, and without one where the team has several; [`Error::Conflict`] when it is another member's;
/// [`Error::Forbidden`] for viewers; [`Error::Upstream`].
pub async fn claim(
    engine: &Engine,
    caller: &Caller,
    connection: Option<&str>,
    identifier: &str,
) -> Result<PsaAccount> {
    caller.must_work()?;
    let (connection, psa) = one(engine, caller, connection).await?;
    let found = look_up(&*psa, identifier).await?;
    let me = member(&engine.db, caller.team(), caller.member()).await?.ok_or(Error::NotFound("member"))?;
    let proven = me
        .email
        .as_ref()
        .is_some_and(|mine| found.emails.iter().any(|theirs| theirs.trim().eq_ignore_ascii_case(mine)));
    let mut tx = engine.db.begin().await?;
    lock(&mut tx, caller.team()).await?;
    if let Some(owner) = confirmed_member(&mut tx, caller.team(), connection, &found.id).await?
        && owner.id != me.id
    {
        return Err(Error::Conflict(format!(
            "{} is linked to {} already; an admin can change that in the console, or with `flowpilot member link-psa`",
            found.identifier, owner.name
        )));
    }
    // What an admin has refused once, an address alone does not prove any more.
    let proven = proven && !is_refused(&mut tx, connection, &found.id, me.id).await?;
    let account = save(engine, &mut tx, connection, &me, names(&found), proven).await?;
    tx.commit().await?;
    Ok(account)
}

/// An admin says which member of the PSA a member is; it is nobody else's any more. Without a connection it is the
/// team's only one.
///
/// # Errors
/// As [`claim`], but no conflict; [`Error::Forbidden`] unless the caller administers the team.
pub async fn assign(
    engine: &Engine,
    caller: &Caller,
    whose: &Member,
    connection: Option<&str>,
    identifier: &str,
) -> Result<PsaAccount> {
    caller.must_administer()?;
    let whose = member(&engine.db, caller.team(), whose.id).await?.ok_or(Error::NotFound("member"))?;
    let (connection, psa) = one(engine, caller, connection).await?;
    let found = look_up(&*psa, identifier).await?;
    let mut tx = engine.db.begin().await?;
    lock(&mut tx, caller.team()).await?;
    run!(&mut tx, |c| {
        sqlx::query(
            "DELETE FROM psa_accounts WHERE team_id = $1 AND connection_id = $2 AND external_id = $3 \
             AND member_id <> $4",
        )
        .bind(caller.team())
        .bind(connection)
        .bind(&found.id)
        .bind(whose.id)
        .execute(c)
        .await
        .map(|_| ())
    })?;
    forget_refusal(&mut tx, connection, &found.id, whose.id).await?;
    let account = save(engine, &mut tx, connection, &whose, names(&found), true).await?;
    tx.commit().await?;
    Ok(account)
}

/// The accounts of a connection that wait for an admin, by member.
///
/// # Errors
/// [`Error::Forbidden`] unless the caller administers the team.
pub async fn waiting(
    db: &Db,
    caller: &Caller,
    connection: ConnectionId,
    page: PageRequest,
) -> Result<Page<WaitingAccount>> {
    caller.must_administer()?;
    let rows: Vec<WaitingAccount> = read!(db, |c| {
        sqlx::query_as(
            "SELECT a.member_id, m.name AS member, a.external_id, a.identifier, a.name FROM psa_accounts a \
             JOIN members m ON m.id = a.member_id WHERE a.team_id = $1 AND a.connection_id = $4 \
             AND a.confirmed_at IS NULL AND ($2 IS NULL OR a.member_id > $2) ORDER BY a.member_id LIMIT $3",
        )
        .bind(caller.team())
        .bind(page.after.map(|c| c.0))
        .bind(page.fetch())
        .bind(connection)
        .fetch_all(c)
        .await
    })?;
    Ok(Page::from_rows(rows, &page, |a| a.member_id.0))
}

/// An admin confirms that a member is who they said to be in a connection; a second time changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when the member says something else by now, or the account is another member's;
/// [`Error::Forbidden`] unless the caller administers the team.
pub async fn confirm(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    whose: MemberId,
    external_id: &str,
) -> Result<()> {
    caller.must_administer()?;
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    lock(&mut tx, caller.team()).await?;
    let taken: Option<String> = run!(&mut tx, |c| {
        sqlx::query_scalar(
            "SELECT m.name FROM psa_accounts a JOIN members m ON m.id = a.member_id \
             WHERE a.team_id = $1 AND a.external_id = $2 AND a.member_id <> $3 AND a.connection_id = $4 \
             AND a.confirmed_at IS NOT NULL",
        )
        .bind(caller.team())
        .bind(external_id)
        .bind(whose)
        .bind(connection)
        .fetch_optional(c)
        .await
    })?;
    if let Some(name) = taken {
        return Err(Error::Conflict(format!("this account is linked to {name} already")));
    }
    let confirmed = run!(&mut tx, |c| {
        sqlx::query(
            "UPDATE psa_accounts SET confirmed_at = COALESCE(confirmed_at, $1) WHERE team_id = $2 \
             AND member_id = $3 AND external_id = $4 AND connection_id = $5",
        )
        .bind(now)
        .bind(caller.team())
        .bind(whose)
        .bind(external_id)
        .bind(connection)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if confirmed == 0 {
        return Err(changed());
    }
    forget_refusal(&mut tx, connection, external_id, whose).await?;
    Ok(tx.commit().await?)
}

pub(super) fn changed() -> Error {
    Error::Conflict(
        "this was decided already, or the member says something else by now; look again".to_owned(),
    )
}

/// The member's account in the team's first PSA; `None` without a PSA, or where nothing was said yet.
///
/// # Errors
/// The database's.
pub async fn account(db: &Db, team: TeamId, member: MemberId) -> Result<Option<PsaAccount>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
            "SELECT a.external_id, a.identifier, a.name, a.confirmed_at FROM psa_accounts a \
             JOIN psa_connections c ON c.id = a.connection_id AND c.removed_at IS NULL \
             WHERE a.team_id = $1 AND a.member_id = $2 ORDER BY a.connection_id LIMIT 1",
        )
        .bind(team)
        .bind(member)
        .fetch_optional(c)
        .await
    })?)
}

/// In whose name a member's notes are posted through a connection.
///
/// # Errors
/// The database's.
pub(crate) async fn author(
    db: &Db,
    team: TeamId,
    member: MemberId,
    connection: ConnectionId,
) -> Result<Option<NoteAuthor>> {
    let found: Option<(String, String)> = read!(db, |c| {
        sqlx::query_as(
            "SELECT external_id, identifier FROM psa_accounts WHERE team_id = $1 AND member_id = $2 \
             AND connection_id = $3 AND confirmed_at IS NOT NULL",
        )
        .bind(team)
        .bind(member)
        .bind(connection)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.map(|(id, identifier)| NoteAuthor { id, identifier }))
}

/// The connection that people mean who name none.
/// The connection that is meant: the named one, or the only one.
async fn one(engine: &Engine, caller: &Caller, name: Option<&str>) -> Result<(ConnectionId, Arc<dyn Psa>)> {
    let all = connections(engine, caller.team()).await?;
    let names = || all.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(" or ");
    let is_meant = |it: &&Connection| name.is_none_or(|name| it.name.eq_ignore_ascii_case(name.trim()));
    let meant: Vec<&Connection> = all.iter().filter(is_meant).collect();
    let id = match meant.as_slice() {
        [one] => one.id,
        [] if all.is_empty() => {
            return Err(Error::invalid("identifier", "cannot be looked up: no ticket system is connected"));
        }
        [] => return Err(Error::invalid("connection", format!("is not there; there is {}", names()))),
        _ => {
            let rule = format!("must be named, as in `NAME in CONNECTION`; there is {}", names());
            return Err(Error::invalid("connection", rule));
        }
    };
    Ok((id, engine.psa.get(engine, caller.team(), id).await?))
}

/// Somebody who works in a PSA, by login name.
async fn look_up(psa: &dyn Psa, identifier: &str) -> Result<PsaMember> {
    let wrong = |rule: String| Error::invalid("identifier", rule);
    let name = identifier.trim();
    if name.is_empty() || name.chars().count() > 60 {
        return Err(wrong("must be the name you log in to the ticket system with".to_owned()));
    }
    let found = psa.member(name).await.map_err(|error| upstream(&error))?;
    let found =
        found.ok_or_else(|| wrong(format!("is unknown: the ticket system has no member {name:?}")))?;
    must_work_there(&found, "identifier")?;
    Ok(found)
}

/// Refuses accounts that nobody signs in with, by the field that names this one.
pub(super) fn must_work_there(found: &PsaMember, field: &'static str) -> Result<()> {
    let name = &found.identifier;
    if !found.is_person {
        return Err(Error::invalid(field, format!("is wrong: {name} is an account for programs")));
    }
    if !found.active {
        return Err(Error::invalid(field, format!("is of no use: {name} is inactive in the ticket system")));
    }
    Ok(())
}

/// Whether it is a connection of the team.
pub(super) async fn must_be_connected(db: &Db, team: TeamId, connection: ConnectionId) -> Result<()> {
    let found: Option<ConnectionId> = read!(db, |c| {
        sqlx::query_scalar(
            "SELECT id FROM psa_connections WHERE team_id = $1 AND id = $2 AND removed_at IS NULL",
        )
        .bind(team)
        .bind(connection)
        .fetch_optional(c)
        .await
    })?;
    found.map(drop).ok_or(Error::NotFound("PSA connection"))
}

/// What stands for a member in a connection, confirmed or not.
pub(super) async fn of_member(
    tx: &mut Tx,
    connection: ConnectionId,
    whose: MemberId,
) -> Result<Option<PsaAccount>> {
    Ok(run!(tx, |c| {
        sqlx::query_as(
            "SELECT external_id, identifier, name, confirmed_at FROM psa_accounts WHERE connection_id = $1 \
             AND member_id = $2",
        )
        .bind(connection)
        .bind(whose)
        .fetch_optional(c)
        .await
    })?)
}

/// Of two who come with the same name at once, the second sees the first. Answers with the rule for newcomers.
pub(super) async fn lock(tx: &mut Tx, team: TeamId) -> Result<JoinPolicy> {
    let query = "UPDATE teams SET name = name WHERE id = $1 RETURNING join_policy";
    Ok(run!(tx, |c| sqlx::query_scalar(query).bind(team).fetch_one(c).await)?)
}

/// The member who is this account, confirmed.
pub(super) async fn confirmed_member(
    tx: &mut Tx,
    team: TeamId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<Option<Member>> {
    Ok(run!(tx, |c| {
        sqlx::query_as(
            "SELECT m.id, m.team_id, m.name, m.email, m.role, m.status, m.created_at FROM psa_accounts a \
             JOIN members m ON m.id = a.member_id \
             WHERE a.team_id = $1 AND a.connection_id = $2 AND a.external_id = $3 AND a.confirmed_at IS NOT NULL",
        )
        .bind(team)
        .bind(connection)
        .bind(external_id)
        .fetch_optional(c)
        .await
    })?)
}

pub(super) fn names(found: &PsaMember) -> [&str; 3] {
    [&found.id, &found.identifier, &found.name]
}

/// Writes down an account: its id, login name and name. What was confirmed for this very account stays so.
pub(super) async fn save(
    engine: &Engine,
    tx: &mut Tx,
    connection: ConnectionId,
    whose: &Member,
    [id, identifier, name]: [&str; 3],
    confirmed: bool,
) -> Result<PsaAccount> {
    let now = engine.clock.now();
    Ok(run!(tx, |c| {
        sqlx::query_as(
            "INSERT INTO psa_accounts (connection_id, member_id, team_id, external_id, identifier, name, created_at, \
             confirmed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (connection_id, member_id) \
             DO UPDATE SET confirmed_at = CASE WHEN psa_accounts.external_id = excluded.external_id \
             THEN COALESCE(psa_accounts.confirmed_at, excluded.confirmed_at) ELSE excluded.confirmed_at END, \
             external_id = excluded.external_id, identifier = excluded.identifier, name = excluded.name \
             RETURNING external_id, identifier, name, confirmed_at",
        )
        .bind(connection)
        .bind(whose.id)
        .bind(whose.team_id)
        .bind(id)
        .bind(identifier)
        .bind(name)
        .bind(now)
        .bind(confirmed.then_some(now))
        .fetch_one(c)
        .await
    })?)
}
