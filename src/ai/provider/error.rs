//! What can go wrong with a model server, in words for the thread.

use std::time::Duration;

use serde_json::Value;

use crate::session::text::shorten;

/// The longest part of a server's own words that is passed on, in characters.
const LONGEST: usize = 200;

/// Why a model server gave no answer, or no whole one. Its text follows "because" or stands for itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::ai) enum ProviderError {
    /// The key is refused, or may not do this (401, 403).
    #[error("it refuses the API key ({0})")]
    Key(u16),
    /// The account has no credit left (402).
    #[error("its account has no credit left (402)")]
    Credit,
    /// The model or the path is not there (404).
    #[error("it knows neither the model nor the path: {0}")]
    Unknown(String),
    /// The request is larger than the server takes (413).
    #[error("the request is too large for it")]
    TooLarge,
    /// Too many requests (429).
    #[error("it asks for a pause (429)")]
    Busy(Option<Duration>),
    /// More work than it can do (503, 529).
    #[error("it is overloaded ({0})")]
    Overloaded(u16),
    /// Another refusal of the request (400, 422 and the rest below 500).
    #[error("it refuses the request ({0}: {1})")]
    Refused(u16, String),
    /// A fault of its own (500 and above).
    #[error("it failed ({0})")]
    Failed(u16),
    /// No connection, or it broke before anything came.
    #[error("it cannot be reached")]
    Unreachable,
    /// Nothing came for too long.
    #[error("it did not answer in time")]
    Silent,
    /// The connection broke, or the answer ended before its end.
    #[error("the connection broke before the end of the answer")]
    Cut,
    /// An error in the middle of the answer.
    #[error("it broke off the answer ({0})")]
    Broken(String),
    /// What came is nothing that this protocol has.
    #[error("its answer cannot be read ({0})")]
    Garbage(&'static str),
    /// The answer is larger than any answer can be.
    #[error("its answer is too large")]
    Flood,
    /// It came to its end without a word.
    #[error("its answer was empty")]
    Empty,
    /// It does not want to answer.
    #[error("it declined to answer")]
    Declined,
    /// Prompt and answer do not fit into its context.
    #[error("the session is too long for it")]
    ContextFull,
    /// It would not be asked: too many failures lately.
    #[error("it failed several times and is left alone for a while")]
    Resting,
}

impl ProviderError {
    /// The error for an HTTP status, with the server's own words.
    pub(super) fn of_status(status: u16, body: &str, after: Option<Duration>) -> Self {
        match status {
            401 | 403 => Self::Key(status),
            402 => Self::Credit,
            404 => Self::Unknown(words_of(body)),
            413 => Self::TooLarge,
            429 => Self::Busy(after),
            503 | 529 => Self::Overloaded(status),
            500.. => Self::Failed(status),
            _ => Self::Refused(status, words_of(body)),
        }
    }

    /// Whether another request would meet the same for a while, whatever it asks.
    pub(in crate::ai) fn is_the_servers(&self) -> bool {
        !matches!(
            self,
            Self::TooLarge
                | Self::Refused(..)
                | Self::Empty
                | Self::Declined
                | Self::ContextFull
                | Self::Flood
        )
    }

    /// Whether somebody has to mend it: it will not pass by itself.
    pub(in crate::ai) fn is_lasting(&self) -> bool {
        matches!(self, Self::Key(_) | Self::Credit | Self::Unknown(_))
    }
}

/// The server's own words about an error, cut and without secrets: keys have been seen in them.
pub(super) fn words_of(body: &str) -> String {
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let words = parsed.as_ref().and_then(message);
    let words = shorten(&crate::redact::secrets(words.unwrap_or_default()), LONGEST);
    if words.is_empty() { "without a reason".to_owned() } else { words }
}

/// `{"error": {"message"}}`, `{"error": "…"}` and `{"message"}` are all in use.
fn message(body: &Value) -> Option<&str> {
    let error = body.get("error").unwrap_or(body);
    error.as_str().or_else(|| error.get("message")?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_servers_own_words_are_passed_on_without_keys() {
        let body = r#"{"error":{"type":"x","message":"Incorrect API key: sk-abcdefghijklmnopqrstuvwx"}}"#;
        assert_eq!(words_of(body), "Incorrect API key: [TOKEN#1]");
        assert_eq!(words_of(r#"{"error":"model 'x' not found"}"#), "model 'x' not found");
        assert_eq!(words_of("<html>"), "without a reason");
    }

    #[test]
    fn what_a_person_has_to_mend_is_told_apart() {
        assert!(ProviderError::of_status(401, "", None).is_lasting());
        assert!(!ProviderError::of_status(529, "", None).is_lasting());
        assert!(!ProviderError::of_status(400, "", None).is_the_servers());
    }
}
