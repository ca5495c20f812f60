//! Which models there are, what they are used for, and what they may cost: the `[ai]` part of the configuration.

use std::time::Duration;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::provider::Limits;

/// The models of an installation. Without any it works guided.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelsConfig {
    /// Anthropic's Messages API, or a server that speaks it.
    pub anthropic: Option<EndpointConfig>,
    /// A server that speaks `OpenAI`'s chat completions.
    pub openai: Option<EndpointConfig>,
    /// Which models are asked, in which order.
    pub tiers: TiersConfig,
    /// What they may cost.
    pub budget: BudgetConfig,
    /// How much they are told, how long they are waited for, and what they may link to.
    pub limits: LimitsConfig,
}

/// A server that routes are on, unless they name another.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EndpointConfig {
    /// Its address; the vendor's own without.
    pub base_url: Option<String>,
    /// Its key, where it wants one.
    pub api_key: Option<SecretString>,
    /// Anthropic's version of the API, a date.
    pub api_version: Option<String>,
    /// The model that is asked where no tiers are set.
    pub model: Option<String>,
}

/// The routes of each tier, the first choice first. A tier without any uses another tier's.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TiersConfig {
    /// Short work.
    pub fast: Vec<RouteConfig>,
    /// Answers in the thread.
    pub standard: Vec<RouteConfig>,
    /// Where others got stuck.
    pub deep: Vec<RouteConfig>,
}

/// Which protocol a server speaks.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    sqlx::Type,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum ProviderKind {
    /// Anthropic's Messages.
    Anthropic,
    /// `OpenAI`'s chat completions.
    Openai,
}

/// One model on one server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RouteConfig {
    /// Which protocol, and whose section the rest is taken from.
    pub provider: ProviderKind,
    /// The model, as its server names it.
    pub model: String,
    /// Another address than that of the section.
    pub base_url: Option<String>,
    /// Another key than that of the section.
    pub api_key: Option<SecretString>,
    /// Another version than that of the section.
    pub api_version: Option<String>,
    /// The longest answer, in tokens.
    #[serde(default = "RouteConfig::max_tokens")]
    pub max_tokens: u32,
    /// How hard it should think: `low`, `medium`, `high`; the model's own way without.
    pub effort: Option<String>,
    /// What it costs; without, the list price of the models that are used by default, and nothing for others.
    pub price: Option<PriceConfig>,
}

impl RouteConfig {
    fn max_tokens() -> u32 {
        4_096
    }

    /// A model of a section.
    pub(super) fn plain(provider: ProviderKind, model: &str) -> Self {
        Self {
            provider,
            model: model.to_owned(),
            base_url: None,
            api_key: None,
            api_version: None,
            max_tokens: Self::max_tokens(),
            effort: None,
            price: None,
        }
    }
}

/// Prices in US dollars for a million tokens.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriceConfig {
    /// Read anew.
    pub input: f64,
    /// Written.
    pub output: f64,
    /// Read from the cache.
    pub cache_read: f64,
    /// Written to the cache.
    pub cache_write: f64,
}

impl PriceConfig {
    /// The list prices of the models that are used by default.
    pub(super) fn known(model: &str) -> Self {
        let (input, output) = match model {
            DEFAULT_FAST => (0.1, 0.5),
            DEFAULT_STANDARD => (2.0, 10.0),
            DEFAULT_DEEP => (4.0, 20.0),
            _ => return Self::default(),
        };
        // Written to the cache for an hour at most: the dearer price is counted.
        Self { input, output, cache_read: input / 10.0, cache_write: input * 2.0 }
    }
}

/// What is asked for short work where Anthropic is connected and nothing else is set.
pub(super) const DEFAULT_FAST: &str = "claude-haiku-5-5";
/// What is asked for answers then.
pub(super) const DEFAULT_STANDARD: &str = "claude-sonnet-5-5";
/// What is asked where others got stuck.
pub(super) const DEFAULT_DEEP: &str = "claude-opus-5-5";

/// Hard limits; a call that could go past one is not made.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BudgetConfig {
    /// US dollars of one session.
    pub session_usd: f64,
    /// Tokens of one session.
    pub session_tokens: u64,
    /// US dollars of a team within 24 hours.
    pub team_usd_per_day: f64,
    /// Tokens of a team within 24 hours.
    pub team_tokens_per_day: u64,
}

impl Default for BudgetConfig {
    fn default() -> Self {
        Self {
            session_usd: 2.0,
            session_tokens: 2_000_000,
            team_usd_per_day: 50.0,
            team_tokens_per_day: 50_000_000,
        }
    }
}

/// How much a model is told, how long it is waited for, and what it may link to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// The longest prompt, in tokens (estimated): the oldest words of a thread are left out first, facts never.
    pub prompt_tokens: usize,
    /// Seconds that a model may be silent before the next one is asked.
    pub silence_seconds: u64,
    /// Seconds that an answer may take as a whole.
    pub answer_seconds: u64,
    /// Hosts that a model may link to, with everything below them; other links are removed from its text.
    pub link_hosts: Vec<String>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        let hosts = ["microsoft.com", "support.google.com", "support.apple.com"];
        Self {
            prompt_tokens: 16_000,
            silence_seconds: 45,
            answer_seconds: 300,
            link_hosts: hosts.map(str::to_owned).to_vec(),
        }
    }
}

impl LimitsConfig {
    /// As the providers need it.
    pub(super) fn of_calls(&self) -> Limits {
        Limits {
            patience: Duration::from_secs(self.silence_seconds.max(1)),
            whole: Duration::from_secs(self.answer_seconds.max(1)),
            ..Limits::default()
        }
    }
}
