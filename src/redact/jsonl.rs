//! Redaction line by line, for programs: a JSON object in, a JSON object out.

use serde::{Deserialize, Serialize};

use super::{Profile, redact};

#[derive(Deserialize)]
struct Input {
    id: serde_json::Value,
    text: String,
}

#[derive(Serialize)]
struct Output<'a> {
    id: &'a serde_json::Value,
    text: &'a str,
    spans: Vec<OutputSpan>,
}

#[derive(Serialize)]
struct OutputSpan {
    start: usize,
    end: usize,
    label: &'static str,
}

/// Why a line cannot be redacted.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// It is no JSON, or not this object.
    #[error("is not a JSON object with `id` and `text`: {0}")]
    Shape(#[from] serde_json::Error),
    /// The id is neither a text nor a number.
    #[error("`id` must be a string or a number")]
    Id,
}

/// Redacts one line `{"id", "text"}` and gives `{"id", "text", "spans": [{"start", "end", "label"}]}`: the redacted
/// text, and where in the original something was, in Unicode code points.
///
/// # Errors
/// [`LineError`] says which rule the line breaks.
pub fn redact_line(line: &str, profile: Profile) -> Result<String, LineError> {
    let input: Input = serde_json::from_str(line)?;
    if !(input.id.is_string() || input.id.is_number()) {
        return Err(LineError::Id);
    }
    let redacted = redact(&input.text, profile);
    let (mut at, mut points) = (0, 0);
    let mut point = |byte: usize| {
        points += input.text[at..byte].chars().count();
        at = byte;
        points
    };
    let spans = redacted
        .spans
        .iter()
        .map(|s| OutputSpan { start: point(s.start), end: point(s.end), label: s.label.name() })
        .collect();
    Ok(serde_json::to_string(&Output { id: &input.id, text: &redacted.text, spans })?)
}
