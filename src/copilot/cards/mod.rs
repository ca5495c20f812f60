//! What a thread shows, drawn from the case file: a pure function, so that it is right whoever changed what.

mod escalation;
mod fix;
mod note;
mod script;
mod session;
mod step;
mod time;

use uuid::Uuid;

use crate::Result;
use crate::session::{Case, Fact, FactSource};
use crate::surface::{Card, CardKind};

pub(crate) use escalation::{Elsewhere, elsewhere};
pub(super) use fix::ready;
pub(super) use script::draft;

/// Every card of a session's thread, oldest first, by kind and subject.
///
/// # Errors
/// [`crate::Error::Internal`] when a step's flow cannot be read.
pub(crate) fn draw(case: &Case) -> Result<Vec<(CardKind, Uuid, Card)>> {
    let mut cards = vec![(CardKind::Session, case.session.id.0, session::card(case))];
    for step in &case.steps {
        if let Some(card) = step::card(case, step)? {
            cards.push((card.kind, step.id.0, card));
        }
    }
    for fix in &case.fixes {
        cards.push((CardKind::Fix, fix.id.0, fix::card(case, fix)));
        if let Some(card) = fix::outcome(fix) {
            cards.push((CardKind::Outcome, fix.id.0, card));
        }
    }
    for generation in &case.generations {
        cards.push((CardKind::Script, generation.id.0, script::generated(generation)));
    }
    for note in &case.notes {
        if let Some(card) = note::preview(case, note) {
            cards.push((CardKind::Note, note.id.0, card));
        }
    }
    for posting in &case.postings {
        cards.push((CardKind::Posting, posting.id.0, note::posting(posting)));
    }
    for entry in &case.times {
        cards.push((CardKind::Posting, entry.id.0, time::card(entry)));
    }
    Ok(cards)
}

/// What makes a fact a fact, in words.
#[must_use]
pub fn source_label(fact: &Fact) -> String {
    let how = match fact.source {
        FactSource::Said => "said by",
        FactSource::Flow => "answered by",
        FactSource::Check => "checked by",
        FactSource::Outcome => "outcome reported by",
    };
    format!("{how} {}", fact.member_name)
}

/// Text that nobody here wrote, so that none of it is read as Markdown or as a mention.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '~' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// A fenced block whose fence is longer than any in the text.
fn code(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}", text.trim_end())
}
