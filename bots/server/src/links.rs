//! Links to sessions: whoever opens one is sent to where the session lives, which shows it to those who may see it.
//! Neither the way there nor the page for a link that leads nowhere tells anything of a session.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use flowpilot::session::{LINK_PATH, place};
use flowpilot::{Engine, Result};

/// There is nothing to load, to run or to send.
const POLICY: &str = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const UNKNOWN: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
    <title>No session here</title><h1>No session here</h1>\
    <p>This link leads to no session of this FlowPilot. Perhaps its end was lost when it was copied.</p>\
    <p>Ask whoever gave it to you for a new one: <code>share</code> in the session's thread shows it.</p>";
const LATER: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
    <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\">\
    <title>Try again in a moment</title><h1>Try again in a moment</h1>\
    <p>FlowPilot cannot look up its sessions just now.</p>";

pub(crate) fn routes(engine: Engine) -> Router {
    Router::new().route(LINK_PATH, get(open)).with_state(engine)
}

async fn open(State(engine): State<Engine>, Path(id): Path<String>) -> Response {
    let answer = match address(&engine, &id).await {
        Ok(Some(address)) => Redirect::to(&address).into_response(),
        Ok(None) => (StatusCode::NOT_FOUND, Html(UNKNOWN)).into_response(),
        Err(error) => {
            tracing::error!(%error, "a link could not be followed");
            (StatusCode::SERVICE_UNAVAILABLE, Html(LATER)).into_response()
        }
    };
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, answer).into_response()
}

/// Where a session is opened. The session of a script has no such place.
async fn address(engine: &Engine, id: &str) -> Result<Option<String>> {
    let (Some(public_url), Ok(id)) = (engine.public_url(), id.parse()) else { return Ok(None) };
    let Some(place) = place(&engine.db, id).await? else { return Ok(None) };
    let address = engine.surface(place.platform).and_then(|surface| surface.address(&place));
    Ok(address.map(|address| match address.strip_prefix('/') {
        Some(path) => format!("{}/{path}", public_url.trim_end_matches('/')),
        None => address,
    }))
}
