//! `/system/callbacks`: who wants to be told of changes, and the keys that what is told is signed with.

mod send;

pub(crate) use send::{Outgoing, Telling, tell};

use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::patch;
use crate::records::{Document, Records};
use crate::schema::CALLBACK;
use crate::seed::API_MEMBER;
use crate::server::{PathIds, Shared};
use crate::writes::JsonBody;

/// Where the keys are, below the codebase.
pub(crate) const KEY_PATH: &str = "/system/callbackkey/index.rails";
/// The levels that narrow callbacks about tickets, and the member of a ticket that they look at.
const LEVELS: [(&str, &str); 5] =
    [("owner", ""), ("board", "board"), ("status", "status"), ("company", "company"), ("ticket", "id")];

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/system/callbacks", routing::get(list).post(create))
        .route("/system/callbacks/count", routing::get(count))
        .route("/system/callbacks/{id}", routing::get(show).patch(change).delete(remove))
}

async fn list(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::answer(&CALLBACK, app.store.read().callbacks.clone().into_values(), &request)
}

async fn count(State(app): State<Shared>, request: ListRequest) -> Result<Response, ApiError> {
    listing::count(&CALLBACK, app.store.read().callbacks.clone().into_values(), &request)
}

async fn show(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let id = ids.get("id")?;
    let records = app.store.read();
    let found = records.callbacks.get(&id).ok_or_else(|| gone(id))?;
    Ok(Json(listing::selected(found, &request)).into_response())
}

async fn create(State(app): State<Shared>, body: JsonBody) -> Result<Response, ApiError> {
    let mut callback = body.record(&CALLBACK)?;
    let now = dates::format((app.clock)());
    let created = app.store.write_from_handler(move |records| {
        settle(records, None, &mut callback)?;
        let last = records.callbacks.keys().next_back().copied().unwrap_or(0);
        let id = last.checked_add(1).ok_or_else(ApiError::not_kept)?;
        callback.insert("id".to_owned(), Value::from(id));
        complete(&mut callback, &now);
        records.callbacks.insert(id, callback.clone().into());
        records.callback_keys.insert(id, new_key());
        Ok(callback)
    });
    Ok((StatusCode::CREATED, Json(created.await?)).into_response())
}

async fn change(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let id = ids.get("id")?;
    let changes = patch::read(&CALLBACK, &body)?;
    let now = dates::format((app.clock)());
    let changed = app.store.write_from_handler(move |records| {
        let found = records.callbacks.get(&id).ok_or_else(|| gone(id))?;
        let mut callback = Document::clone(found);
        patch::apply(changes, &mut callback);
        settle(records, Some(id), &mut callback)?;
        complete(&mut callback, &now);
        records.callbacks.insert(id, callback.clone().into());
        Ok(callback)
    });
    Ok(Json(changed.await?).into_response())
}

async fn remove(State(app): State<Shared>, ids: PathIds) -> Result<StatusCode, ApiError> {
    let id = ids.get("id")?;
    let removed = app.store.write_from_handler(move |records| {
        records.callback_keys.remove(&id);
        records.callbacks.remove(&id).map(drop).ok_or_else(|| gone(id))
    });
    removed.await.map(|()| StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
pub(crate) struct KeyOf {
    #[serde(rename = "companyName", default)]
    company: String,
    #[serde(default)]
    id: i32,
}

/// The key of a callback, for the company that it belongs to.
pub(crate) async fn key(
    State(app): State<Shared>,
    Query(KeyOf { company, id }): Query<KeyOf>,
) -> Result<Response, ApiError> {
    let records = app.store.read();
    let known = records.callback_keys.get(&id);
    let known = known.filter(|_| company.eq_ignore_ascii_case(&app.credentials.company_id));
    known.map(|key| Json(json!({ "signing_key": key })).into_response()).ok_or_else(|| gone(id))
}

/// Refuses what the real server would not take: an entry without an address, an unknown level, the same one twice.
fn settle(records: &Records, own: Option<i32>, callback: &mut Document) -> Result<(), ApiError> {
    let missing = ["url", "objectId", "type", "level"].into_iter().filter(|name| match callback.get(*name) {
        Some(Value::String(text)) => text.trim().is_empty(),
        other => other.is_none(),
    });
    let mut errors: Vec<FieldError> = missing.map(|name| FieldError::missing(&CALLBACK, name)).collect();
    let level = callback.get("level").and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    if !level.is_empty() && LEVELS.iter().all(|(known, _)| *known != level) {
        errors.push(FieldError::invalid(&CALLBACK, "level", "Unrecognized level for type"));
    }
    if !errors.is_empty() {
        return Err(ApiError::invalid(&CALLBACK, errors));
    }
    if level == "owner" && callback.get("objectId") == Some(&Value::from(0)) {
        callback.insert("objectId".to_owned(), Value::from(1));
    }
    let same = |other: &Document| {
        ["url", "type", "level", "objectId"].iter().all(|name| other.get(*name) == callback.get(*name))
    };
    if records.callbacks.iter().any(|(id, other)| Some(*id) != own && same(other)) {
        return Err(ApiError::exists("A matching callback entry already exists"));
    }
    Ok(())
}

fn complete(callback: &mut Document, now: &str) {
    for flag in ["inactiveFlag", "isSoapCallbackFlag", "isSelfSuppressedFlag"] {
        callback.entry(flag).or_insert(Value::Bool(false));
    }
    callback.insert("_info".to_owned(), json!({ "lastUpdated": now, "updatedBy": API_MEMBER }));
}

/// Whether an entry wants to hear of this ticket.
fn wants(callback: &Document, ticket: &Document, by_api: bool) -> bool {
    let text = |name: &str| callback.get(name).and_then(Value::as_str).unwrap_or("").to_ascii_lowercase();
    let is_set = |name: &str| callback.get(name).and_then(Value::as_bool) == Some(true);
    if text("type") != "ticket" || is_set("inactiveFlag") || (by_api && is_set("isSelfSuppressedFlag")) {
        return false;
    }
    let level = text("level");
    match LEVELS.iter().find(|(known, _)| *known == level) {
        Some((_, "")) => true,
        Some((_, "id")) => ticket.get("id") == callback.get("objectId"),
        Some((_, member)) => ticket.get(*member).and_then(|it| it.get("id")) == callback.get("objectId"),
        None => false,
    }
}

/// Good enough for a server that holds nothing of anybody's.
fn new_key() -> String {
    let number = || RandomState::new().build_hasher().finish().to_be_bytes();
    STANDARD.encode([number(), number(), number(), number()].concat())
}

fn gone(id: i32) -> ApiError {
    ApiError::not_found("CallbackEntry", id)
}
