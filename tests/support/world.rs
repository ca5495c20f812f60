//! A team with an admin, an engineer and a viewer, on a database of its own.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use flowpilot::attachment::AttachmentLimits;
use flowpilot::copilot::{self, Beginning, Reply};
use flowpilot::engine::EngineOptions;
use flowpilot::fix::{NewFix, Record, ScriptBody, ScriptLanguage, confidence};
use flowpilot::flow::check_yaml;
use flowpilot::http::PrivateNetworks;
use flowpilot::session::{self, Case, NewSession, Session, SessionTx};
use flowpilot::store::{CardId, Db, Sealer, SessionId, TeamId};
use flowpilot::surface::{Card, CardKind, CardState, ThreadRef};
use flowpilot::team::{self, Caller, JoinPolicy, Member, MemberStatus, NewMember, Platform, Role};
use flowpilot::{Clock, Engine, Result};
use secrecy::SecretString;
use sqlx::types::Json;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{Database, read};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A team at work.
pub(crate) struct World {
    pub(crate) engine: Engine,
    pub(crate) team: TeamId,
    pub(crate) admin: Caller,
    pub(crate) engineer: Caller,
    pub(crate) viewer: Caller,
    url: String,
    key: SecretString,
    working: Mutex<Vec<(CancellationToken, TaskTracker)>>,
}

/// Between the looks for a note whose answer was lost: short, so that a test sees the last one.
pub(crate) fn options() -> EngineOptions {
    let lookup_pauses = vec![Duration::from_millis(20), Duration::from_millis(50)];
    let attachments = AttachmentLimits { max_bytes: 4_096, per_session: 3, per_session_bytes: 10_000 };
    let private_networks = PrivateNetworks::this_machine();
    EngineOptions { lookup_pauses, attachments, private_networks, ..EngineOptions::default() }
}

async fn open(url: &str, clock: Clock, key: &SecretString, options: &EngineOptions) -> Engine {
    let sealer = Sealer::new(vec![key.clone()]).unwrap();
    Engine::new(Db::open(url).await.unwrap(), clock, sealer, options)
}

impl World {
    pub(crate) async fn new(database: &Database) -> Self {
        let (url, key) = (database.url(), Sealer::generate_key());
        let engine = open(&url, Clock::system(), &key, &options()).await;
        Self::with_team(engine, url, key, "acme").await
    }

    /// Another team on the same engine.
    pub(crate) async fn other_team(&self) -> Self {
        Self::with_team(self.engine.clone(), self.url.clone(), self.key.clone(), "other").await
    }

    async fn with_team(engine: Engine, url: String, key: SecretString, slug: &str) -> Self {
        let mut tx = engine.db.begin().await.unwrap();
        let made = team::create_team(&mut tx, &engine.clock, slug, slug, JoinPolicy::Open).await.unwrap();
        tx.commit().await.unwrap();
        let admin = add(&engine, made.id, "Ada Admin", Role::TeamAdmin).await;
        let engineer = add(&engine, made.id, "Eli Engineer", Role::Engineer).await;
        let viewer = add(&engine, made.id, "Vera Viewer", Role::Viewer).await;
        let [admin, engineer, viewer] = [admin, engineer, viewer].map(|member| Caller::of(&member));
        Self { engine, team: made.id, admin, engineer, viewer, url, key, working: Mutex::default() }
    }

    /// Another process on the same database.
    pub(crate) async fn replica(&self) -> Engine {
        self.replica_with(&options()).await
    }

    /// Another process on the same database, with these options.
    pub(crate) async fn replica_with(&self, options: &EngineOptions) -> Engine {
        open(&self.url, Clock::system(), &self.key, options).await
    }

    /// The same installation, where the clock stands still.
    pub(crate) async fn at(&self, clock: Clock) -> Engine {
        open(&self.url, clock, &self.key, &options()).await
    }

    /// One more member.
    pub(crate) async fn add_member(&self, name: &str, role: Role) -> Member {
        add(&self.engine, self.team, name, role).await
    }

    /// Lets the workers of this engine run until the test ends.
    pub(crate) fn work(&self) {
        self.work_of(&self.engine);
    }

    /// Lets the workers of a replica run until the test ends.
    pub(crate) fn work_of(&self, engine: &Engine) {
        self.work_with(engine, &options());
    }

    /// As [`World::work_of`], with these options.
    pub(crate) fn work_with(&self, engine: &Engine, options: &EngineOptions) {
        let stop = CancellationToken::new();
        let tasks = engine.start_workers(options, &stop, &tokio::runtime::Handle::current());
        self.working.lock().unwrap().push((stop, tasks));
    }

    /// Stops the workers and closes the database.
    pub(crate) async fn close(self) {
        let working = std::mem::take(&mut *self.working.lock().unwrap());
        for (stop, tasks) in working {
            stop.cancel();
            let _ = tokio::time::timeout(PATIENCE, tasks.wait()).await;
        }
        let _ = tokio::time::timeout(PATIENCE, self.engine.db.close()).await;
    }

    /// A thread that has no session yet.
    pub(crate) fn thread(&self) -> ThreadRef {
        ThreadRef {
            platform: Platform::Api,
            workspace: self.team.to_string(),
            thread: self.engine.clock.new_id().to_string(),
        }
    }

    /// A session of the engineer's about nothing that the library knows.
    pub(crate) async fn session(&self) -> SessionId {
        let new = NewSession { problem: "No sound in calls".to_owned(), thread: self.thread(), ticket: None };
        session::start(&self.engine, &self.engineer, new).await.unwrap().commit(None).await.unwrap().id
    }

