//! Forms: what is asked before a button does its work, checked field by field.

use flowpilot_fake_slack::Message;

use super::Workspace;

/// Uses a button of the newest card that has it, in its menu or not.
pub(super) async fn use_button(work: &Workspace, root: &str, button: &str) -> Message {
    let card = work.slack.wait_for_button(&work.help, root, button).await;
    let answer = if card.menu().iter().any(|entry| entry == button) {
        work.slack.choose_overflow(&work.ada, &card, button).await
    } else {
        work.slack.click(&work.ada, &card, button).await
    };
    answer.assert_acked();
    card
}

#[tokio::test]
async fn a_form_that_breaks_a_rule_says_so_at_the_field_and_stays_open() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    use_button(&work, &root, "Add a fact").await;
    work.slack.wait_for_form(&work.ada).await;
    let answer = work.slack.submit_view(&work.ada, &[("text", "   ")]).await;
    assert!(answer.body.contains("\"errors\":{\"text\":"), "{answer:?}");
    assert!(work.slack.open_view(&work.ada).is_some(), "what was typed is not lost");
    work.slack.submit_view(&work.ada, &[("text", "The cable is loose.")]).await.assert_acked();
    assert!(work.slack.open_view(&work.ada).is_none());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_note_is_edited_section_by_section_before_it_is_posted() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await.assert_acked();
    work.slack.reply(&work.ada, &work.help, &root, "resolve").await.assert_acked();
    use_button(&work, &root, "Edit").await;
    let form = work.slack.wait_for_form(&work.ada).await;
    assert_eq!(form.inputs().len(), 4, "one a section");
    let edited = [("root_cause", "Somebody tripped over the cable.")];
    work.slack.submit_view(&work.ada, &edited).await.assert_acked();
    let shows = |m: &Message| m.shown().contains("Somebody tripped over the cable.");
    let note = work.slack.wait_for_message("the edited note", &work.help, &root, shows).await;
    assert!(note.shown().contains("The cable is loose."), "{}", note.shown());
    assert!(note.shown().contains("Ada Lovelace"), "it says who edited: {}", note.shown());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn who_joins_late_catches_up_in_private() {
    let work = Workspace::open().await;
    let (root, _) = work.first_question().await;
    work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await.assert_acked();
    let bob = work.slack.member("Bob Byte");
    work.slack.join(&bob, &work.help).await;
    work.slack.reply(&bob, &work.help, &root, "catch up").await.assert_acked();
    let told = work.slack.wait_for_ephemeral(&bob, "The cable is loose.").await;
    assert!(told.shown().contains("worked by Ada Lovelace"), "{}", told.shown());
    work.slack.assert_all_valid();
}
