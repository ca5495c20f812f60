//! The four decisions about a fix, and who was first.

use flowpilot::fix::{DecisionKind, OutcomeKind, decision_log};
use flowpilot::script::TemplateStatus;
use flowpilot::store::{FixId, SessionId};
use flowpilot::surface::{CardKind, CardState};
use flowpilot::team::{Caller, Role};
use flowpilot::{Error, Result};
use serde_json::json;

use crate::support::api::Api;
use crate::support::{World, fix, on_both_databases, powershell};

/// A session with an active fix that has a script.
async fn with_fix(world: &World) -> (SessionId, FixId) {
    let id = world.session().await;
    let mut tx = world.change(id).await;
    let fix = tx.suggest_fix(powershell("Restart the spooler", "Restart-Service spooler")).await.unwrap();
    tx.commit(None).await.unwrap();
    (id, fix.id)
}

async fn decide(world: &World, who: &Caller, id: SessionId, fix: FixId, kind: DecisionKind) -> Result<()> {
    let mut tx = world.engine.change_session(who, id).await?;
    tx.decide(fix, kind, Some("because")).await?;
    tx.commit(None).await.map(drop)
}

async fn decided(world: &World, kind: DecisionKind) -> (SessionId, FixId) {
    let (id, fix) = with_fix(world).await;
    decide(world, &world.engineer, id, fix, kind).await.unwrap();
    (id, fix)
}

