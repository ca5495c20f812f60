//! Deliveries as they come: doubled, twinned, forged, stale, too large, not to be read.

use std::time::Duration;

use flowpilot_fake_slack::{How, Signature};
use serde_json::json;

use super::Workspace;
use crate::http::{client, send};

#[tokio::test]
async fn twins_and_redeliveries_under_any_id_begin_one_session() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    let often = work.slack.with(How::default().redelivered(3).under_new_ids(11));
    let said = often.mention(&work.ada, &work.help, super::PROBLEM).await;
    said.assert_acked();
    work.at_rest().await;
    assert_eq!(work.sessions().await.len(), 2);
    let count = |root: &str| work.slack.answers(&work.help, root).len();
    assert_eq!(count(said.root()), count(&root), "as many cards as in the thread that was delivered once");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn what_slack_did_not_sign_just_now_is_refused() {
    let work = Workspace::open().await;
    work.first_question().await;
    let wrong =
        [Signature::Forged, Signature::Stale, Signature::Early, Signature::Missing, Signature::OtherBody];
    for signature in wrong {
        let said =
            work.slack.with(How::signed(signature)).mention(&work.ada, &work.help, super::PROBLEM).await;
        assert!(said.answers.iter().all(|a| a.status == Some(401)), "{signature:?}: {:?}", said.answers);
        assert!(said.answers.iter().all(|a| a.headers["content-type"] == "application/problem+json"));
    }
    work.at_rest().await;
    assert_eq!(work.sessions().await.len(), 1);
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused_before_anything_is_read() {
    let work = Workspace::open().await;
    let url = format!("{}/slack/events", work.server.url());
    let answer = send(client().post(url).body("x".repeat(2 * 1024 * 1024))).await.unwrap();
    assert_eq!(answer.status, 413);
}

#[tokio::test]
async fn the_address_is_confirmed_to_slack() {
    let work = Workspace::open().await;
    let answer = work.slack.verify_url("a challenge").await;
    answer.assert_acked();
    assert!(answer.body.contains("a challenge"), "{answer:?}");
}

#[tokio::test]
async fn words_are_heard_whatever_else_is_in_the_event() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    let odd = json!({ "event_type": "other_app", "event_payload": { "deep": { "n": [1, 2] } } });
    let slack = work.slack.with(How::default().with_metadata(odd));
    slack.reply(&work.ada, &work.help, &root, "1").await.assert_acked();
    work.slack
        .wait_for_message("the next step", &work.help, &root, |m| {
            m.ts > question.ts && !m.controls().is_empty()
        })
        .await;
}

#[tokio::test]
async fn neither_bots_nor_words_between_people_begin_anything() {
    let work = Workspace::open().await;
    work.first_question().await;
    let bot = work.slack.bot("Other bot");
    work.slack.write(&work.ada, &work.help, super::PROBLEM).await.assert_acked();
    work.slack.mention(&bot, &work.help, super::PROBLEM).await.assert_acked();
    work.at_rest().await;
    assert_eq!(work.sessions().await.len(), 1);
}

#[tokio::test]
async fn acknowledgements_do_not_wait_for_slack() {
    let work = Workspace::open().await;
    work.first_question().await;
    let slow = flowpilot_fake_slack::Fault::Slow(Duration::from_secs(2));
    work.slack.fail_times("*", slow, 20);
    let said = work.slack.mention(&work.ada, &work.help, super::PROBLEM).await;
    said.assert_acked();
    let longest = said.answers.iter().map(|answer| answer.took).max().expect("an answer");
    assert!(longest < Duration::from_secs(1), "{longest:?}");
    work.slack.clear_faults();
}
