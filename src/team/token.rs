//! Tokens for the API: short access tokens (JWT) and rotating refresh tokens.
//!
//! An access token names team, member and role and is checked without the database. A refresh token is used once:
//! it gives a new pair. Used a second time, somebody copied it, and its whole family is revoked.

use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Caller, Member, MemberStatus, Role};
use crate::store::{MemberId, Sealer, TeamId, random_token, run};
use crate::{Engine, Error, Result, Timestamp};

/// How long an access token lives; also how long a removed member's last one still works.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// How long a refresh token lives unused.
pub const REFRESH_LIFETIME: Duration = Duration::from_secs(30 * 24 * 3600);
const AUDIENCE: &str = "flowpilot-api";

#[derive(Serialize, Deserialize)]
struct Claims {
    aud: String,
    sub: MemberId,
    team: TeamId,
    name: String,
    role: Role,
    iat: i64,
    exp: i64,
}

/// Signs and verifies access tokens; the keys come from `secret_keys`, so rotation needs no extra step.
pub struct TokenKeys(Vec<(String, EncodingKey, DecodingKey)>);

/// An access token with its refresh token.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokenPair {
    /// For `Authorization: Bearer`.
    pub access_token: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// Seconds until the access token ends.
    pub expires_in: u64,
    /// Gives a new pair, once.
    pub refresh_token: String,
}

impl TokenKeys {
    /// The keys that the configured secrets give.
    #[must_use]
    pub fn new(sealer: &Sealer) -> Self {
        let keys = sealer.derive("api access tokens");
        Self(
            keys.map(|(kid, key)| (kid, EncodingKey::from_secret(&key), DecodingKey::from_secret(&key)))
                .collect(),
        )
    }

    /// An access token for this member.
    ///
    /// # Errors
    /// [`Error::Internal`] only when no key is configured, which [`Sealer`] does not allow.
    pub fn issue(&self, caller: &Caller, now: Timestamp) -> Result<String> {
        let (kid, key, _) = self.0.first().ok_or_else(|| Error::Internal("no signing key".to_owned()))?;
        let claims = Claims {
            aud: AUDIENCE.to_owned(),
            sub: caller.member(),
            team: caller.team(),
            name: caller.name().to_owned(),
            role: caller.role(),
            iat: now.as_secs(),
            exp: now.plus(ACCESS_LIFETIME).as_secs(),
        };
        let header = Header { kid: Some(kid.clone()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, key).map_err(|e| Error::Internal(format!("token: {e}")))
    }

    /// Who a token names.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] for anything but a token of ours that has not ended.
    pub fn verify(&self, token: &str, now: Timestamp) -> Result<Caller> {
        let refuse = |why: &str| Error::Unauthenticated(format!("the access token {why}"));
        let kid = jsonwebtoken::decode_header(token)
            .ok()
            .and_then(|h| h.kid)
            .ok_or_else(|| refuse("is not ours"))?;
        let (_, _, key) =
            self.0.iter().find(|(name, _, _)| *name == kid).ok_or_else(|| refuse("is not ours"))?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[AUDIENCE]);
        // Checked below against the engine's own clock.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, key, &validation)
            .map_err(|_| refuse("is not ours"))?
            .claims;
        if claims.exp <= now.as_secs() {
            return Err(refuse("has expired; refresh it"));
        }
        Ok(Caller::from_token(claims.team, claims.sub, claims.name, claims.role))
    }
}

/// A first pair for a member, beginning a new family.
///
/// # Errors
/// The database's.
pub async fn issue_pair(engine: &Engine, member: &Member) -> Result<TokenPair> {
    let family = engine.clock.new_id();
    let mut tx = engine.db.begin().await?;
    let pair = write_pair(engine, &mut tx, member, family).await?;
    tx.commit().await?;
    Ok(pair)
}

#[derive(sqlx::FromRow)]
struct Stored {
    team_id: TeamId,
    member_id: MemberId,
    family: Uuid,
    expires_at: Timestamp,
    revoked_at: Option<Timestamp>,
}

