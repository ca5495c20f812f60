//! Diagnostic checks: asked for, done, done again, skipped.

use flowpilot::Error;
use flowpilot::session::{CheckStatus, FactSource};
use serde_json::json;

use crate::support::api::Api;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

on_both_databases! {
    async fn a_result_becomes_a_fact_that_names_the_check(world: &World) {
        let id = world.session().await;
        world.say(id, "/check Is the cable in? => No").await;
        let case = world.case(id).await;
        assert_eq!(case.checks[0].status, CheckStatus::Done);
        assert_eq!(case.checks[0].done_by_name.as_deref(), Some("Eli Engineer"));
        assert_eq!(
            (case.facts[0].text.as_str(), case.facts[0].source),
            ("Is the cable in: No", FactSource::Check)
        );
        assert_eq!(case.facts[0].source_id, Some(case.checks[0].id.0));
    }

    async fn recording_a_check_again_replaces_its_result_and_its_fact(world: &World) {
        let id = world.session().await;
        world.say(id, "/check Cable => loose").await;
        let check = world.case(id).await.checks[0].id;
        let mut tx = world.change(id).await;
        tx.record_check(check, "tight", None).await.unwrap();
        tx.commit(None).await.unwrap();
        assert_eq!(world.case(id).await.checks[0].result.as_deref(), Some("tight"));
        assert_eq!(world.facts(id).await, ["Cable: tight"]);
    }

    async fn a_check_that_waits_takes_the_result_that_is_typed_for_it(world: &World) {
        let id = world.session().await;
        world.say(id, "/check Cable").await;
        world.say(id, "/check cable => loose").await;
        let case = world.case(id).await;
        assert_eq!((case.checks.len(), case.checks[0].result.as_deref()), (1, Some("loose")));
    }

    async fn a_check_can_be_skipped_until_it_is_done(world: &World) {
        let id = world.session().await;
        world.say(id, "/check Cable").await;
        world.say(id, "/check Port").await;
        world.say(id, "/skip").await;
        let checks = world.case(id).await.checks;
        assert_eq!([checks[0].status, checks[1].status], [CheckStatus::Skipped, CheckStatus::Pending]);
        world.say(id, "/check Port => fine").await;
        let done = world.change(id).await.skip_check(checks[1].id).await.unwrap_err();
        assert!(matches!(&done, Error::Conflict(why) if why.contains("done already")), "{done}");
    }

    async fn a_check_of_a_flow_is_answered_in_the_flow(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("No sound in calls").await;
        let check = world.case(id).await.checks[0].id;
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/checks/{check}");
        let recorded = api.post(&format!("{path}/result"), json!({ "result": "Jabra" })).await;
        let skipped = api.post(&format!("{path}/skip"), json!({})).await;
        assert_eq!((recorded.status, skipped.status), (409, 409));
        assert!(recorded.detail().contains("answer it in the flow"), "{recorded:?}");
        assert_eq!(world.case(id).await.checks[0].status, CheckStatus::Pending);
    }

    async fn an_unknown_check_is_not_found(world: &World) {
        let (id, other) = (world.session().await, world.session().await);
        world.say(other, "/check Cable").await;
        let check = world.case(other).await.checks[0].id;
        let foreign = world.change(id).await.record_check(check, "loose", None).await.unwrap_err();
        assert!(matches!(foreign, Error::NotFound("check")), "{foreign}");
    }
}
