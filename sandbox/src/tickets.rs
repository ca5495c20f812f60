//! `/service/tickets`: reading, searching, creating and changing tickets.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::callbacks::{self, Telling};
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::logins::Who;
use crate::notes;
use crate::patch;
use crate::records::{Document, Records, id_of};
use crate::schema::{Access, BOARD_REFERENCE, Kind, SEARCH, TICKET};
use crate::seed::{API_MEMBER, default_priority};
use crate::server::{PathIds, Shared, locked};
use crate::writes::JsonBody;

/// The members of a new ticket that become its first notes, and where those are shown.
const INITIAL_NOTES: [(&str, &str); 3] = [
    ("initialDescription", "detailDescriptionFlag"),
    ("initialInternalAnalysis", "internalAnalysisFlag"),
    ("initialResolution", "resolutionFlag"),
];

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/service/tickets", routing::get(list).post(create))
        .route("/service/tickets/search", routing::post(search))
        .route("/service/tickets/count", routing::get(count))
        .route("/service/tickets/{ticket}", routing::get(show).patch(change))
}

async fn list(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::answer(&TICKET, app.store.read().tickets.values().cloned(), &request)
}

async fn count(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::count(&TICKET, app.store.read().tickets.values().cloned(), &request)
}

async fn search(
    State(app): State<Shared>,
    mut request: ListRequest,
    body: JsonBody,
) -> Result<Response, ApiError> {
    request.search(&body.record(&SEARCH)?);
    listing::answer(&TICKET, app.store.read().tickets.values().cloned(), &request)
}

async fn show(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
    ids: PathIds,
    request: ListRequest,
) -> Result<Response, ApiError> {
    let id = ids.get("ticket")?;
    if !locked(&app.logins).may_see(&who, id) {
        return Err(ApiError::not_found("Ticket", id));
    }
    let records = app.store.read();
    let ticket = records.tickets.get(&id).ok_or_else(|| ApiError::not_found("Ticket", id))?;
    Ok(Json(listing::selected(ticket, &request)).into_response())
}

async fn create(State(app): State<Shared>, body: JsonBody) -> Result<Response, ApiError> {
    let mut ticket = body.record(&TICKET)?;
    let is_quiet = ticket.get("skipCallback").and_then(Value::as_bool) == Some(true);
    let now = dates::format((app.clock)());
    let created = app.store.write_from_handler(move |records| {
        settle(records, None, &mut ticket, &now)?;
        let id = records.next_ticket_id().ok_or_else(ApiError::not_kept)?;
        let initial = INITIAL_NOTES.map(|(member, placement)| (ticket.remove(member), placement));
        ticket.retain(|name, _| TICKET.field(name).is_none_or(|field| field.access != Access::CreateOnly));
        ticket.insert("id".to_owned(), Value::from(id));
        add_fixed_members(&mut ticket, &now, API_MEMBER);
        records.put_ticket(id, ticket.clone());
        for (text, placement) in initial {
            if let Some(Value::String(text)) = text {
                notes::add_initial(records, id, placement, &text, &now, API_MEMBER)
                    .ok_or_else(ApiError::not_kept)?;
            }
        }
        Ok(ticket)
    });
    let created = created.await?;
    if !is_quiet {
        let (ticket, by) = (created.clone(), API_MEMBER.to_owned());
        callbacks::tell(&app, &Telling { action: "added", ticket, by, by_api: true });
    }
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

async fn change(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    change_as(app, ids.get("ticket")?, &body, None).await
}

/// Changes a ticket as this member does on the screens; as the API's keys without one.
pub(crate) async fn change_as(
    app: Shared,
    id: i32,
    body: &JsonBody,
    member: Option<String>,
) -> Result<Response, ApiError> {
    let changes = patch::read(&TICKET, body)?;
    let may_close = locked(&app.role).may_close();
    let now = dates::format((app.clock)());
    let by_api = member.is_none();
    let by = member.unwrap_or_else(|| API_MEMBER.to_owned());
    let who = by.clone();
    let changed = app.store.write_from_handler(move |records| {
        let old = records.tickets.get(&id).ok_or_else(|| ApiError::not_found("Ticket", id))?;
        let old = old.clone();
        let mut ticket = Document::clone(&old);
        patch::apply(changes, &mut ticket);
        settle(records, Some(&old), &mut ticket, &now)?;
        if closes(&old, &ticket) && !may_close {
            return Err(ApiError::forbidden("You do not have security permission to close this record."));
        }
        if let Some(Value::Object(info)) = ticket.get_mut("_info") {
            info.insert("lastUpdated".to_owned(), Value::from(now));
            info.insert("updatedBy".to_owned(), Value::from(who));
        }
        records.put_ticket(id, ticket.clone());
        Ok(ticket)
    });
    let ticket = changed.await?;
    callbacks::tell(&app, &Telling { action: "updated", ticket: ticket.clone(), by, by_api });
    Ok(Json(ticket).into_response())
}

fn closes(old: &Document, new: &Document) -> bool {
    let is_closed = |ticket: &Document| ticket.get("closedFlag") == Some(&Value::Bool(true));
    is_closed(new) && !is_closed(old)
}

/// The members that every ticket has and no client sets.
pub(crate) fn add_fixed_members(ticket: &mut Document, entered: &str, by: &str) {
    let fixed = json!({
        "recordType": "ServiceTicket",
        "closedFlag": false,
        "customerUpdatedFlag": false,
        "automaticEmailContactFlag": false,
        "automaticEmailResourceFlag": false,
        "automaticEmailCcFlag": false,
        "hasChildTicket": false,
        "approved": true,
        "customFields": [],
        "_info": { "lastUpdated": entered, "updatedBy": by, "dateEntered": entered, "enteredBy": by },
    });
    let Value::Object(fixed) = fixed else { return };
    for (name, value) in fixed {
        ticket.entry(name).or_insert(value);
    }
}

/// Refuses a ticket that the real server would not save; fills in what its references stand for and what
/// follows from its status.
fn settle(
    records: &Records,
    old: Option<&Document>,
    ticket: &mut Document,
    now: &str,
) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    if ticket.get("summary").and_then(Value::as_str).is_none_or(|summary| summary.trim().is_empty()) {
        errors.push(FieldError::missing(&TICKET, "summary"));
    }
    if !ticket.contains_key("company") {
        errors.push(FieldError::missing(&TICKET, "company"));
    }
    choose_defaults(records, old, ticket);
    let changed: Vec<String> = ticket
        .iter()
        .filter(|(name, value)| old.and_then(|old| old.get(*name)) != Some(*value))
        .map(|(name, _)| name.clone())
        .collect();
    for field in TICKET.fields.iter().filter(|field| changed.iter().any(|name| name == field.name)) {
        let (Kind::Reference(to), Some(given)) = (&field.kind, ticket.get(field.name)) else { continue };
        match records.resolve(to, id_of(ticket.get("board")), given) {
            Some(found) => {
                ticket.insert(field.name.to_owned(), found);
            }
            None => {
                let message = format!("{} {given} was not found.", field.name);
                errors.push(FieldError::invalid(&TICKET, field.name, message));
            }
        }
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(&TICKET, errors));
    }
    follow_status(records, ticket, now);
    follow_people(records, ticket, &changed);
    Ok(())
}

