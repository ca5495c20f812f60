//! Showing cards in Slack: the outbox's way there, and what the engine asks of Slack.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use flowpilot::Error;
use flowpilot::health::Finding;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{
    Card, Fetched, Heard, Live, PostedFile, Relayed, SessionPreview, Surface, ThreadRef,
};
use flowpilot::team::{Affiliation, Author, Platform};
use serde_json::{Value, json};

use crate::health::check_workspace;
use crate::install::Installation;
use crate::live::NO_STREAMS;
use crate::send::{Posted, Refusal, SendError};
use crate::sharing::permalink;
use crate::wire::{Message, channel_and_root, place};
use crate::{Slack, channel, render};

/// The metadata that tells our messages apart.
pub(crate) const CARD: &str = "flowpilot_card";
/// People of a thread whose names are asked for.
const PEOPLE: usize = 30;

/// How long it is remembered that a message was not posted, so that it need not be looked for.
const REMEMBERED: Duration = Duration::from_secs(120);
const REMEMBERED_AT_MOST: u64 = 10_000;

pub(crate) struct SlackSurface {
    pub(crate) slack: Slack,
    /// Keys of messages that Slack refused: they are not there.
    absent: moka::sync::Cache<String, ()>,
    /// Workspaces in which a text cannot be streamed.
    pub(crate) no_streams: moka::sync::Cache<String, ()>,
}

/// A message, and whether an earlier attempt had posted it.
pub(crate) struct Shown {
    at: Posted,
    before: bool,
}

impl SlackSurface {
    pub(crate) fn new(slack: Slack) -> Self {
        let absent =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_AT_MOST).time_to_live(REMEMBERED).build();
        let no_streams =
            moka::sync::Cache::builder().max_capacity(REMEMBERED_AT_MOST).time_to_live(NO_STREAMS).build();
        Self { slack, absent, no_streams }
    }

    pub(crate) fn slack(&self) -> &Slack {
        &self.slack
    }

    /// Posts a message, unless an earlier attempt did.
    pub(crate) async fn post_once(
        &self,
        by: &Installation,
        (channel, root): (&str, Option<&str>),
        message: &render::Message,
        key: &str,
        again: bool,
    ) -> Result<Shown, SendError> {
        if again
            && !self.absent.contains_key(key)
            && let Some(at) = self.posted_before(by, channel, root, key).await?
        {
            return Ok(Shown { at, before: true });
        }
        let posted = self.post_or_plain(by, channel, root, message, key).await;
        match &posted {
            // Refused for certain: the next attempt need not look.
            Err(SendError::Refused { .. } | SendError::Paused { .. }) => {
                self.absent.insert(key.to_owned(), ());
            }
            Err(SendError::Unknown { .. }) | Ok(_) => self.absent.invalidate(key),
        }
        posted.map(|at| Shown { at, before: false })
    }

    pub(crate) async fn installation(&self, workspace: &str) -> Result<Arc<Installation>, Failure> {
        let found = self.slack.installations().of(workspace).await?;
        found.ok_or_else(|| Failure::Retry {
            why: format!("FlowPilot is not connected to the Slack workspace {workspace} at the moment"),
            after: None,
        })
    }

    /// As [`SlackSurface::installation`], where somebody waits for the answer.
    async fn connected(&self, workspace: &str) -> flowpilot::Result<Arc<Installation>> {
        let found = self.slack.installations().of(workspace).await?;
        found.ok_or_else(|| Error::Upstream {
            service: "Slack",
            detail: "not connected at the moment".to_owned(),
        })
    }

    /// Posts a message; one that Slack finds too long or malformed is posted as its plain text.
    async fn post_or_plain(
        &self,
        by: &Installation,
        channel: &str,
        root: Option<&str>,
        message: &render::Message,
        key: &str,
    ) -> Result<Posted, SendError> {
        let mut body = json!(message);
        body["metadata"] = json!({ "event_type": CARD, "event_payload": { "key": key } });
        if let Some(root) = root {
            body["thread_ts"] = root.into();
        }
        let posted = self.slack.sender().post(by, channel, body.clone()).await;
        match posted {
            Err(error) if error.refusal() == Some(Refusal::Content) => {
                tracing::error!(%error, key, "a message is shown as plain text");
                body["blocks"] = json!([]);
                body["text"] = plainest(&message.text).into();
                self.slack.sender().post(by, channel, body).await
            }
            other => other,
        }
    }

    async fn update_or_plain(
        &self,
        by: &Installation,
        at: &Posted,
        message: &render::Message,
    ) -> Result<(), SendError> {
        match self.slack.sender().update(by, at, json!(message)).await {
            Err(error) if error.refusal() == Some(Refusal::Content) => {
                tracing::error!(%error, ts = at.ts, "a message is shown as plain text");
                let body = json!({ "text": plainest(&message.text), "blocks": [] });
                self.slack.sender().update(by, at, body).await
            }
            other => other,
        }
    }

    /// A message of ours that an earlier attempt posted. Where Slack does not let us look, there is none.
    async fn posted_before(
        &self,
        by: &Installation,
        channel: &str,
        root: Option<&str>,
        key: &str,
    ) -> Result<Option<Posted>, SendError> {
        let messages = match root {
            Some(root) => self.slack.sender().replies(by, channel, root).await,
            None => self.slack.sender().history(by, channel).await,
        };
        let messages = match messages {
            Ok(messages) => messages,
            Err(error) if error.may_pass() => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "cannot look whether a message was posted before");
                return Ok(None);
            }
        };
        let found = messages.into_iter().find(|message| key_of(message) == Some(key));
        Ok(found.and_then(|m| m.ts).map(|ts| Posted { channel: channel.to_owned(), ts }))
    }

    async fn name_of(&self, by: &Installation, user: &str) -> String {
        match self.slack.sender().user(by, user).await {
            Ok(account) => name(&account).unwrap_or(user).to_owned(),
            Err(_) => user.to_owned(),
        }
    }
}

