//! A note as a member changed it before it was posted.

use flowpilot::Error;
use flowpilot::note::{NoteKind, preview};
use flowpilot::store::SessionId;
use flowpilot::surface::CardKind;

use crate::support::world::fix;
use crate::support::{World, on_both_databases};

/// A session with a fact and a fix that worked, whose note is on screen.
async fn with_note(world: &World) -> SessionId {
    let id = world.begin("The label printer is offline").await;
    world.say(id, "/fact The cable is loose").await;
    let mut tx = world.change(id).await;
    tx.suggest_fix(fix("Plug the cable in")).await.unwrap();
    tx.commit(None).await.unwrap();
    for words in ["/apply", "/worked", "/resolve"] {
        world.say(id, words).await;
    }
    id
}

async fn edit(world: &World, id: SessionId, fields: &[(&str, &str)]) -> flowpilot::Result<()> {
    let (card, _) = world.open_card(id, CardKind::Note).await;
    world.press_card(id, card, "edit", fields).await.map(drop)
}

async fn text(world: &World, id: SessionId) -> String {
    preview(&world.engine, &world.engineer, NoteKind::Resolution, id).await.unwrap().markdown.to_string()
}

on_both_databases! {
    async fn an_edited_section_is_in_the_preview_and_in_what_is_posted(world: &World) {
        let id = with_note(world).await;
        let before = (world.version(id).await, text(world, id).await);
        edit(world, id, &[("problem", "The printer in the shop was offline.")]).await.unwrap();
        let after = text(world, id).await;
        assert_eq!(world.version(id).await, before.0 + 1);
        assert!(after.contains("**Problem**\nThe printer in the shop was offline."), "{after}");
        assert_eq!(after.split_once("\n\n").unwrap().1, before.1.split_once("\n\n").unwrap().1);
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert!(card.body.contains("The printer in the shop was offline."), "{}", card.body);
        assert!(card.fields.iter().any(|f| f.label == "Edited by"), "{:?}", card.fields);
    }

    async fn what_nothing_supports_is_named_before_posting_and_can_be_posted_all_the_same(world: &World) {
        let id = with_note(world).await;
        let words = "The cable was loose. The switch was replaced.";
        edit(world, id, &[("what_we_confirmed", words)]).await.unwrap();
        let (key, card) = world.open_card(id, CardKind::Note).await;
        let named = card.fields.iter().find(|f| f.label == "Not supported by what was confirmed").unwrap();
        assert_eq!(named.value, "“The switch was replaced.”");
        world.press_card(id, key, "post", &[]).await.unwrap();
        assert!(text(world, id).await.contains("The switch was replaced."));
    }

    async fn what_was_confirmed_may_be_said_in_other_words(world: &World) {
        let id = with_note(world).await;
        edit(world, id, &[("problem", "The printer for labels was offline.")]).await.unwrap();
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert!(card.fields.iter().all(|f| !f.label.starts_with("Not supported")), "{:?}", card.fields);
    }

    async fn a_section_that_something_new_belongs_to_is_written_anew_and_the_others_keep_the_edit(world: &World) {
        let id = with_note(world).await;
        let edits = [("root_cause", "Somebody tripped over it."), ("what_we_confirmed", "- Nothing much.")];
        edit(world, id, &edits).await.unwrap();
        world.say(id, "/fact The socket is fine").await;
        let text = text(world, id).await;
        assert!(text.contains("Somebody tripped over it.") && text.contains("The socket is fine"), "{text}");
        assert!(!text.contains("Nothing much"), "{text}");
        let (_, card) = world.open_card(id, CardKind::Note).await;
        let anew = card.fields.iter().find(|f| f.label == "Written anew since").unwrap();
        assert!(anew.value.contains("What we confirmed") && !anew.value.contains("Root cause"), "{anew:?}");
    }

    async fn a_section_that_breaks_a_rule_is_named_and_nothing_is_changed(world: &World) {
        let id = with_note(world).await;
        let before = (world.version(id).await, text(world, id).await);
        let long = "x".repeat(3_001);
        let refused = edit(world, id, &[("problem", "Fine."), ("root_cause", " "), ("resolution", &long)]).await;
        let Err(Error::Invalid(rules)) = refused else { panic!("{refused:?}") };
        let named: Vec<&str> = rules.iter().map(|rule| rule.field.as_str()).collect();
        assert_eq!(named, ["root_cause", "resolution"]);
        assert_eq!((world.version(id).await, text(world, id).await), before);
    }

    async fn an_edit_that_changes_nothing_is_none(world: &World) {
        let id = with_note(world).await;
        let before = world.version(id).await;
        edit(world, id, &[("problem", "The label printer is offline.")]).await.unwrap();
        assert_eq!(world.version(id).await, before);
    }

    async fn an_edit_outlives_a_preview_that_was_closed(world: &World) {
        let id = with_note(world).await;
        edit(world, id, &[("problem", "The printer in the shop was offline.")]).await.unwrap();
        world.say(id, "/cancel").await;
        world.say(id, "/resolve").await;
        assert!(text(world, id).await.contains("in the shop"));
    }

    async fn a_secret_that_was_typed_into_a_note_is_masked(world: &World) {
        let id = with_note(world).await;
        edit(world, id, &[("resolution", "Set password=Sup3rS3cret! again.")]).await.unwrap();
        assert!(!text(world, id).await.contains("Sup3rS3cret"));
    }
}
