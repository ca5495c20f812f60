//! Small steps along a line.

use crate::redact::cue::Cue;

/// Up to `bytes` of the line before a place.
pub(in crate::redact) fn before(text: &str, at: usize, bytes: usize) -> &str {
    let mut from = at.saturating_sub(bytes);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let line = &text[from..at];
    line.rfind('\n').map_or(line, |newline| &line[newline + 1..])
}

/// How many bytes of quotes, brackets and emphasis close a cue: the `"` of `"password": …`.
pub(super) fn closing(rest: &str) -> usize {
    let number = rest.chars().take_while(char::is_ascii_digit).count();
    let marks =
        rest[number..].chars().take_while(|c| matches!(c, '"' | '\'' | '*' | ']' | '`' | '\\')).count();
    number + marks.min(3)
}

pub(super) fn spaces(rest: &str) -> usize {
    rest.chars().take_while(|c| matches!(c, ' ' | '\t')).count()
}

/// The word that begins here: letters, and apostrophes inside.
pub(super) fn word(rest: &str) -> &str {
    let end = rest.find(|c: char| !c.is_alphabetic() && c != '°').unwrap_or(rest.len());
    &rest[..end]
}

/// The length of a sign that joins a value to its cue.
pub(super) fn sign(rest: &str, text: &str, at: usize, cue: &Cue) -> Option<usize> {
    if rest.starts_with("==") || rest.starts_with("!=") || rest.starts_with("=~") {
        return None;
    }
    for sign in ["->", "=>", ":::=", "::=", ":=", "??=", "?=", "||=", ".=", "+=", "~=", "=", ":", "|"] {
        if let Some(rest) = rest.strip_prefix(sign) {
            // `std::password`, a time, a path.
            if sign == ":" && rest.starts_with([':', '\\']) {
                return None;
            }
            return Some(sign.len() + usize::from(sign == ":" && rest.starts_with('=')));
        }
    }
    // " - " as a dash, ">" of a tag, ", " behind a cue alone are none but for the tag.
    let tag = rest.starts_with('>') && before(text, at, 60).contains('<') && at >= cue.at.end;
    // The second argument of a call: `set("TOKEN", "…")`.
    let name = before(text, cue.at.start, 40)
        .trim_end_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
    let argument = at > cue.at.end
        && name.ends_with(['"', '\''])
        && text[..at].ends_with(['"', '\''])
        && rest.starts_with(',')
        && rest[1..].trim_start().starts_with(['"', '\'']);
    if argument {
        return Some(1);
    }
    let dash = rest.starts_with("- ") && at > cue.at.end;
    tag.then_some(1).or(dash.then_some(2))
}
