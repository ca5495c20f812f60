//! Linking and unlinking members of a PSA: by admins, and each their own.

use serde::Serialize;
use utoipa::ToSchema;

use super::account::{
    PsaAccount, changed, confirmed_member, lock, must_be_connected, must_work_there, names, of_member, save,
};
use super::refusal::forget_refusal;
use crate::copilot::upstream;
use crate::store::{ConnectionId, MemberId, read, run};
use crate::team::{Caller, MemberStatus, member};
use crate::{Engine, Error, Result, Timestamp};

/// One's own account in a PSA.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct OwnAccount {
    /// The connection.
    pub connection_id: ConnectionId,
    /// The connection's name.
    pub connection: String,
    /// The PSA's id.
    pub external_id: String,
    /// The name one logs in with.
    pub identifier: String,
    /// One's name there. Untrusted text.
    pub name: String,
    /// When it was confirmed; until then it waits for an admin.
    pub confirmed_at: Option<Timestamp>,
}

/// An admin says that a member is this member of the PSA; a second time changes nothing.
///
/// # Errors
/// [`Error::Conflict`] while either of the two is linked to somebody else; [`Error::Invalid`] for an account that nobody
/// signs in with, or a member who is not in the team any more; [`Error::Upstream`]; [`Error::NotFound`];
/// [`Error::Forbidden`] unless the caller administers the team.
pub async fn link(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    external_id: &str,
    whose: MemberId,
) -> Result<PsaAccount> {
    caller.must_administer()?;
    let psa = engine.psa.get(engine, caller.team(), connection).await?;
    let whose = member(&engine.db, caller.team(), whose).await?.ok_or(Error::NotFound("member"))?;
    if !matches!(whose.status, MemberStatus::Active | MemberStatus::Invited) {
        return Err(Error::invalid("member_id", format!("is of no use: {} is not in the team", whose.name)));
    }
    let found = psa.member_by_id(external_id).await.map_err(|error| upstream(&error))?;
    let found = found.ok_or(Error::NotFound("PSA member"))?;
    must_work_there(&found, "external_id")?;
    let mut tx = engine.db.begin().await?;
    lock(&mut tx, caller.team()).await?;
    if let Some(owner) = confirmed_member(&mut tx, caller.team(), connection, &found.id).await?
        && owner.id != whose.id
    {
        return Err(Error::Conflict(format!(
            "{} is linked to {} already; unlink them first",
            found.identifier, owner.name
        )));
    }
    let before = of_member(&mut tx, connection, whose.id).await?;
    if let Some(other) = before.filter(|it| it.confirmed_at.is_some() && it.external_id != found.id) {
        return Err(Error::Conflict(format!(
            "{} is linked to {} already; unlink them first",
            whose.name, other.identifier
        )));
    }
    forget_refusal(&mut tx, connection, &found.id, whose.id).await?;
    let account = save(engine, &mut tx, connection, &whose, names(&found), true).await?;
    tx.commit().await?;
    Ok(account)
}

/// Takes a link back. Admins may do that to every link, everybody to their own, which may also still wait.
///
/// # Errors
/// [`Error::Conflict`] when it is not there any more, or not the caller's to take back; [`Error::NotFound`];
/// [`Error::Forbidden`] for viewers.
pub async fn unlink(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    external_id: &str,
) -> Result<()> {
    caller.must_work()?;
    must_be_connected(&engine.db, caller.team(), connection).await?;
    let of_whom = if caller.role().may_administer() {
        "DELETE FROM psa_accounts WHERE team_id = $1 AND connection_id = $2 AND external_id = $3 \
         AND (confirmed_at IS NOT NULL OR member_id = $4)"
    } else {
        "DELETE FROM psa_accounts WHERE team_id = $1 AND connection_id = $2 AND external_id = $3 AND member_id = $4"
    };
    let mut tx = engine.db.begin().await?;
    let gone = run!(&mut tx, |c| {
        sqlx::query(of_whom)
            .bind(caller.team())
            .bind(connection)
            .bind(external_id)
            .bind(caller.member())
            .execute(c)
            .await
            .map(|done| done.rows_affected())
    })?;
    if gone == 0 {
        return Err(changed());
    }
    Ok(tx.commit().await?)
}

/// The caller's own accounts, in every connection of the team.
///
/// # Errors
/// The database's.
pub async fn own_accounts(engine: &Engine, caller: &Caller) -> Result<Vec<OwnAccount>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT a.connection_id, c.name AS connection, a.external_id, a.identifier, a.name, a.confirmed_at \
             FROM psa_accounts a JOIN psa_connections c ON c.id = a.connection_id AND c.removed_at IS NULL \
             WHERE a.team_id = $1 AND a.member_id = $2 ORDER BY a.connection_id LIMIT 100",
        )
        .bind(caller.team())
        .bind(caller.member())
        .fetch_all(c)
        .await
    })?)
}
