//! `/flowpilot …`: begins work where there is no thread yet, and says what else can be typed.

use flowpilot::Result;
use flowpilot::copilot;
use flowpilot::surface::{Command, Inbound, What, accept, parse_command};
use serde_json::{Value, json};

use crate::Slack;
use crate::events::{Home, author};
use crate::wire::{SlashCommand, text};

/// Stores what was asked for; answers with what only the person sees.
///
/// # Errors
/// When it could not be stored.
pub(crate) async fn take(slack: &Slack, command: &SlashCommand) -> Result<Value> {
    let ids = (command.team_id.as_deref(), command.enterprise_id.as_deref());
    let Some(home) = Home::of(slack, ids).await? else {
        return Ok(only_you("This workspace is not connected to FlowPilot yet; an admin can connect it."));
    };
    let words = text::plain(&command.text, home.bot_user.as_deref());
    let words = words.strip_prefix('/').unwrap_or(&words);
    if let Some(answer) = answer(words, &command.command) {
        return Ok(only_you(&answer));
    }
    let (what, soon) = match parse_command(words) {
        Some(Ok((Command::Link | Command::Unlink | Command::Doctor, _))) => {
            (What::said(words), "One moment: the answer comes here, to you alone.")
        }
        _ => (What::Opened { text: words.to_owned() }, "On it: a thread opens here."),
    };
    let inbound = Inbound {
        key: format!("{}/command/{}", home.workspace, command.trigger_id),
        thread: home.thread(command.channel_id.clone()),
        author: author(&command.user_id, &command.user_name),
        files: Vec::new(),
        what,
    };
    accept(slack.engine(), &inbound, home.installation.as_deref().map(|by| by.team)).await?;
    Ok(only_you(soon))
}

/// What needs no session to be answered; `None` for work to begin.
fn answer(words: &str, command: &str) -> Option<String> {
    if words.is_empty() {
        return Some(help(command));
    }
    match parse_command(words) {
        Some(Ok((Command::Help, _))) => Some(help(command)),
        Some(Ok((Command::Sessions, _))) => Some(format!(
            "Your sessions stand on my Home tab; `sessions` lists them in a message to me, without `{command}`."
        )),
        Some(Ok((known, _))) if known.needs_session() => Some(format!(
            "`{known}` belongs to a session: say it in the session's thread, without `{command}`. To begin one: \
             `{command} start #TICKET problem`."
        )),
        _ => None,
    }
}

fn help(command: &str) -> String {
    format!(
        "`{command} start #TICKET problem` opens a thread here and begins work in it; so does mentioning me with the \
         problem. `{command} ask QUESTION` asks your library instead. In the session's thread, just write.\n\n{}",
        copilot::help()
    )
}

fn only_you(text: &str) -> Value {
    let message = crate::render::words(text);
    json!({ "response_type": "ephemeral", "text": message.text, "blocks": message.blocks })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_and_ask_open_a_thread_and_nothing_else_does() {
        assert_eq!(answer("printer is offline", "/flowpilot"), None);
        assert_eq!(answer("start #12345 printer offline", "/flowpilot"), None);
        assert!(answer("status", "/flowpilot").unwrap().contains("in the session's thread"));
        assert_eq!((answer("link", "/flowpilot"), answer("doctor", "/flowpilot")), (None, None));
        assert_eq!((answer("ask: how?", "/flowpilot"), answer("ask how", "/flowpilot")), (None, None));
        assert!(answer("", "/flowpilot").unwrap().contains("opens a thread"));
        assert!(answer("help", "/fp").unwrap().contains("`/fp start"));
    }
}
