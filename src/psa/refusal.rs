//! What admins have refused: that a member is a certain account of the PSA.

use super::account::{changed, lock, must_be_connected, of_member};
use crate::store::{ConnectionId, MemberId, Tx, run};
use crate::team::{Caller, member};
use crate::{Engine, Error, Result};

/// An admin does not believe that a member is this account: what the member said is forgotten, and neither an address
/// that matches nor saying it again is enough from now on. A second time changes nothing.
///
/// # Errors
/// [`Error::Conflict`] when the member says something else by now, or it was confirmed; [`Error::NotFound`] for what is
/// not the team's; [`Error::Forbidden`] unless the caller administers the team.
pub async fn refuse(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    whose: MemberId,
    external_id: &str,
) -> Result<()> {
    caller.must_administer()?;
    must_be_connected(&engine.db, caller.team(), connection).await?;
    let whose = member(&engine.db, caller.team(), whose).await?.ok_or(Error::NotFound("member"))?;
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    lock(&mut tx, caller.team()).await?;
    run!(&mut tx, |c| {
        sqlx::query(
            "DELETE FROM psa_accounts WHERE team_id = $1 AND connection_id = $2 AND member_id = $3 \
             AND external_id = $4 AND confirmed_at IS NULL",
        )
        .bind(caller.team())
        .bind(connection)
        .bind(whose.id)
        .bind(external_id)
        .execute(c)
        .await
        .map(drop)
    })?;
    if of_member(&mut tx, connection, whose.id).await?.is_some() {
        return Err(changed());
    }
    run!(&mut tx, |c| {
        sqlx::query(
            "INSERT INTO psa_refusals (connection_id, external_id, member_id, team_id, created_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        )
        .bind(connection)
        .bind(external_id)
        .bind(whose.id)
        .bind(caller.team())
        .bind(now)
        .execute(c)
        .await
        .map(drop)
    })?;
    Ok(tx.commit().await?)
}

/// Whether an admin has refused that a member is this account.
pub(super) async fn is_refused(
    tx: &mut Tx,
    connection: ConnectionId,
    external_id: &str,
    whose: MemberId,
) -> Result<bool> {
    let found: Option<MemberId> = run!(tx, |c| {
        sqlx::query_scalar(
            "SELECT member_id FROM psa_refusals WHERE connection_id = $1 AND external_id = $2 AND member_id = $3",
        )
        .bind(connection)
        .bind(external_id)
        .bind(whose)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.is_some())
}

/// What an admin says counts for more than what one said before.
pub(super) async fn forget_refusal(
    tx: &mut Tx,
    connection: ConnectionId,
    external_id: &str,
    whose: MemberId,
) -> Result<()> {
    Ok(run!(tx, |c| {
        sqlx::query(
            "DELETE FROM psa_refusals WHERE connection_id = $1 AND external_id = $2 AND member_id = $3",
        )
        .bind(connection)
        .bind(external_id)
        .bind(whose)
        .execute(c)
        .await
        .map(drop)
    })?)
}
