//! Logs: complete enough to follow a request, and without anything secret, however much is logged.

use serde_json::{Value, json};

use crate::home::Home;
use crate::http::Caller;
use crate::peer::{Peer, TICKET};
use crate::seed::{event_id, seeded};

/// Works a ticket from the first click to its note, also with a wrong key, and answers with what must not be seen.
async fn a_days_work(home: &Home, peer: &Peer) -> Vec<String> {
    let mut rng = seeded();
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let pair: Value = serde_json::from_str(&home.run(&["token"]).await.out).unwrap();
    browser.post("/api/v1/tokens/refresh", &json!({ "refresh_token": pair["refresh_token"] })).await.ok();
    let thread = event_id(&mut rng);
    browser.post("/console/threads", &json!({ "id": thread, "ticket_id": TICKET })).await.ok();
    browser.drained(std::time::Duration::from_secs(20)).await;
    let words = ["her password is Winter2026!", "fact: It works again.", "/resolve", "/post"];
    for text in words {
        let words = json!({ "id": event_id(&mut rng), "text": text });
        browser.post(&format!("/console/threads/{thread}/messages"), &words).await.ok();
    }
    browser.drained(std::time::Duration::from_secs(20)).await;
    peer.control().fault(json!({ "kind": "unauthorized" })).await;
    let refused = browser.get(&format!("/api/v1/tickets/{TICKET}")).await;
    assert!(!refused.is_success(), "{refused:?}");
    browser.get("/?k=an-old-key").await;
    let cookie = browser.cookie().split_once('=').unwrap().1.to_owned();
    let secrets = vec![
        "sandbox-private".to_owned(),
        // Basic authentication of the ticket system: base64 of acme+public:sandbox-private.
        "YWNtZStwdWJsaWM6c2FuZGJveC1wcml2YXRl".to_owned(),
        "Winter2026".to_owned(),
        server.key().to_owned(),
        browser.token().to_owned(),
        browser.token().rsplit('.').next().unwrap().to_owned(),
        pair["refresh_token"].as_str().unwrap().to_owned(),
        cookie,
        "an-old-key".to_owned(),
    ];
    server.terminate().await;
    let kept = std::fs::read_to_string(home.path("flowpilot.db.key")).unwrap();
    [secrets, vec![kept.trim().to_owned()]].concat()
}

async fn logged(filter: &str, format: &str) -> (String, Vec<String>) {
    let peer = Peer::with_private_key("sandbox-private").await;
    let section = peer.section_with("sandbox-private");
    let home =
        Home::new(&format!("console = true\n{section}[log]\nfilter = \"{filter}\"\nformat = \"{format}\"\n"));
    let secrets = a_days_work(&home, &peer).await;
    (home.log(), secrets)
}

fn shown<'a>(log: &str, secrets: &'a [String]) -> Vec<&'a String> {
    secrets.iter().filter(|secret| log.contains(secret.as_str())).collect()
}

#[tokio::test]
async fn no_secret_is_logged_although_everything_is_debugged() {
    let (log, secrets) = logged("debug", "pretty").await;
    assert!(log.contains("DEBUG"), "the filter took effect");
    assert_eq!(shown(&log, &secrets), Vec::<&String>::new());
}

#[tokio::test]
async fn no_secret_is_logged_although_everything_of_ours_is_traced() {
    let (log, secrets) = logged("info,flowpilot=trace,flowpilot_server=trace,tower_http=trace", "json").await;
    assert_eq!(shown(&log, &secrets), Vec::<&String>::new());
}

#[tokio::test]
async fn json_logs_are_one_object_a_line() {
    let (log, _) = logged("debug", "json").await;
    let lines: Vec<Result<Value, _>> = log.lines().map(serde_json::from_str).collect();
    assert!(lines.len() > 10 && lines.iter().all(Result::is_ok), "{log}");
}

#[tokio::test]
async fn a_request_can_be_followed_by_its_id() {
    let home = Home::new("[log]\nfilter = \"debug\"\n");
    let server = home.serve().await;
    let script = Caller::script(&home, &server, None).await;
    let request =
        script.request(reqwest::Method::GET, "/api/v1/ai-sessions").header("x-request-id", "follow-me-42");
    let answer = request.send().await.unwrap();
    server.terminate().await;
    assert_eq!(answer.headers()["x-request-id"], "follow-me-42");
    assert!(home.log().contains("follow-me-42"));
}

#[tokio::test]
async fn a_filter_that_is_none_is_named() {
    let refused = Home::new("[log]\nfilter = \"info,=,\"\n").run(&["serve"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("log.filter"), "{}", refused.err);
}
