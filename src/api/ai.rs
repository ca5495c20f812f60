//! What the models cost, and the switch that stops them. For admins.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params};
use crate::Engine;
use crate::ai::{
    AiCall, CallFilter, Opinion, Purpose, Spending, Switch, calls, opinions, spending, switch, switch_off,
    switch_on,
};
use crate::store::{Page, PageRequest};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(ai_spend))
        .routes(routes!(list_ai_calls))
        .routes(routes!(list_ai_feedback))
        .routes(routes!(get_ai_switch, set_ai_switch))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SpendQuery {
    /// How many days to look back over: 1 to 30; 1 without.
    #[serde(default = "SpendQuery::today")]
    #[param(default = 1, minimum = 1, maximum = 30)]
    days: u32,
}

impl SpendQuery {
    fn today() -> u32 {
        1
    }
}

/// What the models cost: in all, by day, by model and by purpose, beside what they may cost. For admins.
///
/// A call that runs, or whose process was killed, counts with the most that it may cost.
#[utoipa::path(get, path = "/ai/spend", tag = "ai", params(SpendQuery),
    responses((status = 200, body = Spending), (status = 403)))]
async fn ai_spend(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<SpendQuery>,
) -> Answer<Json<Spending>> {
    Ok(Json(spending(&engine, &caller, query.days).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct CallQuery {
    /// Only calls for this.
    purpose: Option<Purpose>,
    /// Only calls of this model.
    model: Option<String>,
    /// Only calls that gave nothing whole.
    #[serde(default)]
    failed: bool,
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

/// List the calls of the models, newest first. For admins.
#[utoipa::path(get, path = "/ai/calls", tag = "ai", params(CallQuery),
    responses((status = 200, body = Page<AiCall>), (status = 403)))]
async fn list_ai_calls(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(query): Params<CallQuery>,
) -> Answer<Json<Page<AiCall>>> {
    let page = PageRequest::parse(query.cursor.as_deref(), query.limit)?;
    let CallQuery { purpose, model, failed, .. } = query;
    Ok(Json(calls(&engine, &caller, &CallFilter { purpose, model, failed }, page).await?))
}

/// List what people thought of what the models wrote, newest first, with the text and the question before it. For admins.
#[utoipa::path(get, path = "/ai/feedback", tag = "ai", params(Paging),
    responses((status = 200, body = Page<Opinion>), (status = 403)))]
async fn list_ai_feedback(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Opinion>>> {
    Ok(Json(opinions(&engine, &caller, paging.page()?).await?))
}

/// Whether the models may be asked, and who switched them off. For admins.
#[utoipa::path(get, path = "/ai/switch", tag = "ai", responses((status = 200, body = Switch), (status = 403)))]
async fn get_ai_switch(State(engine): State<Engine>, Bearer(caller): Bearer) -> Answer<Json<Switch>> {
    Ok(Json(switch(&engine, &caller).await?))
}

/// Whether the models are to be asked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetSwitch {
    /// `false` stops every model of the team within a second, in every process; the guided copilot goes on.
    on: bool,
}

/// Switch the team's models off or on. Doing it twice changes nothing. For admins.
#[utoipa::path(put, path = "/ai/switch", tag = "ai", request_body = SetSwitch,
    responses((status = 200, body = Switch), (status = 403)))]
async fn set_ai_switch(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<SetSwitch>,
) -> Answer<Json<Switch>> {
    match body.value.on {
        true => switch_on(&engine, &caller).await?,
        false => switch_off(&engine, &caller).await?,
    }
    Ok(Json(switch(&engine, &caller).await?))
}