/// Board, status and priority of a ticket that does not say; a ticket that moves to another board starts
/// there with the status of new tickets.
fn choose_defaults(records: &Records, old: Option<&Document>, ticket: &mut Document) {
    let first = records.boards.keys().next().map(|id| json!({ "id": id }));
    if let Some(board) = ticket.get("board").or(first.as_ref())
        && let Some(board) = records.resolve(&BOARD_REFERENCE, None, board)
    {
        ticket.insert("board".to_owned(), board);
    }
    let board_changed = old.is_some_and(|old| old.get("board") != ticket.get("board"));
    let status_changed = old.is_none_or(|old| old.get("status") != ticket.get("status"));
    if !ticket.contains_key("status") || (board_changed && !status_changed) {
        ticket.insert("status".to_owned(), json!({ "name": crate::schema::NEW_STATUS }));
    }
    ticket.entry("priority").or_insert_with(default_priority);
}

fn follow_status(records: &Records, ticket: &mut Document, now: &str) {
    let status = id_of(ticket.get("status")).and_then(|id| records.statuses.get(&id));
    let says = |name: &str, value: &Value| status.is_some_and(|status| status.get(name) == Some(value));
    let closed = says("closedStatus", &Value::Bool(true));
    let resolved = says("escalationStatus", &Value::from("Resolved"));
    ticket.insert("closedFlag".to_owned(), Value::Bool(closed));
    set_or_clear(ticket, "closedDate", closed.then(|| now.to_owned()));
    set_or_clear(ticket, "closedBy", closed.then(|| API_MEMBER.to_owned()));
    set_or_clear(ticket, "dateResolved", resolved.then(|| now.to_owned()));
}

fn follow_people(records: &Records, ticket: &mut Document, changed: &[String]) {
    let owner = ticket.get("owner").and_then(|owner| owner.get("identifier")).and_then(Value::as_str);
    match owner.map(str::to_owned) {
        Some(owner) => ticket.insert("resources".to_owned(), Value::String(owner)),
        None => ticket.remove("resources"),
    };
    if !changed.iter().any(|name| name == "contact") {
        return;
    }
    let contact = id_of(ticket.get("contact")).and_then(|id| records.contacts.get(&id));
    let Some(contact) = contact else { return };
    ticket.insert("contactName".to_owned(), Value::String(crate::records::full_name(contact)));
    let items = contact.get("communicationItems").and_then(Value::as_array);
    for item in items.into_iter().flatten() {
        let member = match item["communicationType"].as_str() {
            Some("Email") => "contactEmailAddress",
            Some("Phone") => "contactPhoneNumber",
            _ => continue,
        };
        ticket.insert(member.to_owned(), item["value"].clone());
    }
}

/// Keeps the first value that was set: a ticket is closed when it is closed, not when it is next saved.
fn set_or_clear(ticket: &mut Document, name: &str, value: Option<String>) {
    match value {
        Some(value) => {
            ticket.entry(name).or_insert(Value::String(value));
        }
        None => {
            ticket.remove(name);
        }
    }
}
