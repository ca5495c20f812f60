//! Is this a message, or a view, that Slack takes? Pure functions, by the limits that Slack documents or that others
//! have measured. Where sources differ, the narrower limit holds.

mod blocks;
mod elements;
mod parts;
mod rich;
mod rule;
mod view;
mod walk;

use serde::Serialize;
use serde_json::Value;

use walk::Walk;

pub use view::check_view;

/// Characters of a message's top-level text.
pub const TEXT: usize = 4_000;
/// Characters of `markdown_text`, and of all markdown blocks of a message together.
pub const MARKDOWN: usize = 12_000;
/// Characters of the text of all blocks together.
pub const ALL_TEXT: usize = 13_000;
/// Blocks of a message.
pub const BLOCKS: usize = 50;
/// Bytes of a message's metadata.
pub const METADATA: usize = 4_000;

/// Slack takes such a message, but warns: a notification of it says nothing.
pub const MISSING_TEXT: &str = "missing_text_in_message";

/// Something that is wrong with a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What Slack calls it: `invalid_blocks`, `msg_too_long`, …
    pub error: &'static str,
    /// Where it is, as a JSON pointer.
    pub pointer: String,
    /// What it is.
    pub message: String,
}

impl Problem {
    fn new(error: &'static str, pointer: &str, message: impl Into<String>) -> Self {
        Self { error, pointer: pointer.to_owned(), message: message.into() }
    }

    /// Whether Slack refuses the payload because of it.
    #[must_use]
    pub fn refused(&self) -> bool {
        self.error != MISSING_TEXT
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} [json-pointer:{}]", self.error, self.message, self.pointer)
    }
}

/// Where blocks are shown; not every block may be everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Message,
    Modal,
    Home,
}

/// What is wrong with a message: what `chat.postMessage` takes, of which only the content is read (`text`, `blocks`,
/// `markdown_text`, `attachments`, `metadata`).
#[must_use]
pub fn check_message(message: &Value) -> Vec<Problem> {
    let given = |name: &str| message.get(name).filter(|value| !value.is_null());
    let text = given("text").and_then(Value::as_str).unwrap_or_default();
    let markdown = given("markdown_text").and_then(Value::as_str);
    let mut problems = Vec::new();
    if text.chars().count() > TEXT {
        let what = format!("text has {} characters, {TEXT} at most", text.chars().count());
        problems.push(Problem::new("msg_too_long", "/text", what));
    }
    if let Some(markdown) = markdown {
        if given("text").is_some() || given("blocks").is_some() {
            let what = "markdown_text goes with neither text nor blocks";
            problems.push(Problem::new("markdown_text_conflict", "/markdown_text", what));
        }
        if markdown.chars().count() > MARKDOWN {
            let what = format!("markdown_text has more than {MARKDOWN} characters");
            problems.push(Problem::new("msg_too_long", "/markdown_text", what));
        }
    }
    let blocks = given("blocks");
    match blocks {
        Some(Value::Array(blocks)) => problems.extend(check_blocks(blocks)),
        Some(_) => problems.push(Problem::new("invalid_blocks_format", "/blocks", "blocks must be an array")),
        None => {}
    }
    let has_blocks = blocks.and_then(Value::as_array).is_some_and(|blocks| !blocks.is_empty());
    let has_more = given("attachments").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if text.is_empty() && markdown.is_none_or(str::is_empty) && !has_more {
        if has_blocks {
            let what = "a message with blocks needs a top-level text: notifications show nothing else";
            problems.push(Problem::new(MISSING_TEXT, "/text", what));
        } else {
            problems.push(Problem::new("no_text", "/text", "neither text nor blocks"));
        }
    }
    if let Some(metadata) = given("metadata") {
        problems.extend(check_metadata(metadata));
    }
    problems
}

/// What is wrong with the blocks of a message.
#[must_use]
pub fn check_blocks(blocks: &[Value]) -> Vec<Problem> {
    Walk::over(blocks, Place::Message, BLOCKS)
}

/// What is wrong with the metadata of a message.
fn check_metadata(metadata: &Value) -> Vec<Problem> {
    let mut problems = Vec::new();
    let named = metadata.get("event_type").is_some_and(Value::is_string);
    let filled = metadata.get("event_payload").is_some_and(Value::is_object);
    let removed = metadata.as_object().is_some_and(serde_json::Map::is_empty);
    let whole = named && filled;
    if !removed && !whole {
        let what = "metadata needs event_type and event_payload";
        problems.push(Problem::new("invalid_metadata_format", "/metadata", what));
    }
    if metadata.to_string().len() > METADATA {
        let what = format!("metadata has more than {METADATA} bytes");
        problems.push(Problem::new("metadata_too_large", "/metadata", what));
    }
    problems
}
