//! A session and what it is made of.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::psa::Ticket;
use crate::store::{CheckId, ConnectionId, FactId, MemberId, SessionId, StateVersion, StepId, TeamId};
use crate::surface::ThreadRef;
use crate::team::Platform;

/// Where a session stands.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum SessionStatus {
    /// Being worked.
    Active,
    /// Set aside by its engineer.
    Paused,
    /// Waiting for somebody or something; the reason says for what.
    Waiting,
    /// Handed over with a briefing.
    Escalated,
    /// Solved, with a resolution note.
    Resolved,
    /// Ended without a result.
    Abandoned,
}

impl SessionStatus {
    /// Whether the session has ended: it must be resumed before it changes again.
    #[must_use]
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Resolved | Self::Abandoned)
    }
}

/// One troubleshooting conversation.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Its one team.
    #[serde(skip)]
    pub team_id: TeamId,
    /// One line about the problem.
    pub title: String,
    /// Where it stands.
    pub status: SessionStatus,
    /// Why it waits, was escalated or abandoned.
    pub status_reason: Option<String>,
    /// The platform its thread is on.
    pub platform: Platform,
    /// The platform's workspace.
    #[serde(skip)]
    pub workspace: String,
    /// The platform's thread.
    pub thread: String,
    /// The PSA connection of its ticket.
    pub connection_id: Option<ConnectionId>,
    /// Its ticket in the PSA.
    pub ticket_id: Option<String>,
    /// The ticket: its text as it was when the session started, status and assignee as they were read last. Untrusted.
    #[schema(value_type = Option<Ticket>)]
    pub ticket: Option<Json<Ticket>>,
    /// Who started it.
    pub owner_id: MemberId,
    /// Counts the changes that a note could mention.
    pub state_version: StateVersion,
    /// When it started.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it was resolved or abandoned.
    pub closed_at: Option<Timestamp>,
}

impl Session {
    /// Where its thread is.
    #[must_use]
    pub fn thread_ref(&self) -> ThreadRef {
        ThreadRef { platform: self.platform, workspace: self.workspace.clone(), thread: self.thread.clone() }
    }
}

/// What makes a fact a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum FactSource {
    /// An engineer said so.
    Said,
    /// Answered in a flow.
    Flow,
    /// The result of a check.
    Check,
    /// The outcome of a fix.
    Outcome,
}

impl FactSource {
    /// Whether it follows from something else, which is then the place to change it.
    #[must_use]
    pub fn is_derived(self) -> bool {
        self != Self::Said
    }
}

/// One confirmed statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Fact {
    /// Its id; notes cite it.
    pub id: FactId,
    /// The statement.
    pub text: String,
    /// What makes it one.
    pub source: FactSource,
    /// The check, flow step or fix it follows from, or the message that it was said in.
    pub source_id: Option<Uuid>,
    /// The member who confirmed it.
    pub member_id: MemberId,
    /// That member's name.
    pub member_name: String,
    /// When it was recorded.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum CheckStatus {
    /// Nobody did it yet.
    Pending,
    /// Done; the result says what came out.
    Done,
    /// Not needed after all.
    Skipped,
}

/// A diagnostic check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Check {
    /// Its id.
    pub id: CheckId,
    /// What to look at.
    pub text: String,
    /// The command to run, where there is one.
    pub command: Option<String>,
    /// What became of it.
    pub status: CheckStatus,
    /// What came out, once done.
    pub result: Option<String>,
    /// The flow step that asked for it; none when a member did.
    pub step_id: Option<StepId>,
    /// Who did it.
    pub done_by: Option<MemberId>,
    /// That member's name.
    pub done_by_name: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it was done or skipped.
    pub done_at: Option<Timestamp>,
}
