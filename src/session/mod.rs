//! Sessions: one troubleshooting conversation, usually about one ticket.
//!
//! Reading: [`get`], [`list`], [`Case::load`] (everything a note or a card can be made of). Writing: there is one
//! way, [`SessionTx`]. It locks the session, lets the subjects' methods change it, counts the state version when
//! something changed that a note could mention, redraws the thread's cards, and commits all of it together with
//! the effects. No other code writes a session's tables, so no caller can forget the count.

mod case;
mod check;
mod evidence;
mod fact;
mod link;
mod list;
mod message;
mod model;
mod once;
mod past;
mod start;
mod status;
pub(crate) mod text;
mod ticket;
mod write;

pub use case::{Alternative, Case, Generation, NoteRequest, Run, Step, StepStatus};
pub(crate) use evidence::author_of;
pub use fact::NewFact;
pub use link::{LINK_PATH, link, linked, place};
pub(crate) use list::by_tickets;
pub use list::{SessionFilter, by_thread, get, list, of_ticket};
pub(crate) use message::turns_before;
pub use message::{Message, MessageAuthor, messages};
pub use model::{Check, CheckStatus, Fact, FactSource, Session, SessionStatus};
pub(crate) use once::Once;
pub use past::{PastFix, PastSession, PastSessions};
pub use start::{NewSession, start};
pub use write::{Seen, SessionTx};
