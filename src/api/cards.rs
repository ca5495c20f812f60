//! The cards of a session, for clients that have no thread: the same cards and buttons.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::types::Json as Stored;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Answer, Problem};
use super::sessions::TurnView;
use super::{ApiState, Bearer, Body, Listed, Path};
use crate::store::{CardId, SessionId, read};
use crate::surface::Card;
use crate::{Engine, Error, Timestamp, copilot};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(press))
}

/// A card as it stands.
#[derive(Serialize, ToSchema, sqlx::FromRow)]
struct CardView {
    /// Names it for an action.
    id: CardId,
    /// What it shows.
    #[schema(value_type = Card)]
    #[sqlx(rename = "content")]
    card: Stored<Card>,
    /// Counts its changes.
    revision: i64,
    /// When it last changed.
    updated_at: Timestamp,
}

/// The session's cards, oldest first.
#[utoipa::path(get, path = "/ai-sessions/{id}/cards", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<CardView>), (status = 404, body = Problem)))]
async fn list(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<CardView>>> {
    let session =
        crate::session::get(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("session"))?;
    let items = read!(&engine.db, |c| sqlx::query_as(
        "SELECT id, content, revision, updated_at FROM cards WHERE team_id = $1 AND session_id = $2 ORDER BY id LIMIT 1000"
    )
    .bind(caller.team())
    .bind(id)
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    Ok(Json(Listed { items, state_version: session.state_version }))
}

/// A button.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Press {
    /// The action's id.
    action: String,
    /// The values of its inputs.
    #[serde(default)]
    fields: BTreeMap<String, String>,
}

/// Use a button of a card. 409 when somebody else was first.
#[utoipa::path(post, path = "/ai-sessions/{id}/cards/{card}/actions", tag = "sessions", request_body = Press,
    params(("id" = SessionId, Path), ("card" = CardId, Path)),
    responses((status = 200, body = TurnView), (status = 404, body = Problem), (status = 409, body = Problem),
        (status = 422, body = Problem)))]
async fn press(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, card)): Path<(SessionId, CardId)>,
    body: Body<Press>,
) -> Answer<Json<TurnView>> {
    let Press { action, fields } = body.value;
    let (session, reply) = copilot::press(&engine, &caller, id, card, &action, &fields).await?;
    Ok(Json(TurnView { state_version: session.state_version, status: session.status, reply: reply.0 }))
}
