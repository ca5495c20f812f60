//! What Slack's view of agents asks for: things to say in an empty conversation, and the button that stops.

use flowpilot::surface::{Inbound, What};

use crate::Slack;
use crate::events::{Home, inbound};
use crate::wire::SlackEvent;

/// What is offered where a person writes to the app alone: title and words. Slack shows four.
pub(crate) const PROMPTS: [(&str, &str); 4] = [
    ("Ask your library", "ask What helps when Outlook asks for the password again and again?"),
    ("Describe a problem", "start Outlook asks for the password again and again"),
    ("My open sessions", "sessions"),
    ("What can you do?", "help"),
];

/// Offers them. A failure is logged, and the next opening mends it.
pub(crate) async fn suggest(slack: Slack, home: Home, channel: String) {
    let Some(by) = home.installation else { return };
    if let Err(error) = slack.sender().suggest_prompts(&by, &channel, &PROMPTS).await {
        tracing::warn!(%error, "no prompts could be suggested");
    }
}

/// Somebody used the button that stops what is being written in a thread.
pub(crate) fn stopped(event: &SlackEvent, channel: &str, home: &Home) -> Option<Inbound> {
    let user = event.said.user.as_deref()?;
    let root = event.said.root()?;
    let at = event.event_ts.as_deref().or(event.said.ts.as_deref()).unwrap_or(root);
    Some(inbound(home, channel, root, root, user, &format!("/stopped/{at}"), What::Stopped))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_stop_button_is_heard_once_for_each_time() {
        let home = Home { workspace: "T1".to_owned(), bot_user: Some("UBOT".to_owned()), installation: None };
        let event = json!({ "type": "agent_session_stopped", "channel": "C1", "thread_ts": "1.0", "user": "U1",
            "event_ts": "9.0", "streaming_message_ts": ["2.0"] });
        let heard = crate::events::read(&serde_json::from_value(event).unwrap(), &home).unwrap();
        assert_eq!((heard.key.as_str(), heard.thread.thread.as_str()), ("T1/C1/1.0/stopped/9.0", "C1:1.0"));
        assert_eq!((heard.what, heard.author.external_id.as_str()), (What::Stopped, "U1"));
    }
}
