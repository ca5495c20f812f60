//! The HTTP API under `/api/v1`: JSON, described by OpenAPI that is generated from this code.
//!
//! Errors are `application/problem+json` ([`problem`]); callers prove themselves with a bearer token ([`auth`]);
//! lists are cursor-paged; writes that would hurt when repeated take an `Idempotency-Key` ([`idempotency`]).

mod auth;
mod cards;
mod checks;
mod facts;
mod fixes;
mod flows;
mod idempotency;
mod json;
mod members;
mod notes;
pub mod problem;
mod queues;
mod scripts;
mod sessions;
mod tickets;
mod tokens;

pub use auth::Bearer;
pub use json::{Body, Params, Path};

use axum::extract::FromRef;
use serde::{Deserialize, Serialize};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{IntoParams, Modify, OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use crate::store::{PageRequest, StateVersion};
use crate::{Engine, Result};

/// What every handler can reach.
#[derive(Clone, FromRef)]
pub struct ApiState {
    /// The engine.
    pub engine: Engine,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "FlowPilot API",
        description = "Troubleshooting sessions, facts, fixes, flows and notes. Errors are problem+json naming field and rule.",
        license(name = "Apache-2.0")
    ),
    modifiers(&BearerScheme),
    security(("bearer" = [])),
    tags(
        (name = "sessions", description = "Troubleshooting sessions and what they are made of"),
        (name = "notes", description = "Resolution note and escalation package"),
        (name = "scripts", description = "Script templates and generation"),
        (name = "flows", description = "The flow library"),
        (name = "tickets", description = "Tickets of the connected PSA"),
        (name = "team", description = "Members and tokens"),
        (name = "operations", description = "Dead letters")
    )
)]
struct Description;

struct BearerScheme;

impl Modify for BearerScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    }
}

/// The API's routes with their description.
pub fn router(engine: Engine) -> OpenApiRouter {
    OpenApiRouter::with_openapi(Description::openapi())
        .nest("/api/v1", routes().with_state(ApiState { engine }))
}

/// The API's description alone, as a router that is never served.
#[must_use]
pub fn description() -> OpenApiRouter<ApiState> {
    OpenApiRouter::with_openapi(Description::openapi()).nest("/api/v1", routes())
}

fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .merge(tokens::routes())
        .merge(members::routes())
        .merge(tickets::routes())
        .merge(sessions::routes())
        .merge(cards::routes())
        .merge(facts::routes())
        .merge(checks::routes())
        .merge(fixes::routes())
        .merge(notes::routes())
        .merge(scripts::routes())
        .merge(flows::routes())
        .merge(queues::routes())
}

/// The two parameters of every paged list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

impl Paging {
    fn page(&self) -> Result<PageRequest> {
        PageRequest::parse(self.cursor.as_deref(), self.limit)
    }
}

/// Something of a session that was written, with the session's version after it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Changed<T> {
    #[serde(flatten)]
    item: T,
    /// The session's version after the change.
    state_version: StateVersion,
}

/// Things of a session, all of them.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The things, oldest first.
    items: Vec<T>,
    /// The session's version that they belong to.
    state_version: StateVersion,
}
