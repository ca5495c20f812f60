//! Anthropic's Messages API.
//!
//! Newer models refuse sampling parameters, a prefilled answer and forced tools, so none of them is ever sent. What is
//! cached: the rules for an hour (people come back to a ticket after a while), the ticket for five minutes, and the
//! conversation up to the last turn.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Calls;
use super::{Decoder, Event, ProviderError, Request, Role, Stop, Tool, Usage, Wire};

/// Where the vendor serves it.
pub(in crate::ai) const BASE_URL: &str = "https://api.anthropic.com";
/// The version of the API that this speaks.
pub(in crate::ai) const VERSION: &str = "2026-10-21";

/// The Messages API at one address.
pub(in crate::ai) struct Anthropic {
    url: String,
    key: Option<SecretString>,
    version: String,
    /// The server does not take a schema: the words of the prompt must do.
    lacks_schema: AtomicBool,
    /// It keeps to no tool's schema by force.
    lacks_strict: AtomicBool,
    /// It has no tools: the block in the text must do.
    lacks_tools: AtomicBool,
}

impl Anthropic {
    /// At an address with or without `/v1`.
    pub(in crate::ai) fn new(base_url: &str, key: Option<SecretString>, version: &str) -> Self {
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix("/v1").unwrap_or(base);
        let (url, version) = (format!("{base}/v1/messages"), version.to_owned());
        let no = AtomicBool::default;
        Self { url, key, version, lacks_schema: no(), lacks_strict: no(), lacks_tools: no() }
    }
}

impl Wire for Anthropic {
    fn post(&self, http: &reqwest::Client, request: &Request) -> reqwest::RequestBuilder {
        let post = http
            .post(&self.url)
            .header("anthropic-version", &self.version)
            .header("accept", "text/event-stream")
            .json(&self.body(request));
        match &self.key {
            Some(key) => post.header("x-api-key", key.expose_secret()),
            None => post,
        }
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<Reader>::default()
    }

    fn learn(&self, status: u16, message: &str) -> bool {
        let names = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if !matches!(status, 400 | 422) {
            return false;
        }
        if names(&["output_config", "json_schema"]) {
            return !self.lacks_schema.swap(true, Ordering::Relaxed);
        }
        if names(&["strict"]) && !self.lacks_strict.swap(true, Ordering::Relaxed) {
            return true;
        }
        names(&["tools", "tool_choice", "strict"]) && !self.lacks_tools.swap(true, Ordering::Relaxed)
    }
}

impl Anthropic {
    fn body(&self, request: &Request) -> Value {
        let has = |lacks: &AtomicBool| !lacks.load(Ordering::Relaxed);
        let mut body = body(request, has(&self.lacks_schema));
        if !request.tools.is_empty() && has(&self.lacks_tools) {
            let tools = request.tools.iter().map(|tool| {
                let Tool { name, description, schema } = tool;
                let mut tool = json!({ "name": name, "description": description, "input_schema": schema });
                if has(&self.lacks_strict) {
                    tool["strict"] = true.into();
                }
                tool
            });
            body["tools"] = tools.collect();
            body["tool_choice"] = json!({ "type": "auto", "disable_parallel_tool_use": true });
        }
        body
    }
}

fn body(request: &Request, with_schema: bool) -> Value {
    let turns = request.turns.iter().map(|turn| {
        let mut block = json!({ "type": "text", "text": turn.text });
        if turn.cached && turn.role == Role::User {
            block["cache_control"] = json!({ "type": "ephemeral" });
        }
        json!({ "role": turn.role, "content": [block] })
    });
    let mut body = json!({
        "model": request.model,
        "max_tokens": request.max_tokens,
        "stream": true,
        "system": [{
            "type": "text",
            "text": request.system,
            "cache_control": { "type": "ephemeral", "ttl": "1h" },
        }],
        "messages": turns.collect::<Vec<_>>(),
    });
    if let Some(effort) = &request.effort {
        body["output_config"] = json!({ "effort": effort });
    }
    if let Some(schema) = request.schema.as_ref().filter(|_| with_schema) {
        body["output_config"]["format"] = json!({ "type": "json_schema", "schema": schema });
    }
    body
}

