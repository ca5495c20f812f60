//! Script templates and generation.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Params, Path, SeenVersion};
use crate::script::{
    self, GenerateScript, Generated, NewTemplate, ScriptTemplate, TemplateStatus, create_template,
    decide_template, update_template,
};
use crate::session::Generation;
use crate::store::{GenerationId, Page, PageRequest, ScriptTemplateId, SessionId};
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(generate_script))
        .routes(routes!(list_script_templates, create_script_template))
        .routes(routes!(get_script_template, update_script_template))
        .routes(routes!(accept_script_template))
        .routes(routes!(reject_script_template))
        .routes(routes!(mark_script_run))
}

/// Fill in a template. Sensitive values appear in this answer and nowhere else.
#[utoipa::path(post, path = "/scripts/generate", tag = "scripts", request_body = GenerateScript,
    responses((status = 200, body = Generated), (status = 404), (status = 409)))]
async fn generate_script(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<GenerateScript>,
) -> Answer<Response> {
    let generated = script::generate(&engine, &caller, body.value).await?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(generated)).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TemplateQuery {
    /// `draft`, `accepted` (without) or `rejected`.
    status: Option<TemplateStatus>,
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

/// List templates of one status.
#[utoipa::path(get, path = "/scripts/templates", tag = "scripts", params(TemplateQuery),
    responses((status = 200, body = Page<ScriptTemplate>)))]
async fn list_script_templates(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<TemplateQuery>,
) -> Answer<Json<Page<ScriptTemplate>>> {
    let page = PageRequest::parse(query.cursor.as_deref(), query.limit)?;
    let status = query.status.unwrap_or(TemplateStatus::Accepted);
    Ok(Json(script::templates(&engine.db, caller.team(), status, page).await?))
}

/// Create a draft template.
#[utoipa::path(post, path = "/scripts/templates", tag = "scripts", request_body = NewTemplate,
    responses((status = 201, body = ScriptTemplate)))]
async fn create_script_template(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<NewTemplate>,
) -> Answer<(StatusCode, Json<ScriptTemplate>)> {
    Ok((StatusCode::CREATED, Json(create_template(&engine, &caller, body.value).await?)))
}

/// Read a template.
#[utoipa::path(get, path = "/scripts/templates/{id}", tag = "scripts", params(("id" = ScriptTemplateId, Path)),
    responses((status = 200, body = ScriptTemplate)))]
async fn get_script_template(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ScriptTemplateId>,
) -> Answer<Json<ScriptTemplate>> {
    let found = script::template(&engine.db, caller.team(), id).await?;
    Ok(Json(found.ok_or(Error::NotFound("script template"))?))
}

/// Change a draft.
#[utoipa::path(put, path = "/scripts/templates/{id}", tag = "scripts", params(("id" = ScriptTemplateId, Path)),
    request_body = NewTemplate,
    responses((status = 200, body = ScriptTemplate), (status = 409)))]
async fn update_script_template(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ScriptTemplateId>,
    body: Body<NewTemplate>,
) -> Answer<Json<ScriptTemplate>> {
    Ok(Json(update_template(&engine, &caller, id, body.value).await?))
}

/// Accept a draft: it is offered from now on.
#[utoipa::path(post, path = "/scripts/templates/{id}/accept", tag = "scripts", params(("id" = ScriptTemplateId, Path)),
    responses((status = 200, body = ScriptTemplate), (status = 409)))]
async fn accept_script_template(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ScriptTemplateId>,
) -> Answer<Json<ScriptTemplate>> {
    Ok(Json(decide_template(&engine, &caller, id, true).await?))
}

/// Reject a draft.
#[utoipa::path(post, path = "/scripts/templates/{id}/reject", tag = "scripts", params(("id" = ScriptTemplateId, Path)),
    responses((status = 200, body = ScriptTemplate), (status = 409)))]
async fn reject_script_template(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ScriptTemplateId>,
) -> Answer<Json<ScriptTemplate>> {
    Ok(Json(decide_template(&engine, &caller, id, false).await?))
}

/// Say that a generated script was run.
#[utoipa::path(post, path = "/ai-sessions/{id}/generations/{generation}/applied", tag = "scripts",
    params(("id" = SessionId, Path), ("generation" = GenerationId, Path), SeenVersion),
    responses((status = 200, body = Generation)))]
async fn mark_script_run(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, generation)): Path<(SessionId, GenerationId)>,
    Params(seen): Params<SeenVersion>,
) -> Answer<Json<Generation>> {
    Ok(Json(script::mark_applied(&engine, &caller, id.seen_at(seen.state_version), generation).await?))
}
