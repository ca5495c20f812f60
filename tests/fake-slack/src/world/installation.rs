//! Workspaces, tokens, and what is given once.

use crate::clock;

/// A workspace.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// Its id.
    pub team: String,
    /// Its name.
    pub name: String,
    /// The organisation that it is in.
    pub enterprise: Option<String>,
    /// Whether the app is installed for the whole organisation.
    pub org_wide: bool,
    /// User id of the app's bot there.
    pub bot_user: String,
    /// Bot id of the app's bot there.
    pub bot_id: String,
}

/// How a token stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Good,
    Revoked,
    Uninstalled,
}

/// A token that Slack gave.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) team: String,
    pub(crate) app_level: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) standing: Standing,
    /// Unix seconds.
    pub(crate) expires: Option<u64>,
}

impl Token {
    /// Why it is no good, as Slack calls it.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        match self.standing {
            Standing::Revoked => Some("token_revoked"),
            Standing::Uninstalled => Some("account_inactive"),
            Standing::Good if self.expires.is_some_and(|at| at <= clock::seconds()) => Some("token_expired"),
            Standing::Good => None,
        }
    }
}

/// A `code` on its way from the authorize page to `oauth.v2.access`.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    pub(crate) team: String,
    pub(crate) user: String,
    pub(crate) redirect_uri: Option<String>,
}

/// A `trigger_id`.
#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    pub(crate) user: String,
    pub(crate) team: String,
    /// Time since the Unix epoch.
    pub(crate) until: std::time::Duration,
    pub(crate) used: bool,
    /// The view that it was given for, if it was clicked in one.
    pub(crate) view: Option<String>,
}

/// A `response_url`.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    pub(crate) channel: String,
    pub(crate) user: String,
    /// The message that it was given for, if any.
    pub(crate) message: Option<String>,
    pub(crate) thread: Option<String>,
    pub(crate) uses: usize,
    /// Time since the Unix epoch.
    pub(crate) until: std::time::Duration,
}
