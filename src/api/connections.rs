//! Connections to ticket systems, set up by admins. Keys go in and never come out.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::idempotency::IdempotencyKey;
use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::psa::callback::try_to_register;
use crate::psa::connection::{Connection, Frame, connections_page, frames};
use crate::psa::connectwise::ConnectWiseConfig;
use crate::psa::setup::{install_pod, remove, rights, test};
use crate::psa::{PodRegistration, PsaError, RightCheck};
use crate::store::{ConnectionId, Page};
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_connections, add_connection))
        .routes(routes!(remove_connection))
        .routes(routes!(check_connection))
        .routes(routes!(install_connection_pod))
}

/// How a connection does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ConnectionState {
    /// It answered.
    Working,
    /// It did not, or refused us.
    Failing,
    /// It was not looked at since it was changed, or since the server started.
    Unknown,
}

/// A connection, without its keys.
#[derive(Serialize, ToSchema)]
struct ConnectionView {
    #[serde(flatten)]
    connection: Connection,
    /// The origins of the pages that may frame the screen pod.
    ui_origins: Vec<String>,
    /// Whether the configuration keeps it: it can only be changed there.
    configured: bool,
    /// How it did when last looked at, which is about once a minute.
    state: ConnectionState,
    /// When that was.
    seen_at: Option<Timestamp>,
    /// Why it fails.
    failure: Option<String>,
}

/// Whether the API member's security role allows something.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum RightState {
    /// It does.
    Held,
    /// The entry is missing.
    Missing,
    /// It could not be tried.
    Untried,
}

/// An entry of the security role that FlowPilot needs.
#[derive(Serialize, ToSchema)]
struct RightView {
    /// As ConnectWise's screens call it: `Service Desk > Service Tickets: Add`.
    entry: &'static str,
    /// What it is needed for: `post notes`.
    purpose: &'static str,
    /// Whether all but that works without it.
    optional: bool,
    /// Whether it is there.
    state: RightState,
    /// Why it could not be tried.
    detail: Option<String>,
}

/// What a connection's security role allows.
#[derive(Serialize, ToSchema)]
struct ConnectionCheck {
    /// Each entry that is needed.
    rights: Vec<RightView>,
}

/// A connection that was added, and what its security role allows.
#[derive(Serialize, ToSchema)]
struct AddedConnection {
    /// The connection.
    connection: ConnectionView,
    /// Each entry of the role that is needed.
    rights: Vec<RightView>,
}

impl From<&RightCheck> for RightView {
    fn from(check: &RightCheck) -> Self {
        let (state, detail) = match &check.found {
            Ok(()) => (RightState::Held, None),
            Err(PsaError::Forbidden(_)) => (RightState::Missing, None),
            Err(error) => (RightState::Untried, Some(error.to_string())),
        };
        Self { entry: check.entry, purpose: check.purpose, optional: check.optional, state, detail }
    }
}

fn views(rights: &[RightCheck]) -> Vec<RightView> {
    rights.iter().map(RightView::from).collect()
}

async fn view(engine: &Engine, connection: Connection, ui_origins: Vec<String>) -> ConnectionView {
    let seen = engine.psa.seen(&connection).await;
    let state = match &seen {
        None => ConnectionState::Unknown,
        Some(seen) if seen.failure.is_some() => ConnectionState::Failing,
        Some(_) => ConnectionState::Working,
    };
    let configured = engine.psa.is_configured(connection.id);
    let (seen_at, failure) = seen.map(|seen| (seen.at, seen.failure)).unzip();
    ConnectionView { connection, ui_origins, configured, state, seen_at, failure: failure.flatten() }
}

/// List the connections to ticket systems, the first one first. For admins.
#[utoipa::path(get, path = "/psa/connections", tag = "connections", params(Paging),
    responses((status = 200, body = Page<ConnectionView>), (status = 403)))]
