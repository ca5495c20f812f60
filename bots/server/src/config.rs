//! Configuration: defaults, then `flowpilot.toml`, then the environment (`FLOWPILOT_<SECTION>__<KEY>`).
//!
//! Unknown keys are errors: a mistyped key must not be a setting that silently does nothing.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use figment::Figment;
use figment::providers::{Env, Format, Toml};
use flowpilot::engine::EngineOptions;
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
    /// A first PSA connection.
    pub connectwise: Option<ConnectWiseConfig>,
    /// Slack.
    pub slack: Option<SlackConfig>,
    /// The queues.
    pub queue: QueueConfig,
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
            connectwise: None,
            slack: None,
            queue: QueueConfig::default(),
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
        }
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

    /// How the engine is to run.
    #[must_use]
    pub fn engine_options(&self) -> EngineOptions {
        EngineOptions {
            lease: Duration::from_secs(self.queue.lease_seconds.max(1)),
            lookup_pauses: self.queue.lookup_pauses.iter().copied().map(Duration::from_secs).collect(),
        }
    }
}
