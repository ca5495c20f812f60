//! What happens while the database cannot be used: requests are refused as such, nothing that was accepted is
//! lost, and once it is back everything goes on without a restart.

use std::time::Duration;

use serde_json::{Value, json};

use crate::database::Database;
use crate::home::{Home, Server};
use crate::http::{Answer, Caller};
use crate::seed::{event_id, seeded};

#[tokio::test]
async fn a_database_that_goes_away_is_told_and_work_goes_on_when_it_is_back() {
    let Some(database) = Database::postgres("a database that goes away").await else { return };
    let home = Home::new("");
    let key = home.run(&["keys", "generate"]).await;
    home.configure(&format!(
        "console = true\ndatabase_url = \"{}\"\nsecret_keys = [\"{}\"]\n[queue]\nlease_seconds = 1\n",
        database.url(),
        key.out.trim()
    ));
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let mut rng = seeded();
    let thread = event_id(&mut rng);
    browser.post("/console/threads", &json!({ "id": thread, "text": "vpn does not connect" })).await.ok();
    browser.drained(Duration::from_secs(20)).await;
    let session = browser.session_of(&thread).await["id"].as_str().unwrap().to_owned();
    let fact = json!({ "id": event_id(&mut rng), "text": "fact: The gateway answers." });
    let messages = format!("/console/threads/{thread}/messages");

    database.close().await;
    let refused = browser.post(&messages, &fact).await;
    let unread = browser.get(&format!("/api/v1/ai-sessions/{session}")).await;
    let ready = browser.get("/readyz").await;
    let alive = browser.get("/healthz").await;
    database.open().await;
    let accepted = until_accepted(&browser, &messages, &fact).await;
    browser.drained(Duration::from_secs(20)).await;

    refused.is_problem(503, "our side");
    unread.is_problem(503, "our side");
    assert_eq!((ready.status, ready.body["database"].as_str()), (503, Some("does not answer")));
    assert_eq!(alive.status, 200);
    assert_eq!(accepted.status, 202);
    assert_eq!(facts(&browser, &session).await, ["The gateway answers."]);
    assert_eq!(browser.get("/readyz").await.status, 200);
}

async fn until_accepted(browser: &Caller, path: &str, body: &Value) -> Answer {
    for _ in 0..100 {
        let answer = browser.post(path, body).await;
        if answer.is_success() {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    browser.post(path, body).await
}

/// A file may not grow past a limit, which is what a full disk looks like to whoever writes.
#[tokio::test]
async fn a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing_it_accepted() {
    // The limit is to be met by events, not by the schema and the flows.
    let home = Home::started("console = true\n").await;
    let server = with_largest_file(&home, 4 * 1024).await;
    let browser = Caller::browser(&server).await;
    let mut rng = seeded();
    let thread = event_id(&mut rng);
    let messages = format!("/console/threads/{thread}/messages");
    browser.post("/console/threads", &json!({ "id": thread, "text": "vpn does not connect" })).await.ok();
    let mut accepted = Vec::new();
    let refused = loop {
        let text = format!("Observation {}: {}", accepted.len(), "x".repeat(1_500));
        let fact = json!({ "id": event_id(&mut rng), "text": format!("fact: {text}") });
        let answer = browser.post(&messages, &fact).await;
        if !answer.is_success() {
            break answer;
        }
        accepted.push(text);
        assert!(accepted.len() < 5_000, "the limit is not met");
    };
    refused.is_problem(503, "our side");

    server.lift_limits().await;
    let text = "Written once there was room again".to_owned();
    let fact = json!({ "id": event_id(&mut rng), "text": format!("fact: {text}") });
    let kept = until_accepted(&browser, &messages, &fact).await;
    assert!(kept.is_success(), "{kept:?}");
    accepted.push(text);
    server.kill().await;

    let server = home.serve().await;
    let browser = browser.at(&server.url());
    browser.drained(Duration::from_secs(180)).await;
    let session = browser.session_of(&thread).await["id"].as_str().unwrap().to_owned();
    let kept = facts(&browser, &session).await;
    assert!(accepted.len() > 20, "{}", accepted.len());
    assert_eq!(kept.len(), accepted.len());
    assert_eq!(kept, accepted);
}

/// A server that may write no file larger than so many KiB.
async fn with_largest_file(home: &Home, kib: u32) -> Server {
    // Ignored, the signal becomes an error of the write. POSIX counts in blocks of 512 bytes.
    let script = format!("trap '' XFSZ; ulimit -S -f {}; exec \"$0\" serve --listen 127.0.0.1:0", 2 * kib);
    home.start(home.in_here("sh", &["-c", &script, env!("CARGO_BIN_EXE_flowpilot")])).await
}

async fn facts(browser: &Caller, session: &str) -> Vec<String> {
    let listed = browser.get(&format!("/api/v1/ai-sessions/{session}/facts")).await.ok();
    let items = listed["items"].as_array().unwrap().iter();
    items.map(|fact| fact["text"].as_str().unwrap().to_owned()).collect()
}
