//! Pages of others in the screens ("Manage Hosted API"): the screens that take one, and what is registered for them.
//!
//! A pod that is registered for the ticket screen is what that screen frames.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::patch;
use crate::records::{Document, Records};
use crate::row::Row;
use crate::schema::{HOSTED_SCREEN, HOSTED_SETUP};
use crate::seed::API_MEMBER;
use crate::server::{PathIds, Shared};
use crate::writes::JsonBody;

/// Id, code and name of the screens.
const SCREENS: [(i32, &str, &str); 4] = [
    (1, "company", "Company"),
    (2, "contact", "Contact"),
    (TICKET_SCREEN, "ticket", "Service Ticket"),
    (4, "salesorder", "Sales Order"),
];
const TICKET_SCREEN: i32 = 3;

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/system/connectWiseHostedScreens", routing::get(screens))
        .route("/system/connectwisehostedsetups", routing::get(list).post(create))
        .route("/system/connectwisehostedsetups/{id}", routing::get(show).patch(change).delete(remove))
}

/// The page that the ticket screen frames, of those that are registered: the newest.
pub(crate) fn pod(records: &Records) -> Option<String> {
    let is_shown = |setup: &&Row| {
        setup.get("screenId").and_then(Value::as_i64) == Some(i64::from(TICKET_SCREEN))
            && setup.get("type").and_then(Value::as_str) == Some("Pod")
            && setup.get("disabledFlag").and_then(Value::as_bool) != Some(true)
    };
    let newest = records.hosted_setups.values().rev().find(is_shown)?;
    newest.get("url").and_then(Value::as_str).map(str::to_owned)
}

async fn screens(request: ListRequest) -> Result<Response, ApiError> {
    let rows = SCREENS.map(|(id, code, name)| {
        let mut row = Document::new();
        row.insert("id".to_owned(), Value::from(id));
        row.insert("screenId".to_owned(), Value::from(code));
        row.insert("name".to_owned(), Value::from(name));
        row
    });
    listing::answer(&HOSTED_SCREEN, rows.into_iter(), &request)
}

async fn list(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::answer(&HOSTED_SETUP, app.store.read().hosted_setups.clone().into_values(), &request)
}

async fn show(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let id = ids.get("id")?;
    let records = app.store.read();
    let found = records.hosted_setups.get(&id).ok_or_else(|| gone(id))?;
    Ok(Json(listing::selected(found, &request)).into_response())
}

async fn create(State(app): State<Shared>, body: JsonBody) -> Result<Response, ApiError> {
    let mut setup = body.record(&HOSTED_SETUP)?;
    check(&setup)?;
    let now = dates::format((app.clock)());
    let created = app.store.write_from_handler(move |records| {
        let last = records.hosted_setups.keys().next_back().copied().unwrap_or(0);
        let id = last.checked_add(1).ok_or_else(ApiError::not_kept)?;
        setup.insert("id".to_owned(), Value::from(id));
        setup.insert("createdBy".to_owned(), Value::from(API_MEMBER));
        setup.insert("dateCreated".to_owned(), Value::from(now.as_str()));
        complete(&mut setup, &now);
        records.hosted_setups.insert(id, setup.clone().into());
        Ok(setup)
    });
    Ok((StatusCode::CREATED, Json(created.await?)).into_response())
}

async fn change(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let id = ids.get("id")?;
    let changes = patch::read(&HOSTED_SETUP, &body)?;
    let now = dates::format((app.clock)());
    let changed = app.store.write_from_handler(move |records| {
        let found = records.hosted_setups.get(&id).ok_or_else(|| gone(id))?;
        let mut setup = Document::clone(found);
        patch::apply(changes, &mut setup);
        check(&setup)?;
        complete(&mut setup, &now);
        records.hosted_setups.insert(id, setup.clone().into());
        Ok(setup)
    });
    Ok(Json(changed.await?).into_response())
}

async fn remove(State(app): State<Shared>, ids: PathIds) -> Result<StatusCode, ApiError> {
    let id = ids.get("id")?;
    let removed = app.store.write_from_handler(move |records| {
        records.hosted_setups.remove(&id).map(drop).ok_or_else(|| gone(id))
    });
    removed.await.map(|()| StatusCode::NO_CONTENT)
}

/// Refuses what the real server's description calls incomplete, and a screen that there is not.
fn check(setup: &Document) -> Result<(), ApiError> {
    let is_empty = |name: &&str| match setup.get(*name) {
        Some(Value::String(text)) => text.trim().is_empty(),
        other => other.is_none(),
    };
    let mut errors: Vec<FieldError> = ["screenId", "description", "url", "type"]
        .into_iter()
        .filter(is_empty)
        .map(|name| FieldError::missing(&HOSTED_SETUP, name))
        .collect();
    let screen = setup.get("screenId").and_then(Value::as_i64);
    if screen.is_some_and(|screen| SCREENS.iter().all(|(id, ..)| i64::from(*id) != screen)) {
        errors.push(FieldError::invalid(&HOSTED_SETUP, "screenId", "There is no such screen."));
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(&HOSTED_SETUP, errors)) }
}

fn complete(setup: &mut Document, now: &str) {
    for flag in ["disabledFlag", "locationsEnabledFlag"] {
        setup.entry(flag).or_insert(Value::Bool(false));
    }
    setup.insert("_info".to_owned(), json!({ "lastUpdated": now, "updatedBy": API_MEMBER }));
}

fn gone(id: i32) -> ApiError {
    ApiError::not_found("ConnectWiseHostedSetup", id)
}
