//! Socket Mode: nothing reaches the program from outside, it opens the connection itself.

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, Options};

use super::{PROBLEM, an_answer, configuration, is_question};
use crate::home::Home;

#[tokio::test]
async fn a_session_is_worked_over_a_socket_that_may_break() {
    let slack = FakeSlack::start(Options { patience: Duration::from_secs(30), ..Options::default() }).await;
    let ada = slack.member("Ada Lovelace");
    let help = slack.channel("help", &[&ada]);
    let app_token = slack.options().app_token.clone();
    let by_socket = format!("{}app_token = \"{app_token}\"\n", configuration(&slack));
    let home = Home::started(&by_socket).await;
    let _server = home.serve().await;
    slack.wait_for_sockets(1).await;
    let said = slack.mention(&ada, &help, PROBLEM).await;
    said.assert_acked();
    let question = slack.wait_for_message("a question", &help, said.root(), is_question).await;

    slack.drop_sockets();
    slack.wait_for_sockets(1).await;
    slack.click(&ada, &question, &an_answer(&question)).await.assert_acked();
    let next = |m: &flowpilot_fake_slack::Message| m.ts > question.ts && !m.controls().is_empty();
    slack.wait_for_message("the next step", &help, said.root(), next).await;
    slack.assert_all_valid();
}
