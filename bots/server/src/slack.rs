//! Slack's part of the configuration, and what its parts are told of it.

use flowpilot_slack::health::HealthOptions;
use flowpilot_slack::install::{API_URL, AUTHORIZE_URL, InstallOptions, OAuthApp};
use secrecy::SecretString;
use serde::Deserialize;

/// How Slack is connected: with a bot token for one workspace, or with the app's client id and secret for many.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SlackConfig {
    /// What Slack's deliveries are signed with.
    pub signing_secret: Option<SecretString>,
    /// The bot's token (`xoxb-…`) in one workspace.
    pub bot_token: Option<SecretString>,
    /// The app's token (`xapp-…`): events come by Socket Mode then, and Slack needs no address of ours.
    pub app_token: Option<SecretString>,
    /// The app's client id, to install it in workspaces.
    pub client_id: Option<String>,
    /// The app's client secret.
    pub client_secret: Option<SecretString>,
    /// Slack's Web API.
    pub api_url: String,
    /// Where a person allows the app.
    pub authorize_url: String,
}

impl Default for SlackConfig {
    fn default() -> Self {
        Self {
            signing_secret: None,
            bot_token: None,
            app_token: None,
            client_id: None,
            client_secret: None,
            api_url: API_URL.to_owned(),
            authorize_url: AUTHORIZE_URL.to_owned(),
        }
    }
}

impl SlackConfig {
    /// What installing needs.
    #[must_use]
    pub fn install_options(&self, public_url: Option<&str>) -> InstallOptions {
        InstallOptions {
            api_url: self.api_url.clone(),
            authorize_url: self.authorize_url.clone(),
            public_url: public_url.map(str::to_owned),
            app: self.app(),
        }
    }

    /// What the check looks at.
    #[must_use]
    pub fn health_options(&self, public_url: Option<&str>) -> HealthOptions {
        HealthOptions {
            api_url: self.api_url.clone(),
            signing_secret: self.signing_secret.clone(),
            bot_token: self.bot_token.clone(),
            app_token: self.app_token.clone(),
            app: self.app(),
            public_url: public_url.map(str::to_owned),
        }
    }

    fn app(&self) -> Option<OAuthApp> {
        let (client_id, client_secret) = (self.client_id.clone()?, self.client_secret.clone()?);
        Some(OAuthApp { client_id, client_secret })
    }
}
