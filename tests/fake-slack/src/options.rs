//! What a test can choose about the Slack that it starts.

use std::time::Duration;

/// How the look-alike is set up. The default is one workspace with the app installed and all its scopes.
#[derive(Clone, Debug)]
pub struct Options {
    /// Id of the workspace.
    pub team: String,
    /// Name of the workspace.
    pub team_name: String,
    /// Id of the Enterprise organisation that the workspace is in.
    pub enterprise: Option<String>,
    /// Whether the app is installed for the whole organisation: `team` is `null` then in what people click.
    pub org_wide: bool,
    /// Id of the app.
    pub app_id: String,
    /// User id of the app's bot.
    pub bot_user: String,
    /// Bot id of the app's bot.
    pub bot_id: String,
    /// Token of the bot.
    pub bot_token: String,
    /// App-level token, for Socket Mode.
    pub app_token: String,
    /// What deliveries are signed with.
    pub signing_secret: String,
    /// OAuth client.
    pub client_id: String,
    /// OAuth client's secret.
    pub client_secret: String,
    /// Scopes of the bot token, and of tokens given by OAuth.
    pub scopes: Vec<String>,
    /// Whether tokens given by OAuth expire and are renewed with a refresh token.
    pub rotation: bool,
    /// How long such a token lives, in seconds.
    pub token_seconds: u64,
    /// Whether the app is told of its own messages and edits, as Slack does.
    pub echo: bool,
    /// How long a delivery waits for the app's answer. Slack waits 3 seconds.
    pub ack_limit: Duration,
    /// How long a `trigger_id` can be used.
    pub trigger_life: Duration,
    /// How long `wait_for` and its like wait.
    pub patience: Duration,
    /// Paths of the app: events, interactions, commands.
    pub paths: [String; 3],
}

/// The scopes that FlowPilot's manifest asks for, as far as this Slack knows methods that need them, and those that
/// trying this Slack itself takes.
const SCOPES: &[&str] = &[
    "app_mentions:read",
    "assistant:write",
    "channels:history",
    "channels:read",
    "chat:write",
    "commands",
    "files:read",
    "groups:history",
    "groups:read",
    "im:history",
    "im:read",
    "im:write",
    "links:read",
    "links:write",
    "reactions:write",
    "team:read",
    "users:read",
    "users:read.email",
];

impl Default for Options {
    fn default() -> Self {
        Self {
            team: "T0ACME".to_owned(),
            team_name: "Acme".to_owned(),
            enterprise: None,
            org_wide: false,
            app_id: "A0FLOWPILOT".to_owned(),
            bot_user: "U0FLOWPILOT".to_owned(),
            bot_id: "B0FLOWPILOT".to_owned(),
            bot_token: "xoxb-1-fake".to_owned(),
            app_token: "xapp-1-fake".to_owned(),
            signing_secret: "8f742231b10e8888abcd99feedfeed85".to_owned(),
            client_id: "111.222".to_owned(),
            client_secret: "oauth-client-secret".to_owned(),
            scopes: SCOPES.iter().map(|&scope| scope.to_owned()).collect(),
            rotation: false,
            token_seconds: 43_200,
            echo: true,
            ack_limit: Duration::from_secs(10),
            trigger_life: Duration::from_secs(3),
            patience: Duration::from_secs(10),
            paths: ["/slack/events", "/slack/interactive", "/slack/commands"].map(str::to_owned),
        }
    }
}

impl Options {
    /// A workspace of an Enterprise organisation that installed the app for all its workspaces.
    #[must_use]
    pub fn org_wide() -> Self {
        Self { enterprise: Some("E0ACME".to_owned()), org_wide: true, ..Self::default() }
    }
}
