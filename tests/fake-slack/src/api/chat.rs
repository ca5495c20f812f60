//! `chat.postMessage`, `update`, `delete`, `postEphemeral`.

use serde_json::{Map, Value, json};

use super::{Args, Done, Refusal, Turn};
use crate::check::check_message;
use crate::world::{Channel, ChannelKind, Message};

/// The content of a message among the arguments.
pub(super) struct Content {
    text: Option<String>,
    blocks: Option<Vec<Value>>,
    metadata: Option<Value>,
    /// As it was sent, to be checked.
    pub(super) payload: Value,
}

impl Content {
    pub(super) fn of(args: &Args) -> Result<Self, Refusal> {
        let mut payload = Map::new();
        let blocks = args.json("blocks", "invalid_blocks_format")?;
        let metadata = args.json("metadata", "invalid_metadata_format")?;
        let attachments = args.json("attachments", "invalid_attachments")?;
        let markdown = args.text("markdown_text");
        let texts = [("text", args.text("text")), ("markdown_text", markdown)];
        for (name, text) in texts.into_iter().filter_map(|(name, text)| Some((name, text?))) {
            payload.insert(name.to_owned(), text.into());
        }
        let parts = [("blocks", &blocks), ("metadata", &metadata), ("attachments", &attachments)];
        for (name, value) in parts.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))) {
            payload.insert(name.to_owned(), value);
        }
        let as_block = markdown.map(|text| vec![json!({ "type": "markdown", "text": text })]);
        let blocks = blocks.map(|blocks| blocks.as_array().cloned().unwrap_or_default()).or(as_block);
        let text = args.text("text").or(markdown).map(str::to_owned);
        Ok(Self { text, blocks, metadata, payload: Value::Object(payload) })
    }
}

pub(super) fn post(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    let content = Content::of(&turn.args)?;
    writable(turn, &channel)?;
    turn.refuse(check_message(&content.payload), content.payload.clone())?;
    let thread = root(turn, &channel.id)?;
    let message = new_message(turn, &channel, thread, content);
    let body = json!({ "channel": channel.id, "ts": message.ts, "message": message.json() });
    show(turn, &channel, message);
    Ok(body)
}

pub(super) fn ephemeral(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    let content = Content::of(&turn.args)?;
    writable(turn, &channel)?;
    let user = turn.args.must("user")?.to_owned();
    if !channel.members.contains(&user) {
        return Err(Refusal::new("user_not_in_channel"));
    }
    turn.refuse(check_message(&content.payload), content.payload.clone())?;
    let thread = root(turn, &channel.id)?;
    let message = Message { only_for: Some(user), ..new_message(turn, &channel, thread, content) };
    let ts = message.ts.clone();
    turn.world.messages.push(message);
    Ok(json!({ "message_ts": ts }))
}

pub(super) fn update(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    let ts = turn.args.must("ts")?.to_owned();
    let content = Content::of(&turn.args)?;
    let old = own(turn, &channel.id, &ts, "cant_update_message")?;
    if old.stream.as_ref().is_some_and(|stream| stream.open) {
        return Err(Refusal::new("streaming_state_conflict"));
    }
    turn.refuse(check_message(&content.payload), content.payload.clone())?;
    let Some(message) = turn.world.message(&channel.id, &ts) else {
        return Err(Refusal::new("message_not_found"));
    };
    replace(message, content);
    let new = message.clone();
    echo_change(turn, &channel, &old, &new);
    Ok(json!({ "channel": channel.id, "ts": ts, "text": new.text, "message": new.json() }))
}

pub(super) fn delete(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    let ts = turn.args.must("ts")?.to_owned();
    own(turn, &channel.id, &ts, "cant_delete_message")?;
    if let Some(message) = turn.world.message(&channel.id, &ts) {
        message.deleted = true;
    }
    Ok(json!({ "channel": channel.id, "ts": ts }))
}

/// Puts content in the place of a message's own. What is not given stays: blocks go with an empty list, metadata with
/// an empty object.
fn replace(message: &mut Message, content: Content) {
    message.before.push((message.text.clone(), message.blocks.clone()));
    message.edits += 1;
    message.blocks = content.blocks.unwrap_or_else(|| std::mem::take(&mut message.blocks));
    message.text = content.text.unwrap_or_else(|| std::mem::take(&mut message.text));
    match content.metadata {
        Some(Value::Object(empty)) if empty.is_empty() => message.metadata = None,
        Some(metadata) => message.metadata = Some(metadata),
        None => {}
    }
}

/// A message of the app's own that everybody sees.
pub(super) fn own(turn: &mut Turn<'_>, channel: &str, ts: &str, error: &str) -> Result<Message, Refusal> {
    let bot = turn.workspace.bot_user.clone();
    let message = turn.world.message(channel, ts).filter(|message| message.only_for.is_none());
    let message = message.ok_or_else(|| Refusal::new("message_not_found"))?;
    if message.user == bot { Ok(message.clone()) } else { Err(Refusal::new(error)) }
}

/// Whether the bot may write there.
pub(super) fn writable(turn: &Turn<'_>, channel: &Channel) -> Result<(), Refusal> {
    if channel.archived {
        return Err(Refusal::new("is_archived"));
    }
    let member = channel.members.contains(&turn.workspace.bot_user);
    let public = turn.scopes.iter().any(|scope| scope == "chat:write.public");
    if member || (public && channel.kind == ChannelKind::Public) {
        Ok(())
    } else {
        Err(Refusal::new("not_in_channel"))
    }
}

/// The thread that the message goes to. Slack takes a reply's `ts` as well; the thread is then its parent's.
pub(super) fn root(turn: &mut Turn<'_>, channel: &str) -> Result<Option<String>, Refusal> {
    let Some(ts) = turn.args.text("thread_ts").map(str::to_owned) else { return Ok(None) };
    match turn.world.message(channel, &ts) {
        Some(message) => Ok(Some(message.root().to_owned())),
        None => Err(Refusal::new("thread_not_found")),
    }
}

/// A message of the bot with this content.
pub(super) fn new_message(
    turn: &mut Turn<'_>,
    channel: &Channel,
    thread: Option<String>,
    content: Content,
) -> Message {
    Message {
        channel: channel.id.clone(),
        ts: turn.world.ts(),
        thread,
        user: turn.workspace.bot_user.clone(),
        bot_id: Some(turn.workspace.bot_id.clone()),
        text: content.text.unwrap_or_default(),
        blocks: content.blocks.unwrap_or_default(),
        metadata: content.metadata,
        ..Message::empty()
    }
}

/// Puts a message of the bot into its channel, and tells the app.
pub(super) fn show(turn: &mut Turn<'_>, channel: &Channel, message: Message) {
    let mut event = message.json();
    event["channel"] = channel.id.as_str().into();
    event["channel_type"] = channel.kind.event_type().into();
    event["event_ts"] = message.ts.as_str().into();
    event["team"] = turn.workspace.team.as_str().into();
    event["app_id"] = turn.world.options.app_id.as_str().into();
    turn.world.echoes.push((channel.id.clone(), event));
    turn.world.messages.push(message);
}

/// Tells the app that a message of its own was changed.
pub(super) fn echo_change(turn: &mut Turn<'_>, channel: &Channel, old: &Message, new: &Message) {
    let ts = turn.world.ts();
    let event = json!({
        "type": "message",
        "subtype": "message_changed",
        "hidden": true,
        "message": new.json(),
        "previous_message": old.json(),
        "channel": channel.id,
        "channel_type": channel.kind.event_type(),
        "ts": ts,
        "event_ts": ts,
    });
    turn.world.echoes.push((channel.id.clone(), event));
}
