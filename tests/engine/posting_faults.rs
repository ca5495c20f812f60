//! Every way in which posting a note can go wrong, one row each: it ends in exactly one note, at once or after somebody
//! tried again, and the card says what is so. The ticket system answers over real HTTP.

use std::time::Duration;

use flowpilot::engine::EngineOptions;
use flowpilot::note::{NoteKind, Posting, PostingStatus, post};
use flowpilot::session::SessionStatus;
use flowpilot::store::{SessionId, StateVersion};
use flowpilot::surface::CardKind;
use flowpilot::{Engine, Timestamp};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::support::psa::TicketSystem;
use crate::support::world::{options, until};
use crate::support::{World, on_both_databases};

/// The answer of a write is waited for so long.
const PATIENCE: Duration = Duration::from_millis(900);
const HTTP_DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// How a row ends by itself.
enum End {
    /// The note is in the ticket.
    Posted,
    /// As that, and not before this long.
    PostedAfter(Duration),
    /// Nothing is in the ticket, and the card says so, with these words.
    Refused(&'static str),
}

/// Name, faults of `POST …/notes` (or of others that say so), how it ends.
fn rows(now: Timestamp) -> Vec<(&'static str, Vec<Value>, End)> {
    let post = |mut fault: Value| {
        fault["method"] = json!("POST");
        fault["path_contains"] = json!("/notes");
        vec![fault]
    };
    let status = |status: u16| post(json!({ "kind": "status", "status": status }));
    let in_three_seconds = (OffsetDateTime::from_unix_timestamp(now.as_secs()).unwrap()
        + Duration::from_secs(3))
    .format(HTTP_DATE)
    .unwrap();
    let second = Duration::from_secs(1);
    vec![
        // First: its date is near.
        ("429, a date", post(json!({ "kind": "rate_limit", "retry_after": in_three_seconds })), End::PostedAfter(second)),
        ("400", status(400), End::Refused("refused the request")),
        ("401", post(json!({ "kind": "unauthorized" })), End::Refused("refused the credentials")),
        ("403", post(json!({ "kind": "forbidden" })), End::Refused("may not do this")),
        ("404", status(404), End::Refused("was not found")),
        ("409", status(409), End::Refused("refused the request")),
        ("422", status(422), End::Refused("refused the request")),
        ("a page of HTML", post(json!({ "kind": "html_400" })), End::Refused("Bad Request")),
        ("429, seconds", post(json!({ "kind": "rate_limit", "retry_after": 1 })), End::PostedAfter(second)),
        ("429 without a word", status(429), End::Posted),
        ("500", status(500), End::Posted),
        ("502", status(502), End::Posted),
        ("503", status(503), End::Posted),
        ("503 with a pause", post(json!({ "kind": "status", "status": 503, "retry_after": 1 })), End::Posted),
        ("a time-out, nothing was done", post(json!({ "kind": "hang", "delay_ms": 5_000 })), End::Posted),
        ("a time-out, it was done", post(json!({ "kind": "delay", "delay_ms": 5_000 })), End::Posted),
        ("a time-out, it is done late", post(json!({ "kind": "late_success", "delay_ms": 1_300 })), End::Posted),
        ("a slow answer", post(json!({ "kind": "delay", "delay_ms": 200 })), End::Posted),
        ("a reset before", post(json!({ "kind": "drop_before" })), End::Posted),
        ("a reset after", post(json!({ "kind": "drop_after_success" })), End::Posted),
        (
            "a reset after, and no look for a while",
            [
                post(json!({ "kind": "drop_after_success" })),
                vec![json!({ "kind": "status", "status": 503, "method": "GET", "path_contains": "/notes", "times": 3 })],
            ]
            .concat(),
            End::Posted,
        ),
    ]
}

/// A process whose patience is short, and which looks for long enough to see what is done late.
async fn impatient(world: &World) -> Engine {
    let lookup_pauses = [300, 500, 800].map(Duration::from_millis).to_vec();
    let options = EngineOptions { lookup_pauses, psa_patience: PATIENCE, ..options() };
    let engine = world.replica_with(&options).await;
    world.work_with(&engine, &options);
    engine
}

async fn begin(world: &World, system: &TicketSystem) -> SessionId {
    let id = system.session(world).await;
    world.say(id, "/fact The cable was loose.").await;
    id
}

async fn resolve(engine: &Engine, world: &World, id: SessionId) {
    let version = StateVersion(world.version(id).await);
    post(engine, &world.engineer, NoteKind::Resolution, id, version).await.unwrap();
}

async fn ended(world: &World, id: SessionId, row: &str) -> Posting {
    let is_over = |it: &Posting| matches!(it.status, PostingStatus::Posted | PostingStatus::Failed);
    until(row, async || world.case(id).await.postings.last().is_some_and(is_over)).await;
    world.case(id).await.postings.pop().unwrap()
}

/// What people see of a note that is in the ticket.
async fn assert_posted(world: &World, system: &TicketSystem, id: SessionId, row: &str) {
    let posting = ended(world, id, row).await;
    assert_eq!(posting.status, PostingStatus::Posted, "{row}: {posting:?}");
    assert_eq!(system.marked(&posting.marker).await, 1, "{row}");
    let found = system.records().await.into_iter().find(|note| note["text"] == posting.text.as_str());
    assert_eq!(found.map(|note| note["id"].to_string()), posting.external_id, "{row}");
    let (_, card) = world.card(id, CardKind::Posting).await;
    assert_eq!((card.badge.unwrap().text.as_str(), card.actions.len()), ("Posted", 0), "{row}");
    assert_eq!(world.case(id).await.session.status, SessionStatus::Resolved, "{row}");
}

/// What people see of one that is not, and that it is posted once they try again.
async fn assert_refused(world: &World, system: &TicketSystem, id: SessionId, row: &str, says: &str) {
    let posting = ended(world, id, row).await;
    assert_eq!(posting.status, PostingStatus::Failed, "{row}: {posting:?}");
    assert!(posting.error.as_deref().is_some_and(|why| why.contains(says)), "{row}: {posting:?}");
    assert_eq!((system.marked(&posting.marker).await, posting.external_id), (0, None), "{row}");
    let (_, card) = world.open_card(id, CardKind::Posting).await;
    assert_eq!(card.badge.unwrap().text, "Failed", "{row}");
    system.mend().await;
    world.press(id, CardKind::Posting, "retry").await;
    assert_posted(world, system, id, row).await;
}

on_both_databases! {
    async fn whatever_goes_wrong_there_is_exactly_one_note(world: &World) {
        let system = TicketSystem::connect(world).await;
        let engine = impatient(world).await;
        for (row, faults, end) in rows(world.engine.clock.now()) {
            let id = begin(world, &system).await;
            for fault in faults {
                system.fault(fault).await;
            }
            let began = world.engine.clock.now();
            resolve(&engine, world, id).await;
            match end {
                End::Refused(says) => assert_refused(world, &system, id, row, says).await,
                End::Posted => assert_posted(world, &system, id, row).await,
                End::PostedAfter(least) => {
                    assert_posted(world, &system, id, row).await;
                    assert!(world.engine.clock.now().0 - began.0 >= i64::try_from(least.as_millis()).unwrap(), "{row}");
                }
            }
            system.mend().await;
        }
        engine.db.close().await;
    }

    async fn whatever_goes_wrong_with_an_edit_there_is_still_one_note(world: &World) {
        let system = TicketSystem::connect(world).await;
        let engine = impatient(world).await;
        let edits = ["drop_before", "drop_after_success", "hang", "delay", "late_success", "rate_limit"];
        for kind in edits {
            let id = begin(world, &system).await;
            resolve(&engine, world, id).await;
            assert_posted(world, &system, id, kind).await;
            let first = ended(world, id, kind).await;
            world.say(id, "/resume").await;
            world.say(id, "/fact It hums again.").await;
            let fault = json!({ "kind": kind, "method": "PATCH", "path_contains": "/notes", "delay_ms": 2_000 });
            system.fault(fault).await;
            resolve(&engine, world, id).await;
            assert_posted(world, &system, id, kind).await;
            let second = ended(world, id, kind).await;
            assert_eq!(second.external_id, first.external_id, "{kind}");
            assert_eq!(system.marked(&first.marker).await, 0, "{kind}: the old text is gone");
            system.mend().await;
        }
        engine.db.close().await;
    }

    async fn what_a_note_waits_for_stands_on_its_card(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = begin(world, &system).await;
        world.work();
        let away = json!({ "kind": "rate_limit", "method": "POST", "path_contains": "/notes", "retry_after": 3_600 });
        system.fault(away).await;
        resolve(&world.engine, world, id).await;
        until("the card says why", async || {
            let (_, card) = world.card(id, CardKind::Posting).await;
            card.badge.is_some_and(|badge| badge.text == "Waiting")
        })
        .await;
        let (_, card) = world.card(id, CardKind::Posting).await;
        assert!(card.fields[0].value.contains("asks for a pause"), "{card:?}");
        assert!(system.notes().await.is_empty());
    }

    async fn a_note_deleted_in_the_ticket_is_posted_again_only_when_somebody_asks(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = begin(world, &system).await;
        world.work();
        resolve(&world.engine, world, id).await;
        let first = ended(world, id, "the first").await;
        let note = first.external_id.clone().unwrap();
        let path = format!("service/tickets/{}/notes/{note}", first.ticket_id);
        system.elsewhere(reqwest::Method::DELETE, &path, json!({})).await;
        world.say(id, "/resume").await;
        world.say(id, "/fact It hums again.").await;
        resolve(&world.engine, world, id).await;
        let refused = ended(world, id, "the second").await;
        assert!(refused.error.as_deref().is_some_and(|why| why.contains("was deleted")), "{refused:?}");
        assert!(system.notes().await.is_empty());
        world.press(id, CardKind::Posting, "retry").await;
        assert_posted(world, &system, id, "asked for").await;
        assert_eq!(system.notes().await.len(), 1);
    }

    async fn a_note_that_was_given_up_and_arrived_is_taken_up_and_not_doubled(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = begin(world, &system).await;
        system.fault(json!({ "kind": "drop_after_success", "method": "POST", "path_contains": "/notes" })).await;
        let engine = &world.engine;
        let connection = flowpilot::psa::setup::connection_called(engine, &world.admin, None).await.unwrap().id;
        // Nobody looks before the connection is gone.
        system.fault(json!({ "kind": "status", "status": 503, "method": "GET", "path_contains": "/notes", "times": 99 })).await;
        world.work();
        resolve(engine, world, id).await;
        until("the answer is lost", async || {
            world.case(id).await.postings.last().is_some_and(|it| it.error.is_some())
        })
        .await;
        flowpilot::psa::setup::remove(engine, &world.admin, connection).await.unwrap();
        assert_eq!(ended(world, id, "given up").await.status, PostingStatus::Failed);
        system.save_connection(world, "private").await;
        system.mend().await;
        world.say(id, "/resume").await;
        world.say(id, "/fact It hums again.").await;
        resolve(engine, world, id).await;
        assert_posted(world, &system, id, "taken up").await;
        assert_eq!((system.notes().await.len(), system.requests("POST").await), (1, 1));
    }
}
