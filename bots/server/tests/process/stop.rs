//! Stopping the server: what was accepted is kept, what is in hand is finished, and it does not take long.

use std::time::Duration;

use serde_json::json;

use crate::home::Home;
use crate::http::Caller;
use crate::peer::{Peer, TICKET};
use crate::seed::{event_id, seeded};

#[tokio::test]
async fn an_idle_server_stops_at_once_when_it_is_asked_to() {
    let (status, took) = Home::started("").await.serve().await.terminate().await;
    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(3), "{took:?}");
}

#[tokio::test]
async fn a_server_stops_although_a_page_is_watching() {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let stream = browser.request(reqwest::Method::GET, "/console/events").send().await.unwrap();
    let (status, took) = server.terminate().await;
    assert_eq!((stream.status().as_u16(), status.code()), (200, Some(0)));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[tokio::test]
async fn what_was_accepted_just_before_the_stop_is_worked_after_the_next_start() {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let mut rng = seeded();
    let thread = event_id(&mut rng);
    browser.post("/console/threads", &json!({ "id": thread, "text": "vpn does not connect" })).await.ok();
    let path = format!("/console/threads/{thread}/messages");
    let facts: Vec<String> = (0..30).map(|n| format!("Observation {n}.")).collect();
    for fact in &facts {
        browser.post(&path, &json!({ "id": event_id(&mut rng), "text": format!("fact: {fact}") })).await.ok();
    }
    let (status, _) = server.terminate().await;
    assert_eq!(status.code(), Some(0));

    let server = home.serve().await;
    let browser = browser.at(&server.url());
    browser.drained(Duration::from_secs(30)).await;
    let session = browser.session_of(&thread).await;
    let kept =
        browser.get(&format!("/api/v1/ai-sessions/{}/facts", session["id"].as_str().unwrap())).await.ok();
    let texts: Vec<&str> =
        kept["items"].as_array().unwrap().iter().map(|f| f["text"].as_str().unwrap()).collect();
    assert_eq!(texts, facts);
}

#[tokio::test]
async fn a_request_in_hand_is_answered_before_the_server_ends() {
    let peer = Peer::start().await;
    let home = Home::started(&peer.section()).await;
    let server = home.serve().await;
    let script = Caller::script(&home, &server, None).await;
    let session = script.session(&json!({ "ticket_id": TICKET })).await;
    peer.control().fault_on_note("delay", Duration::from_secs(1)).await;
    let path = format!("/api/v1/ai-sessions/{session}/resolution-note/post");
    let posting = tokio::spawn(async move { script.post(&path, &json!({ "state_version": 0 })).await });
    tokio::time::sleep(Duration::from_millis(400)).await;

    let (status, took) = server.terminate().await;

    assert_eq!(status.code(), Some(0));
    assert!(took < Duration::from_secs(8), "{took:?}");
    let posted = posting.await.unwrap().ok();
    assert_eq!(posted["posting"]["status"], "posted", "{posted}");
    assert_eq!(peer.markers().await.len(), 1);
}
