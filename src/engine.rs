//! The engine: the parts that every call needs, put together once at start.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::copilot::Copilot;
use crate::flow::FlowLibrary;
use crate::note::{Poster, Previews};
use crate::psa::connection::Psas;
use crate::queue::{Failure, Handler, Intake, Item, Queue, Receipt, Worker};
use crate::session::Session;
use crate::store::{Db, Sealer, SessionId, TeamId};
use crate::surface::{Delivery, Surface};
use crate::team::Platform;
use crate::team::token::TokenKeys;
use crate::{Clock, Result};

/// Lanes of one queue that a process works at the same time.
const LANES_AT_ONCE: usize = 16;
const CHANGES_KEPT: usize = 1_024;

/// Tells that something of a team changed, to whoever shows it live. A hint: read the state again.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose it is.
    pub team: TeamId,
    /// The session that changed.
    pub session: SessionId,
    /// Its thread.
    pub thread: String,
    /// Its ticket.
    pub ticket: Option<String>,
}

/// What the engine is made of. Reached through [`Engine`].
pub struct Parts {
    /// The database.
    pub db: Db,
    /// Time and ids.
    pub clock: Clock,
    /// Seals secrets.
    pub sealer: Sealer,
    /// Signs and verifies access tokens.
    pub tokens: TokenKeys,
    /// Events received.
    pub inbox: Queue,
    /// Effects to perform.
    pub outbox: Queue,
    /// Stores events before they are acknowledged.
    pub intake: Intake,
    /// The flows of every team.
    pub flows: FlowLibrary,
    /// The cache of notes.
    pub previews: Previews,
    /// The PSA connections.
    pub psa: Psas,
    surfaces: OnceLock<HashMap<Platform, Arc<dyn Surface>>>,
    changes: broadcast::Sender<Change>,
}

/// The engine. Cloning it is cheap; all clones are one engine.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

impl Deref for Engine {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// How the engine runs; the defaults are right for production.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// How long a worker may hold a lane without a sign of life.
    pub lease: Duration,
    /// Between the looks for a note whose answer was lost.
    pub lookup_pauses: Vec<Duration>,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { lease: crate::queue::LEASE, lookup_pauses: Poster::PAUSES.to_vec() }
    }
}

impl Engine {
    /// Puts an engine together on an open database. Must be called inside a Tokio runtime.
    #[must_use]
    pub fn new(db: Db, clock: Clock, sealer: Sealer, options: &EngineOptions) -> Self {
        let inbox = Queue::inbox(db.clone(), clock.clone(), options.lease);
        let outbox = Queue::outbox(db.clone(), clock.clone(), options.lease);
        Self(Arc::new(Parts {
            tokens: TokenKeys::new(&sealer),
            intake: Intake::start(inbox.clone()),
            inbox,
            outbox,
            flows: FlowLibrary::new(),
            previews: Previews::default(),
            psa: Psas::default(),
            surfaces: OnceLock::new(),
            changes: broadcast::channel(CHANGES_KEPT).0,
            db,
            clock,
            sealer,
        }))
    }

    /// Says which platforms can be spoken to. Once, before the workers start.
    pub fn set_surfaces(&self, surfaces: impl IntoIterator<Item = Arc<dyn Surface>>) {
        let by_platform = surfaces.into_iter().map(|s| (s.platform(), s)).collect();
        if self.surfaces.set(by_platform).is_err() {
            tracing::warn!("surfaces were set twice; the first ones stay");
        }
    }

    /// The surface of a platform, where one is configured.
    #[must_use]
    pub fn surface(&self, platform: Platform) -> Option<Arc<dyn Surface>> {
        self.surfaces.get()?.get(&platform).cloned()
    }

    /// What changes from now on.
    #[must_use]
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.changes.subscribe()
    }

    /// Called after every commit of a session.
    pub(crate) fn committed(&self, session: &Session, effects: bool) {
        self.previews.saw(session.id, session.team_id, session.state_version);
        if effects {
            self.outbox.ring();
        }
        // Nobody listening is no error.
        let _ = self.changes.send(Change {
            team: session.team_id,
            session: session.id,
            thread: session.thread.clone(),
            ticket: session.ticket_id.clone(),
        });
    }

    /// Frees what a killed process of this installation still holds. Only where no other process can hold
    /// anything: on PostgreSQL the leases run out by themselves.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_leases_of_the_dead(&self) -> Result<()> {
        if !self.db.is_sole_writer() {
            return Ok(());
        }
        self.inbox.release_all().await?;
        self.outbox.release_all().await
    }

    /// Starts the workers of both queues and the sweeping; they end gracefully after `stop`.
    pub fn start_workers(&self, options: &EngineOptions, stop: &CancellationToken) -> TaskTracker {
        let tasks = TaskTracker::new();
        let inbox = Worker::new(self.inbox.clone(), Arc::new(Copilot::new(self.clone())), LANES_AT_ONCE);
        let effects = Effects {
            delivery: Delivery::new(self.clone()),
            poster: Poster::new(self.clone(), options.lookup_pauses.clone()),
        };
        let outbox = Worker::new(self.outbox.clone(), Arc::new(effects), LANES_AT_ONCE);
        tasks.spawn(inbox.run(stop.clone()));
        tasks.spawn(outbox.run(stop.clone()));
        tasks.spawn(sweep(self.clone(), stop.clone()));
        tasks.close();
        tasks
    }

    /// Makes the starter flows of a team known.
    ///
    /// # Errors
    /// The database's.
    pub async fn stock_library(&self, team: TeamId) -> Result<()> {
        self.flows.import_starters(&self.db, &self.clock, team).await
    }
}

/// The outbox's work, by kind.
struct Effects {
    delivery: Delivery,
    poster: Poster,
}

#[async_trait]
impl Handler for Effects {
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        match item.kind.as_str() {
            "card" => self.delivery.card(item, receipt).await,
            "open_thread" => self.delivery.open_thread(item, receipt).await,
            "whisper" => self.delivery.whisper(item, receipt).await,
            "posting" => self.poster.deliver(item, receipt).await,
            other => Err(Failure::Dead(format!("no such kind of effect: {other}"))),
        }
    }

    /// With the back-off this is about a day: a PSA may be down for a night.
    fn max_attempts(&self) -> i64 {
        36
    }
}

async fn sweep(engine: Engine, stop: CancellationToken) {
    let mut hourly = tokio::time::interval(Duration::from_secs(3600));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hourly.tick() => {}
        }
        for queue in [&engine.inbox, &engine.outbox] {
            if let Err(error) = queue.sweep().await {
                tracing::warn!(%error, "cannot sweep the queues");
            }
        }
    }
}
