//! `Idempotency-Key`: a repeated write is answered again, not done again.

use std::time::Duration;

use axum::http::Method;
use flowpilot::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::support::api::{Answer, Api};
use crate::support::{World, on_both_databases};

async fn post(api: &Api, path: &str, key: &str, body: Value) -> Answer {
    api.send(Method::POST, path, Some(body), &[("idempotency-key", key)]).await
}

on_both_databases! {
    async fn a_repeated_write_gets_the_same_answer_and_is_done_once(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        for (path, body) in [
            ("facts", json!({ "text": "It hums." })),
            ("checks", json!({ "text": "Cable" })),
            ("suggested-fixes", json!({ "title": "Push the cable in" })),
        ] {
            let path = format!("/ai-sessions/{id}/{path}");
            let first = post(&api, &path, &path, body.clone()).await;
            let again = post(&api, &path, &path, body).await;
            assert_eq!((first.status, &first.body), (again.status, &again.body), "{path}");
            assert_eq!(again.headers["idempotent-replayed"], "true");
        }
        let case = world.case(id).await;
        assert_eq!((case.facts.len(), case.checks.len(), case.fixes.len()), (1, 1, 1));
        assert_eq!(case.session.state_version.0, 3);
    }

    async fn a_repeated_start_begins_one_session(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        let first = post(&api, "/ai-sessions", "k", json!({ "problem": "No sound" })).await;
        let again = post(&api, "/ai-sessions", "k", json!({ "problem": "No sound" })).await;
        assert_eq!((first.status, &first.body["id"]), (201, &again.body["id"]));
        assert_eq!(api.get("/ai-sessions").await.body["items"].as_array().unwrap().len(), 1);
    }

    async fn a_key_used_for_another_request_is_refused(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let path = format!("/ai-sessions/{id}/facts");
        post(&api, &path, "k", json!({ "text": "It hums." })).await;
        let other = post(&api, &path, "k", json!({ "text": "It buzzes." })).await;
        assert_eq!((other.status, other.fields()), (422, vec!["Idempotency-Key"]));
        assert_eq!(world.facts(id).await, ["It hums."]);
    }

    async fn keys_are_the_callers_own(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let path = format!("/ai-sessions/{id}/facts");
        post(&api, &path, "k", json!({ "text": "It hums." })).await;
        let admin = api.acting_as(&world.engine, &world.admin);
        assert_eq!(post(&admin, &path, "k", json!({ "text": "It hums." })).await.status, 201);
        assert_eq!(world.facts(id).await.len(), 2);
    }

    async fn a_write_that_was_refused_can_be_mended_under_its_key(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let path = format!("/ai-sessions/{id}/facts");
        assert_eq!(post(&api, &path, "k", json!({ "text": " " })).await.status, 422);
        assert_eq!(post(&api, &path, "k", json!({ "text": "It hums." })).await.status, 201);
    }

    async fn the_same_write_sent_twice_at_once_is_done_once(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let path = format!("/ai-sessions/{id}/facts");
        let body = json!({ "text": "It hums." });
        let (one, two) = tokio::join!(post(&api, &path, "k", body.clone()), post(&api, &path, "k", body));
        let mut statuses = [one.status, two.status];
        statuses.sort_unstable();
        assert!(statuses == [201, 201] || statuses == [201, 409], "{statuses:?}");
        assert_eq!(world.facts(id).await.len(), 1);
    }

    async fn a_key_is_kept_for_a_day(world: &World) {
        let clock = Clock::fixed(Timestamp(1_790_000_000_000));
        let (id, engine) = (world.session().await, world.at(clock.clone()).await);
        let path = format!("/ai-sessions/{id}/facts");
        let send = async |key: &str| {
            let api = Api::of(&engine, &world.engineer);
            post(&api, &path, key, json!({ "text": "It hums." }))
                .await
                .headers
                .contains_key("idempotent-replayed")
        };
        assert!(!send("k").await && send("k").await);
        clock.advance(Duration::from_secs(25 * 3600));
        send("other").await;
        assert!(!send("k").await);
        engine.db.close().await;
    }

    async fn a_key_must_be_short_visible_text(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let path = format!("/ai-sessions/{id}/facts");
        let long = post(&api, &path, &"k".repeat(201), json!({ "text": "It hums." })).await;
        let empty = post(&api, &path, "", json!({ "text": "It hums." })).await;
        assert_eq!((long.fields(), empty.fields()), (vec!["Idempotency-Key"], vec!["Idempotency-Key"]));
    }
}
