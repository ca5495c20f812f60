//! Words that a member writes in the console for a session whose thread is in Slack.

use flowpilot_fake_slack::{Fault, Message};
use serde_json::json;

use super::Workspace;
use crate::http::{Caller, send};

/// The first question of a session, and the session.
async fn begun(work: &Workspace) -> (String, String) {
    let (root, _) = work.first_question().await;
    work.at_rest().await;
    let id = work.sessions().await[0]["id"].as_str().expect("an id").to_owned();
    (root, id)
}

/// The first admin writes this in the console, `times` times with one key.
async fn write(work: &Workspace, id: &str, text: &str, times: usize) {
    let script = Caller::script(&work.home, &work.server, None).await;
    for _ in 0..times {
        let request = script.request(reqwest::Method::POST, &format!("/api/v1/ai-sessions/{id}/messages"));
        let request = request.header("idempotency-key", text).json(&json!({ "text": text }));
        send(request).await.expect("an answer").ok();
    }
}

/// What of the thread was written in the console.
fn relayed(work: &Workspace, root: &str) -> Vec<Message> {
    let all = work.slack.answers(&work.help, root);
    all.into_iter().filter(|message| message.shown().contains("(from the console)")).collect()
}

#[tokio::test]
async fn words_from_the_console_are_read_in_the_thread_once_and_heard_by_nobody_again() {
    let work = Workspace::open().await;
    let (root, id) = begun(&work).await;
    write(&work, &id, "fact: The cable is loose.", 3).await;
    work.slack.wait_for_text(&work.help, &root, "The cable is loose.").await;
    work.at_rest().await;
    let shown = relayed(&work, &root);
    let [words] = &shown[..] else { panic!("{shown:?}\n{}", work.slack.story()) };
    assert!(words.shown().contains("fact: The cable is loose."), "{}", words.shown());
    let metadata = words.metadata.as_ref().expect("the message is marked as ours");
    assert!(metadata["event_payload"]["key"].as_str().is_some_and(|key| key.starts_with("relay:")));
    let script = Caller::script(&work.home, &work.server, None).await;
    let facts = script.get(&format!("/api/v1/ai-sessions/{id}/facts")).await.ok();
    assert_eq!(facts.to_string().matches("The cable is loose.").count(), 1, "{facts}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn words_whose_answer_is_lost_are_not_shown_twice() {
    let work = Workspace::open().await;
    let (root, id) = begun(&work).await;
    work.slack.fail_times("chat.postMessage", Fault::DropAfter, 1);
    write(&work, &id, "fact: The cable is loose.", 1).await;
    work.slack.wait_for_text(&work.help, &root, "The cable is loose.").await;
    work.at_rest().await;
    assert_eq!(relayed(&work, &root).len(), 1, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn words_from_the_console_call_nobody() {
    let work = Workspace::open().await;
    let (root, id) = begun(&work).await;
    write(&work, &id, "fact: <!channel> ask <@U1>, see <https://evil.example|your bank>", 1).await;
    let words = work.slack.wait_for_text(&work.help, &root, "(from the console)").await;
    assert!(!words.text.contains("<!channel>") && !words.text.contains("<@U1>"), "{}", words.text);
    let sent = words.json().to_string();
    for gone in ["\"type\":\"broadcast\"", "\"type\":\"user\"", "\"type\":\"link\""] {
        assert!(!sent.contains(gone), "{gone:?} is there: {sent}");
    }
    work.slack.assert_all_valid();
}
