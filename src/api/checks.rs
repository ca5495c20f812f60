//! Diagnostic checks of a session.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::idempotency::IdempotencyKey;
use super::problem::Answer;
use super::{ApiState, Bearer, Body, Changed, Listed, Params, Path, SeenVersion};
use crate::session::{Case, Check, Seen, SessionTx};
use crate::store::{CheckId, SessionId, StateVersion};
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_checks, add_check))
        .routes(routes!(record_check_result))
        .routes(routes!(skip_check))
}

/// The session's checks.
#[utoipa::path(get, path = "/ai-sessions/{id}/checks", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<Check>)))]
async fn list_checks(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<Check>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    Ok(Json(Listed { items: case.checks, state_version: case.session.state_version }))
}

/// A check.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCheck {
    /// What to look at.
    text: String,
    /// The command to run.
    command: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Add a check.
#[utoipa::path(post, path = "/ai-sessions/{id}/checks", tag = "sessions", request_body = NewCheck,
    params(("id" = SessionId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Changed<Check>)))]
async fn add_check(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    key: IdempotencyKey,
    body: Body<NewCheck>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let mut tx = engine.change_session(&caller, id.seen_at(body.value.state_version)).await?;
    tx.must_be_open()?;
    let check = tx.add_check(&body.value.text, body.value.command.as_deref(), None).await?;
    let answer = Changed { item: check, state_version: tx.version_after() };
    key.remember(&mut tx, &body.fingerprint, StatusCode::CREATED, &answer).await?;
    tx.commit(None).await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// What came out.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckResult {
    /// 1 to 2,000 characters.
    result: String,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Record a check's result; recording it again replaces it. The result becomes a fact.
#[utoipa::path(post, path = "/ai-sessions/{id}/checks/{check}/result", tag = "sessions", request_body = CheckResult,
    params(("id" = SessionId, Path), ("check" = CheckId, Path)),
    responses((status = 200, body = Changed<Check>)))]
async fn record_check_result(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, check)): Path<(SessionId, CheckId)>,
    body: Body<CheckResult>,
) -> Answer<Json<Changed<Check>>> {
    let mut tx = open_for(&engine, &caller, id.seen_at(body.value.state_version), check).await?;
    let check = tx.record_check(check, &body.value.result, None).await?;
    let session = tx.commit(None).await?;
    Ok(Json(Changed { item: check, state_version: session.state_version }))
}

/// Say that a check is not needed.
#[utoipa::path(post, path = "/ai-sessions/{id}/checks/{check}/skip", tag = "sessions",
    params(("id" = SessionId, Path), ("check" = CheckId, Path), SeenVersion),
    responses((status = 200, body = Changed<Check>)))]
async fn skip_check(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, check)): Path<(SessionId, CheckId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<Json<Changed<Check>>> {
    let mut tx = open_for(&engine, &caller, id.seen_at(seen.state_version), check).await?;
    let check = tx.skip_check(check).await?;
    let session = tx.commit(None).await?;
    Ok(Json(Changed { item: check, state_version: session.state_version }))
}

/// A flow's check is answered in the flow, so that the walk goes on from there.
async fn open_for(
    engine: &Engine,
    caller: &crate::team::Caller,
    session: Seen,
    check: CheckId,
) -> Answer<SessionTx> {
    let tx = engine.change_session(caller, session).await?;
    tx.must_be_open()?;
    let found = tx.case().checks.iter().find(|c| c.id == check).ok_or(Error::NotFound("check"))?;
    if found.step_id.is_some() {
        let why = "this check belongs to a flow: answer it in the flow, or go back to it";
        return Err(Error::Conflict(why.to_owned()).into());
    }
    Ok(tx)
}
