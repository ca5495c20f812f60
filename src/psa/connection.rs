//! A team's PSA connections: where, as whom, with sealed keys.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::StreamExt as _;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use super::Psa;
use super::connectwise::{ConnectWise, ConnectWiseConfig, frame_origins};
use crate::http::PrivateNetworks;
use crate::store::{ConnectionId, Page, PageRequest, TeamId, Tx, read, run};
use crate::team::Caller;
use crate::{Clock, Engine, Error, Result, Timestamp};

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
    /// What was seen of a connection last; too old, it is unknown again.
    seen: moka::future::Cache<(ConnectionId, Timestamp), Seen>,
    configured: OnceLock<ConnectionId>,
    networks: PrivateNetworks,
    /// How long a write's answer is waited for.
    patience: Duration,
}

/// How many connections of this installation there are, and how many did not answer when last looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// All.
    pub connections: usize,
    /// Those that failed.
    pub failing: usize,
}

/// How a connection did when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub at: Timestamp,
    /// Why it is of no use; `None` where it answered.
    pub failure: Option<String>,
}

impl Psas {
    /// None is open yet. `networks` may be connected to besides public addresses; the answer of a write is waited for no
    /// longer than `patience`.
    #[must_use]
    pub fn new(networks: PrivateNetworks, patience: Duration) -> Self {
        let open = moka::future::Cache::builder()
            .max_capacity(1_000)
            .time_to_idle(Duration::from_secs(3600))
            .build();
        let seen = moka::future::Cache::builder().max_capacity(1_000).time_to_live(5 * LOOK).build();
        Self { open, reach: watch::channel(None).0, seen, configured: OnceLock::new(), networks, patience }
    }

    /// What may be connected to besides public addresses.
    #[must_use]
    pub fn networks(&self) -> &PrivateNetworks {
        &self.networks
    }

    /// The PSA of one of the team's connections.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Installation`] when what is stored cannot be used.
    pub async fn get(&self, engine: &Engine, team: TeamId, id: ConnectionId) -> Result<Arc<dyn Psa>> {
        let stored: Option<Stored> = read!(&engine.db, |c| {
            sqlx::query_as(
            "SELECT id, site, company, credentials, updated_at FROM psa_connections WHERE team_id = $1 AND id = $2 \
             AND removed_at IS NULL"
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
                "SELECT id, site, company, credentials, updated_at FROM psa_connections WHERE team_id = $1 \
             AND removed_at IS NULL ORDER BY id LIMIT 1",
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
            let config = ConnectWiseConfig {
                site: stored.site,
                company_id: stored.company,
                public_key: keys.public_key,
                private_key: SecretString::from(keys.private_key),
                client_id: keys.client_id,
                // Who may frame a page of ours is no business of the client's.
                ui_origins: Vec::new(),
            };
            let psa = ConnectWise::new(config, &self.networks)?;
            let psa: Arc<dyn Psa> = Arc::new(psa.with_patience(self.patience));
            Ok::<_, Error>(psa)
        });
        made.await.map_err(|error| {
            Error::Installation(format!(
                "the stored connection to the ticket system cannot be used ({error}); whoever runs FlowPilot finds \
                 out more with `flowpilot doctor`"
            ))
        })
    }

    /// Says which connection the configuration keeps: nobody else can remove or replace it. Once, at start.
    pub fn set_configured(&self, id: ConnectionId) {
        if *self.configured.get_or_init(|| id) != id {
            tracing::warn!("the configured connection was set twice; the first one stays");
        }
    }

    /// Whether the configuration keeps this connection.
    #[must_use]
    pub fn is_configured(&self, id: ConnectionId) -> bool {
        self.configured.get() == Some(&id)
    }

    /// What was seen of a connection in the last minutes, since it was changed.
    pub async fn seen(&self, connection: &Connection) -> Option<Seen> {
        self.seen.get(&(connection.id, connection.updated_at)).await
    }

    /// Notes how a connection did just now.
    pub(super) async fn note(&self, clock: &Clock, connection: &Connection, failure: Option<String>) {
        let key = (connection.id, connection.updated_at);
        self.seen.insert(key, Seen { at: clock.now(), failure }).await;
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
    let stored: Vec<Stored> = read!(&engine.db, |c| {
        sqlx::query_as(
        "SELECT id, site, company, credentials, updated_at FROM psa_connections WHERE removed_at IS NULL ORDER BY id"
    )
    .fetch_all(c)
    .await
    })?;
    let connections = stored.len();
    let answers = futures_util::stream::iter(stored)
        .map(|stored| async {
            let (id, key) = (stored.id, (stored.id, stored.updated_at));
            let tested = match engine.psa.open(engine, stored).await {
                Ok(psa) => psa.test().await.map_err(|e| e.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let failure = tested
                .inspect_err(|error| tracing::warn!(connection = %id, error, "a PSA does not answer"))
                .err();
            let answered = failure.is_none();
            engine.psa.seen.insert(key, Seen { at: engine.clock.now(), failure }).await;
            answered
        })
        .buffer_unordered(LOOKS_AT_ONCE);
    let failing = answers.filter(|answered| std::future::ready(!answered)).count().await;
    Ok(Reach { connections, failing })
}

/// Saves a ConnectWise connection under its name, replacing what was there; one that was removed is back.
///
/// # Errors
/// [`Error::Invalid`] for a site that is none.
pub async fn save_connectwise(
    engine: &Engine,
    team: TeamId,
    name: &str,
    config: &ConnectWiseConfig,
) -> Result<ConnectionId> {
    let mut tx = engine.db.begin().await?;
    let saved = save_connectwise_in(&mut tx, engine, team, name, config).await?;
    tx.commit().await?;
    Ok(saved.id)
}

/// As [`save_connectwise`], together with what else the transaction does.
pub(crate) async fn save_connectwise_in(
    tx: &mut Tx,
    engine: &Engine,
    team: TeamId,
    name: &str,
    config: &ConnectWiseConfig,
) -> Result<Connection> {
    // Made once to see whether the site can be one.
    ConnectWise::new(config.clone(), engine.psa.networks())?;
    frame_origins(&config.site, &config.ui_origins)?;
    let ui_origins = (!config.ui_origins.is_empty()).then_some(Json(&config.ui_origins));
    let keys = Keys {
        public_key: config.public_key.clone(),
        private_key: config.private_key.expose_secret().to_owned(),
        client_id: config.client_id.clone(),
    };
    let keys = serde_json::to_string(&keys).map_err(|e| Error::Internal(format!("credentials: {e}")))?;
    let sealed = engine.sealer.seal(&SecretString::from(keys));
    let now = engine.clock.now();
    Ok(run!(tx, |c| {
        sqlx::query_as(
        "INSERT INTO psa_connections (id, team_id, provider, name, site, company, credentials, ui_origins, created_at, \
         updated_at) VALUES ($1, $2, 'connectwise', $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (team_id, name) \
         DO UPDATE SET site = excluded.site, company = excluded.company, credentials = excluded.credentials, \
         ui_origins = excluded.ui_origins, removed_at = NULL, updated_at = excluded.updated_at \
         RETURNING id, provider, name, site, company, updated_at"
    )
    .bind(ConnectionId::new(&engine.clock))
    .bind(team)
    .bind(name)
    .bind(&config.site)
    .bind(&config.company_id)
    .bind(&sealed)
    .bind(ui_origins)
    .bind(now)
    .fetch_one(c)
    .await
    })?)
}

/// A page of the team's connections, the first one first.
///
/// # Errors
/// The database's.
pub async fn connections_page(
    engine: &Engine,
    caller: &Caller,
    page: PageRequest,
) -> Result<Page<Connection>> {
    let rows: Vec<Connection> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT id, provider, name, site, company, updated_at FROM psa_connections WHERE team_id = $1 \
             AND removed_at IS NULL AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3",
        )
        .bind(caller.team())
        .bind(page.after.map(|it| it.0))
        .bind(page.fetch())
        .fetch_all(c)
        .await
    })?;
    Ok(Page::from_rows(rows, &page, |it| it.id.0))
}

/// The team's connections.
///
/// # Errors
/// The database's.
pub async fn connections(engine: &Engine, team: TeamId) -> Result<Vec<Connection>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT id, provider, name, site, company, updated_at FROM psa_connections WHERE team_id = $1 \
         AND removed_at IS NULL ORDER BY id LIMIT 100",
        )
        .bind(team)
        .fetch_all(c)
        .await
    })?)
}

