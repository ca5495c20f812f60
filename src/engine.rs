//! The engine: the parts that every call needs, put together once at start.

use std::collections::HashMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use tokio::runtime::Handle;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ai::{Answerer, BudgetConfig, Writer};
use crate::assistant::Growing;
use crate::attachment::{AttachmentLimits, Keeper};
use crate::copilot::Copilot;
use crate::flow::FlowLibrary;
use crate::http::PrivateNetworks;
use crate::meaning::Embedder;
use crate::note::{Poster, Previews, Scribe};
use crate::psa::callback::CallbackKeys;
use crate::psa::connection::Psas;
use crate::psa::connectwise::ConnectWise;
use crate::psa::sweep::Sweeper;
use crate::psa::watch::{self, TicketReader};
use crate::queue::{Failure, Handler, Intake, Item, Queue, Receipt, Worker};
use crate::session::{PastSessions, Session};
use crate::store::{ConnectionId, Db, Sealer, SessionId, TeamId};
use crate::surface::{Delivery, Surface};
use crate::team::Platform;
use crate::team::token::TokenKeys;
use crate::time_entry::Timekeeper;
use crate::{Clock, Result};

/// Threads whose events a process works at the same time.
const LANES_AT_ONCE: usize = 16;
/// Effects at the same time. Most only wait for somebody else's server, and an answer is written for minutes: cards
/// find a place beside a hundred of them.
const EFFECTS_AT_ONCE: usize = 160;
const CHANGES_KEPT: usize = 1_024;
/// With the back-off this is about a day: a PSA may be down for a night.
const MAX_ATTEMPTS: i64 = 36;

