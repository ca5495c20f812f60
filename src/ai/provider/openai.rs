//! Chat completions, as `OpenAI` defined them and many servers speak them: Ollama, llama.cpp, vLLM, Azure.
//!
//! Servers differ in what they take. A request begins with everything; a refusal that names a field makes
//! it go without that field from then on, in this process.

use std::sync::atomic::{AtomicBool, Ordering};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Calls;
use super::{Decoder, Event, ProviderError, Request, Stop, Tool, Usage, Wire};

/// Where the vendor serves it.
pub(in crate::ai) const BASE_URL: &str = "https://api.openai.com/v1";

/// A server at one address, with what was learned about it.
pub(in crate::ai) struct OpenAi {
    url: String,
    key: Option<SecretString>,
    /// Azure takes the key in a header of its own.
    is_azure: bool,
    lacks: Lacks,
}

/// What the server does not take.
#[derive(Default)]
struct Lacks {
    /// `stream_options`: counts are estimated then.
    counts: AtomicBool,
    /// `max_completion_tokens`; `max_tokens` is sent then.
    max_completion_tokens: AtomicBool,
    /// `reasoning_effort`.
    effort: AtomicBool,
    /// A schema as `response_format`; only that it is JSON is asked for then.
    schema: AtomicBool,
    /// Any `response_format`: the words of the prompt must do.
    json: AtomicBool,
    /// That it keeps to a tool's schema by force.
    strict: AtomicBool,
    /// Tools: the block in the text must do.
    tools: AtomicBool,
    /// A message of the role `system`: the rules stand before the first words then.
    system: AtomicBool,
}

impl OpenAi {
    /// At an address that ends in `/v1`, or in whatever stands before `/chat/completions`.
    pub(in crate::ai) fn new(base_url: &str, key: Option<SecretString>) -> Self {
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix("/chat/completions").unwrap_or(base);
        let host = url::Url::parse(base).ok().and_then(|url| url.host_str().map(str::to_owned));
        let is_azure = host.is_some_and(|host| host.ends_with(".openai.azure.com"));
        let lacks = Lacks::default();
        // Only the vendor's own newest models insist on the newer name.
        lacks.max_completion_tokens.store(!base.starts_with(BASE_URL) && !is_azure, Ordering::Relaxed);
        Self { url: format!("{base}/chat/completions"), key, is_azure, lacks }
    }

    fn body(&self, request: &Request) -> Value {
        let lacks = |what: &AtomicBool| what.load(Ordering::Relaxed);
        let mut turns: Vec<Value> = Vec::new();
        let no_system = lacks(&self.lacks.system);
        if !no_system {
            turns.push(json!({ "role": "system", "content": request.system }));
        }
        for (at, turn) in request.turns.iter().enumerate() {
            let text = match at {
                0 if no_system => format!("{}\n\n{}", request.system, turn.text),
                _ => turn.text.clone(),
            };
            turns.push(json!({ "role": turn.role, "content": text }));
        }
        let mut body = json!({ "model": request.model, "messages": turns, "stream": true });
        let limit =
            if lacks(&self.lacks.max_completion_tokens) { "max_tokens" } else { "max_completion_tokens" };
        body[limit] = json!(request.max_tokens);
        if !lacks(&self.lacks.counts) {
            body["stream_options"] = json!({ "include_usage": true });
        }
        if let Some(effort) = request.effort.as_ref().filter(|_| !lacks(&self.lacks.effort)) {
            body["reasoning_effort"] = json!(effort);
        }
        if !request.tools.is_empty() && !lacks(&self.lacks.tools) {
            let tools = request.tools.iter().map(|tool| {
                let Tool { name, description, schema } = tool;
                let mut function = json!({ "name": name, "description": description, "parameters": schema });
                if !lacks(&self.lacks.strict) {
                    function["strict"] = true.into();
                }
                json!({ "type": "function", "function": function })
            });
            body["tools"] = tools.collect();
        }
        if let Some(schema) = request.schema.as_ref().filter(|_| !lacks(&self.lacks.json)) {
            body["response_format"] = if lacks(&self.lacks.schema) {
                json!({ "type": "json_object" })
            } else {
                let form = json!({ "name": "answer", "strict": true, "schema": schema });
                json!({ "type": "json_schema", "json_schema": form })
            };
        }
        body
    }
}

impl Wire for OpenAi {
    fn post(&self, http: &reqwest::Client, request: &Request) -> reqwest::RequestBuilder {
        let post = http.post(&self.url).header("accept", "text/event-stream").json(&self.body(request));
        match &self.key {
            Some(key) if self.is_azure => post.header("api-key", key.expose_secret()),
            Some(key) => post.bearer_auth(key.expose_secret()),
            None => post,
        }
    }

    fn decoder(&self) -> Box<dyn Decoder> {
        Box::<Reader>::default()
    }

