//! `/_sandbox/`: what tests use to make faults happen and to see what was asked and kept. No password: the
//! server is on loopback only.

use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::config::is_codebase;
use crate::faults::Fault;
use crate::journal::Entry;
use crate::server::{Shared, locked};

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
        .route("/codebase", routing::post(change_codebase))
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
