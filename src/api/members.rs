//! Members of the caller's team.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body, Paging, Params, Path};
use crate::store::{MemberId, Page};
use crate::team::{Member, MemberStatus, NewMember, Role, add_member, approve_member, change_role, members};
use crate::{Engine, Error};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_members, invite_member))
        .routes(routes!(set_member_role))
        .routes(routes!(admit_member))
}

/// List the team's members.
#[utoipa::path(get, path = "/members", tag = "team", params(Paging), responses((status = 200, body = Page<Member>)))]
async fn list_members(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Params(paging): Params<Paging>,
) -> Answer<Json<Page<Member>>> {
    Ok(Json(members(&engine.db, caller.team(), paging.page()?).await?))
}

/// Somebody to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invitation {
    /// The name to show.
    name: String,
    /// The address that their account must have.
    email: String,
    /// What they may do.
    role: Role,
}

/// Invite somebody: an account with this verified e-mail address joins with this role.
#[utoipa::path(post, path = "/members", tag = "team", request_body = Invitation,
    responses((status = 201, body = Member), (status = 409)))]
async fn invite_member(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    body: Body<Invitation>,
) -> Answer<(StatusCode, Json<Member>)> {
    caller.must_administer()?;
    let Invitation { name, email, role } = body.value;
    if role == Role::SuperAdmin && caller.role() != Role::SuperAdmin {
        return Err(Error::Forbidden("only a super admin can make another one".to_owned()).into());
    }
    let new = NewMember { name, email: Some(email), role, status: MemberStatus::Invited };
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let member = add_member(&mut tx, &engine.clock, caller.team(), new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(member)))
}

/// A role.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RoleChange {
    /// What the member may do from now on.
    role: Role,
}

/// Change a member's role.
#[utoipa::path(patch, path = "/members/{id}", tag = "team", params(("id" = MemberId, Path)), request_body = RoleChange,
    responses((status = 200, body = Member), (status = 409)))]
async fn set_member_role(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<MemberId>,
    body: Body<RoleChange>,
) -> Answer<Json<Member>> {
    Ok(Json(change_role(&engine, &caller, id, body.value.role).await?))
}

/// Let a pending member in.
#[utoipa::path(post, path = "/members/{id}/approve", tag = "team", params(("id" = MemberId, Path)),
    request_body = RoleChange, responses((status = 200, body = Member), (status = 409)))]
async fn admit_member(
    State(engine): State<Engine>,
    Bearer(caller): Bearer,
    Path(id): Path<MemberId>,
    body: Body<RoleChange>,
) -> Answer<Json<Member>> {
    Ok(Json(approve_member(&engine, &caller, id, body.value.role).await?))
}
