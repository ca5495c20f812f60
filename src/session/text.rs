//! Texts that people write into a session: trimmed, bounded, and without secrets before they are stored.

use crate::{Error, Result};

/// A text that must not be empty, of at most `longest` characters.
///
/// # Errors
/// [`Error::Invalid`] naming `field`.
pub(crate) fn required(field: &str, text: &str, longest: usize) -> Result<String> {
    let text = crate::redact::secrets(text.trim());
    if text.is_empty() {
        return Err(Error::invalid(field, "must not be empty"));
    }
    if text.chars().count() > longest {
        return Err(Error::invalid(field, format!("must be at most {longest} characters")));
    }
    Ok(text)
}

/// A text that may be left out; empty counts as left out.
///
/// # Errors
/// [`Error::Invalid`] naming `field`.
pub(crate) fn optional(field: &str, text: Option<&str>, longest: usize) -> Result<Option<String>> {
    match text.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => required(field, text, longest).map(Some),
    }
}

/// A title cut to `longest` characters at a word, with an ellipsis where something is missing.
pub(crate) fn shorten(text: &str, longest: usize) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= longest {
        return text;
    }
    let cut: String = text.chars().take(longest.saturating_sub(1)).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head);
    format!("{cut}…")
}
