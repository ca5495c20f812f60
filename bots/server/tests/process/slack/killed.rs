//! `kill -9` while Slack delivers: what was acknowledged is worked, and every card is there once.

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, How, Message};
use tokio::time::sleep;

use super::{PROBLEM, Workspace};
use crate::http::Caller;

const THREADS: usize = 12;
const KILLS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_and_no_card_is_doubled() {
    let Workspace { slack, home, mut server, ada, help } = Workspace::open().await;
    let people = {
        let slack = slack.with(How::default().retried(600, Duration::from_millis(50)));
        let (ada, help) = (ada.clone(), help.clone());
        tokio::spawn(async move { start_threads(&slack, &ada, &help).await })
    };
    for turn in 0..KILLS {
        sleep(Duration::from_millis(150 + 130 * turn as u64)).await;
        assert!(server.kill().await, "it was still running:\n{}", home.log());
        server = home.serve().await;
        slack.connect(&server.url());
    }
    let roots = people.await.expect("all threads are begun");
    let script = Caller::script(&home, &server, None).await;
    script.drained(Duration::from_secs(180)).await;
    assert_eq!(script.queued().await.1, 0, "no dead letters:\n{}", home.log());
    for root in &roots {
        let cards = slack.answers(&help, root);
        let keys: Vec<_> = cards.iter().map(key).collect();
        let mut once = keys.clone();
        once.sort();
        once.dedup();
        assert_eq!(keys.len(), once.len(), "a card is there twice in {root}: {keys:?}");
        assert_eq!(keys.len(), 2, "the head and the first question of {root}: {}", slack.story());
    }
    assert_eq!(script.all("/api/v1/ai-sessions").await.len(), THREADS);
    slack.assert_all_valid();
}

async fn start_threads(slack: &FakeSlack, ada: &str, help: &str) -> Vec<String> {
    let mut roots = Vec::new();
    for _ in 0..THREADS {
        let said = slack.mention(ada, help, PROBLEM).await;
        roots.push(said.root().to_owned());
        sleep(Duration::from_millis(60)).await;
    }
    roots
}

fn key(card: &Message) -> String {
    card.metadata.as_ref().map(|m| m["event_payload"]["key"].to_string()).unwrap_or_default()
}
