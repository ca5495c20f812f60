//! The calls for text that grows, and for what the app says it is doing.

use serde_json::{Value, json};

use super::{PATIENCE, Posted, SendError, Sender, posted};
use crate::install::Installation;

impl Sender {
    /// Opens a message that grows; `to` is who reads it, and their workspace.
    pub(crate) async fn start_stream(
        &self,
        by: &Installation,
        (channel, root): (&str, &str),
        to: (&str, &str),
    ) -> Result<Posted, SendError> {
        const METHOD: &str = "chat.startStream";
        let body = json!({ "channel": channel, "thread_ts": root, "recipient_user_id": to.0, "recipient_team_id": to.1 });
        posted(METHOD, &self.call(by, METHOD, &body, PATIENCE).await?)
    }

    /// Adds to a message that grows.
    pub(crate) async fn append_stream(
        &self,
        by: &Installation,
        message: &Posted,
        markdown: &str,
    ) -> Result<(), SendError> {
        let body = json!({ "channel": message.channel, "ts": message.ts, "markdown_text": markdown });
        self.call(by, "chat.appendStream", &body, PATIENCE).await.map(drop)
    }

    /// Ends a message that grows; `last` may have `markdown_text`, `blocks` and `metadata`.
    pub(crate) async fn stop_stream(
        &self,
        by: &Installation,
        message: &Posted,
        mut last: Value,
    ) -> Result<(), SendError> {
        last["channel"] = message.channel.as_str().into();
        last["ts"] = message.ts.as_str().into();
        self.call(by, "chat.stopStream", &last, PATIENCE).await.map(drop)
    }

    /// Replaces a message that is edited while it is written. It keeps a pace of its own, and takes no turn from the
    /// channel's cards.
    pub(crate) async fn grow(
        &self,
        by: &Installation,
        message: &Posted,
        mut body: Value,
    ) -> Result<(), SendError> {
        body["channel"] = message.channel.as_str().into();
        body["ts"] = message.ts.as_str().into();
        self.call(by, "chat.update", &body, PATIENCE).await.map(drop)
    }

    /// Deletes a message.
    pub(crate) async fn delete(&self, by: &Installation, message: &Posted) -> Result<(), SendError> {
        let body = json!({ "channel": message.channel, "ts": message.ts });
        self.call(by, "chat.delete", &body, PATIENCE).await.map(drop)
    }

    /// Says below a thread what the app is doing; nothing, with an empty text.
    pub(crate) async fn set_status(
        &self,
        by: &Installation,
        (channel, root): (&str, &str),
        status: &str,
        loading: &[&str],
    ) -> Result<(), SendError> {
        let mut body = json!({ "channel_id": channel, "thread_ts": root, "status": status });
        if !loading.is_empty() {
            body["loading_messages"] = json!(loading);
        }
        self.call(by, "assistant.threads.setStatus", &body, PATIENCE).await.map(drop)
    }

    /// Says that the agent is at work in a thread (`processing`), which gives its readers a button to stop it, or that
    /// it listens again (`active`).
    pub(crate) async fn set_agent_status(
        &self,
        by: &Installation,
        (channel, root): (&str, &str),
        status: &str,
    ) -> Result<(), SendError> {
        let body = json!({ "channel_id": channel, "thread_ts": root, "status": status });
        self.call(by, "agents.sessions.setStatus", &body, PATIENCE).await.map(drop)
    }

    /// Offers things to say in a conversation with the app, each with its title and words; at most four.
    pub(crate) async fn suggest_prompts(
        &self,
        by: &Installation,
        channel: &str,
        prompts: &[(&str, &str)],
    ) -> Result<(), SendError> {
        let prompts: Vec<Value> =
            prompts.iter().map(|(title, message)| json!({ "title": title, "message": message })).collect();
        let body = json!({ "channel_id": channel, "prompts": prompts });
        self.call(by, "assistant.threads.setSuggestedPrompts", &body, PATIENCE).await.map(drop)
    }
}
