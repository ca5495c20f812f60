//! Notes: the resolution note and the escalation package, from preview to posting.
//!
//! A note is a function of the case file ([`write`]), so it is the same text on every replica. Where models are
//! connected, one has drafted its sections before (`draft`); the rules write it otherwise. Every sentence names its
//! [`Evidence`]. [`preview`] answers from a cache keyed by (kind, session, state version);
//! [`post`] ends the session and queues the one delivery, which [`Poster`] performs exactly once. [`ground`] checks
//! sentences that a member or a model wrote against what is in the case file: of a member's, what it does not find is
//! shown and not refused; of a model's it is left out.

mod byline;
mod draft;
pub(crate) mod edit;
mod export;
mod from;
pub mod ground;
mod markup;
mod model;
mod post;
mod poster;
pub(crate) mod preview;
pub(crate) mod resolution;
mod share;
mod ticket_status;
mod unsupported;

pub use draft::{Draft, DraftStatus, Drafted, LeftOut};
pub(crate) use draft::{Of, Scribe, Source, is_being_written, remark, written, written_at};
pub use edit::NoteEdit;
pub(crate) use export::words;
pub use export::{NoteFormat, NoteQuery, as_typed, export, to_html};
pub(crate) use markup::subset;
pub use model::{
    Evidence, Note, NoteKind, NoteStatus, Posting, PostingStatus, Section, Sentence, Share, StatusChange,
};
pub(crate) use post::marker_of;
pub use post::{Posted, Viewed, post};
pub use poster::Poster;
pub(crate) use poster::{later, put_off};
pub use preview::{Preview, Previews, glance, preview};
pub(crate) use resolution::solved_by;
pub(crate) use unsupported::unsupported;

use crate::session::Case;

/// Writes a note: by rule, with what a model wrote where there is such a draft, and with what a member made of it.
#[must_use]
pub fn write(kind: NoteKind, case: &Case) -> Note {
    edit::apply(before_edits(kind, case), case)
}

/// The note that a member finds to edit.
fn before_edits(kind: NoteKind, case: &Case) -> Note {
    draft::over(by_rule(kind, case), case)
}

fn by_rule(kind: NoteKind, case: &Case) -> Note {
    match kind {
        NoteKind::Resolution => resolution::write(case),
        NoteKind::Escalation => crate::escalation::package(case),
    }
}
