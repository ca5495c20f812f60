//! Tickets that change elsewhere: a callback or the sweep says so, the ticket is read again, and each session about it
//! hears of it once. What is around a ticket is read in the background.

use std::time::Duration;

use flowpilot::psa::callback::{Callback, CallbackRegistration, address, receive, register};
use flowpilot::psa::setup::{connection_called, remove};
use flowpilot::psa::sweep::sweep_due;
use flowpilot::store::{ConnectionId, SessionId};
use flowpilot::surface::CardKind;
use flowpilot::{Error, Result};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::world::until;
use crate::support::{World, on_both_databases, read};

/// Nothing listens there: what is sent is taken from the sandbox's record of it.
const NOWHERE: &str = "http://127.0.0.1:1";

/// A team whose workers run, connected to a ticket system that tells of changes, and a session about its ticket.
async fn watched(world: &World) -> (TicketSystem, ConnectionId, SessionId) {
    world.engine.set_public_url(NOWHERE);
    let system = TicketSystem::connect(world).await;
    let connection = connection_called(&world.engine, &world.admin, None).await.unwrap().id;
    let added = register(&world.engine, &world.admin, connection).await.unwrap();
    assert_eq!(added, CallbackRegistration::Added);
    world.work();
    let session = system.session(world).await;
    world.at_rest().await;
    (system, connection, session)
}

fn status(name: &str) -> Value {
    json!([{ "op": "replace", "path": "status", "value": { "name": name } }])
}

fn owner(identifier: &str) -> Value {
    json!([{ "op": "replace", "path": "owner", "value": { "identifier": identifier } }])
}

/// The newest callback that the ticket system sent: body and signature.
async fn newest(system: &TicketSystem) -> (String, String) {
    let sent = system.callbacks().await.pop().unwrap();
    let text = |name: &str| sent[name].as_str().unwrap().to_owned();
    (text("body"), text("signature"))
}

/// Delivers a callback at the connection's own address.
async fn deliver(world: &World, connection: ConnectionId, body: &str, signature: Option<&str>) -> Result<()> {
    let url = address(&world.engine, connection).unwrap().url;
    let secret = url.rsplit('/').next().unwrap().split('?').next().unwrap().to_owned();
    let connection = connection.to_string();
    let callback = Callback { connection: &connection, secret: &secret, signature, body: body.as_bytes() };
    receive(&world.engine, &callback).await
}

/// Delivers the newest callback as it was sent, and waits for what comes of it.
async fn deliver_newest(world: &World, system: &TicketSystem, connection: ConnectionId) {
    let (body, signature) = newest(system).await;
    deliver(world, connection, &body, Some(&signature)).await.unwrap();
    world.at_rest().await;
}

/// What the thread was told of changes elsewhere.
async fn told(world: &World, session: SessionId) -> Vec<String> {
    let notices = world.cards(session).await.into_iter().filter(|(_, card)| card.kind == CardKind::Notice);
    notices.map(|(_, card)| card.title).filter(|title| title.contains("elsewhere")).collect()
}

/// How the session knows its ticket.
async fn ticket(world: &World, session: SessionId) -> (String, bool, Option<String>) {
    let ticket = world.case(session).await.session.ticket.unwrap().0;
    (ticket.status, ticket.closed, ticket.owner)
}

async fn events(world: &World) -> i64 {
    let query = "SELECT count(*) FROM inbox WHERE kind = 'ticket_told'";
    read!(&world.engine.db, |c| sqlx::query_scalar(query).fetch_one(c).await).unwrap()
}

