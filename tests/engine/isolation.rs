//! A team sees only itself: what belongs to another is not there.

use flowpilot::psa::connection::connections;
use serde_json::{Value, json};

use crate::routes::{Things, routes};
use crate::support::api::Api;
use crate::support::{World, on_both_databases};

on_both_databases! {
    async fn no_route_finds_anything_of_another_team(world: &World) {
        let (other, api) = (world.other_team().await, Api::of(&world.engine, &world.admin));
        let theirs = Things::of(&other).await;
        let mut found = Vec::new();
        for route in routes(&api).await.iter().filter(|route| route.names_something()) {
            // The queue's name is the same for everybody; what is listed in it is checked below.
            if route.path == "/queues/{queue}/dead" {
                continue;
            }
            let answer = route.call(&api, &theirs).await;
            if answer.status != 404 {
                found.push(format!("{}: {} {}", route.name(), answer.status, answer.body));
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    }

    async fn no_route_finds_anything_of_another_team_inside_ones_own_session(world: &World) {
        let (other, api) = (world.other_team().await, Api::of(&world.engine, &world.admin));
        let theirs = Things::of(&other).await;
        let mixed = theirs.inside(&world.session().await.to_string());
        let mut found = Vec::new();
        for route in routes(&api).await {
            let nested = route.path.starts_with("/ai-sessions/") && route.path.matches('{').count() > 1;
            if nested && route.call(&api, &mixed).await.status != 404 {
                found.push(route.name());
            }
        }
        assert!(found.is_empty(), "{found:#?}");
    }

    async fn the_same_requests_do_find_what_is_ones_own(world: &World) {
        let api = Api::of(&world.engine, &world.admin);
        // What one request removes or ends is made anew for the next.
        let mut missing = Vec::new();
        for route in routes(&api).await.iter().filter(|route| route.names_something()) {
            // The ticket system here does not answer, and there is no chat platform.
            let asks_it = route.path.starts_with("/tickets/") || route.path.starts_with("/psa/");
            if asks_it || route.path.ends_with("/payload") {
                continue;
            }
            let answer = route.call(&api, &Things::of(world).await).await;
            if matches!(answer.status, 404 | 500..) {
                missing.push(format!("{}: {} {}", route.name(), answer.status, answer.body));
            }
        }
        assert!(missing.is_empty(), "{missing:#?}");
    }

    async fn no_list_shows_anything_of_another_team(world: &World) {
        let (other, api) = (world.other_team().await, Api::of(&world.engine, &world.admin));
        let theirs = Things::of(&other).await;
        for path in [
            "/psa/connections",
            "/me/psa-accounts",
            "/ai-sessions",
            "/flows",
            "/ai/calls",
            "/ai/feedback",
            "/assistant/conversations",
            "/scripts/templates?status=draft",
            "/queues/inbox/dead",
            "/queues/outbox/dead",
        ] {
            let listed = api.get(path).await.body;
            assert_eq!(listed["items"], json!([]), "{path}");
        }
        let members = api.get("/members").await.body;
        let names: Vec<_> =
            members["items"].as_array().unwrap().iter().map(|m| m["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Ada Admin", "Eli Engineer", "Vera Viewer"]);
        assert!(!members.to_string().contains(theirs.get("member")));
        assert_eq!(api.get("/flows/find?problem=pc+asks+for+a+restart").await.body["items"], json!([]));
    }

    async fn an_id_in_a_body_is_looked_for_in_ones_own_team(world: &World) {
        let (other, api) = (world.other_team().await, Api::of(&world.engine, &world.admin));
        let (theirs, own) = (Things::of(&other).await, Things::of(world).await);
        let generate = async |template: &str, session: Value| {
            api.post("/scripts/generate", json!({ "template_id": template, "session_id": session }))
                .await
                .status
        };
        assert_eq!(generate(theirs.get("template"), Value::Null).await, 404);
        assert_eq!(generate(theirs.get("template"), json!(own.get("session"))).await, 404);
        assert_eq!(generate(own.get("template"), json!(theirs.get("session"))).await, 404);
        assert_eq!(generate(own.get("template"), json!(own.get("session"))).await, 200);
    }

    async fn a_template_of_another_team_is_not_decided_from_a_card(world: &World) {
        let (other, api) = (world.other_team().await, Api::of(&world.engine, &world.admin));
        let (theirs, own) = (Things::of(&other).await, Things::of(world).await);
        let path = format!("/ai-sessions/{}/cards/{}/actions", own.get("session"), own.get("card"));
        let action = format!("template_accept:{}", theirs.get("template"));
        let answer = api.post(&path, json!({ "action": action })).await;
        assert!(matches!(answer.status, 404 | 422), "{answer:?}");
        let still = Api::of(&world.engine, &other.admin).get("/scripts/templates?status=draft").await.body;
        assert_eq!(still["items"].as_array().unwrap().len(), 1);
    }

    async fn a_ticket_system_belongs_to_one_team(world: &World) {
        let other = world.other_team().await;
        let _system = crate::support::psa::TicketSystem::connect(&other).await;
        assert!(connections(&world.engine, world.team).await.unwrap().is_empty());
        assert_eq!(Api::of(&world.engine, &world.admin).get("/tickets").await.status, 404);
        assert_eq!(Api::of(&world.engine, &other.viewer).get("/tickets").await.status, 200);
    }
}
