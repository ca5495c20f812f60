//! Somebody who works in threads of the console, whatever becomes of the server.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Progress, TICKETS};
use crate::http::Caller;
use crate::peer::Control;
use crate::seed::event_id;

/// What an engineer did in one thread, and what was acknowledged.
#[derive(Debug, Default)]
pub(super) struct Worked {
    pub(super) thread: String,
    pub(super) has_ticket: bool,
    /// Facts whose events were acknowledged, in their order.
    pub(super) facts: Vec<String>,
    /// Facts that were given up without an answer: they may be there, once.
    pub(super) unsure: Vec<String>,
    /// Cards on which a button was used.
    pub(super) pressed: Vec<String>,
    /// Whether the note was asked for and posted.
    pub(super) posted: bool,
}

pub(super) struct Engineer {
    number: usize,
    browser: Caller,
    peer: Control,
    urls: Vec<String>,
    progress: Arc<Progress>,
    rng: Rng,
    /// Redeliveries on their way.
    late: JoinSet<()>,
}

impl Engineer {
    pub(super) fn new(
        number: usize,
        browser: Caller,
        peer: Control,
        urls: Vec<String>,
        progress: Arc<Progress>,
        rng: Rng,
    ) -> Self {
        Self { number, browser, peer, urls, progress, rng, late: JoinSet::new() }
    }

    /// Works one thread after the other until it is enough.
    pub(super) async fn work(mut self) -> Vec<Worked> {
        let mut worked = Vec::new();
        while !self.progress.enough.load(Ordering::Relaxed) {
            let thread = self.one_thread(worked.len()).await;
            worked.push(thread);
        }
        while let Some(late) = self.late.join_next().await {
            late.unwrap();
        }
        worked
    }

    async fn one_thread(&mut self, count: usize) -> Worked {
        let thread = event_id(&mut self.rng);
        let mut worked =
            Worked { thread: thread.clone(), has_ticket: self.rng.u8(..3) == 0, ..Worked::default() };
        let ticket = worked.has_ticket.then(|| self.rng.usize(1..=TICKETS).to_string());
        let start = json!({ "id": thread, "ticket_id": ticket, "text": "the user cannot sign in" });
        self.deliver("/console/threads", start, false).await;
        for step in 0..self.rng.usize(3..9) {
            let fact = format!("Engineer {} saw {step} in thread {count}.", self.number);
            if self.say(&thread, &format!("fact: {fact}"), true).await {
                worked.facts.push(fact);
            } else {
                worked.unsure.push(fact);
            }
            if self.rng.u8(..3) == 0 {
                self.press_twice(&mut worked).await;
            }
            sleep(Duration::from_millis(self.rng.u64(..200))).await;
        }
        if self.rng.u8(..4) > 0 {
            self.post_note(&mut worked).await;
        }
        worked
    }

    async fn post_note(&mut self, worked: &mut Worked) {
        if worked.has_ticket && self.rng.bool() {
            let fault = ["drop_after_success", "drop_before", "late_success"][self.rng.usize(..3)];
            self.peer.fault_on_note(fault, Duration::from_millis(300)).await;
        }
        self.say(&worked.thread, "/resolve", false).await;
        self.say(&worked.thread, "/post", false).await;
        // Some are impatient.
        if self.rng.u8(..3) == 0 {
            self.say(&worked.thread, "/post", false).await;
        }
        worked.posted = true;
        self.progress.posted.fetch_add(usize::from(worked.has_ticket), Ordering::Relaxed);
    }

    async fn say(&mut self, thread: &str, text: &str, may_give_up: bool) -> bool {
        let body = json!({ "id": event_id(&mut self.rng), "text": text });
        self.deliver(&format!("/console/threads/{thread}/messages"), body, may_give_up).await
    }

    /// Uses a button of an open step, as a double click does: two events at once.
    async fn press_twice(&mut self, worked: &mut Worked) {
        let path = format!("/console/threads/{}/messages", worked.thread);
        let Ok(shown) = self.anywhere().try_get(&path).await else { return };
        let cards: Vec<&Value> =
            shown.body["items"].as_array().into_iter().flatten().map(|m| &m["card"]).collect();
        let Some(card) = cards.into_iter().rfind(|card| answers(card).next().is_some()) else { return };
        let actions: Vec<&str> = answers(card).collect();
        let action = actions[self.rng.usize(..actions.len())];
        let path = format!("/console/threads/{}/interactions", worked.thread);
        let click = |id| json!({ "id": id, "card_id": card["id"], "action": action });
        let (one, other) = (event_id(&mut self.rng), event_id(&mut self.rng));
        self.again_later(&path, click(one), 0);
        self.deliver(&path, click(other), false).await;
        worked.pressed.push(card["id"].as_str().unwrap().to_owned());
    }

    /// Delivers an event until it is acknowledged, and some even after that. False: it was given up.
    async fn deliver(&mut self, path: &str, body: Value, may_give_up: bool) -> bool {
        loop {
            match self.anywhere().try_post(path, &body).await {
                Ok(answer) if answer.is_success() => break,
                Ok(answer) => assert!(answer.status >= 500, "{path} {body}: {answer:?}"),
                Err(_) if may_give_up && self.rng.u8(..8) == 0 => return false,
                Err(_) => {}
            }
            sleep(Duration::from_millis(self.rng.u64(20..120))).await;
        }
        self.progress.acknowledged.fetch_add(1, Ordering::Relaxed);
        if self.rng.u8(..4) == 0 {
            let late = self.rng.u64(..2_000);
            self.again_later(path, body, late);
        }
        true
    }

    fn again_later(&mut self, path: &str, body: Value, milliseconds: u64) {
        let (browser, path) = (self.anywhere(), path.to_owned());
        self.late.spawn(async move {
            sleep(Duration::from_millis(milliseconds)).await;
            // Whether it arrives is all the same.
            drop(browser.try_post(&path, &body).await);
        });
    }

    fn anywhere(&mut self) -> Caller {
        self.browser.at(&self.urls[self.rng.usize(..self.urls.len())])
    }
}

/// The buttons of an open step that lead on without asking for anything.
fn answers(card: &Value) -> impl Iterator<Item = &str> {
    let is_step = matches!(card["kind"].as_str(), Some("question" | "check" | "instruction"));
    let actions = card["actions"].as_array().into_iter().flatten().filter(move |_| is_step);
    actions.filter_map(|a| a["id"].as_str()).filter(|id| id.starts_with("answer:") || *id == "done")
}
