//! What must be true when all is quiet again.

use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::engineer::Worked;
use crate::http::Caller;
use crate::peer::{Peer, marker};

/// Checks every thread, and the ticket system against all of them. Answers with how many notes there are.
pub(super) async fn everything(browser: &Caller, peer: &Peer, worked: &[Worked]) -> usize {
    assert_eq!(browser.queued().await, (0, 0), "nothing waits and nothing is dead");
    let sessions = browser.all("/api/v1/ai-sessions").await;
    let by_thread: HashMap<&str, &Value> =
        sessions.iter().map(|s| (s["thread"].as_str().unwrap(), s)).collect();
    assert_eq!(by_thread.len(), worked.len(), "one session a thread");
    let mut expected = HashSet::new();
    for thread in worked {
        let session = by_thread[thread.thread.as_str()];
        facts_are_there_once(browser, thread, session).await;
        nothing_is_shown_twice(browser, thread).await;
        expected.extend(note_was_posted(browser, thread, session).await);
    }
    let markers = peer.markers().await;
    let distinct: HashSet<String> = markers.iter().cloned().collect();
    assert_eq!(markers.len(), distinct.len(), "a note is in a ticket twice: {markers:?}");
    assert_eq!(distinct, expected, "the tickets hold what the sessions say that they posted");
    markers.len()
}

async fn facts_are_there_once(browser: &Caller, thread: &Worked, session: &Value) {
    let path = format!("/api/v1/ai-sessions/{}/facts", session["id"].as_str().unwrap());
    let listed = browser.get(&path).await.ok();
    let (said, derived): (Vec<&Value>, Vec<&Value>) =
        listed["items"].as_array().unwrap().iter().partition(|fact| fact["source"] == "said");
    let said: Vec<&str> = said.iter().map(|fact| fact["text"].as_str().unwrap()).collect();
    let sure: Vec<&str> =
        said.iter().copied().filter(|text| !thread.unsure.iter().any(|u| u == text)).collect();
    assert_eq!(sure, thread.facts, "acknowledged facts are there once, in order: {thread:?}");
    assert_eq!(said.len(), said.iter().collect::<HashSet<_>>().len(), "a fact is there twice: {said:?}");
    let steps: HashSet<&str> = derived.iter().map(|fact| fact["source_id"].as_str().unwrap()).collect();
    assert_eq!(derived.len(), steps.len(), "a step was answered twice: {derived:?}");
}

async fn nothing_is_shown_twice(browser: &Caller, thread: &Worked) {
    let shown = browser.get(&format!("/console/threads/{}/messages?limit=200", thread.thread)).await.ok();
    let shown = shown["items"].as_array().unwrap();
    let cards: Vec<&Value> = shown.iter().map(|m| &m["card"]).filter(|card| card.is_object()).collect();
    let ids: HashSet<&str> = cards.iter().map(|card| card["id"].as_str().unwrap()).collect();
    let contents: HashSet<String> =
        cards.iter().map(|c| format!("{} {} {}", c["kind"], c["title"], c["body_html"])).collect();
    assert_eq!((ids.len(), contents.len()), (cards.len(), cards.len()), "a card is there twice: {cards:#?}");
    for pressed in &thread.pressed {
        let card = cards.iter().find(|card| card["id"] == pressed.as_str()).expect("the card that was used");
        assert_eq!(card["state"]["kind"], "decided", "{card:#?}");
    }
    for fact in &thread.facts {
        let words = format!("<p>fact: {fact}</p>");
        assert_eq!(shown.iter().filter(|m| m["html"] == words).count(), 1, "{fact}");
    }
}

/// The marker of the session's note in the ticket, where there must be one.
async fn note_was_posted(browser: &Caller, thread: &Worked, session: &Value) -> Option<String> {
    let path = format!("/api/v1/ai-sessions/{}/postings", session["id"].as_str().unwrap());
    let postings = browser.get(&path).await.ok();
    let postings = postings["items"].as_array().unwrap();
    let expected = usize::from(thread.posted && thread.has_ticket);
    assert_eq!(postings.len(), expected, "{thread:?} {postings:#?}");
    assert_eq!(session["status"], if thread.posted { "resolved" } else { "active" }, "{thread:?}");
    let posting = postings.first()?;
    assert_eq!(posting["status"], "posted", "{posting:#}");
    Some(marker(posting["text"].as_str().unwrap()).expect("a marker"))
}
