//! What people do in a thread, in the engine's words.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::store::CardId;
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
        /// The ticket's id in the PSA.
        ticket: Option<String>,
        /// What the problem is.
        text: Option<String>,
    },
    /// Wrote something. Commands are words too.
    Said {
        /// The words.
        text: String,
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

/// An event from a platform, verified by its adapter.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Inbound {
    /// The same for every delivery of the same event; unique on its platform.
    pub key: String,
    /// Where.
    pub thread: ThreadRef,
    /// Who.
    pub author: Author,
    /// What.
    #[serde(flatten)]
    pub what: What,
}
