//! A sandbox and a client with the right headers.

use std::sync::Once;

use flowpilot_sandbox::{Sandbox, SandboxConfig, demo_tickets};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Method, RequestBuilder};
use serde_json::Value;
use time::OffsetDateTime;
use time::macros::datetime;

/// The `Accept` header of a client that pins the version.
pub(crate) const VENDOR_ACCEPT: &str = "application/vnd.connectwise.com+json; version=2026.1";
/// `base64("acme+public:private")`.
pub(crate) const BASIC: &str = "Basic YWNtZStwdWJsaWM6cHJpdmF0ZQ==";

/// The time at which every test happens.
pub(crate) fn now() -> OffsetDateTime {
    datetime!(2026-11-23 08:15:00 UTC)
}

/// A running sandbox and a client that logs in.
pub(crate) struct Peer {
    pub(crate) sandbox: Sandbox,
    client: Client,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    /// The `code` and `message` of an error body.
    pub(crate) fn error(&self) -> (&str, &str) {
        (self.body["code"].as_str().unwrap_or(""), self.body["message"].as_str().unwrap_or(""))
    }

    /// The ids of a list.
    pub(crate) fn ids(&self) -> Vec<i64> {
        self.body.as_array().expect("a list").iter().filter_map(|row| row["id"].as_i64()).collect()
    }

    /// The target of a link in the `Link` header.
    pub(crate) fn link(&self, rel: &str) -> Option<String> {
        let header = self.headers.get("link")?.to_str().expect("text");
        let wanted = format!("rel=\"{rel}\"");
        let link = header.split(", ").find(|link| link.ends_with(&wanted))?;
        Some(link[1..link.find('>').expect("an end")].to_owned())
    }
}

/// A sandbox with the demo's tickets.
pub(crate) async fn demo() -> Peer {
    Peer::start(SandboxConfig { tickets: demo_tickets(), ..config() }).await
}

/// The default settings at the tests' time.
pub(crate) fn config() -> SandboxConfig {
    SandboxConfig { clock: now, ..SandboxConfig::default() }
}

impl Peer {
    pub(crate) async fn start(config: SandboxConfig) -> Self {
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        Self { sandbox, client: client() }
    }

    /// A request to the API, logged in.
    pub(crate) fn api(&self, method: Method, path: &str) -> RequestBuilder {
        self.bare(method, &format!("/v2026_1/apis/3.0{path}"))
            .header("authorization", BASIC)
            .header("clientId", "4c4f1b1a-0c5e-4b57-9d4e-6c3f1f3a8b10")
            .header("accept", VENDOR_ACCEPT)
    }

    /// A request without any headers of its own.
    pub(crate) fn bare(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.sandbox.url()))
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        reply(self.api(Method::GET, path)).await
    }

    /// A list or count with conditions.
    pub(crate) async fn find(&self, path: &str, conditions: &str) -> Reply {
        reply(self.api(Method::GET, path).query(&[("conditions", conditions)])).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        reply(self.api(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        reply(self.api(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        reply(self.api(Method::PATCH, path).json(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        reply(self.api(Method::DELETE, path)).await
    }

    /// A control request.
    pub(crate) async fn control(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let request = self.bare(method, &format!("/_sandbox{path}"));
        reply(match body {
            Some(body) => request.json(body),
            None => request,
        })
        .await
    }

    /// Asks for a fault.
    pub(crate) async fn inject(&self, fault: &Value) {
        let reply = self.control(Method::POST, "/faults", Some(fault)).await;
        assert_eq!(reply.status, 201, "{reply:?}");
    }

    /// The texts of all notes of a ticket.
    pub(crate) async fn texts_of(&self, ticket: i32) -> Vec<String> {
        let reply = self.get(&format!("/service/tickets/{ticket}/notes?pageSize=1000")).await;
        let notes = reply.body.as_array().expect("a list").iter();
        notes.map(|note| note["text"].as_str().expect("text").to_owned()).collect()
    }
}

/// Sends a request and reads the answer; one that is not JSON becomes text.
pub(crate) async fn reply(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("a body");
    let body = serde_json::from_str(&text).unwrap_or(Value::String(text));
    Reply { status, headers, body }
}

/// An HTTP client without connection reuse, so that a closed connection is seen by one request only.
#[expect(clippy::disallowed_methods, reason = "this crate does not depend on the engine and its client")]
fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // The sandbox may have been faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let headers = HeaderMap::from_iter([(reqwest::header::USER_AGENT, HeaderValue::from_static("tests"))]);
    Client::builder().default_headers(headers).pool_max_idle_per_host(0).no_proxy().build().expect("a client")
}
