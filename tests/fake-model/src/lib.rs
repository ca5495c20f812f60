//! A model server on loopback, for tests: Anthropic's Messages and `OpenAI`'s chat completions over real HTTP, with
//! answers and misbehaviour on request. It refuses what the vendors refuse.
//!
//! Start one with [`FakeModel::start`], give its [`url`](FakeModel::url) to the app, say what comes next with
//! [`next`](FakeModel::next) (without that it says "Fine."), and look at what was [`asked`](FakeModel::asked):
//!
//! ```no_run
//! # async fn example() {
//! use flowpilot_fake_model::{FakeModel, Reply};
//!
//! let model = FakeModel::start().await;
//! model.next(Reply::pieces(&["Restart the ", "spooler."]));
//! model.next(Reply::status(529));
//! // … the app asks `model.url()` twice …
//! assert_eq!(model.asked().len(), 2);
//! # }
//! ```
//!
//! In a reply, `CODE` stands for the code of the session that the prompt names.

mod embeddings;
mod reply;
mod wire;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

pub use embeddings::Embedded;
pub use reply::Reply;
pub use wire::Wire;

/// Something that the model was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// By which protocol.
    pub wire: Wire,
    /// The key that came with it.
    pub key: Option<String>,
    /// The header `anthropic-version`.
    pub version: Option<String>,
    /// The whole request.
    pub body: Value,
}

impl Asked {
    /// Everything that was told, rules and turns, one after the other.
    #[must_use]
    pub fn told(&self) -> String {
        wire::told(&self.body)
    }
}

#[derive(Default)]
struct Shared {
    asked: Vec<Asked>,
    next: VecDeque<Reply>,
    always: Option<Reply>,
    key: Option<String>,
    refused: Vec<String>,
    meaning: embeddings::Meaning,
}

/// A running model server; it ends when it is dropped.
pub struct FakeModel {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    server: JoinHandle<()>,
}

impl FakeModel {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn start() -> Self {
        let shared = Arc::<Mutex<Shared>>::default();
        let router = Router::new()
            .route("/v1/messages", post(messages))
            .route("/v1/chat/completions", post(completions))
            .route("/v1/embeddings", post(embeddings::embeddings))
            .with_state(Arc::clone(&shared));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|e| panic!("no port: {e}"));
        let address = listener.local_addr().unwrap_or_else(|e| panic!("no address: {e}"));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Self { address, shared, server }
    }

    /// Its address, for both protocols: `http://127.0.0.1:PORT/v1`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// What it answers next; replies wait in line.
    pub fn next(&self, reply: Reply) {
        self.shared().next.push_back(reply);
    }

    /// What it answers when no reply waits.
    pub fn always(&self, reply: Reply) {
        self.shared().always = Some(reply);
    }

    /// Refuses every other key.
    pub fn wants_key(&self, key: &str) {
        self.shared().key = Some(key.to_owned());
    }

    /// Refuses requests with this field, naming it.
    pub fn refuses_field(&self, field: &str) {
        self.shared().refused.push(field.to_owned());
    }

    /// What it was asked so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.shared().asked.clone()
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Drop for FakeModel {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

type Both = State<Arc<Mutex<Shared>>>;

async fn messages(State(shared): Both, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Wire::Anthropic, &headers, &body).await
}

async fn completions(State(shared): Both, headers: HeaderMap, body: Bytes) -> Response {
    answer(&shared, Wire::OpenAi, &headers, &body).await
}

async fn answer(shared: &Mutex<Shared>, wire: Wire, headers: &HeaderMap, body: &[u8]) -> Response {
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return refusal(wire, 400, "the body is no JSON");
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let bearer = text("authorization").and_then(|value| Some(value.strip_prefix("Bearer ")?.to_owned()));
    let asked = Asked {
        wire,
        key: text("x-api-key").or(bearer),
        version: text("anthropic-version"),
        body: body.clone(),
    };
    let reply = {
        let mut shared = lock(shared);
        shared.asked.push(asked.clone());
        if shared.key.is_some() && shared.key != asked.key {
            return refusal(wire, 401, "invalid key");
        }
        if let Some(field) = shared.refused.iter().find(|field| body.get(field.as_str()).is_some()) {
            return refusal(wire, 400, &format!("unknown field `{field}`"));
        }
        if let Err(wrong) = wire::check(wire, &asked) {
            return refusal(wire, 400, &wrong);
        }
        let always = shared.always.clone();
        shared.next.pop_front().or(always).unwrap_or_else(|| Reply::text("Fine."))
    };
    if let Some(status) = reply.status {
        let mut response = refusal(wire, status, "as the test wants it");
        if let Some(after) = reply.retry_after.as_deref().and_then(|after| after.parse().ok()) {
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        return response;
    }
    if reply.hangs {
        std::future::pending::<()>().await;
    }
    let form = reply.form.unwrap_or("text/event-stream");
    let stream = wire::stream(wire, &asked, reply);
    ([(header::CONTENT_TYPE, form)], Body::from_stream(stream)).into_response()
}

fn refusal(wire: Wire, status: u16, message: &str) -> Response {
    let error = match wire {
        Wire::Anthropic => {
            json!({ "type": "error", "error": { "type": "invalid_request_error", "message": message } })
        }
        Wire::OpenAi => json!({ "error": { "message": message, "type": "invalid_request_error" } }),
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, axum::Json(error)).into_response()
}
