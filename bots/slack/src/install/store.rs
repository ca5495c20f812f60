//! The stored installations. Tokens are sealed on their way in and opened on their way out.

use flowpilot::store::{MemberId, TeamId, read, run};
use flowpilot::{Engine, Error, Result, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use super::Installation;
use super::api::Grant;

#[derive(sqlx::FromRow)]
struct Row {
    workspace: String,
    team_id: TeamId,
    name: String,
    app_id: String,
    bot_user: String,
    bot_token: String,
    expires_at: Option<Timestamp>,
}

/// The installation of a workspace that was not revoked, however old its token is.
pub(super) async fn find(engine: &Engine, workspace: &str) -> Result<Option<Installation>> {
    let row: Option<Row> = read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT workspace, team_id, name, app_id, bot_user, bot_token, expires_at FROM slack_installations \
         WHERE workspace = $1 AND revoked_at IS NULL"
    )
    .bind(workspace)
    .fetch_optional(c)
    .await
    })?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Installation {
        bot_token: open(engine, &row.bot_token)?,
        workspace: row.workspace,
        name: row.name,
        team: row.team_id,
        bot_user: row.bot_user,
        app_id: Some(row.app_id).filter(|id| !id.is_empty()),
        expires_at: row.expires_at,
    }))
}

/// Since when a workspace's present installation is there, and its token.
pub(super) async fn installed(engine: &Engine, workspace: &str) -> Result<Option<(Timestamp, SecretString)>> {
    let row: Option<(Timestamp, String)> = read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT installed_at, bot_token FROM slack_installations WHERE workspace = $1 AND revoked_at IS NULL"
    )
    .bind(workspace)
    .fetch_optional(c)
    .await
    })?;
    row.map(|(at, sealed)| Ok((at, open(engine, &sealed)?))).transpose()
}

/// The token of a workspace's installation, as it is stored: for the server itself, never for a caller.
///
/// # Errors
/// [`Error::Installation`] when it cannot be opened; the database's.
pub async fn stored_token(engine: &Engine, workspace: &str) -> Result<Option<SecretString>> {
    Ok(installed(engine, workspace).await?.map(|(_, token)| token))
}

/// A new installation, as Slack granted it.
pub(super) struct New<'a> {
    pub(super) workspace: &'a str,
    pub(super) name: &'a str,
    pub(super) team: TeamId,
    pub(super) member: MemberId,
    pub(super) grant: &'a Grant,
    /// When the answer was asked for: the token's life is counted from there.
    pub(super) asked_at: Timestamp,
}

/// Stores an installation in place of an earlier one of the same workspace.
pub(super) async fn save(engine: &Engine, new: &New<'_>) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    let stored = run!(&mut tx, |c| {
        sqlx::query(
        "INSERT INTO slack_installations (workspace, team_id, name, app_id, bot_user, bot_token, refresh_token, \
         expires_at, scopes, installed_by, installed_at, updated_at, generation, lease_until) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, 1, 0) ON CONFLICT (workspace) DO UPDATE SET \
         name = excluded.name, app_id = excluded.app_id, bot_user = excluded.bot_user, \
         bot_token = excluded.bot_token, refresh_token = excluded.refresh_token, expires_at = excluded.expires_at, \
         scopes = excluded.scopes, installed_by = excluded.installed_by, installed_at = excluded.installed_at, \
         updated_at = excluded.updated_at, revoked_at = NULL, refresh_refused_at = NULL, lease_owner = NULL, \
         lease_until = 0, generation = slack_installations.generation + 1 \
         WHERE slack_installations.team_id = excluded.team_id"
    )
    .bind(new.workspace)
    .bind(new.team)
    .bind(new.name)
    .bind(&new.grant.app_id)
    .bind(&new.grant.bot_user_id)
    .bind(engine.sealer.seal(&new.grant.access_token))
    .bind(new.grant.refresh_token.as_ref().map(|token| engine.sealer.seal(token)))
    .bind(new.grant.ends(new.asked_at))
    .bind(&new.grant.scope)
    .bind(new.member)
    .bind(engine.clock.now())
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if stored == 0 {
        return Err(Error::Conflict("this workspace is connected to another team".to_owned()));
    }
    Ok(tx.commit().await?)
}

