//! The ticket's status after its note: what the team chose, set once, read back, and a refusal said aloud.

use axum::http::Method;
use flowpilot::Error;
use flowpilot::note::{NoteKind, Posting, StatusChange, post};
use flowpilot::psa::setup::connection_called;
use flowpilot::psa::status::{choose_status, status_choices};
use flowpilot::store::{SessionId, StateVersion};
use flowpilot::surface::{CardKind, CardState};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// A session about the ticket, where resolving sets this status.
async fn session(world: &World, status: &str) -> (TicketSystem, SessionId) {
    let system = TicketSystem::connect(world).await;
    choose(world, NoteKind::Resolution, Some(status)).await.unwrap();
    world.work();
    let id = system.session(world).await;
    (system, id)
}

async fn choose(world: &World, kind: NoteKind, status: Option<&str>) -> flowpilot::Result<()> {
    let (engine, admin) = (&world.engine, &world.admin);
    let connection = connection_called(engine, admin, None).await.unwrap().id;
    choose_status(engine, admin, connection, kind, "help desk", status).await.map(drop)
}

async fn resolve(world: &World, id: SessionId) {
    let version = StateVersion(world.version(id).await);
    post(&world.engine, &world.engineer, NoteKind::Resolution, id, version).await.unwrap();
}

async fn settled(world: &World, id: SessionId) -> Posting {
    let is_over = |it: &Posting| it.status_change.is_some_and(|it| it != StatusChange::Pending);
    until("the status is settled", async || world.case(id).await.postings.last().is_some_and(is_over)).await;
    world.case(id).await.postings.pop().unwrap()
}

async fn field(world: &World, id: SessionId) -> Option<String> {
    let (_, card) = world.card(id, CardKind::Posting).await;
    card.fields.into_iter().find(|field| field.label == "Ticket status").map(|field| field.value)
}

