//! Notes: the resolution note and the escalation package, from preview to posting.
//!
//! A note is a function of the case file ([`write`]), so it is the same text on every replica and costs no model.
//! Every sentence names its [`Evidence`]. [`preview`] answers from a cache keyed by (kind, session, state version);
//! [`post`] ends the session and queues the one delivery, which [`Poster`] performs exactly once.

pub(crate) mod edit;
mod export;
mod model;
mod post;
mod poster;
pub(crate) mod preview;
pub(crate) mod resolution;

pub use edit::NoteEdit;
pub(crate) use export::words;
pub use export::{NoteFormat, NoteQuery, as_typed, export, to_html};
pub use model::{Evidence, Note, NoteKind, NoteStatus, Posting, PostingStatus, Section, Sentence};
pub use post::{Posted, post};
pub use poster::Poster;
pub use preview::{Preview, Previews, preview};

use crate::session::Case;

/// Writes a note: by rule, and with what a member made of it.
#[must_use]
pub fn write(kind: NoteKind, case: &Case) -> Note {
    edit::apply(by_rule(kind, case), case)
}

fn by_rule(kind: NoteKind, case: &Case) -> Note {
    match kind {
        NoteKind::Resolution => resolution::write(case),
        NoteKind::Escalation => crate::escalation::package(case),
    }
}
