//! What the page needs to begin: the team, its members, the commands; and tokens to act as one of them.

use axum::Json;
use axum::extract::State;
use flowpilot::api::Body;
use flowpilot::api::problem::{Answer, Problem};
use flowpilot::psa::connection::connections;
use flowpilot::store::{ConnectionId, MemberId, PageRequest};
use flowpilot::surface::{COMMANDS, CommandSpec};
use flowpilot::team::token::ACCESS_LIFETIME;
use flowpilot::team::{Caller, Member, MemberStatus, Team};
use flowpilot::{Error, team};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{Console, workspace};

pub(crate) fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::new().routes(routes!(state)).routes(routes!(token))
}

/// The connected ticket system.
#[derive(Serialize, ToSchema)]
struct PsaView {
    /// Always `connectwise`.
    provider: &'static str,
    /// Its name for the screen.
    name: String,
    /// Whether it is the sandbox on this machine.
    sandbox: bool,
}

/// A connection whose tickets can be listed.
#[derive(Serialize, ToSchema)]
struct TicketSystem {
    /// The connection.
    id: ConnectionId,
    /// The team's name for it.
    name: String,
}

/// What the page begins with.
#[derive(Serialize, ToSchema)]
struct ConsoleState {
    /// The program's version.
    version: &'static str,
    /// Whether this is the demo.
    demo: bool,
    /// The team.
    team: Team,
    /// The members that the browser can act as.
    members: Vec<Member>,
    /// The ticket system.
    psa: Option<PsaView>,
    /// The team's connections to ticket systems, the first one first.
    ticket_systems: Vec<TicketSystem>,
    /// The commands, for the composer.
    #[schema(value_type = Vec<CommandSpec>)]
    commands: &'static [CommandSpec],
}

/// What the page begins with.
#[utoipa::path(get, path = "/console/state", tag = "console", operation_id = "get_console_state", security(()),
    responses((status = 200, body = ConsoleState), (status = 401, body = Problem)))]
async fn state(State(console): State<Console>) -> Answer<Json<ConsoleState>> {
    let (engine, options) = (&console.0.engine, &console.0.options);
    let team = team::team(&engine.db, console.0.team).await?.ok_or(Error::NotFound("team"))?;
    let page = PageRequest { after: None, limit: PageRequest::MAX };
    let mut members = team::members(&engine.db, team.id, page).await?.items;
    members.retain(|m| m.status == MemberStatus::Active);
    let psa =
        options.psa.clone().map(|name| PsaView { provider: "connectwise", name, sandbox: options.demo });
    let connections = connections(engine, team.id).await?.into_iter();
    let ticket_systems = connections.map(|it| TicketSystem { id: it.id, name: it.name }).collect();
    let version = env!("CARGO_PKG_VERSION");
    let demo = options.demo;
    Ok(Json(ConsoleState { version, demo, team, members, psa, ticket_systems, commands: COMMANDS }))
}

/// Whom to act as.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ActAs {
    /// The member.
    member_id: MemberId,
}

/// A token to act as a member.
#[derive(Serialize, ToSchema)]
struct ActingToken {
    /// For `Authorization: Bearer`, here and in the API.
    access_token: String,
    /// Seconds until it ends; ask again for the next one.
    expires_in: u64,
}

/// Act as a member.
#[utoipa::path(post, path = "/console/tokens", tag = "console", operation_id = "issue_console_token", request_body = ActAs, security(()),
    responses((status = 200, body = ActingToken), (status = 404, body = Problem)))]
async fn token(State(console): State<Console>, body: Body<ActAs>) -> Answer<Json<ActingToken>> {
    let (engine, team) = (&console.0.engine, console.0.team);
    let found = team::member(&engine.db, team, body.value.member_id).await?;
    let member = found.filter(|m| m.status == MemberStatus::Active).ok_or(Error::NotFound("member"))?;
    // On this surface the account is the member.
    let mut tx = engine.db.begin().await.map_err(Error::from)?;
    let account = member.id.to_string();
    team::link_identity(&mut tx, &engine.clock, &workspace(team), &account, team, member.id).await?;
    tx.commit().await.map_err(Error::from)?;
    let access_token = engine.tokens.issue(&Caller::of(&member), engine.clock.now())?;
    Ok(Json(ActingToken { access_token, expires_in: ACCESS_LIFETIME.as_secs() }))
}
