//! The two protocols: what they refuse, and how an answer looks.

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::{Value, json};

use crate::Asked;
use crate::reply::{End, Reply};

/// A protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    /// Anthropic's Messages.
    Anthropic,
    /// `OpenAI`'s chat completions.
    OpenAi,
}

/// What newer models of Anthropic refuse.
const REFUSED: [&str; 3] = ["temperature", "top_p", "top_k"];

/// Whether the vendor would take it.
pub(crate) fn check(wire: Wire, asked: &Asked) -> Result<(), String> {
    let body = &asked.body;
    let turns =
        body["messages"].as_array().filter(|turns| !turns.is_empty()).ok_or("messages: is missing")?;
    if !body["model"].is_string() {
        return Err("model: is missing".to_owned());
    }
    if turns.last().is_none_or(|turn| turn["role"] != "user") {
        return Err("messages: the last one must be the user's".to_owned());
    }
    if wire == Wire::OpenAi {
        return Ok(());
    }
    if asked.version.is_none() {
        return Err("anthropic-version: header is required".to_owned());
    }
    if !body["max_tokens"].is_u64() {
        return Err("max_tokens: is missing".to_owned());
    }
    if let Some(field) = REFUSED.iter().find(|field| body.get(**field).is_some()) {
        return Err(format!("{field}: is not supported"));
    }
    if body["tool_choice"]["type"].as_str().is_some_and(|choice| choice != "auto") {
        return Err("tool_choice: a model that thinks cannot be forced".to_owned());
    }
    let marks = body.to_string().matches("cache_control").count();
    if marks > 4 { Err(format!("cache_control: {marks} blocks, at most 4")) } else { Ok(()) }
}

/// Every text of a request, one after the other.
pub(crate) fn told(body: &Value) -> String {
    fn texts(value: &Value, into: &mut Vec<String>) {
        match value {
            Value::String(text) => into.push(text.clone()),
            Value::Array(parts) => parts.iter().for_each(|part| texts(part, into)),
            Value::Object(part) => {
                ["system", "messages", "content", "text"]
                    .iter()
                    .filter_map(|name| part.get(*name))
                    .for_each(|part| texts(part, into));
            }
            _ => {}
        }
    }
    let mut into = Vec::new();
    texts(body, &mut into);
    into.join("\n")
}

/// The code of the session that a prompt names.
fn code(told: &str) -> String {
    let found = told.rsplit_once("The code of this session is ");
    found.map_or_else(String::new, |(_, rest)| rest.chars().take_while(char::is_ascii_hexdigit).collect())
}

/// The body of an answer.
pub(crate) fn stream(
    wire: Wire,
    asked: &Asked,
    reply: Reply,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let told = asked.told();
    let code = code(&told);
    let mut events: Vec<(Duration, Vec<u8>)> = Vec::new();
    let hangs = reply.end == End::Hang;
    if let Some(raw) = reply.raw {
        events.push((Duration::ZERO, raw));
    } else {
        let mut pieces: Vec<String> = reply.pieces.iter().map(|piece| piece.replace("CODE", &code)).collect();
        if reply.repeats_prompt {
            pieces.push(told);
        }
        if reply.spelled {
            pieces = pieces.concat().chars().map(String::from).collect();
        }
        let counts = reply.counts;
        let wants_counts = asked.body["stream_options"]["include_usage"] == true;
        let (begin, end) = match wire {
            Wire::Anthropic => (anthropic_begin(counts), anthropic_end(&reply.end, counts)),
            Wire::OpenAi => (String::new(), openai_end(&reply.end, counts, wants_counts)),
        };
        events.push((Duration::ZERO, begin.into_bytes()));
        for piece in pieces {
            events.push((reply.pause, said(wire, &piece).into_bytes()));
        }
        for (place, (name, input)) in reply.calls.iter().enumerate() {
            events.push((reply.pause, called(wire, place, name, input).into_bytes()));
        }
        events.push((Duration::ZERO, end.into_bytes()));
    }
    let at_once = reply.at_once;
    let chunks = events.into_iter().flat_map(move |(pause, bytes)| {
        let parts: Vec<Vec<u8>> = bytes.chunks(at_once.min(bytes.len().max(1))).map(<[u8]>::to_vec).collect();
        parts
            .into_iter()
            .enumerate()
            .map(move |(n, part)| (if n == 0 { pause } else { Duration::ZERO }, part))
    });
    let sent = stream::iter(chunks.collect::<Vec<_>>()).then(|(pause, part)| async move {
        tokio::time::sleep(pause).await;
        Ok::<_, Infallible>(Bytes::from(part))
    });
    // A stream that never ends keeps the connection open.
    let rest =
        stream::iter(hangs.then_some(())).then(|()| std::future::pending::<Result<Bytes, Infallible>>());
    sent.chain(rest)
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}

