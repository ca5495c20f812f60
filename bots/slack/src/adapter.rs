//! The adapter's parts, put together.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use flowpilot::surface::{Inbound, Surface};
use flowpilot::{Engine, Result};
use secrecy::SecretString;
use serde_json::json;
use tokio_util::task::TaskTracker;

use crate::files::Files;
use crate::health::{Health, HealthOptions};
use crate::http::Gate;
use crate::install::{Installation, Installations};
use crate::send::{Refusal, SendError, Sender};
use crate::surface::SlackSurface;
use crate::wire::channel_and_root;
use crate::{http, render};

/// Refusals that are told once, however often the event is delivered meanwhile.
const TOLD: Duration = Duration::from_secs(3_600);
const TOLD_AT_MOST: u64 = 10_000;

/// What the adapter needs to know.
#[derive(Debug, Clone)]
pub struct SlackOptions {
    /// Proves that a delivery is Slack's; without it none is taken by HTTP.
    pub signing_secret: Option<SecretString>,
    /// Slack's Web API, without a slash at the end.
    pub api_url: String,
    /// What the command `doctor` looks at.
    pub health: HealthOptions,
}

/// FlowPilot in Slack. Cloning it is cheap.
#[derive(Clone)]
pub struct Slack(Arc<Parts>);

struct Parts {
    engine: Engine,
    installations: Installations,
    sender: Sender,
    files: Files,
    gate: Gate,
    health: Health,
    options: HealthOptions,
    /// Whether it is not known yet whose the configured token is.
    connecting: AtomicBool,
    told: moka::sync::Cache<String, ()>,
    tasks: TaskTracker,
}

impl Slack {
    /// The adapter of an engine.
    ///
    /// # Errors
    /// [`flowpilot::Error::Internal`] when TLS cannot be set up; [`flowpilot::Error::Installation`] when the API's
    /// address is none.
    pub fn new(engine: Engine, options: &SlackOptions, installations: Installations) -> Result<Self> {
        Ok(Self(Arc::new(Parts {
            sender: Sender::new(&options.api_url)?,
            files: Files::new(&options.api_url)?,
            gate: Gate::new(options.signing_secret.as_ref()),
            health: Health::new(engine.clone()),
            options: options.health.clone(),
            connecting: AtomicBool::new(false),
            told: moka::sync::Cache::builder().max_capacity(TOLD_AT_MOST).time_to_live(TOLD).build(),
            tasks: TaskTracker::new(),
            engine,
            installations,
        })))
    }

    /// The addresses that Slack and browsers call.
    pub fn router(&self) -> Router {
        http::routes(self.clone()).merge(self.0.installations.routes())
    }

    /// The surface, for the outbox.
    #[must_use]
    pub fn surface(&self) -> Arc<dyn Surface> {
        Arc::new(SlackSurface::new(self.clone()))
    }

    /// Says whether the configured token is still being asked about: until it is answered, events of workspaces that
    /// nobody knows are not refused but wanted again.
    pub fn connecting(&self, is_connecting: bool) {
        self.0.connecting.store(is_connecting, Ordering::Relaxed);
    }

    /// Ends what is in hand: answers that only one person sees, forms that are being worked.
    pub async fn finish(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
        self.0.installations.finish().await;
    }

    pub(crate) fn is_connecting(&self) -> bool {
        self.0.connecting.load(Ordering::Relaxed)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// Where the app is installed.
    #[must_use]
    pub fn installations(&self) -> &Installations {
        &self.0.installations
    }

    pub(crate) fn sender(&self) -> &Sender {
        &self.0.sender
    }

    pub(crate) fn files(&self) -> &Files {
        &self.0.files
    }

    pub(crate) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    pub(crate) fn options(&self) -> &HealthOptions {
        &self.0.options
    }

    pub(crate) fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.0.tasks.spawn(work);
    }

    /// Tells one person something in a thread or channel; where they cannot be reached there, in a conversation with
    /// them alone.
    ///
    /// # Errors
    /// What Slack answers.
    pub(crate) async fn tell(
        &self,
        by: &Installation,
        thread: &str,
        user: &str,
        text: &str,
    ) -> std::result::Result<(), SendError> {
        let (channel, root) = channel_and_root(thread);
        let mut body = json!(render::words(text));
        if let Some(root) = root {
            body["thread_ts"] = root.into();
        }
        match self.sender().ephemeral(by, channel, user, body).await {
            Err(error) if matches!(error.refusal(), Some(Refusal::Place | Refusal::Person)) => {
                self.sender().post(by, user, json!(render::words(text))).await.map(drop)
            }
            other => other,
        }
    }

    /// Tells the author of an event something, without waiting for it.
    pub(crate) fn tell_once(&self, by: &Arc<Installation>, inbound: &Inbound, text: &'static str) {
        if self.0.told.contains_key(&inbound.key) {
            return;
        }
        self.0.told.insert(inbound.key.clone(), ());
        let (slack, by, inbound) = (self.clone(), Arc::clone(by), inbound.clone());
        self.spawn(async move {
            let told = slack.tell(&by, &inbound.thread.thread, &inbound.author.external_id, text).await;
            if let Err(error) = told {
                tracing::warn!(%error, "a refusal could not be told");
            }
        });
    }
}
