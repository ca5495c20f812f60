//! Tiers and their routes: which model is asked for what, and which next.

use std::sync::Arc;

use super::breaker::Breaker;
use super::config::{
    DEFAULT_DEEP, DEFAULT_FAST, DEFAULT_STANDARD, EndpointConfig, ModelsConfig, PriceConfig, ProviderKind,
    RouteConfig,
};
use super::provider::{Anthropic, OpenAi, Usage, Wire};

/// How much a question deserves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Tier {
    /// Answers in the thread.
    Standard,
    /// Where others got stuck.
    Deep,
}

/// One model on one server.
pub(super) struct Route {
    pub(super) provider: ProviderKind,
    pub(super) model: String,
    pub(super) max_tokens: u32,
    pub(super) effort: Option<String>,
    pub(super) price: PriceConfig,
    pub(super) wire: Box<dyn Wire>,
    pub(super) breaker: Breaker,
}

impl Route {
    fn new(route: &RouteConfig, config: &ModelsConfig) -> Result<Self, String> {
        let section = match route.provider {
            ProviderKind::Anthropic => config.anthropic.as_ref(),
            ProviderKind::Openai => config.openai.as_ref(),
        };
        let section = section.cloned().unwrap_or_default();
        let name = route.provider;
        let base_url = route.base_url.clone().or(section.base_url);
        if let Some(url) = &base_url {
            check_url(url).map_err(|wrong| format!("ai.{name}: base_url = {url:?} {wrong}"))?;
        }
        // A key is for the server of its own section: another address needs its own.
        let key = match &route.base_url {
            Some(_) => route.api_key.clone(),
            None => route.api_key.clone().or(section.api_key),
        };
        let wire: Box<dyn Wire> = match name {
            ProviderKind::Anthropic => {
                let base = base_url.as_deref().unwrap_or(super::provider::ANTHROPIC_URL);
                let version = route.api_version.clone().or(section.api_version);
                let version = version.as_deref().unwrap_or(super::provider::ANTHROPIC_VERSION);
                Box::new(Anthropic::new(base, key, version))
            }
            ProviderKind::Openai => {
                let base = base_url.as_deref().unwrap_or(super::provider::OPENAI_URL);
                Box::new(OpenAi::new(base, key))
            }
        };
        Ok(Self {
            provider: name,
            model: route.model.clone(),
            max_tokens: route.max_tokens.max(1),
            effort: route.effort.clone(),
            price: route.price.unwrap_or_else(|| PriceConfig::known(&route.model)),
            wire,
            breaker: Breaker::default(),
        })
    }

    /// What these tokens cost, in millionths of a US dollar.
    pub(super) fn cost(&self, usage: Usage) -> i64 {
        let price = &self.price;
        let part = |tokens: u64, usd: f64| {
            // Dollars for a million tokens are millionths of a dollar for one.
            tokens as f64 * usd.max(0.0)
        };
        let cost = part(usage.input, price.input)
            + part(usage.output, price.output)
            + part(usage.cache_read, price.cache_read)
            + part(usage.cache_write, price.cache_write);
        cost.ceil() as i64
    }
}

fn check_url(url: &str) -> Result<(), &'static str> {
    match url::Url::parse(url) {
        Ok(url) if !matches!(url.scheme(), "http" | "https") || !url.has_host() => {
            Err("is no web address; write it as https://host/v1")
        }
        Ok(url) if url.password().is_some() => Err("holds a password; put the key into api_key"),
        Ok(_) => Ok(()),
        Err(_) => Err("is no web address; write it as https://host/v1"),
    }
}

/// The routes of every tier.
pub(super) struct Routes {
    standard: Vec<Arc<Route>>,
    deep: Vec<Arc<Route>>,
}

impl Routes {
    /// The routes that a configuration gives; none where no model is configured.
    pub(super) fn new(config: &ModelsConfig) -> Result<Option<Self>, String> {
        let mut tiers = config.tiers.clone();
        if tiers.fast.is_empty() && tiers.standard.is_empty() && tiers.deep.is_empty() {
            for (provider, section) in
                [(ProviderKind::Anthropic, &config.anthropic), (ProviderKind::Openai, &config.openai)]
            {
                let Some(section) = section else { continue };
                let [fast, standard, deep] = models(provider, section)?;
                tiers.fast.push(RouteConfig::plain(provider, &fast));
                tiers.standard.push(RouteConfig::plain(provider, &standard));
                tiers.deep.push(RouteConfig::plain(provider, &deep));
            }
        }
        let made = |routes: &[RouteConfig]| -> Result<Vec<Arc<Route>>, String> {
            routes.iter().map(|route| Route::new(route, config).map(Arc::new)).collect()
        };
        let (fast, standard, deep) = (made(&tiers.fast)?, made(&tiers.standard)?, made(&tiers.deep)?);
        let standard = [&standard, &deep, &fast].into_iter().find(|tier| !tier.is_empty()).cloned();
        let Some(standard) = standard else { return Ok(None) };
        let deep = if deep.is_empty() { standard.clone() } else { deep };
        Ok(Some(Self { standard, deep }))
    }

    /// The routes of a tier, the first choice first; never empty.
    pub(super) fn of(&self, tier: Tier) -> &[Arc<Route>] {
        match tier {
            Tier::Standard => &self.standard,
            Tier::Deep => &self.deep,
        }
    }
}

/// The models of a section, from fast to deep.
fn models(provider: ProviderKind, section: &EndpointConfig) -> Result<[String; 3], String> {
    match (&section.model, provider) {
        (Some(model), _) => Ok([model.clone(), model.clone(), model.clone()]),
        (None, ProviderKind::Anthropic) => {
            Ok([DEFAULT_FAST, DEFAULT_STANDARD, DEFAULT_DEEP].map(str::to_owned))
        }
        (None, ProviderKind::Openai) => {
            Err("ai.openai: model is not set; name one that the server has, or set ai.tiers".to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn openai(model: Option<&str>, base_url: &str) -> ModelsConfig {
        let endpoint = EndpointConfig {
            base_url: Some(base_url.to_owned()),
            model: model.map(str::to_owned),
            ..EndpointConfig::default()
        };
        ModelsConfig { openai: Some(endpoint), ..ModelsConfig::default() }
    }

    #[test]
    fn without_a_section_there_is_no_model() {
        assert!(Routes::new(&ModelsConfig::default()).unwrap().is_none());
    }

    #[test]
    fn one_model_serves_every_tier() {
        let routes = Routes::new(&openai(Some("m"), "http://127.0.0.1:1/v1")).unwrap().unwrap();
        for tier in [Tier::Standard, Tier::Deep] {
            assert_eq!(routes.of(tier)[0].model, "m");
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let wrong = |config: &ModelsConfig| Routes::new(config).err().unwrap();
        assert!(wrong(&openai(None, "http://127.0.0.1:1/v1")).contains("ai.openai: model is not set"));
        assert!(wrong(&openai(Some("m"), "localhost")).contains("no web address"));
    }

    #[test]
    fn a_cost_counts_each_kind_of_token() {
        let route = Route::new(
            &RouteConfig::plain(ProviderKind::Anthropic, DEFAULT_STANDARD),
            &ModelsConfig::default(),
        );
        let usage = Usage { input: 1_000, output: 100, cache_read: 10_000, cache_write: 500 };
        assert_eq!(route.unwrap().cost(usage), 2_000 + 1_000 + 2_000 + 2_000);
    }
}
