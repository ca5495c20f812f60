//! Bad requests: each gets an answer that names what is wrong, and changes nothing.

use axum::body::Body;
use axum::http::{Method, Request};
use flowpilot::Engine;
use flowpilot::store::{Db, Sealer};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::routes::{Things, routes};
use crate::support::api::Api;
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::{World, on_both_databases};

/// The status, the content type and the problem that a raw body gets.
async fn raw(
    engine: &Engine,
    world: &World,
    path: &str,
    kind: &str,
    body: impl Into<Body>,
) -> (u16, String, Value) {
    let token = engine.tokens.issue(&world.engineer, engine.clock.now()).unwrap();
    let request = Request::post(format!("/api/v1{path}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", kind)
        .body(body.into());
    let response =
        flowpilot_server::app::router(engine.clone(), None, None).oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, kind, serde_json::from_slice(&bytes).unwrap_or_default())
}

on_both_databases! {
    async fn a_body_that_cannot_be_read_is_answered_with_a_problem(world: &World) {
        let path = format!("/ai-sessions/{}/facts", world.session().await);
        let send =
            async |kind: &'static str, body: &'static str| raw(&world.engine, world, &path, kind, body).await;
        let (status, kind, problem) = send("application/json", "{\"text\": ").await;
        assert_eq!((status, kind.as_str()), (400, "application/problem+json"));
        assert!(problem["detail"].as_str().unwrap().contains("line 1"), "{problem}");
        assert_eq!(send("application/json", "{\"text\": \"a\"} {}").await.0, 400);
        assert_eq!(send("text/plain", "{\"text\": \"a\"}").await.0, 415);
        let (status, _, problem) = send("application/json", "{\"text\": 3}").await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("text")));
        let (status, _, problem) = send("application/json", "{\"text\": \"a\", \"txet\": 1}").await;
        assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("txet")));
        let (status, _, problem) = send("application/json", "{}").await;
        assert_eq!(status, 422);
        assert_eq!(problem["errors"], json!([{ "field": "text", "rule": "is required" }]));
        let (status, _, problem) = send("application/json", "[\"a\", 0]").await;
        assert_eq!((status, &problem["errors"][0]["rule"]), (422, &json!("must be a JSON object")));
    }

    async fn a_body_that_is_too_large_is_refused(world: &World) {
        let path = format!("/ai-sessions/{}/facts", world.session().await);
        let large = json!({ "text": "x".repeat(1 << 21) }).to_string();
        assert_eq!(raw(&world.engine, world, &path, "application/json", large).await.0, 413);
    }

    async fn an_address_or_method_that_does_not_exist_is_a_problem_too(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        let nowhere = api.get("/nowhere").await;
        assert_eq!((nowhere.status, &nowhere.body["title"]), (404, &json!("Not Found")));
        let method = api.send(Method::PUT, "/me", Some(json!({})), &[]).await;
        assert_eq!((method.status, &method.body["title"]), (405, &json!("Method Not Allowed")));
    }

    async fn an_id_that_is_none_names_nothing(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        assert_eq!(api.get("/ai-sessions/1").await.status, 404);
        assert_eq!(api.get("/ai-sessions/%00").await.status, 404);
        assert_eq!(api.get("/queues/post/dead").await.status, 404);
    }

    async fn text_that_a_database_cannot_keep_is_refused_and_not_a_failure_of_ours(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let fact = api.post(&format!("/ai-sessions/{id}/facts"), json!({ "text": "a\u{0}b" })).await;
        assert!(matches!(fact.status, 201 | 422), "{fact:?}");
        let said = api.post(&format!("/ai-sessions/{id}/messages"), json!({ "text": "a\u{0}b" })).await;
        assert!(matches!(said.status, 200 | 422), "{said:?}");
        let begun = api.post("/ai-sessions", json!({ "problem": "a\u{0}b" })).await;
        assert!(matches!(begun.status, 201 | 422), "{begun:?}");
        let invited = json!({ "name": "a\u{0}b", "email": "a@example.com", "role": "viewer" });
        let invited = api.acting_as(&world.engine, &world.admin).post("/members", invited).await;
        assert!(matches!(invited.status, 201 | 422), "{invited:?}");
        let template = json!({ "title": "T", "language": "bash", "body": "echo a\u{0}b" });
        let made = api.post("/scripts/templates", template).await;
        assert!(matches!(made.status, 201 | 422), "{made:?}");
        assert_eq!(api.get("/flows/%00").await.status, 404);
        let listed = api.get("/ai-sessions?ticket_id=%00").await;
        assert!(matches!(listed.status, 200 | 422), "{listed:?}");
    }

    async fn the_character_that_no_database_keeps_is_told_from_its_name(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        let named = api.post(&format!("/ai-sessions/{id}/facts"), json!({ "text": "It shows \\u0000." })).await;
        assert_eq!((named.status, &named.body["text"]), (201, &json!("It shows \\u0000.")));
        let fix = json!({ "title": "T", "steps": ["one", "two\u{0}"] });
        let refused = api.post(&format!("/ai-sessions/{id}/suggested-fixes"), fix).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["steps[1]"]));
        let refused = api.get("/ai-sessions?ticket_id=1%002").await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["ticket_id"]));
    }

    async fn a_parameter_that_does_not_fit_is_named(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        for (path, field, rule) in [
            ("/ai-sessions?limit=many", "limit", "must be a whole number"),
            ("/ai-sessions?limit=0", "limit", "must be 1 to 200"),
            ("/ai-sessions?limit=1&limit=2", "limit", "is given more than once"),
            ("/ai-sessions?status=done", "status", "must be one of `active`, `paused`"),
            ("/ai-sessions?sort=age", "sort", "is not a known field; known here: `status`"),
            ("/flows/find", "problem", "is required"),
            ("/tickets?closed=1", "closed", "must be `true` or `false`"),
            ("/members?cursor=zzz", "cursor", "is not a cursor"),
        ] {
            let refused = api.get(path).await;
            assert_eq!((refused.status, refused.fields()), (422, vec![field]), "{path}");
            let said = refused.body["errors"][0]["rule"].as_str().unwrap();
            assert!(said.starts_with(rule), "{path}: {said}");
        }
    }

    async fn a_problem_that_is_too_long_is_called_as_it_was_sent(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        let refused = api.post("/ai-sessions", json!({ "problem": "x".repeat(8_001) })).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["problem"]));
        assert_eq!(refused.body["errors"][0]["rule"], "must be at most 8000 characters");
    }

    async fn a_confidence_is_a_whole_number_up_to_a_hundred(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        for (confidence, rule) in [
            (json!(300), "must be 0 to 100"),
            (json!(-1), "must be 0 to 100"),
            (json!("high"), "must be a whole number"),
        ] {
            let fix = json!({ "title": "Restart", "confidence": confidence });
            let refused = api.post(&format!("/ai-sessions/{id}/suggested-fixes"), fix).await;
            assert_eq!((refused.status, refused.fields()), (422, vec!["confidence"]));
            assert_eq!(refused.body["errors"][0]["rule"], rule);
        }
    }

    async fn a_cursor_that_the_ticket_list_did_not_give_is_refused(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let refused = Api::of(&world.engine, &world.engineer).get("/tickets?cursor=zzz").await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["cursor"]));
    }

    async fn keys_that_cannot_be_opened_are_the_operators_business(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let sealed = Sealer::new(vec![Sealer::generate_key()]).unwrap().seal(&"keys of yesterday".into());
        let replace = "UPDATE psa_connections SET credentials = $1 WHERE team_id = $2";
        match &world.engine.db {
            Db::Sqlite { write, .. } => {
                sqlx::query(replace).bind(&sealed).bind(world.team).execute(write).await.map(drop)
            }
            Db::Postgres(pool) => {
                sqlx::query(replace).bind(&sealed).bind(world.team).execute(pool).await.map(drop)
            }
        }
        .unwrap();
        let api = Api::of(&world.engine, &world.engineer);
        for answer in [api.get("/tickets").await, api.post("/ai-sessions", json!({ "ticket_id": TICKET })).await] {
            assert_eq!((answer.status, answer.fields()), (503, vec![]), "{answer:?}");
            assert!(answer.detail().contains("`flowpilot doctor`"), "{answer:?}");
        }
    }

    async fn every_write_of_a_session_can_ask_for_the_version_it_saw(world: &World) {
        let api = Api::of(&world.engine, &world.admin);
        let things = Things::of(world).await;
        let generate = json!({ "template_id": things.get("template"), "session_id": things.get("session") });
        let mut writes: Vec<_> = routes(&api).await;
        writes.retain(|it| it.writes() && (it.path.contains("/ai-sessions/{id}") || it.path == "/scripts/generate"));
        // What somebody thinks of a text is no change of its session.
        writes.retain(|it| !it.path.ends_with("/feedback"));
        assert!(writes.len() > 14, "only {} writes", writes.len());
        let mut passed = Vec::new();
        for mut route in writes {
            if route.path == "/scripts/generate" {
                route.body = Some(generate.clone());
            }
            match &mut route.body {
                Some(body) => body["state_version"] = json!(99),
                None => route.path.push_str("?state_version=99"),
            }
            let answer = route.call(&api, &things).await;
            if answer.status != 409 || !answer.detail().contains("you saw version 99") {
                passed.push(format!("{}: {} {}", route.name(), answer.status, answer.body));
            }
        }
        assert!(passed.is_empty(), "{passed:#?}");
    }

    async fn a_flow_that_breaks_rules_is_refused_naming_each(world: &World) {
        let api = Api::of(&world.engine, &world.admin);
        let flow = json!({
            "slug": "x", "title": "X", "kind": "troubleshooting", "summary": "x", "tags": ["x"], "symptoms": ["x"],
            "start": "a", "nodes": { "b": { "type": "flow", "flow": "nowhere", "next": "c" } }
        });
        let refused = api.post("/flows", flow).await;
        assert_eq!(refused.status, 422);
        for field in ["slug", "start", "nodes.b.next", "nodes.b.flow"] {
            assert!(refused.fields().contains(&field), "{field}: {refused:?}");
        }
        assert_eq!(api.get("/flows").await.body["items"], json!([]));
    }

    async fn a_database_that_is_gone_is_said_to_be_so_without_details(world: &World) {
        let replica = world.replica().await;
        let api = Api::of(&replica, &world.engineer);
        replica.db.close().await;
        let answer = api.get("/ai-sessions").await;
        assert_eq!((answer.status, answer.headers["retry-after"].to_str().unwrap()), (503, "2"));
        assert!(!answer.body.to_string().to_lowercase().contains("pool"), "{answer:?}");
    }
}
