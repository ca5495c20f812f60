//! Time worked on a ticket: drafted from what happened in its session, changed by whoever worked, posted when they say so.
//!
//! What always holds: nothing is posted without a click, in anybody's name but that of who clicked, or twice. [`draft`]
//! reads the session's timeline; [`write`] is what people do with a draft; [`Timekeeper`] posts it, as a note is posted:
//! by a mark in its text it is found again when its answer was lost.

mod draft;
mod keeper;
mod write;

pub use keeper::Timekeeper;
pub use write::TimeChange;
pub(crate) use write::{LONGEST, hours, typed};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;
use crate::store::{ConnectionId, MemberId, SessionId, TimeEntryId};

/// Where a time entry stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum TimeStatus {
    /// Can be changed; nobody posted it yet.
    Draft,
    /// Put aside without posting.
    Dropped,
    /// Queued; nothing was sent yet.
    Pending,
    /// Being sent, or sent without an answer: it is looked up before it is sent again.
    Sending,
    /// In the ticket.
    Posted,
    /// The PSA refused it; the error says why.
    Failed,
}

/// Time worked on a session's ticket.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct TimeEntry {
    /// Its id.
    pub id: TimeEntryId,
    /// The session it was drafted from.
    pub session_id: SessionId,
    /// The PSA connection.
    pub connection_id: ConnectionId,
    /// The ticket.
    pub ticket_id: String,
    /// Whose time it is: who drafted it, then who posted it.
    pub member_id: MemberId,
    /// That member's name.
    pub member_name: String,
    /// When the work began, to the minute.
    pub started_at: Timestamp,
    /// Minutes worked, in quarters of an hour where nobody changed them.
    pub minutes: i64,
    /// Minutes between beginning and end in which nobody worked.
    pub pause_minutes: i64,
    /// What was done. Markdown of the subset that PSAs show.
    pub notes: String,
    /// Where it stands.
    pub status: TimeStatus,
    /// A word in the text by which it is found again.
    #[serde(skip)]
    pub marker: String,
    /// The entry's id in the PSA, once posted.
    pub external_id: Option<String>,
    /// Why it failed, or what it waits for.
    pub error: Option<String>,
    /// When it was drafted.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl TimeEntry {
    /// When the work ended: the pauses lie between.
    #[must_use]
    pub fn ended_at(&self) -> Timestamp {
        Timestamp(self.started_at.0 + (self.minutes + self.pause_minutes) * draft::MINUTE)
    }
}
