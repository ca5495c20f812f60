//! What an escalation is made of.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::Timestamp;
use crate::store::{EscalationId, FactId};
use crate::surface::ThreadRef;

/// How soon somebody has to look.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Urgency {
    /// When there is time.
    Low,
    /// In its turn.
    #[default]
    Normal,
    /// Before other work.
    High,
    /// Now.
    Critical,
}

impl Urgency {
    /// The word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Normal => "Normal",
            Self::High => "High",
            Self::Critical => "Critical",
        }
    }
}

/// How an escalation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum EscalationEnd {
    /// The session is worked again.
    Resumed,
    /// The session was solved.
    Resolved,
    /// The session ended without a result.
    Abandoned,
    /// The session was escalated anew.
    Replaced,
}

impl EscalationEnd {
    /// The word for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Resumed => "Resumed",
            Self::Resolved => "Resolved",
            Self::Abandoned => "Abandoned",
            Self::Replaced => "Escalated anew",
        }
    }
}

/// A place on a platform where a team reads: a channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Where it is; its thread is the place itself.
    pub at: ThreadRef,
    /// What people call it, where that is known.
    pub name: Option<String>,
}

impl Place {
    /// What people call it.
    #[must_use]
    pub fn label(&self) -> &str {
        self.name.as_deref().unwrap_or("the team's escalation channel")
    }
}

/// One handing over of a session.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Escalation {
    /// Its id.
    pub id: EscalationId,
    /// How soon somebody has to look.
    pub urgency: Urgency,
    /// Why, in the words of whoever asked.
    pub reason: Option<String>,
    /// The fact that says so in the notes.
    pub(crate) fact_id: Option<FactId>,
    /// Where the team is told; nowhere besides the ticket without.
    pub place: Option<Json<Place>>,
    /// Who posted it.
    pub posted_by_name: Option<String>,
    /// When; nobody has yet without.
    pub posted_at: Option<Timestamp>,
    /// An address that opens the session's thread.
    pub link: Option<String>,
    /// The package as it was posted, as Markdown.
    pub briefing: Option<String>,
    /// Who took it over.
    pub taken_by_name: Option<String>,
    /// When.
    pub taken_at: Option<Timestamp>,
    /// How it ended.
    pub ended: Option<EscalationEnd>,
    /// Who ended it.
    pub ended_by_name: Option<String>,
    /// When.
    pub ended_at: Option<Timestamp>,
}

impl Escalation {
    /// Whether it was asked for and not posted yet.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.posted_at.is_none()
    }

    /// Whether it was posted and has not ended.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.posted_at.is_some() && self.ended.is_none()
    }
}
