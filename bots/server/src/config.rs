//! Configuration: defaults, then `flowpilot.toml`, then the environment (`FLOWPILOT_<SECTION>__<KEY>`).
//!
//! Unknown keys are errors: a mistyped key must not be a setting that silently does nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use flowpilot::ai::{
    Answerer, BudgetConfig, EndpointConfig, LimitsConfig, Models, ModelsConfig, Script, TiersConfig,
};
use flowpilot::attachment::AttachmentLimits;
use flowpilot::engine::EngineOptions;
use flowpilot::http::PrivateNetworks;
use flowpilot::meaning::EmbeddingsConfig;
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::team::{JoinPolicy, Role};
use secrecy::SecretString;
use serde::Deserialize;

use crate::slack::SlackConfig;

/// The file that is read where none is named.
pub const DEFAULT_FILE: &str = "flowpilot.toml";

/// Everything that can be set.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// `sqlite://FILE` or `postgres://…`.
    pub database_url: String,
    /// Address and port.
    pub listen: String,
    /// The address that people and platforms reach the server under.
    pub public_url: Option<String>,
    /// Fernet keys, newest first. Without them one is made and kept beside an SQLite file.
    pub secret_keys: Vec<SecretString>,
    /// Whether the console in the browser is served (loopback only).
    pub console: bool,
    /// The first team.
    pub team: TeamConfig,
    /// Networks of your own that ticket systems may be in; all others are at public addresses.
    pub private_networks: PrivateNetworks,
    /// A first PSA connection.
    pub connectwise: Option<ConnectWiseConfig>,
    /// Slack.
    pub slack: Option<SlackConfig>,
    /// Free answers.
    pub ai: AiConfig,
    /// How flows and sessions are found.
    pub search: SearchConfig,
    /// The queues.
    pub queue: QueueConfig,
    /// The files that people post.
    pub attachments: AttachmentsConfig,
    /// Logs.
    pub log: LogConfig,
}

/// The team that an empty database begins with.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TeamConfig {
    /// Its name in addresses.
    pub slug: String,
    /// Its name on the screen.
    pub name: String,
    /// How people join.
    pub join_policy: JoinPolicy,
    /// The first members; without any, one admin.
    pub members: Vec<MemberConfig>,
}

/// One of the first members.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberConfig {
    /// The name to show.
    pub name: String,
    /// E-mail address: how their chat account is recognised.
    pub email: Option<String>,
    /// What they may do.
    pub role: Role,
}

/// How flows and sessions are found.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SearchConfig {
    /// The model by whose meaning they are found, beside their words.
    pub embeddings: EmbeddingsConfig,
}

/// Who answers free questions.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AiConfig {
    /// A file with an answer and its pauses, for trying the live text without a model. It stands for every model.
    pub script: Option<PathBuf>,
    /// Anthropic's Messages API.
    pub anthropic: Option<EndpointConfig>,
    /// A server that speaks the chat completions of `OpenAI`.
    pub openai: Option<EndpointConfig>,
    /// Which models are asked, in which order.
    pub tiers: TiersConfig,
    /// What they may cost.
    pub budget: BudgetConfig,
    /// How much they are told, how long they are waited for, and what they may link to.
    pub limits: LimitsConfig,
}

impl AiConfig {
    fn models(&self) -> ModelsConfig {
        ModelsConfig {
            anthropic: self.anthropic.clone(),
            openai: self.openai.clone(),
            tiers: self.tiers.clone(),
            budget: self.budget,
            limits: self.limits.clone(),
        }
    }
}

/// Who answers free questions, ready to.
#[derive(Clone)]
pub enum Answering {
    /// A text that was written beforehand.
    Script(Script),
    /// The configured models.
    Models(Models),
}

impl Answering {
    /// As the engine takes it.
    #[must_use]
    pub fn answerer(self) -> Arc<dyn Answerer> {
        match self {
            Self::Script(script) => Arc::new(script),
            Self::Models(models) => Arc::new(models),
        }
    }
}

/// How the queues run.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Whether this process works the queues. One that does not only accepts: another one has to do the work.
    pub work: bool,
    /// Seconds that a worker may hold a lane without a sign of life.
    pub lease_seconds: u64,
    /// Seconds between the looks for a note whose answer was lost; after the last it is sent again.
    pub lookup_pauses: Vec<u64>,
    /// Seconds between two looks at the tickets of open sessions, for changes that no callback told.
    pub ticket_sweep_seconds: u64,
}

