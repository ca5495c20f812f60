//! A thread on a chat platform: events come through the inbox, cards and private words go through the outbox.

use flowpilot::store::{CardId, SessionId};
use flowpilot::surface::{CardKind, What};
use flowpilot::team::{Affiliation, Author};

use crate::support::platform::{Chat, Shown, deliver, person, thread};
use crate::support::world::until;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

fn said(text: &str) -> What {
    What::said(text)
}

fn pressed(card: CardId, action: &str) -> What {
    What::Pressed { card, action: action.to_owned(), fields: std::collections::BTreeMap::new() }
}

/// A thread in which Nora has begun; what was shown so far is forgotten by looking from `from` on.
async fn begun(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    deliver(world, "begin", &thread("t1"), &person("Nora"), said("No sound in calls")).await;
    world.at_rest().await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, found.unwrap().id)
}

async fn event(world: &World, key: &str, author: &Author, what: What) {
    deliver(world, key, &thread("t1"), author, what).await;
    world.at_rest().await;
}

on_both_databases! {
    async fn words_in_a_new_thread_begin_a_session(world: &World) {
        let (chat, id) = begun(world).await;
        assert_eq!(world.case(id).await.owner_name, "Nora");
        let posted: Vec<_> = chat
            .shown()
            .into_iter()
            .map(|shown| match shown {
                Shown::Posted(_, card) => card.kind,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(posted, [CardKind::Session, CardKind::Check]);
    }

    async fn a_turn_edits_what_it_changed_and_posts_one_new_message(world: &World) {
        let (chat, id) = begun(world).await;
        let (question, _) = world.open_card(id, CardKind::Check).await;
        let before = chat.shown().len();
        event(world, "answer", &person("Nora"), said("Jabra")).await;
        let shown = chat.shown().split_off(before);
        assert_eq!(shown.iter().filter(|s| matches!(s, Shown::Posted(..))).count(), 1);
        let edited = |shown: &Shown| matches!(shown, Shown::Edited(id, card) if *id == question && card.actions.is_empty());
        assert!(shown.iter().any(edited), "{shown:?}");
    }

    async fn a_redelivered_event_changes_nothing(world: &World) {
        let (chat, id) = begun(world).await;
        event(world, "answer", &person("Nora"), said("Jabra")).await;
        let (shown, version) = (chat.shown(), world.version(id).await);
        event(world, "answer", &person("Nora"), said("Jabra")).await;
        event(world, "begin", &person("Nora"), said("No sound in calls")).await;
        assert_eq!((chat.shown(), world.version(id).await), (shown, version));
    }

    async fn a_double_click_changes_nothing_and_is_explained_in_private(world: &World) {
        let (chat, id) = begun(world).await;
        event(world, "answer", &person("Nora"), said("Jabra")).await;
        let (card, _) = world.open_card(id, CardKind::Question).await;
        event(world, "click 1", &person("Nora"), pressed(card, "answer:0")).await;
        let version = world.version(id).await;
        event(world, "click 2", &person("Omar"), pressed(card, "answer:2")).await;
        assert_eq!(world.version(id).await, version);
        assert_eq!(chat.whispers("U-Omar"), ["Already decided by Nora: Muted"]);
    }

    async fn a_refusal_is_told_to_its_author_only(world: &World) {
        let (chat, id) = begun(world).await;
        let guest = Author { affiliation: Affiliation::Guest, ..person("Gus") };
        event(world, "guest", &guest, said("/fact I am here.")).await;
        event(world, "typo", &person("Nora"), said("/reslove")).await;
        assert!(chat.whispers("U-Gus")[0].contains("can read sessions but not work on them"));
        assert!(chat.whispers("U-Nora")[0].contains("did you mean `resolve`?"));
        assert!(world.facts(id).await.is_empty());
    }

    async fn a_workspace_that_is_not_connected_is_told_so_and_sees_nothing(world: &World) {
        let (chat, _) = begun(world).await;
        let elsewhere = flowpilot::surface::ThreadRef { workspace: "T0OTHER".to_owned(), ..thread("t1") };
        deliver(world, "other", &elsewhere, &person("Nora"), said("No sound in calls")).await;
        world.at_rest().await;
        assert!(chat.whispers("U-Nora").is_empty());
        assert_eq!(world.cards(SessionId(world.engine.clock.new_id())).await.len(), 0);
    }

    async fn an_answer_that_only_one_person_asked_for_is_whispered(world: &World) {
        let (chat, _) = begun(world).await;
        event(world, "status", &person("Nora"), said("/status")).await;
        assert!(chat.whispers("U-Nora")[0].contains("Status: active"));
    }

    async fn what_changes_through_the_api_is_shown_in_the_thread(world: &World) {
        let (chat, id) = begun(world).await;
        let before = chat.shown().len();
        world.say(id, "Jabra").await;
        world.at_rest().await;
        let posted =
            |shown: &Shown| matches!(shown, Shown::Posted(_, card) if card.kind == CardKind::Question);
        assert!(chat.shown()[before..].iter().any(posted));
    }

    async fn an_event_that_cannot_be_read_is_a_dead_letter(world: &World) {
        begun(world).await;
        let entry = flowpilot::queue::Entry {
            key: "odd".to_owned(),
            team: Some(world.team),
            lane: "slack/T0ACME/t1".to_owned(),
            kind: "event".to_owned(),
            payload: serde_json::json!({ "what": "sang" }),
        };
        world.engine.intake.accept(entry).await.unwrap();
        until("it is buried", async || world.engine.inbox.depth().await.unwrap() == (0, 1)).await;
        event_after_the_dead_one(world).await;
        let dead = world.engine.inbox.dead(&world.admin).await.unwrap();
        assert!(dead[0].last_error.as_deref().unwrap().contains("cannot be read"));
    }
}

/// The lane goes on behind a dead item.
async fn event_after_the_dead_one(world: &World) {
    deliver(world, "after", &thread("t1"), &person("Nora"), said("/fact The lane goes on.")).await;
    until("the lane goes on", async || world.engine.inbox.depth().await.unwrap() == (0, 1)).await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    assert_eq!(world.facts(found.unwrap().id).await, ["The lane goes on."]);
}
