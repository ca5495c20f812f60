//! Calling Slack: every call with a time limit, at the channel's pace, in the words of [`SendError`].
//!
//! The library's client carries the calls; requests and answers are our own, so that no field is lost that it does
//! not know.

mod error;
mod live;
mod pace;

pub(crate) use error::{Refusal, SendError};

use std::time::Duration;

use flowpilot::surface::PostedFile;
use flowpilot::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use slack_morphism::hyper_tokio::{SlackClientHyperHttpsConnector, SlackHyperClient};
use slack_morphism::{SlackApiToken, SlackClient};

use crate::install::Installation;
use crate::wire::{File, Message};
use pace::Pace;

/// For a call that nobody waits for.
const PATIENCE: Duration = Duration::from_secs(10);
/// For a call whose trigger is void after three seconds.
const TRIGGERED: Duration = Duration::from_secs(3);
/// Messages a page of a thread.
const PAGE: &str = "200";
/// Pages of a thread that are read.
const PAGES: usize = 10;

/// Speaks to Slack.
pub(crate) struct Sender {
    client: SlackHyperClient,
    pace: Pace,
}

/// A message that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Posted {
    /// Its channel; for words to a person, that of the conversation with them.
    pub(crate) channel: String,
    /// Its id in the channel.
    pub(crate) ts: String,
}

