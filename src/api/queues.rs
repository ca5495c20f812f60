//! Dead letters: what never succeeded, to be seen and tried again.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Path};
use crate::Engine;
use crate::queue::{DeadItem, Queue};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_dead_items)).routes(routes!(retry_dead_item))
}

/// One of the two queues.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum QueueName {
    Inbox,
    Outbox,
}

impl QueueName {
    fn of(self, engine: &Engine) -> &Queue {
        match self {
            Self::Inbox => &engine.inbox,
            Self::Outbox => &engine.outbox,
        }
    }
}

/// A queue's dead items.
#[derive(Serialize, ToSchema)]
struct DeadList {
    /// The newest 200, newest first.
    items: Vec<DeadItem>,
}

/// List the team's dead items of a queue.
#[utoipa::path(get, path = "/queues/{queue}/dead", tag = "operations", params(("queue" = inline(QueueName), Path)),
    responses((status = 200, body = DeadList), (status = 403)))]
async fn list_dead_items(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(queue): Path<QueueName>,
) -> Answer<Json<DeadList>> {
    Ok(Json(DeadList { items: queue.of(&engine).dead(&caller).await? }))
}

/// Try a dead item again.
#[utoipa::path(post, path = "/queues/{queue}/dead/{seq}/retry", tag = "operations",
    params(("queue" = inline(QueueName), Path), ("seq" = i64, Path)),
    responses((status = 204)))]
async fn retry_dead_item(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((queue, seq)): Path<(QueueName, i64)>,
) -> Answer<StatusCode> {
    queue.of(&engine).retry_dead(&caller, seq).await?;
    Ok(StatusCode::NO_CONTENT)
}
