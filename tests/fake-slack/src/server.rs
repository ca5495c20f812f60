//! The running look-alike: its routes, its start and stop.

use std::net::{Ipv4Addr, SocketAddr};
use std::panic;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, OriginalUri, Path, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::api::{self, Reply, Request};
use crate::faults::Fault;
use crate::journal::Call;
use crate::send::{How, Sockets};
use crate::world::World;
use crate::{Options, clock, file_host, hook};

/// Largest body of a call: the text limits are far below.
const LARGEST_BODY: usize = 4 * 1024 * 1024;

/// A running Slack look-alike. Clones are the same one; it ends with the last of them.
#[derive(Clone)]
pub struct FakeSlack {
    pub(crate) shared: Arc<Shared>,
    /// How what people do is delivered.
    pub(crate) how: How,
    _ends: Arc<Ends>,
}

/// Ends the server when the last handle goes.
struct Ends(AbortHandle);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What the server and its handles share.
pub(crate) struct Shared {
    pub(crate) address: SocketAddr,
    world: Mutex<World>,
    /// Counts changes, for those who wait.
    pub(crate) changes: watch::Sender<u64>,
    /// Where the app listens.
    pub(crate) app: Mutex<Option<String>>,
    pub(crate) sockets: Sockets,
    pub(crate) http: reqwest::Client,
}

impl Shared {
    /// Reads or changes the world, and wakes those who wait. A test that panicked left it whole.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let done = change(&mut self.lock());
        self.changed();
        done
    }

    /// Reads the world.
    pub(crate) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn changed(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    fn host(&self) -> String {
        self.address.to_string()
    }
}

impl FakeSlack {
    /// Starts on a free port of the loopback interface.
    pub async fn start(options: Options) -> Self {
        let started = Self::start_on(options, (Ipv4Addr::LOCALHOST, 0).into()).await;
        started.unwrap_or_else(|why| panic!("no free port: {why}"))
    }

    /// Starts at this address.
    ///
    /// # Errors
    /// When it cannot be listened on.
    pub async fn start_on(options: Options, address: SocketAddr) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            address,
            world: Mutex::new(World::new(&options, &address.to_string())),
            changes: watch::Sender::new(0),
            app: Mutex::default(),
            sockets: Sockets::default(),
            http: client(options.ack_limit),
        });
        let routes = routes(&shared);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the fake Slack has stopped listening");
            }
        });
        let ends = Arc::new(Ends(server.abort_handle()));
        Ok(Self { shared, how: How::default(), _ends: ends })
    }

    /// Base of the Web API: `http://127.0.0.1:40123/api`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/api", self.shared.address)
    }

    /// Where the app listens, without a trailing slash. Without it deliveries go over Socket Mode.
    pub fn connect(&self, app: &str) {
        let app = app.trim_end_matches('/').to_owned();
        *self.shared.app.lock().unwrap_or_else(PoisonError::into_inner) = Some(app);
    }

    /// The options that it was started with.
    #[must_use]
    pub fn options(&self) -> Options {
        self.shared.lock().options.clone()
    }

    /// The same Slack, delivering in another way: `slack.with(How::forged()).mention(…)`.
    #[must_use]
    pub fn with(&self, how: How) -> Self {
        Self { how, ..self.clone() }
    }

    /// The next call of the method meets the fault. `*` is any method.
    pub fn fail(&self, method: &str, fault: Fault) {
        self.fail_times(method, fault, 1);
    }

    /// The next calls of the method, so many, meet the fault.
    pub fn fail_times(&self, method: &str, fault: Fault, times: usize) {
        self.shared.lock().faults.plan(method, fault, times);
    }

    /// Forgets the faults that nothing has met yet.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }
}

fn client(limit: Duration) -> reqwest::Client {
    // A second call finds a provider installed already, which is what we want.
    let _ = rustls::crypto::ring::default_provider().install_default();
    #[expect(clippy::disallowed_methods, reason = "this crate knows nothing of FlowPilot")]
    let builder = reqwest::Client::builder();
    let built = builder.timeout(limit).redirect(reqwest::redirect::Policy::none()).no_proxy().build();
    built.unwrap_or_else(|why| panic!("no HTTP client: {why}"))
}

fn routes(shared: &Arc<Shared>) -> Router {
    Router::new()
        .route("/api/{method}", routing::get(call).post(call))
        .route("/hooks/{id}", routing::post(hook::respond))
        .route("/link/", routing::get(crate::send::link))
        .route("/files/{id}", routing::get(file_host::file))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(Arc::clone(shared))
}

async fn call(
    State(shared): State<Arc<Shared>>,
    Path(method): Path<String>,
    verb: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let fault = shared.lock().faults.take(&method);
    let query = uri.query().unwrap_or_default();
    let request = Request { method: &method, verb: &verb, query, headers: &headers, body: &body };
    if let Some(Fault::Slow(time)) = fault {
        tokio::time::sleep(time).await;
    }
    let prevented = fault.as_ref().and_then(prevented);
    let host = shared.host();
    let (body, scopes) = shared.with(|world| {
        let reply = if prevented.is_some() {
            Reply { body: Value::Null, arguments: Value::Null, scopes: Vec::new() }
        } else {
            api::answer(world, &host, &request)
        };
        world.calls.push(Call {
            method: method.clone(),
            verb: verb.to_string(),
            arguments: reply.arguments,
            answer: prevented.is_none().then(|| without_tokens(reply.body.clone())),
            fault: fault.clone(),
            at: clock::now(),
        });
        (reply.body, reply.scopes)
    });
    crate::send::echo(&shared);
    match (prevented, fault) {
        (Some(Some(response)), _) => return response,
        (Some(None), _) | (None, Some(Fault::DropAfter)) => close_connection(),
        (None, Some(Fault::SlowAnswer(time))) => tokio::time::sleep(time).await,
        (None, _) => {}
    }
    let mut response = Json(body).into_response();
    if let Ok(scopes) = HeaderValue::from_str(&scopes.join(","))
        && !scopes.is_empty()
    {
        response.headers_mut().insert("x-oauth-scopes", scopes);
    }
    response
}

/// An answer as it is written down.
fn without_tokens(mut answer: Value) -> Value {
    for name in ["access_token", "refresh_token"] {
        if let Some(token) = answer.get_mut(name) {
            *token = "(a token)".into();
        }
    }
    answer
}

/// The answer of a fault that keeps anything from being done: `Some(None)` closes the connection.
fn prevented(fault: &Fault) -> Option<Option<Response>> {
    Some(Some(match fault {
        Fault::RateLimited(seconds) => {
            let body = serde_json::json!({ "ok": false, "error": "ratelimited" });
            let after = [("retry-after", seconds.to_string())];
            (StatusCode::TOO_MANY_REQUESTS, after, Json(body)).into_response()
        }
        Fault::Status(status) => {
            let status = StatusCode::from_u16(*status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            (status, "Server Error").into_response()
        }
        Fault::Error(error) => Json(serde_json::json!({ "ok": false, "error": error })).into_response(),
        Fault::DropBefore => return Some(None),
        Fault::DropAfter | Fault::Slow(_) | Fault::SlowAnswer(_) => return None,
    }))
}

/// Ends the connection without a byte of an answer. The HTTP library offers no way to do so from a handler, but it
/// runs each connection as a task: unwinding ends the task, and with it the socket. Nothing is printed.
fn close_connection() -> ! {
    panic::resume_unwind(Box::new("the connection was closed on purpose"))
}
