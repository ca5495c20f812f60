//! The cards of a session, for clients that have no thread: the same cards and buttons, and what its platform is sent.

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
use crate::note::to_html;
use crate::store::{CardId, SessionId, StateVersion, read};
use crate::surface::{Card, find_card};
use crate::team::Platform;
use crate::{Engine, Error, Timestamp, copilot};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_cards))
        .routes(routes!(press_button))
        .routes(routes!(get_payload))
}

/// A card as it stands.
#[derive(Serialize, ToSchema)]
struct CardView {
    /// Names it for an action. Ids of cards and of messages sort in the order in which they came.
    id: CardId,
    /// What it shows.
    card: Card,
    /// Its body as safe HTML.
    body_html: String,
    /// The whole card as plain text.
    plain: String,
    /// Counts its changes.
    revision: i64,
    /// When it was first shown.
    created_at: Timestamp,
    /// When it last changed.
    updated_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: CardId,
    content: Stored<Card>,
    revision: i64,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<Row> for CardView {
    fn from(row: Row) -> Self {
        let Row { id, content: Stored(card), revision, created_at, updated_at } = row;
        let (body_html, plain) = (to_html(&card.body), card.plain());
        Self { id, card, body_html, plain, revision, created_at, updated_at }
    }
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
    let rows: Vec<Row> = read!(&engine.db, |c| sqlx::query_as(
        "SELECT id, content, revision, created_at, updated_at FROM cards WHERE team_id = $1 AND session_id = $2 \
         ORDER BY id LIMIT 1000"
    )
    .bind(caller.team())
    .bind(id)
    .fetch_all(c)
    .await)
    .map_err(Error::from)?;
    let items = rows.into_iter().map(CardView::from).collect();
    Ok(Json(Listed { items, state_version: session.state_version }))
}

/// What a platform is sent.
#[derive(Serialize, ToSchema)]
struct PayloadView {
    /// The platform of the session's thread.
    platform: Platform,
    /// The message as the platform gets it: for Slack `text` and `blocks`.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
}

/// What the session's platform is sent to show a card. 404 where there is no such thing to see.
#[utoipa::path(get, path = "/ai-sessions/{id}/cards/{card}/payload", tag = "sessions",
    params(("id" = SessionId, Path), ("card" = CardId, Path)), responses((status = 200, body = PayloadView)))]
async fn get_payload(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, card)): Path<(SessionId, CardId)>,
) -> Answer<Json<PayloadView>> {
    let found = find_card(&engine, caller.team(), card).await?.filter(|found| found.session == id);
    let found = found.ok_or(Error::NotFound("card"))?;
    let platform = found.thread.platform;
    let surface = engine.surface(platform).ok_or(Error::NotFound("payload"))?;
    let payload = surface.payload(caller.team(), card, &found.card).await;
    let payload = payload.ok_or(Error::NotFound("payload"))?;
    Ok(Json(PayloadView { platform, payload }))
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
    Ok(Json(TurnView::new(&session, reply)))
}
