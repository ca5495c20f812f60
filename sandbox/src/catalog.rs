//! Everything that is only read: the login page's company look-up, the system's own facts, boards,
//! statuses, companies, contacts and members.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::ApiError;
use crate::listing::{self, ListRequest};
use crate::logins::{self, Who};
use crate::records::{Records, Table, id_of};
use crate::schema::{BOARD, BOARD_STATUS, COMPANY, CONTACT, Entity, MEMBER};
use crate::server::{PathIds, Shared};

pub(crate) fn routes() -> Router<Shared> {
    let boards = |records: &Records| records.boards.clone();
    let companies = |records: &Records| records.companies.clone();
    let contacts = |records: &Records| records.contacts.clone();
    let members = |records: &Records| records.members.clone();
    Router::new()
        .route("/system/info", routing::get(system_info))
        .route("/system/myMembers/info", routing::get(my_member))
        .merge(table("/service/boards", &BOARD, boards))
        .merge(table("/company/companies", &COMPANY, companies))
        .merge(table("/company/contacts", &CONTACT, contacts))
        .merge(table("/system/members", &MEMBER, members))
        .route("/service/boards/{id}/statuses", routing::get(statuses))
}

/// List, count and single record of one table.
fn table(path: &str, entity: &'static Entity, of: fn(&Records) -> Table) -> Router<Shared> {
    let list = move |State(app): State<Shared>, request: ListRequest| async move {
        listing::answer(entity, of(&app.store.read()).into_values(), &request)
    };
    let count = move |State(app): State<Shared>, request: ListRequest| async move {
        listing::count(entity, of(&app.store.read()).into_values(), &request)
    };
    let show = move |State(app): State<Shared>, ids: PathIds, request: ListRequest| async move {
        let id = ids.get("id")?;
        let rows = of(&app.store.read());
        let row = rows.get(&id).ok_or_else(|| ApiError::not_found(entity.type_name, id))?;
        Ok::<_, ApiError>(Json(listing::selected(row, &request)))
    };
    Router::new()
        .route(path, routing::get(list))
        .route(&format!("{path}/count"), routing::get(count))
        .route(&format!("{path}/{{id}}"), routing::get(show))
}

async fn statuses(
    State(app): State<Shared>,
    ids: PathIds,
    request: ListRequest,
) -> Result<Response, ApiError> {
    let board = ids.get("id")?;
    let records = app.store.read();
    if !records.boards.contains_key(&board) {
        return Err(ApiError::not_found("Board", board));
    }
    let rows = records.statuses.values().filter(|status| id_of(status.get("board")) == Some(board)).cloned();
    listing::answer(&BOARD_STATUS, rows, &request)
}

/// Whoever asks, about themselves.
async fn my_member(
    State(app): State<Shared>,
    Extension(who): Extension<Who>,
) -> Result<Json<Value>, ApiError> {
    let refused = || ApiError::unauthorized("Authorization is required");
    logins::info(&app, &who).map(Json).ok_or_else(refused)
}

async fn system_info(State(app): State<Shared>) -> Json<Value> {
    Json(json!({
        "version": format!("{}.0", app.version()),
        "isCloud": true,
        "serverTimeZone": "UTC",
        "licenseBits": [{ "name": "Service", "activeFlag": true }],
        "cloudRegion": "NA",
        "maxWorkFlowRecordsAllowed": 10_000,
    }))
}

/// Where the interface of a company is. `null` for a company that this server does not host.
pub(crate) async fn company_info(State(app): State<Shared>, Path(company): Path<String>) -> Response {
    if !company.eq_ignore_ascii_case(&app.credentials.company_id) {
        return Json(Value::Null).into_response();
    }
    let codebase = app.codebase();
    Json(json!({
        "CompanyName": app.credentials.company_id,
        "Codebase": codebase,
        "VersionCode": codebase.trim_end_matches('/').replace('_', "."),
        "CompanyID": app.credentials.company_id,
        "IsCloud": true,
        "SiteUrl": app.address.to_string(),
    }))
    .into_response()
}
