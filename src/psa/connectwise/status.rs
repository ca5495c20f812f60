//! Boards, their statuses, and the status of a ticket.

use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::client::Client;
use super::{record_id, text};
use crate::psa::{Board, BoardStatus, PsaError, TicketState};

/// More boards, or statuses of a board, than anybody can choose from.
const MOST: &str = "1000";
/// Longest status name that is passed on, in characters.
const LONGEST_NAME: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Named {
    id: i32,
    name: Option<String>,
    closed_status: Option<bool>,
    inactive: Option<bool>,
    inactive_flag: Option<bool>,
}

impl Named {
    fn is_active(&self) -> bool {
        self.inactive != Some(true) && self.inactive_flag != Some(true)
    }

    fn name(&self) -> String {
        text::cut(self.name.as_deref().unwrap_or_default(), LONGEST_NAME)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    board: Option<Named>,
    status: Option<Named>,
    closed_flag: Option<bool>,
}

/// The boards in use, by name.
pub(super) async fn boards(client: &Client) -> Result<Vec<Board>, PsaError> {
    let call = Call::get("the boards", ["service", "boards"])
        .query("fields", "id,name,inactiveFlag")
        .query("orderBy", "name asc")
        .query("pageSize", MOST);
    let found: Vec<Named> = client.read(&call).await?.body;
    let active = found.into_iter().filter(Named::is_active);
    Ok(active.map(|it| Board { id: it.id.to_string(), name: it.name() }).collect())
}

/// The statuses in use of a board, in its order.
pub(super) async fn statuses(client: &Client, board: &str) -> Result<Vec<BoardStatus>, PsaError> {
    let board = record_id("board", board)?;
    let path = ["service", "boards", &board.to_string(), "statuses"];
    let call = Call::get(format!("board {board}"), path)
        .query("fields", "id,name,inactive,closedStatus")
        .query("orderBy", "sortOrder asc")
        .query("pageSize", MOST);
    let found: Vec<Named> = client.read(&call).await?.body;
    let active = found.into_iter().filter(Named::is_active);
    let status = |it: Named| BoardStatus {
        id: it.id.to_string(),
        closes: it.closed_status == Some(true),
        name: it.name(),
    };
    Ok(active.map(status).collect())
}

/// Where a ticket stands; `None` when there is none with this id.
pub(super) async fn of_ticket(client: &Client, ticket: &str) -> Result<Option<TicketState>, PsaError> {
    let Ok(id) = record_id("ticket", ticket) else { return Ok(None) };
    let call = Call::get(format!("ticket {id}"), ["service", "tickets", &id.to_string()])
        .query("fields", "id,board,status,closedFlag");
    let Some(state) = client.look_up::<State>(&call).await? else { return Ok(None) };
    let (Some(board), Some(status)) = (state.board, state.status) else {
        return Err(PsaError::Invalid(format!("ticket {id} has no board or no status")));
    };
    Ok(Some(TicketState {
        board: board.id.to_string(),
        status: status.id.to_string(),
        status_name: status.name(),
        closed: state.closed_flag == Some(true),
    }))
}

/// Gives a ticket a status of its board.
pub(super) async fn set(client: &Client, ticket: &str, status: &str) -> Result<(), PsaError> {
    let (ticket, status) = (record_id("ticket", ticket)?, record_id("status", status)?);
    let body = json!([{ "op": "replace", "path": "status", "value": { "id": status } }]);
    let path = ["service", "tickets", &ticket.to_string()];
    client.change(&Call::patch(format!("ticket {ticket}"), path, body)).await
}
