//! Connections to ticket systems, as admins set them up.

use axum::http::Method;
use flowpilot::Error;
use flowpilot::psa::connection::{connections, frames, reseal};
use flowpilot::psa::setup::{connection_called, install_pod, remove, rights};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::psa::TicketSystem;
use crate::support::{World, on_both_databases};

/// What an admin types.
fn wanted(system: &TicketSystem) -> Value {
    json!({
        "name": "ConnectWise",
        "site": system.origin(),
        "company_id": "acme",
        "public_key": "public",
        "private_key": "private",
        "client_id": "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a",
    })
}

async fn engine_uses_it(world: &World) -> bool {
    let (_, psa) = world.engine.psa.first(&world.engine, world.team).await.unwrap().unwrap();
    psa.test().await.is_ok()
}

on_both_databases! {
    async fn a_removed_connection_is_of_no_use_until_it_is_saved_again(world: &World) {
        let system = TicketSystem::connect(world).await;
        let (engine, admin) = (&world.engine, &world.admin);
        let connection = connection_called(engine, admin, None).await.unwrap();
        remove(engine, admin, connection.id).await.unwrap();
        assert!(engine.psa.first(engine, world.team).await.unwrap().is_none());
        assert!(matches!(engine.psa.get(engine, world.team, connection.id).await, Err(Error::NotFound(_))));
        assert!(frames(engine, world.team).await.unwrap().is_empty());
        assert!(connections(engine, admin.team()).await.unwrap().is_empty());
        assert_eq!(reseal(engine).await.unwrap(), 0);
        assert!(matches!(remove(engine, admin, connection.id).await, Err(Error::NotFound(_))));
        system.save_connection(world, "private").await;
        assert_eq!(connection_called(engine, admin, None).await.unwrap().id, connection.id);
        assert!(engine.psa.first(engine, world.team).await.unwrap().is_some());
    }

    async fn a_session_outlives_the_connection_of_its_ticket(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        let connection = connection_called(&world.engine, &world.admin, None).await.unwrap();
        remove(&world.engine, &world.admin, connection.id).await.unwrap();
        world.say(id, "/fact The port is dusty.").await;
        assert_eq!(world.case(id).await.session.ticket_id.as_deref(), Some("10421"));
    }

    async fn connections_are_set_up_by_the_teams_own_admins(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let (engine, other) = (&world.engine, world.other_team().await);
        let id = connection_called(engine, &world.admin, None).await.unwrap().id;
        for refused in [
            remove(engine, &world.engineer, id).await.unwrap_err(),
            rights(engine, &world.engineer, id).await.unwrap_err(),
            install_pod(engine, &world.viewer, id).await.unwrap_err(),
        ] {
            assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        }
        for unknown in [
            remove(engine, &other.admin, id).await.unwrap_err(),
            rights(engine, &other.admin, id).await.unwrap_err(),
        ] {
            assert!(matches!(unknown, Error::NotFound(_)), "{unknown}");
        }
        assert!(rights(engine, &world.admin, id).await.unwrap().iter().all(|right| right.found.is_ok()));
    }
    async fn a_connection_is_added_over_the_api_once_it_answers_and_its_keys_never_come_back(world: &World) {
        let (system, api) = (TicketSystem::start().await, Api::of(&world.engine, &world.admin));
        let added = api.post("/psa/connections", wanted(&system)).await;
        assert_eq!(added.status, 201, "{added:?}");
        assert_eq!((&added.body["connection"]["state"], &added.body["connection"]["configured"]), (&json!("working"), &json!(false)));
        let rights = added.body["rights"].as_array().unwrap();
        assert!(rights.len() > 5 && rights.iter().all(|right| right["state"] == "held"), "{rights:?}");
        let listed = api.get("/psa/connections").await.body;
        assert_eq!(listed["items"][0]["company"], "acme");
        assert_eq!(listed["items"][0]["ui_origins"], json!([system.origin()]));
        for field in ["public_key", "private_key", "client_id", "6f1d5f3e", "\"private\""] {
            assert!(!added.body.to_string().contains(field) && !listed.to_string().contains(field), "{field}");
        }
        assert!(engine_uses_it(world).await);
    }

    async fn a_connection_that_is_refused_is_not_saved_and_says_which_field(world: &World) {
        let (system, api) = (TicketSystem::start().await, Api::of(&world.engine, &world.admin));
        for (field, value, named) in [
            ("site", json!("http://na.myconnectwise.net"), "site"),
            ("site", json!("https://10.1.2.3"), "site"),
            ("site", json!("https://169.254.169.254/latest"), "site"),
            ("name", json!(" "), "name"),
            ("company_id", json!(""), "company_id"),
            ("private_key", json!(" "), "private_key"),
            ("client_id", json!(""), "client_id"),
            ("ui_origins", json!(["https://cw.example.com", "https://*.example.com"]), "ui_origins[1]"),
        ] {
            let mut body = wanted(&system);
            body[field] = value;
            let refused = api.post("/psa/connections", body).await;
            assert_eq!((refused.status, refused.fields()), (422, vec![named]), "{refused:?}");
        }
        let mut wrong = wanted(&system);
        wrong["private_key"] = json!("hunter2");
        let refused = api.post("/psa/connections", wrong).await;
        assert_eq!(refused.status, 502);
        assert!(refused.detail().contains("credentials") && !refused.detail().contains("hunter2"), "{refused:?}");
        assert_eq!(api.get("/psa/connections").await.body["items"], json!([]));
    }

    async fn a_repeated_request_to_add_a_connection_is_answered_again(world: &World) {
        let (system, api) = (TicketSystem::start().await, Api::of(&world.engine, &world.admin));
        let send = async || {
            let key = [("idempotency-key", "once")];
            api.send(Method::POST, "/psa/connections", Some(wanted(&system)), &key).await
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, again.status), (201, 201));
        assert_eq!(first.body, again.body);
        assert_eq!(again.headers["idempotent-replayed"], "true");
        let texts = crate::support::database::every_text(&world.engine.db).await;
        assert!(!format!("{texts:?}").contains("6f1d5f3e"), "what is stored for a repetition has no keys");
    }

    async fn a_check_names_the_right_that_is_missing(world: &World) {
        let (system, api) = (TicketSystem::connect(world).await, Api::of(&world.engine, &world.admin));
        let id = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        let missing = "Service Desk > Service Tickets: Add";
        system.control("role", json!({ "missing": [missing] })).await;
        let checked = api.send(Method::POST, &format!("/psa/connections/{id}/check"), None, &[]).await;
        let rights = checked.body["rights"].as_array().unwrap();
        let lacks: Vec<_> = rights.iter().filter(|right| right["state"] == "missing").collect();
        assert_eq!((lacks.len(), &lacks[0]["entry"], &lacks[0]["purpose"]), (1, &json!(missing), &json!("post notes")));
        drop(system);
        let failed = api.send(Method::POST, &format!("/psa/connections/{id}/check"), None, &[]).await;
        assert_eq!(failed.status, 502);
    }

    async fn the_pod_is_installed_over_the_api_once_there_is_a_public_address(world: &World) {
        let (_system, api) = (TicketSystem::connect(world).await, Api::of(&world.engine, &world.admin));
        let id = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        let install = async || api.send(Method::POST, &format!("/psa/connections/{id}/install-pod"), None, &[]).await;
        let refused = install().await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["public_url"]));
        world.engine.set_public_url("https://flowpilot.example.com");
        assert_eq!(install().await.body["registration"], "added");
        assert_eq!(install().await.body["registration"], "unchanged");
    }

    async fn what_the_configuration_keeps_is_neither_removed_nor_replaced(world: &World) {
        let (system, api) = (TicketSystem::connect(world).await, Api::of(&world.engine, &world.admin));
        let id = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        world.engine.psa.set_configured(id);
        assert_eq!(api.get("/psa/connections").await.body["items"][0]["configured"], json!(true));
        let removed = api.delete(&format!("/psa/connections/{id}")).await;
        assert_eq!(removed.status, 409);
        assert!(removed.detail().contains("[connectwise]"), "{removed:?}");
        let mut same = wanted(&system);
        same["name"] = json!("Sandbox");
        assert_eq!(api.post("/psa/connections", same).await.status, 409);
        assert!(engine_uses_it(world).await);
    }

    async fn a_connection_is_removed_over_the_api(world: &World) {
        let (_system, api) = (TicketSystem::connect(world).await, Api::of(&world.engine, &world.admin));
        let id = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        assert_eq!(api.delete(&format!("/psa/connections/{id}")).await.status, 204);
        assert_eq!(api.delete(&format!("/psa/connections/{id}")).await.status, 404);
        assert_eq!(api.get("/psa/connections").await.body["items"], json!([]));
    }
}
