//! What this Slack keeps.

mod channel;
mod installation;
mod message;
mod person;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Map, Value};

pub use channel::{Channel, ChannelKind};
pub use installation::Workspace;
pub(crate) use installation::{Code, Hook, Standing, Token, Trigger};
pub use message::{Control, Message};
pub use person::{Kind, Person};
pub use view::View;

use crate::check::Problem;
use crate::faults::Faults;
use crate::file_host::{FileCall, Serving};
use crate::journal::{Call, Delivery};
use crate::{Options, clock};

/// How far a streamed message is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Stream {
    /// Whether more may come.
    pub open: bool,
    /// Whether the person stopped it.
    pub stopped_by_user: bool,
    /// Chunks that came, text as `markdown_text` chunks.
    pub chunks: Vec<Value>,
}

/// What the app said it is doing in a thread.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Channel.
    pub channel: String,
    /// Thread.
    pub thread: String,
    /// `assistant.threads.setStatus`: what is shown. `agents.sessions.setStatus`: `active`, `processing`, ….
    pub status: String,
    /// Which method set it.
    pub method: String,
    /// The arguments.
    pub arguments: Value,
    /// When it was set: time since the Unix epoch.
    pub at: Duration,
    /// Its place among all that happened.
    pub(crate) number: u64,
}

impl Status {
    /// Whether it says where the agent stands, and not what is shown.
    pub(crate) fn is_agents(&self) -> bool {
        self.method.starts_with("agents.")
    }
}

/// A payload that Slack refuses or warns of.
#[derive(Clone, Debug)]
pub struct Invalid {
    /// What was called; `response_url` or `answer to …` if it came another way.
    pub method: String,
    /// What is wrong.
    pub problems: Vec<Problem>,
    /// The payload.
    pub payload: Value,
}

/// Everything.
pub(crate) struct World {
    pub(crate) options: Options,
    pub(crate) workspaces: BTreeMap<String, Workspace>,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) channels: BTreeMap<String, Channel>,
    /// In the order in which they were posted, ephemeral ones among them.
    pub(crate) messages: Vec<Message>,
    /// Open modals by user, the top last.
    pub(crate) modals: BTreeMap<String, Vec<View>>,
    pub(crate) homes: BTreeMap<String, View>,
    pub(crate) statuses: Vec<Status>,
    pub(crate) prompts: Vec<Value>,
    pub(crate) files: BTreeMap<String, Value>,
    /// What is in the files: type and content.
    pub(crate) contents: BTreeMap<String, (String, Bytes)>,
    /// How files are handed out, where it is not as usual.
    pub(crate) servings: BTreeMap<String, Serving>,
    pub(crate) file_calls: Vec<FileCall>,
    pub(crate) tokens: HashMap<String, Token>,
    /// Refresh tokens: the access token that each renews.
    pub(crate) refresh: HashMap<String, String>,
    pub(crate) codes: HashMap<String, Code>,
    /// Tickets of Socket Mode connections that were not made yet.
    pub(crate) tickets: HashSet<String>,
    pub(crate) triggers: HashMap<String, Trigger>,
    pub(crate) hooks: HashMap<String, Hook>,
    pub(crate) faults: Faults,
    pub(crate) calls: Vec<Call>,
    pub(crate) deliveries: Vec<Delivery>,
    pub(crate) invalid: Vec<Invalid>,
    /// Events about the app's own doing, not sent yet: channel and event.
    pub(crate) echoes: Vec<(String, Value)>,
    /// How far its clock is ahead.
    pub(crate) ahead: Duration,
    /// Host and port that it listens on.
    host: String,
    counter: u64,
}

impl World {
    /// A workspace with the app's bot in it, and nobody else.
    pub(crate) fn new(options: &Options, host: &str) -> Self {
        let workspace = Workspace {
            team: options.team.clone(),
            name: options.team_name.clone(),
            enterprise: options.enterprise.clone(),
            org_wide: options.org_wide,
            bot_user: options.bot_user.clone(),
            bot_id: options.bot_id.clone(),
        };
        let token = |app_level: bool, scopes: &[String]| Token {
            team: options.team.clone(),
            app_level,
            scopes: scopes.to_vec(),
            standing: Standing::Good,
            expires: None,
        };
        let mut world = Self {
            options: options.clone(),
            workspaces: BTreeMap::new(),
            people: BTreeMap::new(),
            channels: BTreeMap::new(),
            messages: Vec::new(),
            modals: BTreeMap::new(),
            homes: BTreeMap::new(),
            statuses: Vec::new(),
            prompts: Vec::new(),
            files: BTreeMap::new(),
            contents: BTreeMap::new(),
            servings: BTreeMap::new(),
            file_calls: Vec::new(),
            tokens: HashMap::from([
                (options.bot_token.clone(), token(false, &options.scopes)),
                (options.app_token.clone(), token(true, &["connections:write".to_owned()])),
            ]),
            refresh: HashMap::new(),
            codes: HashMap::new(),
            tickets: HashSet::new(),
            triggers: HashMap::new(),
            hooks: HashMap::new(),
            faults: Faults::default(),
            calls: Vec::new(),
            deliveries: Vec::new(),
            invalid: Vec::new(),
            echoes: Vec::new(),
            ahead: Duration::ZERO,
            host: host.to_owned(),
            counter: 0,
        };
        world.add_workspace(workspace);
        world
    }

