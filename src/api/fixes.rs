//! Suggested fixes of a session: suggest, decide, say how it went.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::idempotency::IdempotencyKey;
use super::problem::Answer;
use super::{ApiState, Bearer, Body, Changed, Listed, Params, Path, SeenVersion};
use crate::copilot;
use crate::fix::{
    Confidence, Decision, DecisionKind, NewFix, OutcomeKind, ScriptBody, SuggestedFix, decision_log,
};
use crate::script::ScriptTemplate;
use crate::session::Case;
use crate::store::{FixId, SessionId, StateVersion};
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_fixes, suggest_fix))
        .routes(routes!(get_active_fix))
        .routes(routes!(decide_fix))
        .routes(routes!(record_fix_outcome))
        .routes(routes!(keep_script))
        .routes(routes!(list_decisions))
}

/// Every fix that was suggested.
#[utoipa::path(get, path = "/ai-sessions/{id}/suggested-fixes", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<SuggestedFix>)))]
async fn list_fixes(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<SuggestedFix>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    Ok(Json(Listed { items: case.fixes, state_version: case.session.state_version }))
}

/// The active fix.
#[utoipa::path(get, path = "/ai-sessions/{id}/suggested-fixes/active", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Changed<SuggestedFix>)))]
async fn get_active_fix(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Changed<SuggestedFix>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    let fix = case.active_fix().cloned().ok_or(Error::NotFound("active fix"))?;
    Ok(Json(Changed { item: fix, state_version: case.session.state_version }))
}

/// A fix of your own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FixProposal {
    /// What to do, in one line.
    title: String,
    /// Why this fix.
    rationale: Option<String>,
    /// What is then likely to have been the cause.
    root_cause: Option<String>,
    /// What to do, step by step.
    #[serde(default)]
    steps: Vec<String>,
    /// A script that does it.
    script: Option<ScriptBody>,
    /// 0 to 100.
    #[schema(minimum = 0, maximum = 100)]
    confidence: Option<i64>,
    /// Where the confidence comes from.
    confidence_reason: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Suggest a fix; the one that was active is superseded.
#[utoipa::path(post, path = "/ai-sessions/{id}/suggested-fixes", tag = "sessions", request_body = FixProposal,
    params(("id" = SessionId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Changed<SuggestedFix>)))]
async fn suggest_fix(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    key: IdempotencyKey,
    body: Body<FixProposal>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let proposal = body.value;
    let confidence = stated(proposal.confidence, proposal.confidence_reason, caller.name())?;
    let rationale = proposal.rationale.unwrap_or_else(|| format!("{} suggests it.", caller.name()));
    let mut tx = engine.change_session(&caller, id.seen_at(proposal.state_version)).await?;
    tx.must_be_open()?;
    let fix = tx
        .suggest_fix(NewFix {
            title: proposal.title,
            root_cause: proposal.root_cause,
            rationale,
            steps: proposal.steps,
            script: proposal.script,
            confidence,
            solution: None,
            step: None,
            by_member: true,
        })
        .await?;
    let answer = Changed { item: fix, state_version: tx.version_after() };
    key.remember(&mut tx, &body.fingerprint, StatusCode::CREATED, &answer).await?;
    tx.commit(None).await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn stated(percent: Option<i64>, reason: Option<String>, name: &str) -> Answer<Confidence> {
    let Some(percent) = percent else {
        return Ok(crate::fix::confidence(crate::fix::DEFAULT_PRIOR, crate::fix::Record::default()));
    };
    let percent = u8::try_from(percent).ok().filter(|percent| *percent <= 100);
    let percent = percent.ok_or_else(|| Error::invalid("confidence", "must be 0 to 100"))?;
    let reason = reason.filter(|r| !r.trim().is_empty());
    Ok(Confidence { percent, reason: reason.unwrap_or_else(|| format!("{name} estimates it.")) })
}

/// What to do with a fix.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionRequest {
    /// `one_off`, `draft_template`, `build_template` or `dismissed`.
    decision: DecisionKind,
    /// Why.
    reason: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// A fix after a decision.
#[derive(Serialize, ToSchema)]
struct Decided {
    /// The fix as it is now.
    fix: SuggestedFix,
    /// The draft that was made of its script.
    template: Option<ScriptTemplate>,
    /// The session's version after it.
    state_version: StateVersion,
}

/// Decide about a fix. 409 when it is superseded or decided already.
#[utoipa::path(post, path = "/ai-sessions/{id}/suggested-fixes/{fix}/decision", tag = "sessions",
    request_body = DecisionRequest, params(("id" = SessionId, Path), ("fix" = FixId, Path)),
    responses((status = 200, body = Decided)))]
async fn decide_fix(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, fix)): Path<(SessionId, FixId)>,
    body: Body<DecisionRequest>,
) -> Answer<Json<Decided>> {
    let DecisionRequest { decision, reason, state_version } = body.value;
    let mut tx = engine.change_session(&caller, id.seen_at(state_version)).await?;
    tx.must_be_open()?;
    let done = copilot::decide(&mut tx, Some(fix), decision, reason.as_deref().unwrap_or_default()).await?;
    let session = tx.commit(None).await?;
    Ok(Json(Decided { fix: done.fix, template: done.template, state_version: session.state_version }))
}

/// How a fix went.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OutcomeRequest {
    /// `worked`, `partly`, `failed` or `pending`.
    outcome: OutcomeKind,
    /// Needed for `pending`.
    reason: Option<String>,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Say how a fix in use went. After `failed` the flow goes on.
#[utoipa::path(post, path = "/ai-sessions/{id}/suggested-fixes/{fix}/outcome", tag = "sessions",
    request_body = OutcomeRequest, params(("id" = SessionId, Path), ("fix" = FixId, Path)),
    responses((status = 200, body = Changed<SuggestedFix>)))]
async fn record_fix_outcome(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, fix)): Path<(SessionId, FixId)>,
    body: Body<OutcomeRequest>,
) -> Answer<Json<Changed<SuggestedFix>>> {
    let OutcomeRequest { outcome, reason, state_version } = body.value;
    let mut tx = engine.change_session(&caller, id.seen_at(state_version)).await?;
    tx.must_be_open()?;
    let fix = copilot::outcome(&mut tx, Some(fix), outcome, reason.as_deref().unwrap_or_default()).await?;
    let session = tx.commit(None).await?;
    Ok(Json(Changed { item: fix, state_version: session.state_version }))
}

/// After Resolve: keep the script of a fix that worked as a draft template.
#[utoipa::path(post, path = "/ai-sessions/{id}/suggested-fixes/{fix}/keep-script", tag = "scripts",
    params(("id" = SessionId, Path), ("fix" = FixId, Path), SeenVersion),
    responses((status = 201, body = ScriptTemplate)))]
async fn keep_script(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, fix)): Path<(SessionId, FixId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<(StatusCode, Json<ScriptTemplate>)> {
    let mut tx = engine.change_session(&caller, id.seen_at(seen.state_version)).await?;
    let template = tx.keep_script_that_worked(fix).await?;
    tx.commit(None).await?;
    Ok((StatusCode::CREATED, Json(template)))
}

/// The decision log, oldest first.
#[utoipa::path(get, path = "/ai-sessions/{id}/decisions", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<Decision>)))]
async fn list_decisions(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<Decision>>> {
    let session =
        crate::session::get(&engine.db, caller.team(), id).await?.ok_or(Error::NotFound("session"))?;
    let items = decision_log(&engine.db, caller.team(), id).await?;
    Ok(Json(Listed { items, state_version: session.state_version }))
}
