//! `response_url`: words to whoever clicked, or in the place of what they clicked.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::check::check_message;
use crate::clock;
use crate::server::Shared;
use crate::world::{Invalid, Message, World};

/// How often a `response_url` can be used.
const USES: usize = 5;

/// Answers a call of a `response_url`.
pub(crate) async fn respond(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    Json(content): Json<Value>,
) -> Response {
    let refused = shared.with(|world| {
        let hook = world.hooks.get_mut(&id).ok_or("invalid_url")?;
        if hook.uses >= USES || clock::now() > hook.until {
            return Err("used_url");
        }
        hook.uses += 1;
        show(world, &id, &content, "response_url")
    });
    match refused {
        Ok(()) => (StatusCode::OK, "ok").into_response(),
        Err(error @ ("invalid_url" | "used_url")) => {
            (StatusCode::NOT_FOUND, Json(json!({ "ok": false, "error": error }))).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, error).into_response(),
    }
}

/// Shows content where a hook says.
pub(crate) fn show(world: &mut World, hook: &str, content: &Value, from: &str) -> Result<(), &'static str> {
    let hook = world.hooks.get(hook).cloned().ok_or("invalid_url")?;
    let original = hook.message.as_ref().and_then(|ts| {
        world.messages.iter().position(|message| message.channel == hook.channel && message.ts == *ts)
    });
    if content["delete_original"] == true {
        let at = original.ok_or("message_not_found")?;
        world.messages[at].deleted = true;
        return Ok(());
    }
    let problems = check_message(content);
    if let Some(first) = problems.iter().find(|problem| problem.refused()).map(|problem| problem.error) {
        world.invalid.push(Invalid { method: from.to_owned(), problems, payload: content.clone() });
        return Err(first);
    }
    if !problems.is_empty() {
        world.invalid.push(Invalid { method: from.to_owned(), problems, payload: content.clone() });
    }
    let text = content["text"].as_str().unwrap_or_default().to_owned();
    let blocks = content["blocks"].as_array().cloned().unwrap_or_default();
    match original.filter(|_| content["replace_original"] == true) {
        Some(at) => {
            let message = &mut world.messages[at];
            message.before.push((
                std::mem::replace(&mut message.text, text),
                std::mem::replace(&mut message.blocks, blocks),
            ));
            message.edits += 1;
        }
        None => {
            let workspace = world.workspace_of(&hook.channel);
            let everybody = content["response_type"] == "in_channel";
            let thread = content["thread_ts"].as_str().map(str::to_owned).or(hook.thread);
            let message = Message {
                channel: hook.channel,
                ts: world.ts(),
                thread,
                user: workspace.bot_user,
                bot_id: Some(workspace.bot_id),
                text,
                blocks,
                only_for: (!everybody).then_some(hook.user),
                ..Message::empty()
            };
            world.messages.push(message);
        }
    }
    Ok(())
}