#[async_trait]
impl Surface for SlackSurface {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
        key: &str,
        again: bool,
    ) -> Result<String, Failure> {
        let by = self.installation(&thread.workspace).await?;
        let (channel, root) = channel_and_root(&thread.thread);
        if root.is_none() {
            channel::is_our_own(&self.slack, &by, channel).await?;
        }
        let message = render::card(card, id, &self.options(team, id, card).await);
        let shown = match self.post_once(&by, (channel, root), &message, key, again).await {
            Ok(shown) => shown,
            Err(error) => return Err(channel::failure(&self.slack, &by, channel, error).await),
        };
        if shown.before {
            // What it shows may be older than the card.
            self.update_or_plain(&by, &shown.at, &message).await?;
        }
        Ok(shown.at.ts)
    }

    async fn edit(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<Option<String>, Failure> {
        let by = self.installation(&thread.workspace).await?;
        let (channel, root) = channel_and_root(&thread.thread);
        let at = Posted { channel: channel.to_owned(), ts: message.to_owned() };
        let shown = render::card(card, id, &self.options(team, id, card).await);
        match self.update_or_plain(&by, &at, &shown).await {
            Ok(()) => Ok(None),
            Err(error) if error.refusal() == Some(Refusal::MessageGone) => {
                tracing::info!(%error, card = %id, "the card's message is gone; it is posted anew");
                let key = format!("card:{id}:{message}");
                Ok(Some(self.post_or_plain(&by, channel, root, &shown, &key).await?.ts))
            }
            Err(error) => Err(channel::failure(&self.slack, &by, channel, error).await),
        }
    }

    async fn payload(&self, team: TeamId, id: CardId, card: &Card) -> Option<Value> {
        Some(json!(render::card(card, id, &self.options(team, id, card).await)))
    }

    fn live(&self) -> Option<&dyn Live> {
        Some(self)
    }

    async fn whisper(
        &self,
        _: TeamId,
        thread: &ThreadRef,
        to: &str,
        text: &str,
        _: &str,
    ) -> Result<(), Failure> {
        let by = self.installation(&thread.workspace).await?;
        Ok(self.slack.tell(&by, &thread.thread, to, text).await?)
    }

    async fn relay(
        &self,
        _: TeamId,
        thread: &ThreadRef,
        words: &Relayed,
        key: &str,
        again: bool,
    ) -> Result<(), Failure> {
        let by = self.installation(&thread.workspace).await?;
        let (channel, root) = channel_and_root(&thread.thread);
        match self.post_once(&by, (channel, root), &render::relayed(words), key, again).await {
            Ok(_) => Ok(()),
            Err(error) => Err(channel::failure(&self.slack, &by, channel, error).await),
        }
    }

    async fn open_thread(
        &self,
        _: TeamId,
        at: &ThreadRef,
        headline: &str,
        key: &str,
        again: bool,
    ) -> Result<String, Failure> {
        let by = self.installation(&at.workspace).await?;
        let channel = at.thread.as_str();
        if let Ok(about) = self.slack.sender().channel(&by, channel).await
            && about["is_ext_shared"] == true
        {
            return Err(Failure::Dead(crate::events::SHARED.to_owned()));
        }
        let message = render::words(&flowpilot::note::as_typed(headline));
        match self.post_once(&by, (channel, None), &message, key, again).await {
            Ok(shown) => Ok(place(&shown.at.channel, &shown.at.ts)),
            Err(error) => Err(match error.advice() {
                Some(advice) => Failure::Dead(format!("To mend it: {advice}.")),
                None => error.into(),
            }),
        }
    }

    fn below(&self, at: &ThreadRef, message: &str) -> ThreadRef {
        let (channel, root) = channel_and_root(&at.thread);
        ThreadRef { thread: place(channel, root.unwrap_or(message)), ..at.clone() }
    }

    async fn place(&self, _: TeamId, at: &ThreadRef) -> flowpilot::Result<Option<String>> {
        let by = self.connected(&at.workspace).await?;
        channel::chosen(&self.slack, &by, &at.thread).await.map(Some)
    }

    async fn write_to(
        &self,
        _: TeamId,
        workspace: &str,
        to: &str,
        text: &str,
        key: &str,
    ) -> Result<(), Failure> {
        let by = self.installation(workspace).await?;
        let message = render::words(&flowpilot::note::as_typed(text));
        Ok(self.post_or_plain(&by, to, None, &message, key).await.map(drop)?)
    }

    fn address(&self, thread: &ThreadRef) -> Option<String> {
        permalink(&thread.workspace, &thread.thread).map(String::from)
    }

    async fn announce(
        &self,
        _: TeamId,
        place: &ThreadRef,
        session: &SessionPreview,
        key: &str,
        again: bool,
    ) -> Result<(), Failure> {
        self.tell_channel(place, session, key, again).await
    }

    async fn preview_links(
        &self,
        _: TeamId,
        message: &ThreadRef,
        sessions: &[SessionPreview],
    ) -> Result<(), Failure> {
        self.unfurl(message, sessions).await
    }

    async fn check(&self, _: TeamId, workspace: &str) -> Vec<Finding> {
        match self.slack.installations().of(workspace).await {
            Ok(Some(by)) => check_workspace(self.slack.options(), self.slack.engine(), &by).await,
            Ok(None) => {
                vec![Finding::bad("slack", "no token works here; `flowpilot slack link` makes a new one")]
            }
            Err(error) => vec![Finding::bad("slack", error.to_person())],
        }
    }

    async fn thread_so_far(&self, _: TeamId, thread: &ThreadRef) -> flowpilot::Result<Vec<Heard>> {
        let Some(by) = self.slack.installations().of(&thread.workspace).await? else { return Ok(Vec::new()) };
        let (channel, Some(root)) = channel_and_root(&thread.thread) else { return Ok(Vec::new()) };
        let messages = match self.slack.sender().replies(&by, channel, root).await {
            Ok(messages) => messages,
            Err(error) if error.may_pass() => return Err(error.into()),
            Err(error) => {
                tracing::warn!(%error, "the thread so far cannot be read");
                return Ok(Vec::new());
            }
        };
        let mut names: HashMap<String, String> = HashMap::new();
        let mut heard = Vec::new();
        for message in messages {
            let (Some(user), Some(ts), None) = (&message.user, &message.ts, &message.bot_id) else {
                continue;
            };
            let (text, files) = (message.words(Some(&by.bot_user)), message.posted());
            if (text.is_empty() && files.is_empty()) || *user == by.bot_user {
                continue;
            }
            if !names.contains_key(user) && names.len() < PEOPLE {
                names.insert(user.clone(), self.name_of(&by, user).await);
            }
            let author_name = names.get(user).unwrap_or(user).clone();
            heard.push(Heard { message: ts.clone(), author: user.clone(), author_name, text, files });
        }
        Ok(heard)
    }

    async fn fetch(&self, _: TeamId, thread: &ThreadRef, file: &PostedFile) -> Result<Fetched, Failure> {
        let by = self.installation(&thread.workspace).await?;
        self.slack.files().fetch(self.slack.sender(), self.slack.health(), &by, file).await
    }

    async fn introduce(&self, _: TeamId, workspace: &str, author: Author) -> flowpilot::Result<Author> {
        let by = self.connected(workspace).await?;
        match self.slack.sender().user(&by, &author.external_id).await {
            Ok(account) => Ok(introduced(&account, &by, author)),
            Err(error) if error.may_pass() => Err(error.into()),
            Err(error) if error.refusal() == Some(Refusal::Person) => {
                Ok(Author { affiliation: Affiliation::External, email: None, ..author })
            }
            Err(error) => Err(Error::Installation(format!(
                "who you are could not be found out: {}",
                error.advice().map_or_else(|| error.to_string(), str::to_owned)
            ))),
        }
    }
}

