//! Questions that belong to no session.

use flowpilot_fake_model::{FakeModel, Reply};
use flowpilot_fake_slack::Options;

use super::{PROBLEM, Workspace, configuration, is_question};
use crate::home::Home;
use crate::http::Caller;

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

#[tokio::test]
async fn what_somebody_thinks_of_an_answer_is_kept_as_they_said_it_last() {
    let model = FakeModel::start().await;
    model.always(Reply::text("Begin with the spooler [1]."));
    let slack = Workspace::slack(Options::default()).await;
    let models = format!("[ai.openai]\nbase_url = \"{}\"\nmodel = \"small\"\n", model.url());
    let home = Home::started(&format!("{}{models}", configuration(&slack))).await;
    let work = Workspace::of(slack, home).await;
    work.first_question().await;
    let said = work.slack.mention(&work.ada, &work.help, &format!("ask {PROBLEM}")).await;
    said.assert_acked();
    let is_judged = |m: &flowpilot_fake_slack::Message| {
        m.controls().iter().any(|control| control.element["type"] == "feedback_buttons")
    };
    let answer = work.slack.wait_for_message("thumbs", &work.help, said.root(), is_judged).await;
    for helped in [true, true, false] {
        work.slack.judge(&work.ada, &answer, helped).await.assert_acked();
    }
    work.at_rest().await;
    let script = Caller::script(&work.home, &work.server, None).await;
    let opinions = script.all("/api/v1/ai/feedback").await;
    let [opinion] = opinions.as_slice() else { panic!("{opinions:?}") };
    assert_eq!((&opinion["thumb"], &opinion["member"]), (&"down".into(), &"Ada Lovelace".into()));
    assert_eq!(opinion["text"], "Begin with the spooler [1].");
    work.slack.assert_all_valid();
}
