//! From a mention to the next question, without leaving the thread.

use super::{Workspace, an_answer, is_question};

#[tokio::test]
async fn a_mention_begins_a_session_in_its_thread() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    assert_eq!(question.root(), root);
    let answers = work.slack.answers(&work.help, &root);
    assert_eq!(answers.len(), 2, "the head of the thread and one question:\n{}", work.slack.story());
    assert!(answers.iter().all(|message| !message.text.is_empty()), "each says everything as plain text");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_click_changes_the_card_in_place_and_says_who_chose_what() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    work.slack.click(&work.ada, &question, &an_answer(&question)).await.assert_acked();
    work.slack
        .wait_for_message("the next step", &work.help, &root, |m| {
            m.ts > question.ts && !m.controls().is_empty()
        })
        .await;
    work.at_rest().await;
    let decided = work.slack.message(&work.help, &question.ts).expect("it is still there");
    assert!(decided.controls().is_empty(), "its buttons are gone: {:?}", decided.buttons());
    assert!(decided.shown().contains("Ada Lovelace"), "{}", decided.shown());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_reply_needs_no_mention() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    work.slack.reply(&work.ada, &work.help, &root, "1").await.assert_acked();
    let next = work.slack.wait_for_message("the next step", &work.help, &root, |m| {
        m.ts > question.ts && !m.controls().is_empty()
    });
    next.await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_mention_that_names_a_ticket_is_read_as_one() {
    let work = Workspace::open().await;
    let said = work.patient().mention(&work.ada, &work.help, "start #12345 printer offline").await;
    work.slack.wait_for_ephemeral(&work.ada, "no ticket system is connected").await;
    assert!(work.slack.answers(&work.help, said.root()).is_empty());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_form_opens_at_once_and_its_values_reach_the_session() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    let head = work.slack.wait_for_button(&work.help, &root, "Add a fact").await;
    if head.menu().iter().any(|entry| entry == "Add a fact") {
        work.slack.choose_overflow(&work.ada, &head, "Add a fact").await.assert_acked();
    } else {
        work.slack.click(&work.ada, &head, "Add a fact").await.assert_acked();
    }
    work.slack.wait_for_form(&work.ada).await;
    work.slack.submit_view(&work.ada, &[("text", "The cable is loose.")]).await.assert_acked();
    assert!(work.slack.open_view(&work.ada).is_none(), "the form is closed");
    work.at_rest().await;
    let id = work.sessions().await[0]["id"].as_str().expect("an id").to_owned();
    let script = crate::http::Caller::script(&work.home, &work.server, None).await;
    let facts = script.get(&format!("/api/v1/ai-sessions/{id}/facts")).await.ok();
    assert!(facts.to_string().contains("The cable is loose."), "{facts}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn what_is_deleted_in_slack_is_no_evidence_any_more() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    let said = work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await;
    work.slack.wait_for_ephemeral(&work.ada, "Recorded: The cable is loose.").await;
    let message = work.slack.message(&work.help, said.ts()).expect("the message");
    work.slack.delete(&message).await;
    work.at_rest().await;
    let id = work.sessions().await[0]["id"].as_str().expect("an id").to_owned();
    let script = crate::http::Caller::script(&work.home, &work.server, None).await;
    let facts = script.get(&format!("/api/v1/ai-sessions/{id}/facts")).await.ok();
    assert!(!facts.to_string().contains("The cable is loose."), "{facts}");
}

#[tokio::test]
async fn the_second_of_two_who_click_is_told_in_private_who_decided() {
    let work = Workspace::open().await;
    let bob = work.slack.member("Bob Byte");
    work.slack.join(&bob, &work.help).await;
    let (root, question) = work.first_question().await;
    let answer = an_answer(&question);
    let (first, second) = tokio::join!(
        work.slack.click(&work.ada, &question, &answer),
        work.slack.click(&bob, &question, &answer)
    );
    first.assert_acked();
    second.assert_acked();
    work.at_rest().await;
    let told = [&work.ada, &bob].map(|who| work.slack.ephemerals_to(who).len());
    assert_eq!(told.iter().sum::<usize>(), 1, "{told:?}\n{}", work.slack.story());
    let questions = work.slack.answers(&work.help, &root).into_iter().filter(is_question).count();
    assert!(questions <= 1, "one step further, not two");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_card_can_be_used_after_a_restart() {
    let work = Workspace::open().await;
    let (root, question) = work.first_question().await;
    let Workspace { slack, home, server, ada, help } = work;
    server.terminate().await;
    let server = home.serve().await;
    slack.connect(&server.url());
    slack.click(&ada, &question, &an_answer(&question)).await.assert_acked();
    slack
        .wait_for_message("the next step", &help, &root, |m| m.ts > question.ts && !m.controls().is_empty())
        .await;
    let decided = slack.message(&help, &question.ts).expect("it is still there");
    assert!(decided.controls().is_empty());
    slack.assert_all_valid();
}