on_both_databases! {
    async fn without_a_choice_a_ticket_keeps_its_status(world: &World) {
        let system = TicketSystem::connect(world).await;
        world.work();
        let id = system.session(world).await;
        resolve(world, id).await;
        world.at_rest().await;
        assert_eq!((system.status().await.as_str(), system.changes().await), ("New", 0));
        assert_eq!(field(world, id).await, None);
    }

    async fn an_admin_sees_each_board_over_the_api_and_chooses_what_its_tickets_get(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let id = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        let (api, path) = (Api::of(&world.engine, &world.admin), format!("/psa/connections/{id}/boards"));
        let chosen = async || {
            let boards = api.get(&path).await.body["boards"].as_array().unwrap().clone();
            let board = boards.into_iter().find(|it| it["board"] == "Help Desk").unwrap();
            assert!(board["statuses"].as_array().unwrap().contains(&json!("Resolved")));
            (board["resolution"].clone(), board["escalation"].clone())
        };
        let choose = async |status: Value| {
            let body = json!({ "board": "Help Desk", "kind": "resolution", "status": status });
            api.send(Method::PUT, &path, Some(body), &[]).await
        };
        assert_eq!(chosen().await, (Value::Null, Value::Null));
        for _ in 0..2 {
            assert_eq!(choose(json!("resolved")).await.status, 204);
        }
        assert_eq!(chosen().await, (json!("Resolved"), Value::Null));
        let refused = choose(json!("Frozen")).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["status"]));
        for _ in 0..2 {
            assert_eq!(choose(Value::Null).await.status, 204);
        }
        assert_eq!(chosen().await, (Value::Null, Value::Null));
        let engineer = Api::of(&world.engine, &world.engineer);
        assert_eq!(engineer.get(&path).await.status, 403);
    }

    async fn resolving_sets_the_status_that_the_team_chose(world: &World) {
        let (system, id) = session(world, "resolved").await;
        resolve(world, id).await;
        let posting = settled(world, id).await;
        assert_eq!((posting.status_change, posting.ticket_status.as_deref()), (Some(StatusChange::Done), Some("Resolved")));
        assert_eq!((system.status().await.as_str(), system.changes().await), ("Resolved", 1));
        assert_eq!(field(world, id).await.as_deref(), Some("Resolved"));
    }

    async fn escalating_sets_a_status_of_its_own(world: &World) {
        let (system, id) = session(world, "Resolved").await;
        choose(world, NoteKind::Escalation, Some("Escalated")).await.unwrap();
        world.say(id, "/escalate").await;
        world.say(id, "/post").await;
        settled(world, id).await;
        assert_eq!(system.status().await, "Escalated");
    }

    async fn a_lost_answer_sets_it_once(world: &World) {
        let (system, id) = session(world, "Resolved").await;
        system.fault(json!({ "kind": "drop_after_success", "method": "PATCH", "path_contains": TICKET, "times": 3 })).await;
        resolve(world, id).await;
        assert_eq!(settled(world, id).await.status_change, Some(StatusChange::Done));
        assert_eq!(system.status().await, "Resolved");
    }

    async fn a_change_that_was_taken_and_not_made_is_said_aloud_and_can_be_tried_again(world: &World) {
        let (system, id) = session(world, "Resolved").await;
        system.fault(json!({ "kind": "ignore", "method": "PATCH", "path_contains": TICKET })).await;
        resolve(world, id).await;
        let failed = settled(world, id).await;
        assert_eq!(failed.status_change, Some(StatusChange::Failed));
        let (_, notice) = world.open_card(id, CardKind::Notice).await;
        assert!(notice.title.contains("\"Resolved\"") && notice.title.contains(TICKET), "{notice:?}");
        assert!(notice.body.contains("still has \"New\""), "{notice:?}");
        assert!(field(world, id).await.unwrap().starts_with("not Resolved: "));
        world.press(id, CardKind::Notice, "retry_status").await;
        until("it is set", async || system.status().await == "Resolved").await;
        assert_eq!(settled(world, id).await.status_change, Some(StatusChange::Done));
        assert!(matches!(world.card(id, CardKind::Notice).await.1.state, CardState::Decided { .. }));
    }

    async fn a_right_that_is_missing_is_named(world: &World) {
        let (system, id) = session(world, ">Closed").await;
        let missing = json!({ "missing": ["Service Desk > Close Service Tickets: Edit"] });
        system.control("role", missing).await;
        resolve(world, id).await;
        assert_eq!(settled(world, id).await.status_change, Some(StatusChange::Failed));
        let (_, notice) = world.open_card(id, CardKind::Notice).await;
        assert!(notice.body.contains("Close Service Tickets: Edit"), "{notice:?}");
        assert_eq!(system.status().await, "New");
    }

    async fn a_status_that_is_gone_is_said_with_its_cure(world: &World) {
        let (system, id) = session(world, "Resolved").await;
        system.fault(json!({ "kind": "status", "status": 400, "method": "PATCH", "path_contains": TICKET })).await;
        resolve(world, id).await;
        assert_eq!(settled(world, id).await.status_change, Some(StatusChange::Failed));
        let (_, notice) = world.open_card(id, CardKind::Notice).await;
        assert!(notice.body.contains("psa set-status"), "{notice:?}");
        assert_eq!(system.notes().await.len(), 1);
    }

    async fn a_ticket_that_is_closed_stays_so(world: &World) {
        let (system, id) = session(world, "Resolved").await;
        let close = json!([{ "op": "replace", "path": "status", "value": { "name": ">Closed" } }]);
        system.elsewhere(reqwest::Method::PATCH, &format!("service/tickets/{TICKET}"), close).await;
        resolve(world, id).await;
        assert_eq!(settled(world, id).await.status_change, Some(StatusChange::Dropped));
        assert_eq!((system.status().await.as_str(), system.changes().await), (">Closed", 1));
        assert!(field(world, id).await.unwrap().contains("is closed"));
    }

    async fn what_cannot_be_chosen_is_refused_with_what_can(world: &World) {
        let system = TicketSystem::connect(world).await;
        let refused = choose(world, NoteKind::Resolution, Some("Solved")).await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(_)) && refused.to_string().contains("Resolved"), "{refused}");
        let (engine, connection) =
            (&world.engine, connection_called(&world.engine, &world.admin, None).await.unwrap().id);
        let kind = NoteKind::Resolution;
        let by_engineer = choose_status(engine, &world.engineer, connection, kind, "Help Desk", Some("Resolved")).await;
        assert!(matches!(by_engineer, Err(Error::Forbidden(_))));
        choose(world, kind, Some("Resolved")).await.unwrap();
        assert_eq!(status_choices(engine, &world.admin, connection).await.unwrap().len(), 1);
        choose(world, kind, None).await.unwrap();
        assert!(status_choices(engine, &world.admin, connection).await.unwrap().is_empty());
        drop(system);
    }

    async fn a_team_sees_only_its_own_choices(world: &World) {
        let (_system, _) = session(world, "Resolved").await;
        let other = world.other_team().await;
        let connection = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
        assert!(status_choices(&world.engine, &other.admin, connection).await.unwrap().is_empty());
        let kind = NoteKind::Resolution;
        let chosen = choose_status(&world.engine, &other.admin, connection, kind, "Help Desk", Some("New")).await;
        assert!(matches!(chosen, Err(Error::NotFound(_))));
    }
}
