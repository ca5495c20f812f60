//! `reactions.add` and `remove`.

use serde_json::json;

use super::{Done, Refusal, Turn};

pub(super) fn add(turn: &mut Turn<'_>) -> Done {
    let (channel, ts, reaction) = target(turn)?;
    let message = turn.world.message(&channel, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    if message.reactions.contains(&reaction) {
        return Err(Refusal::new("already_reacted"));
    }
    message.reactions.push(reaction);
    Ok(json!({}))
}

pub(super) fn remove(turn: &mut Turn<'_>) -> Done {
    if !turn.args.has("channel") || !turn.args.has("timestamp") {
        return Err(Refusal::new("no_item_specified"));
    }
    let (channel, ts, reaction) = target(turn)?;
    let message = turn.world.message(&channel, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    let Some(at) = message.reactions.iter().position(|known| *known == reaction) else {
        return Err(Refusal::new("no_reaction"));
    };
    message.reactions.remove(at);
    Ok(json!({}))
}

/// Channel, message, and the bot's reaction.
fn target(turn: &mut Turn<'_>) -> Result<(String, String, (String, String)), Refusal> {
    let channel = turn.channel("channel")?;
    let name = turn.args.must("name")?.trim_matches(':').to_owned();
    let ts = turn.args.must("timestamp")?.to_owned();
    let sane = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-+:".contains(c);
    if !name.chars().all(sane) {
        return Err(Refusal::new("invalid_name"));
    }
    Ok((channel.id, ts, (name, turn.workspace.bot_user.clone())))
}
