//! The console: a chat platform of our own, in a browser on this machine.
//!
//! It is an adapter like any other: what people do goes through the inbox, cards come through the outbox, and
//! its threads and messages are its own, as Slack's are Slack's. It serves one team, on loopback only: the `Host` is
//! checked (against DNS rebinding), the `Origin` of every write, and a one-time key lets the first browser in.

mod events;
mod interact;
mod key;
mod live;
mod pages;
mod state;
mod surface;
mod threads;
mod view;

use std::sync::Arc;

use axum::extract::FromRef;
use axum::middleware;
use flowpilot::Engine;
use flowpilot::store::TeamId;
use flowpilot::team::{Platform, Workspace};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::events::Feed;
use crate::key::Keys;

/// The console of one team.
#[derive(Clone)]
pub struct Console(Arc<Parts>);

struct Parts {
    engine: Engine,
    team: TeamId,
    feed: Feed,
    keys: Keys,
    options: ConsoleOptions,
    /// Threads and cards that were seen to be there: neither is ever deleted.
    known: moka::sync::Cache<(TeamId, Uuid), ()>,
}

/// Threads and cards remembered as known, a few bytes each.
const KNOWN: u64 = 20_000;

/// What the console says of its surroundings.
#[derive(Debug, Clone, Default)]
pub struct ConsoleOptions {
    /// Whether this is the demo, with a ticket system on this machine.
    pub demo: bool,
    /// The name of the connected PSA, for the screen.
    pub psa: Option<String>,
    /// The hosts that the page may be reached under: `127.0.0.1:8080` and the like.
    pub hosts: Vec<String>,
}

impl FromRef<Console> for Engine {
    fn from_ref(console: &Console) -> Self {
        console.0.engine.clone()
    }
}

#[derive(OpenApi)]
#[openapi(tags((name = "console", description = "The console in the browser, on this machine only")))]
struct Description;

impl Console {
    /// The console of a team. Must be called inside a Tokio runtime: it follows the engine's changes.
    ///
    /// # Errors
    /// The database's, or that the console belongs to another team.
    pub async fn new(engine: Engine, team: TeamId, options: ConsoleOptions) -> flowpilot::Result<Self> {
        flowpilot::team::connect_workspace(&engine.db, &engine.clock, &workspace(team), team, "Console")
            .await?;
        let keys = Keys::new(&engine);
        let console = Self(Arc::new(Parts {
            engine,
            team,
            feed: Feed::default(),
            keys,
            options,
            known: moka::sync::Cache::new(KNOWN),
        }));
        tokio::spawn(events::follow(console.clone()));
        Ok(console)
    }

    /// The key that lets the first browser in: `/?k=KEY`, once.
    #[must_use]
    pub fn one_time_key(&self) -> String {
        self.0.keys.one_time()
    }

    /// The console's surface, for the outbox.
    #[must_use]
    pub fn surface(&self) -> Arc<dyn flowpilot::surface::Surface> {
        Arc::new(surface::ConsoleSurface(self.clone()))
    }

    /// The page and its HTTP interface.
    pub fn router(&self) -> OpenApiRouter {
        routes()
            .merge(pages::routes())
            .layer(middleware::from_fn_with_state(self.clone(), key::guard))
            .with_state(self.clone())
    }
}

fn routes() -> OpenApiRouter<Console> {
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(state::routes())
        .merge(threads::routes())
        .merge(interact::routes())
        .merge(events::routes())
}

/// The description of the console's HTTP interface.
#[must_use]
pub fn description() -> utoipa::openapi::OpenApi {
    routes().split_for_parts().1
}

/// The console counts as one workspace a team.
fn workspace(team: TeamId) -> Workspace {
    Workspace { platform: Platform::Console, external_id: team.to_string() }
}
