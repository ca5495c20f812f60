//! Sessions: start, find, read, move, and talk in them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::idempotency::IdempotencyKey;
use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::ai::{ByAi, by_ai};
use crate::copilot::{self, Beginning, Reply};
use crate::note::{as_typed, to_html};
use crate::session::{self, Message, MessageAuthor, Session, SessionFilter, SessionStatus};
use crate::store::{ConnectionId, MessageId, Page, PageRequest, SessionId, StateVersion};
use crate::surface::ThreadRef;
use crate::team::Platform;
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(start_session, list_sessions))
        .routes(routes!(get_session, change_session))
        .routes(routes!(list_messages, say_in_session))
}

/// What to start with: a ticket, a problem, or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartSession {
    /// The ticket's id in the PSA.
    ticket_id: Option<String>,
    /// The connection that has the ticket; without, the one of the team's that knows its number.
    connection_id: Option<ConnectionId>,
    /// What is wrong.
    problem: Option<String>,
}

/// Start a session. The copilot picks a flow and asks its first question.
#[utoipa::path(post, path = "/ai-sessions", tag = "sessions", request_body = StartSession,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Session), (status = 502)))]
async fn start_session(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    key: IdempotencyKey,
    body: Body<StartSession>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let thread = ThreadRef {
        platform: Platform::Api,
        workspace: caller.team().to_string(),
        thread: engine.clock.new_id().to_string(),
    };
    let StartSession { ticket_id, connection_id, problem } = body.value;
    if connection_id.is_some() && ticket_id.is_none() {
        return Err(Error::invalid("ticket_id", "is needed where a connection is named").into());
    }
    let beginning = Beginning { connection: connection_id, ..Beginning::new(thread, ticket_id, problem) };
    let mut tx = copilot::beginning(&engine, &caller, beginning).await?;
    let session = tx.case().session.clone();
    key.remember(&mut tx, &body.fingerprint, StatusCode::CREATED, &session).await?;
    let session = tx.commit(None).await?;
    let place = format!("/api/v1/ai-sessions/{}", session.id);
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(session)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SessionQuery {
    /// Only sessions that stand here.
    status: Option<SessionStatus>,
    /// Only sessions about this ticket.
    ticket_id: Option<String>,
    /// Only sessions whose thread is on this platform.
    platform: Option<Platform>,
    /// Only sessions whose thread is on any other platform than this one.
    not_platform: Option<Platform>,
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

/// List sessions, newest first.
#[utoipa::path(get, path = "/ai-sessions", tag = "sessions", params(SessionQuery),
    responses((status = 200, body = Page<Session>)))]
async fn list_sessions(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<SessionQuery>,
) -> Answer<Json<Page<Session>>> {
    let page = PageRequest::parse(query.cursor.as_deref(), query.limit)?;
    let SessionQuery { status, ticket_id: ticket, platform, not_platform, .. } = query;
    let filter = SessionFilter { status, ticket, owner: None, platform, not_platform };
    Ok(Json(session::list(&engine.db, caller.team(), &filter, page).await?))
}

/// A session with what leads to it.
#[derive(Serialize, ToSchema)]
struct SessionDetail {
    #[serde(flatten)]
    session: Session,
    /// Opens its thread on its platform, where that has addresses.
    thread_url: Option<String>,
}

/// Read a session. Its `ETag` changes whenever the session does.
#[utoipa::path(get, path = "/ai-sessions/{id}", tag = "sessions",
    params(("id" = SessionId, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = 200, body = SessionDetail), (status = 304)))]
async fn get_session(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    headers: HeaderMap,
) -> Answer<Response> {
    let session = session::get(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("session"))?;
    let tag = format!("\"{}.{}\"", session.state_version, session.updated_at.0);
    let seen = headers.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok());
    let mut response = if seen.is_some_and(|seen| seen.split(',').any(|one| one.trim() == tag)) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let surface = engine.surface(session.platform);
        let thread_url = surface.and_then(|surface| surface.address(&session.thread_ref()));
        Json(SessionDetail { session, thread_url }).into_response()
    };
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// Where a session is to stand.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StatusChange {
    /// `active`, `paused`, `waiting` or `abandoned`; the others are reached by posting their note.
    status: SessionStatus,
    /// Needed for `waiting`.
    reason: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Pause, resume, set waiting or abandon a session.
