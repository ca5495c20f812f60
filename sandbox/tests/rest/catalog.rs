//! Boards, statuses, companies, contacts, members.

use serde_json::json;

use crate::support::demo;

#[tokio::test]
async fn every_board_has_its_own_statuses() {
    let peer = demo().await;
    let first = peer.get("/service/boards/1/statuses").await.ids();
    let second = peer.get("/service/boards/2/statuses").await.ids();
    assert!(!first.is_empty() && first.iter().all(|id| !second.contains(id)));
}

#[tokio::test]
async fn an_unknown_board_is_404() {
    let peer = demo().await;
    let board = peer.get("/service/boards/77").await;
    let statuses = peer.get("/service/boards/77/statuses").await;
    assert_eq!((board.error().1, statuses.error().1), ("Board 77 not found", "Board 77 not found"));
}

#[tokio::test]
async fn a_contact_is_found_by_its_address_through_child_conditions() {
    let peer = demo().await;
    let conditions = "communicationItems/value = \"sofia.marchetti@harbourline.example.com\" and \
                      communicationItems/communicationType = 'Email'";
    let request = peer.api(reqwest::Method::GET, "/company/contacts");
    let reply = crate::support::reply(request.query(&[("childConditions", conditions)])).await;
    assert_eq!((reply.ids().len(), &reply.body[0]["lastName"]), (1, &json!("Marchetti")));
}

#[tokio::test]
async fn the_conditions_of_a_child_must_all_fit_the_same_one() {
    let peer = demo().await;
    let conditions = "communicationItems/value like '%@%' and communicationItems/communicationType = 'Phone'";
    let request = peer.api(reqwest::Method::GET, "/company/contacts");
    let reply = crate::support::reply(request.query(&[("childConditions", conditions)])).await;
    assert_eq!(reply.ids(), Vec::<i64>::new());
}

#[tokio::test]
async fn the_api_account_is_a_member_of_its_own_kind() {
    let peer = demo().await;
    let people = peer.find("/system/members", "inactiveFlag = false and licenseClass != 'A'").await;
    let accounts = peer.find("/system/members", "licenseClass = 'A'").await;
    assert_eq!((people.ids().len(), &accounts.body[0]["identifier"]), (3, &json!("FlowPilotAPI")));
}

#[tokio::test]
async fn the_system_tells_its_version() {
    let peer = demo().await;
    assert_eq!(peer.get("/system/info").await.body["version"], "2026.1.0");
}
