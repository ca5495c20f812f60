//! `kill -9` at every step of posting a note: before it is sent, while it is sent, before its answer is read, while it is
//! looked for, while it is edited, and while the ticket's status is set. Each time there is one note, and the session
//! says so.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use crate::database::Database;
use crate::home::{Home, Server, finish};
use crate::http::{Caller, client, send};
use crate::peer::{Peer, marker};
use crate::seed::{event_id, seeded};

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longer than the server lives after it was asked.
const LONG: u64 = 30_000;

/// Where the server is killed.
struct Step {
    name: &'static str,
    /// Whether a note of an earlier version is in the ticket.
    edits: bool,
    faults: Vec<Value>,
    /// Method and end of the path of the request that is under way when the server dies; at once without.
    during: Option<(&'static str, &'static str)>,
}

fn steps() -> Vec<Step> {
    let fault = |kind: &str, method: &str, path: &str, delay: u64| json!({ "kind": kind, "method": method, "path_contains": path, "delay_ms": delay });
    let posting = Some(("POST", "/notes"));
    let step = |name, faults, during| Step { name, edits: false, faults, during };
    let edit = |name, faults, during| Step { name, edits: true, faults, during };
    vec![
        step("as soon as it was asked for", vec![], None),
        step("it was sent and not done", vec![fault("hang", "POST", "/notes", LONG)], posting),
        step(
            "it was sent and is done after the death",
            vec![fault("late_success", "POST", "/notes", 1_500)],
            posting,
        ),
        step(
            "it was done and the answer is on its way",
            vec![fault("delay", "POST", "/notes", LONG)],
            posting,
        ),
        step(
            "it is looked for",
            vec![fault("drop_after_success", "POST", "/notes", 0), fault("delay", "GET", "/notes", LONG)],
            Some(("GET", "/notes")),
        ),
        edit(
            "the edit was sent and not done",
            vec![fault("hang", "PATCH", "/notes", LONG)],
            Some(("PATCH", "/notes/")),
        ),
        edit("the edit was done", vec![fault("delay", "PATCH", "/notes", LONG)], Some(("PATCH", "/notes/"))),
        step(
            "the status was sent and not set",
            vec![fault("hang", "PATCH", "/tickets/", LONG)],
            Some(("PATCH", "/tickets/")),
        ),
        step(
            "the status was set",
            vec![fault("delay", "PATCH", "/tickets/", LONG)],
            Some(("PATCH", "/tickets/")),
        ),
    ]
}

#[tokio::test]
async fn a_note_is_posted_once_wherever_the_server_is_killed_on_sqlite() {
    let peer = Peer::with_tickets(steps().len()).await;
    let home = Home::new(&configuration(""));
    kill_at_every_step(&home, &peer).await;
}

#[tokio::test]
async fn a_note_is_posted_once_wherever_the_server_is_killed_on_postgresql() {
    let Some(database) = Database::postgres("a server is killed at every step of a posting").await else {
        return;
    };
    let peer = Peer::with_tickets(steps().len()).await;
    let home = Home::new("");
    let key = home.run(&["keys", "generate"]).await;
    home.configure(&configuration(&format!(
        "database_url = \"{}\"\nsecret_keys = [\"{}\"]\n",
        database.url(),
        key.out.trim()
    )));
    kill_at_every_step(&home, &peer).await;
}

fn configuration(database: &str) -> String {
    format!("console = true\n{database}[queue]\nlease_seconds = 2\nlookup_pauses = [1, 2]\n")
}

/// A server that is connected, and sets a status when a session is resolved.
async fn connected(home: &Home, peer: &Peer) -> Server {
    let (status, _) = home.serve().await.terminate().await;
    assert!(status.success(), "{}", home.log());
    let url = peer.url();
    let mut connect = home.command(&["psa", "connect", "--site", &url, "--company", "acme"]);
    connect.env("CONNECTWISE_PUBLIC_KEY", "public").env("CONNECTWISE_PRIVATE_KEY", "private");
    connect.env("CONNECTWISE_CLIENT_ID", "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a");
    let done = finish(connect).await;
    assert_eq!(done.code, 0, "{}", done.err);
    let chosen =
        home.run(&["psa", "set-status", "--after", "resolve", "--board", "Desk", "--to", "Resolved"]).await;
    assert_eq!(chosen.code, 0, "{}", chosen.err);
    home.serve().await
}

