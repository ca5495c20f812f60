//! The screen pod: a small page that ConnectWise Manage frames beside a ticket, and what it asks the server.
//!
//! The page cannot prove anything by itself: its address and what the frame around it says can be forged. What always
//! holds: it is framed by the team's own ticket system only ([`page`]); who sits before it is asked of that ticket
//! system, never believed ([`proof`]); a token is of one team, one member and one ticket, for ten minutes ([`token`]),
//! and nothing else lets in: there is no cookie. What is done here is done through the engine's API, so that a decision
//! in the pod is the same as one in the thread ([`sessions`]).

mod page;
mod proof;
mod sessions;
mod state;
mod token;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, FromRef};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::routing::{any, get, post};
use flowpilot::Engine;
use tower_http::set_header::SetResponseHeaderLayer;

use crate::proof::Proofs;
use crate::token::TokenKeys;

/// The largest body that is read.
const LARGEST_BODY: usize = 1024 * 1024;
/// A claim is a few kilobytes at most.
const LARGEST_CLAIM: usize = 16 * 1024;
/// Of everything but the page: it is for the page's own requests, and framed by nobody.
const FRAMED_BY_NOBODY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// The pod of every team of an engine. Cloning it is cheap; all clones are one.
#[derive(Clone)]
pub struct Pod(Arc<Parts>);

struct Parts {
    engine: Engine,
    /// The engine's API, which does what the page asks for.
    api: Router,
    keys: TokenKeys,
    proofs: Proofs,
}

impl FromRef<Pod> for Engine {
    fn from_ref(pod: &Pod) -> Self {
        pod.0.engine.clone()
    }
}

impl Pod {
    /// The pod of this engine's teams.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        let (api, _) = flowpilot::api::router(engine.clone()).split_for_parts();
        let api = api.layer(DefaultBodyLimit::max(LARGEST_BODY));
        let keys = TokenKeys::new(&engine.sealer);
        Self(Arc::new(Parts { engine, api, keys, proofs: Proofs::default() }))
    }

    /// The page at `/pod/{team}` and its HTTP interface, with the headers that they need wherever they are mounted. No
    /// layer around them may forbid framing.
    pub fn router(&self) -> Router {
        let claims = post(token::issue).layer(DefaultBodyLimit::max(LARGEST_CLAIM));
        let header = |name, value| SetResponseHeaderLayer::if_not_present(name, value);
        Router::new()
            .route("/pod/{team}", get(page::index))
            // No team is called so.
            .route("/pod/_/assets/{*file}", get(page::asset))
            .route("/pod/{team}/token", claims)
            .route("/pod/{team}/state", get(state::read))
            .route("/pod/{team}/sessions", post(sessions::start))
            .route("/pod/{team}/sessions/{session}/{*rest}", any(sessions::forward))
            .layer(header(CONTENT_SECURITY_POLICY, FRAMED_BY_NOBODY))
            .layer(header(CACHE_CONTROL, HeaderValue::from_static("no-store")))
            .layer(header(REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
            .layer(header(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
            .with_state(self.clone())
    }
}
