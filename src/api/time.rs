//! Time worked on a session's ticket: drafted, changed, posted.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Changed, Listed, Params, Path, SeenVersion};
use crate::Engine;
use crate::session::{Case, SessionTx};
use crate::store::{SessionId, StateVersion, TimeEntryId};
use crate::time_entry::{TimeChange, TimeEntry};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_time, draft_time))
        .routes(routes!(change_time, drop_time))
        .routes(routes!(post_time))
}

/// The time worked on the session's ticket, drafts too.
#[utoipa::path(get, path = "/ai-sessions/{id}/time-entries", tag = "notes", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<TimeEntry>)))]
async fn list_time(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<TimeEntry>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    Ok(Json(Listed { items: case.times, state_version: case.session.state_version }))
}

/// What is changed about a draft; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangedTime {
    /// When the work began, in UTC: `2026-11-23 08:15`.
    started_at: Option<String>,
    /// Minutes worked, 1 to 1,440.
    minutes: Option<i64>,
    /// What was done, 1 to 1,000 characters.
    notes: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Draft the time that the session took, from its own timeline: first to last activity, in quarters of an hour, without the
/// pauses. A draft that was not posted yet is answered as it is. Nothing is posted.
#[utoipa::path(post, path = "/ai-sessions/{id}/time-entries", tag = "notes",
    params(("id" = SessionId, Path), SeenVersion), responses((status = 201, body = Changed<TimeEntry>)))]
async fn draft_time(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    Params(seen): Params<SeenVersion>,
) -> Answer<Response> {
    let mut tx = engine.change_session(&caller, id.seen_at(seen.state_version)).await?;
    let entry = tx.draft_time().await?;
    Ok((StatusCode::CREATED, done(tx, entry).await?).into_response())
}

/// Change a draft, or one that was refused.
#[utoipa::path(patch, path = "/ai-sessions/{id}/time-entries/{entry}", tag = "notes", request_body = ChangedTime,
    params(("id" = SessionId, Path), ("entry" = TimeEntryId, Path)),
    responses((status = 200, body = Changed<TimeEntry>)))]
async fn change_time(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, entry)): Path<(SessionId, TimeEntryId)>,
    body: Body<ChangedTime>,
) -> Answer<Json<Changed<TimeEntry>>> {
    let ChangedTime { started_at, minutes, notes, state_version } = body.value;
    let mut tx = engine.change_session(&caller, id.seen_at(state_version)).await?;
    let entry = tx.change_time(entry, &TimeChange { started_at, minutes, notes }).await?;
    done(tx, entry).await
}

/// Put a draft aside.
#[utoipa::path(delete, path = "/ai-sessions/{id}/time-entries/{entry}", tag = "notes",
    params(("id" = SessionId, Path), ("entry" = TimeEntryId, Path), SeenVersion),
    responses((status = 200, body = Changed<TimeEntry>)))]
async fn drop_time(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, entry)): Path<(SessionId, TimeEntryId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<Json<Changed<TimeEntry>>> {
    let mut tx = engine.change_session(&caller, id.seen_at(seen.state_version)).await?;
    let entry = tx.drop_time(entry).await?;
    done(tx, entry).await
}

/// Post a draft to the ticket, as the caller's own time. Repeating it changes nothing.
#[utoipa::path(post, path = "/ai-sessions/{id}/time-entries/{entry}/post", tag = "notes",
    params(("id" = SessionId, Path), ("entry" = TimeEntryId, Path), SeenVersion),
    responses((status = 200, body = Changed<TimeEntry>)))]
async fn post_time(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, entry)): Path<(SessionId, TimeEntryId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<Json<Changed<TimeEntry>>> {
    let mut tx = engine.change_session(&caller, id.seen_at(seen.state_version)).await?;
    let entry = tx.post_time(entry).await?;
    done(tx, entry).await
}

async fn done(tx: SessionTx, item: TimeEntry) -> Answer<Json<Changed<TimeEntry>>> {
    let session = tx.commit(None).await?;
    Ok(Json(Changed { item, state_version: session.state_version }))
}