on_both_databases! {
    async fn a_fix_used_once_makes_no_template(world: &World) {
        let (id, fix) = with_fix(world).await;
        let mut tx = world.change(id).await;
        let done = tx.decide(fix, DecisionKind::OneOff, None).await.unwrap();
        assert!(done.template.is_none() && done.fix.is_active() && done.fix.is_in_use());
    }

    async fn a_script_that_is_kept_becomes_a_draft_of_the_fix(world: &World) {
        let (id, fix) = with_fix(world).await;
        let mut tx = world.change(id).await;
        let template = tx.decide(fix, DecisionKind::DraftTemplate, None).await.unwrap().template.unwrap();
        assert_eq!((template.status, template.source_fix), (TemplateStatus::Draft, Some(fix)));
        assert_eq!(
            (template.title.as_str(), template.body.as_str()),
            ("Restart the spooler", "Restart-Service spooler")
        );
    }

    async fn a_script_to_be_built_becomes_a_draft_whose_builder_is_offered_first(world: &World) {
        let (id, _) = with_fix(world).await;
        world.press(id, CardKind::Fix, "build_template").await;
        let (_, card) = world.open_card(id, CardKind::Notice).await;
        assert!(card.actions[0].id.starts_with("template_save:"), "{card:?}");
        assert_eq!(card.actions[0].inputs[1].value.as_deref(), Some("Restart-Service spooler"));
    }

    async fn a_dismissed_fix_is_superseded(world: &World) {
        let (id, _) = decided(world, DecisionKind::Dismissed).await;
        assert!(world.case(id).await.active_fix().is_none());
    }

    async fn a_template_needs_a_script(world: &World) {
        let id = world.session().await;
        let mut tx = world.change(id).await;
        let fix = tx.suggest_fix(fix("Push the cable in")).await.unwrap().id;
        for kind in [DecisionKind::DraftTemplate, DecisionKind::BuildTemplate] {
            let refused = tx.decide(fix, kind, None).await.unwrap_err();
            assert!(matches!(&refused, Error::Invalid(errors) if errors[0].field == "decision"), "{refused}");
        }
    }

    async fn whoever_comes_second_is_told_who_decided(world: &World) {
        let (id, fix) = decided(world, DecisionKind::OneOff).await;
        let refused = decide(world, &world.admin, id, fix, DecisionKind::DraftTemplate).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict(why) if why.contains("already decided by Eli Engineer: Use once"))
        );
        let refused = decide(world, &world.admin, id, fix, DecisionKind::OneOff).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused}");
    }

    async fn of_two_who_decide_at_once_one_is_told_about_the_other(world: &World) {
        let (id, fix) = with_fix(world).await;
        let (one, two) = tokio::join!(
            decide(world, &world.engineer, id, fix, DecisionKind::OneOff),
            decide(world, &world.admin, id, fix, DecisionKind::DraftTemplate),
        );
        let refused = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        let first = world.case(id).await.fixes[0].decision.clone().unwrap().member_name;
        assert_eq!(refused.len(), 1);
        assert!(refused[0].to_string().contains(&first), "{refused:?}");
    }

    async fn a_superseded_fix_cannot_be_decided(world: &World) {
        let (id, first) = with_fix(world).await;
        let mut tx = world.change(id).await;
        tx.suggest_fix(fix("Something else")).await.unwrap();
        tx.commit(None).await.unwrap();
        let refused = decide(world, &world.engineer, id, first, DecisionKind::OneOff).await.unwrap_err();
        assert!(
            matches!(&refused, Error::Conflict(why) if why.contains("superseded by a newer fix")),
            "{refused}"
        );
    }

    async fn the_api_answers_409_for_a_fix_that_is_decided_or_superseded(world: &World) {
        let ((id, fix), api) = (with_fix(world).await, Api::of(&world.engine, &world.admin));
        let path = format!("/ai-sessions/{id}/suggested-fixes/{fix}/decision");
        let stale = api.post(&path, json!({ "decision": "one_off", "state_version": 0 })).await;
        assert_eq!(stale.status, 409);
        assert_eq!(api.post(&path, json!({ "decision": "one_off", "state_version": 1 })).await.status, 200);
        let again = api.post(&path, json!({ "decision": "one_off" })).await;
        assert_eq!(again.status, 409);
        assert!(again.detail().contains("Ada Admin"), "{again:?}");
        assert_eq!(api.post(&path, json!({ "decision": "perhaps" })).await.status, 422);
    }

    async fn a_mistaken_use_is_undone_by_dismissing_until_the_outcome_is_known(world: &World) {
        let (id, fix) = decided(world, DecisionKind::OneOff).await;
        decide(world, &world.engineer, id, fix, DecisionKind::Dismissed).await.unwrap();
        assert!(world.case(id).await.active_fix().is_none());
        let (id, fix) = decided(world, DecisionKind::OneOff).await;
        let mut tx = world.change(id).await;
        tx.record_outcome(fix, OutcomeKind::Worked, None).await.unwrap();
        let refused = tx.decide(fix, DecisionKind::Dismissed, None).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused}");
    }

    async fn the_card_says_who_chose_what_and_loses_its_buttons(world: &World) {
        let (id, _) = with_fix(world).await;
        world.press(id, CardKind::Fix, "one_off").await;
        let (card_id, card) = world.card(id, CardKind::Fix).await;
        let CardState::Decided { choice, by, .. } = &card.state else { panic!("{card:?}") };
        assert_eq!((choice.as_str(), by.as_str(), card.actions.len()), ("Use once", "Eli Engineer", 0));
        let again = world.press_card(id, card_id, "one_off", &[]).await.unwrap_err();
        assert_eq!(again.to_string(), "already decided by Eli Engineer: Use once");
    }

    async fn the_log_keeps_every_decision_with_its_reason(world: &World) {
        let (id, fix) = decided(world, DecisionKind::OneOff).await;
        let lead = Caller::of(&world.add_member("Lea Lead", Role::Engineer).await);
        decide(world, &lead, id, fix, DecisionKind::Dismissed).await.unwrap();
        let log = decision_log(&world.engine.db, world.team, id).await.unwrap();
        let rows: Vec<_> =
            log.iter().map(|d| (d.decision, d.member_name.as_str(), d.reason.as_deref())).collect();
        assert_eq!(
            rows,
            [
                (DecisionKind::OneOff, "Eli Engineer", Some("because")),
                (DecisionKind::Dismissed, "Lea Lead", Some("because")),
            ]
        );
    }
}
