//! Injected faults and the journal.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Peer, demo};

const NOTES: &str = "/service/tickets/10421/notes";

fn note() -> Value {
    json!({ "text": "Ref FP7K3Q9ZC2M4XA", "resolutionFlag": true })
}

/// How many notes there are beside the description.
async fn posted(peer: &Peer) -> usize {
    peer.texts_of(10421).await.len() - 1
}

async fn until_posted(peer: &Peer) {
    while posted(peer).await == 0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_connection_dropped_after_success_leaves_the_note_and_no_answer() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "POST", "path_contains": "/notes", "kind": "drop_after_success" })).await;
    let error = peer.api(Method::POST, NOTES).json(&note()).send().await.expect_err("no answer");
    assert!(error.is_request() && !error.is_timeout(), "{error:?}");
    assert_eq!(posted(&peer).await, 1);
}

#[tokio::test]
async fn a_fault_meets_as_many_requests_as_it_says() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "status", "status": 503, "times": 2 })).await;
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(peer.get("/system/info").await.status);
    }
    assert_eq!(statuses, [503, 503, 200]);
}

#[tokio::test]
async fn a_refused_write_is_answered_also_when_a_drop_waits() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "POST", "kind": "drop_after_success" })).await;
    assert_eq!(peer.post(NOTES, &json!({ "text": "x" })).await.status, 400);
}

#[tokio::test]
async fn a_connection_dropped_before_leaves_nothing() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "POST", "kind": "drop_before" })).await;
    assert!(peer.api(Method::POST, NOTES).json(&note()).send().await.is_err());
    assert_eq!(posted(&peer).await, 0);
}

#[tokio::test]
async fn the_server_goes_on_after_dropped_connections() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "drop_before", "times": 20 })).await;
    for _ in 0..20 {
        assert!(peer.api(Method::GET, "/system/info").send().await.is_err());
    }
    assert_eq!(peer.get("/system/info").await.status, 200);
}

#[tokio::test]
async fn a_rate_limit_says_when_to_come_back() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "rate_limit", "retry_after": 7 })).await;
    let reply = peer.post(NOTES, &note()).await;
    assert_eq!((reply.status, reply.headers["retry-after"].as_bytes()), (429, &b"7"[..]));
    assert_eq!(posted(&peer).await, 0);
}

#[tokio::test]
async fn a_rate_limit_may_name_a_date() {
    let peer = demo().await;
    let date = "Mon, 23 Nov 2026 08:16:00 GMT";
    peer.inject(&json!({ "kind": "rate_limit", "retry_after": date })).await;
    assert_eq!(peer.get("/system/info").await.headers["retry-after"], date);
}

#[tokio::test]
async fn an_html_400_is_not_json() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "html_400" })).await;
    let reply = peer.post(NOTES, &note()).await;
    assert_eq!(
        (reply.status, reply.headers["content-type"].as_bytes()),
        (400, &b"text/html; charset=us-ascii"[..])
    );
    assert!(reply.body.as_str().is_some_and(|html| html.contains("Bad Request")));
}

#[tokio::test]
async fn keys_can_stop_working() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "unauthorized" })).await;
    peer.inject(&json!({ "kind": "forbidden" })).await;
    let statuses = (peer.get("/system/info").await.status, peer.get("/system/info").await.status);
    assert_eq!(statuses, (401, 403));
}

#[tokio::test]
async fn a_delayed_answer_is_work_done_at_once() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "POST", "kind": "delay", "delay_ms": 60_000 })).await;
    let request = peer.api(Method::POST, NOTES).json(&note()).timeout(Duration::from_secs(2));
    assert!(request.send().await.expect_err("no answer in time").is_timeout());
    assert_eq!(posted(&peer).await, 1);
}

#[tokio::test]
async fn a_late_success_happens_after_the_client_has_gone() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "POST", "kind": "late_success", "delay_ms": 4000 })).await;
    let request = peer.api(Method::POST, NOTES).json(&note()).timeout(Duration::from_secs(1));
    assert!(request.send().await.expect_err("no answer in time").is_timeout());
    assert_eq!(posted(&peer).await, 0);
    tokio::time::timeout(Duration::from_secs(30), until_posted(&peer)).await.expect("the note comes");
}

