//! All routes in one application, with what every request goes through.

use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{CACHE_CONTROL, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use flowpilot::Engine;
use flowpilot::api::problem::{self, Problem};
use flowpilot_console::Console;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use crate::health;

/// The largest body that is read.
const LARGEST_BODY: usize = 1024 * 1024;
/// A request that takes longer is given up; live streams are not requests in this sense.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The application.
pub fn router(engine: Engine, console: Option<&Console>) -> Router {
    let mut routes = flowpilot::api::router(engine.clone());
    if let Some(console) = console {
        routes = routes.merge(console.router());
    }
    let (router, mut description) = routes.split_for_parts();
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let docs = SwaggerUi::new("/api/docs").url("/api/v1/openapi.json", description);
    router
        .merge(docs)
        .merge(health::routes(engine))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .layer(middleware::from_fn(time_limit))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side; try again")
                .into_response()
        }))
        .layer(SetResponseHeaderLayer::if_not_present(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(X_FRAME_OPTIONS, HeaderValue::from_static("DENY")))
        .layer(SetResponseHeaderLayer::if_not_present(
            REFERRER_POLICY,
            HeaderValue::from_static("no-referrer"),
        ))
        .layer(SetResponseHeaderLayer::if_not_present(CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .layer(CompressionLayer::new())
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(TraceLayer::new_for_http().make_span_with(span))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// The description of every route that the program can serve, console included.
#[must_use]
pub fn description() -> OpenApi {
    let (_, mut description) = flowpilot::api::description().split_for_parts();
    description.merge(flowpilot_console::description());
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    description
}

/// The path without its query: the console's one-time key must not be logged.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|h| h.to_str().ok()).unwrap_or_default();
    tracing::info_span!("request", method = %request.method(), path = request.uri().path(), id)
}

async fn time_limit(request: Request, next: Next) -> Response {
    if request.uri().path() == "/console/events" {
        return next.run(request).await;
    }
    tokio::time::timeout(LONGEST_REQUEST, next.run(request)).await.unwrap_or_else(|_| {
        Problem::new(StatusCode::GATEWAY_TIMEOUT, "this took too long and was given up; try again")
            .into_response()
    })
}