    fn learn(&self, status: u16, message: &str) -> bool {
        if !matches!(status, 400 | 422 | 500) {
            return false;
        }
        let named = |words: &[&str]| words.iter().any(|word| message.contains(word));
        let (limit, lacks) = (&self.lacks.max_completion_tokens, &self.lacks);
        if named(&["stream_options", "include_usage"]) {
            !lacks.counts.swap(true, Ordering::Relaxed)
        } else if named(&["reasoning_effort"]) {
            !lacks.effort.swap(true, Ordering::Relaxed)
        } else if named(&["response_format", "json_schema", "json_object"]) {
            !lacks.schema.swap(true, Ordering::Relaxed) || !lacks.json.swap(true, Ordering::Relaxed)
        } else if named(&["strict"]) && !lacks.strict.load(Ordering::Relaxed) {
            !lacks.strict.swap(true, Ordering::Relaxed)
        } else if named(&["tools", "tool_choice", "function", "strict"]) {
            !lacks.tools.swap(true, Ordering::Relaxed)
        } else if named(&["max_completion_tokens"]) && !limit.load(Ordering::Relaxed) {
            !limit.swap(true, Ordering::Relaxed)
        } else if named(&["max_tokens"]) && limit.load(Ordering::Relaxed) {
            limit.swap(false, Ordering::Relaxed)
        } else if named(&["system role", "System role"]) {
            !lacks.system.swap(true, Ordering::Relaxed)
        } else {
            false
        }
    }
}

#[derive(Deserialize)]
struct Chunk {
    #[serde(default)]
    choices: Vec<Choice>,
    usage: Option<Counts>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    #[serde(default, alias = "message")]
    delta: Option<Delta>,
    finish_reason: Option<String>,
}

#[derive(Deserialize, Default)]
struct Delta {
    content: Option<String>,
    refusal: Option<String>,
    #[serde(default)]
    tool_calls: Option<Vec<ToolCall>>,
}

/// A piece of a call.
#[derive(Deserialize)]
struct ToolCall {
    /// Its place; servers that send calls whole may leave it out.
    index: Option<u64>,
    #[serde(default)]
    function: Function,
}

#[derive(Deserialize, Default)]
struct Function {
    name: Option<String>,
    /// JSON as text; some servers send it as it is.
    arguments: Option<Value>,
}

#[derive(Deserialize)]
struct Counts {
    #[serde(default)]
    prompt_tokens: u64,
    #[serde(default)]
    completion_tokens: u64,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
}

#[derive(Deserialize, Default)]
struct Details {
    #[serde(default)]
    cached_tokens: Option<u64>,
}

/// Reads one answer.
#[derive(Default)]
struct Reader {
    complete: bool,
    calls: Calls,
}

impl Reader {
    fn chunk(&mut self, chunk: Chunk, into: &mut Vec<Event>) -> Result<(), ProviderError> {
        if let Some(error) = chunk.error.filter(|error| !error.is_null()) {
            let words = super::error::words_of(&json!({ "error": error }).to_string());
            return Err(ProviderError::Broken(words));
        }
        if let Some(counts) = chunk.usage {
            let cached = counts.prompt_tokens_details.and_then(|d| d.cached_tokens).unwrap_or(0);
            into.push(Event::Usage(Usage {
                input: counts.prompt_tokens.saturating_sub(cached),
                output: counts.completion_tokens,
                cache_read: cached,
                cache_write: 0,
            }));
        }
        // One answer was asked for.
        let Some(choice) = chunk.choices.into_iter().next() else { return Ok(()) };
        let delta = choice.delta.unwrap_or_default();
        for (place, call) in (0_u64..).zip(delta.tool_calls.unwrap_or_default()) {
            let input = match call.function.arguments {
                Some(Value::String(text)) => text,
                Some(Value::Null) | None => String::new(),
                Some(whole) => whole.to_string(),
            };
            self.calls.add(call.index.unwrap_or(place), call.function.name.as_deref(), &input);
        }
        match delta.content {
            Some(text) if !text.is_empty() => into.push(Event::Text(text)),
            _ => into.push(Event::Thinking),
        }
        let refused = delta.refusal.is_some_and(|refusal| !refusal.is_empty());
        if refused {
            into.push(Event::Stop(Stop::Refusal));
        }
        if let Some(reason) = choice.finish_reason.filter(|reason| !reason.is_empty()) {
            self.calls.end_all(into);
            if !refused {
                into.push(Event::Stop(stop(&reason)));
            }
            // Some servers never say `[DONE]`.
            self.complete = true;
        }
        Ok(())
    }
}

impl Decoder for Reader {
    fn read(&mut self, data: &str, into: &mut Vec<Event>) -> Result<(), ProviderError> {
        if data.trim() == "[DONE]" {
            self.complete = true;
            self.calls.end_all(into);
            return Ok(());
        }
        let chunk = serde_json::from_str(data).map_err(|_| ProviderError::Garbage("an event is no chunk"))?;
        self.chunk(chunk, into)
    }

    fn whole(&mut self, body: &str, into: &mut Vec<Event>) -> Result<(), ProviderError> {
        let chunk: Chunk =
            serde_json::from_str(body).map_err(|_| ProviderError::Garbage("it is no completion"))?;
        let is_one = !chunk.choices.is_empty() || chunk.error.is_some();
        self.chunk(chunk, into)?;
        if !is_one {
            return Err(ProviderError::Garbage("it is no completion"));
        }
        self.complete = true;
        Ok(())
    }