async fn kill_at_every_step(home: &Home, peer: &Peer) {
    let mut rng = seeded();
    let mut server = connected(home, peer).await;
    let mut browser = Caller::browser(&server).await;
    for (at, step) in steps().into_iter().enumerate() {
        let thread = event_id(&mut rng);
        let ticket = (at + 1).to_string();
        let start = json!({ "id": thread, "ticket_id": ticket, "text": "the user cannot sign in" });
        browser.post("/console/threads", &start).await.ok();
        browser.drained(PATIENCE).await;
        let session = browser.session_of(&thread).await["id"].as_str().unwrap().to_owned();
        let path = format!("/console/threads/{thread}/messages");
        let mut words = vec!["fact: The cable was loose.", "/resolve", "/post"];
        if step.edits {
            say(&browser, &path, &words, &mut rng).await;
            posted(&browser, &session, step.name).await;
            words = vec!["/resume", "fact: It hums again.", "/resolve", "/post"];
        }
        for fault in &step.faults {
            peer.control().fault(fault.clone()).await;
        }
        let seen = requests(peer, step.during).await;
        say(&browser, &path, &words, &mut rng).await;
        under_way(peer, step.during, seen, step.name).await;
        assert!(server.kill().await, "{}: it was still running:\n{}", step.name, home.log());

        server = home.serve().await;
        browser = browser.at(&server.url());
        let posting = posted(&browser, &session, step.name).await;
        check(peer, &browser, &session, &ticket, &posting, step.name).await;
    }
}

async fn say(browser: &Caller, path: &str, words: &[&str], rng: &mut fastrand::Rng) {
    for text in words {
        browser.post(path, &json!({ "id": event_id(rng), "text": text })).await.ok();
    }
}

/// How many requests like this one came so far.
async fn requests(peer: &Peer, like: Option<(&str, &str)>) -> usize {
    let Some((method, path)) = like else { return 0 };
    let url = format!("{}/_sandbox/requests", peer.url());
    let all = send(client().get(url)).await.unwrap().ok();
    let is_like = |it: &&Value| {
        let asked = it["path"].as_str().unwrap_or_default();
        // A change of a ticket is none of its notes.
        it["method"] == method && asked.contains(path) && (path != "/tickets/" || !asked.contains("/notes"))
    };
    all.as_array().unwrap().iter().filter(is_like).count()
}

async fn under_way(peer: &Peer, like: Option<(&str, &str)>, seen: usize, step: &str) {
    let Some(like) = like else { return };
    let arrived = async {
        while requests(peer, Some(like)).await <= seen {
            sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(timeout(PATIENCE, arrived).await.is_ok(), "{step}: the request did not come");
}

/// The session's last delivery, once note and status are settled.
async fn posted(browser: &Caller, session: &str, step: &str) -> Value {
    let path = format!("/api/v1/ai-sessions/{session}/postings");
    let settled = async {
        loop {
            let postings = browser.get(&path).await.ok();
            let last = postings["items"].as_array().unwrap().last().cloned().unwrap_or_default();
            let is_over = matches!(last["status"].as_str(), Some("posted" | "failed"));
            if is_over && last["status_change"] != "pending" {
                return last;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, settled).await.unwrap_or_else(|_| panic!("{step}: it is not settled"))
}

async fn check(peer: &Peer, browser: &Caller, session: &str, ticket: &str, posting: &Value, step: &str) {
    assert_eq!(
        (&posting["status"], &posting["status_change"]),
        (&json!("posted"), &json!("done")),
        "{step}: {posting:#}"
    );
    let url = |what: &str| format!("{}/_sandbox/{what}", peer.url());
    let number = ticket.parse().ok();
    let notes = send(client().get(url("notes"))).await.unwrap().ok();
    let ours = |note: &&Value| {
        note["ticketId"].as_u64() == number && note["text"].as_str().is_some_and(|it| marker(it).is_some())
    };
    let ours: Vec<&Value> = notes.as_array().unwrap().iter().filter(ours).collect();
    assert_eq!(ours.len(), 1, "{step}: {ours:#?}");
    assert_eq!(
        (&ours[0]["text"], ours[0]["id"].to_string().as_str()),
        (&posting["text"], posting["external_id"].as_str().unwrap()),
        "{step}"
    );
    let tickets = send(client().get(url("tickets"))).await.unwrap().ok();
    let found = tickets.as_array().unwrap().iter().find(|it| it["id"].as_u64() == number);
    assert_eq!(found.unwrap()["status"]["name"], "Resolved", "{step}");
    let session = browser.get(&format!("/api/v1/ai-sessions/{session}")).await.ok();
    assert_eq!(session["status"], "resolved", "{step}");
}