/// How much is kept of what people post in their threads.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttachmentsConfig {
    /// The largest file, in bytes; with 0 none is kept.
    pub max_bytes: u64,
    /// Files of one session.
    pub per_session: u64,
    /// Bytes of all files of one session.
    pub per_session_bytes: u64,
}

/// How logs look.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    /// `pretty` or `json`.
    pub format: LogFormat,
    /// Which events, as `tracing` filters are written: `info,flowpilot=debug`.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one object a line.
    Json,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite://flowpilot.db".to_owned(),
            listen: "127.0.0.1:8080".to_owned(),
            public_url: None,
            secret_keys: Vec::new(),
            console: false,
            team: TeamConfig::default(),
            private_networks: PrivateNetworks::default(),
            connectwise: None,
            slack: None,
            ai: AiConfig::default(),
            search: SearchConfig::default(),
            queue: QueueConfig::default(),
            attachments: AttachmentsConfig::default(),
            log: LogConfig::default(),
        }
    }
}

impl Default for TeamConfig {
    fn default() -> Self {
        Self {
            slug: "team".to_owned(),
            name: "My team".to_owned(),
            join_policy: JoinPolicy::Open,
            members: Vec::new(),
        }
    }
}

impl Default for QueueConfig {
    fn default() -> Self {
        let options = EngineOptions::default();
        Self {
            work: true,
            lease_seconds: options.lease.as_secs(),
            lookup_pauses: options.lookup_pauses.iter().map(Duration::as_secs).collect(),
            ticket_sweep_seconds: options.ticket_sweep.as_secs(),
        }
    }
}

impl Default for AttachmentsConfig {
    fn default() -> Self {
        let AttachmentLimits { max_bytes, per_session, per_session_bytes } = AttachmentLimits::default();
        Self { max_bytes, per_session, per_session_bytes }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Pretty, filter: "info,sqlx=warn,tantivy=warn".to_owned() }
    }
}

impl Config {
    /// Reads the file (if it is there) and the environment.
    ///
    /// # Errors
    /// The key that is unknown or wrong, and where it was set.
    pub fn load(file: &Path) -> Result<Self> {
        let environment = Env::prefixed("FLOWPILOT_").ignore(&["config"]).split("__");
        // The default file need not be there; one that was named must be.
        let figment = if file.exists() || file != Path::new(DEFAULT_FILE) {
            Figment::new().merge(Toml::file_exact(file))
        } else {
            Figment::new()
        };
        figment.merge(environment).extract().with_context(|| {
            format!("the configuration is wrong ({} or FLOWPILOT_… in the environment)", file.display())
        })
    }

    /// The address to listen on.
    ///
    /// # Errors
    /// When `listen` is no address.
    pub fn address(&self) -> Result<SocketAddr> {
        let address: SocketAddr = self.listen.parse().with_context(|| {
            format!("listen = {:?} is no address; write it as 127.0.0.1:8080", self.listen)
        })?;
        if self.console && !address.ip().is_loopback() {
            bail!(
                "console = true needs a loopback address: whoever reaches the console can act as any member"
            );
        }
        Ok(address)
    }

    /// Who answers free questions, where somebody is set.
    ///
    /// # Errors
    /// What is wrong with the file or with the models' settings.
    pub fn answering(&self) -> Result<Option<Answering>> {
        let Some(file) = &self.ai.script else {
            return Ok(Models::new(&self.ai.models())?.map(Answering::Models));
        };
        let script = Figment::from(Toml::file_exact(file)).extract();
        let script = script.with_context(|| format!("ai.script: {} cannot be used", file.display()))?;
        Ok(Some(Answering::Script(script)))
    }

    /// How the engine is to run.
    #[must_use]
    pub fn engine_options(&self) -> EngineOptions {
        EngineOptions {
            lease: Duration::from_secs(self.queue.lease_seconds.max(1)),
            lookup_pauses: self.queue.lookup_pauses.iter().copied().map(Duration::from_secs).collect(),
            attachments: AttachmentLimits {
                max_bytes: self.attachments.max_bytes,
                per_session: self.attachments.per_session,
                per_session_bytes: self.attachments.per_session_bytes,
            },
            private_networks: self.private_networks.clone(),
            ticket_sweep: Duration::from_secs(self.queue.ticket_sweep_seconds.max(1)),
            ..EngineOptions::default()
        }
    }
}
