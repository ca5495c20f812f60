//! The running server: its state, its routes, its start and stop.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::{Router, middleware, routing};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::answer::ApiError;
use crate::callbacks::Outgoing;
use crate::config::{Credentials, NoteTextRules, SandboxConfig, is_codebase};
use crate::error::SandboxError;
use crate::exchange::Listener;
use crate::faults::Faults;
use crate::journal::Journal;
use crate::logins::Logins;
use crate::role::Role;
use crate::store::{Store, WriteError};
use crate::{
    auth, callbacks, catalog, control, devices, hosted, notes, screen, seed, tickets, time_entries, watch,
};

/// How long [`Sandbox::stop`] waits for requests that are being worked on.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// A running sandbox. It ends when it is stopped or dropped.
#[derive(Debug)]
pub struct Sandbox {
    address: SocketAddr,
    /// Ids of the members that there were at the start, by login name.
    members: BTreeMap<String, i32>,
    stop: oneshot::Sender<()>,
    server: JoinHandle<()>,
}

impl Sandbox {
    /// Opens the store, adds the tickets that it lacks, and begins to listen. When this returns, requests
    /// are answered.
    ///
    /// # Errors
    /// See [`SandboxError`].
    pub async fn start(config: SandboxConfig) -> Result<Self, SandboxError> {
        if !config.listen.ip().is_loopback() {
            return Err(SandboxError::NotLoopback(config.listen));
        }
        if !is_codebase(&config.codebase) {
            return Err(SandboxError::Codebase(config.codebase));
        }
        seed::check(&config.tickets)?;
        let store = open_store(&config)?;
        let members = store
            .read()
            .members
            .iter()
            .filter_map(|(id, member)| Some((member.get("identifier")?.as_str()?.to_owned(), *id)))
            .collect();
        let failed = |source| SandboxError::Bind { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let app = Arc::new(App {
            credentials: config.credentials,
            store: Arc::new(store),
            note_text: config.note_text,
            listener: config.listener,
            clock: config.clock,
            address,
            codebase: RwLock::new(config.codebase),
            faults: Mutex::default(),
            journal: Mutex::default(),
            logins: Mutex::default(),
            role: Mutex::default(),
            pod_url: Mutex::new(config.pod_url),
            outgoing: Mutex::default(),
            http: http_client().map_err(SandboxError::Client)?,
        });
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(async move {
            // Dropping the sender ends the server as well: the sandbox lives as long as its handle.
            let until_stopped = async {
                let _ = stopped.await;
            };
            if let Err(error) =
                axum::serve(listener, routes(&app)).with_graceful_shutdown(until_stopped).await
            {
                tracing::error!(%error, "the sandbox has stopped listening");
            }
        });
        Ok(Self { address, members, stop, server })
    }

    /// Where it listens, without a trailing slash: `http://127.0.0.1:40123`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The id of a member that was there at the start.
    #[must_use]
    pub fn member_id(&self, identifier: &str) -> Option<i32> {
        self.members.get(identifier).copied()
    }

    /// Stops listening and waits for what is being worked on, for two seconds at most.
    pub async fn stop(self) {
        let Self { stop, mut server, .. } = self;
        // The receiver is gone only if the server has ended by itself.
        let _ = stop.send(());
        if tokio::time::timeout(STOP_PATIENCE, &mut server).await.is_err() {
            server.abort();
        }
    }
}

/// What sends callbacks, to this machine only: it follows no redirect to another one.
fn http_client() -> reqwest::Result<reqwest::Client> {
    // A second call finds a provider installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "the one place where the sandbox builds a client")]
    let builder = reqwest::Client::builder();
    builder.redirect(reqwest::redirect::Policy::none()).no_proxy().build()
}

fn open_store(config: &SandboxConfig) -> Result<Store, SandboxError> {
    let store = Store::open(config.store.as_deref())?;
    let mut wanted = crate::records::Records::clone(&store.read());
    if !seed::add(&mut wanted, &config.tickets, &config.members, (config.clock)()) {
        return Ok(store);
    }
    let replaced = store.write(|records| {
        *records = wanted;
        Ok::<(), std::convert::Infallible>(())
    });
    match replaced {
        Ok(()) => Ok(store),
        Err(WriteError::Refused(never)) => match never {},
        Err(WriteError::NotKept(source)) => {
            Err(SandboxError::StoreWrite { path: config.store.clone().unwrap_or_default(), source })
        }
    }
}

/// What every handler can see.
pub(crate) struct App {
    pub(crate) credentials: Credentials,
    pub(crate) store: Arc<Store>,
    pub(crate) note_text: NoteTextRules,
    pub(crate) listener: Option<Listener>,
    pub(crate) clock: fn() -> OffsetDateTime,
    pub(crate) address: SocketAddr,
    codebase: RwLock<String>,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) journal: Mutex<Journal>,
    pub(crate) logins: Mutex<Logins>,
    pub(crate) role: Mutex<Role>,
    pub(crate) pod_url: Mutex<Option<String>>,
    /// The callbacks that were sent.
    pub(crate) outgoing: Mutex<Outgoing>,
    /// Sends them.
    pub(crate) http: reqwest::Client,
}

