//! What the team worked before, found by what it is about.

use flowpilot::fix::OutcomeKind;
use flowpilot::session::{PastSession, SessionStatus};
use flowpilot::store::SessionId;

use crate::support::{World, on_both_databases};

async fn found(world: &World, about: &str) -> Vec<PastSession> {
    world.engine.past.similar(&world.engine.db, world.team, about, None, 3).await.unwrap()
}

async fn move_to(world: &World, id: SessionId, status: SessionStatus) {
    let mut tx = world.change(id).await;
    tx.move_to(status, None).unwrap();
    tx.commit(None).await.unwrap();
}

/// A resolved session about a printer.
async fn worked(world: &World) -> SessionId {
    let id = world.begin("The label printer in the warehouse is offline").await;
    for words in ["/fact The spooler had stopped.", "/fix Restart the spooler", "/apply", "/worked"] {
        world.say(id, words).await;
    }
    move_to(world, id, SessionStatus::Resolved).await;
    id
}

on_both_databases! {
    async fn a_resolved_session_is_found_with_what_was_confirmed_and_what_helped(world: &World) {
        let id = worked(world).await;
        let found = found(world, "warehouse printers are offline").await;
        let [session] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(session.id, id);
        assert_eq!(session.facts.first().map(String::as_str), Some("The spooler had stopped."));
        assert_eq!(session.fixes[0].title, "Restart the spooler");
        assert_eq!(session.fixes[0].outcome, Some(OutcomeKind::Worked));
    }

    async fn what_is_about_something_else_is_not_found(world: &World) {
        worked(world).await;
        assert_eq!(found(world, "VPN drops every hour at home").await, []);
    }

    async fn a_session_that_goes_on_is_not_found(world: &World) {
        let id = world.begin("The label printer is offline").await;
        assert_eq!(found(world, "label printer offline").await, []);
        move_to(world, id, SessionStatus::Resolved).await;
        assert_eq!(found(world, "label printer offline").await.len(), 1);
        move_to(world, id, SessionStatus::Active).await;
        assert_eq!(found(world, "label printer offline").await, []);
    }

    async fn what_was_added_before_it_was_resolved_again_is_found(world: &World) {
        let id = worked(world).await;
        assert_eq!(found(world, "the toner drum leaks").await, []);
        move_to(world, id, SessionStatus::Active).await;
        world.say(id, "/fact The toner drum leaks.").await;
        move_to(world, id, SessionStatus::Resolved).await;
        assert_eq!(found(world, "the toner drum leaks").await.len(), 1);
    }

    async fn the_session_itself_is_left_out(world: &World) {
        let id = worked(world).await;
        let similar = world.engine.past.similar(&world.engine.db, world.team, "label printer offline", Some(id), 3);
        assert_eq!(similar.await.unwrap(), []);
    }

    async fn another_teams_sessions_are_not_found(world: &World) {
        worked(&world.other_team().await).await;
        assert_eq!(found(world, "warehouse printers are offline").await, []);
    }
}
