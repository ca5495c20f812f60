//! Model servers over HTTP: what is asked of them, what comes back, what can go wrong.
//!
//! A [`Wire`] is one protocol: it words a [`Request`] and reads the pieces of an answer. [`open`] sends it, tries
//! again where that may help, and bounds the answer in time and bytes. What always holds: an answer that did not come
//! to its end is an error and never a short answer; nothing is sent twice once a piece of text has come; keys and
//! prompts are in no error and no log. Start with [`Wire`] and [`open`].

mod anthropic;
mod call;
mod error;
mod openai;
mod send;
mod stream;

pub(super) use anthropic::{Anthropic, BASE_URL as ANTHROPIC_URL, VERSION as ANTHROPIC_VERSION};
pub(super) use error::ProviderError;
pub(super) use openai::{BASE_URL as OPENAI_URL, OpenAi};
pub(super) use send::{Limits, open};

use serde::Serialize;
use serde_json::Value;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Request {
    /// The model, as its server names it.
    pub(super) model: String,
    /// The longest answer, in tokens; thinking counts.
    pub(super) max_tokens: u32,
    /// How hard a model that thinks should think: `low`, `medium`, `high`.
    pub(super) effort: Option<String>,
    /// The rules, and what else is the same for long: these bytes are cached first.
    pub(super) system: String,
    /// The conversation; begins and ends with the user, and roles alternate.
    pub(super) turns: Vec<Turn>,
    /// The JSON schema of the answer, where it is to be JSON. Not every server keeps to it.
    pub(super) schema: Option<Value>,
    /// What it may call. Not every server has tools.
    pub(super) tools: Vec<Tool>,
}

/// Something that a model may call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tool {
    pub(super) name: &'static str,
    /// When to call it.
    pub(super) description: &'static str,
    /// The JSON schema of its input, as strict servers want it: every property required, none besides.
    pub(super) schema: Value,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Role {
    /// Whoever asks, with everything that is told to the model.
    User,
    /// The model.
    Assistant,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Turn {
    pub(super) role: Role,
    pub(super) text: String,
    /// Whether everything up to here is the same in the next requests of the session, so that it is worth caching.
    pub(super) cached: bool,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// More of the text.
    Text(String),
    /// A whole call of a tool. Its input is not trusted.
    Call { name: String, input: Value },
    /// A sign of work without text.
    Thinking,
    /// A sign of life without work.
    Ping,
    /// The counts so far; what was said before about them does not count any more.
    Usage(Usage),
    /// Why nothing more comes. The last piece but for [`Event::Usage`].
    Stop(Stop),
}

/// Tokens of one call, by how they are paid.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Usage {
    /// Read anew.
    pub(super) input: u64,
    /// Written, with thinking.
    pub(super) output: u64,
    /// Read from the cache.
    pub(super) cache_read: u64,
    /// Written to the cache.
    pub(super) cache_write: u64,
}

/// Why a model stopped.
#[derive(Debug, Clone, PartialEq, Eq, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub(super) enum Stop {
    /// It said what it had to say.
    End,
    /// The longest answer was reached.
    MaxTokens,
    /// It wants a tool. None gives anything back, so this is an end like another.
    ToolUse,
    /// It wants to go on in another turn.
    Pause,
    /// It, or a filter around it, does not want to answer.
    Refusal,
    /// Prompt and answer do not fit into its context.
    ContextFull,
    /// A reason that was not there when this was written.
    Other,
}

/// One protocol, spoken to one server.
pub(super) trait Wire: Send + Sync + 'static {
    /// The request, ready to be sent.
    fn post(&self, http: &reqwest::Client, request: &Request) -> reqwest::RequestBuilder;

    /// Reads one answer.
    fn decoder(&self) -> Box<dyn Decoder>;

    /// Learns from a refusal; tells whether the same request is worded otherwise from now on.
    fn learn(&self, _status: u16, _message: &str) -> bool {
        false
    }
}

/// Reads the pieces of one answer.
pub(super) trait Decoder: Send {
    /// One server-sent event. What is not known is skipped.
    ///
    /// # Errors
    /// [`ProviderError`] for what the server reports, and for what cannot be read.
    fn read(&mut self, data: &str, into: &mut Vec<Event>) -> Result<(), ProviderError>;

    /// The body of a server that answered in one piece.
    ///
    /// # Errors
    /// As [`Decoder::read`].
    fn whole(&mut self, body: &str, into: &mut Vec<Event>) -> Result<(), ProviderError>;

    /// Whether the answer came to its end.
    fn is_complete(&self) -> bool;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What could be an event, or nearly.
    fn data() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            Just("{"),
            Just("}"),
            Just("["),
            Just("]"),
            Just(":"),
            Just(","),
            Just("null"),
            Just("1"),
            Just("\"x\""),
            Just("\"type\""),
            Just("\"message_start\""),
            Just("\"content_block_delta\""),
            Just("\"delta\""),
            Just("\"choices\""),
            Just("\"usage\""),
            Just("\"error\""),
            Just("\"text_delta\""),
            Just("\"text\""),
        ];
        proptest::collection::vec(word, 0..20).prop_map(|words| words.concat())
    }

    proptest! {
        #[test]
        fn whatever_comes_is_read_or_refused(data in data()) {
            let wires: [Box<dyn Wire>; 2] = [
                Box::new(Anthropic::new("http://127.0.0.1:1", None, ANTHROPIC_VERSION)),
                Box::new(OpenAi::new("http://127.0.0.1:1/v1", None)),
            ];
            for wire in wires {
                let mut into = Vec::new();
                let _ = wire.decoder().read(&data, &mut into);
                let _ = wire.decoder().whole(&data, &mut into);
                prop_assert!(into.len() <= 6);
            }
        }
    }
}
