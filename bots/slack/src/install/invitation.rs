//! Invitations: who may connect a workspace to which team, once, and not for long.

use std::time::Duration;

use flowpilot::store::{MemberId, TeamId, random_token, read, run};
use flowpilot::team::{self, Caller, MemberStatus};
use flowpilot::{Engine, Result, Timestamp};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use super::Installations;

/// How long an invitation can be used.
pub const INVITATION_LIFETIME: Duration = Duration::from_secs(60 * 60);

/// Who invited, and into which team.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Host {
    pub(super) team_id: TeamId,
    pub(super) member_id: MemberId,
}

impl Installations {
    /// A new invitation to connect one workspace to the caller's team: the address to open in a browser. It works
    /// once, for an hour.
    ///
    /// # Errors
    /// [`flowpilot::Error::Forbidden`] unless the caller administers the team; [`flowpilot::Error::Installation`] naming the setting that is
    /// missing.
    pub async fn invite(&self, caller: &Caller) -> Result<String> {
        caller.must_administer()?;
        self.app()?;
        let public_url = self.public_url()?;
        let token = random_token();
        let ends = self.now().plus(INVITATION_LIFETIME);
        write(&self.0.engine, &hash(token.expose_secret()), caller, ends).await?;
        Ok(format!("{public_url}/slack/install?invite={}", token.expose_secret()))
    }
}

/// What is stored instead of a secret. It has 256 random bits, so a plain hash is enough.
pub(super) fn hash(secret: &str) -> String {
    Sha256::digest(secret).iter().map(|b| format!("{b:02x}")).collect()
}

async fn write(engine: &Engine, hash: &str, caller: &Caller, ends: Timestamp) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    // Nobody looks at old ones any more.
    run!(&mut tx, |c| sqlx::query("DELETE FROM slack_invitations WHERE expires_at < $1")
        .bind(engine.clock.now().minus(INVITATION_LIFETIME))
        .execute(c)
        .await
        .map(|_| ()))?;
    run!(&mut tx, |c| sqlx::query(
        "INSERT INTO slack_invitations (token_hash, team_id, member_id, expires_at) VALUES ($1, $2, $3, $4)"
    )
    .bind(hash)
    .bind(caller.team())
    .bind(caller.member())
    .bind(ends)
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(tx.commit().await?)
}

/// Whether an invitation can still be used. Looking does not use it up: programs that preview links look too.
pub(super) async fn is_open(engine: &Engine, hash: &str) -> Result<bool> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM slack_invitations WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2)"
    )
    .bind(hash)
    .bind(engine.clock.now())
    .fetch_one(c)
    .await
    })?)
}

/// Uses an invitation up. `None` when it was used before, or whoever made it is no admin any more.
///
/// Its age is not looked at: who began in time may finish, and the state that Slack brings back ends by itself.
pub(super) async fn redeem(engine: &Engine, hash: &str) -> Result<Option<Host>> {
    let mut tx = engine.db.begin().await?;
    let host: Option<Host> = run!(&mut tx, |c| sqlx::query_as(
        "UPDATE slack_invitations SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL \
         RETURNING team_id, member_id"
    )
    .bind(engine.clock.now())
    .bind(hash)
    .fetch_optional(c)
    .await)?;
    tx.commit().await?;
    let Some(host) = host else { return Ok(None) };
    let member = team::member(&engine.db, host.team_id, host.member_id).await?;
    let may = member.is_some_and(|m| m.status == MemberStatus::Active && m.role.may_administer());
    Ok(may.then_some(host))
}

/// Makes an invitation usable again, because Slack did not do its part.
pub(super) async fn reopen(engine: &Engine, hash: &str) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| sqlx::query("UPDATE slack_invitations SET used_at = NULL WHERE token_hash = $1")
        .bind(hash)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(tx.commit().await?)
}
