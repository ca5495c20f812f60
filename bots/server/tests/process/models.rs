//! The program with a model: from settings to the answer, and what it does without one.

use std::time::Duration;

use flowpilot_fake_model::{FakeModel, Reply};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::home::{Home, Server};
use crate::http::Caller;

/// Words that no flow is about.
const PROBLEM: &str = "The aquarium bubbles twice";

/// A demo whose environment names this model server.
async fn demo(home: &Home, url: &str) -> Server {
    let mut command = home.command(&["demo", "--listen", "127.0.0.1:0"]);
    command.env("FLOWPILOT_AI__OPENAI__BASE_URL", url).env("FLOWPILOT_AI__OPENAI__MODEL", "small");
    home.start(command).await
}

/// Waits until a card of a session says this.
async fn shows(caller: &Caller, session: &str, text: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let cards = caller.get(&format!("/api/v1/ai-sessions/{session}/cards")).await.ok();
        if cards.to_string().contains(text) {
            return;
        }
        assert!(Instant::now() < until, "no card says {text:?}: {cards}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_demo_with_a_model_converses_through_it() {
    let model = FakeModel::start().await;
    model.next(Reply::pieces(&["Which pump ", "is it?"]));
    let home = Home::new("");
    let server = demo(&home, &model.url()).await;
    let browser = Caller::browser(&server).await;
    let session = browser.session(&json!({ "problem": PROBLEM })).await;
    shows(&browser, &session, "Which pump is it?").await;
    model.next(Reply::text(
        "Clean it. [SUGGEST_FIX:CODE]{\"title\": \"Clean the pump\", \"confidence\": 70}[/SUGGEST_FIX:CODE]",
    ));
    let path = format!("/api/v1/ai-sessions/{session}/messages");
    browser.post(&path, &json!({ "text": "The old one" })).await.ok();
    shows(&browser, &session, "Clean the pump").await;
    let cards = browser.get(&format!("/api/v1/ai-sessions/{session}/cards")).await.ok();
    assert!(!cards.to_string().contains("SUGGEST_FIX"), "{cards}");
    assert_eq!(home.log(), "", "the terminal shows nothing else");
}

#[tokio::test]
async fn a_demo_with_a_dead_model_works_guided_and_says_so() {
    let home = Home::new("");
    let server = demo(&home, "http://127.0.0.1:9/v1").await;
    let browser = Caller::browser(&server).await;
    let session = browser.session(&json!({ "problem": PROBLEM })).await;
    shows(&browser, &session, "The AI model gives no answer just now").await;
}

#[tokio::test]
async fn ai_is_switched_off_in_a_running_server() {
    let model = FakeModel::start().await;
    let home = Home::started(&format!(
        "[ai.openai]\nbase_url = \"{}\"\nmodel = \"small\"\napi_key = \"sk-test-0123456789abcdefghij\"\n",
        model.url()
    ))
    .await;
    let server = home.serve().await;
    let off = home.run(&["ai", "off"]).await;
    assert_eq!(off.code, 0, "{}", off.err);
    let script = Caller::script(&home, &server, None).await;
    let session = script.session(&json!({ "problem": PROBLEM })).await;
    shows(&script, &session, "AI is switched off").await;
    assert!(model.asked().is_empty());
    assert_eq!(home.run(&["ai", "on"]).await.code, 0);
    let path = format!("/api/v1/ai-sessions/{session}/messages");
    script.post(&path, &json!({ "text": "And now?" })).await.ok();
    shows(&script, &session, "Fine.").await;
    let status = home.run(&["ai", "status"]).await;
    assert!(status.out.contains("switched on") && status.out.contains("1 calls"), "{}", status.out);
    assert!(!home.log().contains("sk-test-"), "a key is in no log");
}

#[tokio::test]
async fn a_setting_that_cannot_work_is_named_at_the_start() {
    let home = Home::new("[ai.openai]\nbase_url = \"http://127.0.0.1:9/v1\"\n");
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("ai.openai: model is not set"), "{}", refused.err);
}
