//! The ticket screen: a page that frames the pod beside a ticket and speaks to it as the vendor's does.
//!
//! It is at the address that people open a ticket under (`ConnectWise.aspx?routeTo=ServiceFV&recid=10421`). What it
//! shows it reads below `/_sandbox/screen`; who is signed in is chosen on it, since nobody has a password here.

use axum::extract::{Path, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::hosted;
use crate::logins::is_person;
use crate::records::{Document, full_name};
use crate::server::{Shared, locked};

/// As seen on a server of the vendor's: what may be framed is not limited.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; img-src 'self' data:; frame-src * data:; frame-ancestors 'self'",
);

pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/{codebase}/ConnectWise.aspx", routing::get(page))
        .route("/_sandbox/screen.js", routing::get(script))
        .route("/_sandbox/screen.css", routing::get(style))
        .route("/_sandbox/screen/{ticket}", routing::get(content))
}

/// Refuses requests under a name that leads here without being of this machine.
pub(crate) async fn only_by_a_local_name(request: Request, next: Next) -> Response {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if !matches!(name, "127.0.0.1" | "localhost" | "[::1]") {
        return (StatusCode::FORBIDDEN, "the sandbox answers under 127.0.0.1 only").into_response();
    }
    next.run(request).await
}

async fn page() -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    (headers, include_str!("screen/screen.html")).into_response()
}

async fn script() -> Response {
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], include_str!("screen/screen.js")).into_response()
}

async fn style() -> Response {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("screen/screen.css")).into_response()
}

/// Everything that the screen of a ticket shows.
async fn content(State(app): State<Shared>, Path(ticket): Path<i32>) -> Response {
    let records = app.store.read();
    let Some(record) = records.tickets.get(&ticket) else {
        return (StatusCode::NOT_FOUND, Json(json!({ "message": "there is no such ticket" })))
            .into_response();
    };
    let notes: Vec<Value> =
        records.notes_of(ticket).map(|note| Value::Object(Document::clone(note))).collect();
    let people = records.members.values().filter(|it| is_person(it));
    let members: Vec<Value> =
        people.map(|it| json!({ "identifier": it.get("identifier"), "name": full_name(it) })).collect();
    Json(json!({
        "ticket": Value::Object(Document::clone(record)),
        "notes": notes,
        "tickets": records.tickets.keys().collect::<Vec<_>>(),
        "members": members,
        "pod": hosted::pod(&records).or_else(|| locked(&app.pod_url).clone()),
    }))
    .into_response()
}
