//! Slack in trouble: limits, lost answers, messages that are gone, a Slack that is down.

use flowpilot_fake_slack::{FakeSlack, Fault, How, Options};
use std::time::Duration;

use super::{PROBLEM, Workspace, an_answer, configuration, is_question};
use crate::home::Home;

#[tokio::test]
async fn a_limit_is_waited_for_and_nothing_is_lost() {
    let work = Workspace::open().await;
    work.first_question().await;
    work.slack.fail("chat.postMessage", Fault::RateLimited(1));
    let said = work.slack.mention(&work.ada, &work.help, PROBLEM).await;
    work.slack.wait_for_message("a question", &work.help, said.root(), is_question).await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_card_whose_answer_was_lost_is_there_once() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    work.slack.fail_times("chat.postMessage", Fault::DropAfter, 2);
    let said = work.slack.mention(&work.ada, &work.help, PROBLEM).await;
    work.slack.wait_for_message("a question", &work.help, said.root(), is_question).await;
    work.at_rest().await;
    let count = |root: &str| work.slack.answers(&work.help, root).len();
    assert_eq!(count(said.root()), count(&root), "{}", work.slack.story());
}

#[tokio::test]
async fn a_card_whose_message_was_deleted_is_shown_again_and_goes_on_there() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    work.slack.fail("chat.update", Fault::Error("message_not_found"));
    work.slack.click(&work.ada, &question, &an_answer(&question)).await.assert_acked();
    work.at_rest().await;
    let shown = work.slack.answers(&work.help, &root);
    assert!(shown.len() >= 4, "one of the cards is there anew: {}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_card_that_slack_finds_malformed_is_shown_as_text() {
    let work = Workspace::open().await;
    work.first_question().await;
    work.slack.fail("chat.postMessage", Fault::Error("invalid_blocks"));
    let said = work.slack.mention(&work.ada, &work.help, PROBLEM).await;
    work.slack.wait_for_text(&work.help, said.root(), PROBLEM).await;
    work.slack.wait_for_message("a question", &work.help, said.root(), is_question).await;
}

#[tokio::test]
async fn a_slack_that_is_down_at_the_start_does_not_keep_the_server_from_starting() {
    let slack = FakeSlack::start(Options { patience: Duration::from_secs(30), ..Options::default() }).await;
    let ada = slack.member("Ada Lovelace");
    let help = slack.channel("help", &[&ada]);
    slack.fail_times("auth.test", Fault::Status(503), 2);
    let home = Home::started(&configuration(&slack)).await;
    let server = home.serve().await;
    slack.connect(&server.url());
    let patient = slack.with(How::default().retried(200, Duration::from_millis(100)));
    let said = patient.mention(&ada, &help, PROBLEM).await;
    slack.wait_for_message("a question", &help, said.root(), is_question).await;
}
