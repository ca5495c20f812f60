//! What a member wrote in a resolution note and nothing in the case file supports.
//!
//! It is shown before posting and refused nowhere: whoever posts answers for the words, and may know more than was
//! recorded.

use super::{Evidence, Note, NoteKind, Section, by_rule, ground};
use crate::session::Case;

/// The sentences of an edited resolution note that neither a fact nor what was done supports, in order. The escalation
/// package is for guesses and plans too, so it is not checked.
pub(crate) fn unsupported(note: &Note, case: &Case) -> Vec<String> {
    let is_edit = |e: &Evidence| matches!(e, Evidence::Edit(_));
    let mut edited = note
        .sections
        .iter()
        .flat_map(|section| section.sentences.iter().map(move |s| (section, s)))
        .filter(|(_, sentence)| sentence.evidence.iter().any(is_edit))
        .peekable();
    if note.kind != NoteKind::Resolution || edited.peek().is_none() {
        return Vec::new();
    }
    let fresh = by_rule(note.kind, case);
    let known = fresh.sections.iter().flat_map(|s| s.sentences.iter().map(move |known| told(s, &known.text)));
    let known: Vec<String> = known.chain(case.facts.iter().map(|f| f.text.clone())).collect();
    edited
        .flat_map(|(section, line)| sentences(&line.text).map(move |text| (section, text)))
        .filter(|(section, text)| ground::check(&told(section, text), &known).is_err())
        .map(|(_, text)| text.to_owned())
        .collect()
}

/// What stands under the heading of the cause is said to be one.
pub(super) fn told(section: &Section, text: &str) -> String {
    let is_cause = section.title == "Root cause"
        && !["Not determined", "Suspected"].iter().any(|word| text.starts_with(word));
    if is_cause { format!("The cause was: {text}") } else { text.to_owned() }
}

/// The sentences of a line: a mark, white space and a capital letter part them.
pub(super) fn sentences(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line.trim();
    std::iter::from_fn(move || {
        let ends = rest.char_indices().filter(|(_, c)| matches!(c, '.' | '!' | '?')).map(|(at, _)| at + 1);
        let parts = |end: &usize| {
            let behind = &rest[*end..];
            behind.starts_with(' ') && behind.trim_start().starts_with(char::is_uppercase)
        };
        let end = ends.into_iter().find(parts).unwrap_or(rest.len());
        let (sentence, behind) = rest.split_at(end);
        rest = behind.trim_start();
        (!sentence.is_empty()).then_some(sentence)
    })
}

#[cfg(test)]
mod tests {
    use super::sentences;

    #[test]
    fn a_line_is_parted_where_a_sentence_ends() {
        let all: Vec<&str> = sentences("Driver 4.2 was removed. Then it printed! e.g. labels.").collect();
        assert_eq!(all, ["Driver 4.2 was removed.", "Then it printed! e.g. labels."]);
        assert_eq!(sentences("").count(), 0);
    }
}
