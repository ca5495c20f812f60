//! Two teams, a Slack, and a server with the pages of an installation.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use flowpilot::engine::EngineOptions;
use flowpilot::store::{Db, Sealer, TeamId};
use flowpilot::team::{self, Caller, JoinPolicy, MemberStatus, NewMember, Role};
use flowpilot::{Clock, Engine};
use flowpilot_fake_slack::{FakeSlack, Options, Workspace};
use flowpilot_slack::install::{InstallOptions, Installation, Installations, OAuthApp};
use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;
use url::Url;

use super::Database;

pub(crate) struct World {
    pub(crate) slack: FakeSlack,
    pub(crate) engine: Engine,
    pub(crate) clock: Clock,
    pub(crate) team: TeamId,
    pub(crate) admin: Caller,
    pub(crate) engineer: Caller,
    /// An admin of another team.
    pub(crate) stranger: Caller,
    pub(crate) all: Installations,
    pub(crate) address: String,
    pub(crate) url: String,
    pub(crate) key: SecretString,
    server: AbortHandle,
}

impl World {
    pub(crate) async fn new(database: &Database) -> Self {
        Self::with(database, Options { rotation: true, ..Options::default() }).await
    }

    pub(crate) async fn with(database: &Database, options: Options) -> Self {
        let slack = FakeSlack::start(options).await;
        let clock = Clock::fixed(Clock::system().now());
        let (url, key) = (database.url(), Sealer::generate_key());
        let engine = open(&url, &clock, vec![key.clone()]).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let all = Installations::new(engine.clone(), options_for(&slack, &address)).unwrap();
        let routes = all.routes();
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() }).abort_handle();
        let team = make_team(&engine, "acme").await;
        let admin = member(&engine, team, "Ada Admin", Role::TeamAdmin).await;
        let engineer = member(&engine, team, "Eli Engineer", Role::Engineer).await;
        let other = make_team(&engine, "other").await;
        let stranger = member(&engine, other, "Otto Other", Role::TeamAdmin).await;
        Self { slack, engine, clock, team, admin, engineer, stranger, all, address, url, key, server }
    }

    pub(crate) async fn close(self) {
        self.server.abort();
        self.engine.db.close().await;
    }

    /// Another process on the same database, at the same time of day.
    pub(crate) async fn replica(&self) -> Installations {
        let engine = open(&self.url, &self.clock, vec![self.key.clone()]).await;
        Installations::new(engine, options_for(&self.slack, &self.address)).unwrap()
    }

    /// What the pages are told, but for these changes.
    pub(crate) fn options(&self) -> InstallOptions {
        options_for(&self.slack, &self.address)
    }

    /// One more workspace.
    pub(crate) fn add_workspace(&self, team: &str, name: &str) {
        self.slack.add_workspace(Workspace {
            team: team.to_owned(),
            name: name.to_owned(),
            enterprise: None,
            org_wide: false,
            bot_user: format!("U0BOT{team}"),
            bot_id: format!("B0BOT{team}"),
        });
    }

    /// Somebody allows the app at Slack: what the browser brings back.
    pub(crate) fn allow(&self, team: &str) -> String {
        let user = self.slack.add_person_to(team, "Ida Installer", flowpilot_fake_slack::Kind::Member);
        self.slack.allow(team, &user, Some(&format!("{}/slack/oauth", self.address)))
    }

    /// Connects a workspace to the caller's team, from the invitation to the last page.
    pub(crate) async fn install(&self, caller: &Caller, team: &str) -> Page {
        let invitation = self.all.invite(caller).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        browser.come_back(self, &state, &self.allow(team)).await
    }

    /// The workspace's installation, which must be there.
    pub(crate) async fn installation(&self, workspace: &str) -> Arc<Installation> {
        self.all.of(workspace).await.unwrap().unwrap_or_else(|| panic!("{workspace} has no installation"))
    }

    /// How often Slack was asked for new tokens.
    pub(crate) fn refreshes(&self) -> usize {
        let calls = self.slack.calls("oauth.v2.access");
        calls.iter().filter(|call| call.text("grant_type") == "refresh_token").count()
    }
}

fn options_for(slack: &FakeSlack, address: &str) -> InstallOptions {
    let slack_options = slack.options();
    InstallOptions {
        api_url: slack.url(),
        public_url: Some(address.to_owned()),
        app: Some(OAuthApp {
            client_id: slack_options.client_id,
            client_secret: SecretString::from(slack_options.client_secret),
        }),
        ..InstallOptions::default()
    }
}

/// Opens the engine with these keys, newest first.
pub(crate) async fn open(url: &str, clock: &Clock, keys: Vec<SecretString>) -> Engine {
    let sealer = Sealer::new(keys).unwrap();
    Engine::new(Db::open(url).await.unwrap(), clock.clone(), sealer, &EngineOptions::default())
}

async fn make_team(engine: &Engine, slug: &str) -> TeamId {
    let mut tx = engine.db.begin().await.unwrap();
    let team = team::create_team(&mut tx, &engine.clock, slug, slug, JoinPolicy::Open).await.unwrap();
    tx.commit().await.unwrap();
    team.id
}

async fn member(engine: &Engine, team: TeamId, name: &str, role: Role) -> Caller {
    let new = NewMember { name: name.to_owned(), email: None, role, status: MemberStatus::Active };
    let mut tx = engine.db.begin().await.unwrap();
    let member = team::add_member(&mut tx, &engine.clock, team, new).await.unwrap();
    tx.commit().await.unwrap();
    Caller::of(&member)
}

/// A browser with one cookie.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookie: Option<String>,
}

/// What a browser was answered.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Page {
    pub(crate) fn location(&self) -> Url {
        self.headers
            .get("location")
            .unwrap_or_else(|| panic!("{}: {}", self.status, self.body))
            .parse()
            .unwrap()
    }
}

impl Browser {
    pub(crate) async fn get(&mut self, url: &str) -> Page {
        let mut request = flowpilot::http::client(Duration::from_secs(20)).unwrap().get(url);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let headers: HashMap<String, String> = headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        if let Some(set) = headers.get("set-cookie") {
            self.cookie = set.split(';').next().map(str::to_owned).filter(|pair| !pair.ends_with('='));
        }
        Page { status, headers, body: answer.text().await.unwrap() }
    }

    /// Opens an invitation and is sent to Slack; the state that Slack is given.
    pub(crate) async fn begin(&mut self, invitation: &str) -> String {
        let slack = self.get(invitation).await.location();
        slack.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned()
    }

    /// Comes back from Slack with a code.
    pub(crate) async fn come_back(&mut self, world: &World, state: &str, code: &str) -> Page {
        self.come_back_with(world, &[("state", state), ("code", code)]).await
    }

    pub(crate) async fn come_back_with(&mut self, world: &World, query: &[(&str, &str)]) -> Page {
        let url = Url::parse_with_params(&format!("{}/slack/oauth", world.address), query).unwrap();
        self.get(url.as_str()).await
    }
}
