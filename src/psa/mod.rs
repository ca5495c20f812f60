//! The PSA (ticket system): one trait, whatever product is behind it.
//!
//! [`Psa`] is what the engine asks for; [`connectwise`] speaks to ConnectWise Manage. Ids are the PSA's own, as
//! strings; cursors are opaque; times are UTC. [`connection`] keeps where the team's PSA is and its sealed keys;
//! [`find`] tells which of several has a ticket;
//! [`setup`] is how an admin adds one, finds out what its keys lack, and registers the pod. [`account`] says which member of
//! the PSA a member is, [`roster`] lists whom nobody is yet.
//! [`callback`] hears that a ticket changed and [`sweep`] looks for what nobody told; [`watch`] then reads the ticket and
//! what is around it ([`context`]), in the background.
//! [`MemberClaim`] is what a page framed by the PSA says about who sits before it, and [`Psa::prove_member`] asks.
//! A note is sent by [`crate::note`], which asks [`Psa::find_note`] before it ever sends anything again.

pub mod account;
pub mod callback;
pub mod connection;
pub mod connectwise;
pub mod context;
pub mod find;
pub mod link;
mod member;
mod recognise;
pub mod refusal;
pub mod roster;
pub mod setup;
pub mod status;
pub mod sweep;
pub mod watch;

pub use callback::{CallbackAddress, CallbackRegistration};
pub use context::TicketContext;
pub use member::{ClaimForm, ClaimParts, MemberClaim, ProvenMember};
pub use recognise::recognise;
pub use setup::{PodPage, PodRegistration, RightCheck};

use async_trait::async_trait;
use secrecy::SecretString;
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
    /// Who works on it in the PSA.
    #[serde(default)]
    pub owner: Option<String>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// Where a person opens it in the PSA.
    pub url: Option<String>,
    /// Whether it was not found when it was read last: it was deleted or merged, or is out of the API member's sight.
    #[serde(default)]
    pub gone: bool,
}

/// What of a ticket people move it by, and when that was.
type Standing<'a> =
    (&'a str, bool, bool, Option<&'a str>, Option<&'a str>, Option<&'a str>, Option<Timestamp>);

impl Ticket {
    /// How it stands: what may change about a ticket while sessions are about it.
    pub(crate) fn standing(&self) -> Standing<'_> {
        let Self { status, closed, gone, priority, board, owner, updated_at, .. } = self;
        (status, *closed, *gone, priority.as_deref(), board.as_deref(), owner.as_deref(), *updated_at)
    }
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

/// Somebody who works in the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaMember {
    /// The PSA's id.
    pub id: String,
    /// The name they log in with, as the PSA writes it.
    pub identifier: String,
    /// Their full name. Untrusted text.
    pub name: String,
    /// Their e-mail addresses at work.
    pub emails: Vec<String>,
    /// Whether they can log in.
    pub active: bool,
    /// Whether it is a person, and no account of an integration.
    pub is_person: bool,
}

/// Which members of the PSA are wanted: those who can log in, by id.
#[derive(Debug, Clone, Default)]
pub struct MemberQuery {
    /// The cursor of the answer before; the first page without.
    pub cursor: Option<String>,
    /// At most so many, 1..=200.
    pub limit: u32,
}

/// One page of members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberPage {
    /// The members, programs' accounts among them.
    pub items: Vec<PsaMember>,
    /// For the next page, where there is one.
    pub next_cursor: Option<String>,
}

/// Whose name a note carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteAuthor {
    /// The PSA's id of the member.
    pub id: String,
    /// The name they log in with.
    pub identifier: String,
}

/// A note to post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteDraft {
    /// Markdown of the subset that the PSA shows; ends with the marker.
    pub text: String,
    /// Where it goes.
    pub audience: Audience,
    /// Whether it also stands in the discussion, where the customer reads it.
    pub in_discussion: bool,
    /// Whether the PSA may mail people about it.
    pub notify: bool,
    /// Whose name it carries; that of the connection's own account without.
    pub author: Option<NoteAuthor>,
}

/// Time to enter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeDraft {
    /// When the work began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Timestamp,
    /// Minutes between that were none.
    pub pause_minutes: i64,
    /// What was done: Markdown of the subset that the PSA shows; ends with the marker.
    pub notes: String,
    /// Whose time it is.
    pub author: NoteAuthor,
}

/// A board or queue of tickets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    /// The PSA's id.
    pub id: String,
    /// Its name. Untrusted text.
    pub name: String,
}

/// A status that tickets of a board can have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardStatus {
    /// The PSA's id.
    pub id: String,
    /// Its name. Untrusted text.
    pub name: String,
    /// Whether a ticket that has it is closed.
    pub closes: bool,
}

