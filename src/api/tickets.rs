//! Tickets of the connected PSA, as it has them now.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Params, Path};
use crate::copilot::upstream;
use crate::note::{as_typed, to_html};
use crate::psa::{PsaError, Ticket, TicketNote, TicketQuery};
use crate::session::{Session, SessionStatus, by_tickets};
use crate::store::{SessionId, no_cursor};
use crate::{Engine, Error, Result};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_tickets))
        .routes(routes!(get_ticket))
        .routes(routes!(list_ticket_notes))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TicketFilter {
    /// Words in the summary.
    query: Option<String>,
    /// Also closed tickets.
    #[serde(default)]
    closed: bool,
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

/// The newest session about a ticket.
#[derive(Serialize, ToSchema)]
struct TicketSession {
    /// The session.
    id: SessionId,
    /// Where it stands.
    status: SessionStatus,
    /// Its thread.
    thread: String,
}

/// A ticket with its session.
#[derive(Serialize, ToSchema)]
struct TicketView {
    #[serde(flatten)]
    ticket: Ticket,
    /// The newest session about it.
    session: Option<TicketSession>,
}

/// A page of tickets.
#[derive(Serialize, ToSchema)]
struct TicketList {
    /// The tickets, newest first.
    items: Vec<TicketView>,
    /// For the next page.
    next_cursor: Option<String>,
}

fn view(ticket: Ticket, session: Option<Session>) -> TicketView {
    let session = session.map(|s| TicketSession { id: s.id, status: s.status, thread: s.thread });
    TicketView { ticket, session }
}

async fn psa(engine: &Engine, caller: &crate::team::Caller) -> Result<std::sync::Arc<dyn crate::psa::Psa>> {
    let first = engine.psa.first(engine, caller.team()).await?;
    first.map(|(_, psa)| psa).ok_or(Error::NotFound("PSA connection"))
}

/// List tickets, newest first, each with its newest session.
#[utoipa::path(get, path = "/tickets", tag = "tickets", params(TicketFilter),
    responses((status = 200, body = TicketList), (status = 404), (status = 502)))]
async fn list_tickets(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(filter): Params<TicketFilter>,
) -> Answer<Json<TicketList>> {
    let limit = u32::try_from(filter.limit.unwrap_or(50)).ok().filter(|limit| (1..=200).contains(limit));
    let limit = limit.ok_or_else(|| Error::invalid("limit", "must be 1 to 200"))?;
    let psa = psa(&engine, &caller).await?;
    let text = filter.query.filter(|q| !q.trim().is_empty());
    let query = TicketQuery { text, include_closed: filter.closed, cursor: filter.cursor, limit };
    let page = psa.tickets(&query).await.map_err(|error| match error {
        PsaError::Cursor => no_cursor(),
        error => upstream(&error),
    })?;
    let ids: Vec<String> = page.items.iter().map(|t| t.id.clone()).collect();
    let mut sessions = by_tickets(&engine.db, caller.team(), &ids).await?;
    let items = page
        .items
        .into_iter()
        .map(|t| {
            let session = sessions.remove(&t.id);
            view(t, session)
        })
        .collect();
    Ok(Json(TicketList { items, next_cursor: page.next_cursor }))
}

/// One ticket with its description.
#[utoipa::path(get, path = "/tickets/{id}", tag = "tickets", params(("id" = String, Path)),
    responses((status = 200, body = TicketView), (status = 502)))]
async fn get_ticket(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<String>,
) -> Answer<Json<TicketView>> {
    let psa = psa(&engine, &caller).await?;
    let ticket = psa.ticket(&id).await.map_err(|e| upstream(&e))?.ok_or(Error::NotFound("ticket"))?;
    let session = by_tickets(&engine.db, caller.team(), &[id]).await?.into_values().next();
    Ok(Json(view(ticket, session)))
}

/// A note of a ticket.
#[derive(Serialize, ToSchema)]
struct NoteView {
    #[serde(flatten)]
    note: TicketNote,
    /// The text as safe HTML.
    html: String,
}

/// A ticket's notes.
#[derive(Serialize, ToSchema)]
struct NoteList {
    /// The newest 100, oldest first.
    items: Vec<NoteView>,
}

/// The notes of a ticket.
#[utoipa::path(get, path = "/tickets/{id}/notes", tag = "tickets", params(("id" = String, Path)),
    responses((status = 200, body = NoteList), (status = 502)))]
async fn list_ticket_notes(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<String>,
) -> Answer<Json<NoteList>> {
    let psa = psa(&engine, &caller).await?;
    let notes = match psa.notes(&id).await {
        Ok(notes) => notes,
        Err(PsaError::NotFound(_)) => return Err(Error::NotFound("ticket").into()),
        Err(error) => return Err(upstream(&error).into()),
    };
    let items =
        notes.into_iter().map(|note| NoteView { html: to_html(&as_typed(&note.text)), note }).collect();
    Ok(Json(NoteList { items }))
}
