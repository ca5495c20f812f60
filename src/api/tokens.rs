//! Tokens: refresh, revoke, and who the caller is.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::Answer;
use super::{ApiState, Bearer, Body};
use crate::Engine;
use crate::store::{MemberId, TeamId};
use crate::team::Role;
use crate::team::token::{TokenPair, refresh_pair, revoke};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(refresh_token)).routes(routes!(revoke_token)).routes(routes!(get_me))
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RefreshRequest {
    /// As it was issued.
    #[schema(value_type = String)]
    refresh_token: SecretString,
}

/// Exchange a refresh token for a new pair.
///
/// A refresh token is used once. Using it again revokes every token that came from it.
#[utoipa::path(post, path = "/tokens/refresh", tag = "team", request_body = RefreshRequest, security(()),
    responses((status = 200, body = TokenPair), (status = 401)))]
async fn refresh_token(State(engine): State<Engine>, body: Body<RefreshRequest>) -> Answer<Json<TokenPair>> {
    Ok(Json(refresh_pair(&engine, &body.value.refresh_token).await?))
}

/// Revoke a refresh token and all that came from it.
#[utoipa::path(post, path = "/tokens/revoke", tag = "team", request_body = RefreshRequest, security(()),
    responses((status = 204)))]
async fn revoke_token(State(engine): State<Engine>, body: Body<RefreshRequest>) -> Answer<StatusCode> {
    revoke(&engine, &body.value.refresh_token).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller.
#[derive(Serialize, ToSchema)]
struct Me {
    /// The member.
    member_id: MemberId,
    /// The member's team.
    team_id: TeamId,
    /// The member's name.
    name: String,
    /// The member's role.
    role: Role,
}

/// Who the access token names.
#[utoipa::path(get, path = "/me", tag = "team", responses((status = 200, body = Me)))]
async fn get_me(Bearer(caller): Bearer) -> Json<Me> {
    Json(Me {
        member_id: caller.member(),
        team_id: caller.team(),
        name: caller.name().to_owned(),
        role: caller.role(),
    })
}
