//! Changing tickets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Peer, Reply, demo, reply};

const TICKET: &str = "/service/tickets/10421";

async fn status_id(peer: &Peer, board: i32, name: &str) -> Value {
    let path = format!("/service/boards/{board}/statuses");
    peer.find(&path, &format!("name = \"{name}\"")).await.body[0]["id"].clone()
}

async fn replace(peer: &Peer, path: &str, value: Value) -> Reply {
    peer.patch(TICKET, &json!([{ "op": "replace", "path": path, "value": value }])).await
}

#[tokio::test]
async fn a_closed_status_closes_the_ticket() {
    let peer = demo().await;
    let closed = status_id(&peer, 1, ">Closed").await;
    let reply = replace(&peer, "status", json!({ "id": closed })).await;
    assert_eq!((reply.status, &reply.body["closedFlag"]), (200, &json!(true)));
    assert_eq!(reply.body["closedDate"], "2026-11-23T08:15:00Z");
}

#[tokio::test]
async fn a_resolved_status_does_not_close_the_ticket() {
    let peer = demo().await;
    let resolved = status_id(&peer, 1, "Resolved").await;
    let reply = replace(&peer, "status", json!({ "id": resolved })).await;
    assert_eq!(
        (&reply.body["closedFlag"], &reply.body["status"]["name"]),
        (&json!(false), &json!("Resolved"))
    );
    assert_eq!(reply.body["dateResolved"], "2026-11-23T08:15:00Z");
}

#[tokio::test]
async fn a_reopened_ticket_is_no_longer_closed() {
    let peer = demo().await;
    replace(&peer, "status", json!({ "name": ">Closed" })).await;
    let reply = replace(&peer, "status", json!({ "name": "In Progress" })).await;
    assert_eq!((&reply.body["closedFlag"], reply.body.get("closedDate")), (&json!(false), None));
}

#[tokio::test]
async fn a_status_of_another_board_is_refused() {
    let peer = demo().await;
    let elsewhere = status_id(&peer, 2, "Resolved").await;
    let reply = replace(&peer, "status", json!({ "id": elsewhere })).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &json!("status")));
}

#[tokio::test]
async fn a_ticket_that_moves_to_another_board_is_new_there() {
    let peer = demo().await;
    replace(&peer, "status", json!({ "name": "In Progress" })).await;
    let reply = replace(&peer, "board", json!({ "name": "Security" })).await;
    assert_eq!(
        (&reply.body["board"]["name"], &reply.body["status"]["name"]),
        (&json!("Security"), &json!("New"))
    );
}

#[tokio::test]
async fn naming_the_board_that_it_is_on_changes_no_status() {
    let peer = demo().await;
    replace(&peer, "status", json!({ "name": "In Progress" })).await;
    let reply = replace(&peer, "board", json!({ "name": "Help Desk" })).await;
    assert_eq!(reply.body["status"]["name"], "In Progress");
}

#[tokio::test]
async fn an_owner_is_named_by_identifier_and_becomes_the_resource() {
    let peer = demo().await;
    let reply = replace(&peer, "owner", json!({ "identifier": "jnovak" })).await;
    assert_eq!(
        (&reply.body["owner"]["name"], &reply.body["resources"]),
        (&json!("Jamie Novak"), &json!("jnovak"))
    );
}

#[tokio::test]
async fn a_change_moves_the_tickets_last_update() {
    let peer = demo().await;
    let reply = replace(&peer, "summary", json!("Other words")).await;
    assert_eq!(reply.body["_info"]["lastUpdated"], "2026-11-23T08:15:00Z");
    assert_eq!(reply.body["_info"]["dateEntered"], "2026-11-23T08:01:00Z");
}

#[tokio::test]
async fn part_of_a_reference_is_not_a_valid_path() {
    let peer = demo().await;
    let reply = replace(&peer, "status/id", json!(2)).await;
    assert_eq!((reply.status, reply.error().1), (400, "The path 'status/id' is not valid for Ticket."));
}

#[tokio::test]
async fn a_leading_slash_and_another_case_are_not_valid_paths() {
    let peer = demo().await;
    let statuses = (
        replace(&peer, "/summary", json!("x")).await.status,
        replace(&peer, "Summary", json!("x")).await.status,
    );
    assert_eq!(statuses, (400, 400));
}

#[tokio::test]
async fn what_the_server_sets_cannot_be_patched() {
    let peer = demo().await;
    assert_eq!(replace(&peer, "closedFlag", json!(true)).await.status, 400);
}

#[tokio::test]
async fn a_patch_that_is_not_an_array_is_refused() {
    let peer = demo().await;
    let body = json!({ "op": "replace", "path": "summary", "value": "x" });
    assert_eq!(peer.patch(TICKET, &body).await.status, 400);
}

#[tokio::test]
async fn an_operation_that_does_not_exist_is_refused() {
    let peer = demo().await;
    let body = json!([{ "op": "merge", "path": "summary", "value": "x" }]);
    assert_eq!(peer.patch(TICKET, &body).await.status, 400);
}

#[tokio::test]
async fn of_a_patch_with_one_bad_step_nothing_is_done() {
    let peer = demo().await;
    let body = json!([
        { "op": "replace", "path": "summary", "value": "changed" },
        { "op": "replace", "path": "owner", "value": { "identifier": "nobody" } },
    ]);
    assert_eq!(peer.patch(TICKET, &body).await.status, 400);
    assert_ne!(peer.get(TICKET).await.body["summary"], "changed");
}

#[tokio::test]
async fn a_required_member_cannot_be_removed() {
    let peer = demo().await;
    let reply = peer.patch(TICKET, &json!([{ "op": "remove", "path": "summary" }])).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["code"]), (400, &json!("MissingRequiredField")));
}

#[tokio::test]
async fn malformed_json_is_400_and_says_where() {
    let peer = demo().await;
    let request = peer.api(Method::PATCH, TICKET).header("content-type", "application/json").body("[{");
    let reply = reply(request).await;
    assert!(reply.status == 400 && reply.error().1.contains("line 1 column"), "{reply:?}");
}

#[tokio::test]
async fn a_write_that_does_not_say_it_is_json_is_415() {
    let peer = demo().await;
    let request = peer.api(Method::PATCH, TICKET).header("content-type", "text/plain").body("[]");
    assert_eq!(reply(request).await.status, 415);
}

#[tokio::test]
async fn a_body_beyond_a_mebibyte_is_413() {
    let peer = demo().await;
    let value = "x".repeat(1024 * 1024);
    assert_eq!(replace(&peer, "siteName", json!(value)).await.status, 413);
}
