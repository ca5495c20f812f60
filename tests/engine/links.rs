//! Links to sessions, what others see of them, and how the connections stand.

use flowpilot::session::place;
use flowpilot::store::SessionId;
use flowpilot::surface::{ThreadRef, What, preview_links};
use flowpilot::team::{Role, link_identity};

use crate::support::platform::{Chat, Shown, deliver, person, thread};
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

const HERE: &str = "https://flowpilot.example.com";

async fn begun(world: &World) -> (Chat, SessionId) {
    world.engine.set_public_url(HERE);
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    event(world, "begin", "Nora", "No sound in calls").await;
    event(world, "fact", "Nora", "fact: The headset is new").await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, found.unwrap().id)
}

async fn event(world: &World, key: &str, name: &str, text: &str) {
    at(world, &thread("t1"), key, name, text).await;
}

async fn at(world: &World, place: &ThreadRef, key: &str, name: &str, text: &str) {
    deliver(world, key, place, &person(name), What::said(text)).await;
    world.at_rest().await;
}

/// The member that an account is gets this role.
async fn becomes_admin(world: &World, name: &str) {
    let admin = world.add_member(name, Role::TeamAdmin).await;
    let (engine, at) = (&world.engine, thread("t1").workspace());
    let mut tx = engine.db.begin().await.unwrap();
    let account = format!("U-{name}");
    link_identity(&mut tx, &engine.clock, &at, &account, world.team, admin.id).await.unwrap();
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn share_tells_the_link_and_what_others_see_of_it(world: &World) {
        let (chat, id) = begun(world).await;
        event(world, "share", "Nora", "share").await;
        let told = chat.whispers("U-Nora").pop().unwrap();
        assert!(told.contains(&format!("{HERE}/s/{id}")), "{told}");
        assert!(told.contains("No sound in calls") && told.contains("active"), "{told}");
        assert!(!told.contains("headset"), "facts are for those who may see the session: {told}");
        assert_eq!(place(&world.engine.db, id).await.unwrap(), Some(thread("t1")));
    }

    async fn a_channel_is_told_title_status_and_link_once(world: &World) {
        let (chat, id) = begun(world).await;
        for _ in 0..3 {
            event(world, "share", "Nora", "share: C2").await;
        }
        let shown = chat.shown();
        let announced: Vec<_> = shown.iter().filter(|s| matches!(s, Shown::Announced(..))).collect();
        let [Shown::Announced(channel, session)] = announced[..] else { panic!("{announced:?}") };
        assert_eq!((channel.as_str(), session.title.as_str()), ("C2", "No sound in calls"));
        assert_eq!((session.status.as_str(), &session.link), ("active", &format!("{HERE}/s/{id}")));
        assert!(chat.whispers("U-Nora").pop().unwrap().contains("posted there"));
    }

    async fn a_channel_that_cannot_be_told_is_explained_to_who_asked(world: &World) {
        let (chat, _) = begun(world).await;
        event(world, "share", "Nora", "share: closed").await;
        assert_eq!(
            chat.whispers("U-Nora").pop().unwrap(),
            "It could not be posted there. Invite me first."
        );
    }

    async fn without_a_public_address_there_are_no_links(world: &World) {
        let chat = Chat::connect(world).await;
        world.work();
        event(world, "begin", "Nora", "No sound in calls").await;
        event(world, "1", "Nora", "share").await;
        event(world, "2", "Nora", "share: C2").await;
        for told in &chat.whispers("U-Nora")[..2] {
            assert!(told.contains("public_url"), "{told}");
        }
        assert!(!chat.shown().iter().any(|s| matches!(s, Shown::Announced(..))));
    }

    async fn what_is_to_be_shared_must_be_there(world: &World) {
        let (chat, _) = begun(world).await;
        at(world, &thread("elsewhere"), "1", "Nora", "share").await;
        assert!(chat.whispers("U-Nora").pop().unwrap().contains("no session in this thread"));
    }

    async fn links_show_title_and_status_once_and_only_to_their_own_team(world: &World) {
        let (chat, id) = begun(world).await;
        let other = world.other_team().await;
        let theirs = other.session().await;
        let links = [
            format!("{HERE}/s/{id}?from=mail"),
            format!("{HERE}/s/{theirs}"),
            "https://example.com/s/1".to_owned(),
        ];
        for _ in 0..2 {
            preview_links(&world.engine, world.team, &thread("C2:7.0"), &links).await.unwrap();
            world.at_rest().await;
        }
        let shown = chat.shown();
        let previews: Vec<_> = shown.iter().filter(|s| matches!(s, Shown::Previewed(..))).collect();
        let [Shown::Previewed(place, sessions)] = previews[..] else { panic!("{previews:?}") };
        assert_eq!((place.as_str(), sessions.len()), ("C2:7.0", 1));
        assert_eq!((&sessions[0].link, sessions[0].title.as_str()), (&links[0], "No sound in calls"));
    }

    async fn an_admin_is_told_in_private_how_the_connections_stand(world: &World) {
        let (chat, _) = begun(world).await;
        becomes_admin(world, "Abe").await;
        event(world, "doctor", "Abe", "doctor").await;
        let told = chat.whispers("U-Abe").pop().unwrap();
        assert!(told.starts_with("FlowPilot's connections work."), "{told}");
        assert!(told.contains("- fine: **database**: "), "{told}");
        assert!(told.contains("- look at: **ticket system**: none is connected"), "{told}");
    }

    async fn how_the_connections_stand_is_for_admins(world: &World) {
        let (chat, id) = begun(world).await;
        event(world, "doctor", "Nora", "doctor").await;
        assert!(chat.whispers("U-Nora").pop().unwrap().contains("which is for team admins"));
        let refused = flowpilot::copilot::say(&world.engine, &world.engineer, id, "doctor").await;
        assert!(matches!(refused, Err(flowpilot::Error::Forbidden(_))));
        let told = flowpilot::copilot::say(&world.engine, &world.admin, id, "/doctor").await.unwrap().1.0;
        assert!(told.unwrap().contains("**database**"));
    }
}