/// [`App`], as the router holds it.
pub(crate) type Shared = Arc<App>;

impl App {
    /// The current first part of API paths, with its slash.
    pub(crate) fn codebase(&self) -> String {
        self.codebase.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_codebase(&self, codebase: String) {
        *self.codebase.write().unwrap_or_else(PoisonError::into_inner) = codebase;
    }

    /// The version that the codebase stands for: `2026.1` for `v2026_1/`.
    pub(crate) fn version(&self) -> String {
        self.codebase().trim_start_matches('v').trim_end_matches('/').replace('_', ".")
    }
}

/// The content of a lock; a request that panicked has left it whole, since every change is one step.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn routes(app: &Shared) -> Router {
    let api = Router::new()
        .merge(tickets::routes())
        .merge(notes::routes())
        .merge(catalog::routes())
        .merge(hosted::routes())
        .merge(callbacks::routes())
        .merge(devices::routes())
        .merge(time_entries::routes())
        .method_not_allowed_fallback(no_method)
        .route_layer(middleware::from_fn_with_state(Arc::clone(app), auth::require));
    let keys = Router::new()
        .route(&format!("/{{codebase}}{}", callbacks::KEY_PATH), routing::get(callbacks::key))
        .route_layer(middleware::from_fn_with_state(Arc::clone(app), auth::require));
    let vendor = Router::new()
        .merge(keys)
        .route("/login/companyinfo/{company}", routing::get(catalog::company_info))
        .nest("/{codebase}/apis/3.0", api)
        .fallback(no_endpoint)
        .layer(middleware::from_fn_with_state(Arc::clone(app), watch::watch));
    // What has no password of its own: a page from elsewhere must not reach it by a name that it makes up.
    let here = Router::new()
        .nest("/_sandbox", control::routes())
        .merge(screen::routes())
        .layer(middleware::from_fn(screen::only_by_a_local_name));
    here.merge(vendor).with_state(Arc::clone(app))
}

async fn no_endpoint() -> ApiError {
    ApiError::no_endpoint()
}

async fn no_method() -> ApiError {
    let message = "The requested resource does not support this http method.";
    ApiError::unreadable(StatusCode::METHOD_NOT_ALLOWED, message)
}

/// The ids in a request's path.
pub(crate) struct PathIds(Vec<(String, Option<i32>)>);

impl<S: Send + Sync> FromRequestParts<S> for PathIds {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|_| ApiError::no_endpoint())?;
        Ok(Self(params.iter().map(|(name, value)| (name.to_owned(), value.parse().ok())).collect()))
    }
}

impl PathIds {
    /// The id in this place of the path. One that is not a number makes it no path of the interface.
    pub(crate) fn get(&self, place: &str) -> Result<i32, ApiError> {
        let found = self.0.iter().find(|(name, _)| name == place).and_then(|(_, id)| *id);
        found.ok_or_else(ApiError::no_endpoint)
    }
}
