//! The methods: what each requires, how it can be called, and what answers it.

use super::{
    Done, Turn, agents, chat, conversations, files, links, oauth, people, reactions, streams, validate, views,
};

/// A method of the Web API.
#[derive(Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// Whether it can be called by GET, too.
    pub reads: bool,
    /// Whether it takes a JSON body.
    pub json: bool,
    /// Arguments that must be there, the token aside. One with `|` stands for any of several.
    pub required: &'static [&'static str],
    /// Scopes of which the token must have one; none if any token will do.
    pub scopes: &'static [&'static str],
    /// Whose token it takes.
    pub by: By,
    pub(super) run: fn(&mut Turn<'_>) -> Done,
}

/// Whose token a method takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The bot's.
    Bot,
    /// The app's own, `xapp-…`.
    App,
    /// Nobody's.
    Nobody,
}

const READ_CHANNELS: &[&str] = &["channels:read", "groups:read", "im:read", "mpim:read"];
const READ_HISTORY: &[&str] = &["channels:history", "groups:history", "im:history", "mpim:history"];
const OPEN: &[&str] = &["im:write", "mpim:write", "groups:write", "channels:manage"];

/// A method that is called by POST, with a form or JSON.
const fn write(
    name: &'static str,
    required: &'static [&'static str],
    scopes: &'static [&'static str],
    run: fn(&mut Turn<'_>) -> Done,
) -> Method {
    Method { name, reads: false, json: true, required, scopes, by: By::Bot, run }
}

/// A method that is called by GET or by POST with a form.
const fn read(
    name: &'static str,
    required: &'static [&'static str],
    scopes: &'static [&'static str],
    run: fn(&mut Turn<'_>) -> Done,
) -> Method {
    Method { reads: true, json: false, ..write(name, required, scopes, run) }
}

/// Every method that is answered.
pub static METHODS: &[Method] = &[
    Method { reads: true, ..write("auth.test", &[], &[], people::auth_test) },
    read("users.info", &["user"], &["users:read"], people::info),
    read("users.lookupByEmail", &["email"], &["users:read.email"], people::by_email),
    Method { json: true, ..read("team.info", &[], &["team:read"], people::team) },
    read("conversations.info", &["channel"], READ_CHANNELS, conversations::info),
    read("conversations.list", &[], READ_CHANNELS, conversations::list),
    read("conversations.members", &["channel"], READ_CHANNELS, conversations::members),
    read("conversations.history", &["channel"], READ_HISTORY, conversations::history),
    read("conversations.replies", &["channel", "ts"], READ_HISTORY, conversations::replies),
    write("conversations.open", &[], OPEN, conversations::open),
    write("chat.postMessage", &["channel"], &["chat:write"], chat::post),
    write("chat.update", &["channel", "ts"], &["chat:write"], chat::update),
    write("chat.delete", &["channel", "ts"], &["chat:write"], chat::delete),
    write("chat.postEphemeral", &["channel", "user"], &["chat:write"], chat::ephemeral),
    read("chat.getPermalink", &["channel", "message_ts"], &[], links::permalink),
    write("chat.unfurl", &[], &["links:write"], links::unfurl),
    write("chat.startStream", &["channel"], &["chat:write"], streams::start),
    write("chat.appendStream", &["channel", "ts", "markdown_text|chunks"], &["chat:write"], streams::append),
    write("chat.stopStream", &["channel", "ts"], &["chat:write"], streams::stop),
    write("views.open", &["view"], &[], views::open),
    write("views.push", &["view"], &[], views::push),
    write("views.update", &["view"], &[], views::update),
    write("views.publish", &["user_id", "view"], &[], views::publish),
    write("reactions.add", &["channel", "name", "timestamp"], &["reactions:write"], reactions::add),
    write("reactions.remove", &["name"], &["reactions:write"], reactions::remove),
    write(
        "assistant.threads.setStatus",
        &["channel_id", "thread_ts", "status"],
        &["chat:write"],
        agents::status,
    ),
    write(
        "assistant.threads.setTitle",
        &["channel_id", "thread_ts", "title"],
        &["assistant:write"],
        agents::title,
    ),
    write(
        "assistant.threads.setSuggestedPrompts",
        &["channel_id", "prompts"],
        &["assistant:write"],
        agents::prompts,
    ),
    write("agents.sessions.setStatus", &["channel_id", "status"], &["chat:write"], agents::session),
    write("agents.sessions.rename", &["channel_id", "title"], &["chat:write"], agents::title),
    read("files.info", &["file"], &["files:read"], files::info),
    Method { by: By::Nobody, ..write("blocks.validate", &[], &[], validate::validate) },
    Method { by: By::App, ..write("apps.connections.open", &[], &[], oauth::open_connection) },
    Method { by: By::Nobody, json: false, ..write("oauth.v2.access", &[], &[], oauth::access) },
];