/// What Slack says of an account. An address that Slack has not confirmed does not count; a workspace's own members
/// have none such, and Slack does not always say so.
fn introduced(account: &Value, by: &Installation, author: Author) -> Author {
    let is = |flag: &str| account[flag] == true;
    let affiliation =
        if author.affiliation == Affiliation::External || is("is_stranger") || !is_of(account, by) {
            Affiliation::External
        } else if is("is_restricted") || is("is_ultra_restricted") {
            Affiliation::Guest
        } else {
            Affiliation::Full
        };
    let email = account["profile"]["email"].as_str().filter(|_| account["is_email_confirmed"] != false);
    Author {
        name: name(account).map_or_else(|| author.name.clone(), str::to_owned),
        email: email.map(str::to_owned),
        affiliation,
        external_id: author.external_id,
    }
}

/// Whether an account belongs to the workspace, or to the organisation, that the app is installed in.
fn is_of(account: &Value, by: &Installation) -> bool {
    let Some(team) = account["team_id"].as_str() else { return true };
    let organisation = &account["enterprise_user"];
    let teams = organisation["teams"].as_array();
    team == by.workspace
        || organisation["enterprise_id"] == by.workspace.as_str()
        || teams.into_iter().flatten().any(|t| t == by.workspace.as_str())
}

