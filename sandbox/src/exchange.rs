//! What was asked and what was answered, for somebody who listens: tests check both against the published interface.

use std::fmt;
use std::sync::Arc;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::{HeaderMap, Method, Uri};
use axum::response::Response;

/// A request that has been answered.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// The request's method.
    pub method: Method,
    /// Its path and query.
    pub uri: Uri,
    /// Its headers, credentials included.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// The answer; `None` where a fault was injected, so that it is not the server's own.
    pub answer: Option<Answer>,
}

/// The answer to a request.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

/// Hears of every request to the interface, once it is answered.
#[derive(Clone)]
pub struct Listener(Arc<dyn Fn(&Exchange) + Send + Sync>);

impl Listener {
    /// Calls this; it must not take long, because the client waits for it.
    pub fn new(hear: impl Fn(&Exchange) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(crate) fn hear(&self, exchange: &Exchange) {
        (self.0)(exchange);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listener")
    }
}

/// The answer as it leaves, with a copy of it.
pub(crate) async fn copied(response: Response) -> (Response, Answer) {
    let (parts, body) = response.into_parts();
    // Every answer of the sandbox is in memory already.
    let body = to_bytes(body, usize::MAX).await.unwrap_or_default();
    let answer = Answer { status: parts.status.as_u16(), headers: parts.headers.clone(), body: body.clone() };
    (Response::from_parts(parts, Body::from(body)), answer)
}
