//! The state version: everything that a note can mention is counted, nothing else is.

use flowpilot::Error;
use flowpilot::fix::{DecisionKind, OutcomeKind};
use flowpilot::note::{NoteKind, preview};
use flowpilot::script::{NewTemplate, create_template};
use flowpilot::session::{NewFact, SessionStatus, SessionTx};
use flowpilot::store::{SessionId, StateVersion};
use serde_json::{Map, json};

use crate::support::api::Api;
use crate::support::{World, fix, on_both_databases, powershell};
use crate::{NO_SOUND, RESTART};

/// By how much a change moves the version.
async fn moved(world: &World, id: SessionId, change: impl AsyncFnOnce(&mut SessionTx)) -> i64 {
    let before = world.version(id).await;
    let mut tx = world.change(id).await;
    change(&mut tx).await;
    tx.commit(None).await.unwrap();
    world.version(id).await - before
}

/// By how much words move it.
async fn said(world: &World, id: SessionId, text: &str) -> i64 {
    let before = world.version(id).await;
    world.say(id, text).await;
    world.version(id).await - before
}

on_both_databases! {
    async fn a_session_begins_at_zero_whatever_its_first_turn_adds(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("No sound in calls").await;
        assert_eq!((world.version(id).await, world.case(id).await.steps.len()), (0, 1));
    }

    async fn a_fact_is_counted_when_it_is_added_changed_and_removed(world: &World) {
        let id = world.session().await;
        assert_eq!(
            moved(world, id, async |tx| drop(tx.add_fact(NewFact::said("It hums.")).await.unwrap())).await,
            1
        );
        let fact = world.case(id).await.facts[0].id;
        assert_eq!(
            moved(world, id, async |tx| drop(tx.edit_fact(fact, "It buzzes.").await.unwrap())).await,
            1
        );
        assert_eq!(moved(world, id, async |tx| tx.remove_fact(fact).await.unwrap()).await, 1);
    }

    async fn a_check_is_counted_when_it_is_asked_for_done_done_again_and_skipped(world: &World) {
        let id = world.session().await;
        let ask = async |tx: &mut SessionTx| drop(tx.add_check("Cable", None, None).await.unwrap());
        assert_eq!(moved(world, id, ask).await, 1);
        let check = world.case(id).await.checks[0].id;
        assert_eq!(
            moved(world, id, async |tx| drop(tx.record_check(check, "loose", None).await.unwrap())).await,
            1
        );
        assert_eq!(
            moved(world, id, async |tx| drop(tx.record_check(check, "fine", None).await.unwrap())).await,
            1
        );
        moved(world, id, ask).await;
        let other = world.case(id).await.checks[1].id;
        assert_eq!(moved(world, id, async |tx| drop(tx.skip_check(other).await.unwrap())).await, 1);
    }

    async fn a_fix_its_decision_and_each_outcome_are_counted(world: &World) {
        let id = world.session().await;
        assert_eq!(moved(world, id, async |tx| drop(tx.suggest_fix(fix("Push it")).await.unwrap())).await, 1);
        let fix = world.case(id).await.fixes[0].id;
        let decide =
            async |tx: &mut SessionTx| drop(tx.decide(fix, DecisionKind::OneOff, None).await.unwrap());
        assert_eq!(moved(world, id, decide).await, 1);
        let wait = async |tx: &mut SessionTx| {
            drop(tx.record_outcome(fix, OutcomeKind::Pending, Some("the night")).await.unwrap());
        };
        assert_eq!(moved(world, id, wait).await, 1);
        let end =
            async |tx: &mut SessionTx| drop(tx.record_outcome(fix, OutcomeKind::Worked, None).await.unwrap());
        assert_eq!(moved(world, id, end).await, 1);
    }

    async fn a_script_is_counted_when_it_is_generated_and_when_it_was_run(world: &World) {
        let id = world.session().await;
        let new = serde_json::from_value::<NewTemplate>(
            json!({ "title": "Restart", "language": "powershell", "body": "Restart-Computer" }),
        );
        let template = create_template(&world.engine, &world.engineer, new.unwrap()).await.unwrap();
        let generate =
            async |tx: &mut SessionTx| drop(tx.generate_script(&template, &Map::new()).await.unwrap());
        assert_eq!(moved(world, id, generate).await, 1);
        let generation = world.case(id).await.generations[0].id;
        let run = async |tx: &mut SessionTx| drop(tx.script_was_run(generation).await.unwrap());
        assert_eq!(moved(world, id, run).await, 1);
        assert_eq!(moved(world, id, run).await, 0);
    }

    async fn every_step_of_a_flow_is_counted(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("No sound in calls").await;
        assert_eq!(said(world, id, "Jabra").await, 1);
        assert_eq!(said(world, id, "Muted").await, 1);
        assert_eq!(said(world, id, "/back").await, 1);
        assert_eq!(said(world, id, "Cannot tell").await, 1);
        assert_eq!(said(world, id, "/flow restart-pc").await, 1);
        assert_eq!(said(world, id, "done").await, 1);
    }

    async fn several_changes_of_one_turn_are_counted_as_one(world: &World) {
        let id = world.session().await;
        let two = async |tx: &mut SessionTx| {
            tx.add_fact(NewFact::said("It hums.")).await.unwrap();
            tx.suggest_fix(powershell("Restart", "Restart-Computer")).await.unwrap();
        };
        assert_eq!(moved(world, id, two).await, 1);
    }

    async fn messages_statuses_and_previews_are_not_counted(world: &World) {
        let id = world.session().await;
        assert_eq!(moved(world, id, async |tx| assert!(tx.heard("Hold on.", None).await.is_ok())).await, 0);
        let pause = async |tx: &mut SessionTx| tx.move_to(SessionStatus::Paused, None).unwrap();
        assert_eq!(moved(world, id, pause).await, 0);
        assert_eq!(said(world, id, "/resume").await, 0);
        assert_eq!(said(world, id, "/status").await, 0);
        assert_eq!(said(world, id, "/resolve").await, 0);
        assert_eq!(said(world, id, "/cancel").await, 0);
        preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap();
        assert_eq!(world.version(id).await, 0);
    }

    async fn posting_a_note_is_not_counted(world: &World) {
        let id = world.session().await;
        assert_eq!(said(world, id, "/escalate").await, 0);
        assert_eq!(said(world, id, "/post").await, 0);
        assert_eq!(said(world, id, "/resolve").await, 0);
        assert_eq!(said(world, id, "/post").await, 0);
        assert_eq!(world.case(id).await.session.status, SessionStatus::Resolved);
    }

    async fn a_change_that_is_not_committed_leaves_no_trace(world: &World) {
        let id = world.session().await;
        let mut tx = world.change(id).await;
        tx.add_fact(NewFact::said("It hums.")).await.unwrap();
        drop(tx);
        assert_eq!((world.version(id).await, world.facts(id).await.len()), (0, 0));
    }

    async fn a_version_that_was_passed_is_refused_naming_both(world: &World) {
        let id = world.session().await;
        world.say(id, "/fact It hums.").await;
        let refused = world.change(id).await.expect_version(StateVersion(0)).unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict(why) if why.contains("version 0") && why.contains("version 1"))
        );
        world.change(id).await.expect_version(StateVersion(1)).unwrap();
    }

    async fn a_write_through_the_api_can_ask_for_the_version_it_saw(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let facts = format!("/ai-sessions/{id}/facts");
        let first = api.post(&facts, json!({ "text": "It hums.", "state_version": 0 })).await;
        assert_eq!((first.status, &first.body["state_version"]), (201, &json!(1)));
        let stale = api.post(&facts, json!({ "text": "It buzzes.", "state_version": 0 })).await;
        assert_eq!(stale.status, 409);
        assert!(stale.detail().contains("moved on"), "{stale:?}");
        assert_eq!(world.facts(id).await, ["It hums."]);
    }

    async fn writers_at_the_same_time_are_all_counted(world: &World) {
        let id = world.session().await;
        let write = async |text: &str| {
            let mut tx = world.change(id).await;
            tx.add_fact(NewFact::said(text)).await.unwrap();
            tx.commit(None).await.unwrap().state_version.0
        };
        let (a, b, c) = tokio::join!(write("one"), write("two"), write("three"));
        let mut versions = [a, b, c];
        versions.sort_unstable();
        assert_eq!((versions, world.facts(id).await.len()), ([1, 2, 3], 3));
    }
}
