//! `/_sandbox/`: what tests use to make faults happen and to see what was asked and kept. No password: the
//! server is on loopback only.

use axum::extract::rejection::JsonRejection;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::ApiError;
use crate::config::is_codebase;
use crate::faults::Fault;
use crate::journal::Entry;
use crate::logins::{self, Accepted};
use crate::role::Role;
use crate::server::{Shared, locked};
use crate::store::WriteError;
use crate::tickets;
use crate::writes::JsonBody;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Codebase {
    codebase: String,
}

/// The control routes, relative to `/_sandbox`.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/faults", routing::get(faults).post(add_fault).delete(clear_faults))
        .route("/requests", routing::get(requests).delete(clear_requests))
        .route("/notes", routing::get(notes))
        .route("/time", routing::get(time_entries))
        .route("/tickets", routing::get(tickets))
        .route("/tickets/{ticket}", routing::delete(delete_ticket))
        .route("/codebase", routing::post(change_codebase))
        .route("/pod", routing::post(change_pod))
        .route("/members/{identifier}/sign-in", routing::post(sign_in).delete(sign_out))
        .route("/members/{identifier}/hidden-tickets", routing::post(hide_tickets))
        .route("/role", routing::post(change_role))
        .route("/members/{identifier}/tickets/{ticket}", routing::patch(change_ticket))
        .route("/callbacks", routing::get(callbacks))
        .route("/member-credentials", routing::post(accept_credentials))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pod {
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hidden {
    tickets: Vec<i32>,
}

/// Signs a member in, as the browser's session that a page in a frame is told about.
async fn sign_in(State(app): State<Shared>, Path(identifier): Path<String>) -> Response {
    match logins::sign_in(&app, &identifier) {
        Some(told) => (StatusCode::CREATED, Json(told)).into_response(),
        None => {
            (StatusCode::NOT_FOUND, Json(json!({ "message": "there is no such member" }))).into_response()
        }
    }
}

/// Ends every session of a member.
async fn sign_out(State(app): State<Shared>, Path(identifier): Path<String>) -> StatusCode {
    locked(&app.logins).sign_out(&identifier);
    StatusCode::NO_CONTENT
}

/// The tickets that a member may not see, instead of those before.
async fn hide_tickets(
    State(app): State<Shared>,
    Path(identifier): Path<String>,
    body: Result<Json<Hidden>, JsonRejection>,
) -> Response {
    match body {
        Ok(Json(hidden)) => {
            locked(&app.logins).hide(&identifier, hidden.tickets);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(rejection) => refused(&rejection.body_text()),
    }
}

/// In which forms a member's hash is accepted: servers differ.
async fn accept_credentials(
    State(app): State<Shared>,
    body: Result<Json<Accepted>, JsonRejection>,
) -> Response {
    match body {
        Ok(Json(accepted)) => {
            locked(&app.logins).accept(accepted);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(rejection) => refused(&rejection.body_text()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Lacking {
    missing: Vec<String>,
}

/// The rights that the API member lacks, instead of those before.
async fn change_role(State(app): State<Shared>, body: Result<Json<Lacking>, JsonRejection>) -> Response {
    let role = match body {
        Ok(Json(Lacking { missing })) => Role::without(missing),
        Err(rejection) => Err(rejection.body_text()),
    };
    match role {
        Ok(role) => {
            *locked(&app.role) = role;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(why) => refused(&why),
    }
}

/// Changes a ticket as a member does on the screens.
async fn change_ticket(
    State(app): State<Shared>,
    Path((identifier, ticket)): Path<(String, i32)>,
    body: JsonBody,
) -> Result<Response, ApiError> {
    tickets::change_as(app, ticket, &body, Some(identifier)).await
}

/// The callbacks that were sent, byte for byte, and how each attempt was answered.
async fn callbacks(State(app): State<Shared>) -> Json<Value> {
    Json(json!(locked(&app.outgoing).all()))
}

async fn change_pod(State(app): State<Shared>, body: Result<Json<Pod>, JsonRejection>) -> Response {
    match body {
        Ok(Json(pod)) => {
            *locked(&app.pod_url) = pod.url;
            StatusCode::NO_CONTENT.into_response()
        }
        Err(rejection) => refused(&rejection.body_text()),
    }
}

async fn faults(State(app): State<Shared>) -> Json<Vec<Fault>> {
    Json(locked(&app.faults).waiting())
}

async fn add_fault(State(app): State<Shared>, fault: Result<Json<Fault>, JsonRejection>) -> Response {
    let fault = match fault {
        Ok(Json(fault)) => fault,
        Err(rejection) => return refused(&rejection.body_text()),
    };
    if let Some(problem) = fault.problem() {
        return refused(problem);
    }
    locked(&app.faults).add(fault.clone());
    (StatusCode::CREATED, Json(fault)).into_response()
}

async fn clear_faults(State(app): State<Shared>) -> StatusCode {
    locked(&app.faults).clear();
    StatusCode::NO_CONTENT
}

async fn requests(State(app): State<Shared>) -> Json<Vec<Entry>> {
    Json(locked(&app.journal).entries())
}

async fn clear_requests(State(app): State<Shared>) -> StatusCode {
    locked(&app.journal).clear();
    StatusCode::NO_CONTENT
}

/// All notes of all tickets; each has its `ticketId`.
async fn notes(State(app): State<Shared>) -> Json<Value> {
    let records = app.store.read();
    Json(records.all_notes().map(|note| Value::Object((**note).clone())).collect())
}

async fn time_entries(State(app): State<Shared>) -> Json<Value> {
    let records = app.store.read();
    Json(records.time_entries.values().map(|entry| Value::Object((**entry).clone())).collect())
}

async fn tickets(State(app): State<Shared>) -> Json<Value> {
    let records = app.store.read();
    Json(records.tickets.values().map(|ticket| Value::Object((**ticket).clone())).collect())
}

/// Deletes a ticket, as an admin does on the screens.
async fn delete_ticket(State(app): State<Shared>, Path(ticket): Path<i32>) -> Result<StatusCode, ApiError> {
    let deleted = app.store.write(|records| match records.tickets.remove(&ticket) {
        Some(_) => Ok(()),
        None => Err(ApiError::no_endpoint()),
    });
    match deleted {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(WriteError::Refused(error)) => Err(error),
        Err(WriteError::NotKept(_)) => Err(ApiError::not_kept()),
    }
}

async fn change_codebase(State(app): State<Shared>, body: Result<Json<Codebase>, JsonRejection>) -> Response {
    match body {
        Ok(Json(Codebase { codebase })) if is_codebase(&codebase) => {
            app.set_codebase(codebase);
            StatusCode::NO_CONTENT.into_response()
        }
        Ok(_) => refused("codebase must be one path segment with a trailing slash, such as v2026_2/"),
        Err(rejection) => refused(&rejection.body_text()),
    }
}

fn refused(message: &str) -> Response {
    (StatusCode::BAD_REQUEST, Json(json!({ "message": message }))).into_response()
}
