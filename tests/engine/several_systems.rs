//! A team with several ticket systems: the same number is another ticket in each.

use flowpilot::Error;
use flowpilot::copilot::{self, Beginning};
use flowpilot::session::Session;
use flowpilot::store::ConnectionId;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::psa::TicketSystem;
use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// Both have #10421; only the second has #20555.
struct Two {
    north: TicketSystem,
    south: TicketSystem,
    of_north: ConnectionId,
    of_south: ConnectionId,
}

impl Two {
    async fn connect(world: &World) -> Self {
        let (north, south) = (
            TicketSystem::with_tickets(&[10_421]).await,
            TicketSystem::with_tickets(&[10_421, 20_555]).await,
        );
        let of_north = north.save_connection_as(world, "North", "private").await;
        let of_south = south.save_connection_as(world, "South Coast", "private").await;
        Self { north, south, of_north, of_south }
    }
}

async fn begin(world: &World, words: &str) -> flowpilot::Result<Session> {
    let beginning = Beginning::new(world.thread(), None, Some(words.to_owned()));
    copilot::begin(&world.engine, &world.engineer, beginning).await
}

fn refusal(refused: flowpilot::Result<Session>) -> String {
    match refused {
        Err(Error::Invalid(rules)) => rules[0].rule.clone(),
        other => panic!("not refused: {other:?}"),
    }
}

fn numbers(listed: &Value) -> Vec<&str> {
    listed["items"].as_array().unwrap().iter().map(|ticket| ticket["id"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn a_number_that_only_one_system_has_is_found_there(world: &World) {
        let two = Two::connect(world).await;
        let session = begin(world, "start #20555").await.unwrap();
        assert_eq!(session.connection_id, Some(two.of_south));
        let api = Api::of(&world.engine, &world.engineer);
        let ticket = api.get("/tickets/20555").await;
        assert_eq!(ticket.body["connection_id"], json!(two.of_south));
        assert_eq!(ticket.body["session"]["id"], json!(session.id));
        assert_eq!(api.get("/tickets/20555/notes").await.status, 200);
        assert_eq!(api.get("/tickets/404").await.status, 404);
        assert_eq!(refusal(begin(world, "start #404").await), "there is no ticket \"404\"");
    }

    async fn a_number_that_several_have_is_asked_about_and_the_name_settles_it(world: &World) {
        let two = Two::connect(world).await;
        let asked = refusal(begin(world, "start #10421").await);
        assert!(asked.contains("`start North#10421` or `start South Coast#10421`"), "{asked}");
        let session = begin(world, "start south coast#10421 no sound").await.unwrap();
        assert_eq!((session.connection_id, session.title.as_str()), (Some(two.of_south), "no sound"));
        let session = begin(world, "North#10421").await.unwrap();
        assert_eq!(session.connection_id, Some(two.of_north));
    }

    async fn a_program_names_the_connection_by_its_id(world: &World) {
        let two = Two::connect(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        for path in ["/tickets/10421", "/tickets/10421/notes"] {
            let refused = api.get(path).await;
            assert_eq!((refused.status, refused.fields()), (422, vec!["ticket_id"]), "{path}");
            assert_eq!(api.get(&format!("{path}?connection_id={}", two.of_south)).await.status, 200);
        }
        let wanted = json!({ "ticket_id": "10421", "connection_id": two.of_south });
        let begun = api.post("/ai-sessions", wanted).await;
        assert_eq!((begun.status, &begun.body["connection_id"]), (201, &json!(two.of_south)));
        let unknown = json!({ "ticket_id": "10421", "connection_id": uuid::Uuid::nil() });
        let refused = api.post("/ai-sessions", unknown).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["connection_id"]));
        let refused = api.post("/ai-sessions", json!({ "problem": "x", "connection_id": two.of_south })).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["ticket_id"]));
    }

    async fn each_system_has_a_list_of_its_own_with_its_own_sessions(world: &World) {
        let two = Two::connect(world).await;
        let session = begin(world, "South Coast#10421").await.unwrap();
        let api = Api::of(&world.engine, &world.engineer);
        let first = api.get("/tickets").await.body;
        assert_eq!((numbers(&first), &first["items"][0]["session"]), (vec!["10421"], &Value::Null));
        assert_eq!(first["items"][0]["connection_id"], json!(two.of_north));
        let second = api.get(&format!("/tickets?connection_id={}", two.of_south)).await.body;
        assert_eq!(numbers(&second).len(), 2);
        let worked = second["items"].as_array().unwrap().iter().find(|ticket| ticket["id"] == "10421").unwrap();
        assert_eq!(worked["session"]["id"], json!(session.id));
        assert_eq!(api.get(&format!("/tickets?connection_id={}", uuid::Uuid::nil())).await.status, 404);
    }

    async fn a_note_is_posted_to_the_ticket_of_the_sessions_own_system(world: &World) {
        let two = Two::connect(world).await;
        let session = begin(world, "South Coast#10421").await.unwrap();
        world.say(session.id, "/fact The headset was muted.").await;
        world.work();
        let seen = json!({ "state_version": world.version(session.id).await });
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{}/escalation-package/post", session.id);
        assert_eq!(api.post(&path, seen).await.status, 200);
        until("the note is posted", async || two.south.notes().await.len() == 1).await;
        assert!(two.north.notes().await.is_empty());
    }

    async fn a_system_that_is_down_does_not_hide_a_ticket_of_another(world: &World) {
        let Two { north, of_south, south, .. } = Two::connect(world).await;
        drop(north);
        assert_eq!(begin(world, "start #20555").await.unwrap().connection_id, Some(of_south));
        assert!(matches!(begin(world, "start #404").await, Err(Error::Upstream { .. })));
        drop(south);
    }

    async fn a_number_sign_behind_other_words_begins_no_ticket(world: &World) {
        let _two = Two::connect(world).await;
        let session = begin(world, "printer #3 shows offline").await.unwrap();
        assert_eq!((session.ticket_id, session.title.as_str()), (None, "printer #3 shows offline"));
    }
}