/// The real name: it stands in notes, where a nickname says little.
fn name(account: &Value) -> Option<&str> {
    let profile = &account["profile"];
    [&profile["real_name"], &account["real_name"], &profile["display_name"], &account["name"]]
        .into_iter()
        .filter_map(Value::as_str)
        .find(|name| !name.trim().is_empty())
}

pub(crate) fn key_of(message: &Message) -> Option<&str> {
    let metadata = message.metadata.as_ref().filter(|m| m.event_type == CARD)?;
    metadata.event_payload["key"].as_str()
}

/// A text that no rule of Slack can refuse.
pub(crate) fn plainest(text: &str) -> String {
    text.chars().take(2_900).collect()
}

#[cfg(test)]
mod tests {
    use flowpilot::store::TeamId;
    use secrecy::SecretString;

    use super::*;

    fn installation() -> Installation {
        Installation {
            workspace: "T1".to_owned(),
            name: "Acme".to_owned(),
            team: TeamId(uuid::Uuid::nil()),
            bot_token: SecretString::from("xoxb-test"),
            bot_user: "UBOT".to_owned(),
            app_id: None,
            expires_at: None,
        }
    }

    fn met(account: &Value) -> Author {
        let author = Author {
            external_id: "U1".to_owned(),
            name: "U1".to_owned(),
            email: None,
            affiliation: Affiliation::Full,
        };
        introduced(account, &installation(), author)
    }

    #[test]
    fn an_address_that_slack_has_not_confirmed_does_not_count() {
        let account =
            json!({ "team_id": "T1", "profile": { "display_name": "Ada", "email": "ada@example.com" } });
        assert_eq!(met(&account).email.as_deref(), Some("ada@example.com"));
        let mut unconfirmed = account;
        unconfirmed["is_email_confirmed"] = false.into();
        assert_eq!((met(&unconfirmed).name, met(&unconfirmed).email), ("Ada".to_owned(), None));
    }

    #[test]
    fn guests_and_strangers_are_told_apart_from_members() {
        assert_eq!(met(&json!({ "team_id": "T1" })).affiliation, Affiliation::Full);
        assert_eq!(met(&json!({ "team_id": "T1", "is_restricted": true })).affiliation, Affiliation::Guest);
        assert_eq!(met(&json!({ "team_id": "T9" })).affiliation, Affiliation::External);
        assert_eq!(met(&json!({ "team_id": "T1", "is_stranger": true })).affiliation, Affiliation::External);
    }
}
