//! What the app asked, and what it was sent.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::faults::Fault;

/// A call of the Web API. Tokens are never in it.
#[derive(Clone, Debug)]
pub struct Call {
    /// Method: `chat.postMessage`, ….
    pub method: String,
    /// `GET` or `POST`.
    pub verb: String,
    /// Arguments.
    pub arguments: Value,
    /// What it was answered; `None` when the connection was closed or nothing was done.
    pub answer: Option<Value>,
    /// The fault that it met.
    pub fault: Option<Fault>,
    /// When it came: time since the Unix epoch.
    pub at: Duration,
}

impl Call {
    /// Whether Slack did what was asked.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer["ok"] == true)
    }

    /// A text among the arguments; empty if there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.arguments[name].as_str().unwrap_or_default()
    }
}

/// What the app answered to a delivery.
#[derive(Clone, Debug)]
pub struct Answer {
    /// HTTP status; over Socket Mode 200 for an acknowledgement. `None` without an answer.
    pub status: Option<u16>,
    /// Headers, names in small letters.
    pub headers: BTreeMap<String, String>,
    /// Body.
    pub body: String,
    /// How long it took.
    pub took: Duration,
    /// Why there is no answer.
    pub problem: Option<String>,
}

impl Answer {
    /// Whether the app acknowledged.
    #[must_use]
    pub fn acked(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    /// Fails the test if the app did not acknowledge.
    #[track_caller]
    pub fn assert_acked(&self) {
        assert!(self.acked(), "the app did not acknowledge: {self:?}");
    }
}

/// Something that was sent to the app.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// `event`, `interaction` or `command`.
    pub kind: &'static str,
    /// What was sent, parsed.
    pub payload: Value,
    /// Number of the retry; 0 for the first time.
    pub retry: usize,
    /// What came back.
    pub answer: Answer,
}