#[tokio::test]
async fn a_fault_leaves_other_requests_alone() {
    let peer = demo().await;
    peer.inject(&json!({ "method": "post", "path_contains": "/notes", "kind": "drop_before" })).await;
    assert_eq!((peer.get(NOTES).await.status, peer.get("/system/info").await.status), (200, 200));
}

#[tokio::test]
async fn cleared_faults_do_not_happen() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "status", "status": 500 })).await;
    peer.control(Method::DELETE, "/faults", None).await;
    assert_eq!(peer.get("/system/info").await.status, 200);
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let peer = demo().await;
    let nonsense = [
        json!({ "kind": "explode" }),
        json!({ "kind": "status" }),
        json!({ "kind": "status", "status": 200 }),
        json!({ "kind": "delay" }),
        json!({ "kind": "drop_before", "times": 0 }),
        json!({ "kind": "drop_before", "path": "/notes" }),
    ];
    let mut statuses = Vec::new();
    for fault in &nonsense {
        statuses.push(peer.control(Method::POST, "/faults", Some(fault)).await.status);
    }
    assert_eq!(statuses, [400; 6]);
}

#[tokio::test]
async fn the_journal_has_what_was_asked_and_how_it_was_answered() {
    let peer = demo().await;
    peer.get("/service/tickets?pageSize=1").await;
    peer.post(NOTES, &note()).await;
    let journal = peer.control(Method::GET, "/requests", None).await.body;
    assert_eq!(journal.as_array().map(Vec::len), Some(2));
    assert_eq!((&journal[0]["query"], &journal[0]["body"]), (&json!("pageSize=1"), &Value::Null));
    assert_eq!((&journal[1]["method"], &journal[1]["status"]), (&json!("POST"), &json!(201)));
    assert_eq!(
        (&journal[1]["path"], &journal[1]["body"]),
        (&json!(format!("/v2026_1/apis/3.0{NOTES}")), &note())
    );
}

#[tokio::test]
async fn the_journal_shows_a_dropped_request_without_status() {
    let peer = demo().await;
    peer.inject(&json!({ "kind": "drop_before" })).await;
    peer.api(Method::POST, NOTES).json(&note()).send().await.expect_err("no answer");
    let journal = peer.control(Method::GET, "/requests", None).await.body;
    assert_eq!((&journal[0]["status"], &journal[0]["fault"]), (&Value::Null, &json!("drop_before")));
}

#[tokio::test]
async fn the_journal_has_no_credentials() {
    let peer = demo().await;
    peer.get("/system/info").await;
    let journal = peer.control(Method::GET, "/requests", None).await.body.to_string();
    assert!(!journal.contains("YWNtZ") && !journal.to_lowercase().contains("authorization"), "{journal}");
}

#[tokio::test]
async fn a_journal_can_be_begun_anew() {
    let peer = demo().await;
    peer.get("/system/info").await;
    peer.control(Method::DELETE, "/requests", None).await;
    assert_eq!(peer.control(Method::GET, "/requests", None).await.body, json!([]));
}

#[tokio::test]
async fn all_notes_can_be_counted_by_their_text() {
    let peer = demo().await;
    peer.post(NOTES, &note()).await;
    let notes = peer.control(Method::GET, "/notes", None).await.body;
    let with_marker = notes.as_array().expect("a list").iter().filter(|it| it["text"] == note()["text"]);
    assert_eq!(with_marker.map(|it| it["ticketId"].as_i64()).collect::<Vec<_>>(), [Some(10421)]);
}

#[tokio::test]
async fn notes_posted_at_once_are_all_kept() {
    let peer = demo().await;
    let body = note();
    let posts = (0..40).map(|_| peer.api(Method::POST, NOTES).json(&body).send());
    let handles: Vec<_> = posts.map(tokio::spawn).collect();
    for handle in handles {
        assert_eq!(handle.await.expect("a task").expect("an answer").status(), 201);
    }
    assert_eq!(posted(&peer).await, 40);
}
