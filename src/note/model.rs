//! What a note is made of, and what became of it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Timestamp;
use crate::psa::Audience;
use crate::store::{ConnectionId, MemberId, PostingId, SessionId, StateVersion};

/// Which note.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum NoteKind {
    /// Problem / What we confirmed / Root cause / Resolution.
    Resolution,
    /// Problem / What we've confirmed / What we've tried / Current hypothesis / Suggested next steps.
    Escalation,
}

impl NoteKind {
    /// Who sees it in the ticket.
    #[must_use]
    pub fn audience(self) -> Audience {
        match self {
            Self::Resolution => Audience::Resolution,
            Self::Escalation => Audience::Internal,
        }
    }

    /// As a person says it.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Resolution => "Resolution note",
            Self::Escalation => "Escalation package",
        }
    }
}

/// Who sees a note in the ticket besides technicians.
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
    ToSchema,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Share {
    /// Nobody.
    #[default]
    Nobody,
    /// The customer, in the ticket's discussion.
    Discussion,
    /// The customer, who is e-mailed about it too.
    Mail,
}

/// What becomes of the ticket's status once its note is posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum StatusChange {
    /// Queued, or being made.
    Pending,
    /// The ticket was read back and has it.
    Done,
    /// The ticket does not have it; the error says why.
    Failed,
    /// Not made: the session or the ticket had moved on.
    Dropped,
}

/// What became of a note that a member asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum NoteStatus {
    /// Its preview is on screen.
    Open,
    /// Closed without posting.
    Cancelled,
    /// Posted, or on its way.
    Posted,
}

/// What a sentence rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Evidence {
    /// The session itself: its title, status, or that something was not recorded.
    Session(SessionId),
    /// A fact.
    Fact(Uuid),
    /// A check.
    Check(Uuid),
    /// A decision about a fix.
    Decision(Uuid),
    /// The outcome of a fix.
    Outcome(Uuid),
    /// A suggested fix.
    Fix(Uuid),
    /// A script that was run.
    Script(Uuid),
    /// A step of a flow.
    Step(Uuid),
    /// A member's own words, in an edit of the note.
    Edit(Uuid),
    /// Words of the thread, which tell of the problem and confirm nothing.
    Message(Uuid),
}

/// One sentence, or one item of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Sentence {
    /// The words. Markdown.
    pub text: String,
    /// Whether it is an item of a list.
    pub item: bool,
    /// What it rests on; never empty.
    pub evidence: Vec<Evidence>,
    /// The same as a person reads it: `fact 3, check 2`. Empty where the note is not shown as a preview.
    #[serde(default)]
    pub from: String,
}

/// One section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Section {
    /// Its heading.
    pub title: &'static str,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
}

impl Section {
    /// An empty section.
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, sentences: Vec::new() }
    }

    /// With a sentence of running text.
    pub(crate) fn say(&mut self, text: impl Into<String>, evidence: impl IntoIterator<Item = Evidence>) {
        self.push(text.into(), false, evidence);
    }

    /// With an item of a list.
    pub(crate) fn item(&mut self, text: impl Into<String>, evidence: impl IntoIterator<Item = Evidence>) {
        self.push(text.into(), true, evidence);
    }

    fn push(&mut self, text: String, item: bool, evidence: impl IntoIterator<Item = Evidence>) {
        let evidence = evidence.into_iter().collect();
        self.sentences.push(Sentence { text, item, evidence, ..Sentence::default() });
    }
}

/// A note, before it is made into text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Note {
    /// Which note.
    pub kind: NoteKind,
    /// Its sections, in order.
    pub sections: Vec<Section>,
}

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum PostingStatus {
    /// Queued; nothing was sent yet.
    Pending,
    /// Being sent, or sent without an answer: it is looked up before it is sent again.
    Sending,
    /// In the ticket.
    Posted,
    /// The PSA refused it; the error says why.
    Failed,
}

/// The one delivery of a note to its ticket.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct Posting {
    /// Its id.
    pub id: PostingId,
    /// The session it is of.
    pub session_id: SessionId,
    /// The PSA connection.
    pub connection_id: ConnectionId,
    /// The ticket.
    pub ticket_id: String,
    /// Which note.
    pub kind: NoteKind,
    /// The version of the session that it tells of.
    pub state_version: StateVersion,
    /// A word in the text by which it is found again.
    #[serde(skip)]
    pub marker: String,
    /// The text as posted.
    pub text: String,
    /// Where it stands.
    pub status: PostingStatus,
    /// Who sees it besides technicians.
    pub share: Share,
    /// The note's id in the PSA, once posted.
    pub external_id: Option<String>,
    /// Why it failed, or what it waits for.
    pub error: Option<String>,
    /// Since when it was found to be deleted in the ticket.
    #[serde(skip)]
    pub deleted_at: Option<Timestamp>,
    /// What becomes of the ticket's status; none where the team has chosen no status for the ticket's board.
    pub status_change: Option<StatusChange>,
    /// The status that the ticket gets, once that is known.
    pub ticket_status: Option<String>,
    /// Why the ticket does not have it.
    pub status_error: Option<String>,
    /// Who posted it.
    pub member_id: MemberId,
    /// That member's name.
    pub member_name: String,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}