/// A new pair for a refresh token, which is used up by it.
///
/// # Errors
/// [`Error::Unauthenticated`] when it is unknown, ended, revoked, used before (then its whole family is revoked),
/// or its member is no longer active.
pub async fn refresh_pair(engine: &Engine, token: &SecretString) -> Result<TokenPair> {
    let refuse = |why: &str| Err(Error::Unauthenticated(format!("the refresh token {why}")));
    let (hash, now) = (hash(token), engine.clock.now());
    let mut tx = engine.db.begin().await?;
    // Taken with a write: of two simultaneous uses exactly one sees it unused.
    let fresh: Option<Stored> = run!(&mut tx, |c| sqlx::query_as(
        "UPDATE refresh_tokens SET used_at = $1 WHERE token_hash = $2 AND used_at IS NULL \
         RETURNING team_id, member_id, family, expires_at, revoked_at"
    )
    .bind(now)
    .bind(&hash)
    .fetch_optional(c)
    .await)?;
    let Some(stored) = fresh else {
        let reused = revoke_family_of(&mut tx, &hash, now).await?;
        tx.commit().await?;
        return refuse(if reused {
            "was used before; all tokens of its family are revoked, sign in again"
        } else {
            "is not ours"
        });
    };
    if stored.revoked_at.is_some() || stored.expires_at <= now {
        return refuse("has ended; sign in again");
    }
    let member: Option<Member> = run!(&mut tx, |c| {
        sqlx::query_as(
        "SELECT id, team_id, name, email, role, status, created_at FROM members WHERE team_id = $1 AND id = $2"
    )
    .bind(stored.team_id)
    .bind(stored.member_id)
    .fetch_optional(c)
    .await
    })?;
    let Some(member) = member.filter(|m| m.status == MemberStatus::Active) else {
        return refuse("belongs to somebody who is no longer a member");
    };
    let pair = write_pair(engine, &mut tx, &member, stored.family).await?;
    tx.commit().await?;
    Ok(pair)
}

/// Ends a refresh token and all of its family. An unknown token is no error: it is just as ended.
///
/// # Errors
/// The database's.
pub async fn revoke(engine: &Engine, token: &SecretString) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    revoke_family_of(&mut tx, &hash(token), engine.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn revoke_family_of(tx: &mut crate::store::Tx, hash: &str, now: Timestamp) -> Result<bool> {
    let revoked = run!(tx, |c| sqlx::query(
        "UPDATE refresh_tokens SET revoked_at = COALESCE(revoked_at, $1) \
         WHERE family IN (SELECT family FROM refresh_tokens WHERE token_hash = $2)"
    )
    .bind(now)
    .bind(hash)
    .execute(c)
    .await
    .map(|r| r.rows_affected()))?;
    Ok(revoked > 0)
}

async fn write_pair(
    engine: &Engine,
    tx: &mut crate::store::Tx,
    member: &Member,
    family: Uuid,
) -> Result<TokenPair> {
    let (refresh, now) = (random_token(), engine.clock.now());
    run!(tx, |c| sqlx::query(
        "INSERT INTO refresh_tokens (token_hash, team_id, member_id, family, created_at, expires_at) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(hash(&refresh))
    .bind(member.team_id)
    .bind(member.id)
    .bind(family)
    .bind(now)
    .bind(now.plus(REFRESH_LIFETIME))
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(TokenPair {
        access_token: engine.tokens.issue(&Caller::of(member), now)?,
        token_type: "Bearer",
        expires_in: ACCESS_LIFETIME.as_secs(),
        refresh_token: refresh.expose_secret().to_owned(),
    })
}

/// What is stored instead of the token. The token has 256 random bits, so a plain hash is enough.
fn hash(token: &SecretString) -> String {
    Sha256::digest(token.expose_secret()).iter().map(|b| format!("{b:02x}")).collect()
}
