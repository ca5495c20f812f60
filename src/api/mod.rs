//! The HTTP API under `/api/v1`: JSON, described by OpenAPI that is generated from this code.
//!
//! Errors are `application/problem+json` ([`problem`]); callers prove themselves with a bearer token ([`auth`]);
//! lists are cursor-paged; writes that would hurt when repeated take an `Idempotency-Key` ([`idempotency`]).

mod ai;
mod assistant;
mod attachments;
mod auth;
mod boards;
mod cards;
mod checks;
mod connections;
mod describe;
mod facts;
mod feedback;
mod fixes;
mod flows;
mod idempotency;
mod json;
mod members;
mod notes;
pub mod problem;
mod queues;
mod roster;
mod scripts;
mod sessions;
mod tickets;
mod time;
mod tokens;
mod unread;
mod words;

pub use auth::Bearer;
pub use describe::complete;
pub use json::{Body, Params, Path};
pub use unread::finish_reading;

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
        description = "Troubleshooting sessions, facts, fixes, flows and notes. Errors are problem+json naming field and \
            rule. Writes take the `state_version` that they were decided on, and are refused (409) at any other; a \
            cursor belongs to the list that gave it.",
        license(name = "Apache-2.0")
    ),
    modifiers(&BearerScheme),
    components(schemas(problem::Problem)),
    security(("bearer" = [])),
    tags(
        (name = "sessions", description = "Troubleshooting sessions and what they are made of"),
        (name = "notes", description = "Resolution note and escalation package"),
        (name = "scripts", description = "Script templates and generation"),
        (name = "flows", description = "The flow library"),
        (name = "tickets", description = "Tickets of the connected PSA"),
        (name = "connections", description = "Connections to ticket systems, and which of their members is who"),
        (name = "ai", description = "What the models cost, what people think of what they write, and whether they may be asked"),
        (name = "assistant", description = "Questions that belong to no session, answered from the team's own library"),
        (name = "team", description = "Members and tokens"),
        (name = "operations", description = "Dead letters")
    )
)]
struct Description;

struct BearerScheme;

impl Modify for BearerScheme {
    fn modify(&self, openapi: &mut utoipa::openapi::OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.bearer_format = Some("JWT".to_owned());
        scheme.description = Some("An access token: `flowpilot token` prints one.".to_owned());
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
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
        .merge(connections::routes())
        .merge(boards::routes())
        .merge(roster::routes())
        .merge(tickets::routes())
        .merge(sessions::routes())
        .merge(cards::routes())
        .merge(attachments::routes())
        .merge(facts::routes())
        .merge(checks::routes())
        .merge(time::routes())
        .merge(fixes::routes())
        .merge(notes::routes())
        .merge(scripts::routes())
        .merge(flows::routes())
        .merge(queues::routes())
        .merge(ai::routes())
        .merge(feedback::routes())
        .merge(assistant::routes())
}

/// The two parameters of every paged list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Paging {
    /// From the answer before.
    cursor: Option<String>,
    /// 1 to 200; 50 without.
    limit: Option<i64>,
}

impl Paging {
    /// The page that they ask for.
    ///
    /// # Errors
    /// As [`PageRequest::parse`].
    pub fn page(&self) -> Result<PageRequest> {
        PageRequest::parse(self.cursor.as_deref(), self.limit)
    }
}

impl Paging {
    /// For a list whose cursors are not the database's: the cursor as it is, and the limit.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the limit.
    pub(crate) fn any_cursor(&self) -> Result<(Option<&str>, i64)> {
        Ok((self.cursor.as_deref(), PageRequest::parse(None, self.limit)?.limit))
    }
}

/// What a write without a body was decided on; the others say it in their body.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct SeenVersion {
    /// Refuse when the session is not at this version any more.
    state_version: Option<StateVersion>,
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