fn said(wire: Wire, piece: &str) -> String {
    match wire {
        Wire::Anthropic => event(
            "content_block_delta",
            &json!({ "type": "content_block_delta", "index": 0, "delta": { "type": "text_delta", "text": piece } }),
        ),
        Wire::OpenAi => {
            let choice = json!({ "index": 0, "delta": { "content": piece }, "finish_reason": null });
            format!("data: {}\n\n", json!({ "object": "chat.completion.chunk", "choices": [choice] }))
        }
    }
}

/// A call of a tool, its input in fragments.
fn called(wire: Wire, place: usize, name: &str, input: &str) -> String {
    let letters: Vec<char> = input.chars().collect();
    let fragments = letters.chunks(5).map(String::from_iter);
    match wire {
        Wire::Anthropic => {
            let index = place + 1;
            let block =
                json!({ "type": "tool_use", "id": format!("toolu_{place}"), "name": name, "input": {} });
            let start = json!({ "type": "content_block_start", "index": index, "content_block": block });
            let mut events = event("content_block_start", &start);
            for fragment in fragments {
                let delta = json!({ "type": "input_json_delta", "partial_json": fragment });
                let data = json!({ "type": "content_block_delta", "index": index, "delta": delta });
                events.push_str(&event("content_block_delta", &data));
            }
            events + &event("content_block_stop", &json!({ "type": "content_block_stop", "index": index }))
        }
        Wire::OpenAi => {
            let chunk = |call: Value| {
                let choice = json!({ "index": 0, "delta": { "tool_calls": [call] }, "finish_reason": null });
                format!("data: {}\n\n", json!({ "object": "chat.completion.chunk", "choices": [choice] }))
            };
            let function = json!({ "name": name, "arguments": "" });
            let id = format!("call_{place}");
            let mut events =
                chunk(json!({ "index": place, "id": id, "type": "function", "function": function }));
            for fragment in fragments {
                events.push_str(&chunk(json!({ "index": place, "function": { "arguments": fragment } })));
            }
            events
        }
    }
}

fn anthropic_begin([read, _, cached, kept]: [u64; 4]) -> String {
    let usage = json!({
        "input_tokens": read, "output_tokens": 1, "cache_read_input_tokens": cached, "cache_creation_input_tokens": kept,
    });
    let start =
        json!({ "type": "message_start", "message": { "id": "msg_1", "role": "assistant", "usage": usage } });
    let block =
        json!({ "type": "content_block_start", "index": 0, "content_block": { "type": "text", "text": "" } });
    [
        event("message_start", &start),
        event("ping", &json!({ "type": "ping" })),
        event("content_block_start", &block),
    ]
    .concat()
}

fn anthropic_end(end: &End, counts: [u64; 4]) -> String {
    let stop = |reason: &str| {
        let delta = json!({
            "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null },
            "usage": { "output_tokens": counts[1] },
        });
        [
            event("content_block_stop", &json!({ "type": "content_block_stop", "index": 0 })),
            event("message_delta", &delta),
            event("message_stop", &json!({ "type": "message_stop" })),
        ]
        .concat()
    };
    match end {
        End::Stop(reason) => stop(reason),
        End::Cut | End::Hang => String::new(),
        End::Error(kind) => event(
            "error",
            &json!({ "type": "error", "error": { "type": kind, "message": "as the test wants it" } }),
        ),
    }
}

fn openai_end(end: &End, [read, written, cached, _]: [u64; 4], wants_counts: bool) -> String {
    let reason = match end {
        End::Stop("max_tokens") => "length",
        End::Stop("refusal") => "content_filter",
        End::Stop("tool_use") => "tool_calls",
        End::Stop(_) => "stop",
        End::Cut | End::Hang => return String::new(),
        End::Error(kind) => return format!("data: {}\n\n", json!({ "error": { "message": kind } })),
    };
    let last = json!({ "choices": [{ "index": 0, "delta": {}, "finish_reason": reason }] });
    let usage = json!({ "choices": [], "usage": {
        "prompt_tokens": read + cached, "completion_tokens": written,
        "prompt_tokens_details": { "cached_tokens": cached },
    } });
    let counts = if wants_counts { format!("data: {usage}\n\n") } else { String::new() };
    format!("data: {last}\n\n{counts}data: [DONE]\n\n")
}
