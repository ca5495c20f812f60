//! Where work begins: not between people, in a thread that is opened for it, with what was said there before.

use flowpilot::session::messages;
use flowpilot::store::{PageRequest, SessionId};
use flowpilot::surface::{CardKind, ThreadRef, What};
use flowpilot::team::Role;

use crate::support::platform::{Chat, Shown, deliver, person, thread};
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

async fn event(world: &World, key: &str, at: &ThreadRef, name: &str, what: What) {
    deliver(world, key, at, &person(name), what).await;
    world.at_rest().await;
}

fn overheard(text: &str) -> What {
    What::Said { text: text.to_owned(), addressed: false, message: None }
}

async fn at_work(world: &World) -> Chat {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    chat
}

async fn session(world: &World, at: &ThreadRef) -> Option<SessionId> {
    flowpilot::session::by_thread(&world.engine.db, world.team, at).await.unwrap().map(|s| s.id)
}

on_both_databases! {
    async fn words_between_people_begin_nothing_and_nobody_joins_by_them(world: &World) {
        let chat = at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", overheard("No sound in calls")).await;
        assert_eq!(session(world, &thread("t1")).await, None);
        assert!(chat.shown().is_empty());
        let at = thread("t1").workspace();
        let nora = flowpilot::team::account(&world.engine.db, world.team, &at, "U-Nora").await.unwrap();
        assert!(nora.is_none());
    }

    async fn replies_in_a_session_need_not_be_addressed(world: &World) {
        at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("No sound in calls")).await;
        event(world, "2", &thread("t1"), "Omar", overheard("Jabra")).await;
        let id = session(world, &thread("t1")).await.unwrap();
        world.open_card(id, CardKind::Question).await;
    }

    async fn a_guest_who_talks_along_is_told_once(world: &World) {
        let chat = at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("No sound in calls")).await;
        for key in ["2", "3", "4"] {
            event(world, key, &thread("t1"), "Gus", overheard("I think it is the cable")).await;
        }
        assert_eq!(chat.whispers("U-Gus").len(), 1);
    }

    async fn the_platform_says_who_somebody_is_before_they_join(world: &World) {
        at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("No sound in calls")).await;
        event(world, "2", &thread("t1"), "Gus", What::said("/fact I am here.")).await;
        let at = thread("t1").workspace();
        let gus = flowpilot::team::account(&world.engine.db, world.team, &at, "U-Gus").await.unwrap();
        assert_eq!(gus.unwrap().role, Role::Viewer);
    }

    async fn thanks_after_the_end_are_no_turn(world: &World) {
        let chat = at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("No sound in calls")).await;
        event(world, "2", &thread("t1"), "Nora", What::said("/abandon Not needed any more.")).await;
        let shown = chat.shown();
        event(world, "3", &thread("t1"), "Nora", overheard("Thanks everybody!")).await;
        assert_eq!(chat.shown(), shown);
    }

    async fn help_needs_no_session_and_begins_none(world: &World) {
        let chat = at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("help")).await;
        assert!(chat.whispers("U-Nora")[0].contains("Commands:"));
        assert_eq!(session(world, &thread("t1")).await, None);
    }

    async fn a_command_that_needs_a_session_is_no_problem_to_work_on(world: &World) {
        let chat = at_work(world).await;
        event(world, "1", &thread("t1"), "Nora", What::said("status")).await;
        assert!(chat.whispers("U-Nora")[0].contains("no session in this thread"));
        assert_eq!(session(world, &thread("t1")).await, None);
    }

    async fn work_that_is_asked_for_outside_a_thread_gets_one(world: &World) {
        let chat = at_work(world).await;
        let text = "No sound in calls".to_owned();
        event(world, "1", &thread("c1"), "Nora", What::Opened { text }).await;
        assert_eq!(chat.shown()[0], Shown::Opened("Nora works on: No sound in calls".to_owned()));
        let id = session(world, &thread("c1:1")).await.unwrap();
        assert_eq!(world.case(id).await.owner_name, "Nora");
    }

    async fn a_place_where_no_thread_can_be_opened_is_explained_to_who_asked(world: &World) {
        let chat = at_work(world).await;
        let text = "No sound in calls".to_owned();
        event(world, "1", &thread("closed"), "Nora", What::Opened { text }).await;
        assert_eq!(chat.whispers("U-Nora"), ["No thread could be opened here. Invite me first."]);
    }

    async fn what_was_said_before_is_context_and_in_the_transcript_once(world: &World) {
        let chat = at_work(world).await;
        chat.wrote("m1", "Pat", "The headset is a Jabra");
        chat.wrote("m2", "Nora", "No sound in calls");
        let what = What::Started {
            connection: None,
            ticket: None,
            text: Some("No sound in calls".to_owned()),
            whole_thread: true,
            message: Some("m2".to_owned()),
        };
        event(world, "1", &thread("t1"), "Nora", what).await;
        let id = session(world, &thread("t1")).await.unwrap();
        let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
        let said: Vec<_> = page.items.iter().map(|m| (m.author_name.as_deref(), m.text.as_str())).collect();
        assert_eq!(said[..2], [(Some("Pat"), "The headset is a Jabra"), (Some("Nora"), "No sound in calls")]);
    }

    async fn a_card_whose_answer_was_lost_is_looked_for_before_it_is_posted_again(world: &World) {
        let chat = at_work(world).await;
        chat.lose_an_answer();
        event(world, "1", &thread("t1"), "Nora", What::said("No sound in calls")).await;
        let shown = chat.shown();
        let Shown::Posted(first, _) = &shown[0] else { panic!("{shown:?}") };
        assert_eq!(shown[1], Shown::LookedFor(*first));
        let posted = |s: &&Shown| matches!(s, Shown::Posted(id, _) if id == first);
        assert_eq!(shown.iter().filter(posted).count(), 1);
    }
}