/// A connection whose screens may frame the pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The connection.
    pub connection: ConnectionId,
    /// The company that logs in there.
    pub company: String,
    /// The origins of its pages, exact.
    pub origins: Vec<String>,
}

#[derive(sqlx::FromRow)]
struct StoredFrame {
    id: ConnectionId,
    site: String,
    company: String,
    ui_origins: Option<Json<Vec<String>>>,
}

/// The connections of a team whose screens may frame the pod, the first one first. What is stored and cannot be read
/// any more frames nothing.
///
/// # Errors
/// The database's.
pub async fn frames(engine: &Engine, team: TeamId) -> Result<Vec<Frame>> {
    let stored: Vec<StoredFrame> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT id, site, company, ui_origins FROM psa_connections WHERE team_id = $1 AND removed_at IS NULL \
             ORDER BY id LIMIT 100",
        )
        .bind(team)
        .fetch_all(c)
        .await
    })?;
    let frame = |StoredFrame { id, site, company, ui_origins }: StoredFrame| {
        let named = ui_origins.map(|it| it.0).unwrap_or_default();
        let origins = frame_origins(&site, &named)
            .inspect_err(|error| tracing::warn!(connection = %id, %error, "no page may frame its pod"));
        Frame { connection: id, company, origins: origins.unwrap_or_default() }
    };
    Ok(stored.into_iter().map(frame).collect())
}

/// Seals every stored secret with the newest key. Returns how many were not yet.
///
/// # Errors
/// [`Error::Invalid`] when one cannot be opened: its key is missing; nothing is changed then.
pub async fn reseal(engine: &Engine) -> Result<usize> {
    let mut tx = engine.db.begin().await?;
    let stored: Vec<(ConnectionId, String)> = run!(&mut tx, |c| sqlx::query_as(
        "SELECT id, credentials FROM psa_connections WHERE removed_at IS NULL"
    )
    .fetch_all(c)
    .await)?;
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
