//! Notes of a ticket.

use flowpilot_sandbox::{NoteTextRules, SandboxConfig, demo_tickets};
use serde_json::{Value, json};

use crate::support::{Peer, config, demo};

const NOTES: &str = "/service/tickets/10421/notes";

async fn post_resolution(peer: &Peer, text: &str) -> Value {
    let reply = peer.post(NOTES, &json!({ "text": text, "resolutionFlag": true })).await;
    assert_eq!(reply.status, 201, "{reply:?}");
    reply.body
}

async fn reading(rules: NoteTextRules) -> Peer {
    Peer::start(SandboxConfig { tickets: demo_tickets(), note_text: rules, ..config() }).await
}

#[tokio::test]
async fn a_posted_note_is_on_the_ticket() {
    let peer = demo().await;
    let note = post_resolution(&peer, "**Problem**\n\nLocked out.").await;
    let read = peer.get(&format!("{NOTES}/{}", note["id"])).await;
    assert_eq!((read.status, read.body), (200, note.clone()));
    assert_eq!(note["ticketId"], 10421);
    assert_eq!(
        (note["resolutionFlag"].as_bool(), note["internalAnalysisFlag"].as_bool()),
        (Some(true), Some(false))
    );
    assert_eq!(note["dateCreated"], "2026-11-23T08:15:00Z");
}

#[tokio::test]
async fn a_note_without_a_placement_flag_is_refused() {
    let peer = demo().await;
    let reply = peer.post(NOTES, &json!({ "text": "where to?" })).await;
    assert_eq!((reply.status, reply.error()), (400, ("InvalidObject", "serviceNote object is invalid")));
    let said = &reply.body["errors"][0]["message"];
    assert_eq!(said, "Please choose where to display the notes in order to save this record.");
}

#[tokio::test]
async fn a_refused_note_is_not_stored() {
    let peer = demo().await;
    peer.post(NOTES, &json!({ "text": "where to?", "resolutionFlag": false })).await;
    assert_eq!(peer.texts_of(10421).await.len(), 1);
}

#[tokio::test]
async fn a_note_without_text_is_refused() {
    let peer = demo().await;
    let reply = peer.post(NOTES, &json!({ "text": "  ", "resolutionFlag": true })).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &json!("text")));
}

#[tokio::test]
async fn an_unknown_member_of_a_note_is_refused_in_the_vendors_words() {
    let peer = demo().await;
    let reply = peer.post(NOTES, &json!({ "text": "x", "resolutionFlag": true, "noteType": "x" })).await;
    let message = reply.error().1;
    assert!(
        message.starts_with("Could not find member 'noteType' on object of type 'ServiceNote'."),
        "{message}"
    );
    assert!(message.contains("Check your accept header"), "{message}");
}

#[tokio::test]
async fn a_member_of_the_wrong_kind_is_refused_and_named() {
    let peer = demo().await;
    let reply = peer.post(NOTES, &json!({ "text": 42, "resolutionFlag": true })).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &json!("text")));
}

#[tokio::test]
async fn a_note_on_an_unknown_ticket_is_404() {
    let peer = demo().await;
    let reply = peer.post("/service/tickets/7/notes", &json!({ "text": "x", "resolutionFlag": true })).await;
    assert_eq!((reply.status, reply.error().1), (404, "Ticket 7 not found"));
}

#[tokio::test]
async fn a_note_can_be_in_an_engineers_name() {
    let peer = demo().await;
    let body = json!({ "text": "x", "internalAnalysisFlag": true, "member": { "identifier": "spatel" } });
    assert_eq!(peer.post(NOTES, &body).await.body["member"]["name"], "Sam Patel");
}

#[tokio::test]
async fn a_note_in_an_unknown_name_is_refused() {
    let peer = demo().await;
    let body = json!({ "text": "x", "internalAnalysisFlag": true, "member": { "identifier": "ghost" } });
    assert_eq!(peer.post(NOTES, &body).await.status, 400);
}

#[tokio::test]
async fn what_the_server_sets_is_ignored_in_a_new_note() {
    let peer = demo().await;
    let body = json!({ "id": 1, "ticketId": 5, "createdBy": "me", "text": "x", "resolutionFlag": true });
    let note = peer.post(NOTES, &body).await.body;
    assert_eq!((&note["ticketId"], &note["createdBy"]), (&json!(10421), &json!("FlowPilotAPI")));
    assert_ne!(note["id"], 1);
}