/// Tells that something of a team changed, to whoever shows it live. A hint: read the state again.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose it is.
    pub team: TeamId,
    /// The session that changed.
    pub session: SessionId,
    /// The platform its thread is on.
    pub platform: Platform,
    /// Its thread.
    pub thread: String,
    /// Its ticket.
    pub ticket: Option<String>,
    /// The connection that has its ticket.
    pub connection: Option<ConnectionId>,
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
    /// What every team worked before.
    pub past: PastSessions,
    /// The cache of notes.
    pub previews: Previews,
    /// The PSA connections.
    pub psa: Psas,
    /// The keys that the PSAs sign their callbacks with.
    pub callback_keys: CallbackKeys,
    /// How much of what people post is kept.
    pub attachments: AttachmentLimits,
    surfaces: OnceLock<HashMap<Platform, Arc<dyn Surface>>>,
    public_url: OnceLock<String>,
    /// Answers that grow and that no surface shows, for those who read along.
    pub growing: Growing,
    answerer: OnceLock<Arc<dyn Answerer>>,
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
    /// How long the answer of a write to a PSA is waited for.
    pub psa_patience: Duration,
    /// How much of what people post is kept.
    pub attachments: AttachmentLimits,
    /// Between two times that a platform is told an answer is being worked on, while nothing of it can be shown yet.
    pub still_working: Duration,
    /// What ticket systems may be at besides public addresses.
    pub private_networks: PrivateNetworks,
    /// Between two looks at the tickets of open sessions, for changes that no callback told.
    pub ticket_sweep: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self {
            lease: crate::queue::LEASE,
            lookup_pauses: Poster::PAUSES.to_vec(),
            psa_patience: ConnectWise::PATIENCE,
            attachments: AttachmentLimits::default(),
            still_working: Writer::STILL_WORKING,
            private_networks: PrivateNetworks::default(),
            ticket_sweep: Sweeper::PAUSE,
        }
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
            past: PastSessions::default(),
            previews: Previews::default(),
            psa: Psas::new(options.private_networks.clone(), options.psa_patience),
            callback_keys: CallbackKeys::default(),
            attachments: options.attachments,
            surfaces: OnceLock::new(),
            public_url: OnceLock::new(),
            answerer: OnceLock::new(),
            changes: broadcast::channel(CHANGES_KEPT).0,
            growing: Growing::default(),
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

    /// Says under which address people reach this installation. Once, at start; without one there are no links.
    pub fn set_public_url(&self, url: &str) {
        if self.public_url.set(url.to_owned()).is_err() {
            tracing::warn!("the public address was set twice; the first one stays");
        }
    }

    /// The address under which people reach this installation, where it has one.
    #[must_use]
    pub fn public_url(&self) -> Option<&str> {
        self.public_url.get().map(String::as_str)
    }

    /// Says who answers free questions. Once, before the workers start.
    pub fn set_answerer(&self, answerer: Arc<dyn Answerer>) {
        if self.answerer.set(answerer).is_err() {
            tracing::warn!("whoever answers was set twice; the first one stays");
        }
    }

    /// Says who makes vectors of texts, so that flows and sessions are found by their meaning too. Once, at start, inside
    /// a Tokio runtime.
    pub fn set_embedder(&self, embedder: &Arc<dyn Embedder>) {
        self.flows.set_embedder(&self.db, Arc::clone(embedder));
        self.past.set_embedder(&self.db, Arc::clone(embedder));
    }

    /// Who answers free questions, where somebody is connected.
    #[must_use]
    pub fn answerer(&self) -> Option<Arc<dyn Answerer>> {
        self.answerer.get().cloned()
    }

    /// Whether plain words in a session are answered by whoever answers free questions.
    #[must_use]
    pub fn converses(&self) -> bool {
        self.answerer.get().is_some_and(|answerer| answerer.converses())
    }

    /// Whether notes are drafted by a model.
    #[must_use]
    pub fn writes_notes(&self) -> bool {
        self.answerer.get().is_some_and(|answerer| answerer.writes_notes().is_some())
    }

    /// What the models may cost, where there are any.
    #[must_use]
    pub fn ai_budget(&self) -> Option<BudgetConfig> {
        Some(self.answerer.get()?.writes_notes()?.budget())
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
            platform: session.platform,
            thread: session.thread.clone(),
            ticket: session.ticket_id.clone(),
            connection: session.connection_id,
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

    /// Starts the workers of both queues and the sweeping on a runtime; they end gracefully after `stop`.
    ///
    /// A runtime of their own keeps them from delaying whoever waits for an acknowledgement.
    pub fn start_workers(
        &self,
        options: &EngineOptions,
        stop: &CancellationToken,
        on: &Handle,
    ) -> TaskTracker {
        let tasks = TaskTracker::new();
        let inbox = Worker::new(self.inbox.clone(), Arc::new(Copilot::new(self.clone())), LANES_AT_ONCE);
        let effects = Effects {
            delivery: Delivery::new(self.clone()),
            poster: Poster::new(self.clone(), options.lookup_pauses.clone()),
            timekeeper: Timekeeper::new(self.clone(), options.lookup_pauses.clone()),
            keeper: Keeper::new(self.clone()),
            writer: Writer::new(self.clone(), options.still_working, stop.clone()),
            scribe: Scribe::new(self.clone(), stop.clone()),
            reader: TicketReader::new(self.clone()),
        };
        let sweeper = Sweeper::new(self.clone(), options.ticket_sweep);
        let outbox = Worker::new(self.outbox.clone(), Arc::new(effects), EFFECTS_AT_ONCE);
        tasks.spawn_on(inbox.run(stop.clone()), on);
        tasks.spawn_on(outbox.run(stop.clone()), on);
        tasks.spawn_on(sweep(self.clone(), stop.clone()), on);
        tasks.spawn_on(sweeper.run(stop.clone()), on);
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
    timekeeper: Timekeeper,
    keeper: Keeper,
    writer: Writer,
    scribe: Scribe,
    reader: TicketReader,
}

#[async_trait]
impl Handler for Effects {
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        match item.kind.as_str() {
            "attachment" => self.keeper.keep(item, receipt).await,
            "answer" => self.writer.write(item, receipt).await,
            "note" => self.scribe.write(item, receipt).await,
            "card" => self.delivery.card(item, receipt).await,
            "open_thread" => self.delivery.open_thread(item, receipt).await,
            "whisper" => self.delivery.whisper(item, receipt).await,
            "notice" => self.delivery.notice(item, receipt).await,
            "relay" => self.delivery.relay(item, receipt).await,
            "share" => self.delivery.share(item, receipt).await,
            "link_previews" => self.delivery.link_previews(item, receipt).await,
            "checkup" => self.delivery.checkup(item, receipt).await,
            "link_code" => self.delivery.link_code(item, receipt).await,
            watch::READ => self.reader.read(item, receipt).await,
            "posting" => self.poster.deliver(item, receipt, is_last(item)).await,
            "time" => self.timekeeper.post(item, receipt, is_last(item)).await,
            "ticket_status" => self.poster.set_ticket_status(item, receipt, is_last(item)).await,
            other => Err(Failure::Dead(format!("no such kind of effect: {other}"))),
        }
    }

    fn max_attempts(&self) -> i64 {
        MAX_ATTEMPTS
    }
}

/// Whether an effect is not tried again by itself after this time.
fn is_last(item: &Item) -> bool {
    item.attempts + 1 >= MAX_ATTEMPTS
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
