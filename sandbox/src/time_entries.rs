//! `/time/entries`: time worked on tickets.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::records::{Document, Records, id_of};
use crate::schema::{MEMBER_REFERENCE, TIME_ENTRY};
use crate::seed::API_MEMBER;
use crate::server::{PathIds, Shared};
use crate::writes::JsonBody;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/time/entries", routing::get(list).post(create))
        .route("/time/entries/{entry}", routing::get(show))
}

async fn list(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::answer(&TIME_ENTRY, app.store.read().time_entries.values().cloned(), &request)
}

async fn show(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let id = ids.get("entry")?;
    let records = app.store.read();
    let entry = records.time_entries.get(&id).ok_or_else(|| ApiError::not_found("TimeEntry", id))?;
    Ok(Json(listing::selected(entry, &request)).into_response())
}

async fn create(State(app): State<Shared>, body: JsonBody) -> Result<Response, ApiError> {
    let mut entry = body.record(&TIME_ENTRY)?;
    let now = dates::format((app.clock)());
    let created = app.store.write_from_handler(move |records| {
        settle(records, &mut entry)?;
        let last = records.time_entries.keys().next_back().copied().unwrap_or(0);
        let id = last.checked_add(1).ok_or_else(ApiError::not_kept)?;
        entry.insert("id".to_owned(), Value::from(id));
        entry.insert("enteredBy".to_owned(), Value::from(API_MEMBER));
        entry.insert("dateEntered".to_owned(), Value::from(now.as_str()));
        entry.insert("status".to_owned(), Value::from("Open"));
        entry.insert("_info".to_owned(), json!({ "lastUpdated": now, "updatedBy": API_MEMBER }));
        records.time_entries.insert(id, entry.clone().into());
        Ok(entry)
    });
    Ok((StatusCode::CREATED, Json(created.await?)).into_response())
}

/// Refuses time that the real server would not save; fills in whose it is, and what was worked.
fn settle(records: &Records, entry: &mut Document) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    let at = |name: &str| entry.get(name).and_then(Value::as_str).and_then(dates::parse);
    let (start, end) = (at("timeStart"), at("timeEnd"));
    if start.is_none() {
        errors.push(FieldError::missing(&TIME_ENTRY, "timeStart"));
    }
    let deducted = entry.get("hoursDeduct").and_then(Value::as_f64).unwrap_or(0.0);
    let worked = start.zip(end).map(|(start, end)| (end - start).as_seconds_f64() / 3600.0 - deducted);
    if worked.is_some_and(|hours| hours <= 0.0) {
        let message = "The end time must be after the start time, with more between them than is deducted.";
        errors.push(FieldError::rule(&TIME_ENTRY, message));
    }
    let ticket = id_of(Some(&json!({ "id": entry.get("chargeToId") })));
    let found = ticket.and_then(|id| records.tickets.get(&id));
    match (entry.get("chargeToType").and_then(Value::as_str), found) {
        (Some("ServiceTicket"), Some(_)) => {}
        _ => errors.push(FieldError::invalid(&TIME_ENTRY, "chargeToId", "chargeToId was not found.")),
    }
    let status = found.and_then(|ticket| id_of(ticket.get("status")));
    let status = status.and_then(|id| records.statuses.get(&id));
    if status.is_some_and(|it| it.get("timeEntryNotAllowed") == Some(&Value::Bool(true))) {
        errors
            .push(FieldError::rule(&TIME_ENTRY, "Time entry is not allowed for the status of this ticket."));
    }
    let member = entry.get("member").cloned().unwrap_or_else(|| json!({ "identifier": API_MEMBER }));
    let member = records.resolve(&MEMBER_REFERENCE, None, &member);
    if member.is_none() {
        errors.push(FieldError::invalid(&TIME_ENTRY, "member", "member was not found."));
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(&TIME_ENTRY, errors));
    }
    entry.insert("member".to_owned(), member.unwrap_or_default());
    entry.entry("billableOption").or_insert_with(|| Value::from("Billable"));
    if let Some(hours) = worked {
        entry.entry("actualHours").or_insert_with(|| json!((hours * 100.0).round() / 100.0));
    }
    Ok(())
}
