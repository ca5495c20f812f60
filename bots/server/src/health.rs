//! `/healthz`, `/readyz`, `/metrics`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use flowpilot::Engine;
use flowpilot::psa::connection::Reach;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use serde_json::json;

/// Of the histograms, in seconds.
const BUCKETS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

#[derive(Clone)]
struct Health {
    engine: Engine,
    metrics: PrometheusHandle,
}

/// The operations routes. Metrics are recorded from here on.
pub(crate) fn routes(engine: Engine) -> Router {
    let recorder = recorder();
    let metrics = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("metrics are recorded elsewhere already");
    }
    describe_metrics();
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(Health { engine, metrics })
}

fn recorder() -> PrometheusRecorder {
    let builder = PrometheusBuilder::new();
    // Only an empty list is refused.
    builder.set_buckets(&BUCKETS).unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder()
}

/// What each metric is, and a zero for those that count what has not happened yet.
fn describe_metrics() {
    metrics::describe_counter!(
        "flowpilot_http_requests_total",
        "Requests answered, by route pattern and status"
    );
    metrics::describe_histogram!(
        "flowpilot_http_request_seconds",
        metrics::Unit::Seconds,
        "From a request to the beginning of its answer"
    );
    metrics::describe_gauge!("flowpilot_queue_waiting", "Items that wait in a queue");
    metrics::describe_gauge!("flowpilot_queue_dead", "Items given up, which wait for a person");
    metrics::describe_counter!("flowpilot_queue_failures_total", "Attempts that failed");
    metrics::describe_counter!("flowpilot_postings_total", "Notes delivered or given up, by how it ended");
    metrics::describe_gauge!("flowpilot_psa_connections_failing", "PSA connections that did not answer");
    metrics::describe_gauge!("flowpilot_build_info", "The version that runs");
    metrics::gauge!("flowpilot_build_info", "version" => env!("CARGO_PKG_VERSION")).set(1.0);
    for (name, what) in [
        ("flowpilot_inbox_accepted_total", "Events stored before they were acknowledged"),
        ("flowpilot_preview_cache_hits_total", "Previews that came from the cache"),
    ] {
        metrics::describe_counter!(name, what);
        metrics::counter!(name).increment(0);
    }
}

/// The process runs.
async fn healthz() -> &'static str {
    "ok"
}

/// The process can work: its database answers. A peer that is down is shown, and makes nobody unready: what it is
/// to be told waits in the outbox.
async fn readyz(State(health): State<Health>) -> Response {
    let database = health.engine.db.ping().await;
    let status = if database.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let said = database.err().map_or("ok", |_| "does not answer");
    let ready =
        json!({ "ready": status == StatusCode::OK, "database": said, "psa": psa(health.engine.psa.reach()) });
    (status, Json(ready)).into_response()
}

fn psa(reach: Option<Reach>) -> String {
    match reach {
        None => "not looked at yet".to_owned(),
        Some(Reach { connections: 0, .. }) => "none connected".to_owned(),
        Some(Reach { failing: 0, .. }) => "ok".to_owned(),
        Some(Reach { connections, failing }) => {
            format!("{failing} of {connections} did not answer: `flowpilot doctor` tells why")
        }
    }
}

async fn render(State(health): State<Health>) -> Response {
    for (name, queue) in [("inbox", &health.engine.inbox), ("outbox", &health.engine.outbox)] {
        if let Ok((waiting, dead)) = queue.depth().await {
            #[expect(clippy::cast_precision_loss, reason = "a gauge; no queue has 2^53 items")]
            {
                metrics::gauge!("flowpilot_queue_waiting", "queue" => name).set(waiting as f64);
                metrics::gauge!("flowpilot_queue_dead", "queue" => name).set(dead as f64);
            }
        }
    }
    if let Some(reach) = health.engine.psa.reach() {
        #[expect(clippy::cast_precision_loss, reason = "a gauge; nobody has 2^53 connections")]
        metrics::gauge!("flowpilot_psa_connections_failing").set(reach.failing as f64);
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], health.metrics.render()).into_response()
}
