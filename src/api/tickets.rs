//! Tickets of the connected PSA, as it has them now.

use std::sync::Arc;

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
use crate::psa::context::context_of;
use crate::psa::find::system_of;
use crate::psa::watch::freshen;
use crate::psa::{Psa, PsaError, Ticket, TicketContext, TicketNote, TicketQuery};
use crate::session::{Session, SessionStatus, by_tickets, get};
use crate::store::{ConnectionId, SessionId, no_cursor};
use crate::team::{Caller, Platform};
use crate::{Engine, Error, Result, Timestamp};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_tickets))
        .routes(routes!(get_ticket))
        .routes(routes!(list_ticket_notes))
        .routes(routes!(get_ticket_context))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TicketFilter {
    /// The connection whose tickets they are; the team's first one without.
    connection_id: Option<ConnectionId>,
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

/// Which ticket system a ticket is in.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct WhichSystem {
    /// The connection that has the ticket; without, the one of the team's that knows its number.
    connection_id: Option<ConnectionId>,
}

/// The newest session about a ticket.
#[derive(Serialize, ToSchema)]
struct TicketSession {
    /// The session.
    id: SessionId,
    /// Where it stands.
    status: SessionStatus,
    /// The platform its thread is on.
    platform: Platform,
    /// Its thread.
    thread: String,
}

/// A ticket with its session.
#[derive(Serialize, ToSchema)]
struct TicketView {
    #[serde(flatten)]
    ticket: Ticket,
    /// The connection that has it: the same number elsewhere is another ticket.
    connection_id: ConnectionId,
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

fn view(connection_id: ConnectionId, ticket: Ticket, session: Option<Session>) -> TicketView {
    let session =
        session.map(|s| TicketSession { id: s.id, status: s.status, platform: s.platform, thread: s.thread });
    TicketView { ticket, connection_id, session }
}

async fn listed_system(
    engine: &Engine,
    caller: &Caller,
    named: Option<ConnectionId>,
) -> Result<(ConnectionId, Arc<dyn Psa>)> {
    if let Some(id) = named {
        return Ok((id, engine.psa.get(engine, caller.team(), id).await?));
    }
    engine.psa.first(engine, caller.team()).await?.ok_or(Error::NotFound("PSA connection"))
}

async fn found_system(
    engine: &Engine,
    caller: &Caller,
    which: WhichSystem,
    ticket: &str,
) -> Result<(ConnectionId, Arc<dyn Psa>)> {
    system_of(engine, caller, which.connection_id, ticket).await
}

/// List the tickets of a connection, newest first, each with its newest session.
#[utoipa::path(get, path = "/tickets", tag = "tickets", params(TicketFilter),
    responses((status = 200, body = TicketList), (status = 404), (status = 502)))]
async fn list_tickets(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(filter): Params<TicketFilter>,
) -> Answer<Json<TicketList>> {
    let limit = u32::try_from(filter.limit.unwrap_or(50)).ok().filter(|limit| (1..=200).contains(limit));
    let limit = limit.ok_or_else(|| Error::invalid("limit", "must be 1 to 200"))?;
    let (connection, psa) = listed_system(&engine, &caller, filter.connection_id).await?;
    let text = filter.query.filter(|q| !q.trim().is_empty());
    let query = TicketQuery { text, include_closed: filter.closed, cursor: filter.cursor, limit };
    let page = psa.tickets(&query).await.map_err(|error| match error {
        PsaError::Cursor => no_cursor(),
        error => upstream(&error),
    })?;
    let ids: Vec<String> = page.items.iter().map(|t| t.id.clone()).collect();
    let mut sessions = by_tickets(&engine.db, caller.team(), connection, &ids).await?;
    let items = page
        .items
        .into_iter()
        .map(|t| {
            let session = sessions.remove(&t.id);
            view(connection, t, session)
        })
        .collect();
    Ok(Json(TicketList { items, next_cursor: page.next_cursor }))
}

/// One ticket with its description.
#[utoipa::path(get, path = "/tickets/{id}", tag = "tickets", params(("id" = String, Path), WhichSystem),
    responses((status = 200, body = TicketView), (status = 404), (status = 422), (status = 502)))]
async fn get_ticket(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<String>,
    Params(which): Params<WhichSystem>,
) -> Answer<Json<TicketView>> {
    let (connection, psa) = found_system(&engine, &caller, which, &id).await?;
    let ticket = psa.ticket(&id).await.map_err(|e| upstream(&e))?.ok_or(Error::NotFound("ticket"))?;
    let session = by_tickets(&engine.db, caller.team(), connection, &[id]).await?.into_values().next();
    Ok(Json(view(connection, ticket, session)))
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
#[utoipa::path(get, path = "/tickets/{id}/notes", tag = "tickets", params(("id" = String, Path), WhichSystem),
    responses((status = 200, body = NoteList), (status = 404), (status = 422), (status = 502)))]
async fn list_ticket_notes(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<String>,
    Params(which): Params<WhichSystem>,
) -> Answer<Json<NoteList>> {
    let (_, psa) = found_system(&engine, &caller, which, &id).await?;
    let notes = match psa.notes(&id).await {
        Ok(notes) => notes,
        Err(PsaError::NotFound(_)) => return Err(Error::NotFound("ticket").into()),
        Err(error) => return Err(upstream(&error).into()),
    };
    let items =
        notes.into_iter().map(|note| NoteView { html: to_html(&as_typed(&note.text)), note }).collect();
    Ok(Json(NoteList { items }))
}

/// What is around a session's ticket.
#[derive(Serialize, ToSchema)]
struct ContextView {
    /// `None` while it was not read yet, or where no ticket belongs to the session.
    context: Option<TicketContext>,
    /// When it was read.
    read_at: Option<Timestamp>,
}

/// What is around the ticket of a session: customer, contact, devices, notes, similar tickets that were closed.
///
/// It is read in the background, and again once somebody asks and it is old. What could not be read is named.
#[utoipa::path(get, path = "/ai-sessions/{id}/ticket-context", tag = "tickets", params(("id" = SessionId, Path)),
    responses((status = 200, body = ContextView), (status = 404)))]
async fn get_ticket_context(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<ContextView>> {
    let team = caller.team();
    let session = get(&engine.db, team, id).await?.ok_or(Error::NotFound("session"))?;
    let (Some(connection), Some(ticket)) = (session.connection_id, &session.ticket_id) else {
        return Ok(Json(ContextView { context: None, read_at: None }));
    };
    let known = context_of(&engine.db, team, connection, ticket).await?;
    freshen(&engine, team, connection, ticket, known.as_ref()).await?;
    let (context, read_at) = known.map(|it| (it.content, it.read_at)).unzip();
    Ok(Json(ContextView { context, read_at }))
}
