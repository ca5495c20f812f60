//! Which member of a ticket system is who: listed and decided by admins; one's own is everybody's to see and take back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::Engine;
use crate::psa::account::{PsaAccount, claim};
use crate::psa::connection::{Connection, connections};
use crate::psa::link::{OwnAccount, link, own_accounts, unlink};
use crate::psa::refusal::refuse;
use crate::psa::roster::{RosterEntry, roster};
use crate::store::{ConnectionId, MemberId, Page};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_psa_members))
        .routes(routes!(link_psa_member, unlink_psa_member))
        .routes(routes!(refuse_psa_member))
        .routes(routes!(list_own_psa_accounts, claim_psa_account))
}

/// List the members of a ticket system, those whom nobody is first, with whom they may be. For admins.
///
/// A page may be shorter than its limit and still not be the last.
#[utoipa::path(get, path = "/psa/connections/{id}/members", tag = "connections",
    params(("id" = ConnectionId, Path), Paging),
    responses((status = 200, body = Page<RosterEntry>), (status = 403), (status = 502)))]
async fn list_psa_members(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<ConnectionId>,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<RosterEntry>>> {
    let (cursor, limit) = paging.any_cursor()?;
    Ok(Json(roster(&engine, &caller, id, cursor, limit).await?))
}

/// A member of the team.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichMember {
    /// Who.
    member_id: MemberId,
}

/// Say who a member of the ticket system is: notes that the member posts carry that name. For admins.
///
/// Doing it twice changes nothing. While either of the two is linked to somebody else it answers 409.
#[utoipa::path(put, path = "/psa/connections/{id}/members/{external_id}", tag = "connections",
    params(("id" = ConnectionId, Path), ("external_id" = String, Path)), request_body = WhichMember,
    responses((status = 200, body = PsaAccount), (status = 409), (status = 502)))]
async fn link_psa_member(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, external_id)): Path<(ConnectionId, String)>,
    body: Body<WhichMember>,
) -> Answer<Json<PsaAccount>> {
    Ok(Json(link(&engine, &caller, id, &external_id, body.value.member_id).await?))
}

/// Take a link back: by an admin, or by whoever it is. Once it is gone it answers 409.
#[utoipa::path(delete, path = "/psa/connections/{id}/members/{external_id}", tag = "connections",
    params(("id" = ConnectionId, Path), ("external_id" = String, Path)),
    responses((status = 204), (status = 409)))]
async fn unlink_psa_member(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, external_id)): Path<(ConnectionId, String)>,
) -> Answer<StatusCode> {
    unlink(&engine, &caller, id, &external_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Say that a member of the ticket system is not this one, so that it is not proposed again. For admins.
///
/// Doing it twice changes nothing. Once it is confirmed, or the member says something else, it answers 409.
#[utoipa::path(post, path = "/psa/connections/{id}/members/{external_id}/refuse", tag = "connections",
    params(("id" = ConnectionId, Path), ("external_id" = String, Path)), request_body = WhichMember,
    responses((status = 204), (status = 409)))]
async fn refuse_psa_member(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path((id, external_id)): Path<(ConnectionId, String)>,
    body: Body<WhichMember>,
) -> Answer<StatusCode> {
    refuse(&engine, &caller, id, body.value.member_id, &external_id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller's accounts in ticket systems.
#[derive(Serialize, ToSchema)]
struct OwnAccounts {
    /// One for each connection at most.
    items: Vec<OwnAccount>,
    /// The names of the connections in which the caller has none.
    without: Vec<String>,
}

/// Who the caller is in the team's ticket systems.
#[utoipa::path(get, path = "/me/psa-accounts", tag = "connections",
    responses((status = 200, body = OwnAccounts)))]
async fn list_own_psa_accounts(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
) -> Answer<Json<OwnAccounts>> {
    let items = own_accounts(&engine, &caller).await?;
    let all = connections(&engine, caller.team()).await?;
    let is_without = |it: &Connection| items.iter().all(|own| own.connection_id != it.id);
    let without = all.into_iter().filter(is_without).map(|it| it.name).collect();
    Ok(Json(OwnAccounts { items, without }))
}

/// A login name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct LoginName {
    /// The name one logs in to the ticket system with.
    identifier: String,
    /// The name of the connection to it; not needed where the team has one.
    connection: Option<String>,
}

/// Say who the caller is in a ticket system.
///
/// An e-mail address that is the same proves it; otherwise it waits for an admin.
#[utoipa::path(post, path = "/me/psa-accounts", tag = "connections", request_body = LoginName,
    responses((status = 200, body = PsaAccount), (status = 409), (status = 502)))]
async fn claim_psa_account(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<LoginName>,
) -> Answer<Json<PsaAccount>> {
    let LoginName { identifier, connection } = body.value;
    Ok(Json(claim(&engine, &caller, connection.as_deref(), &identifier).await?))
}
