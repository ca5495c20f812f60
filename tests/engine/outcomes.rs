//! How a fix went: worked, partly, failed, or pending with a reason.

use flowpilot::Error;
use flowpilot::fix::{DecisionKind, OutcomeKind};
use flowpilot::session::SessionStatus;
use flowpilot::store::{FixId, SessionId};
use flowpilot::surface::{CardKind, CardState};
use serde_json::json;

use crate::support::api::Api;
use crate::support::{World, fix, on_both_databases};

/// A session with a fix in use.
async fn in_use(world: &World) -> (SessionId, FixId) {
    let id = world.session().await;
    let mut tx = world.change(id).await;
    let fix = tx.suggest_fix(fix("Push the cable in")).await.unwrap().id;
    tx.decide(fix, DecisionKind::OneOff, None).await.unwrap();
    tx.commit(None).await.unwrap();
    (id, fix)
}

async fn record(
    world: &World,
    id: SessionId,
    fix: FixId,
    kind: OutcomeKind,
    why: Option<&str>,
) -> Result<(), Error> {
    let mut tx = world.change(id).await;
    tx.record_outcome(fix, kind, why).await?;
    tx.commit(None).await.map(drop)
}

on_both_databases! {
    async fn a_fix_that_nobody_decided_to_use_has_no_outcome(world: &World) {
        let id = world.session().await;
        world.say(id, "/fix Push the cable in").await;
        let refused = world.try_say(id, "/worked").await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(why) if why.contains("decide on it first")), "{refused}");
    }

    async fn a_fix_is_stamped_as_applied_when_somebody_says_how_it_went(world: &World) {
        let (id, fix) = in_use(world).await;
        assert_eq!(world.case(id).await.fixes[0].applied_at, None);
        record(world, id, fix, OutcomeKind::Pending, Some("the next login")).await.unwrap();
        assert_eq!(world.case(id).await.fixes[0].applied_at, None);
        record(world, id, fix, OutcomeKind::Partly, None).await.unwrap();
        assert!(world.case(id).await.fixes[0].applied_at.is_some());
    }

    async fn a_pending_outcome_needs_its_reason(world: &World) {
        let (id, fix) = in_use(world).await;
        let refused = record(world, id, fix, OutcomeKind::Pending, Some("  ")).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(errors) if errors[0].field == "reason"), "{refused}");
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/suggested-fixes/{fix}/outcome");
        assert_eq!(api.post(&path, json!({ "outcome": "pending" })).await.fields(), ["reason"]);
        record(world, id, fix, OutcomeKind::Pending, Some("the next login")).await.unwrap();
    }

    async fn a_final_outcome_stays(world: &World) {
        let (id, fix) = in_use(world).await;
        record(world, id, fix, OutcomeKind::Pending, Some("the next login")).await.unwrap();
        record(world, id, fix, OutcomeKind::Worked, None).await.unwrap();
        let refused = record(world, id, fix, OutcomeKind::Failed, None).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict(why) if why.contains("Worked, by Eli Engineer")),
            "{refused}"
        );
    }

    async fn an_outcome_becomes_a_fact(world: &World) {
        let (id, fix) = in_use(world).await;
        record(world, id, fix, OutcomeKind::Partly, Some("it still hums.")).await.unwrap();
        assert_eq!(world.facts(id).await, ["The fix \"Push the cable in\" helped in part: it still hums."]);
    }

    async fn a_failed_fix_is_no_longer_active_and_the_work_goes_on(world: &World) {
        let (id, _) = in_use(world).await;
        world.press(id, CardKind::Outcome, "failed").await;
        let case = world.case(id).await;
        assert!(case.active_fix().is_none());
        assert_eq!(case.session.status, SessionStatus::Active);
        assert_eq!(
            world.open_card(id, CardKind::Notice).await.1.title,
            "This flow has nothing more to offer"
        );
    }

    async fn resolve_asks_for_the_outcome_of_a_fix_in_use(world: &World) {
        let (id, _) = in_use(world).await;
        let refused = world.try_say(id, "/resolve").await.unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict(why) if why.contains("\"Push the cable in\"")),
            "{refused}"
        );
        let api = Api::of(&world.engine, &world.engineer);
        let posted =
            api.post(&format!("/ai-sessions/{id}/resolution-note/post"), json!({ "state_version": 1 })).await;
        assert_eq!(posted.status, 409);
        assert!(posted.detail().contains("worked, partly, failed or pending"), "{posted:?}");
        assert_eq!(world.case(id).await.session.status, SessionStatus::Active);
    }

    async fn resolve_does_not_wait_for_what_is_pending(world: &World) {
        let (id, _) = in_use(world).await;
        world.say(id, "/pending the next login").await;
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        assert_eq!(world.case(id).await.session.status, SessionStatus::Resolved);
    }

    async fn the_outcome_card_asks_until_somebody_says_how_it_went(world: &World) {
        let (id, _) = in_use(world).await;
        let (_, card) = world.open_card(id, CardKind::Outcome).await;
        assert_eq!(
            card.actions.iter().map(|a| a.id.as_str()).collect::<Vec<_>>(),
            ["worked", "partly", "failed", "pending"]
        );
        world.press(id, CardKind::Outcome, "worked").await;
        let (_, card) = world.card(id, CardKind::Outcome).await;
        assert!(
            matches!(&card.state, CardState::Decided { choice, by, .. } if choice == "Worked" && by == "Eli Engineer")
        );
        assert_eq!(world.open_card(id, CardKind::Notice).await.1.title, "Ready to resolve");
    }
}
