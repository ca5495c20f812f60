//! One answer while it is written.

use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::surface::{Below, LiveError, LivePlace, LiveText};
use moka::sync::Cache;
use serde_json::json;

use super::markdown::safe;
use super::parts::{Cut, cut};
use super::{PLACEHOLDER, has_no_streams, has_none_at_all, metadata};
use crate::Slack;
use crate::install::Installation;
use crate::judging::blocks_below;
use crate::render;
use crate::send::{Posted, SendError};
use crate::surface::SlackSurface;

/// Between two edits of one message: Slack takes fifty a minute, for all answers of a workspace.
const EDITED_EVERY: Duration = Duration::from_millis(1_500);

/// How a message grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By Slack's streams.
    Streamed,
    /// By edits of the whole.
    Edited,
}

/// An answer in its messages.
pub(super) struct Growing {
    slack: Slack,
    no_streams: Cache<String, ()>,
    by: Arc<Installation>,
    at: LivePlace,
    channel: String,
    root: String,
    /// Whom Slack streams to, and their workspace.
    reader: Option<(String, String)>,
    way: Way,
    messages: Vec<Posted>,
    /// Whether the last message takes more.
    is_open: bool,
    /// What the last message is to show.
    part: String,
    /// How much of it Slack has, in bytes.
    sent: usize,
    /// Slack asked for a pause, or an edit was just made.
    rests_until: Option<Instant>,
}

impl Growing {
    pub(super) async fn new(
        surface: &SlackSurface,
        by: Arc<Installation>,
        at: &LivePlace,
        (channel, root): (&str, &str),
    ) -> Self {
        let slack = surface.slack.clone();
        let reader = reader(&slack, &by, at).await;
        let has_streams = reader.is_some() && !surface.no_streams.contains_key(&by.workspace);
        Self {
            slack,
            no_streams: surface.no_streams.clone(),
            by,
            at: at.clone(),
            channel: channel.to_owned(),
            root: root.to_owned(),
            reader,
            way: if has_streams { Way::Streamed } else { Way::Edited },
            messages: Vec::new(),
            is_open: false,
            part: String::new(),
            sent: 0,
            rests_until: None,
        }
    }

    /// Opens the message for what comes next.
    pub(super) async fn open_next(&mut self) -> Result<(), SendError> {
        if self.way == Way::Streamed {
            match self.open_stream().await {
                Err(error) if has_no_streams(&error) => {
                    tracing::info!(%error, workspace = self.by.workspace, "no stream here; the message is edited");
                    if has_none_at_all(&error) {
                        self.no_streams.insert(self.by.workspace.clone(), ());
                    }
                    self.way = Way::Edited;
                }
                opened => return opened,
            }
        }
        let mut body = json!(render::words(PLACEHOLDER));
        body["thread_ts"] = self.root.as_str().into();
        body["metadata"] = metadata(&self.at, self.messages.len());
        let posted = self.slack.sender().post(&self.by, &self.channel, body).await?;
        self.opened(posted);
        Ok(())
    }

    async fn open_stream(&mut self) -> Result<(), SendError> {
        let (user, team) =
            self.reader.as_ref().map_or(("", ""), |(user, team)| (user.as_str(), team.as_str()));
        let place = (self.channel.as_str(), self.root.as_str());
        let opened = self.slack.sender().start_stream(&self.by, place, (user, team)).await?;
        self.opened(opened);
        Ok(())
    }

    fn opened(&mut self, message: Posted) {
        self.messages.push(message);
        self.is_open = true;
    }

    /// Goes on in a new message where the last one takes no more; tells whether it did.
    async fn turn_page(&mut self) -> Result<bool, SendError> {
        if self.is_open {
            let Some(Cut { this, next }) = cut(&self.part, self.sent) else { return Ok(false) };
            let whole = std::mem::replace(&mut self.part, this);
            if let Err(error) = self.end(None).await {
                self.part = whole;
                return Err(error);
            }
            (self.part, self.sent, self.is_open) = (next, 0, false);
        }
        self.open_next().await.map(|()| true)
    }

