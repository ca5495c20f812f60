//! What the app says it is doing: statuses, titles, prompts.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::clock;
use crate::world::Status;

/// Prompts that Slack shows.
const PROMPTS: usize = 4;
/// Loading messages that Slack takes.
const LOADING: usize = 10;
/// Characters of each.
const LOADING_TEXT: usize = 50;

pub(super) fn status(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel_id")?;
    let thread = turn.args.must("thread_ts")?.to_owned();
    if turn.world.message(&channel.id, &thread).is_none() {
        return Err(Refusal::new("invalid_thread_ts"));
    }
    if let Some(loading) = turn.args.json("loading_messages", "invalid_arguments")? {
        let list =
            loading.as_array().ok_or_else(|| Refusal::invalid("must be an array: loading_messages"))?;
        let length = |text: &Value| text.as_str().map_or(0, |text| text.chars().count());
        if !(1..=LOADING).contains(&list.len())
            || !list.iter().all(|text| (1..=LOADING_TEXT).contains(&length(text)))
        {
            return Err(Refusal::invalid("1 to 10 texts of 1 to 50 characters: loading_messages"));
        }
    }
    remember(turn, channel.id, thread)
}

pub(super) fn session(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel_id")?;
    let known = ["active", "processing", "suspended", "closed"];
    if !known.contains(&turn.args.must("status")?) {
        return Err(Refusal::new("invalid_status"));
    }
    if turn.args.text("title").is_some_and(|title| title.chars().count() > 200) {
        return Err(Refusal::invalid("must be less than 201 characters: title"));
    }
    let thread = turn.args.text("thread_ts").ok_or_else(|| Refusal::new("thread_ts_required"))?.to_owned();
    if turn.args.text("initiator_user_id").is_some_and(|user| !channel.members.contains(user)) {
        return Err(Refusal::new("user_not_found"));
    }
    remember(turn, channel.id, thread)
}

pub(super) fn title(turn: &mut Turn<'_>) -> Done {
    turn.channel("channel_id")?;
    Ok(json!({}))
}

pub(super) fn prompts(turn: &mut Turn<'_>) -> Done {
    turn.channel("channel_id")?;
    let prompts = turn.args.json("prompts", "invalid_arguments")?.unwrap_or_default();
    let list = prompts.as_array().ok_or_else(|| Refusal::invalid("prompts must be an array"))?;
    let whole = |prompt: &Value| prompt["title"].is_string() && prompt["message"].is_string();
    if list.len() > PROMPTS || !list.iter().all(whole) {
        return Err(Refusal::invalid("prompts: at most 4, each with title and message"));
    }
    let shown = turn.args.shown();
    turn.world.prompts.push(shown);
    Ok(json!({}))
}

fn remember(turn: &mut Turn<'_>, channel: String, thread: String) -> Done {
    let status = turn.args.text("status").unwrap_or_default().to_owned();
    let (method, arguments) = (turn.method.to_owned(), turn.args.shown());
    let (at, number) = (clock::now() + turn.world.ahead, turn.world.number());
    turn.world.statuses.push(Status { channel, thread, status, method, arguments, at, number });
    Ok(json!({}))
}