impl Sender {
    /// A sender to the Web API at this address.
    ///
    /// # Errors
    /// [`Error::Internal`] when TLS cannot be set up.
    pub(crate) fn new(api_url: &str) -> Result<Self> {
        let https = hyper_rustls::HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|e| Error::Internal(format!("TLS roots: {e}")))?
            .https_or_http()
            .enable_http1()
            .build();
        let connector =
            SlackClientHyperHttpsConnector::from(https).with_slack_api_url(api_url.trim_end_matches('/'));
        Ok(Self { client: SlackClient::new(connector), pace: Pace::new() })
    }

    /// Posts a message; `body` has everything but the channel.
    pub(crate) async fn post(
        &self,
        by: &Installation,
        channel: &str,
        mut body: Value,
    ) -> Result<Posted, SendError> {
        body["channel"] = channel.into();
        body["unfurl_links"] = false.into();
        body["unfurl_media"] = false.into();
        self.pace.wait(&by.workspace, channel).await;
        let answer = self.call(by, "chat.postMessage", &body, PATIENCE).await?;
        posted("chat.postMessage", &answer)
    }

    /// Replaces a message.
    pub(crate) async fn update(
        &self,
        by: &Installation,
        message: &Posted,
        mut body: Value,
    ) -> Result<(), SendError> {
        body["channel"] = message.channel.as_str().into();
        body["ts"] = message.ts.as_str().into();
        self.pace.wait(&by.workspace, &message.channel).await;
        self.call(by, "chat.update", &body, PATIENCE).await.map(drop)
    }

    /// Shows words to one person in a channel.
    pub(crate) async fn ephemeral(
        &self,
        by: &Installation,
        channel: &str,
        user: &str,
        mut body: Value,
    ) -> Result<(), SendError> {
        body["channel"] = channel.into();
        body["user"] = user.into();
        self.call(by, "chat.postEphemeral", &body, PATIENCE).await.map(drop)
    }

    /// Shows below a message what its links lead to; `unfurls` by link.
    pub(crate) async fn unfurl(
        &self,
        by: &Installation,
        channel: &str,
        ts: &str,
        unfurls: &Value,
    ) -> Result<(), SendError> {
        let body = json!({ "channel": channel, "ts": ts, "unfurls": unfurls });
        self.call(by, "chat.unfurl", &body, PATIENCE).await.map(drop)
    }

    /// Opens a view; answers with its id and hash.
    pub(crate) async fn open_view(
        &self,
        by: &Installation,
        trigger: &str,
        view: &Value,
    ) -> Result<(String, String), SendError> {
        let body = json!({ "trigger_id": trigger, "view": view });
        let answer = self.call(by, "views.open", &body, TRIGGERED).await?;
        let text = |name: &str| answer["view"][name].as_str().unwrap_or_default().to_owned();
        Ok((text("id"), text("hash")))
    }

    /// Replaces a view that was opened, unless somebody did meanwhile.
    pub(crate) async fn update_view(
        &self,
        by: &Installation,
        id: &str,
        hash: &str,
        view: &Value,
    ) -> Result<(), SendError> {
        let mut body = json!({ "view_id": id, "view": view });
        if !hash.is_empty() {
            body["hash"] = hash.into();
        }
        self.call(by, "views.update", &body, PATIENCE).await.map(drop)
    }

    /// Shows a person's App Home.
    pub(crate) async fn publish_home(
        &self,
        by: &Installation,
        user: &str,
        view: &Value,
    ) -> Result<(), SendError> {
        self.call(by, "views.publish", &json!({ "user_id": user, "view": view }), PATIENCE).await.map(drop)
    }

    /// The address of a new Socket Mode connection.
    pub(crate) async fn open_socket(&self, app_token: &SecretString) -> Result<String, SendError> {
        const METHOD: &str = "apps.connections.open";
        let token = SlackApiToken::new(app_token.expose_secret().into());
        let session = self.client.open_session(&token);
        let empty = json!({});
        let call = session.http_session_api.http_post::<Value, Value>(METHOD, &empty, None);
        let answer = tokio::time::timeout(PATIENCE, call).await;
        let lost = |why: &str| SendError::Unknown { method: METHOD, why: why.to_owned() };
        let answer = answer.map_err(|_| lost("no answer"))?.map_err(|error| SendError::of(METHOD, error))?;
        answer["url"].as_str().map(str::to_owned).ok_or_else(|| lost("the answer names no address"))
    }

    /// What Slack says of an account.
    pub(crate) async fn user(&self, by: &Installation, id: &str) -> Result<Value, SendError> {
        let answer = self.get(by, "users.info", &[("user", id)]).await?;
        Ok(answer["user"].clone())
    }

    /// What Slack says of a channel.
    pub(crate) async fn channel(&self, by: &Installation, id: &str) -> Result<Value, SendError> {
        let answer = self.get(by, "conversations.info", &[("channel", id)]).await?;
        Ok(answer["channel"].clone())
    }

    /// What Slack says of a file.
    pub(crate) async fn file(&self, by: &Installation, id: &str) -> Result<PostedFile, SendError> {
        const METHOD: &str = "files.info";
        let answer = self.get(by, METHOD, &[("file", id)]).await?;
        let file = serde_json::from_value::<File>(answer["file"].clone()).ok();
        file.and_then(|file| file.posted())
            .ok_or_else(|| SendError::Unknown { method: METHOD, why: "the answer names no file".to_owned() })
    }

    /// The messages of a thread, oldest first.
    pub(crate) async fn replies(
        &self,
        by: &Installation,
        channel: &str,
        root: &str,
    ) -> Result<Vec<Message>, SendError> {
        let mut messages = Vec::new();
        let mut cursor = String::new();
        for _ in 0..PAGES {
            let mut query =
                vec![("channel", channel), ("ts", root), ("limit", PAGE), ("include_all_metadata", "true")];
            if !cursor.is_empty() {
                query.push(("cursor", &cursor));
            }
            let answer = self.get(by, "conversations.replies", &query).await?;
            messages.extend(read_messages(&answer));
            let next = answer["response_metadata"]["next_cursor"].as_str().unwrap_or_default().to_owned();
            if next.is_empty() {
                break;
            }
            cursor = next;
        }
        Ok(messages)
    }

    /// The newest messages of a channel, newest first.
    pub(crate) async fn history(&self, by: &Installation, channel: &str) -> Result<Vec<Message>, SendError> {
        let query = [("channel", channel), ("limit", PAGE), ("include_all_metadata", "true")];
        Ok(read_messages(&self.get(by, "conversations.history", &query).await?))
    }

    async fn call(
        &self,
        by: &Installation,
        method: &'static str,
        body: &Value,
        patience: Duration,
    ) -> Result<Value, SendError> {
        let token = token(by);
        let session = self.client.open_session(&token);
        let call = session.http_session_api.http_post::<Value, Value>(method, body, None);
        self.answered(by, method, patience, call).await
    }

    async fn get(
        &self,
        by: &Installation,
        method: &'static str,
        query: &[(&str, &str)],
    ) -> Result<Value, SendError> {
        let token = token(by);
        let session = self.client.open_session(&token);
        let query: Vec<(&str, Option<&str>)> =
            query.iter().map(|(name, value)| (*name, Some(*value))).collect();
        let call = session.http_session_api.http_get::<Value, _, _>(method, &query, None);
        self.answered(by, method, PATIENCE, call).await
    }

    async fn answered(
        &self,
        by: &Installation,
        method: &'static str,
        patience: Duration,
        call: impl Future<Output = slack_morphism::ClientResult<Value>>,
    ) -> Result<Value, SendError> {
        if let Some(after) = self.pace.rests(&by.workspace, method) {
            return Err(SendError::Paused { method, after });
        }
        let answer = match tokio::time::timeout(patience, call).await {
            Ok(answer) => answer.map_err(|error| SendError::of(method, error)),
            Err(_) => {
                Err(SendError::Unknown { method, why: format!("no answer within {} s", patience.as_secs()) })
            }
        };
        if let Err(SendError::Paused { after, .. }) = &answer {
            self.pace.pause(&by.workspace, method, *after);
        }
        let answer = answer?;
        // A page of some proxy is an answer without it.
        if answer["ok"] != true {
            return Err(SendError::Unknown { method, why: "what answers is not Slack's API".to_owned() });
        }
        Ok(answer)
    }
}

fn token(by: &Installation) -> SlackApiToken {
    SlackApiToken::new(by.bot_token.expose_secret().into())
}

fn posted(method: &'static str, answer: &Value) -> Result<Posted, SendError> {
    match (answer["channel"].as_str(), answer["ts"].as_str()) {
        (Some(channel), Some(ts)) => Ok(Posted { channel: channel.to_owned(), ts: ts.to_owned() }),
        _ => Err(SendError::Unknown { method, why: "the answer names no message".to_owned() }),
    }
}

fn read_messages(answer: &Value) -> Vec<Message> {
    let messages = answer["messages"].as_array();
    messages.into_iter().flatten().filter_map(|m| serde_json::from_value(m.clone()).ok()).collect()
}
