//! Messages that their authors change or delete on the platform: what rests on them follows.

use flowpilot::session::messages;
use flowpilot::store::{PageRequest, SessionId};
use flowpilot::surface::{CardKind, CardState, ThreadRef, What};

use crate::support::platform::{Chat, deliver, person, thread};
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

fn said(message: &str, text: &str) -> What {
    What::Said { text: text.to_owned(), addressed: false, message: Some(message.to_owned()) }
}

fn edited(message: &str, text: &str) -> What {
    What::Edited { message: message.to_owned(), text: text.to_owned() }
}

fn deleted(message: &str) -> What {
    What::Deleted { message: message.to_owned() }
}

/// Nora does this in her thread, and it is worked.
async fn nora(world: &World, key: &str, what: What) {
    deliver(world, key, &thread("t1"), &person("Nora"), what).await;
    world.at_rest().await;
}

async fn session(world: &World, thread: &ThreadRef) -> Option<SessionId> {
    flowpilot::session::by_thread(&world.engine.db, world.team, thread).await.unwrap().map(|s| s.id)
}

/// A thread in which Nora has begun.
async fn begun(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    let what =
        What::Said { text: "No sound in calls".to_owned(), addressed: true, message: Some("m0".to_owned()) };
    nora(world, "m0", what).await;
    (chat, session(world, &thread("t1")).await.unwrap())
}

/// What people said in a session.
async fn transcript(world: &World, id: SessionId) -> Vec<String> {
    let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
    page.items
        .into_iter()
        .filter(|m| m.member_id.is_some() || m.author_name.is_some())
        .map(|m| m.text)
        .collect()
}

on_both_databases! {
    async fn a_deleted_message_stops_being_evidence(world: &World) {
        let (_, id) = begun(world).await;
        nora(world, "m1", said("m1", "fact: The cable is loose.")).await;
        assert_eq!(world.facts(id).await, ["The cable is loose."]);
        let version = world.version(id).await;
        nora(world, "m1/deleted", deleted("m1")).await;
        assert!(world.facts(id).await.is_empty());
        assert_eq!(world.version(id).await, version + 1);
        assert_eq!(transcript(world, id).await, ["No sound in calls"]);
    }

    async fn a_deleted_message_that_was_kept_as_a_fact_stops_being_one(world: &World) {
        let (_, id) = begun(world).await;
        nora(world, "m", said("m", "Jabra")).await;
        nora(world, "m1", said("m1", "The cable looks odd.")).await;
        world.press(id, CardKind::Notice, &button_to_keep(world, id).await).await;
        let odd = "The cable looks odd.".to_owned();
        assert!(world.facts(id).await.contains(&odd));
        nora(world, "m1/deleted", deleted("m1")).await;
        assert!(!world.facts(id).await.contains(&odd));
    }

    async fn a_deleted_message_is_no_longer_quoted(world: &World) {
        let (_, id) = begun(world).await;
        nora(world, "m", said("m", "Jabra")).await;
        nora(world, "m1", said("m1", "The password is on the wall.")).await;
        nora(world, "m1/deleted", deleted("m1")).await;
        let (_, card) = world.card(id, CardKind::Notice).await;
        assert!(!card.plain().contains("wall"), "{card:?}");
        assert_eq!(card.state, CardState::Superseded { by: None });
    }

    async fn an_edit_changes_the_transcript_and_the_facts_that_rest_on_it(world: &World) {
        let (_, id) = begun(world).await;
        nora(world, "m1", said("m1", "fact: The cable is lose.")).await;
        nora(world, "m1/edited/1", edited("m1", "fact: The cable is loose.")).await;
        assert_eq!(world.facts(id).await, ["The cable is loose."]);
        assert_eq!(transcript(world, id).await, ["No sound in calls", "fact: The cable is loose."]);
    }

    async fn an_answer_stays_when_its_message_goes_and_its_author_is_told_how_to_take_it_back(world: &World) {
        let (chat, id) = begun(world).await;
        nora(world, "m1", said("m1", "Jabra")).await;
        let facts = world.facts(id).await;
        nora(world, "m1/deleted", deleted("m1")).await;
        assert_eq!(world.facts(id).await, facts);
        let told = chat.whispers("U-Nora");
        assert!(told.last().unwrap().contains("\"Jabra\" still counts"), "{told:?}");
        assert!(told.last().unwrap().contains("`back`"), "{told:?}");
    }

    async fn news_of_a_message_that_was_never_heard_changes_nothing(world: &World) {
        let (chat, id) = begun(world).await;
        let (shown, version) = (chat.shown(), world.version(id).await);
        nora(world, "m9/deleted", deleted("m9")).await;
        nora(world, "m9/edited/1", edited("m9", "fact: Something else.")).await;
        assert_eq!((chat.shown(), world.version(id).await), (shown, version));
    }
}

/// The button that keeps the newest quoted message as a fact.
async fn button_to_keep(world: &World, id: SessionId) -> String {
    let (_, card) = world.open_card(id, CardKind::Notice).await;
    card.actions.iter().find(|a| a.id.starts_with("keep:")).unwrap().id.clone()
}
