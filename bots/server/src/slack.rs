//! Slack's part of the configuration, and what its parts are told of it.

use flowpilot::Engine;
use flowpilot::store::TeamId;
use flowpilot_slack::health::HealthOptions;
use flowpilot_slack::install::{API_URL, AUTHORIZE_URL, InstallOptions, Installations, OAuthApp};
use flowpilot_slack::{Slack, SlackOptions};
use secrecy::SecretString;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

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
    /// The first team's channel for escalations, by its id (`C…`), until another one is chosen.
    pub escalation_channel: Option<String>,
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
            escalation_channel: None,
            api_url: API_URL.to_owned(),
            authorize_url: AUTHORIZE_URL.to_owned(),
        }
    }
}

impl SlackConfig {
    /// The channel for escalations, where one is set.
    ///
    /// # Errors
    /// For what is no channel's id.
    pub fn channel_for_escalations(&self) -> Result<Option<&str>, String> {
        let Some(channel) = self.escalation_channel.as_deref() else { return Ok(None) };
        let is_id = channel.len() > 1
            && channel.starts_with(['C', 'G'])
            && channel.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        if is_id {
            return Ok(Some(channel));
        }
        Err(format!(
            "slack.escalation_channel = {channel:?} is no channel id (C0123ABCD); in Slack it stands at the end of the \
             channel's details"
        ))
    }

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

    /// The adapter, as it is configured.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn adapter(&self, engine: &Engine, public_url: Option<&str>) -> flowpilot::Result<Slack> {
        let installations = Installations::new(engine.clone(), self.install_options(public_url))?;
        let options = SlackOptions {
            signing_secret: self.signing_secret.clone(),
            api_url: self.api_url.clone(),
            health: self.health_options(public_url),
        };
        Slack::new(engine.clone(), &options, installations)
    }

    /// Makes the configured token's workspace the team's, as soon as Slack says which one it is: a Slack that is down
    /// does not keep the server from starting.
    pub fn connect(&self, slack: &Slack, team: TeamId, stop: &CancellationToken) {
        let (installations, stopped) = (slack.installations().clone(), stop.clone());
        tokio::spawn(async move { installations.keep_fresh(&stopped).await });
        if let Some(app_token) = self.app_token.clone() {
            let (slack, stop) = (slack.clone(), stop.clone());
            tokio::spawn(async move { slack.listen(app_token, stop).await });
        }
        let Some(token) = self.bot_token.clone() else { return };
        let (slack, stop) = (slack.clone(), stop.clone());
        slack.connecting(true);
        tokio::spawn(async move {
            if let Some(found) = slack.installations().connect_configured(team, &token, &stop).await {
                tracing::info!(workspace = found.workspace, name = found.name, "Slack is connected");
            }
            slack.connecting(false);
        });
    }

    fn app(&self) -> Option<OAuthApp> {
        let (client_id, client_secret) = (self.client_id.clone()?, self.client_secret.clone()?);
        Some(OAuthApp { client_id, client_secret })
    }
}
