//! Which status a ticket gets after its note, chosen by admins for each board.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Path};
use crate::Engine;
use crate::note::NoteKind;
use crate::psa::status::{BoardChoices, board_choices, choose_status};
use crate::store::ConnectionId;

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_boards)).routes(routes!(choose_board_status))
}

/// The boards of a connection.
#[derive(Serialize, ToSchema)]
struct Boards {
    /// By name; last those that have a choice and are not in use any more.
    boards: Vec<BoardChoices>,
}

/// List the boards of a connection with their statuses, and the status that their tickets get after a note. For admins.
///
/// The ticket system is asked each time; while it can't be, this answers 502.
#[utoipa::path(get, path = "/psa/connections/{id}/boards", tag = "connections",
    params(("id" = ConnectionId, Path)), responses((status = 200, body = Boards), (status = 502)))]
async fn list_boards(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
) -> Answer<Json<Boards>> {
    Ok(Json(Boards { boards: board_choices(&engine, &caller, id).await? }))
}

/// What a board's tickets get after a note.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChooseStatus {
    /// The board's name.
    board: String,
    /// The note that it follows.
    kind: NoteKind,
    /// The status' name; without it tickets keep the status that they have.
    #[serde(default)]
    status: Option<String>,
}

/// Choose the status that a board's tickets get when a note of this kind is posted. For admins.
///
/// Doing it twice changes nothing. A board or status that there is not answers 422, naming those that there are.
#[utoipa::path(put, path = "/psa/connections/{id}/boards", tag = "connections", request_body = ChooseStatus,
    params(("id" = ConnectionId, Path)), responses((status = 204), (status = 422), (status = 502)))]
async fn choose_board_status(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
    body: Body<ChooseStatus>,
) -> Answer<StatusCode> {
    let ChooseStatus { board, kind, status } = body.value;
    choose_status(&engine, &caller, id, kind, &board, status.as_deref()).await?;
    Ok(StatusCode::NO_CONTENT)
}
