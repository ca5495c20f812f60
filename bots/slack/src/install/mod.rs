//! Where the app is installed: whose workspace it is, with which token, and how it gets there and ends.
//!
//! A token comes from the configuration ([`Installations::configured`]) or by Slack's OAuth (`oauth`), for which an
//! admin makes an invitation: nobody else can connect a workspace to the team. Stored tokens are sealed. Those that
//! end are refreshed two hours before (`rotation`), by one process of the cluster at a time.

mod api;
mod configured;
mod invitation;
mod oauth;
mod page;
mod rotation;
pub(crate) mod scopes;
mod store;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use flowpilot::store::TeamId;
use flowpilot::team::{Platform, Workspace};
use flowpilot::{Engine, Error, Result, Timestamp};
use secrecy::SecretString;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::manifest::unfurl_domain;

pub use api::{Api, ApiError, AuthTest};
pub use invitation::INVITATION_LIFETIME;
pub use store::{Standing, reseal, standings, stored_token};

/// Slack's Web API.
pub const API_URL: &str = "https://slack.com/api";
/// Where a person allows the app.
pub const AUTHORIZE_URL: &str = "https://slack.com/oauth/v2/authorize";
/// Another process may have revoked or renewed what is remembered here.
const REMEMBERED: Duration = Duration::from_secs(30);
const REMEMBERED_AT_MOST: u64 = 10_000;

/// The Slack app as OAuth knows it.
#[derive(Debug, Clone)]
pub struct OAuthApp {
    /// Its client id.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: SecretString,
}

/// What installing needs to know.
#[derive(Debug, Clone)]
pub struct InstallOptions {
    /// Slack's Web API, without a slash at the end.
    pub api_url: String,
    /// Where a person allows the app.
    pub authorize_url: String,
    /// The address that browsers reach this server under.
    pub public_url: Option<String>,
    /// The app; without one, only a configured token can be used.
    pub app: Option<OAuthApp>,
}

impl Default for InstallOptions {
    fn default() -> Self {
        Self {
            api_url: API_URL.to_owned(),
            authorize_url: AUTHORIZE_URL.to_owned(),
            public_url: None,
            app: None,
        }
    }
}

/// The app in one workspace, or in one organisation.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The workspace's id, or the organisation's for an installation that holds for all of it.
    pub workspace: String,
    /// Its name on the screen.
    pub name: String,
    /// The FlowPilot team that it belongs to.
    pub team: TeamId,
    /// The token to speak with.
    pub bot_token: SecretString,
    /// The bot's account.
    pub bot_user: String,
    /// The app's id, where Slack told it.
    pub app_id: Option<String>,
    /// When the token ends; never without.
    pub expires_at: Option<Timestamp>,
}

/// Every installation that this server knows. Cloning it is cheap.
#[derive(Clone)]
pub struct Installations(Arc<Parts>);

struct Parts {
    engine: Engine,
    options: InstallOptions,
    api: Api,
    configured: RwLock<HashMap<String, Arc<Installation>>>,
    remembered: moka::sync::Cache<String, Arc<Installation>>,
    /// What is under way with nobody waiting: above all, a token that Slack gave out must be stored.
    background: TaskTracker,
}

