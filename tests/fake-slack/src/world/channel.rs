//! Channels and direct conversations.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// What kind of conversation it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChannelKind {
    /// Everybody may join.
    Public,
    /// By invitation.
    Private,
    /// Between one person and the bot.
    Direct,
}

impl ChannelKind {
    /// `channel_type` of a message event.
    pub(crate) fn event_type(self) -> &'static str {
        match self {
            Self::Public => "channel",
            Self::Private => "group",
            Self::Direct => "im",
        }
    }

    /// As `types` of `conversations.list` says it.
    pub(crate) fn list_type(self) -> &'static str {
        match self {
            Self::Public => "public_channel",
            Self::Private => "private_channel",
            Self::Direct => "im",
        }
    }
}

/// A conversation.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its id.
    pub id: String,
    /// Its name, without `#`.
    pub name: String,
    /// Workspace.
    pub team: String,
    /// What kind it is.
    pub kind: ChannelKind,
    /// User ids of who is in it, the bot included if it is.
    pub members: BTreeSet<String>,
    /// Whether it is shared with another organisation.
    pub shared: bool,
    /// Whether it is archived.
    pub archived: bool,
}

impl Channel {
    /// As `conversations.info` tells it, to this user.
    pub(crate) fn json(&self, caller: &str) -> Value {
        if self.kind == ChannelKind::Direct {
            let other = self.members.iter().find(|member| *member != caller);
            return json!({
                "id": self.id, "is_im": true, "user": other, "is_org_shared": false, "created": 1_700_000_000,
                "context_team_id": self.team, "is_archived": false,
            });
        }
        json!({
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == ChannelKind::Public,
            "is_group": self.kind == ChannelKind::Private,
            "is_im": false,
            "is_mpim": false,
            "is_private": self.kind == ChannelKind::Private,
            "is_archived": self.archived,
            "is_general": false,
            "is_shared": self.shared,
            "is_ext_shared": self.shared,
            "is_org_shared": false,
            "is_member": self.members.contains(caller),
            "num_members": self.members.len(),
            "created": 1_700_000_000,
            "creator": "U0ADMIN",
            "context_team_id": self.team,
            "topic": { "value": "", "creator": "", "last_set": 0 },
            "purpose": { "value": "", "creator": "", "last_set": 0 },
        })
    }
}
