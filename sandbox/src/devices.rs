//! `/company/configurations` and those of a ticket: the devices that a ticket is about.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::records::{Document, Records};
use crate::schema::{CONFIGURATION, CONFIGURATION_REFERENCE};
use crate::seed::API_MEMBER;
use crate::server::{PathIds, Shared};
use crate::writes::JsonBody;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/company/configurations", routing::get(list).post(create))
        .route("/company/configurations/{id}", routing::get(show))
        .route("/service/tickets/{ticket}/configurations", routing::get(list_of_ticket).post(attach))
}

async fn list(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::answer(&CONFIGURATION, app.store.read().configurations.clone().into_values(), &request)
}

async fn show(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let id = ids.get("id")?;
    let records = app.store.read();
    let found = records.configurations.get(&id).ok_or_else(|| gone(id))?;
    Ok(Json(listing::selected(found, &request)).into_response())
}

async fn create(State(app): State<Shared>, body: JsonBody) -> Result<Response, ApiError> {
    let mut device = body.record(&CONFIGURATION)?;
    let missing = ["name", "type", "company"].into_iter().filter(|name| !device.contains_key(*name));
    let errors: Vec<FieldError> = missing.map(|name| FieldError::missing(&CONFIGURATION, name)).collect();
    if !errors.is_empty() {
        return Err(ApiError::invalid(&CONFIGURATION, errors));
    }
    let now = dates::format((app.clock)());
    let created = app.store.write_from_handler(move |records| {
        let last = records.configurations.keys().next_back().copied().unwrap_or(0);
        let id = last.checked_add(1).ok_or_else(ApiError::not_kept)?;
        device.insert("id".to_owned(), Value::from(id));
        device.insert("_info".to_owned(), json!({ "lastUpdated": now, "updatedBy": API_MEMBER }));
        records.configurations.insert(id, device.clone().into());
        Ok(device)
    });
    Ok((StatusCode::CREATED, Json(created.await?)).into_response())
}

async fn list_of_ticket(
    State(app): State<Shared>,
    ids: PathIds,
    request: ListRequest,
) -> Result<Response, ApiError> {
    let ticket = ids.get("ticket")?;
    let records = app.store.read();
    let _ = records.tickets.get(&ticket).ok_or_else(|| ApiError::not_found("Ticket", ticket))?;
    let named = records.ticket_configurations.get(&ticket).map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<Document> = named.iter().filter_map(|id| reference(&records, *id)).collect();
    listing::answer(&CONFIGURATION_REFERENCE, rows.into_iter(), &request)
}

/// Attaches a device to a ticket.
async fn attach(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let ticket = ids.get("ticket")?;
    let given = body.record(&CONFIGURATION_REFERENCE)?;
    let id = given.get("id").and_then(Value::as_i64).and_then(|id| i32::try_from(id).ok());
    let id = id.ok_or_else(|| {
        ApiError::invalid(&CONFIGURATION_REFERENCE, vec![FieldError::missing(&CONFIGURATION_REFERENCE, "id")])
    })?;
    let attached = app.store.write_from_handler(move |records| {
        let _ = records.tickets.get(&ticket).ok_or_else(|| ApiError::not_found("Ticket", ticket))?;
        let found = reference(records, id).ok_or_else(|| gone(id))?;
        let of_ticket = records.ticket_configurations.entry(ticket).or_default();
        if !of_ticket.contains(&id) {
            of_ticket.push(id);
        }
        Ok(found)
    });
    Ok((StatusCode::CREATED, Json(attached.await?)).into_response())
}

/// A device as a ticket names it.
fn reference(records: &Records, id: i32) -> Option<Document> {
    let device = records.configurations.get(&id)?;
    let mut reference = Document::new();
    reference.insert("id".to_owned(), Value::from(id));
    reference.insert("deviceIdentifier".to_owned(), device.get("name").cloned().unwrap_or_default());
    Some(reference)
}

fn gone(id: i32) -> ApiError {
    ApiError::not_found("Configuration", id)
}