/// Ends an installation. Its tokens are of no use any more, so they go.
pub(super) async fn revoke(engine: &Engine, workspace: &str, at: Timestamp) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| {
        sqlx::query(
        "UPDATE slack_installations SET revoked_at = $1, updated_at = $1, refresh_token = NULL, lease_owner = NULL, \
         lease_until = 0, generation = generation + 1 WHERE workspace = $2 AND revoked_at IS NULL"
    )
    .bind(at)
    .bind(workspace)
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(tx.commit().await?)
}

/// The right to refresh, which one process has at a time.
#[derive(sqlx::FromRow)]
pub(super) struct Lease {
    refresh_token: String,
    generation: i64,
}

impl Lease {
    /// The refresh token.
    pub(super) fn token(&self, engine: &Engine) -> Result<SecretString> {
        open(engine, &self.refresh_token)
    }
}

/// Takes the right to refresh, where the token ends before `due` and nobody else has it.
pub(super) async fn lease(
    engine: &Engine,
    workspace: &str,
    owner: Uuid,
    until: Timestamp,
    due: Timestamp,
) -> Result<Option<Lease>> {
    let mut tx = engine.db.begin().await?;
    let lease = run!(&mut tx, |c| sqlx::query_as(
        "UPDATE slack_installations SET lease_owner = $1, lease_until = $2 \
         WHERE workspace = $3 AND lease_until <= $4 AND expires_at < $5 AND refresh_token IS NOT NULL \
         AND revoked_at IS NULL AND refresh_refused_at IS NULL RETURNING refresh_token, generation"
    )
    .bind(owner)
    .bind(until)
    .bind(workspace)
    .bind(engine.clock.now())
    .bind(due)
    .fetch_optional(c)
    .await)?;
    tx.commit().await?;
    Ok(lease)
}

/// Gives the right back unused.
pub(super) async fn release(engine: &Engine, workspace: &str, owner: Uuid) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| {
        sqlx::query(
        "UPDATE slack_installations SET lease_owner = NULL, lease_until = 0 WHERE workspace = $1 AND lease_owner = $2"
    )
    .bind(workspace)
    .bind(owner)
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(tx.commit().await?)
}