async fn list_connections(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<ConnectionView>>> {
    caller.must_administer()?;
    let page = connections_page(&engine, &caller, paging.page()?).await?;
    let mut origins: HashMap<ConnectionId, Vec<String>> = framed(&engine, &caller).await?;
    let mut items = Vec::with_capacity(page.items.len());
    for connection in page.items {
        let ui_origins = origins.remove(&connection.id).unwrap_or_default();
        items.push(view(&engine, connection, ui_origins).await);
    }
    Ok(Json(Page { items, next_cursor: page.next_cursor }))
}

async fn framed(engine: &Engine, caller: &Caller) -> Result<HashMap<ConnectionId, Vec<String>>> {
    let frames = frames(engine, caller.team()).await?;
    Ok(frames.into_iter().map(|Frame { connection, origins, .. }| (connection, origins)).collect())
}

/// A ConnectWise Manage to connect.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewConnection {
    /// The team's name for it, 1 to 60 characters. The keys of a connection that has it are replaced.
    name: String,
    /// The host that people log in to: `na.myconnectwise.net`, or your own.
    site: String,
    /// The company that logs in.
    company_id: String,
    /// Public half of the API member's key.
    #[schema(value_type = String, write_only)]
    public_key: SecretString,
    /// Private half of the API member's key.
    #[schema(value_type = String, write_only)]
    private_key: SecretString,
    /// The integration's client id, from the vendor's developer site.
    #[schema(value_type = String, write_only)]
    client_id: SecretString,
    /// The origins of the pages that may frame the screen pod, such as `https://na.myconnectwise.net`; the site's own
    /// without any.
    #[serde(default)]
    ui_origins: Vec<String>,
}

/// Connect ConnectWise Manage, or replace the keys of a connection. For admins.
///
/// It is tested first: nothing is saved that does not answer. What its security role lacks is in `rights`; it is saved
/// all the same. The keys are kept sealed, and no answer ever has them.
#[utoipa::path(post, path = "/psa/connections", tag = "connections", request_body = NewConnection,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = AddedConnection), (status = 409), (status = 502)))]
async fn add_connection(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    key: IdempotencyKey,
    body: Body<NewConnection>,
) -> Answer<Response> {
    caller.must_administer()?;
    if let Some(answer) = key.known(&engine, &caller, &body.fingerprint).await? {
        return Ok(answer);
    }
    let NewConnection { name, site, company_id, public_key, private_key, client_id, ui_origins } = body.value;
    let config = ConnectWiseConfig {
        site,
        company_id,
        public_key: public_key.expose_secret().to_owned(),
        private_key,
        client_id: client_id.expose_secret().to_owned(),
        ui_origins,
    };
    let tested = test(&engine, &caller, &name, &config).await?;
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let connection = tested.save(&mut tx, &engine, &caller).await?;
    let answer = AddedConnection {
        connection: view(&engine, connection, tested.ui_origins()).await,
        rights: views(tested.rights()),
    };
    let status = StatusCode::CREATED;
    key.remember_in(&mut tx, (&engine, &caller), &body.fingerprint, status, &answer).await?;
    tx.commit().await.map_err(Error::from)?;
    try_to_register(&engine, caller.team(), answer.connection.connection.id).await;
    let place = format!("/api/v1/psa/connections/{}", answer.connection.connection.id);
    Ok((status, [(header::LOCATION, place)], Json(answer)).into_response())
}

/// Remove a connection: its keys are forgotten. For admins.
///
/// Sessions keep what they know of their tickets; notes that wait are not posted any more. What the configuration keeps
/// answers 409.
#[utoipa::path(delete, path = "/psa/connections/{id}", tag = "connections", params(("id" = ConnectionId, Path)),
    responses((status = 204), (status = 409)))]
async fn remove_connection(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
) -> Answer<StatusCode> {
    remove(&engine, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Try each call that FlowPilot makes through a connection, so that nothing changes, and say which right is missing.
///
/// For admins. What is wrong with the connection itself answers 502.
#[utoipa::path(post, path = "/psa/connections/{id}/check", tag = "connections",
    params(("id" = ConnectionId, Path)), responses((status = 200, body = ConnectionCheck), (status = 502)))]
async fn check_connection(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
) -> Answer<Json<ConnectionCheck>> {
    let checked = rights(&engine, &caller, id).await?;
    Ok(Json(ConnectionCheck { rights: views(&checked) }))
}

/// What became of registering the pod.
#[derive(Serialize, ToSchema)]
struct PodInstalled {
    /// What was done.
    registration: PodRegistration,
}

/// Register the screen pod beside the tickets of a connection, or bring its address up to date. For admins.
///
/// Doing it twice changes nothing. A right that is missing is named in the 502.
#[utoipa::path(post, path = "/psa/connections/{id}/install-pod", tag = "connections",
    params(("id" = ConnectionId, Path)),
    responses((status = 200, body = PodInstalled), (status = 422), (status = 502)))]
async fn install_connection_pod(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
) -> Answer<Json<PodInstalled>> {
    Ok(Json(PodInstalled { registration: install_pod(&engine, &caller, id).await? }))
}
