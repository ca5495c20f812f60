//! Reading and creating tickets.

use serde_json::{Value, json};

use crate::support::demo;

#[tokio::test]
async fn a_ticket_tells_who_what_and_where() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets/10421").await;
    assert_eq!(reply.status, 200);
    assert_eq!(reply.body["summary"], "Locked out of Windows again, third time since Friday");
    assert_eq!(reply.body["company"]["name"], "Harbourline Dental Group");
    assert_eq!(reply.body["contact"]["name"], "Priya Raman");
    assert_eq!(reply.body["board"]["name"], "Help Desk");
    assert_eq!(reply.body["status"]["name"], "New");
    assert_eq!(reply.body["priority"]["name"], "Priority 2 - High");
    assert_eq!(reply.body["_info"]["dateEntered"], "2026-11-23T08:01:00Z");
}

#[tokio::test]
async fn the_description_of_a_ticket_is_its_first_note_and_not_a_member() {
    let peer = demo().await;
    let ticket = peer.get("/service/tickets/10421").await.body;
    let notes = peer.get("/service/tickets/10421/notes").await.body;
    assert_eq!(ticket.get("initialDescription"), None);
    assert_eq!(
        (notes[0]["detailDescriptionFlag"].as_bool(), notes.as_array().map(Vec::len)),
        (Some(true), Some(1))
    );
}

#[tokio::test]
async fn an_unknown_ticket_is_404_and_named() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets/99").await;
    assert_eq!((reply.status, reply.error()), (404, ("NotFound", "Ticket 99 not found")));
}

#[tokio::test]
async fn a_ticket_id_that_is_no_number_is_no_endpoint() {
    let peer = demo().await;
    assert_eq!(peer.get("/service/tickets/abc").await.error().0, "ConnectWiseApi");
}

#[tokio::test]
async fn fields_gives_only_what_was_asked_for() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets/10421?fields=id,board/name").await;
    assert_eq!(reply.body, json!({ "id": 10421, "board": { "name": "Help Desk" } }));
}

#[tokio::test]
async fn a_new_ticket_gets_a_number_defaults_and_its_first_notes() {
    let peer = demo().await;
    let body = json!({
        "summary": "Scanner beeps",
        "company": { "identifier": "QuaysideLogistics" },
        "initialDescription": "It beeps.",
        "initialInternalAnalysis": "Battery?",
    });
    let reply = peer.post("/service/tickets", &body).await;
    assert_eq!(reply.status, 201);
    assert_eq!(reply.body["status"]["name"], "New");
    assert_eq!(reply.body["priority"]["name"], "Priority 3 - Medium");
    assert_eq!(reply.body["company"]["name"], "Quayside Logistics");
    assert_eq!(reply.body.get("initialDescription"), None);
    let id = i32::try_from(reply.body["id"].as_i64().expect("an id")).expect("32 bits");
    assert_eq!(peer.texts_of(id).await, ["It beeps.", "Battery?"]);
}

#[tokio::test]
async fn a_new_tickets_contact_brings_its_address() {
    let peer = demo().await;
    let contact = peer.find("/company/contacts", "lastName = \"Okoro\"").await.body[0]["id"].clone();
    let body = json!({ "summary": "x", "company": { "id": 1 }, "contact": { "id": contact } });
    let reply = peer.post("/service/tickets", &body).await;
    assert_eq!(reply.body["contactEmailAddress"], "daniel.okoro@oakfield.example.org");
}

#[tokio::test]
async fn a_summary_of_101_characters_is_refused_and_the_field_named() {
    let peer = demo().await;
    let body = json!({ "summary": "é".repeat(101), "company": { "id": 1 } });
    let reply = peer.post("/service/tickets", &body).await;
    assert_eq!((reply.status, reply.error()), (400, ("InvalidObject", "ticket object is invalid")));
    assert_eq!(reply.body["errors"][0]["field"], "summary");
}

#[tokio::test]
async fn a_summary_of_100_characters_is_taken() {
    let peer = demo().await;
    let body = json!({ "summary": "é".repeat(100), "company": { "id": 1 } });
    assert_eq!(peer.post("/service/tickets", &body).await.status, 201);
}

#[tokio::test]
async fn a_ticket_without_summary_and_company_names_both() {
    let peer = demo().await;
    let reply = peer.post("/service/tickets", &json!({})).await;
    let named =
        |at: usize| (reply.body["errors"][at]["code"].clone(), reply.body["errors"][at]["field"].clone());
    let missing = |field: &str| (json!("MissingRequiredField"), json!(field));
    assert_eq!((reply.status, named(0), named(1)), (400, missing("summary"), missing("company")));
}

#[tokio::test]
async fn a_ticket_of_an_unknown_company_is_refused() {
    let peer = demo().await;
    let body = json!({ "summary": "x", "company": { "identifier": "NoSuch" } });
    let reply = peer.post("/service/tickets", &body).await;
    assert_eq!((reply.status, &reply.body["errors"][0]["field"]), (400, &json!("company")));
}

#[tokio::test]
async fn an_unknown_member_is_refused_in_the_vendors_words() {
    let peer = demo().await;
    let request =
        peer.api(reqwest::Method::POST, "/service/tickets").header("content-type", "application/json");
    let reply = crate::support::reply(request.body(r#"{"summary":"x","enteredBy":"me"}"#)).await;
    let message = "Could not find member 'enteredBy' on object of type 'Ticket'. Path 'enteredBy', line 1, \
                   position 27.Check your accept header to make sure you are using the correct version.";
    assert_eq!((reply.status, reply.error()), (400, ("ConnectWiseApi", message)));
}

#[tokio::test]
async fn an_unknown_member_of_a_reference_is_refused_too() {
    let peer = demo().await;
    let body = json!({ "summary": "x", "company": { "id": 1, "colour": "red" } });
    let reply = peer.post("/service/tickets", &body).await;
    assert!(
        reply.error().1.starts_with("Could not find member 'colour' on object of type 'CompanyReference'")
    );
}

#[tokio::test]
async fn search_takes_its_conditions_from_the_body() {
    let peer = demo().await;
    let body = json!({ "conditions": "board/name = 'Security'", "orderBy": "id desc" });
    let reply = peer.post("/service/tickets/search", &body).await;
    assert_eq!((reply.status, reply.ids()), (200, vec![10435]));
}

#[tokio::test]
async fn search_refuses_members_that_are_not_published() {
    let peer = demo().await;
    let reply = peer.post("/service/tickets/search", &json!({ "filter": "x" })).await;
    assert!(reply.error().1.contains("type 'FilterValues'"), "{reply:?}");
}

#[tokio::test]
async fn count_counts_what_the_list_would_have() {
    let peer = demo().await;
    let reply = peer.find("/service/tickets/count", "board/name = 'Network Operations'").await;
    assert_eq!(reply.body, json!({ "count": 3 }));
}

#[tokio::test]
async fn the_demo_has_one_company_board_and_description_for_every_ticket() {
    let peer = demo().await;
    let tickets = peer.get("/service/tickets?pageSize=1000").await;
    let companies = peer.get("/company/companies").await;
    let notes = peer.control(reqwest::Method::GET, "/notes", None).await;
    let size = |list: &Value| list.as_array().map(Vec::len);
    assert_eq!(
        (size(&tickets.body), size(&companies.body), size(&notes.body)),
        (Some(18), Some(5), Some(18))
    );
}