/// One server-sent event. Its name is in its data too.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Sent {
    MessageStart {
        message: Started,
    },
    ContentBlockStart {
        #[serde(default)]
        index: u64,
        content_block: Block,
    },
    ContentBlockDelta {
        #[serde(default)]
        index: u64,
        delta: Delta,
    },
    ContentBlockStop {
        #[serde(default)]
        index: u64,
    },
    MessageDelta {
        delta: Stopped,
        #[serde(default)]
        usage: Counts,
    },
    MessageStop,
    Ping,
    Error {
        error: Reported,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Started {
    #[serde(default)]
    usage: Counts,
}

/// Counts are cumulative; what is left out stays as it was.
#[derive(Deserialize, Default)]
struct Counts {
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    cache_read_input_tokens: Option<u64>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    Text {
        #[serde(default)]
        text: String,
    },
    ToolUse {
        #[serde(default)]
        name: String,
        #[serde(default)]
        input: Value,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Delta {
    #[serde(rename = "text_delta")]
    Text { text: String },
    #[serde(rename = "input_json_delta")]
    Input {
        #[serde(default)]
        partial_json: String,
    },
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Stopped {
    stop_reason: Option<String>,
}

#[derive(Deserialize)]
struct Reported {
    #[serde(rename = "type", default)]
    kind: String,
}

/// A whole message, from a server that does not stream.
#[derive(Deserialize)]
struct Whole {
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Counts,
}

/// Reads one answer.
#[derive(Default)]
struct Reader {
    usage: Usage,
    calls: Calls,
    complete: bool,
}

impl Reader {
    fn count(&mut self, counts: &Counts) -> Event {
        let usage = &mut self.usage;
        usage.input = counts.input_tokens.unwrap_or(usage.input);
        usage.output = counts.output_tokens.unwrap_or(usage.output);
        usage.cache_write = counts.cache_creation_input_tokens.unwrap_or(usage.cache_write);
        usage.cache_read = counts.cache_read_input_tokens.unwrap_or(usage.cache_read);
        Event::Usage(*usage)
    }
}

impl Decoder for Reader {
    fn read(&mut self, data: &str, into: &mut Vec<Event>) -> Result<(), ProviderError> {
        // An event without a type that we know is skipped; one that is no JSON means that this is another protocol.
        let sent: Value =
            serde_json::from_str(data).map_err(|_| ProviderError::Garbage("an event is no JSON"))?;
        let Ok(sent) = Sent::deserialize(&sent) else { return Ok(()) };
        match sent {
            Sent::MessageStart { message } => into.push(self.count(&message.usage)),
            Sent::ContentBlockStart { content_block: Block::Text { text }, .. }
            | Sent::ContentBlockDelta { delta: Delta::Text { text }, .. }
                if !text.is_empty() =>
            {
                into.push(Event::Text(text));
            }
            Sent::ContentBlockStart { index, content_block: Block::ToolUse { name, .. } } => {
                self.calls.add(index, Some(&name), "");
                into.push(Event::Thinking);
            }
            Sent::ContentBlockDelta { index, delta: Delta::Input { partial_json } } => {
                self.calls.add(index, None, &partial_json);
                into.push(Event::Thinking);
            }
            Sent::ContentBlockStop { index } => self.calls.end(index, into),
            Sent::ContentBlockStart { .. } | Sent::ContentBlockDelta { .. } => into.push(Event::Thinking),
            Sent::MessageDelta { delta, usage } => {
                into.push(self.count(&usage));
                into.extend(delta.stop_reason.as_deref().map(|reason| Event::Stop(stop(reason))));
            }
            Sent::MessageStop => self.complete = true,
            Sent::Ping => into.push(Event::Ping),
            Sent::Error { error } => return Err(reported(&error.kind)),
            Sent::Unknown => {}
        }
        Ok(())
    }

    fn whole(&mut self, body: &str, into: &mut Vec<Event>) -> Result<(), ProviderError> {
        let whole: Whole =
            serde_json::from_str(body).map_err(|_| ProviderError::Garbage("it is no message"))?;
        let texts = whole.content.into_iter().filter_map(|block| match block {
            Block::Text { text } => Some(Event::Text(text)),
            Block::ToolUse { name, input } => Some(Event::Call { name, input }),
            Block::Unknown => None,
        });
        into.extend(texts);
        into.push(self.count(&whole.usage));
        into.push(Event::Stop(stop(whole.stop_reason.as_deref().unwrap_or("end_turn"))));
        self.complete = true;
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

/// An error that comes in the middle of an answer, told like the same one before it.
fn reported(kind: &str) -> ProviderError {
    match kind {
        "overloaded_error" => ProviderError::Overloaded(529),
        "rate_limit_error" => ProviderError::Busy(None),
        _ => ProviderError::Broken(super::error::words_of(&json!({ "error": kind }).to_string())),
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "end_turn" | "stop_sequence" => Stop::End,
        "max_tokens" => Stop::MaxTokens,
        "tool_use" => Stop::ToolUse,
        "pause_turn" => Stop::Pause,
        "refusal" => Stop::Refusal,
        "model_context_window_exceeded" => Stop::ContextFull,
        _ => Stop::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::provider::Turn;

    fn read(events: &[&str]) -> (Vec<Event>, bool) {
        let (mut reader, mut into) = (Reader::default(), Vec::new());
        for event in events {
            reader.read(event, &mut into).unwrap();
        }
        (into, reader.is_complete())
    }

    #[test]
    fn counts_are_overwritten_and_what_is_left_out_stays() {
        let (events, complete) = read(&[
            r#"{"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1,"cache_creation_input_tokens":2048}}}"#,
            r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42}}"#,
            r#"{"type":"message_stop"}"#,
        ]);
        let usage = Usage { input: 25, output: 42, cache_read: 0, cache_write: 2048 };
        assert!(complete && events.contains(&Event::Usage(usage)), "{events:?}");
        assert!(events.contains(&Event::Stop(Stop::End)));
    }

    #[test]
    fn what_is_not_known_is_skipped() {
        let (events, complete) = read(&[
            r#"{"type":"sparkle"}"#,
            r#"{"type":"content_block_delta","delta":{"type":"hum_delta","hum":1}}"#,
            r#"{"type":"content_block_start","content_block":{"type":"thinking","thinking":""}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"bored"},"usage":null}"#,
            r#"{"no":"type"}"#,
        ]);
        assert!(!complete);
        assert!(events.iter().all(|event| matches!(event, Event::Thinking)), "{events:?}");
    }

    #[test]
    fn nothing_is_sent_that_newer_models_refuse() {
        let request = Request {
            model: "m".to_owned(),
            max_tokens: 9,
            effort: None,
            system: "rules".to_owned(),
            turns: vec![Turn { role: Role::User, text: "x".to_owned(), cached: true }],
            schema: None,
            tools: Vec::new(),
        };
        let body = body(&request, true);
        let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["max_tokens", "messages", "model", "stream", "system"]);
        assert_eq!(body["system"][0]["cache_control"]["ttl"], "1h");
        assert_eq!(body["messages"][0]["content"][0]["cache_control"]["type"], "ephemeral");
    }

    #[test]
    fn a_form_is_asked_for_unless_the_server_has_none() {
        let request = Request {
            model: "m".to_owned(),
            max_tokens: 9,
            effort: Some("low".to_owned()),
            system: "rules".to_owned(),
            turns: Vec::new(),
            schema: Some(json!({ "type": "object" })),
            tools: Vec::new(),
        };
        let output = body(&request, true)["output_config"].clone();
        assert_eq!((&output["effort"], &output["format"]["type"]), (&json!("low"), &json!("json_schema")));
        assert!(body(&request, false)["output_config"].get("format").is_none());
        let server = Anthropic::new("http://127.0.0.1:1", None, VERSION);
        assert!(server.learn(400, "output_config: unknown field") && !server.learn(400, "output_config"));
    }

    #[test]
    fn a_tool_is_offered_and_never_forced_as_far_as_the_server_has_it() {
        let schema = json!({ "type": "object" });
        let tool = Tool { name: "suggest_fix", description: "d", schema };
        let request = Request {
            model: "m".to_owned(),
            max_tokens: 9,
            effort: None,
            system: "rules".to_owned(),
            turns: Vec::new(),
            schema: None,
            tools: vec![tool],
        };
        let server = Anthropic::new("http://127.0.0.1:1", None, VERSION);
        let body = server.body(&request);
        assert_eq!(
            (&body["tools"][0]["strict"], &body["tool_choice"]["type"]),
            (&json!(true), &json!("auto"))
        );
        assert!(server.learn(400, "tools.0.strict: Extra inputs are not permitted"));
        assert!(server.body(&request)["tools"][0].get("strict").is_none());
        assert!(server.learn(400, "tools: not supported"));
        assert!(server.body(&request).get("tools").is_none() && !server.learn(400, "tools"));
    }

    #[test]
    fn a_call_is_read_from_its_pieces_and_a_broken_one_is_none() {
        let (events, _) = read(&[
            r#"{"type":"content_block_start","index":1,"content_block":{"type":"tool_use","id":"t","name":"suggest_fix","input":{}}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":"{\"title\""}}"#,
            r#"{"type":"content_block_delta","index":1,"delta":{"type":"input_json_delta","partial_json":": \"x\"}"}}"#,
            r#"{"type":"content_block_stop","index":1}"#,
            r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"t","name":"suggest_fix","input":{}}}"#,
            r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"tit"}}"#,
            r#"{"type":"content_block_stop","index":2}"#,
        ]);
        let calls: Vec<_> = events.iter().filter(|event| matches!(event, Event::Call { .. })).collect();
        let input = json!({ "title": "x" });
        assert_eq!(calls, [&Event::Call { name: "suggest_fix".to_owned(), input }]);
    }

    #[test]
    fn an_error_in_the_middle_is_an_error() {
        let event = r#"{"type":"error","error":{"type":"overloaded_error","message":"x"}}"#;
        let found = Reader::default().read(event, &mut Vec::new());
        assert_eq!(found, Err(ProviderError::Overloaded(529)));
    }
}
