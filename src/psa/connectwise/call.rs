//! What is sent, and as whom, before it has an address.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Pins the shape of the answers: members move between versions.
const ACCEPTED: &str = "application/vnd.connectwise.com+json; version=2025.1";
const CLIENT_ID: HeaderName = HeaderName::from_static("clientid");

/// One request, not yet addressed.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: Vec<String>,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    /// What it is about, for messages: `ticket 5`.
    pub(super) what: String,
    /// Give up after this long, without a second try.
    pub(super) within: Option<Duration>,
}

impl Call {
    pub(super) fn get<const N: usize>(what: impl Into<String>, path: [&str; N]) -> Self {
        Self::new(Method::GET, what.into(), path, None)
    }

    pub(super) fn post<const N: usize>(what: impl Into<String>, path: [&str; N], body: Value) -> Self {
        Self::new(Method::POST, what.into(), path, Some(body))
    }

    pub(super) fn patch<const N: usize>(what: impl Into<String>, path: [&str; N], body: Value) -> Self {
        Self::new(Method::PATCH, what.into(), path, Some(body))
    }

    pub(super) fn delete<const N: usize>(what: impl Into<String>, path: [&str; N]) -> Self {
        Self::new(Method::DELETE, what.into(), path, None)
    }

    fn new<const N: usize>(method: Method, what: String, path: [&str; N], body: Option<Value>) -> Self {
        Self { method, path: path.map(str::to_owned).to_vec(), query: Vec::new(), body, what, within: None }
    }

    /// The same with one more query parameter.
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// The same, tried once and for no longer than this: somebody waits for the answer.
    pub(super) fn within(mut self, longest: Duration) -> Self {
        self.within = Some(longest);
        self
    }
}

/// As whom a call is made.
pub(super) struct Identity {
    pub(super) headers: HeaderMap,
    /// What must not be in a message, should the server echo it.
    secrets: Vec<SecretString>,
}

impl Identity {
    pub(super) fn new(
        name: HeaderName,
        mut value: HeaderValue,
        client_id: HeaderValue,
        secrets: Vec<SecretString>,
    ) -> Self {
        value.set_sensitive(true);
        let headers = [(name, value), (CLIENT_ID, client_id), (ACCEPT, HeaderValue::from_static(ACCEPTED))];
        Self { headers: headers.into_iter().collect(), secrets }
    }

    /// A message without what this identity must keep to itself.
    pub(super) fn without_secrets(&self, message: &str) -> String {
        let hide = |text: String, secret: &SecretString| text.replace(secret.expose_secret(), "[hidden]");
        self.secrets.iter().fold(message.to_owned(), hide)
    }
}