impl Installations {
    /// The installations of this engine.
    ///
    /// # Errors
    /// [`Error::Internal`] when no HTTP client can be made.
    pub fn new(engine: Engine, options: InstallOptions) -> Result<Self> {
        let api = Api::new(&options.api_url)?;
        let remembered =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_AT_MOST).time_to_live(REMEMBERED).build();
        let (configured, background) = (RwLock::default(), TaskTracker::new());
        Ok(Self(Arc::new(Parts { engine, options, api, configured, remembered, background })))
    }

    /// The installation of a workspace or an organisation, with a token that works; `None` when there is none, or it
    /// has ended.
    ///
    /// # Errors
    /// The database's; [`Error::Upstream`] when the token has ended and Slack gives no new one just now;
    /// [`Error::Installation`] when the stored token cannot be opened.
    pub async fn of(&self, workspace: &str) -> Result<Option<Arc<Installation>>> {
        if let Some(configured) = self.read_configured().get(workspace) {
            return Ok(Some(configured.clone()));
        }
        if let Some(known) = self.0.remembered.get(workspace)
            && !rotation::ends_soon(&known, self.now())
        {
            return Ok(Some(known));
        }
        let Some(stored) = store::find(&self.0.engine, workspace).await? else { return Ok(None) };
        let usable =
            if rotation::ends_soon(&stored, self.now()) { self.renewed(stored).await? } else { Some(stored) };
        let usable = usable.map(Arc::new);
        if let Some(usable) = &usable {
            self.0.remembered.insert(workspace.to_owned(), usable.clone());
        }
        Ok(usable)
    }

    /// The installation that an event belongs to: the workspace's own, otherwise its organisation's.
    ///
    /// # Errors
    /// As [`Installations::of`].
    pub async fn of_event(
        &self,
        workspace: Option<&str>,
        organisation: Option<&str>,
    ) -> Result<Option<Arc<Installation>>> {
        for id in [workspace, organisation].into_iter().flatten() {
            if let Some(found) = self.of(id).await? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The app was removed from a workspace, or its token revoked, at `at` as Slack says.
    ///
    /// A late delivery must not end an installation that was made since: then the token is tried in the background, and
    /// nobody waits for Slack. If that is lost, the next call with the token tells the same.
    ///
    /// # Errors
    /// The database's.
    pub async fn revoked(&self, workspace: &str, at: Timestamp) -> Result<()> {
        self.write_configured().remove(workspace);
        let found = store::installed(&self.0.engine, workspace).await?;
        if let Some((installed_at, token)) = found
            && installed_at.as_secs() > at.as_secs()
        {
            let (installations, workspace) = (self.clone(), workspace.to_owned());
            self.0.background.spawn(async move { installations.try_newer(&workspace, &token).await });
            return Ok(());
        }
        self.end(workspace).await
    }

    /// Ends an installation that seems to be newer than its removal, unless its token works.
    async fn try_newer(&self, workspace: &str, token: &SecretString) {
        match self.0.api.auth_test(token).await {
            Err(error) if !error.may_pass() => {
                if let Err(error) = self.end(workspace).await {
                    tracing::warn!(workspace, %error, "the removal of the app could not be stored");
                }
            }
            _ => tracing::info!(
                workspace,
                "Slack says that the app was removed, but it was installed again since"
            ),
        }
    }

    async fn end(&self, workspace: &str) -> Result<()> {
        store::revoke(&self.0.engine, workspace, self.now()).await?;
        self.0.remembered.invalidate(workspace);
        tracing::warn!(
            workspace,
            "the app was removed from this Slack workspace; `flowpilot slack link` connects it again"
        );
        Ok(())
    }

    fn app(&self) -> Result<&OAuthApp> {
        self.0.options.app.as_ref().ok_or_else(|| missing("slack.client_id or slack.client_secret"))
    }

    /// Where browsers reach this server, without a slash at the end.
    fn public_url(&self) -> Result<&str> {
        let url = self.0.options.public_url.as_deref().ok_or_else(|| missing("public_url"))?;
        Ok(url.trim_end_matches('/'))
    }

    /// Whether Slack can tell of links to sessions.
    fn has_links(&self) -> bool {
        let url = self.0.options.public_url.as_deref().and_then(|url| Url::parse(url).ok());
        url.as_ref().and_then(unfurl_domain).is_some()
    }

    fn now(&self) -> Timestamp {
        self.0.engine.clock.now()
    }

    fn read_configured(&self) -> std::sync::RwLockReadGuard<'_, HashMap<String, Arc<Installation>>> {
        self.0.configured.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_configured(&self) -> std::sync::RwLockWriteGuard<'_, HashMap<String, Arc<Installation>>> {
        self.0.configured.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn missing(setting: &str) -> Error {
    Error::Installation(format!("{setting} is not set; connecting a Slack workspace needs it"))
}

fn workspace(id: &str) -> Workspace {
    Workspace { platform: Platform::Slack, external_id: id.to_owned() }
}
