//! Answers that are written while one watches.
//!
//! A text grows in a message of Slack's own streams; where a workspace has none, in a message that is edited. What
//! becomes longer than a message goes on in the next one. What Slack did not take waits for what follows, or for the
//! end: [`finish`](flowpilot::surface::Live::finish) makes the messages show the whole, however far they are.

mod growing;
mod grown;
mod markdown;
mod parts;

use std::time::Duration;

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::surface::{Live, LivePlace, LiveText, Whole};
use serde_json::{Value, json};

use crate::send::{Refusal, SendError};
use crate::surface::{CARD, SlackSurface};
use crate::wire::channel_and_root;
use growing::Growing;

/// What is shown while there is no text yet.
const STATUS: &str = "is thinking…";
const LOADING: [&str; 3] = ["Reading the session…", "Looking at what is confirmed…", "Writing an answer…"];
/// What a message that will be edited begins with.
const PLACEHOLDER: &str = "…";

/// How long it is remembered that a workspace has no streams.
pub(crate) const NO_STREAMS: Duration = Duration::from_secs(3_600);

/// A thread's channel and first message.
fn place(at: &LivePlace) -> Result<(&str, &str), Failure> {
    match channel_and_root(&at.thread.thread) {
        (channel, Some(root)) => Ok((channel, root)),
        _ => Err(Failure::Dead("an answer needs a thread".to_owned())),
    }
}

/// The metadata of an answer's message.
fn metadata(at: &LivePlace, part: usize) -> Value {
    json!({ "event_type": CARD, "event_payload": { "key": key(at, part) } })
}

fn key(at: &LivePlace, part: usize) -> String {
    format!("{}:{part}", at.key)
}

#[async_trait]
impl Live for SlackSurface {
    async fn working(&self, at: &LivePlace, is_working: bool) {
        let (Ok(place), Ok(by)) = (place(at), self.installation(&at.thread.workspace).await) else { return };
        let sender = self.slack.sender();
        let (status, loading, agent): (_, &[&str], _) =
            if is_working { (STATUS, &LOADING, "processing") } else { ("", &[], "active") };
        let (shown, button) = tokio::join!(
            sender.set_status(&by, place, status, loading),
            sender.set_agent_status(&by, place, agent)
        );
        // Not every workspace and client has them; the text itself comes all the same.
        for error in [shown.err(), button.err()].into_iter().flatten() {
            tracing::debug!(%error, "what is being done is not shown");
        }
    }

    async fn open(&self, at: &LivePlace) -> Result<Box<dyn LiveText>, Failure> {
        let by = self.installation(&at.thread.workspace).await?;
        let (channel, root) = place(at)?;
        let mut growing = Growing::new(self, by, at, (channel, root)).await;
        growing.open_next().await.map_err(|error| match error {
            // Slack said when: nothing was opened.
            SendError::Paused { .. } => error.into(),
            other => Failure::Retry { why: other.to_string(), after: None },
        })?;
        Ok(Box::new(growing))
    }

    async fn was_opened(&self, at: &LivePlace) -> Result<bool, Failure> {
        let by = self.installation(&at.thread.workspace).await?;
        Ok(!self.left_behind(&by, at, &[]).await?.is_empty())
    }

    async fn finish(
        &self,
        at: &LivePlace,
        shown: Option<&str>,
        whole: Whole<'_>,
        again: bool,
    ) -> Result<(), Failure> {
        let by = self.installation(&at.thread.workspace).await?;
        let mut messages: Vec<String> = shown.and_then(|s| serde_json::from_str(s).ok()).unwrap_or_default();
        if again {
            messages.extend(self.left_behind(&by, at, &messages).await?);
            messages.sort();
        }
        Ok(self.show_all(&by, at, &messages, whole).await?)
    }
}

/// Whether a workspace, or this place in it, has no streams: the text can grow in another way.
fn has_no_streams(error: &SendError) -> bool {
    !error.may_pass() && error.refusal() != Some(Refusal::Place)
}

/// Whether that is so for the whole workspace.
fn has_none_at_all(error: &SendError) -> bool {
    let SendError::Refused { code, .. } = error else { return false };
    let never =
        ["unknown_method", "feature_disabled", "feature_not_enabled", "method_deprecated", "not_agent_app"];
    never.contains(&code.as_str()) || code.starts_with("not_allowed")
}
