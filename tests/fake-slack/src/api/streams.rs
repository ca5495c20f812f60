//! Text that grows: `chat.startStream`, `appendStream`, `stopStream`.

use serde_json::{Value, json};

use super::chat::{self, Content};
use super::{Done, Refusal, Turn};
use crate::check::{MARKDOWN, Problem, check_blocks, check_message};
use crate::world::{Channel, ChannelKind, Message, Stream, World};

pub(super) fn start(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    chat::writable(turn, &channel)?;
    if channel.kind != ChannelKind::Direct {
        for name in ["recipient_user_id", "recipient_team_id"] {
            if !turn.args.has(name) {
                return Err(Refusal::new(&format!("missing_{name}")));
            }
        }
    }
    let known = |world: &World, name: &str| match turn.args.text(name) {
        Some(id) if name == "recipient_user_id" => world.people.contains_key(id),
        Some(id) => world.workspaces.contains_key(id),
        None => true,
    };
    for (name, error) in [("recipient_user_id", "user_not_found"), ("recipient_team_id", "team_not_found")] {
        if !known(turn.world, name) {
            return Err(Refusal::new(error));
        }
    }
    let chunks = new_chunks(turn)?;
    let thread = chat::root(turn, &channel.id)?.ok_or_else(|| Refusal::missing(&["thread_ts"]))?;
    let stream = Stream { open: true, ..Stream::default() };
    let mut message = Message {
        channel: channel.id.clone(),
        ts: turn.world.ts(),
        thread: Some(thread),
        user: turn.workspace.bot_user.clone(),
        bot_id: Some(turn.workspace.bot_id.clone()),
        stream: Some(stream),
        ..Message::empty()
    };
    take(&mut message, chunks);
    let ts = message.ts.clone();
    chat::show(turn, &channel, message);
    Ok(json!({ "channel": channel.id, "ts": ts }))
}

pub(super) fn append(turn: &mut Turn<'_>) -> Done {
    let (channel, ts) = streaming(turn)?;
    let chunks = new_chunks(turn)?;
    must_fit(turn, &channel.id, &ts, &chunks)?;
    if let Some(message) = turn.world.message(&channel.id, &ts) {
        take(message, chunks);
    }
    Ok(json!({ "channel": channel.id, "ts": ts }))
}

pub(super) fn stop(turn: &mut Turn<'_>) -> Done {
    let (channel, ts) = streaming(turn).map_err(|refusal| match refusal.is("stopped_by_user") {
        true => Refusal::new("message_not_in_streaming_state"),
        false => refusal,
    })?;
    let chunks = new_chunks(turn)?;
    must_fit(turn, &channel.id, &ts, &chunks)?;
    let content = Content::of(&turn.args)?;
    let mut payload = content.payload;
    // The text of a stream is what was streamed, so only its blocks are looked at.
    payload["text"] = "…".into();
    if let Some(payload) = payload.as_object_mut() {
        payload.remove("markdown_text");
    }
    turn.refuse(check_message(&payload), payload.clone())?;
    let Some(message) = turn.world.message(&channel.id, &ts) else {
        return Err(Refusal::new("message_not_found"));
    };
    take(message, chunks);
    if let Some(stream) = &mut message.stream {
        stream.open = false;
    }
    message.blocks.extend(payload["blocks"].as_array().cloned().unwrap_or_default());
    if payload["metadata"].is_object() {
        message.metadata = Some(payload["metadata"].clone());
    }
    let new = message.clone();
    chat::echo_change(turn, &channel, &new, &new);
    Ok(json!({ "channel": channel.id, "ts": ts, "message": new.json() }))
}

/// A message does not grow longer than what could be posted at once.
fn must_fit(turn: &mut Turn<'_>, channel: &str, ts: &str, chunks: &[Value]) -> Result<(), Refusal> {
    let there = turn.world.message(channel, ts).map_or(0, |message| message.text.chars().count());
    let more: usize = chunks.iter().filter_map(|c| c["text"].as_str()).map(|text| text.chars().count()).sum();
    let pointer = "/markdown_text".to_owned();
    let problem = Problem { error: "msg_too_long", pointer, message: "the message is too long".to_owned() };
    let problems = if there + more > MARKDOWN { vec![problem] } else { Vec::new() };
    turn.refuse(problems, json!({ "chunks": chunks }))
}

/// The stream that the call is about, if it is the app's own and still open.
fn streaming(turn: &mut Turn<'_>) -> Result<(Channel, String), Refusal> {
    let channel = turn.channel("channel")?;
    let ts = turn.args.must("ts")?.to_owned();
    let message = chat::own(turn, &channel.id, &ts, "message_not_owned_by_app")?;
    match message.stream {
        Some(Stream { stopped_by_user: true, .. }) => Err(Refusal::new("stopped_by_user")),
        Some(Stream { open: true, .. }) => Ok((channel, ts)),
        _ => Err(Refusal::new("message_not_in_streaming_state")),
    }
}

/// The chunks that the call brings.
fn new_chunks(turn: &mut Turn<'_>) -> Result<Vec<Value>, Refusal> {
    let mut chunks = Vec::new();
    if let Some(text) = turn.args.text("markdown_text") {
        chunks.push(json!({ "type": "markdown_text", "text": text }));
    }
    match turn.args.json("chunks", "invalid_chunks")? {
        Some(Value::Array(more)) => chunks.extend(more),
        Some(_) => return Err(Refusal::new("invalid_chunks")),
        None => {}
    }
    let problems: Vec<_> = chunks.iter().enumerate().flat_map(|(i, chunk)| wrong(chunk, i)).collect();
    turn.refuse(problems, json!({ "chunks": chunks }))?;
    Ok(chunks)
}

fn wrong(chunk: &Value, index: usize) -> Vec<Problem> {
    let at = format!("/chunks/{index}");
    let problem = |message: &str| {
        vec![Problem { error: "invalid_chunks", pointer: at.clone(), message: message.to_owned() }]
    };
    let text = |name: &str| chunk[name].as_str().unwrap_or_default();
    match text("type") {
        "markdown_text" if text("text").is_empty() => problem("text must be more than 0 characters"),
        "markdown_text" if text("text").chars().count() > MARKDOWN => {
            vec![Problem { error: "msg_too_long", pointer: at, message: "text is too long".to_owned() }]
        }
        "task_update" if text("id").is_empty() || text("title").is_empty() => {
            problem("a task_update needs id and title")
        }
        "task_update" if !["pending", "in_progress", "complete", "error"].contains(&text("status")) => {
            problem("unknown status of a task")
        }
        "plan_update" if text("title").is_empty() => problem("a plan_update needs a title"),
        "blocks" => match chunk["blocks"].as_array() {
            Some(blocks) => check_blocks(blocks),
            None => problem("blocks must be an array"),
        },
        "markdown_text" | "task_update" | "plan_update" => Vec::new(),
        other => problem(&format!("unsupported type: {other}")),
    }
}

fn take(message: &mut Message, chunks: Vec<Value>) {
    for chunk in &chunks {
        match chunk["type"].as_str() {
            Some("markdown_text") => message.text.push_str(chunk["text"].as_str().unwrap_or_default()),
            Some("blocks") => message.blocks.extend(chunk["blocks"].as_array().cloned().unwrap_or_default()),
            _ => {}
        }
    }
    if let Some(stream) = &mut message.stream {
        stream.chunks.extend(chunks);
    }
}
