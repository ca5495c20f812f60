//! A team's PSA connections: where, as whom, with sealed keys.

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
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

/// Between two looks at the connections.
const LOOK: Duration = Duration::from_secs(60);
const LOOKS_AT_ONCE: usize = 8;

#[derive(sqlx::FromRow)]
struct Stored {
    id: ConnectionId,
    site: String,
    company: String,
    credentials: String,
    updated_at: Timestamp,
}

/// The connected PSAs of every team, kept open.
pub struct Psas {
    /// A connection's last change is part of the key, so that new keys are used at once, on every replica.
    open: moka::future::Cache<(ConnectionId, Timestamp), Arc<dyn Psa>>,
    reach: watch::Sender<Option<Reach>>,
}

/// How many connections of this installation there are, and how many did not answer when last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// All.
    pub connections: usize,
    /// Those that failed.
    pub failing: usize,
}

impl Default for Psas {
    fn default() -> Self {
        let open = moka::future::Cache::builder()
            .max_capacity(1_000)
            .time_to_idle(Duration::from_secs(3600))
            .build();
        Self { open, reach: watch::channel(None).0 }
    }
}

impl Psas {
    /// The PSA of one of the team's connections.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Installation`] when what is stored cannot be used.
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
        let made = self.open.try_get_with((stored.id, stored.updated_at), async {
            let sealed =
                engine.sealer.open(&stored.credentials).map_err(|e| Error::Installation(e.to_string()))?;
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
        made.await.map_err(|error| {
            Error::Installation(format!(
                "the stored connection to the ticket system cannot be used ({error}); whoever runs FlowPilot finds \
                 out more with `flowpilot doctor`"
            ))
        })
    }

    /// How the connections did when last looked at; `None` before the first look.
    #[must_use]
    pub fn reach(&self) -> Option<Reach> {
        *self.reach.borrow()
    }
}

/// Looks now and then whether every team's connection answers, for [`Psas::reach`], until it is told to stop.
///
/// A PSA that is down stops nothing: notes wait in the outbox.
pub async fn watch_connections(engine: Engine, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(LOOK);
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        match stop.run_until_cancelled(look(&engine)).await {
            Some(Ok(reach)) => {
                engine.psa.reach.send_replace(Some(reach));
            }
            // The database is shown as down by itself.
            Some(Err(error)) => tracing::warn!(%error, "cannot read the PSA connections"),
            None => return,
        }
    }
}

async fn look(engine: &Engine) -> Result<Reach> {
    let stored: Vec<Stored> = read!(&engine.db, |c| sqlx::query_as(
        "SELECT id, site, company, credentials, updated_at FROM psa_connections ORDER BY id"
    )
    .fetch_all(c)
    .await)?;
    let connections = stored.len();
    let answers = futures_util::stream::iter(stored)
        .map(|stored| async {
            let id = stored.id;
            let tested = match engine.psa.open(engine, stored).await {
                Ok(psa) => psa.test().await.map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            tested
                .inspect_err(|error| tracing::warn!(connection = %id, error, "a PSA does not answer"))
                .is_ok()
        })
        .buffer_unordered(LOOKS_AT_ONCE);
    let failing = answers.filter(|answered| std::future::ready(!answered)).count().await;
    Ok(Reach { connections, failing })
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
