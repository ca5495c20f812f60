//! Who sees a note besides technicians: nobody, unless a member asks for it.

use super::{NoteKind, Share};
use crate::session::SessionTx;
use crate::store::{NoteId, run};
use crate::{Error, Result};

impl SessionTx {
    /// Says who is to see an open note in the ticket.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the note is not open; [`Error::Invalid`] for an escalation package: it is for technicians.
    pub(crate) async fn share_note(&mut self, id: NoteId, share: &str) -> Result<()> {
        let share: Share =
            share.parse().map_err(|_| Error::invalid("share", "must be one of nobody, discussion, mail"))?;
        let open = self.case().open_note().filter(|n| n.id == id);
        let open = open.ok_or_else(|| Error::Conflict("this note is not open any more".to_owned()))?;
        if open.kind == NoteKind::Escalation && share != Share::Nobody {
            return Err(Error::invalid("share", "an escalation package is for technicians only"));
        }
        if open.share == share {
            return Ok(());
        }
        run!(self.noted(), |c| sqlx::query("UPDATE notes SET share = $1 WHERE id = $2")
            .bind(share)
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        if let Some(note) = self.case.notes.iter_mut().find(|n| n.id == id) {
            note.share = share;
        }
        self.keep_drafts().await
    }
}
