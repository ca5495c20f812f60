//! Every query of daily work finds its rows by an index.
//!
//! The statements are not repeated here: they are heard from the driver while a session is worked, and SQLite is
//! asked how it would perform each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Mutex;

use flowpilot::ai::{CallFilter, by_ai, calls, of_note, opinions, spending};
use flowpilot::assistant::{conversations, exchanges, search};
use flowpilot::note::{NoteKind, post, preview};
use flowpilot::session::{self, SessionFilter, SessionStatus};
use flowpilot::store::{Db, PageRequest, StateVersion};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tracing::field::{Field, Visit};
use tracing::{Event, Instrument as _, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::support::api::Api;
use crate::support::{Database, World};
use crate::{NO_SOUND, RESTART};

/// The texts of the queues' queries, as the engine has them: its workers run in tasks that cannot be listened to.
#[path = "../../src/queue/sql.rs"]
#[expect(dead_code, reason = "only the queries are of interest here")]
mod queue_sql;

/// The span inside which statements are heard.
const LISTENED: &str = "listened to";

static STATEMENTS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Hears the statements that the driver reports inside a span called [`LISTENED`].
struct Listener;

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Listener {
    fn enabled(&self, metadata: &Metadata<'_>, _: Context<'_, S>) -> bool {
        metadata.name() == LISTENED || metadata.target() == "sqlx::query"
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if context.lookup_current().is_some_and(|span| span.name() == LISTENED) {
            event.record(&mut Statement);
        }
    }
}

struct Statement;

impl Visit for Statement {
    fn record_str(&mut self, field: &Field, value: &str) {
        // A statement of a few words stands in the summary alone.
        if matches!(field.name(), "db.statement" | "summary")
            && !value.trim().is_empty()
            && !value.ends_with('…')
        {
            STATEMENTS.lock().unwrap().insert(value.trim().to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "summary" {
            self.record_str(field, &format!("{value:?}"));
        }
    }
}

/// The steps by which SQLite would perform a statement.
async fn plan(db: &Db, statement: &str) -> Vec<String> {
    let Db::Sqlite { write, .. } = db else { panic!("not SQLite") };
    let plan: Vec<(i64, i64, i64, String)> =
        sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}")))
            .fetch_all(write)
            .await
            .unwrap();
    plan.into_iter().map(|(_, _, _, step)| step).collect()
}

/// Those of them that look at every row of a table.
async fn scans(db: &Db, statement: &str) -> Vec<String> {
    let steps = plan(db, statement).await.into_iter();
    // A partial index holds the few rows in question; looking at all of them is what it is for.
    let few =
        ["CONSTANT ROW", "INDEX inbox_dead", "INDEX outbox_dead", "INDEX inbox_open", "INDEX outbox_open"];
    let is_scan = |step: &String| step.starts_with("SCAN ") && !few.iter().any(|few| step.contains(few));
    steps.filter(is_scan).collect()
}

async fn assert_no_scans<'a>(db: &Db, statements: impl Iterator<Item = &'a str>) {
    let mut found = Vec::new();
    for statement in statements {
        for scan in scans(db, statement).await {
            found.push(format!("{scan}: {statement}"));
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// A session from its first word to its note, with what people look at meanwhile.
async fn a_working_day(world: &World) {
    let (db, team) = (&world.engine.db, world.team);
    let id = world.begin("No sound in calls").await;
    for text in [
        "Jabra",
        "Muted",
        "/apply",
        "/failed",
        "Current",
        "/back",
        "Old",
        "/fact It hums.",
        "/check Cable => loose",
        "/fix Push it",
        "/apply",
        "/worked",
        "/resolve",
    ] {
        world.say(id, text).await;
    }
    preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap();
    // Another process does not remember the version.
    let replica = world.replica().await;
    preview(&replica, &world.viewer, NoteKind::Resolution, id).await.unwrap();
    replica.db.close().await;
    let version = StateVersion(world.version(id).await);
    post(&world.engine, &world.engineer, NoteKind::Resolution, id, version).await.unwrap();
    let thread = world.case(id).await.session.thread_ref();
    session::get(db, team, id).await.unwrap();
    session::by_thread(db, team, &thread).await.unwrap();
    session::messages(db, team, id, PageRequest::first()).await.unwrap();
    for ticket in [None, Some("10421".to_owned())] {
        let filter = SessionFilter { ticket, ..SessionFilter::default() };
        session::list(db, team, &filter, PageRequest::first()).await.unwrap();
    }
    let owned = SessionFilter {
        owner: Some(world.engineer.member()),
        status: Some(SessionStatus::Active),
        ..SessionFilter::default()
    };
    session::list(db, team, &owned, PageRequest::first()).await.unwrap();
    flowpilot::attachment::attachments(db, team, id, PageRequest::first()).await.unwrap();
    flowpilot::team::members(db, team, PageRequest::first()).await.unwrap();
    world.engine.flows.list(db, team, PageRequest::first()).await.unwrap();
    spending(&world.engine, &world.admin, 30).await.unwrap();
    opinions(&world.engine, &world.admin, PageRequest::first()).await.unwrap();
    let said = session::messages(db, team, id, PageRequest::first()).await.unwrap().items;
    by_ai(&world.engine, &world.viewer, &[said[0].id]).await.unwrap();
    of_note(&world.engine, &world.viewer, id, NoteKind::Resolution, version).await.unwrap();
    a_conversation(world).await;
    for failed in [false, true] {
        let filter = CallFilter { failed, ..CallFilter::default() };
        calls(&world.engine, &world.admin, &filter, PageRequest::first()).await.unwrap();
    }
}

/// A question without a session, and what is read of it.
async fn a_conversation(world: &World) {
    let (engine, engineer) = (&world.engine, &world.engineer);
    let api = Api::of(engine, engineer);
    let asked = api.post("/assistant/conversations", json!({ "question": "How?" })).await.body;
    let id = asked["conversation"]["id"].as_str().unwrap();
    assert_eq!(api.post(&format!("/assistant/conversations/{id}/stop"), Value::Null).await.status, 204);
    conversations(engine, engineer, PageRequest::first()).await.unwrap();
    exchanges(engine, engineer, id.parse().unwrap(), PageRequest::first()).await.unwrap();
    search(engine, world.team, "no sound in calls").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_working_day_looks_at_no_table_as_a_whole() {
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Listener)).unwrap();
    let database = Database::sqlite().await;
    let world = World::new(&database).await;
    world.import(&[NO_SOUND, RESTART]).await;
    a_working_day(&world).instrument(tracing::info_span!(LISTENED)).await;
    let heard = STATEMENTS.lock().unwrap().clone();
    let is_asked = |text: &&str| {
        ["SELECT", "UPDATE", "DELETE"].iter().any(|verb| text.starts_with(verb))
            && !text.contains("_sqlx_migrations")
    };
    let asked: Vec<&str> = heard.iter().map(String::as_str).filter(is_asked).collect();
    for table in [
        "sessions",
        "facts",
        "checks",
        "suggested_fixes",
        "decisions",
        "outcomes",
        "flow_steps",
        "cards",
        "messages",
        "attachments",
    ] {
        assert!(asked.iter().any(|text| text.contains(&format!("FROM {table}"))), "{table} was not heard of");
    }
    let owned = asked.iter().find(|text| text.contains(" AND owner_id = ")).unwrap();
    let owned = plan(&world.engine.db, owned).await;
    assert!(
        owned.len() == 1 && owned[0].contains("sessions_by_owner"),
        "neither others' nor sorted: {owned:?}"
    );
    let lists_calls = |text: &str| text.contains("FROM ai_calls a");
    let finds_failures = |text: &str| lists_calls(text) && text.contains("AND stop IN");
    for (is_it, index) in [
        (&(|text: &str| text.contains("created_at /")) as &dyn Fn(&str) -> bool, "ai_calls_of_team"),
        (&|text: &str| lists_calls(text) && !finds_failures(text), "ai_calls_listed"),
        (&finds_failures, "ai_calls_failed"),
        (&|text: &str| text.contains("FROM ai_feedback f"), "ai_feedback_listed"),
        (
            &|text: &str| text.contains("FROM conversations") && text.contains("member_id = $2"),
            "conversations_of_member",
        ),
        (&|text: &str| text.contains("a.conversation_id = "), "answers_of_conversation"),
    ] {
        let text = asked.iter().find(|text| is_it(text)).unwrap();
        let steps = plan(&world.engine.db, text).await;
        assert!(steps[0].contains(index), "{index}: {steps:?}");
    }
    assert_no_scans(&world.engine.db, asked.into_iter()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queues_look_at_no_table_as_a_whole() {
    let database = Database::sqlite().await;
    let world = World::new(&database).await;
    for queue in [&queue_sql::INBOX, &queue_sql::OUTBOX] {
        let statements = [
            queue.due,
            queue.claim,
            queue.head,
            queue.renew,
            queue.release,
            queue.wakes,
            queue.complete,
            queue.postpone,
            queue.bury,
            queue.revive,
            queue.dead,
            queue.sweep,
            queue.depth,
        ];
        assert_no_scans(&world.engine.db, statements.into_iter()).await;
    }
}
