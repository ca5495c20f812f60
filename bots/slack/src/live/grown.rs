//! The whole of an answer, whatever became of the messages that it grew in.

use flowpilot::surface::{LivePlace, Whole};
use serde_json::json;

use super::parts::split;
use super::{key, metadata, place};
use crate::install::Installation;
use crate::judging::blocks_below;
use crate::render::{self, text};
use crate::send::{Posted, Refusal, SendError};
use crate::surface::{SlackSurface, key_of, plainest};
use crate::wire::Message;

/// Whether a message says nothing, and nothing is attached to it.
fn is_empty(message: &Message) -> bool {
    let is_unmarked = message.metadata.as_ref().is_none_or(|data| data.event_type.is_empty());
    let is_silent = message.text.as_deref().is_none_or(text::is_blank);
    is_unmarked && is_silent && message.files.is_empty()
}

impl SlackSurface {
    /// Messages of this answer that nobody noted before the process died, in their order.
    ///
    /// A stream has no metadata until it ends, and its name is noted before it says anything: so a message of ours
    /// without metadata is one that nobody noted only while it is empty. Whatever else of ours is in the thread is left
    /// alone. Where Slack does not let us look, there is none.
    pub(super) async fn left_behind(
        &self,
        by: &Installation,
        at: &LivePlace,
        known: &[String],
    ) -> Result<Vec<String>, SendError> {
        let Ok((channel, root)) = place(at) else { return Ok(Vec::new()) };
        let messages = match self.slack.sender().replies(by, channel, root).await {
            Ok(messages) => messages,
            Err(error) if error.may_pass() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "cannot look for an answer that was begun before");
                return Ok(Vec::new());
            }
        };
        let ours = format!("{}:", at.key);
        let found = messages.into_iter().filter(|message| {
            let is_bots = message.user.as_deref() == Some(by.bot_user.as_str());
            is_bots && key_of(message).map_or_else(|| is_empty(message), |key| key.starts_with(&ours))
        });
        Ok(found.filter_map(|message| message.ts).filter(|ts| ts != root && !known.contains(ts)).collect())
    }

    /// Makes these messages show the whole text; what is missing is posted, what is too many is deleted.
    pub(super) async fn show_all(
        &self,
        by: &Installation,
        at: &LivePlace,
        messages: &[String],
        whole: Whole<'_>,
    ) -> Result<(), SendError> {
        let Ok((channel, root)) = place(at) else { return Ok(()) };
        let parts = split(whole.text);
        for (n, part) in parts.iter().enumerate() {
            let is_last = n + 1 == parts.len();
            let message = match (part.trim().is_empty(), is_last) {
                (true, true) => render::words(&flowpilot::note::as_typed(whole.below.note)),
                (_, true) => {
                    let mut message = render::words(part);
                    message.blocks.extend(blocks_below(whole.below));
                    message
                }
                _ => render::words(part),
            };
            let key = key(at, n);
            let Some(ts) = messages.get(n) else {
                self.post_once(by, (channel, Some(root)), &message, &key, true).await?;
                continue;
            };
            let there = Posted { channel: channel.to_owned(), ts: ts.clone() };
            match self.replace(by, at, n, &there, &message).await {
                Err(error) if error.refusal() == Some(Refusal::MessageGone) => {
                    let key = format!("{key}:{ts}");
                    self.post_once(by, (channel, Some(root)), &message, &key, true).await?;
                }
                replaced => replaced?,
            }
        }
        for ts in messages.iter().skip(parts.len()) {
            let extra = Posted { channel: channel.to_owned(), ts: ts.clone() };
            self.end_stream(by, at, messages.len(), &extra).await?;
            if let Err(error) = self.slack.sender().delete(by, &extra).await {
                tracing::warn!(%error, "a message of an answer could not be deleted");
            }
        }
        Ok(())
    }

    async fn replace(
        &self,
        by: &Installation,
        at: &LivePlace,
        part: usize,
        there: &Posted,
        message: &render::Message,
    ) -> Result<(), SendError> {
        self.end_stream(by, at, part, there).await?;
        let mut body = json!(message);
        // A stream that somebody stopped has none yet.
        body["metadata"] = metadata(at, part);
        match self.slack.sender().update(by, there, body.clone()).await {
            Err(error) if error.refusal() == Some(Refusal::Content) => {
                tracing::error!(%error, ts = there.ts, "an answer is shown as plain text");
                body["blocks"] = json!([]);
                body["text"] = plainest(&message.text).into();
                self.slack.sender().update(by, there, body).await
            }
            other => other,
        }
    }

    /// Ends a stream, if the message still is one.
    async fn end_stream(
        &self,
        by: &Installation,
        at: &LivePlace,
        part: usize,
        there: &Posted,
    ) -> Result<(), SendError> {
        let last = json!({ "metadata": metadata(at, part) });
        match self.slack.sender().stop_stream(by, there, last).await {
            Err(error) if error.may_pass() => Err(error),
            // It was none, or Slack or a reader has ended it.
            _ => Ok(()),
        }
    }
}