/// Stores the new tokens, unless the installation was made anew or ended meanwhile.
///
/// Not the lease decides but the pair that was used: these tokens are the only ones that still work, even when the
/// lease ran out while Slack took its time.
pub(super) async fn renew(
    engine: &Engine,
    workspace: &str,
    used: &Lease,
    grant: &Grant,
    asked_at: Timestamp,
) -> Result<bool> {
    let mut tx = engine.db.begin().await?;
    let renewed = run!(&mut tx, |c| sqlx::query(
        "UPDATE slack_installations SET bot_token = $1, refresh_token = COALESCE($2, refresh_token), \
         expires_at = $3, scopes = $4, updated_at = $5, refresh_refused_at = NULL, lease_owner = NULL, \
         lease_until = 0, generation = generation + 1 WHERE workspace = $6 AND generation = $7"
    )
    .bind(engine.sealer.seal(&grant.access_token))
    .bind(grant.refresh_token.as_ref().map(|token| engine.sealer.seal(token)))
    .bind(grant.ends(asked_at))
    .bind(&grant.scope)
    .bind(engine.clock.now())
    .bind(workspace)
    .bind(used.generation)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    tx.commit().await?;
    Ok(renewed == 1)
}

/// Remembers that the refresh token is refused. False when that is known, or no longer so.
pub(super) async fn refuse(engine: &Engine, workspace: &str, used: &Lease) -> Result<bool> {
    let mut tx = engine.db.begin().await?;
    let refused = run!(&mut tx, |c| sqlx::query(
        "UPDATE slack_installations SET refresh_refused_at = $1, lease_owner = NULL, lease_until = 0 \
         WHERE workspace = $2 AND generation = $3 AND refresh_refused_at IS NULL"
    )
    .bind(engine.clock.now())
    .bind(workspace)
    .bind(used.generation)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    tx.commit().await?;
    Ok(refused == 1)
}

/// The workspaces whose token ends before `due` and can be refreshed.
pub(super) async fn due(engine: &Engine, due: Timestamp) -> Result<Vec<String>> {
    Ok(read!(&engine.db, |c| sqlx::query_scalar(
        "SELECT workspace FROM slack_installations WHERE expires_at < $1 AND refresh_token IS NOT NULL \
         AND revoked_at IS NULL AND refresh_refused_at IS NULL ORDER BY expires_at"
    )
    .bind(due)
    .fetch_all(c)
    .await)?)
}

/// Whether a workspace's token ends for good: Slack takes its refresh token no more, or it has none.
pub(super) async fn cannot_be_refreshed(engine: &Engine, workspace: &str) -> Result<bool> {
    let ends: Option<bool> = read!(&engine.db, |c| {
        sqlx::query_scalar(
        "SELECT refresh_refused_at IS NOT NULL OR refresh_token IS NULL FROM slack_installations WHERE workspace = $1"
    )
    .bind(workspace)
    .fetch_optional(c)
    .await
    })?;
    Ok(ends.unwrap_or(true))
}

/// How a stored installation is, for whoever runs the server.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Standing {
    /// The workspace's or organisation's id.
    pub workspace: String,
    /// Its name.
    pub name: String,
    /// What the token may do, as Slack lists it.
    pub scopes: String,
    /// When the token ends.
    pub expires_at: Option<Timestamp>,
    /// When the app was removed.
    pub revoked_at: Option<Timestamp>,
    /// Since when Slack takes the refresh token no more.
    pub refresh_refused_at: Option<Timestamp>,
}

/// All stored installations, at most 200: for the server itself, never for a caller.
///
/// # Errors
/// The database's.
pub async fn standings(engine: &Engine) -> Result<Vec<Standing>> {
    Ok(read!(&engine.db, |c| sqlx::query_as(
        "SELECT workspace, name, scopes, expires_at, revoked_at, refresh_refused_at FROM slack_installations \
         ORDER BY workspace LIMIT 200"
    )
    .fetch_all(c)
    .await)?)
}

/// Seals every stored token with the newest key. Returns how many were not yet.
///
/// # Errors
/// [`Error::Invalid`] when one cannot be opened: its key is missing; nothing is changed then.
pub async fn reseal(engine: &Engine) -> Result<usize> {
    let mut tx = engine.db.begin().await?;
    let stored: Vec<(String, String, Option<String>)> = run!(&mut tx, |c| sqlx::query_as(
        "SELECT workspace, bot_token, refresh_token FROM slack_installations WHERE revoked_at IS NULL"
    )
    .fetch_all(c)
    .await)?;
    let mut resealed = 0;
    for (workspace, bot, refresh) in stored {
        let (new_bot, new_refresh) =
            (fresh(engine, &bot)?, refresh.as_deref().map(|r| fresh(engine, r)).transpose()?);
        resealed +=
            [Some(&new_bot), new_refresh.as_ref()].into_iter().flatten().filter(|new| new.is_some()).count();
        // A server that runs may have stored a newer pair meanwhile, and that is not to be overwritten.
        run!(&mut tx, |c| sqlx::query(
            "UPDATE slack_installations SET bot_token = COALESCE($1, bot_token), \
             refresh_token = COALESCE($2, refresh_token) WHERE workspace = $3 AND bot_token = $4"
        )
        .bind(new_bot)
        .bind(new_refresh.flatten())
        .bind(&workspace)
        .bind(&bot)
        .execute(c)
        .await
        .map(|_| ()))?;
    }
    tx.commit().await?;
    Ok(resealed)
}

/// The secret sealed anew; `None` when the newest key sealed it.
fn fresh(engine: &Engine, sealed: &str) -> Result<Option<String>> {
    if engine.sealer.is_current(sealed) {
        return Ok(None);
    }
    let secret = engine.sealer.open(sealed).map_err(|e| Error::invalid("secret_keys", e.to_string()))?;
    Ok(Some(engine.sealer.seal(&secret)))
}

fn open(engine: &Engine, sealed: &str) -> Result<SecretString> {
    engine.sealer.open(sealed).map_err(|e| Error::Installation(e.to_string()))
}
