//! A team's PSA connections: where, as whom, with sealed keys.

use std::sync::Arc;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Psa;
use super::connectwise::{ConnectWise, ConnectWiseConfig};
use crate::store::{ConnectionId, TeamId, read, run};
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

/// A connection as people see it: without its keys, which are write-only.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The product: `connectwise`.
    pub provider: String,
    /// The team's name for it.
    pub name: String,
    /// Where the PSA is.
    pub site: String,
    /// The company's login name at the PSA.
    pub company: String,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Keys {
    public_key: String,
    private_key: String,
    client_id: String,
}

#[derive(sqlx::FromRow)]
struct Stored {
    id: ConnectionId,
    site: String,
    company: String,
    credentials: String,
    updated_at: Timestamp,
}

/// The connected PSAs of every team, kept open.
///
/// A connection's last change is part of the key, so that new keys are used at once, on every replica.
pub struct Psas(moka::future::Cache<(ConnectionId, Timestamp), Arc<dyn Psa>>);

impl Default for Psas {
    fn default() -> Self {
        Self(
            moka::future::Cache::builder()
                .max_capacity(1_000)
                .time_to_idle(Duration::from_secs(3600))
                .build(),
        )
    }
}

impl Psas {
    /// The PSA of one of the team's connections.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the stored keys cannot be opened.
    pub async fn get(&self, engine: &Engine, team: TeamId, id: ConnectionId) -> Result<Arc<dyn Psa>> {
        let stored: Option<Stored> = read!(&engine.db, |c| {
            sqlx::query_as(
            "SELECT id, site, company, credentials, updated_at FROM psa_connections WHERE team_id = $1 AND id = $2"
        )
        .bind(team)
        .bind(id)
        .fetch_optional(c)
        .await
        })?;
        self.open(engine, stored.ok_or(Error::NotFound("PSA connection"))?).await
    }

    /// The team's first PSA connection.
    ///
    /// # Errors
    /// As [`Psas::get`], but `None` when the team has none.
    pub async fn first(&self, engine: &Engine, team: TeamId) -> Result<Option<(ConnectionId, Arc<dyn Psa>)>> {
        let stored: Option<Stored> = read!(&engine.db, |c| {
            sqlx::query_as(
            "SELECT id, site, company, credentials, updated_at FROM psa_connections WHERE team_id = $1 ORDER BY id LIMIT 1"
        )
        .bind(team)
        .fetch_optional(c)
        .await
        })?;
        let Some(stored) = stored else { return Ok(None) };
        let id = stored.id;
        Ok(Some((id, self.open(engine, stored).await?)))
    }

    async fn open(&self, engine: &Engine, stored: Stored) -> Result<Arc<dyn Psa>> {
        let made = self.0.try_get_with((stored.id, stored.updated_at), async {
            let sealed = engine
                .sealer
                .open(&stored.credentials)
                .map_err(|e| Error::invalid("credentials", e.to_string()))?;
            let keys: Keys = serde_json::from_str(sealed.expose_secret())
                .map_err(|_| Error::Internal("stored PSA credentials cannot be read".to_owned()))?;
            let psa: Arc<dyn Psa> = Arc::new(ConnectWise::new(ConnectWiseConfig {
                site: stored.site,
                company_id: stored.company,
                public_key: keys.public_key,
                private_key: SecretString::from(keys.private_key),
                client_id: keys.client_id,
            })?);
            Ok::<_, Error>(psa)
        });
        made.await.map_err(|error| Error::invalid("connection", error.to_string()))
    }
}

/// Saves a ConnectWise connection under its name, replacing what was there.
///
/// # Errors
/// [`Error::Invalid`] for a site that is none.
pub async fn save_connectwise(
    engine: &Engine,
    team: TeamId,
    name: &str,
    config: &ConnectWiseConfig,
) -> Result<ConnectionId> {
    // Made once to see whether the site can be one.
    ConnectWise::new(config.clone())?;
    let keys = Keys {
        public_key: config.public_key.clone(),
        private_key: config.private_key.expose_secret().to_owned(),
        client_id: config.client_id.clone(),
    };
    let keys = serde_json::to_string(&keys).map_err(|e| Error::Internal(format!("credentials: {e}")))?;
    let sealed = engine.sealer.seal(&SecretString::from(keys));
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    let id: ConnectionId = run!(&mut tx, |c| {
        sqlx::query_scalar(
        "INSERT INTO psa_connections (id, team_id, provider, name, site, company, credentials, created_at, updated_at) \
         VALUES ($1, $2, 'connectwise', $3, $4, $5, $6, $7, $7) ON CONFLICT (team_id, name) DO UPDATE SET \
         site = excluded.site, company = excluded.company, credentials = excluded.credentials, \
         updated_at = excluded.updated_at RETURNING id"
    )
    .bind(ConnectionId::new(&engine.clock))
    .bind(team)
    .bind(name)
    .bind(&config.site)
    .bind(&config.company_id)
    .bind(&sealed)
    .bind(now)
    .fetch_one(c)
    .await
    })?;
    tx.commit().await?;
    Ok(id)
}

/// The team's connections.
///
/// # Errors
/// The database's.
pub async fn connections(engine: &Engine, caller: &Caller) -> Result<Vec<Connection>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT id, provider, name, site, company, updated_at FROM psa_connections WHERE team_id = $1 ORDER BY id LIMIT 100"
    )
    .bind(caller.team())
    .fetch_all(c)
    .await
    })?)
}

/// Seals every stored secret with the newest key. Returns how many were not yet.
///
/// # Errors
/// [`Error::Invalid`] when one cannot be opened: its key is missing; nothing is changed then.
pub async fn reseal(engine: &Engine) -> Result<usize> {
    let mut tx = engine.db.begin().await?;
    let stored: Vec<(ConnectionId, String)> =
        run!(&mut tx, |c| sqlx::query_as("SELECT id, credentials FROM psa_connections").fetch_all(c).await)?;
    let mut resealed = 0;
    for (id, sealed) in stored.into_iter().filter(|(_, sealed)| !engine.sealer.is_current(sealed)) {
        let secret = engine.sealer.open(&sealed).map_err(|e| Error::invalid("secret_keys", e.to_string()))?;
        let fresh = engine.sealer.seal(&secret);
        run!(&mut tx, |c| sqlx::query("UPDATE psa_connections SET credentials = $1 WHERE id = $2")
            .bind(&fresh)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        resealed += 1;
    }
    tx.commit().await?;
    Ok(resealed)
}