/// Where a ticket stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TicketState {
    /// The PSA's id of its board.
    pub board: String,
    /// The PSA's id of its status.
    pub status: String,
    /// That status' name. Untrusted text.
    pub status_name: String,
    /// Whether it is closed.
    pub closed: bool,
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
    /// The cursor is none that the list gave.
    #[error("the cursor is not one that this list gave")]
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

    /// Tries each call that FlowPilot makes, so that nothing changes, and says which right is missing.
    ///
    /// # Errors
    /// What is wrong with the connection itself: nothing can be said of single rights then.
    async fn check_rights(&self) -> Result<Vec<RightCheck>, PsaError>;

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

    /// The member who logs in with this name, in upper or lower case; `None` when there is none.
    async fn member(&self, identifier: &str) -> Result<Option<PsaMember>, PsaError>;

    /// The member with this id; `None` when there is none.
    async fn member_by_id(&self, id: &str) -> Result<Option<PsaMember>, PsaError>;

    /// A page of the members who can log in.
    async fn members(&self, query: &MemberQuery) -> Result<MemberPage, PsaError>;

    /// The note of a ticket whose text contains this marker.
    async fn find_note(&self, ticket: &str, marker: &str) -> Result<Option<String>, PsaError>;

    /// Replaces the text of a posted note, and whether it stands in the discussion too. Doing it twice changes nothing,
    /// and nobody is mailed.
    async fn update_note(&self, ticket: &str, note: &str, draft: &NoteDraft) -> Result<(), PsaError>;

    /// Enters time on a ticket, once: never retried here. Nobody is mailed. Answers with its id.
    ///
    /// # Errors
    /// [`PsaError::UnknownOutcome`] when it may have been stored all the same.
    async fn log_time(&self, ticket: &str, time: &TimeDraft) -> Result<String, PsaError>;

    /// The time of a ticket whose notes contain this marker.
    async fn find_time(&self, ticket: &str, marker: &str) -> Result<Option<String>, PsaError>;

    /// The boards in use, by name.
    async fn boards(&self) -> Result<Vec<Board>, PsaError>;

    /// The statuses in use of a board, in its order.
    async fn statuses(&self, board: &str) -> Result<Vec<BoardStatus>, PsaError>;

    /// Where a ticket stands; `None` when there is none with this id.
    async fn ticket_state(&self, ticket: &str) -> Result<Option<TicketState>, PsaError>;

    /// Gives a ticket a status of its board. Doing it twice changes nothing. That it was not refused does not say that the
    /// ticket has it.
    async fn set_status(&self, ticket: &str, status: &str) -> Result<(), PsaError>;

    /// Who this claim is true of, as the PSA itself says. A PSA whose screens frame no pages knows nobody.
    ///
    /// # Errors
    /// [`PsaError::Auth`] when it refuses the claim, or answers for somebody else.
    async fn prove_member(&self, _claim: &MemberClaim) -> Result<ProvenMember, PsaError> {
        Err(PsaError::Auth("its screens frame no pages".to_owned()))
    }

    /// One ticket without its description, with the rights of this member only; `None` where they see none.
    async fn ticket_seen_by(
        &self,
        _claim: &MemberClaim,
        _form: ClaimForm,
        _ticket: &str,
    ) -> Result<Option<Ticket>, PsaError> {
        Err(PsaError::Auth("its screens frame no pages".to_owned()))
    }

    /// Those of these tickets that there are, without their descriptions. At most 100 at a time.
    async fn tickets_among(&self, ids: &[String]) -> Result<Vec<Ticket>, PsaError>;

    /// What helps with a ticket, as far as it can be read: it names what cannot.
    async fn around(&self, _ticket: &Ticket) -> TicketContext {
        TicketContext::default()
    }

    /// Registers an address for callbacks about tickets, or brings its registration up to date. Doing it twice changes
    /// nothing.
    async fn register_callback(&self, _address: &CallbackAddress) -> Result<CallbackRegistration, PsaError> {
        Err(PsaError::Invalid("it sends no callbacks".to_owned()))
    }

    /// Whether this address is registered for callbacks, and switched on.
    async fn has_callback(&self, _address: &CallbackAddress) -> Result<bool, PsaError> {
        Ok(false)
    }

    /// Takes the registration of a connection's address back, where there is one.
    async fn remove_callback(&self, _address: &CallbackAddress) -> Result<(), PsaError> {
        Ok(())
    }

    /// The key that a callback says it was signed with.
    ///
    /// # Errors
    /// [`PsaError::Invalid`] for an address that is not the PSA's own: nothing is asked there.
    async fn callback_key(&self, _key_url: &str) -> Result<SecretString, PsaError> {
        Err(PsaError::Invalid("it sends no callbacks".to_owned()))
    }

    /// Registers a page for the screens of tickets, or brings its registration up to date. Doing it twice changes nothing.
    async fn register_pod(&self, _page: &PodPage) -> Result<PodRegistration, PsaError> {
        Err(PsaError::Invalid("its screens frame no pages".to_owned()))
    }
}