    fn is_complete(&self) -> bool {
        self.complete
    }
}

fn stop(reason: &str) -> Stop {
    match reason {
        "stop" | "eos" => Stop::End,
        "length" => Stop::MaxTokens,
        "tool_calls" | "function_call" => Stop::ToolUse,
        "content_filter" => Stop::Refusal,
        _ => Stop::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ai::provider::{Role, Turn};

    fn request() -> Request {
        Request {
            model: "m".to_owned(),
            max_tokens: 9,
            effort: None,
            system: "rules".to_owned(),
            turns: vec![Turn { role: Role::User, text: "hello".to_owned(), cached: false }],
            schema: None,
            tools: Vec::new(),
        }
    }

    #[test]
    fn a_field_that_a_server_refuses_is_left_out_from_then_on() {
        let server = OpenAi::new("http://127.0.0.1:1/v1/", None);
        assert!(server.body(&request())["stream_options"]["include_usage"] == true);
        assert!(server.learn(400, "unknown field `stream_options`"));
        assert!(server.body(&request()).get("stream_options").is_none());
        assert!(!server.learn(400, "unknown field `stream_options`"), "nothing is left to leave out");
        assert!(!server.learn(401, "stream_options"));
    }

    #[test]
    fn the_limit_has_the_name_that_the_server_wants() {
        let server = OpenAi::new("http://127.0.0.1:1/v1", None);
        assert_eq!(server.body(&request())["max_tokens"], 9);
        assert!(server.learn(400, "'max_tokens' is not supported: use 'max_completion_tokens'"));
        assert_eq!(server.body(&request())["max_completion_tokens"], 9);
    }

    #[test]
    fn a_form_is_asked_for_as_far_as_the_server_has_it() {
        let server = OpenAi::new("http://127.0.0.1:1/v1", None);
        let request = Request { schema: Some(json!({ "type": "object" })), ..request() };
        let form = || server.body(&request)["response_format"]["type"].clone();
        assert_eq!(form(), "json_schema");
        assert!(server.learn(400, "response_format: json_schema is not supported"));
        assert_eq!(form(), "json_object");
        assert!(server.learn(400, "unknown field `response_format`"));
        assert!(form().is_null() && !server.learn(400, "unknown field `response_format`"));
    }

    #[test]
    fn a_tool_is_offered_as_far_as_the_server_has_it() {
        let server = OpenAi::new("http://127.0.0.1:1/v1", None);
        let tool = Tool { name: "suggest_fix", description: "d", schema: json!({ "type": "object" }) };
        let request = Request { tools: vec![tool], ..request() };
        assert_eq!(server.body(&request)["tools"][0]["function"]["strict"], true);
        assert!(server.body(&request).get("tool_choice").is_none());
        assert!(server.learn(400, "model does not support tools"));
        assert!(server.body(&request).get("tools").is_none() && !server.learn(400, "tools"));
    }

    #[test]
    fn a_call_is_read_from_its_fragments() {
        let (mut reader, mut into) = (Reader::default(), Vec::new());
        for data in [
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"suggest_fix","arguments":""}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"title\": "}}]}}]}"#,
            r#"{"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"\"x\"}"}}]}}]}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#,
            "[DONE]",
        ] {
            reader.read(data, &mut into).unwrap();
        }
        let call = Event::Call { name: "suggest_fix".to_owned(), input: json!({ "title": "x" }) };
        assert_eq!(into.iter().filter(|event| **event == call).count(), 1, "{into:?}");
        assert!(reader.is_complete() && into.contains(&Event::Stop(Stop::ToolUse)));
    }

    #[test]
    fn rules_go_before_the_first_words_where_there_is_no_system_role() {
        let server = OpenAi::new("http://127.0.0.1:1/v1", None);
        assert!(server.learn(500, "System role not supported"));
        assert_eq!(server.body(&request())["messages"][0]["content"], "rules\n\nhello");
    }

    #[test]
    fn chunks_are_read_to_their_end() {
        let (mut reader, mut into) = (Reader::default(), Vec::new());
        for data in [
            r#"{"choices":[{"delta":{"role":"assistant","content":""},"finish_reason":null}]}"#,
            r#"{"choices":[{"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}"#,
            r#"{"choices":[{"delta":{},"finish_reason":"length"}]}"#,
            r#"{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":20}}}"#,
            "[DONE]",
        ] {
            reader.read(data, &mut into).unwrap();
        }
        assert!(reader.is_complete() && into.contains(&Event::Text("Hi".to_owned())));
        assert!(into.contains(&Event::Stop(Stop::MaxTokens)));
        let usage = Usage { input: 10, output: 2, cache_read: 20, cache_write: 0 };
        assert!(into.contains(&Event::Usage(usage)), "{into:?}");
    }

    #[test]
    fn an_error_in_the_middle_is_an_error() {
        let found = Reader::default().read(r#"{"error":{"message":"out of memory"}}"#, &mut Vec::new());
        assert_eq!(found, Err(ProviderError::Broken("out of memory".to_owned())));
    }
}