    /// A session that the copilot has begun.
    pub(crate) async fn begin(&self, problem: &str) -> SessionId {
        let beginning = Beginning::new(self.thread(), None, Some(problem.to_owned()));
        copilot::begin(&self.engine, &self.engineer, beginning).await.unwrap().id
    }

    /// The session, locked for the engineer.
    pub(crate) async fn change(&self, id: SessionId) -> SessionTx {
        self.engine.change_session(&self.engineer, id).await.unwrap()
    }

    /// Everything of a session.
    pub(crate) async fn case(&self, id: SessionId) -> Case {
        Case::load(&self.engine, self.team, id).await.unwrap()
    }

    /// The session's version.
    pub(crate) async fn version(&self, id: SessionId) -> i64 {
        self.case(id).await.session.state_version.0
    }

    /// What was confirmed.
    pub(crate) async fn facts(&self, id: SessionId) -> Vec<String> {
        self.case(id).await.facts.into_iter().map(|fact| fact.text).collect()
    }

    /// The engineer says something that must succeed.
    pub(crate) async fn say(&self, id: SessionId, text: &str) -> Reply {
        let said = self.try_say(id, text).await;
        said.unwrap_or_else(|error| panic!("{text:?} was refused: {error}")).1
    }

    /// The engineer says something.
    pub(crate) async fn try_say(&self, id: SessionId, text: &str) -> Result<(Session, Reply)> {
        copilot::say(&self.engine, &self.engineer, id, text).await
    }

    /// The cards of a session's thread, oldest first.
    pub(crate) async fn cards(&self, id: SessionId) -> Vec<(CardId, Card)> {
        let query = "SELECT id, content FROM cards WHERE session_id = $1 ORDER BY id";
        let rows: Vec<(CardId, Json<Card>)> =
            read!(&self.engine.db, |c| sqlx::query_as(query).bind(id).fetch_all(c).await).unwrap();
        rows.into_iter().map(|(id, card)| (id, card.0)).collect()
    }

    /// The newest card of a kind.
    pub(crate) async fn card(&self, id: SessionId, kind: CardKind) -> (CardId, Card) {
        let cards = self.cards(id).await;
        cards
            .into_iter()
            .rfind(|(_, card)| card.kind == kind)
            .unwrap_or_else(|| panic!("there is no {kind} card"))
    }

    /// The newest card of a kind that waits for somebody.
    pub(crate) async fn open_card(&self, id: SessionId, kind: CardKind) -> (CardId, Card) {
        let cards = self.cards(id).await;
        let found = cards.into_iter().rfind(|(_, card)| card.kind == kind && card.state == CardState::Open);
        found.unwrap_or_else(|| panic!("there is no open {kind} card"))
    }

    /// The engineer uses a button of the newest open card of a kind.
    pub(crate) async fn press(&self, id: SessionId, kind: CardKind, action: &str) -> Reply {
        let card = self.open_card(id, kind).await.0;
        let pressed = self.press_card(id, card, action, &[]).await;
        pressed.unwrap_or_else(|error| panic!("{action:?} was refused: {error}")).1
    }

    /// Waits until everything that was accepted is worked and shown. What leads back from the outbox to the inbox is
    /// seen by the second look.
    pub(crate) async fn at_rest(&self) {
        let (inbox, outbox) = (&self.engine.inbox, &self.engine.outbox);
        until("the queues become empty", async || {
            for queue in [inbox, outbox, inbox, outbox] {
                if queue.depth().await.unwrap() != (0, 0) {
                    return false;
                }
            }
            true
        })
        .await;
    }

    /// The engineer uses a button of a card.
    pub(crate) async fn press_card(
        &self,
        id: SessionId,
        card: CardId,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Result<(Session, Reply)> {
        let fields: BTreeMap<String, String> =
            fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        copilot::press(&self.engine, &self.engineer, id, card, action, &fields).await
    }

    /// Gives the team these flows.
    pub(crate) async fn import(&self, flows: &[&str]) {
        let mut tx = self.engine.db.begin().await.unwrap();
        for flow in flows {
            let document = check_yaml(flow, None).unwrap_or_else(|problems| panic!("{problems:#?}"));
            let engine = &self.engine;
            engine.flows.import(&mut tx, &engine.clock, self.team, None, &document).await.unwrap();
        }
        tx.commit().await.unwrap();
    }
}

async fn add(engine: &Engine, team: TeamId, name: &str, role: Role) -> Member {
    let new = NewMember { name: name.to_owned(), email: None, role, status: MemberStatus::Active };
    let mut tx = engine.db.begin().await.unwrap();
    let member = team::add_member(&mut tx, &engine.clock, team, new).await.unwrap();
    tx.commit().await.unwrap();
    member
}

/// A fix that an engineer thought of.
pub(crate) fn fix(title: &str) -> NewFix {
    NewFix {
        title: title.to_owned(),
        root_cause: Some("The cable was loose.".to_owned()),
        rationale: "It is the usual cause.".to_owned(),
        steps: vec!["Push the cable in.".to_owned()],
        script: None,
        confidence: confidence(50, Record::default()),
        solution: None,
        step: None,
        by_member: true,
    }
}

/// A fix with a script.
pub(crate) fn powershell(title: &str, script: &str) -> NewFix {
    let script = ScriptBody { language: ScriptLanguage::Powershell, body: script.to_owned() };
    NewFix { script: Some(script), ..fix(title) }
}

/// Waits until something is so; fails when that takes too long.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let waited = tokio::time::timeout(PATIENCE, async {
        while !is_so().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
    assert!(waited.await.is_ok(), "{what}: it did not happen");
}
