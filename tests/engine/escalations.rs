//! The escalation package: five sections that the next person can start from.

use flowpilot::note::{NoteFormat, NoteKind, export, write};
use flowpilot::session::SessionStatus;
use flowpilot::store::SessionId;

use crate::notes::annotated;
use crate::support::psa::TicketSystem;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// A session that stands at the flow's escalation, after a fix that failed.
async fn stuck(world: &World, id: SessionId) {
    for text in
        ["/flow no-sound", "Jabra Evolve", "Muted", "/apply", "/failed", "Current", "/check Ask the vendor"]
    {
        world.say(id, text).await;
    }
}

on_both_databases! {
    async fn a_session_that_is_stuck_makes_a_whole_package(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        stuck(world, id).await;
        let note = write(NoteKind::Escalation, &world.case(id).await);
        insta::assert_snapshot!("escalation_package", annotated(&note));
        insta::assert_snapshot!("escalation_package_markdown", export(&note, NoteFormat::Markdown));
    }

    async fn an_empty_session_makes_an_honest_package(world: &World) {
        let note = write(NoteKind::Escalation, &world.case(world.session().await).await);
        insta::assert_snapshot!("empty_escalation_package", annotated(&note));
    }

    async fn posting_it_hands_the_session_over_with_its_reason(world: &World) {
        let id = world.session().await;
        world.say(id, "/escalate the vendor has to look").await;
        assert_eq!(world.facts(id).await, ["Escalation requested: the vendor has to look"]);
        world.say(id, "/post").await;
        assert_eq!(world.case(id).await.session.status, SessionStatus::Escalated);
        world.say(id, "/fact The vendor called back.").await;
        world.say(id, "/resume").await;
        assert_eq!(world.case(id).await.session.status, SessionStatus::Active);
    }

    async fn what_the_package_says_does_not_change_when_the_session_is_resolved(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.session().await;
        stuck(world, id).await;
        let before = world.case(id).await;
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        let after = world.case(id).await;
        assert_eq!(after.session.state_version, before.session.state_version);
        assert_eq!(write(NoteKind::Escalation, &after), write(NoteKind::Escalation, &before));
    }

    async fn an_ended_session_is_not_escalated(world: &World) {
        let id = world.session().await;
        world.say(id, "/abandon the user left").await;
        assert!(world.try_say(id, "/escalate").await.is_err());
    }
}
