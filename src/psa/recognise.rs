//! Which member somebody is whom the PSA itself has proven.
//!
//! Their account alone says it: people can change their e-mail address in the PSA.

use super::ProvenMember;
use super::account::{confirmed_member, lock, save};
use crate::store::{ConnectionId, TeamId, Tx, run};
use crate::team::{Affiliation, Author, Caller, add_member, newcomer, standing};
use crate::{Engine, Error, Result};

/// The member whom the PSA itself has proven; adds them to the team where its policy says so. Doing it twice changes
/// nothing.
///
/// # Errors
/// [`Error::Forbidden`] with words for the person when they are not in, saying how to get in.
pub async fn recognise(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    proven: &ProvenMember,
) -> Result<Caller> {
    let known = confirmed_member(&mut engine.db.begin_read().await?, team, connection, &proven.id).await?;
    if let Some(member) = known {
        return standing(&member);
    }
    let mut tx = engine.db.begin().await?;
    let policy = lock(&mut tx, team).await?;
    if let Some(member) = confirmed_member(&mut tx, team, connection, &proven.id).await? {
        return standing(&member);
    }
    must_not_be_claimed(&mut tx, team, connection, &proven.id).await?;
    let author = Author {
        external_id: proven.id.clone(),
        name: proven.name.clone(),
        email: None,
        affiliation: Affiliation::Full,
    };
    let member = add_member(&mut tx, &engine.clock, team, newcomer(policy, &author)?).await?;
    let account = [&proven.id, &proven.identifier, &proven.name].map(String::as_str);
    save(engine, &mut tx, connection, &member, account, true).await?;
    tx.commit().await?;
    standing(&member)
}

/// Somebody who may be a member already is not added a second time: that is for an admin to say.
async fn must_not_be_claimed(
    tx: &mut Tx,
    team: TeamId,
    connection: ConnectionId,
    external_id: &str,
) -> Result<()> {
    let name: Option<String> = run!(tx, |c| {
        sqlx::query_scalar(
            "SELECT m.name FROM psa_accounts a JOIN members m ON m.id = a.member_id \
             WHERE a.team_id = $1 AND a.connection_id = $2 AND a.external_id = $3 ORDER BY a.created_at LIMIT 1",
        )
        .bind(team)
        .bind(connection)
        .bind(external_id)
        .fetch_optional(c)
        .await
    })?;
    match name {
        None => Ok(()),
        Some(name) => Err(Error::Forbidden(format!(
            "{name} has said to be you, and nobody has confirmed it yet: an admin can, in the console, on \
             FlowPilot's Home in Slack, or with `flowpilot member link-psa`"
        ))),
    }
}
