//! The screen pod as its page sees it: requests against the server's own router.

use axum::Router;
use axum::body::Body;
use axum::http::{Method, Request};
use flowpilot::Engine;
use serde_json::{Value, json};

use super::api::{Answer, answered};
use super::psa::TicketSystem;

/// The pod of the team `acme`.
pub(crate) struct Pod {
    router: Router,
}

/// A page that was let in.
pub(crate) struct Page<'a> {
    pod: &'a Pod,
    token: String,
}

impl Pod {
    pub(crate) fn of(engine: &Engine) -> Self {
        Self { router: flowpilot_server::app::router(engine.clone(), None, None) }
    }

    /// Any request, with this token.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
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

    /// Asks for a token with this claim.
    pub(crate) async fn claim(&self, claim: &Value) -> Answer {
        self.send(Method::POST, "/pod/acme/token", Some(claim.clone()), &[]).await
    }

    /// The page of a ticket, as a member who is signed in.
    pub(crate) async fn enter(&self, system: &TicketSystem, identifier: &str, ticket: &str) -> Page<'_> {
        let answer = self.claim(&claim(system, identifier, ticket).await).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        Page { pod: self, token: answer.body["token"].as_str().unwrap().to_owned() }
    }

    /// A page with this token.
    pub(crate) fn with_token(&self, token: &str) -> Page<'_> {
        Page { pod: self, token: token.to_owned() }
    }
}

/// What the page sends of what the frame told it.
pub(crate) async fn claim(system: &TicketSystem, identifier: &str, ticket: &str) -> Value {
    let told = system.sign_in(identifier).await;
    json!({
        "ticket": ticket,
        "origin": system.origin(),
        "company": told["companyid"],
        "member": told["memberid"],
        "hash": told["memberHash"],
        "context": told["memberContext"],
    })
}

impl Page<'_> {
    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    pub(crate) async fn send(&self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        self.pod.send(method, &format!("/pod/acme{path}"), body, &[("authorization", &bearer)]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    /// What it shows.
    pub(crate) async fn state(&self) -> Value {
        let answer = self.send(Method::GET, "/state", None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// The state, unless it is the one with this tag.
    pub(crate) async fn state_since(&self, tag: &str) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str()), ("if-none-match", tag)];
        self.pod.send(Method::GET, "/pod/acme/state", None, &headers).await
    }

    /// Does something with the session that it shows.
    pub(crate) async fn act(&self, path: &str, body: Value) -> Answer {
        let session = self.state().await["session"]["id"].as_str().unwrap().to_owned();
        self.post(&format!("/sessions/{session}/{path}"), body).await
    }
}
