//! What people do in a thread, in the engine's words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::PostedFile;
use crate::ai::Thumb;
use crate::store::{AnswerId, CardId, ConnectionId};
use crate::team::{Author, Platform, Workspace};

/// A thread on a platform: a session lives in exactly one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ThreadRef {
    /// The platform.
    pub platform: Platform,
    /// The platform's id of the workspace.
    pub workspace: String,
    /// The platform's id of the thread, channel and all.
    pub thread: String,
}

impl ThreadRef {
    /// The lane of the queues that this thread's items share.
    #[must_use]
    pub fn lane(&self) -> String {
        format!("{}/{}/{}", self.platform, self.workspace, self.thread)
    }

    /// The workspace it is in.
    #[must_use]
    pub fn workspace(&self) -> Workspace {
        Workspace { platform: self.platform, external_id: self.workspace.clone() }
    }
}

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// Began work here: about a ticket, or with words, or both.
    Started {
        /// The connection that has the ticket, where that is known.
        #[serde(default)]
        connection: Option<ConnectionId>,
        /// The ticket's id in the PSA.
        ticket: Option<String>,
        /// What the problem is.
        text: Option<String>,
        /// Whether what others wrote in the thread before belongs to it.
        #[serde(default)]
        whole_thread: bool,
        /// The platform's id of the message that the text is from.
        #[serde(default)]
        message: Option<String>,
    },
    /// Asked for work where there is no thread yet: one is opened in this place, and work begins there.
    Opened {
        /// What is wrong, or the ticket.
        text: String,
    },
    /// Wrote something. Commands are words too.
    Said {
        /// The words.
        text: String,
        /// Whether they were meant for the copilot: words between people begin nothing.
        #[serde(default = "meant_for_us")]
        addressed: bool,
        /// The platform's id of the message.
        #[serde(default)]
        message: Option<String>,
    },
    /// Changed what they had written.
    Edited {
        /// The platform's id of the message.
        message: String,
        /// The words as they are now.
        text: String,
    },
    /// Deleted what they had written.
    Deleted {
        /// The platform's id of the message.
        message: String,
    },
    /// Does not want to read on: the answers that are being written in the thread end here.
    Stopped,
    /// Said what they think of an answer that a model wrote.
    Judged {
        /// The answer.
        answer: AnswerId,
        /// Whether it helped.
        thumb: Thumb,
    },
    /// Used a button.
    Pressed {
        /// The card the button was on.
        card: CardId,
        /// The button.
        action: String,
        /// The values that the button asked for.
        #[serde(default)]
        fields: BTreeMap<String, String>,
    },
}

impl What {
    /// Words meant for the copilot, from a platform that does not say which message they are.
    pub fn said(text: impl Into<String>) -> Self {
        Self::Said { text: text.into(), addressed: true, message: None }
    }

    /// The beginning of work with a ticket, words, or both.
    #[must_use]
    pub fn started(ticket: Option<String>, text: Option<String>) -> Self {
        Self::Started { connection: None, ticket, text, whole_thread: false, message: None }
    }
}

fn meant_for_us() -> bool {
    true
}

/// A message that was in a thread before work began there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The platform's id of the message.
    pub message: String,
    /// The platform's id of its author.
    pub author: String,
    /// The author's name.
    pub author_name: String,
    /// The words; empty where only files were posted.
    pub text: String,
    /// The files that came with them.
    pub files: Vec<PostedFile>,
}

/// An event from a platform, verified by its adapter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inbound {
    /// The same for every delivery of the same event; unique on its platform.
    pub key: String,
    /// Where.
    pub thread: ThreadRef,
    /// Who.
    pub author: Author,
    /// The files of the message that was written or edited, as they are now.
    #[serde(default)]
    pub files: Vec<PostedFile>,
    /// What.
    #[serde(flatten)]
    pub what: What,
}