#[utoipa::path(patch, path = "/ai-sessions/{id}", tag = "sessions", params(("id" = SessionId, Path)),
    request_body = StatusChange,
    responses((status = 200, body = Session)))]
async fn change_session(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    body: Body<StatusChange>,
) -> Answer<Json<Session>> {
    let StatusChange { status, reason, state_version } = body.value;
    if matches!(status, SessionStatus::Resolved | SessionStatus::Escalated) {
        let rule = "is reached by posting the resolution note or the escalation package";
        return Err(Error::invalid("status", rule).into());
    }
    let mut tx = engine.change_session(&caller, id.seen_at(state_version)).await?;
    tx.move_to(status, reason.as_deref())?;
    Ok(Json(tx.commit(None).await?))
}

/// A message, and what the caller thinks of it.
#[derive(Serialize, ToSchema)]
struct MessageView {
    #[serde(flatten)]
    message: Message,
    /// Where an AI model wrote it.
    by_ai: Option<ByAi>,
    /// The words as safe HTML, where an AI model wrote them.
    html: Option<String>,
}

impl MessageView {
    fn new(message: Message, by_ai: Option<ByAi>) -> Self {
        let html = by_ai.is_some().then(|| to_html(&as_typed(&message.text)));
        Self { message, by_ai, html }
    }
}

/// The transcript, oldest first.
#[utoipa::path(get, path = "/ai-sessions/{id}/messages", tag = "sessions", params(("id" = SessionId, Path), Paging),
    responses((status = 200, body = Page<MessageView>)))]
async fn list_messages(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<MessageView>>> {
    session::get(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("session"))?;
    let Page { items, next_cursor } =
        session::messages(&engine.db, caller.team(), id, paging.page()?).await?;
    let said = |message: &&Message| message.author == MessageAuthor::Copilot;
    let ids: Vec<MessageId> = items.iter().filter(said).map(|message| message.id).collect();
    let mut by_ai = by_ai(&engine, &caller, &ids).await?;
    let view = |message: Message| {
        let by_ai = by_ai.remove(&message.id);
        MessageView::new(message, by_ai)
    };
    Ok(Json(Page { items: items.into_iter().map(view).collect(), next_cursor }))
}

/// Words, as one would write them in the thread.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Words {
    /// An answer, a command such as `/resolve`, or more about the problem.
    text: String,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// What came of saying or pressing something.
#[derive(Serialize, ToSchema)]
pub(super) struct TurnView {
    /// The session's version after it.
    pub(super) state_version: StateVersion,
    /// Where the session stands after it.
    pub(super) status: SessionStatus,
    /// What only the caller is told.
    pub(super) reply: Option<String>,
    /// The same as safe HTML.
    pub(super) reply_html: Option<String>,
}

impl TurnView {
    pub(super) fn new(session: &Session, reply: Reply) -> Self {
        let reply = reply.0;
        let reply_html = reply.as_deref().map(|text| to_html(&as_typed(text)));
        Self { state_version: session.state_version, status: session.status, reply, reply_html }
    }
}

/// Say something in a session: an answer, a command, or more about the problem.
///
/// Where people talk in a thread it is shown there too, unless it is a command that only answers the caller.
#[utoipa::path(post, path = "/ai-sessions/{id}/messages", tag = "sessions",
    params(("id" = SessionId, Path), ("Idempotency-Key" = Option<String>, Header)),
    request_body = Words, responses((status = 200, body = TurnView)))]
async fn say_in_session(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    key: IdempotencyKey,
    body: Body<Words>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let Words { text, state_version } = body.value;
    let (mut tx, reply) = copilot::saying(&engine, &caller, id.seen_at(state_version), &text).await?;
    let session = Session { state_version: tx.version_after(), ..tx.case().session.clone() };
    let answer = TurnView::new(&session, reply);
    key.remember(&mut tx, &body.fingerprint, StatusCode::OK, &answer).await?;
    tx.commit(None).await?;
    Ok(Json(answer).into_response())
}
