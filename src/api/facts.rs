//! Facts of a session.

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
use crate::Engine;
use crate::session::{Case, Fact, NewFact};
use crate::store::{FactId, SessionId, StateVersion};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_facts, add_fact)).routes(routes!(edit_fact, remove_fact))
}

/// A fact with its source in words.
#[derive(Serialize, ToSchema)]
struct FactView {
    #[serde(flatten)]
    fact: Fact,
    /// The source in words: `answered by Ada`.
    source_label: String,
    /// Whether it can be edited here; a derived fact is changed at its source.
    editable: bool,
}

impl From<Fact> for FactView {
    fn from(fact: Fact) -> Self {
        let editable = !fact.source.is_derived();
        Self { source_label: crate::copilot::cards::source_label(&fact), editable, fact }
    }
}

/// What was confirmed.
#[utoipa::path(get, path = "/ai-sessions/{id}/facts", tag = "sessions", params(("id" = SessionId, Path)),
    responses((status = 200, body = Listed<FactView>)))]
async fn list_facts(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
) -> Answer<Json<Listed<FactView>>> {
    let case = Case::load(&engine, caller.team(), id).await?;
    let state_version = case.session.state_version;
    Ok(Json(Listed { items: case.facts.into_iter().map(FactView::from).collect(), state_version }))
}

/// A statement.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FactText {
    /// 1 to 2,000 characters.
    text: String,
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
}

/// Record something that you confirmed.
#[utoipa::path(post, path = "/ai-sessions/{id}/facts", tag = "sessions", request_body = FactText,
    params(("id" = SessionId, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = Changed<FactView>)))]
async fn add_fact(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<SessionId>,
    key: IdempotencyKey,
    body: Body<FactText>,
) -> Answer<Response> {
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let mut tx = engine.change_session(&caller, id.seen_at(body.value.state_version)).await?;
    tx.must_be_open()?;
    let fact = tx.add_fact(NewFact::said(&body.value.text)).await?;
    let answer = Changed { item: FactView::from(fact), state_version: tx.version_after() };
    key.remember(&mut tx, &body.fingerprint, StatusCode::CREATED, &answer).await?;
    tx.commit(None).await?;
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Edit a fact that an engineer said. A derived fact answers 403: edit its source.
#[utoipa::path(patch, path = "/ai-sessions/{id}/facts/{fact}", tag = "sessions", request_body = FactText,
    params(("id" = SessionId, Path), ("fact" = FactId, Path)),
    responses((status = 200, body = Changed<FactView>)))]
async fn edit_fact(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, fact)): Path<(SessionId, FactId)>,
    body: Body<FactText>,
) -> Answer<Json<Changed<FactView>>> {
    let mut tx = engine.change_session(&caller, id.seen_at(body.value.state_version)).await?;
    tx.must_be_open()?;
    let fact = tx.edit_fact(fact, &body.value.text).await?;
    let session = tx.commit(None).await?;
    Ok(Json(Changed { item: FactView::from(fact), state_version: session.state_version }))
}

/// Remove a fact that an engineer said.
#[utoipa::path(delete, path = "/ai-sessions/{id}/facts/{fact}", tag = "sessions",
    params(("id" = SessionId, Path), ("fact" = FactId, Path), SeenVersion),
    responses((status = 204)))]
async fn remove_fact(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, fact)): Path<(SessionId, FactId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<StatusCode> {
    let mut tx = engine.change_session(&caller, id.seen_at(seen.state_version)).await?;
    tx.must_be_open()?;
    tx.remove_fact(fact).await?;
    tx.commit(None).await?;
    Ok(StatusCode::NO_CONTENT)
}
