//! The assistant: questions that belong to no session, answered from the team's own library with what they rest on.
//!
//! A conversation lives in a thread, as a session does, or in the API alone. Each question is kept with the effect that
//! has it answered ([`crate::ai`] writes the answer); what the library has about it ([`look_up`]) is told to the
//! model as numbered sources, and where no model answers, it is the answer. What always holds: only sources that were
//! told can be cited; a conversation changes no session and no ticket. Start with [`Conversation`] and [`look_up`].

mod ask;
mod citation;
mod conversation;
mod growing;
mod library;
mod source;
mod ticket;

pub use ask::{Asked, stop};
pub(crate) use ask::{ask_in, begin_in, stop_in};
pub(crate) use citation::{Citations, cited};
pub use conversation::{Conversation, Exchange, conversation, conversations, exchanges};
pub(crate) use conversation::{by_thread, conversation_of_team, turns_before};
pub use growing::{Growing, Growth};
pub(crate) use library::listed;
pub use library::{Found, Library, look_up, search};
pub use source::{Source, SourceKind};
