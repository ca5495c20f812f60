//! What an answer can rest on.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of thing a source is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display, ToSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SourceKind {
    /// A flow of the library.
    Flow,
    /// A resolved session.
    Session,
    /// A ticket of the PSA.
    Ticket,
}

impl SourceKind {
    /// As a reader sees it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Flow => "Flow",
            Self::Session => "Session",
            Self::Ticket => "Ticket",
        }
    }
}

/// Something that an answer rests on, by its number in the answer: `[1]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Source {
    /// Its number, from 1.
    pub number: usize,
    /// What it is.
    pub kind: SourceKind,
    /// What it is called. Untrusted text.
    pub title: String,
    /// A flow's slug, a session's id, a ticket's number.
    pub reference: String,
    /// The number of its ticket, for a session that has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket_id: Option<String>,
    /// Where a person opens it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

impl Source {
    /// One line of Markdown, with its number: for threads, which show nothing but text.
    pub(crate) fn line(&self) -> String {
        let name = crate::copilot::cards::literal(&self.title);
        let name = match &self.url {
            Some(url) => format!("[{name}]({url})"),
            None => name,
        };
        let more = match (self.kind, &self.ticket_id) {
            (SourceKind::Flow, _) => format!(" (`flow: {}`)", self.reference),
            (SourceKind::Ticket, _) => format!(" (#{})", self.reference),
            (SourceKind::Session, Some(ticket)) => format!(" (#{ticket})"),
            (SourceKind::Session, None) => String::new(),
        };
        format!("[{}] {}: {name}{more}", self.number, self.kind.label())
    }
}