    /// Adds a workspace, with the app's bot in it.
    pub(crate) fn add_workspace(&mut self, workspace: Workspace) {
        let bot = Person {
            id: workspace.bot_user.clone(),
            team: workspace.team.clone(),
            name: "FlowPilot".to_owned(),
            email: None,
            email_confirmed: false,
            kind: Kind::Bot,
        };
        self.people.insert(bot.id.clone(), bot);
        self.workspaces.insert(workspace.team.clone(), workspace);
    }

    /// A number that was not given before.
    pub(crate) fn number(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }

    /// An id that was not given before, with this beginning.
    pub(crate) fn id(&mut self, prefix: &str) -> String {
        format!("{prefix}{:08}", self.number())
    }

    /// A message id: later ones sort after earlier ones.
    pub(crate) fn ts(&mut self) -> String {
        format!("{}.{:06}", clock::seconds(), self.number())
    }

    /// The address of a `response_url`.
    pub(crate) fn hook_url(&self, id: &str) -> String {
        format!("http://{}/hooks/{id}", self.host)
    }

    /// The workspace; the app must be in it.
    pub(crate) fn workspace(&self, team: &str) -> Workspace {
        let found = self.workspaces.get(team);
        found.unwrap_or_else(|| panic!("there is no workspace {team}")).clone()
    }

    /// The channel's workspace.
    pub(crate) fn workspace_of(&self, channel: &str) -> Workspace {
        let found = self.channels.get(channel).unwrap_or_else(|| panic!("there is no channel {channel}"));
        self.workspace(&found.team)
    }

    /// A message that is there to see.
    pub(crate) fn message(&mut self, channel: &str, ts: &str) -> Option<&mut Message> {
        let here =
            |message: &&mut Message| message.channel == channel && message.ts == ts && !message.deleted;
        self.messages.iter_mut().find(here)
    }

    /// The view with this id, modal or Home tab.
    pub(crate) fn view(&mut self, id: &str) -> Option<&mut View> {
        self.modals.values_mut().flatten().chain(self.homes.values_mut()).find(|view| view.id == id)
    }

    /// The direct conversation of the bot with somebody, made when it is first asked for.
    pub(crate) fn direct(&mut self, team: &str, user: &str) -> String {
        let bot = self.workspace(team).bot_user;
        let is_it = |channel: &&Channel| {
            channel.kind == ChannelKind::Direct && channel.members.contains(user) && channel.team == team
        };
        if let Some(channel) = self.channels.values().find(is_it) {
            return channel.id.clone();
        }
        let id = self.id("D");
        let channel = Channel {
            id: id.clone(),
            name: String::new(),
            team: team.to_owned(),
            kind: ChannelKind::Direct,
            members: [bot, user.to_owned()].into(),
            shared: false,
            archived: false,
        };
        self.channels.insert(id.clone(), channel);
        id
    }

    /// A `trigger_id` for something that somebody just did.
    pub(crate) fn trigger(&mut self, user: &str, team: &str, view: Option<&str>) -> String {
        let id = format!("{}.{}.{:032x}", self.number(), 4_242, self.number());
        let until = clock::now() + self.options.trigger_life;
        let (user, team) = (user.to_owned(), team.to_owned());
        let trigger = Trigger { user, team, until, used: false, view: view.map(str::to_owned) };
        self.triggers.insert(id.clone(), trigger);
        id
    }
}

impl Message {
    /// A message without anything.
    pub(crate) fn empty() -> Self {
        Self {
            channel: String::new(),
            ts: String::new(),
            thread: None,
            user: String::new(),
            bot_id: None,
            text: String::new(),
            blocks: Vec::new(),
            metadata: None,
            only_for: None,
            edits: 0,
            deleted: false,
            reactions: Vec::new(),
            unfurls: Map::new(),
            files: Vec::new(),
            stream: None,
            before: Vec::new(),
        }
    }
}
