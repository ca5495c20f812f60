//! Values in commands: escaped for the place where they stand, so that what somebody recorded never becomes code.
//!
//! A command is text that an engineer will paste into a shell of administrators, and a value may have come from a
//! mail. Inside quotes it is escaped; where nothing can make it safe, it is left for the engineer to fill in.

use crate::fix::ScriptLanguage;

/// Stand around each value in a text that is being filled in. No keyboard types them.
pub(super) const START: char = '\u{E000}';
pub(super) const END: char = '\u{E001}';

/// Stands for a value that the place cannot hold.
const BY_HAND: &str = "‹fill in by hand›";

/// What kind of text values stand in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// Words for people, with commands between backticks.
    Prose,
    /// A command or a script.
    Command(ScriptLanguage),
}

/// Where in a text one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Words,
    Bare,
    Single,
    Double,
    Comment,
}

/// The text with its marked values in place, without the marks.
pub(super) fn place_values(marked: &str, kind: Text) -> String {
    let mut place = begin(kind);
    let (mut out, mut rest) = (String::with_capacity(marked.len()), marked);
    while let Some((text, tail)) = rest.split_once(START) {
        let (value, tail) = tail.split_once(END).unwrap_or((tail, ""));
        place = after(place, text, kind);
        out.push_str(text);
        let is_ldap = text.ends_with('=') && tail.starts_with(')');
        out.push_str(&escaped(value, place, text.chars().next_back(), is_ldap, kind));
        rest = tail;
    }
    out.push_str(rest);
    out
}

fn begin(kind: Text) -> Place {
    if kind == Text::Prose { Place::Words } else { Place::Bare }
}

/// Where one is after this text.
fn after(mut place: Place, text: &str, kind: Text) -> Place {
    let is_prose = kind == Text::Prose;
    let quotes_once = kind != Text::Command(ScriptLanguage::Cmd);
    let mut before = ' ';
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        place = match (place, char) {
            // No string of a flow spans lines; an odd apostrophe then spoils one line at most.
            (_, '\n') => begin(kind),
            (Place::Words, '`') | (Place::Single, '\'') | (Place::Double, '"') => Place::Bare,
            (_, '`') if is_prose => Place::Words,
            (Place::Bare | Place::Double, '`') => {
                chars.next();
                place
            }
            (Place::Bare, '\'') if quotes_once => Place::Single,
            (Place::Bare, '"') => Place::Double,
            (Place::Bare, '#') if before.is_whitespace() && !is_prose => Place::Comment,
            (same, _) => same,
        };
        before = char;
    }
    place
}

fn escaped(value: &str, place: Place, before: Option<char>, is_ldap: bool, kind: Text) -> String {
    let is_line = !value.contains(['\n', '\r', '\0']);
    match place {
        Place::Words => value.to_owned(),
        Place::Comment if is_line => value.to_owned(),
        Place::Single if is_line => {
            let value = if is_ldap { in_ldap(value) } else { value.to_owned() };
            in_single_quotes(&value, kind)
        }
        // An OData filter quotes once more inside.
        Place::Double
            if is_line && fits_double_quotes(value) && !(before == Some('\'') && value.contains('\'')) =>
        {
            value.to_owned()
        }
        Place::Bare if value.chars().all(|c| c.is_alphanumeric() || "._-@:\\/+=~‹›".contains(c)) => {
            value.to_owned()
        }
        _ => BY_HAND.to_owned(),
    }
}

fn in_single_quotes(value: &str, kind: Text) -> String {
    if kind == Text::Command(ScriptLanguage::Bash) {
        return value.replace('\'', r"'\''");
    }
    value.chars().fold(String::with_capacity(value.len()), |mut text, char| {
        text.push(char);
        if is_single_quote(char) {
            text.push(char);
        }
        text
    })
}

/// PowerShell takes the typographic quotes for quotes too.
pub(crate) fn is_single_quote(char: char) -> bool {
    matches!(char, '\'' | '\u{2018}'..='\u{201b}')
}

/// Nothing in it ends the string or is replaced in it, in PowerShell or in cmd.exe.
fn fits_double_quotes(value: &str) -> bool {
    let is_replaced = value.char_indices().any(|(at, char)| {
        char == '$'
            && value[at + 1..].starts_with(|next: char| next.is_alphanumeric() || "_({:?^$".contains(next))
    });
    !is_replaced && !value.contains(['"', '\u{201c}', '\u{201d}', '\u{201e}', '`', '%', '!'])
}

/// RFC 4515, section 3.
fn in_ldap(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '*' => text.push_str("\\2a"),
            '(' => text.push_str("\\28"),
            ')' => text.push_str("\\29"),
            '\\' => text.push_str("\\5c"),
            other => text.push(other),
        }
    }
    text
}
