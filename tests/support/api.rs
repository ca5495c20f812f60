//! The API as a client sees it: requests against the server's own router.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use flowpilot::Engine;
use flowpilot::team::Caller;
use serde_json::Value;
use tower::ServiceExt as _;

/// A client with the access token of a member.
pub(crate) struct Api {
    router: Router,
    token: String,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// JSON where it is, else text.
    pub(crate) body: Value,
}

impl Answer {
    /// What a problem says.
    pub(crate) fn detail(&self) -> &str {
        self.body["detail"].as_str().unwrap_or_else(|| panic!("no problem: {self:?}"))
    }

    /// The fields that a problem names.
    pub(crate) fn fields(&self) -> Vec<&str> {
        self.body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|error| error["field"].as_str())
            .collect()
    }
}

impl Api {
    pub(crate) fn of(engine: &Engine, caller: &Caller) -> Self {
        let token = engine.tokens.issue(caller, engine.clock.now()).unwrap();
        Self { router: flowpilot_server::app::router(engine.clone(), None, None), token }
    }

    /// The same server, as somebody else.
    pub(crate) fn acting_as(&self, engine: &Engine, caller: &Caller) -> Self {
        let token = engine.tokens.issue(caller, engine.clock.now()).unwrap();
        Self { router: self.router.clone(), token }
    }

    /// The same server, with this token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { router: self.router.clone(), token: token.to_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some(body), &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Sends a request to a path below `/api/v1`.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("/api/v1{path}"));
        request = request.header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header("content-type", "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        answered(&self.router, request.body(body).unwrap()).await
    }
}

/// The answer to a request, read to its end.
pub(crate) async fn answered(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, 16 << 20).await.unwrap();
    let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
    let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}
