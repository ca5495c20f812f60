//! The flow library.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::error::FieldError;
use crate::flow::{Document, FlowSummary, Imported, to_yaml, validate};
use crate::store::Page;
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_flows, import_flow))
        .routes(routes!(find_flows))
        .routes(routes!(get_flow))
}

/// List the team's flows.
#[utoipa::path(get, path = "/flows", tag = "flows", params(Paging), responses((status = 200, body = Page<FlowSummary>)))]
async fn list_flows(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<FlowSummary>>> {
    Ok(Json(engine.flows.list(&engine.db, caller.team(), paging.page()?).await?))
}

/// What an import did.
#[derive(Serialize, ToSchema)]
struct ImportView {
    /// The flow.
    slug: String,
    /// What was done.
    imported: Imported,
}

/// Save a flow as its newest version. It is validated first; every broken rule is named.
#[utoipa::path(post, path = "/flows", tag = "flows", request_body = Document,
    responses((status = 200, body = ImportView)))]
async fn import_flow(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<Document>,
) -> Answer<Json<ImportView>> {
    caller.must_administer()?;
    let document = body.value;
    let mut problems = validate(&document);
    let mut known: BTreeSet<String> = engine.flows.slugs(&engine.db, caller.team()).await?;
    known.insert(document.slug.clone());
    problems.extend(crate::flow::validate_links(&document, &known));
    if !problems.is_empty() {
        let errors = problems.into_iter().map(|p| FieldError { field: p.at, rule: p.rule }).collect();
        return Err(Error::Invalid(errors).into());
    }
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let by = Some(caller.member());
    let imported = engine.flows.import(&mut tx, &engine.clock, caller.team(), by, &document).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(ImportView { slug: document.slug, imported }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FindQuery {
    /// What is wrong, in anybody's words.
    problem: String,
}

/// A flow that fits.
#[derive(Serialize, ToSchema)]
struct MatchView {
    #[serde(flatten)]
    flow: FlowSummary,
    /// Why it fits.
    reason: String,
}

/// The flows that fit.
#[derive(Serialize, ToSchema)]
struct MatchList {
    /// Best first; empty when none honestly fits.
    items: Vec<MatchView>,
}

/// Find the flows that fit a problem.
#[utoipa::path(get, path = "/flows/find", tag = "flows", params(FindQuery), responses((status = 200, body = MatchList)))]
async fn find_flows(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<FindQuery>,
) -> Answer<Json<MatchList>> {
    let found = engine.flows.find(&engine.db, caller.team(), &query.problem, 10).await?;
    let items = found.into_iter().map(|m| MatchView { flow: m.flow, reason: m.reason }).collect();
    Ok(Json(MatchList { items }))
}

/// The form of a flow.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FlowFormat {
    #[default]
    Json,
    Yaml,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FlowQuery {
    /// `json` (default) or `yaml`.
    #[serde(default)]
    #[param(inline)]
    format: FlowFormat,
}

/// Read a flow's newest version.
#[utoipa::path(get, path = "/flows/{slug}", tag = "flows", params(("slug" = String, Path), FlowQuery),
    responses((status = 200, content((Document = "application/json"), (String = "application/yaml")))))]
async fn get_flow(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(slug): Path<String>,
    Params(query): Params<FlowQuery>,
) -> Answer<Response> {
    let found = engine.flows.by_slug(&engine.db, caller.team(), &slug).await?;
    let (_, document) = found.ok_or(Error::NotFound("flow"))?;
    Ok(match query.format {
        FlowFormat::Json => Json(&*document).into_response(),
        FlowFormat::Yaml => {
            ([(header::CONTENT_TYPE, "application/yaml")], to_yaml(&document)?).into_response()
        }
    })
}
