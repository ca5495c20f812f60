//! Permalinks, and what links unfurl to.

use serde_json::{Value, json};

use super::{Done, Refusal, Turn};
use crate::check::check_blocks;

pub(super) fn permalink(turn: &mut Turn<'_>) -> Done {
    let channel = turn.channel("channel")?;
    let ts = turn.args.must("message_ts")?.to_owned();
    let message = turn.world.message(&channel.id, &ts).ok_or_else(|| Refusal::new("message_not_found"))?;
    let thread = message.thread.as_ref().map(|thread| format!("?thread_ts={thread}&cid={}", channel.id));
    let domain = turn.workspace.name.to_lowercase();
    let place = format!("{}/p{}{}", channel.id, ts.replace('.', ""), thread.unwrap_or_default());
    Ok(json!({ "channel": channel.id, "permalink": format!("https://{domain}.slack.com/archives/{place}") }))
}

pub(super) fn unfurl(turn: &mut Turn<'_>) -> Done {
    let Some(unfurls) = turn.args.json("unfurls", "invalid_unfurls_format")? else {
        return Err(Refusal::new("missing_unfurls"));
    };
    let unfurls = unfurls.as_object().cloned().ok_or_else(|| Refusal::new("invalid_unfurls_format"))?;
    if unfurls.is_empty() {
        return Err(Refusal::new("missing_unfurls"));
    }
    for content in unfurls.values() {
        let blocks = content["blocks"].as_array().cloned().unwrap_or_default();
        turn.refuse(check_blocks(&blocks), content.clone())?;
    }
    if turn.args.has("unfurl_id") {
        return match turn.args.text("source") {
            Some("composer" | "conversations_history") => Ok(json!({})),
            Some(_) => Err(Refusal::new("invalid_source")),
            None => Err(Refusal::new("missing_source")),
        };
    }
    let channel = turn.args.text("channel").ok_or_else(|| Refusal::new("missing_channel"))?.to_owned();
    let ts = turn.args.text("ts").ok_or_else(|| Refusal::new("missing_ts"))?.to_owned();
    let message = turn.world.message(&channel, &ts).ok_or_else(|| Refusal::new("cannot_find_message"))?;
    if unfurls.keys().any(|link| !message.text.contains(link.as_str())) {
        return Err(Refusal::new("cannot_unfurl_url"));
    }
    message.unfurls.extend(unfurls);
    Ok(Value::Object(serde_json::Map::new()))
}
