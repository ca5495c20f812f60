//! However often, late and out of step the same events are delivered, the sessions end as if each came once.

use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::database::Database;
use crate::home::{Home, Server};
use crate::http::Caller;
use crate::seed::{event_id, seeded};

const THREADS: usize = 8;
const EVENTS: usize = 12;
const PROBLEMS: [&str; 4] = [
    "nobody can hear me in teams",
    "vpn does not connect",
    "the printer is offline",
    "the moon is too bright",
];
/// What people write. `#` becomes a number of its own.
const WORDS: [&str; 17] = [
    "fact: Observation #.",
    "fact: Observation #.",
    "fact: Observation #.",
    "check: Look at lamp # => It is green",
    "check: Look at lamp #",
    "/skip",
    "the user says it began on day #",
    "/flow teams-audio",
    "One user, Teams on this computer",
    "yes",
    "no",
    "/back",
    "/fix Replace part #",
    "/dismiss no part #",
    "/apply",
    "/failed",
    "/resolve",
];

/// An event as the page sends it.
#[derive(Clone)]
struct Event {
    path: String,
    body: Value,
}

/// The events of one thread, in the order in which they are made.
struct Story {
    thread: String,
    events: Vec<Event>,
}

/// How a session ended.
#[derive(Debug, PartialEq)]
struct End {
    status: Value,
    state_version: Value,
    facts: Vec<(Value, Value)>,
    words: usize,
    cards: Vec<(Value, Value)>,
}

fn story(rng: &mut Rng) -> Story {
    let thread = event_id(rng);
    let start = json!({ "id": thread, "text": rng.choice(PROBLEMS) });
    let messages = format!("/console/threads/{thread}/messages");
    let mut events = vec![Event { path: "/console/threads".to_owned(), body: start }];
    events.extend((0..EVENTS).map(|number| {
        let text = rng.choice(WORDS).unwrap().replace('#', &number.to_string());
        Event { path: messages.clone(), body: json!({ "id": event_id(rng), "text": text }) }
    }));
    Story { thread, events }
}

/// Each event once, one after the other.
async fn deliver_cleanly(browser: &Caller, stories: &[Story]) {
    for event in stories.iter().flat_map(|story| &story.events) {
        browser.post(&event.path, &event.body).await.ok();
    }
}

/// All threads at once; each event one to four times, at once or late. The next event of a thread comes after one
/// delivery of the former was acknowledged.
async fn deliver_wildly(browser: &Caller, stories: &[Story], rng: &mut Rng) {
    let mut threads = JoinSet::new();
    for story in stories {
        threads.spawn(deliver_thread(browser.clone(), story.events.clone(), rng.fork()));
    }
    while let Some(done) = threads.join_next().await {
        done.unwrap();
    }
}

async fn deliver_thread(browser: Caller, events: Vec<Event>, mut rng: Rng) {
    let mut deliveries = JoinSet::new();
    for event in events {
        let mut first = JoinSet::new();
        for _ in 0..rng.usize(1..=4) {
            let late = if rng.bool() { 0 } else { rng.u64(0..400) };
            let set = if rng.bool() { &mut first } else { &mut deliveries };
            set.spawn(deliver(browser.clone(), event.clone(), late));
        }
        first.spawn(deliver(browser.clone(), event, rng.u64(0..20)));
        first.join_next().await.unwrap().unwrap();
        while let Some(late) = first.try_join_next() {
            late.unwrap();
        }
        // What is still on its way arrives after what follows.
        deliveries.spawn(async move {
            while let Some(late) = first.join_next().await {
                late.unwrap();
            }
        });
    }
    while let Some(done) = deliveries.join_next().await {
        done.unwrap();
    }
}

async fn deliver(browser: Caller, event: Event, late: u64) {
    sleep(Duration::from_millis(late)).await;
    browser.post(&event.path, &event.body).await.ok();
}

async fn ends(browser: &Caller, stories: &[Story]) -> Vec<End> {
    browser.drained(Duration::from_secs(180)).await;
    let mut ends = Vec::new();
    for story in stories {
        let session = browser.session_of(&story.thread).await;
        let facts = format!("/api/v1/ai-sessions/{}/facts", session["id"].as_str().unwrap());
        let facts = browser.get(&facts).await.ok();
        let shown = browser.get(&format!("/console/threads/{}/messages?limit=200", story.thread)).await.ok();
        let shown = shown["items"].as_array().unwrap();
        ends.push(End {
            status: session["status"].clone(),
            state_version: session["state_version"].clone(),
            facts: facts["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|f| (f["text"].clone(), f["source"].clone()))
                .collect(),
            words: shown.iter().filter(|m| m["author"]["kind"] == "member").count(),
            cards: shown.iter().filter_map(card).collect(),
        });
    }
    ends
}

fn card(message: &Value) -> Option<(Value, Value)> {
    message["card"].is_object().then(|| (message["card"]["kind"].clone(), message["card"]["title"].clone()))
}

async fn begin(configuration: &str) -> (Home, Server, Caller) {
    let home = Home::new(&format!("console = true\n{configuration}"));
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    (home, server, browser)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_and_late_events_end_in_the_same_state_on_sqlite() {
    let mut rng = seeded();
    let stories: Vec<Story> = (0..THREADS).map(|_| story(&mut rng)).collect();
    let (_one, _clean, clean) = begin("").await;
    let (_other, _wild, wild) = begin("").await;
    deliver_cleanly(&clean, &stories).await;
    deliver_wildly(&wild, &stories, &mut rng).await;
    assert_eq!(ends(&wild, &stories).await, ends(&clean, &stories).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_and_late_events_end_in_the_same_state_on_postgresql() {
    let Some(database) = Database::postgres("repeated and late events on PostgreSQL").await else { return };
    let mut rng = seeded();
    let stories: Vec<Story> = (0..THREADS).map(|_| story(&mut rng)).collect();
    let (home, _clean, clean) = begin("").await;
    let key = home.run(&["keys", "generate"]).await;
    let postgres = format!("database_url = \"{}\"\nsecret_keys = [\"{}\"]\n", database.url(), key.out.trim());
    let (_other, _wild, wild) = begin(&postgres).await;
    deliver_cleanly(&clean, &stories).await;
    deliver_wildly(&wild, &stories, &mut rng).await;
    assert_eq!(ends(&wild, &stories).await, ends(&clean, &stories).await);
}
