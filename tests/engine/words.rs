//! Words that ask about the session, or take back what was recorded last.

use flowpilot::store::SessionId;
use flowpilot::surface::What;
use flowpilot::team::{Affiliation, Author};

use crate::support::platform::{Chat, deliver, person, thread};
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

async fn begun(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    event(world, "begin", &person("Nora"), "No sound in calls").await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, found.unwrap().id)
}

async fn event(world: &World, key: &str, author: &Author, text: &str) {
    deliver(world, key, &thread("t1"), author, What::said(text)).await;
    world.at_rest().await;
}

on_both_databases! {
    async fn who_joins_late_is_told_what_is_known_and_what_is_waited_for(world: &World) {
        let (chat, id) = begun(world).await;
        world.say(id, "/fact The headset is new").await;
        event(world, "late", &person("Omar"), "catch up").await;
        let told = chat.whispers("U-Omar").pop().unwrap();
        for part in ["No sound in calls", "worked by Nora", "- The headset is new", "The next step: Which audio"] {
            assert!(told.contains(part), "{part:?} is missing: {told}");
        }
    }

    async fn a_guest_may_catch_up_and_somebody_from_outside_may_not(world: &World) {
        let (chat, _) = begun(world).await;
        event(world, "1", &Author { affiliation: Affiliation::Guest, ..person("Gus") }, "catch up").await;
        event(world, "2", &Author { affiliation: Affiliation::External, ..person("Xenia") }, "catch up").await;
        assert!(chat.whispers("U-Gus")[0].contains("No sound in calls"));
        assert!(!chat.whispers("U-Xenia")[0].contains("No sound"), "{:?}", chat.whispers("U-Xenia"));
    }

    async fn undo_takes_back_the_fact_that_was_said_last(world: &World) {
        let (_, id) = begun(world).await;
        world.say(id, "/fact One").await;
        world.say(id, "/fact Two").await;
        assert_eq!(world.say(id, "undo").await.0.as_deref(), Some("Taken back: Two"));
        assert_eq!(world.facts(id).await, ["One"]);
    }

    async fn undo_takes_back_an_answer_that_came_after_the_last_fact(world: &World) {
        let (_, id) = begun(world).await;
        world.say(id, "/fact One").await;
        // The clock counts milliseconds.
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        world.say(id, "Jabra Evolve").await;
        assert_eq!(world.facts(id).await.len(), 2);
        world.say(id, "undo").await;
        assert_eq!(world.facts(id).await, ["One"]);
        assert_eq!(world.case(id).await.open_step().unwrap().node, "device");
    }

    async fn a_question_is_answered_with_what_the_library_has(world: &World) {
        let (_, id) = begun(world).await;
        let text = world.say(id, "/ask no sound in calls").await.0.unwrap();
        assert!(text.contains("No AI model is connected") && text.contains("flow: no-sound"), "{text}");
    }
}