    /// Sends what Slack does not have yet; a new message says nothing before its name was kept.
    async fn send(&mut self) -> Result<(), SendError> {
        let rests = self.rests_until.is_some_and(|until| Instant::now() < until);
        if rests || self.turn_page().await? {
            return Ok(());
        }
        let Some(message) = self.messages.last() else { return Ok(()) };
        let sender = self.slack.sender();
        match self.way {
            Way::Streamed => {
                let more = self.unsent();
                if !more.is_empty() {
                    sender.append_stream(&self.by, message, &more).await?;
                }
            }
            Way::Edited if self.part.trim().is_empty() => {}
            Way::Edited => {
                sender.grow(&self.by, message, json!(render::words(&self.part))).await?;
                self.rests_until = Some(Instant::now() + EDITED_EVERY);
            }
        }
        self.sent = self.part.len();
        Ok(())
    }

    /// What of this message was not streamed yet, as it is sent.
    fn unsent(&self) -> String {
        safe(&self.part).split_off(safe(&self.part[..self.sent]).len())
    }

    /// Ends the last message, with the rest of it and what stands below.
    async fn end(&mut self, below: Option<Below<'_>>) -> Result<(), SendError> {
        let Some(message) = self.messages.last() else { return Ok(()) };
        let metadata = metadata(&self.at, self.messages.len() - 1);
        let sender = self.slack.sender();
        match self.way {
            Way::Streamed => {
                let mut last = json!({ "metadata": metadata });
                let rest = self.unsent();
                if !rest.is_empty() {
                    last["markdown_text"] = rest.into();
                }
                if let Some(below) = below {
                    last["blocks"] = json!(blocks_below(below));
                }
                sender.stop_stream(&self.by, message, last).await?;
            }
            Way::Edited => {
                let mut whole = render::words(&self.part);
                whole.blocks.extend(below.into_iter().flat_map(blocks_below));
                let mut body = json!(whole);
                body["metadata"] = metadata;
                sender.grow(&self.by, message, body).await?;
            }
        }
        self.sent = self.part.len();
        Ok(())
    }
}

#[async_trait]
impl LiveText for Growing {
    fn reference(&self) -> String {
        json!(self.messages.iter().map(|message| &message.ts).collect::<Vec<_>>()).to_string()
    }

    async fn append(&mut self, more: &str) -> Result<(), LiveError> {
        self.part.push_str(more);
        match self.send().await {
            Ok(()) => Ok(()),
            Err(SendError::Paused { after, .. }) => {
                self.rests_until = Some(Instant::now() + after);
                Ok(())
            }
            Err(error) if error.is("stopped_by_user") => Err(LiveError::Stopped),
            // Slack ends a stream by itself when nothing came for long; the message can still be edited.
            Err(error) if error.is("message_not_in_streaming_state") => {
                self.way = Way::Edited;
                Ok(())
            }
            Err(error) => Err(LiveError::Lost(error.to_string())),
        }
    }

    async fn close(&mut self, rest: &str, below: Below<'_>) -> Result<(), Failure> {
        self.part.push_str(rest);
        // Text reaches a message here with its end alone, and so with its metadata.
        while self.turn_page().await? {}
        Ok(self.end(Some(below)).await?)
    }
}

/// Whoever asked, and the workspace that they belong to.
async fn reader(slack: &Slack, by: &Installation, at: &LivePlace) -> Option<(String, String)> {
    let user = at.asker.clone()?;
    if by.workspace.starts_with('T') {
        return Some((user, by.workspace.clone()));
    }
    // Installed for a whole organisation: only Slack knows.
    let account = slack.sender().user(by, &user).await.ok()?;
    let team = account["team_id"].as_str()?.to_owned();
    Some((user, team))
}