on_both_databases! {
    async fn a_ticket_that_is_closed_elsewhere_is_told_once_however_often_the_callback_comes(world: &World) {
        let (system, connection, id) = watched(world).await;
        system.change_ticket("jnovak", status(">Closed")).await;
        let (body, signature) = newest(&system).await;
        for _ in 0..3 {
            deliver(world, connection, &body, Some(&signature)).await.unwrap();
        }
        world.at_rest().await;
        assert_eq!(told(world, id).await, [format!("Ticket #{TICKET} was closed elsewhere")]);
        assert_eq!(ticket(world, id).await, (">Closed".to_owned(), true, None));
        assert_eq!(events(world).await, 1);
        let version = world.version(id).await;
        let head = world.card(id, CardKind::Session).await.1;
        assert!(head.fields.iter().any(|it| it.label == "Ticket status" && it.value == ">Closed"), "{head:?}");
        assert_eq!(version, world.version(id).await, "a note does not depend on it");
    }

    async fn a_ticket_that_was_deleted_is_told_once(world: &World) {
        let (system, connection, id) = watched(world).await;
        system.change_ticket("jnovak", status("In Progress")).await;
        let first = newest(&system).await;
        system.change_ticket("jnovak", status("New")).await;
        let second = newest(&system).await;
        system.delete_ticket().await;
        for (body, signature) in [first, second] {
            deliver(world, connection, &body, Some(&signature)).await.unwrap();
            world.at_rest().await;
        }
        let gone = world.cards(id).await.into_iter().filter(|(_, card)| card.title.contains("is not there any more"));
        assert_eq!(gone.count(), 1);
        let session = Api::of(&world.engine, &world.engineer).get(&format!("/ai-sessions/{id}")).await.body;
        assert_eq!((&session["ticket"]["gone"], &session["status"]), (&json!(true), &json!("active")));
    }

    async fn each_change_is_told_with_what_it_was_before(world: &World) {
        let (system, connection, id) = watched(world).await;
        system.change_ticket("jnovak", owner("arivera")).await;
        deliver_newest(world, &system, connection).await;
        system.change_ticket("jnovak", status("Waiting on Client")).await;
        deliver_newest(world, &system, connection).await;
        assert_eq!(
            told(world, id).await,
            [
                format!("Ticket #{TICKET} was reassigned elsewhere"),
                format!("Ticket #{TICKET}: its status was changed elsewhere"),
            ]
        );
    }

    async fn what_flowpilot_changed_itself_is_not_told(world: &World) {
        let (system, connection, id) = watched(world).await;
        let mut ours = world.case(id).await.session.ticket.unwrap().0;
        ours.status = "In Progress".to_owned();
        let mut tx = world.change(id).await;
        tx.ticket_changed_by_us(&ours).await.unwrap();
        tx.commit(None).await.unwrap();
        system.change_ticket("jnovak", status("In Progress")).await;
        deliver_newest(world, &system, connection).await;
        assert!(told(world, id).await.is_empty());
        assert_eq!(ticket(world, id).await.0, "In Progress");
    }

    async fn a_session_that_is_over_learns_of_it_without_a_word(world: &World) {
        let (system, connection, id) = watched(world).await;
        world.say(id, "/abandon solved by itself").await;
        system.change_ticket("jnovak", status(">Closed")).await;
        deliver_newest(world, &system, connection).await;
        assert!(told(world, id).await.is_empty());
        assert!(ticket(world, id).await.1);
    }

    async fn every_session_about_a_ticket_is_told(world: &World) {
        let (system, connection, first) = watched(world).await;
        let second = system.session(world).await;
        world.at_rest().await;
        system.change_ticket("jnovak", owner("spatel")).await;
        deliver_newest(world, &system, connection).await;
        assert_eq!((told(world, first).await.len(), told(world, second).await.len()), (1, 1));
    }

    async fn what_a_callback_says_of_a_ticket_is_not_believed(world: &World) {
        let (system, connection, id) = watched(world).await;
        system.change_ticket("jnovak", status(">Closed")).await;
        let (body, signature) = newest(&system).await;
        system.change_ticket("jnovak", status("In Progress")).await;
        deliver(world, connection, &body, Some(&signature)).await.unwrap();
        world.at_rest().await;
        assert_eq!(ticket(world, id).await, ("In Progress".to_owned(), false, None));
    }

    async fn a_callback_that_is_not_the_ticket_systems_own_does_nothing(world: &World) {
        let (system, connection, _) = watched(world).await;
        system.change_ticket("jnovak", status(">Closed")).await;
        let (body, signature) = newest(&system).await;
        let reads = system.reads_of_the_ticket().await;
        let changed = body.replace("updated", "deleted");
        let elsewhere = body.replace(&system.origin(), "http://127.0.0.1:9");
        let other_company = body.replace("companyName=acme", "companyName=other");
        let other_path = body.replace("/system/callbackkey/index.rails", "/apis/3.0/system/info");
        for (body, signature) in [
            (&body, None),
            (&body, Some("bm90IHRoZSBzaWduYXR1cmU=")),
            (&body, Some("no base64")),
            (&changed, Some(signature.as_str())),
            (&elsewhere, Some(signature.as_str())),
            (&other_company, Some(signature.as_str())),
            (&other_path, Some(signature.as_str())),
        ] {
            let refused = deliver(world, connection, body, signature).await.unwrap_err();
            assert!(matches!(refused, Error::Unauthenticated(_)), "{refused}: {body}");
        }
        for odd in ["", "[]", "{\"ID\":7}", "{\"ID\":7,\"Type\":\"ticket\",\"Metadata\":{}}", "\u{0}"] {
            let refused = deliver(world, connection, odd, Some(&signature)).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(_)), "{refused}: {odd}");
        }
        let unknown = ConnectionId::new(&world.engine.clock);
        assert!(matches!(deliver(world, unknown, &body, Some(&signature)).await, Err(Error::NotFound(_))));
        let callback = Callback {
            connection: &connection.to_string(),
            secret: "guess",
            signature: Some(&signature),
            body: body.as_bytes(),
        };
        assert!(matches!(receive(&world.engine, &callback).await, Err(Error::NotFound(_))));
        assert_eq!((events(world).await, system.reads_of_the_ticket().await), (0, reads));
    }

    async fn callbacks_are_registered_once_and_taken_back_with_the_connection(world: &World) {
        let (system, connection, _) = watched(world).await;
        let (engine, admin) = (&world.engine, &world.admin);
        let again = register(engine, admin, connection).await.unwrap();
        assert_eq!(again, CallbackRegistration::Unchanged);
        let entries = system.api(Method::GET, "/system/callbacks", Value::Null).await;
        assert_eq!(entries.as_array().unwrap().len(), 1);
        assert_eq!(entries[0]["isSelfSuppressedFlag"], true);
        let refused = register(engine, &world.engineer, connection).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)));
        system.change_ticket("jnovak", status(">Closed")).await;
        let (body, signature) = newest(&system).await;
        remove(engine, admin, connection).await.unwrap();
        assert_eq!(system.api(Method::GET, "/system/callbacks", Value::Null).await, json!([]));
        let refused = deliver(world, connection, &body, Some(&signature)).await.unwrap_err();
        assert!(matches!(refused, Error::NotFound(_)), "{refused}");
    }

    async fn the_sweep_sees_what_no_callback_told_and_says_it_once(world: &World) {
        let (system, _, id) = watched(world).await;
        sweep_due(&world.engine, Duration::ZERO).await.unwrap();
        world.at_rest().await;
        let reads = system.reads_of_the_ticket().await;
        sweep_due(&world.engine, Duration::ZERO).await.unwrap();
        world.at_rest().await;
        assert_eq!(system.reads_of_the_ticket().await, reads, "nothing has changed");
        system.change_ticket("jnovak", owner("arivera")).await;
        let replica = world.replica().await;
        let swept = tokio::join!(
            sweep_due(&world.engine, Duration::ZERO),
            sweep_due(&replica, Duration::ZERO),
        );
        assert!(swept.0.is_ok() && swept.1.is_ok());
        until("it is told", async || told(world, id).await.len() == 1).await;
        sweep_due(&world.engine, Duration::ZERO).await.unwrap();
        world.at_rest().await;
        assert_eq!(told(world, id).await.len(), 1);
        replica.db.close().await;
    }

    async fn a_sweep_that_is_not_due_asks_nothing(world: &World) {
        let (system, _, id) = watched(world).await;
        system.change_ticket("jnovak", owner("arivera")).await;
        sweep_due(&world.engine, Duration::from_secs(3_600)).await.unwrap();
        world.at_rest().await;
        assert!(told(world, id).await.is_empty());
    }

    async fn a_callback_that_comes_while_the_ticket_system_is_away_is_not_lost(world: &World) {
        let (system, connection, id) = watched(world).await;
        system.change_ticket("jnovak", status(">Closed")).await;
        let (body, signature) = newest(&system).await;
        let away = json!({ "kind": "status", "status": 503, "path_contains": format!("/tickets/{TICKET}"), "times": 3 });
        system.fault(away).await;
        deliver(world, connection, &body, Some(&signature)).await.unwrap();
        until("it is told", async || told(world, id).await.len() == 1).await;
    }

    async fn what_is_around_a_ticket_is_read_in_the_background_and_shown(world: &World) {
        let system = TicketSystem::connect(world).await;
        let solved = json!({
            "summary": "Silence in calls on the headset", "company": { "id": 1 }, "status": { "name": ">Closed" },
            "initialResolution": "The headset was muted by its own switch.",
        });
        system.api(Method::POST, "/service/tickets", solved).await;
        let note = json!({ "text": "her password is Winter2026!", "internalAnalysisFlag": true });
        system.api(Method::POST, &format!("/service/tickets/{TICKET}/notes"), note).await;
        let id = system.session(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/ticket-context");
        assert_eq!(api.get(&path).await.body, json!({ "context": null, "read_at": null }));
        world.work();
        world.at_rest().await;
        let around = api.get(&path).await.body;
        let context = &around["context"];
        assert_eq!(context["company"]["name"], "Birchwood Legal LLP");
        assert_eq!(context["contact"]["email"], "imogen.clarke@birchwood.example.com");
        assert_eq!(context["devices"][0]["name"], "PC-CLARKE");
        assert_eq!(context["similar"][0]["resolution"], "The headset was muted by its own switch.");
        assert_eq!(context["missing"], json!([]));
        assert!(!around.to_string().contains("Winter2026"), "{around:#}");
        let head = world.card(id, CardKind::Session).await.1;
        assert!(head.body.contains("PC-CLARKE") && head.body.contains("muted by its own switch"), "{}", head.body);
        let other = world.other_team().await;
        assert_eq!(Api::of(&world.engine, &other.admin).get(&path).await.status, 404);
    }

    async fn a_part_that_cannot_be_read_is_named_and_the_session_works(world: &World) {
        let system = TicketSystem::connect(world).await;
        let missing = json!({ "missing": ["Companies > Configurations: Inquire", "Companies > Contacts: Inquire"] });
        system.control("role", missing).await;
        world.work();
        let id = system.session(world).await;
        world.at_rest().await;
        let path = format!("/ai-sessions/{id}/ticket-context");
        let around = Api::of(&world.engine, &world.engineer).get(&path).await.body;
        let parts: Vec<&str> = around["context"]["missing"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["part"].as_str().unwrap())
            .collect();
        assert_eq!(parts, ["contact", "devices"]);
        let head = world.card(id, CardKind::Session).await.1;
        assert!(head.body.contains("Could not be read from the ticket system: contact, devices"), "{}", head.body);
        world.say(id, "/fact The port is dusty.").await;
    }
}
