//! The check line by line, for programs: a JSON object in, a JSON object out.

use serde::{Deserialize, Serialize};

use super::check;

#[derive(Deserialize)]
struct Input {
    id: serde_json::Value,
    facts: Vec<String>,
    claim: String,
}

#[derive(Serialize)]
struct Output<'a> {
    id: &'a serde_json::Value,
    supported: bool,
    reason: String,
}

/// Why a line cannot be checked.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no JSON, or not this object.
    #[error("is not a JSON object with `id`, `facts` and `claim`: {0}")]
    Shape(#[from] serde_json::Error),
    /// The id is neither a text nor a number.
    #[error("`id` must be a string or a number")]
    Id,
}

/// Checks one line `{"id", "facts": [text], "claim"}` and gives `{"id", "supported", "reason"}`.
///
/// # Errors
/// [`LineError`] says which rule the line breaks.
pub fn check_line(line: &str) -> Result<String, LineError> {
    let input: Input = serde_json::from_str(line)?;
    if !(input.id.is_string() || input.id.is_number()) {
        return Err(LineError::Id);
    }
    let result = check(&input.claim, &input.facts);
    let reason = result
        .as_ref()
        .err()
        .map_or_else(|| "every part of it is in the facts".to_owned(), ToString::to_string);
    Ok(serde_json::to_string(&Output { id: &input.id, supported: result.is_ok(), reason })?)
}
