//! The PSA (ticket system): one trait, whatever product is behind it.
//!
//! [`Psa`] is what the engine asks for; [`connectwise`] speaks to ConnectWise Manage. Ids are the PSA's own, as
//! strings; cursors are opaque; times are UTC. [`connection`] keeps where the team's PSA is and its sealed keys.
//! A note is sent by [`crate::note`], which asks [`Psa::find_note`] before it ever sends anything again.

pub mod connection;
pub mod connectwise;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Timestamp;

/// A ticket as lists and sessions need it. Every text is untrusted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// The PSA's id.
    pub id: String,
    /// One line about the problem.
    pub summary: String,
    /// The first description, where the PSA was asked for it.
    pub description: Option<String>,
    /// The status' name.
    pub status: String,
    /// Whether the ticket is closed.
    pub closed: bool,
    /// The customer's name.
    pub company: Option<String>,
    /// The person's name.
    pub contact: Option<String>,
    /// The priority's name.
    pub priority: Option<String>,
    /// The board or queue.
    pub board: Option<String>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Where a person opens it in the PSA.
    pub url: Option<String>,
}

/// Which tickets are wanted.
#[derive(Debug, Clone, Default)]
pub struct TicketQuery {
    /// Only tickets whose summary contains these words (untrusted text).
    pub text: Option<String>,
    /// Also closed ones.
    pub include_closed: bool,
    /// The cursor of the answer before; the first page without.
    pub cursor: Option<String>,
    /// At most so many, 1..=200.
    pub limit: u32,
}

/// One page of tickets, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketPage {
    /// The tickets.
    pub items: Vec<Ticket>,
    /// For the next page, where there is one.
    pub next_cursor: Option<String>,
}

/// Who sees a note in the PSA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The customer too, in the ticket's discussion.
    Discussion,
    /// Technicians only.
    Internal,
    /// The ticket's resolution.
    Resolution,
}

/// A note of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketNote {
    /// The PSA's id.
    pub id: String,
    /// Markdown as the PSA keeps it, with its escapes undone. Untrusted.
    pub text: String,
    /// Where it stands in the ticket.
    pub placement: Audience,
    /// Who wrote it.
    pub author: Option<String>,
    /// When.
    pub created_at: Option<Timestamp>,
}

/// A note to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// Markdown of the subset that the PSA shows; ends with the marker.
    pub text: String,
    /// Where it goes.
    pub audience: Audience,
    /// Whether the PSA may mail people about it.
    pub notify: bool,
}

/// What a PSA can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Capabilities {
    /// Characters of a note at most.
    pub max_note_length: usize,
    /// Whether a posted note can be changed.
    pub note_editable: bool,
    /// Whether mails about a note can be switched off.
    pub notify_control: bool,
}

/// What a working connection says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PsaInfo {
    /// The product's version.
    pub version: String,
}

/// Why a PSA did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PsaError {
    /// The keys, the company or the client id are refused.
    #[error("it refused the credentials ({0}); check company, keys and client id of the connection")]
    Auth(String),
    /// The keys' security role lacks something.
    #[error("the API member may not do this ({0}); add it to its security role")]
    Forbidden(String),
    /// There is no such thing, or the keys may not see it.
    #[error("{0} was not found")]
    NotFound(String),
    /// The request breaks a rule of the PSA.
    #[error("it refused the request: {0}")]
    Invalid(String),
    /// The cursor is none that the ticket list gave.
    #[error("the cursor is not one that the ticket list gave")]
    Cursor,
    /// Too many requests.
    #[error("it asks for a pause")]
    RateLimited {
        /// Milliseconds to wait, where it said so.
        retry_after_ms: Option<u64>,
    },
    /// It did not answer; nothing was sent, or what was sent changed nothing.
    #[error("it could not be reached: {0}")]
    Unavailable(String),
    /// A write was sent and its answer was lost: it may have happened. Look before sending it again.
    #[error("its answer was lost: {0}")]
    UnknownOutcome(String),
}

/// A PSA product, connected.
#[async_trait]
pub trait Psa: Send + Sync + 'static {
    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// Whether the connection works.
    async fn test(&self) -> Result<PsaInfo, PsaError>;

    /// One ticket with its description; `None` when there is none with this id.
    async fn ticket(&self, id: &str) -> Result<Option<Ticket>, PsaError>;

    /// A page of tickets, newest first.
    async fn tickets(&self, query: &TicketQuery) -> Result<TicketPage, PsaError>;

    /// The newest notes of a ticket, at most 100, oldest first.
    async fn notes(&self, ticket: &str) -> Result<Vec<TicketNote>, PsaError>;

    /// Posts a note, once: never retried here. Answers with its id.
    ///
    /// # Errors
    /// [`PsaError::UnknownOutcome`] when it may have been stored all the same.
    async fn post_note(&self, ticket: &str, note: &NoteDraft) -> Result<String, PsaError>;

    /// The note of a ticket whose text contains this marker.
    async fn find_note(&self, ticket: &str, marker: &str) -> Result<Option<String>, PsaError>;

    /// Replaces the text of a posted note. Doing it twice changes nothing.
    async fn update_note(&self, ticket: &str, note: &str, text: &str) -> Result<(), PsaError>;
}
