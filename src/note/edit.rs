//! A note as a member changed it, section by section.
//!
//! An edit holds for as long as the rules would write the section as they did when it was edited. A section that
//! they write otherwise by now, because something new was confirmed, is written anew: an old edit must not hide it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::export::words;
use super::{Evidence, Note, NoteKind, Section, Sentence, before_edits, by_rule};
use crate::error::FieldError;
use crate::session::{Case, NoteRequest, SessionTx};
use crate::store::{NoteId, run};
use crate::{Error, Result};

/// The longest section, in characters; chat platforms take no longer answer.
pub(crate) const LONGEST: usize = 3_000;

/// What a member made of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteEdit {
    /// Who edited it last.
    pub by: String,
    /// The sections that were changed, by their name.
    sections: BTreeMap<String, EditedSection>,
}

/// One section that was changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct EditedSection {
    /// As the rules wrote it then.
    from: String,
    /// As the member wants it.
    to: String,
}

/// The name of a section in a form: `What we confirmed` is `what_we_confirmed`.
pub(crate) fn name(section: &Section) -> String {
    let lower = section.title.to_lowercase();
    lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty()).collect::<Vec<_>>().join("_")
}

/// The newest edit of a note of this case file, with the request that it belongs to.
fn newest(case: &Case, kind: NoteKind) -> Option<(&NoteRequest, &NoteEdit)> {
    case.notes.iter().rev().filter(|n| n.kind == kind).find_map(|n| Some((n, &n.edit.as_ref()?.0)))
}

/// The note with what a member made of it.
pub(super) fn apply(mut note: Note, case: &Case) -> Note {
    let Some((request, edit)) = newest(case, note.kind) else { return note };
    let rules = by_rule(note.kind, case);
    for (section, rule) in note.sections.iter_mut().zip(&rules.sections) {
        if let Some(edited) = edit.sections.get(&name(section)).filter(|e| e.from == words(rule)) {
            section.sentences = sentences(&edited.to, section, request.id);
        }
    }
    note
}

/// Whose edit a note shows, and the titles of the sections that have been written anew since.
pub(crate) fn standing(case: &Case, kind: NoteKind) -> Option<(&str, Vec<&'static str>)> {
    let (_, edit) = newest(case, kind)?;
    let fresh = by_rule(kind, case);
    let edited = |s: &&Section| edit.sections.get(&name(s)).is_some_and(|e| e.from != words(s));
    Some((edit.by.as_str(), fresh.sections.iter().filter(edited).map(|s| s.title).collect()))
}

/// Reads a section as it was typed: lines that begin with a dash are a list. Sentences that stood there keep what they
/// rest on; the others rest on the member who wrote them.
fn sentences(text: &str, before: &Section, note: NoteId) -> Vec<Sentence> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let item = line.strip_prefix("- ").or_else(|| line.strip_prefix("* "));
            let text = item.unwrap_or(line).trim().to_owned();
            let known = before.sentences.iter().find(|s| s.text == text);
            let evidence = known.map_or_else(|| vec![Evidence::Edit(note.0)], |s| s.evidence.clone());
            Sentence { text, item: item.is_some(), evidence, ..Sentence::default() }
        })
        .collect()
}

impl SessionTx {
    /// Changes the text of an open note. `fields` are the sections by name; one that is left out stays as it is.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the note is not open; [`Error::Invalid`] naming each section that is empty or too long.
    pub(crate) async fn edit_note(&mut self, id: NoteId, fields: &BTreeMap<String, String>) -> Result<()> {
        let open = self.case().open_note().filter(|n| n.id == id).cloned();
        let open = open.ok_or_else(|| Error::Conflict("this note is not open any more".to_owned()))?;
        let (rules, found) = (by_rule(open.kind, self.case()), before_edits(open.kind, self.case()));
        let known = newest(self.case(), open.kind).map_or_else(BTreeMap::new, |(_, e)| e.sections.clone());
        let mut sections = known.clone();
        let mut broken = Vec::new();
        for (section, rule) in found.sections.iter().zip(&rules.sections) {
            let (name, from, before) = (name(section), words(rule), words(section));
            let Some(text) = fields.get(&name) else { continue };
            let to = crate::redact::secrets(text.trim());
            let field = name.clone();
            match to.chars().count() {
                0 => broken.push(FieldError { field, rule: "must not be empty".to_owned() }),
                n if n > LONGEST => {
                    broken.push(FieldError { field, rule: format!("must be at most {LONGEST} characters") });
                }
                // A text that is longer than a form takes comes back cut: that is no edit.
                _ if to == before || (to.chars().count() == LONGEST && before.starts_with(&to)) => {
                    drop(sections.remove(&name));
                }
                _ => drop(sections.insert(name, EditedSection { from, to })),
            }
        }
        if !broken.is_empty() {
            return Err(Error::Invalid(broken));
        }
        if sections == known {
            return Ok(());
        }
        let edit = NoteEdit { by: self.caller.name().to_owned(), sections };
        run!(self.noted(), |c| sqlx::query("UPDATE notes SET edit = $1 WHERE id = $2")
            .bind(Json(&edit))
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        if let Some(note) = self.case.notes.iter_mut().find(|n| n.id == id) {
            note.edit = Some(Json(edit));
        }
        self.keep_drafts().await
    }
}
