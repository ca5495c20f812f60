//! `/healthz`, `/readyz`, `/metrics`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use flowpilot::Engine;
use flowpilot::psa::connection::Reach;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;

#[derive(Clone)]
struct Health {
    engine: Engine,
    metrics: PrometheusHandle,
}

/// The operations routes. Metrics are recorded from here on.
pub(crate) fn routes(engine: Engine) -> Router {
    let recorder = PrometheusBuilder::new().build_recorder();
    let metrics = recorder.handle();
    if metrics::set_global_recorder(recorder).is_err() {
        tracing::warn!("metrics are recorded elsewhere already");
    }
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(render))
        .with_state(Health { engine, metrics })
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
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], health.metrics.render()).into_response()
}
