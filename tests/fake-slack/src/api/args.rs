//! The arguments of a call, however they came.

use std::collections::BTreeMap;

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value};

use super::Refusal;

/// The arguments of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Args(BTreeMap<String, Value>);

impl Args {
    /// From query and body. A method that takes no JSON does not see a JSON body, as with Slack.
    pub(crate) fn read(query: &str, headers: &HeaderMap, body: &[u8], json: bool) -> Result<Self, Refusal> {
        let mut found: BTreeMap<_, _> = form(query.as_bytes());
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if kind.starts_with("application/json") {
            if json && !body.is_empty() {
                let parsed = serde_json::from_slice::<Map<String, Value>>(body);
                found.extend(parsed.map_err(|_| Refusal::new("invalid_json"))?);
            }
        } else if kind.starts_with("application/x-www-form-urlencoded") {
            found.extend(form(body));
        } else if !body.is_empty() {
            return Err(Refusal::new("invalid_post_type"));
        }
        found.retain(|_, value| !value.is_null());
        Ok(Self(found))
    }

    /// Everything, without secrets.
    pub(crate) fn shown(&self) -> Value {
        let secret = |name: &str| ["token", "client_secret", "refresh_token", "code"].contains(&name);
        let open = self.0.iter().filter(|(name, _)| !secret(name));
        let shown = open.map(|(name, value)| (name.clone(), parsed(value)));
        Value::Object(shown.collect())
    }

    /// Whether it is there and not empty.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.get(name).is_some_and(|value| value.as_str() != Some(""))
    }

    /// Whether it is there, empty or not.
    pub(crate) fn is_given(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// A text; an empty one is none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// A text that is required: the table of methods has made sure of it.
    pub(crate) fn must(&self, name: &str) -> Result<&str, Refusal> {
        self.text(name).ok_or_else(|| Refusal::missing(&[name]))
    }

    /// True or false.
    pub(crate) fn flag(&self, name: &str) -> bool {
        let value = self.0.get(name);
        value.is_some_and(|value| value == true || matches!(value.as_str(), Some("true" | "1")))
    }

    /// A number.
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let value = self.0.get(name)?;
        value.as_u64().map(|number| number as usize).or_else(|| value.as_str()?.parse().ok())
    }

    /// A list or an object, which may come as JSON in a string; `error` is what Slack says if it is neither.
    pub(crate) fn json(&self, name: &str, error: &'static str) -> Result<Option<Value>, Refusal> {
        match self.0.get(name) {
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => {
                serde_json::from_str(text).map(Some).map_err(|_| Refusal::new(error))
            }
            other => Ok(other.cloned()),
        }
    }
}

fn form(bytes: &[u8]) -> BTreeMap<String, Value> {
    let pairs = url::form_urlencoded::parse(bytes);
    pairs.map(|(name, value)| (name.into_owned(), Value::String(value.into_owned()))).collect()
}

/// JSON in a string as what it is.
fn parsed(value: &Value) -> Value {
    let text = value.as_str().filter(|text| text.starts_with(['{', '[']));
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_else(|| value.clone())
}
