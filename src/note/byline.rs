//! Whose a posted note is, where the ticket system's own line does not say it.

use super::{NoteKind, PostingStatus};
use crate::Result;
use crate::psa::account::author;
use crate::session::SessionTx;
use crate::store::ConnectionId;

/// The line that says who wrote a note.
pub(super) fn byline(name: &str) -> String {
    let name: String = name.chars().filter(|c| !c.is_control() && !"*_`[]<>#|".contains(*c)).collect();
    format!("Written by {} with FlowPilot.", name.trim())
}

/// The note with that line above its mark, unless it is there.
pub(super) fn signed(text: &str, marker: &str, name: &str) -> String {
    let line = byline(name);
    let end = format!("Ref {marker}");
    match text.strip_suffix(&end) {
        Some(body) if !body.contains(&line) => format!("{body}{line}\n\n{end}"),
        _ => text.to_owned(),
    }
}

impl SessionTx {
    /// Whether the text has to say who wrote it: the poster has no account in the ticket system, or the note carries the
    /// name of somebody who posted it before.
    pub(super) async fn needs_byline(&self, kind: NoteKind, connection: ConnectionId) -> Result<bool> {
        let case = self.case();
        let first = case.postings.iter().find(|p| {
            p.kind == kind
                && p.status == PostingStatus::Posted
                && p.deleted_at.is_none()
                && p.connection_id == connection
        });
        if first.is_some_and(|posting| posting.member_id != self.caller.member()) {
            return Ok(true);
        }
        let account = author(&self.engine.db, case.session.team_id, self.caller.member(), connection).await?;
        Ok(account.is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::signed;

    #[test]
    fn a_note_is_signed_once() {
        let text = signed("**Problem**\nx\n\nRef FPABC", "FPABC", "Eli *E*");
        assert_eq!(text, "**Problem**\nx\n\nWritten by Eli E with FlowPilot.\n\nRef FPABC");
        assert_eq!(signed(&text, "FPABC", "Eli *E*"), text);
    }
}
