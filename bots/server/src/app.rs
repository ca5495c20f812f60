//! All routes in one application, with what every request goes through.

use std::time::{Duration, Instant};

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use flowpilot::Engine;
use flowpilot::api::problem::{self, Problem};
use flowpilot_console::Console;
use flowpilot_pod::Pod;
use flowpilot_slack::Slack;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::trace::TraceLayer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::{callbacks, health, links};

/// The largest body that is read.
const LARGEST_BODY: usize = 1024 * 1024;
/// A request that takes longer is given up; live streams are not requests in this sense.
const LONGEST_REQUEST: Duration = Duration::from_secs(60);
/// The viewer of the description speaks to this server only. Its icons are `data:`, its styles partly inline.
const VIEWER_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The application.
pub fn router(engine: Engine, console: Option<&Console>, slack: Option<&Slack>) -> Router {
    let mut routes = flowpilot::api::router(engine.clone());
    if let Some(console) = console {
        routes = routes.merge(console.router());
    }
    let (router, description) = routes.split_for_parts();
    let routes = router
        .merge(viewer(completed(description)))
        .merge(links::routes(engine.clone()))
        .merge(callbacks::routes(engine.clone()))
        .merge(health::routes(engine.clone()))
        .merge(slack.map(Slack::router).unwrap_or_default())
        .merge(Pod::new(engine).router());
    with_layers(routes)
}

/// The screen pod by itself.
pub fn pod_router(engine: Engine) -> Router {
    with_layers(health::routes(engine.clone()).merge(Pod::new(engine).router()))
}

/// What every request goes through, whichever routes there are.
fn with_layers(routes: Router) -> Router {
    routes
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        // One stack, outermost first: as layers of the router each would cost every request a box of its own.
        .layer(
            ServiceBuilder::new()
                .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
                .layer(TraceLayer::new_for_http().make_span_with(span))
                .layer(middleware::from_fn(observe))
                .layer(PropagateRequestIdLayer::new(REQUEST_ID))
                .layer(CompressionLayer::new())
                .layer(header(X_CONTENT_TYPE_OPTIONS, "nosniff"))
                .layer(middleware::map_response(framed_by_nobody))
                .layer(header(REFERRER_POLICY, "no-referrer"))
                .layer(header(CACHE_CONTROL, "no-store"))
                .layer(middleware::from_fn(flowpilot::api::finish_reading))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(middleware::from_fn(time_limit))
                .layer(middleware::map_response(as_problem))
                .layer(DefaultBodyLimit::max(LARGEST_BODY)),
        )
}

/// A header of every answer that has none of this name.
fn header(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side; try again")
        .into_response()
}

/// The description of every route that the program can serve, console included.
#[must_use]
pub fn description() -> OpenApi {
    let (_, mut description) = flowpilot::api::description().split_for_parts();
    description.merge(flowpilot_console::description());
    completed(description)
}

fn completed(mut description: OpenApi) -> OpenApi {
    flowpilot::api::complete(&mut description);
    description.info.version = env!("CARGO_PKG_VERSION").to_owned();
    description
}

/// The description as JSON, and a page to read it.
fn viewer(description: OpenApi) -> Router {
    // Otherwise the page sends the description's address to a validator on the internet.
    let config = Config::default().validator_url("none");
    let docs = SwaggerUi::new("/api/docs").url("/api/v1/openapi.json", description).config(config);
    Router::from(docs).layer(SetResponseHeaderLayer::overriding(CONTENT_SECURITY_POLICY, VIEWER_POLICY))
}

/// An error that a library answered in plain text, in the form of all others.
async fn as_problem(response: Response) -> Response {
    let status = response.status();
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let is_plain = kind.is_none_or(|kind| kind.starts_with(b"text/plain"));
    if !is_plain || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let text = to_bytes(response.into_body(), LARGEST_BODY).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let text = if text.is_empty() { status.canonical_reason().unwrap_or_default() } else { &*text };
    Problem::new(status, text).into_response()
}

/// Nothing may be framed but the page whose own policy names who may: this older header cannot name anybody.
async fn framed_by_nobody(mut response: Response) -> Response {
    let policy = response.headers().get(CONTENT_SECURITY_POLICY).and_then(|policy| policy.to_str().ok());
    if !policy.is_some_and(|policy| policy.contains("frame-ancestors http")) {
        response.headers_mut().insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    }
    response
}

/// The path without its query: the console's one-time key must not be logged.
fn span(request: &Request) -> tracing::Span {
    let id = request.headers().get(REQUEST_ID).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let session = tracing::field::Empty;
    tracing::info_span!("request", method = %request.method(), path = shown(request.uri().path()), id, session)
}

/// The path without the secret that a ticket system sends its callbacks to.
fn shown(path: &str) -> &str {
    const CALLBACKS: &str = "/psa/callbacks/";
    match path.strip_prefix(CALLBACKS).and_then(|rest| rest.find('/')) {
        Some(end) => &path[..CALLBACKS.len() + end],
        None => path,
    }
}

/// Counts and times every request, and logs every write; a preview is a read that needs a body. The route is the pattern, not the path: few and nobody's.
async fn observe(request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let response = next.run(request).await;
    let (took, status) = (begun.elapsed(), response.status());
    if !method.is_safe() && !route.ends_with("/preview") {
        tracing::info!(status = status.as_u16(), ms = took.as_millis(), "answered");
    }
    let labels = [("method", method.to_string()), ("route", route), ("status", status.as_u16().to_string())];
    metrics::counter!("flowpilot_http_requests_total", &labels).increment(1);
    metrics::histogram!("flowpilot_http_request_seconds", &labels[..2]).record(took);
    response
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
