//! Facts: said ones are the engineer's, derived ones belong to their source.

use flowpilot::Error;
use flowpilot::session::{FactSource, NewFact};
use flowpilot::store::SessionId;
use serde_json::json;

use crate::support::api::Api;
use crate::support::database::every_text;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// The one fact of a session is refused to an editor, in these words.
async fn refused(world: &World, id: SessionId, source: FactSource, words: &str) {
    let fact = world.case(id).await.facts.into_iter().rfind(|fact| fact.source == source).unwrap();
    let edited = world.change(id).await.edit_fact(fact.id, "Something else.").await.unwrap_err();
    let removed = world.change(id).await.remove_fact(fact.id).await.unwrap_err();
    assert!(matches!(&edited, Error::Forbidden(why) if why.contains(words)), "{edited}");
    assert_eq!(edited.to_string(), removed.to_string());
    assert!(world.facts(id).await.contains(&fact.text));
}

on_both_databases! {
    async fn a_fact_names_who_confirmed_it(world: &World) {
        let id = world.session().await;
        world.say(id, "/fact The cable is loose.").await;
        let fact = &world.case(id).await.facts[0];
        assert_eq!((fact.source, fact.member_name.as_str()), (FactSource::Said, "Eli Engineer"));
        assert_eq!((fact.member_id, fact.source_id), (world.engineer.member(), None));
    }

    async fn a_said_fact_can_be_changed_and_removed(world: &World) {
        let id = world.session().await;
        world.say(id, "/fact The cable is loose.").await;
        let fact = world.case(id).await.facts[0].id;
        let mut tx = world.change(id).await;
        tx.edit_fact(fact, "The cable was loose.").await.unwrap();
        tx.commit(None).await.unwrap();
        assert_eq!(world.facts(id).await, ["The cable was loose."]);
        let mut tx = world.change(id).await;
        tx.remove_fact(fact).await.unwrap();
        tx.commit(None).await.unwrap();
        assert!(world.facts(id).await.is_empty());
    }

    async fn a_fact_answered_in_a_flow_is_changed_in_the_flow(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("No sound in calls").await;
        world.say(id, "Jabra").await;
        world.say(id, "Cannot tell").await;
        refused(world, id, FactSource::Flow, "go back to that question").await;
    }

    async fn a_fact_that_is_the_result_of_a_check_is_changed_at_the_check(world: &World) {
        let id = world.session().await;
        world.say(id, "/check Cable => loose").await;
        refused(world, id, FactSource::Check, "record the check's result again").await;
    }

    async fn a_fact_that_is_the_outcome_of_a_fix_cannot_be_changed(world: &World) {
        let id = world.session().await;
        world.say(id, "/fix Push the cable in").await;
        world.say(id, "/apply").await;
        world.say(id, "/worked").await;
        refused(world, id, FactSource::Outcome, "outcome").await;
    }

    async fn the_api_says_which_facts_can_be_edited_and_refuses_the_others(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        world.say(id, "/fact The cable is loose.").await;
        world.say(id, "/check Port => bent").await;
        let listed = api.get(&format!("/ai-sessions/{id}/facts")).await;
        let of = |name: &str| [listed.body["items"][0][name].clone(), listed.body["items"][1][name].clone()];
        assert_eq!(of("editable"), [json!(true), json!(false)]);
        assert_eq!(of("source_label"), [json!("said by Eli Engineer"), json!("checked by Eli Engineer")]);
        let derived = format!("/ai-sessions/{id}/facts/{}", listed.body["items"][1]["id"].as_str().unwrap());
        assert_eq!(api.patch(&derived, json!({ "text": "Fine." })).await.status, 403);
        assert_eq!(api.delete(&derived).await.status, 403);
    }

    async fn a_fact_must_say_something_and_stay_short(world: &World) {
        let id = world.session().await;
        let empty = world.change(id).await.add_fact(NewFact::said(" \n ")).await.unwrap_err();
        let long = world.change(id).await.add_fact(NewFact::said("x".repeat(2_001))).await.unwrap_err();
        assert!(matches!(&empty, Error::Invalid(errors) if errors[0].field == "text"), "{empty}");
        assert!(matches!(&long, Error::Invalid(errors) if errors[0].rule.contains("2000")), "{long}");
        let mut tx = world.change(id).await;
        tx.add_fact(NewFact::said("ä".repeat(2_000))).await.unwrap();
    }

    async fn a_password_in_a_fact_is_masked_before_it_is_stored(world: &World) {
        let id = world.session().await;
        world.say(id, "/fact The password is Hunter2! on that PC.").await;
        assert_eq!(world.facts(id).await, ["The password is [PASSWORD#1] on that PC."]);
        assert!(!every_text(&world.engine.db).await.contains("Hunter2"));
    }

    async fn a_removed_fact_is_in_no_note(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        world.say(id, "/fact The moon is full.").await;
        let fact = world.case(id).await.facts[0].id;
        assert_eq!(api.delete(&format!("/ai-sessions/{id}/facts/{fact}")).await.status, 204);
        let note = api.get(&format!("/ai-sessions/{id}/resolution-note")).await;
        assert!(!note.body.as_str().unwrap().contains("moon"));
        assert_eq!(api.delete(&format!("/ai-sessions/{id}/facts/{fact}")).await.status, 404);
    }
}
