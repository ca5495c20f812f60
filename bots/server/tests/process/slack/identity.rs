//! Who somebody is: Slack is asked once, before they join.

use super::Workspace;

#[tokio::test]
async fn a_member_joins_with_name_and_confirmed_address() {
    let work = Workspace::open().await;
    work.first_question().await;
    let script = crate::http::Caller::script(&work.home, &work.server, None).await;
    let members = script.all("/api/v1/members").await;
    let ada = members.iter().find(|m| m["name"] == "Ada Lovelace").unwrap_or_else(|| panic!("{members:?}"));
    assert_eq!((&ada["email"], &ada["role"]), (&"ada.lovelace@acme.example".into(), &"engineer".into()));
    assert_eq!(work.slack.calls("users.info").len(), 1);
}

#[tokio::test]
async fn a_guest_can_read_and_is_told_who_can_help() {
    let work = Workspace::open().await;
    let gus = work.slack.guest("Gus Guest");
    work.slack.join(&gus, &work.help).await;
    let (root, question) = work.first_question().await;
    work.slack.click(&gus, &question, &super::an_answer(&question)).await.assert_acked();
    work.slack.wait_for_ephemeral(&gus, "can read sessions but not work on them").await;
    work.slack.reply(&gus, &work.help, &root, "1").await.assert_acked();
    work.at_rest().await;
    let unchanged = work.slack.message(&work.help, &question.ts).expect("the question");
    assert!(!unchanged.controls().is_empty(), "it still waits for an answer");
}

#[tokio::test]
async fn nothing_of_a_ticket_is_said_where_another_organisation_reads() {
    let work = Workspace::open().await;
    work.first_question().await;
    let shared = work.slack.shared_channel("with-vendor", &[&work.ada]);
    let said = work.slack.mention(&work.ada, &shared, super::PROBLEM).await;
    said.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "shared with another organisation").await;
    work.at_rest().await;
    assert!(work.slack.answers(&shared, said.root()).is_empty());
    assert_eq!(work.slack.ephemerals_to(&work.ada).len(), 1, "the twin is not told again");
}
