//! `ok: false`.

use serde_json::{Value, json};

use crate::check::Problem;

/// Why a call is refused, in Slack's words.
#[derive(Clone, Debug, Default)]
pub(crate) struct Refusal {
    error: String,
    messages: Vec<String>,
    more: Vec<(&'static str, Value)>,
}

impl Refusal {
    pub(crate) fn new(error: &str) -> Self {
        Self { error: error.to_owned(), ..Self::default() }
    }

    /// Whether it is this one.
    pub(crate) fn is(&self, error: &str) -> bool {
        self.error == error
    }

    /// Arguments are missing.
    pub(crate) fn missing(names: &[&str]) -> Self {
        let message = |name: &&str| format!("[ERROR] missing required field: {name}");
        Self { messages: names.iter().map(message).collect(), ..Self::new("invalid_arguments") }
    }

    /// An argument is wrong.
    pub(crate) fn invalid(what: &str) -> Self {
        Self { messages: vec![format!("[ERROR] {what}")], ..Self::new("invalid_arguments") }
    }

    /// The payload is wrong. Slack names one error, and says all of that kind.
    pub(crate) fn problems(problems: &[Problem]) -> Option<Self> {
        let first = problems.iter().find(|problem| problem.refused())?;
        let same = problems.iter().filter(|problem| problem.error == first.error);
        let message =
            |problem: &Problem| format!("[ERROR] {} [json-pointer:{}]", problem.message, problem.pointer);
        let messages: Vec<_> = same.map(message).collect();
        let errors: Vec<_> = messages.iter().map(|message| message.replace("[ERROR] ", "")).collect();
        let refusal = Self { messages, ..Self::new(first.error) };
        Some(refusal.with("errors", errors.into()))
    }

    pub(crate) fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    pub(crate) fn body(self) -> Value {
        let mut body = json!({ "ok": false, "error": self.error });
        if !self.messages.is_empty() {
            body["response_metadata"] = json!({ "messages": self.messages });
        }
        for (name, value) in self.more {
            body[name] = value;
        }
        body
    }
}
