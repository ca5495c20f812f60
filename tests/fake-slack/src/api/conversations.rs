//! Channels, who is in them, and what was said in a thread.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::world::{Channel, Kind, Message};

pub(super) fn info(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    Ok(json!({ "channel": channel.json(&turn.workspace.bot_user) }))
}

pub(super) fn list(turn: &mut Turn<'_>) -> Done {
    let types = turn.args.text("types").unwrap_or("public_channel").to_owned();
    let archived = !turn.args.flag("exclude_archived");
    let bot = turn.workspace.bot_user.clone();
    let wanted = |channel: &&Channel| {
        let kind = channel.kind.list_type();
        let hidden = kind != "public_channel" && !channel.members.contains(&bot);
        types.split(',').any(|name| name.trim() == kind) && !hidden && (archived || !channel.archived)
    };
    let here = turn.world.channels.values().filter(|channel| turn.reaches(&channel.team));
    let all: Vec<_> = here.filter(wanted).map(|channel| channel.json(&bot)).collect();
    let (channels, next) = page(turn, all, 100)?;
    Ok(json!({ "channels": channels, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn members(turn: &mut Turn<'_>) -> Done {
    let all = turn.channel("channel")?.members.into_iter().map(Value::from).collect();
    let (members, next) = page(turn, all, 100)?;
    Ok(json!({ "members": members, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn replies(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    if !channel.members.contains(&turn.workspace.bot_user) {
        return Err(Refusal::new("not_in_channel"));
    }
    let ts = turn.args.must("ts")?.to_owned();
    let root = turn.world.message(&channel.id, &ts).map(|message| message.root().to_owned());
    let root = root.ok_or_else(|| Refusal::new("thread_not_found"))?;
    let with_metadata = turn.args.flag("include_all_metadata");
    let oldest = turn.args.text("oldest").unwrap_or_default().to_owned();
    let latest = turn.args.text("latest").map(str::to_owned);
    let wanted = |message: &&Message| {
        let in_thread = message.channel == channel.id && message.root() == root;
        // The first message of a thread is always told.
        let in_time = message.thread.is_none()
            || (message.ts > oldest && latest.as_ref().is_none_or(|latest| message.ts < *latest));
        in_thread && in_time && !message.deleted && message.only_for.is_none()
    };
    let told = |message: &Message| {
        let mut told = read(message, &channel, with_metadata);
        if message.thread.is_none() {
            told["thread_ts"] = message.ts.as_str().into();
        }
        told
    };
    let all: Vec<_> = turn.world.messages.iter().filter(wanted).map(told).collect();
    let (messages, next) = page(turn, all, 1_000)?;
    let has_more = !next.is_empty();
    Ok(json!({ "messages": messages, "has_more": has_more, "response_metadata": { "next_cursor": next } }))
}

pub(super) fn history(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    if !channel.members.contains(&turn.workspace.bot_user) {
        return Err(Refusal::new("not_in_channel"));
    }
    let with_metadata = turn.args.flag("include_all_metadata");
    let wanted = |message: &&Message| {
        let seen = !message.deleted && message.only_for.is_none();
        seen && message.channel == channel.id && message.thread.is_none()
    };
    // Newest first, and answers in threads are not told.
    let messages = turn.world.messages.iter().rev().filter(wanted);
    let all: Vec<_> = messages.map(|message| read(message, &channel, with_metadata)).collect();
    let (messages, next) = page(turn, all, 100)?;
    let has_more = !next.is_empty();
    Ok(json!({ "messages": messages, "has_more": has_more, "response_metadata": { "next_cursor": next } }))
}

/// A message as whoever reads a channel is told it.
fn read(message: &Message, channel: &Channel, with_metadata: bool) -> Value {
    let mut told = message.json();
    if let Some(told) = told.as_object_mut().filter(|_| !with_metadata) {
        told.remove("metadata");
    }
    told["team"] = channel.team.as_str().into();
    told
}

pub(super) fn open(turn: &mut Turn<'_>) -> Done {
    if turn.args.has("channel") {
        let channel = turn.channel("channel")?;
        return Ok(json!({ "channel": { "id": channel.id } }));
    }
    let users = turn.args.text("users").ok_or_else(|| Refusal::new("users_list_not_supplied"))?.to_owned();
    if users.contains(',') {
        return Err(Refusal::new("method_not_supported_for_channel_type"));
    }
    match turn.world.people.get(&users).map(|person| person.kind) {
        None => return Err(Refusal::new("user_not_found")),
        Some(Kind::Deactivated) => return Err(Refusal::new("user_disabled")),
        Some(_) => {}
    }
    let id = turn.world.direct(&turn.workspace.team, &users);
    Ok(json!({ "channel": { "id": id }, "no_op": true, "already_open": true }))
}

/// One page of a list, and the cursor of the next.
fn page(turn: &Turn<'_>, all: Vec<Value>, usual: usize) -> Result<(Vec<Value>, String), Refusal> {
    let limit = turn.args.number("limit").unwrap_or(usual).clamp(1, 1_000);
    let from = match turn.args.text("cursor") {
        None => 0,
        Some(cursor) => cursor
            .strip_prefix("from:")
            .and_then(|from| from.parse().ok())
            .ok_or_else(|| Refusal::new("invalid_cursor"))?,
    };
    let more = all.len() > from + limit;
    let next = if more { format!("from:{}", from + limit) } else { String::new() };
    Ok((all.into_iter().skip(from).take(limit).collect(), next))
}
