//! Questions that belong to no session.

use super::{PROBLEM, Workspace, is_question};

/// The answer of the starter flows to [`PROBLEM`], as no model is connected.
const ANSWER: &str = "No AI model is connected";

#[tokio::test]
async fn a_mention_that_asks_is_answered_in_its_thread_with_sources() {
    let work = Workspace::open().await;
    work.first_question().await;
    let said = work.slack.mention(&work.ada, &work.help, &format!("ask {PROBLEM}")).await;
    said.assert_acked();
    let answer = work.slack.wait_for_text(&work.help, said.root(), ANSWER).await;
    let shown = format!("{}{}", answer.text, answer.shown());
    assert!(shown.contains("[1]") && shown.contains("Sources"), "{shown}");
    assert!(shown.contains("From your team's own library."), "{shown}");
    work.at_rest().await;
    assert_eq!(work.sessions().await.len(), 1, "no session begins");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn in_a_direct_message_the_thread_goes_on_without_ask_until_a_session_begins() {
    let work = Workspace::open().await;
    work.first_question().await;
    let direct = work.slack.direct(&work.ada);
    let said = work.slack.write(&work.ada, &direct, &format!("ask: {PROBLEM}")).await;
    said.assert_acked();
    let root = said.root();
    work.slack.wait_for_text(&direct, root, ANSWER).await;
    work.slack.reply(&work.ada, &direct, root, "quantum flux in the teapot").await.assert_acked();
    work.slack.wait_for_text(&direct, root, "The library has").await;
    work.slack.reply(&work.ada, &direct, root, &format!("start {PROBLEM}")).await.assert_acked();
    work.slack.wait_for_message("a question", &direct, root, is_question).await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn the_command_opens_a_thread_with_the_answer() {
    let work = Workspace::open().await;
    work.first_question().await;
    let words = format!("ask {PROBLEM}");
    work.slack.command(&work.ada, &work.help, "/flowpilot", &words).await.assert_acked();
    let opened = work
        .slack
        .wait_for("a thread", |slack| {
            let messages = slack.messages(&work.help, None);
            messages.into_iter().find(|m| m.thread.is_none() && m.shown().contains("asks: printer"))
        })
        .await;
    work.slack.wait_for_text(&work.help, &opened.ts, ANSWER).await;
    work.slack.assert_all_valid();
}
