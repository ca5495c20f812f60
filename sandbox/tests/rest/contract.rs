//! Answers against the published interface description, where that is at hand.

use flowpilot_sandbox::{SandboxConfig, demo_tickets};
use reqwest::Method;
use serde_json::json;

use crate::support::{Peer, config};

#[path = "../../../tests/support/contract.rs"]
mod description;

use description::Checked;

#[tokio::test]
async fn answers_fit_the_published_schemas() {
    let checked = Checked::default();
    let listener = checked.listener();
    if listener.is_none() {
        println!("skipped: FLOWPILOT_CONTRACTS does not name a folder of interface descriptions");
    }
    let peer = Peer::start(SandboxConfig { tickets: demo_tickets(), listener, ..config() }).await;

    for asked in [
        "/service/tickets",
        "/service/tickets/10421",
        "/service/tickets/count",
        "/service/tickets/10421/notes",
        "/service/tickets/10420/notes/1",
        "/service/tickets/10421/notes/count",
        "/service/tickets/10421/allNotes",
        "/service/tickets/10421/configurations",
        "/service/boards",
        "/service/boards/1",
        "/service/boards/1/statuses",
        "/company/companies",
        "/company/companies/1",
        "/company/contacts",
        "/company/contacts/1",
        "/company/configurations",
        "/system/members",
        "/system/members/1",
        "/system/info",
        "/system/myMembers/info",
        "/system/callbacks",
        "/time/entries",
    ] {
        assert_eq!(peer.get(asked).await.status, 200, "{asked}");
    }

    let ticket = json!({ "summary": "x", "company": { "id": 1 }, "initialDescription": "y" });
    assert_eq!(peer.post("/service/tickets", &ticket).await.status, 201);
    let searched = peer.post("/service/tickets/search", &json!({ "conditions": "id > 0" })).await;
    assert_eq!(searched.status, 200);
    let close = json!([{ "op": "replace", "path": "status", "value": { "name": ">Closed" } }]);
    assert_eq!(peer.patch("/service/tickets/10421", &close).await.status, 200);

    let time = json!({
        "chargeToId": 10421, "chargeToType": "ServiceTicket", "member": { "id": 1 }, "notes": "x",
        "timeStart": "2026-11-23T08:00:00Z", "timeEnd": "2026-11-23T08:45:00Z", "hoursDeduct": 0.25,
    });
    assert_eq!(peer.post("/time/entries", &time).await.status, 201);

    let notes = "/service/tickets/10421/notes";
    let note = json!({ "text": "x", "resolutionFlag": true, "member": { "id": 1 }, "contact": { "id": 1 } });
    let posted = peer.post(notes, &note).await;
    assert_eq!(posted.status, 201);
    let path = format!("{notes}/{}", posted.body["id"]);
    let text = json!([{ "op": "replace", "path": "text", "value": "z" }]);
    assert_eq!(peer.patch(&path, &text).await.status, 200);
    assert_eq!(peer.put(&path, &note).await.status, 200);

    let callback = json!({ "url": "http://127.0.0.1:1/", "objectId": 1, "type": "ticket", "level": "owner" });
    assert_eq!(peer.post("/system/callbacks", &callback).await.status, 201);

    assert_eq!(peer.get(&format!("{notes}/999999")).await.status, 404);
    assert_eq!(peer.post(notes, &json!({ "text": "nowhere" })).await.status, 400);
    let info = crate::support::reply(peer.bare(Method::GET, "/login/companyinfo/acme")).await;
    assert_eq!(info.status, 200);
}
