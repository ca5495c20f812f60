//! The cards of a session, for clients that have no thread: the same cards and buttons.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use sqlx::types::Json as Stored;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::sessions::TurnView;
use super::{ApiState, Bearer, Body, Listed, Path};
use crate::store::{CardId, SessionId, StateVersion, read};
use crate::surface::Card;
use crate::{Engine, Error, Timestamp, copilot};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_cards)).routes(routes!(press_button))
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
    responses((status = 200, body = Listed<CardView>)))]
async fn list_cards(
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
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Use a button of a card. 409 when somebody else was first.
#[utoipa::path(post, path = "/ai-sessions/{id}/cards/{card}/actions", tag = "sessions", request_body = Press,
    params(("id" = SessionId, Path), ("card" = CardId, Path)),
    responses((status = 200, body = TurnView)))]
async fn press_button(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, card)): Path<(SessionId, CardId)>,
    body: Body<Press>,
) -> Answer<Json<TurnView>> {
    let Press { action, fields, state_version } = body.value;
    let session = id.seen_at(state_version);
    let (session, reply) = copilot::press(&engine, &caller, session, card, &action, &fields).await?;
    Ok(Json(TurnView { state_version: session.state_version, status: session.status, reply: reply.0 }))
}