#[tokio::test]
async fn a_patched_note_keeps_its_id_and_author() {
    let peer = demo().await;
    let note = post_resolution(&peer, "first").await;
    let path = format!("{NOTES}/{}", note["id"]);
    let patched = peer.patch(&path, &json!([{ "op": "replace", "path": "text", "value": "second" }])).await;
    assert_eq!((patched.status, &patched.body["text"]), (200, &json!("second")));
    assert_eq!((&patched.body["id"], &patched.body["createdBy"]), (&note["id"], &note["createdBy"]));
}

#[tokio::test]
async fn a_patch_cannot_take_the_last_placement_away() {
    let peer = demo().await;
    let path = format!("{NOTES}/{}", post_resolution(&peer, "x").await["id"]);
    let body = json!([{ "op": "replace", "path": "resolutionFlag", "value": false }]);
    assert_eq!(peer.patch(&path, &body).await.status, 400);
}

#[tokio::test]
async fn a_replaced_note_loses_what_the_replacement_does_not_say() {
    let peer = demo().await;
    let path = format!("{NOTES}/{}", post_resolution(&peer, "x").await["id"]);
    let put = peer.put(&path, &json!({ "text": "y", "internalAnalysisFlag": true })).await;
    assert_eq!((&put.body["text"], &put.body["resolutionFlag"]), (&json!("y"), &json!(false)));
}

#[tokio::test]
async fn a_deleted_note_is_gone_and_its_id_is_not_used_again() {
    let peer = demo().await;
    let first = post_resolution(&peer, "x").await;
    let path = format!("{NOTES}/{}", first["id"]);
    assert_eq!(peer.delete(&path).await.status, 204);
    assert_eq!(peer.get(&path).await.status, 404);
    assert_ne!(post_resolution(&peer, "y").await["id"], first["id"]);
}

#[tokio::test]
async fn a_note_is_found_only_on_its_own_ticket() {
    let peer = demo().await;
    let id = post_resolution(&peer, "x").await["id"].clone();
    assert_eq!(peer.get(&format!("/service/tickets/10422/notes/{id}")).await.status, 404);
}

#[tokio::test]
async fn the_newest_note_comes_first_when_asked_for() {
    let peer = demo().await;
    post_resolution(&peer, "one").await;
    post_resolution(&peer, "two").await;
    let reply = peer.get(&format!("{NOTES}?orderBy=id%20desc&pageSize=1")).await;
    assert_eq!(reply.body[0]["text"], "two");
}

#[tokio::test]
async fn all_notes_have_their_own_shape() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets/10421/allNotes").await;
    let note = &reply.body[0];
    assert_eq!((&note["noteType"], &note["ticket"]["id"]), (&json!("TicketNote"), &json!(10421)));
    assert_eq!(note.get("ticketId"), None);
}

#[tokio::test]
async fn a_condition_that_the_notes_do_not_know_is_refused() {
    let peer = demo().await;
    let reply = peer.find(NOTES, "noteType = 'x'").await;
    assert_eq!(
        (reply.status, reply.error()),
        (400, ("ApiFindCondition", "noteType is not a recognized name."))
    );
}

#[tokio::test]
async fn text_comes_back_as_it_was_sent() {
    let peer = demo().await;
    let text = "**Problem**\n\n- a (b) [c] \u{a0} \u{1f600} \"d\" \\ e.f\r\n";
    assert_eq!(post_resolution(&peer, text).await["text"], text);
}

#[tokio::test]
async fn a_server_that_escapes_punctuation_can_be_had() {
    let peer = reading(NoteTextRules { escape_punctuation: true, join_lines: false }).await;
    assert_eq!(post_resolution(&peer, "Done (v1.2)").await["text"], r"Done \(v1\.2\)");
}

#[tokio::test]
async fn a_server_that_joins_lines_can_be_had() {
    let peer = reading(NoteTextRules { escape_punctuation: false, join_lines: true }).await;
    assert_eq!(post_resolution(&peer, "one\r\ntwo\nthree").await["text"], "one two three");
}
