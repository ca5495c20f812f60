//! The app's manifest: what Slack has to know of FlowPilot, made from the public address.

use flowpilot::surface::{COMMANDS, CommandSpec};
use serde_json::{Value, json};
use url::Url;

use crate::agent::PROMPTS;

/// Where the adapter listens, below the public address.
pub const EVENTS: &str = "/slack/events";
/// Where clicks and forms arrive.
pub const INTERACTIVE: &str = "/slack/interactive";
/// Where slash commands arrive.
pub const SLASH_COMMANDS: &str = "/slack/commands";
/// Where an installation comes back to.
pub const OAUTH: &str = "/slack/oauth";
/// The slash command.
pub const SLASH_COMMAND: &str = "/flowpilot";
/// The `callback_id` of the shortcut on a message.
pub const WORK_THIS: &str = "work_this";

/// A permission, and what it is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// As Slack calls it.
    pub name: &'static str,
    /// What FlowPilot does with it.
    pub why: &'static str,
}

const fn scope(name: &'static str, why: &'static str) -> Scope {
    Scope { name, why }
}

/// Every permission of the bot: the least that its work needs.
pub const SCOPES: &[Scope] = &[
    scope("app_mentions:read", "hear when it is mentioned"),
    scope("assistant:write", "be written to directly, as an agent"),
    scope(
        "channels:history",
        "read replies in its threads in public channels, and the thread it is asked to work",
    ),
    scope("channels:read", "know whether a public channel is archived or shared with another company"),
    scope("chat:write", "write its cards and edit them, show that it is working"),
    scope("commands", "the slash command and the message shortcut"),
    scope("files:read", "keep the screenshots of messages in its threads"),
    scope("groups:history", "read replies in its threads in private channels it was invited to"),
    scope("groups:read", "know whether a private channel is archived or shared with another company"),
    scope("im:history", "read what is written to it directly"),
    scope("links:read", "notice links to its sessions"),
    scope("links:write", "show title and status below such a link"),
    scope("users:read", "know people's names, and who is a guest"),
    scope("users:read.email", "match people to members of the team by their e-mail address"),
];

/// The permissions of an installation. Without links to sessions it needs none for them.
pub fn scopes(links: bool) -> impl Iterator<Item = &'static Scope> {
    SCOPES.iter().filter(move |scope| links || !scope.name.starts_with("links:"))
}

/// The domain whose links Slack tells us of. An address without a name has none, and so has a machine of the network.
#[must_use]
pub fn unfurl_domain(public_url: &Url) -> Option<&str> {
    public_url.domain().filter(|domain| domain.contains('.'))
}

/// The events that it listens to.
pub const EVENT_TYPES: &[&str] = &[
    "agent_session_stopped",
    "app_context_changed",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "link_shared",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
];

/// What an installation chooses.
#[derive(Debug, Clone)]
pub struct ManifestOptions {
    /// The address that Slack reaches FlowPilot at.
    pub public_url: Url,
    /// Whether events come over a socket that FlowPilot opens, so that it needs no public address.
    pub socket_mode: bool,
    /// Whether it may be installed for a whole organisation at once.
    pub org_deploy: bool,
    /// Whether tokens expire and are renewed. Needs an installation by OAuth: a token from the configuration file
    /// could not be renewed.
    pub token_rotation: bool,
}

/// The manifest.
#[must_use]
pub fn manifest(options: &ManifestOptions) -> Value {
    json!({
        "_metadata": { "major_version": 2, "minor_version": 1 },
        "display_information": {
            "name": "FlowPilot",
            "description": "From the ticket to the resolution note, in the thread",
            "background_color": "#1f2937",
        },
        "features": features(options),
        "oauth_config": {
            "redirect_urls": [address(&options.public_url, OAUTH)],
            "scopes": { "bot": scopes(has_links(options)).map(|scope| scope.name).collect::<Vec<_>>() },
        },
        "settings": settings(options),
    })
}

fn has_links(options: &ManifestOptions) -> bool {
    unfurl_domain(&options.public_url).is_some()
}

fn features(options: &ManifestOptions) -> Value {
    let prompts: Vec<Value> =
        PROMPTS.iter().map(|(title, message)| json!({ "title": title, "message": message })).collect();
    let mut features = json!({
        "app_home": {
            "home_tab_enabled": true,
            "messages_tab_enabled": true,
            "messages_tab_read_only_enabled": false,
        },
        "bot_user": { "display_name": "FlowPilot", "always_online": true },
        "agent_view": {
            "agent_description": "Works a ticket with you: asks, records what is confirmed, suggests a fix, writes \
                                  the note.",
            "suggested_prompts": prompts,
        },
        "slash_commands": [slash_command(options)],
        "shortcuts": [{
            "name": "Work this with FlowPilot",
            "type": "message",
            "callback_id": WORK_THIS,
            "description": "Start a session in this message's thread",
        }],
    });
    if let Some(domain) = unfurl_domain(&options.public_url) {
        features["unfurl_domains"] = json!([domain]);
    }
    features
}

fn slash_command(options: &ManifestOptions) -> Value {
    let mut command = json!({
        "command": SLASH_COMMAND,
        "description": "Start a session, or see what FlowPilot can do",
        "usage_hint": usage_hint(),
        "should_escape": false,
    });
    if !options.socket_mode {
        command["url"] = json!(address(&options.public_url, SLASH_COMMANDS));
    }
    command
}

/// The commands that make sense outside of a thread, from the one table of commands.
fn usage_hint() -> String {
    let outside = |spec: &&CommandSpec| !spec.command.needs_session();
    let usages: Vec<&str> = COMMANDS.iter().filter(outside).map(|spec| spec.usage).collect();
    usages.join(" | ")
}

fn settings(options: &ManifestOptions) -> Value {
    let events: Vec<&str> =
        EVENT_TYPES.iter().copied().filter(|event| has_links(options) || *event != "link_shared").collect();
    let mut settings = json!({
        "event_subscriptions": { "bot_events": events },
        "interactivity": { "is_enabled": true },
        "org_deploy_enabled": options.org_deploy,
        "socket_mode_enabled": options.socket_mode,
        "token_rotation_enabled": options.token_rotation,
    });
    if !options.socket_mode {
        settings["event_subscriptions"]["request_url"] = json!(address(&options.public_url, EVENTS));
        settings["interactivity"]["request_url"] = json!(address(&options.public_url, INTERACTIVE));
    }
    settings
}

/// The public address may itself lie below a path.
fn address(public: &Url, path: &str) -> String {
    format!("{}{path}", public.as_str().trim_end_matches('/'))
}
