//! What ticket systems send when a ticket changed. Nobody else is answered with more than that there is nothing here.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use flowpilot::api::Path;
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::psa::callback::{CALLBACK_PATH, Callback, LARGEST_CALLBACK, receive};
use flowpilot::{Engine, Error};

const SIGNATURE: &str = "x-content-signature";

pub(crate) fn routes(engine: Engine) -> Router {
    Router::new()
        .route(CALLBACK_PATH, post(take))
        .layer(DefaultBodyLimit::max(LARGEST_CALLBACK))
        .with_state(engine)
}

/// 204 once it is stored; whatever else the answer is, nothing was done. The sender appends parameters to the address,
/// which say nothing that the body does not.
async fn take(
    State(engine): State<Engine>,
    Path((connection, secret)): Path<(String, String)>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer<StatusCode> {
    let body = body.map_err(|refused| Problem::new(refused.status(), refused.body_text()))?;
    let signature = headers.get(SIGNATURE).and_then(|header| header.to_str().ok());
    let callback = Callback { connection: &connection, secret: &secret, signature, body: &body };
    let taken = receive(&engine, &callback).await;
    metrics::counter!("flowpilot_psa_callbacks_total", "end" => end(&taken)).increment(1);
    taken?;
    Ok(StatusCode::NO_CONTENT)
}

fn end(taken: &Result<(), Error>) -> &'static str {
    match taken {
        Ok(()) => "taken",
        Err(error) if error.may_pass() => "failed",
        Err(_) => "refused",
    }
}
