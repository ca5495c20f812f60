//! What a value looks like: where it ends, and how likely it is that somebody chose it as a secret.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::view::{BARRIER, pattern};

/// No password is longer, in bytes; also bounds every look around a cue word.
const LONGEST: usize = 160;

/// How a value is made, from "certainly none" to "nothing else looks like this".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Like {
    /// A variable, a placeholder, an address, a path, a date, a state ("expired"): not a value.
    No,
    /// One word as in a dictionary.
    Word,
    /// Digits only.
    Number,
    /// Two kinds of characters, as in `hunter2`.
    Mixed,
    /// Three kinds, as in `Hunter2!`.
    Strong,
}

/// A candidate: its place, and whether it stands in quotes.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) at: Range<usize>,
    pub(super) quoted: bool,
    /// Behind the value and its closing quote.
    pub(super) end: usize,
}

static NO_VALUE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let lines = include_str!("words/no_value.txt").lines().filter(|l| !l.starts_with('#'));
    lines.flat_map(str::split_whitespace).collect()
});

/// Endings of participles: what was done with a password is not the password.
static DONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\p{L}{3,}(?:ed|ing|able|ible|iert|ierte|ée|és|ées|ado|ada|idos?|idas?|ados|adas)|ge\p{L}{3,}(?:t|en|d)|(?:zurück|ab|ein|an|ver|ent|aus)\p{L}{2,}(?:t|en))$",
    )
});

/// What can stand where a value is expected and never is one.
static NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^(?:",
        // Variables, templates, calls, and what people write instead of a value.
        r"\$[a-z_][a-z0-9_:.]*|\$[({].*|%[a-z0-9_]+%|\{.*|<.*|\(.*|@[({].*|\[.*|[a-z0-9_.]+\(.*\)?;?",
        r"|[a-z_]+(?:\.[a-z_]+)+|(?:os|process|config|env|secrets|vars|settings|self|this|ENV|System)[.\[].*",
        r"|(?:Get|Read|New|Set|ConvertTo|ConvertFrom|Import|Export|Out|Select|Test)-[A-Z][a-z]+[a-z]*",
        r"|my[-_](?:password|secret|token|key)|\.{2,}|[x*.•●_#?-]{3,}",
        // Addresses and paths.
        r"|[a-z][a-z0-9+.-]*://.*|[a-z]:\\.*|\\\\.*|~?/[a-z0-9_.-]+(?:/.*)?|[^@\s]+@(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}|[0-9]{1,3}(?:\.[0-9]{1,3}){3})",
        r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?:[:/][0-9]+)?|(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}",
        // Files.
        r"|[a-z0-9_.()-]+\.(?:ps1|psm1|bat|cmd|vbs|exe|msi|log|txt|docx?|xlsx?|pdf|zip|dll|sys|conf|cfg|ini|xml|json|ya?ml|csv|rdp|ost|pst|png|jpe?g|evtx|sql|py|sh)",
        // Numbers that are something else: error codes, GUIDs, SIDs, versions, updates, dates, times, sizes, counts.
        r"|0x[0-9a-f]+|\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?|S-1-[0-9].*|v?[0-9]+(?:\.[0-9]+)+|kb[0-9]{6,8}|[a-z]{2,4}[0-9]{2}h[0-9]",
        r"|[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}(?:t[[0-9]:.z+-]*)?|[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?(?:am|pm)?|#[0-9]+|[0-9]+%",
        r"|[0-9]{1,4}[-+x]?(?:st|nd|rd|th|am|pm|[kmgt]i?b|chars?|characters?|digits?|letters?|days?|hours?|hrs?|h|min|mins|minutes?|months?|weeks?|years?|times|x|zeichen|stellen|stellig|tage?n?|fa|caract[a-zè]*|jours?|mois|d[ií]as?|tekens|dagen|er|e)",
        r"|cve-[0-9]{4}-[0-9]+|(?:rfc|iso|aes|sha|md|rsa|tls|ssl|ntlmv?|smbv?|wpa|wep|utf|ipv|win|windows|office|o|m|server|exchange|sql|p|a|e)-?[0-9]{1,4}(?:-?[a-z]{2,4})?",
        r")$"
    ))
});

static HEX: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96,128})$"));

/// Names of computers: capitals and digits around a hyphen, or a short prefix with a number.
static HOST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[A-Z]{2,}[A-Z0-9]*(?:-[A-Z0-9]+)+|[A-Z]{2,}(?:-[A-Z]{2,})*v?[0-9]{0,3}|[A-Z]{2,8}[0-9]{1,4}|[A-Z]{2,}[A-Z0-9]*-[0-9]{1,5}[a-z]|[a-z]{2,8}-[a-z]{0,8}[0-9]{1,3}|(?:srv|fs|dc|ws|pc|nas|ap|sw|db|web|sql|vm|app|print|laptop|lt)-?[0-9]{1,4})$",
    )
});

/// The value that begins here, on this line.
pub(super) fn candidate(text: &str, at: usize) -> Option<Candidate> {
    let rest = window(text, at);
    let open = rest.chars().next()?;
    if rest.starts_with("\\\"") {
        return quoted(rest, at, 2, "\\\"");
    }
    for (mark, skip) in [("**", 2), ("__", 2), ("`", 1), ("\"", 1), ("'", 1), ("*", 1), ("_", 1)] {
        if rest.starts_with(mark)
            && let Some(found) = quoted(rest, at, skip, mark)
            // Words in backticks are a command.
            && !(open == '`' && text[found.at.clone()].contains(' '))
            // Emphasis is no quoting: words in it are judged as if it were not there.
            && (matches!(open, '`' | '"' | '\'') || !text[found.at.clone()].contains(' '))
        {
            return Some(Candidate { quoted: matches!(open, '`' | '"' | '\''), ..found });
        }
    }
    if matches!(open, '"' | '`') {
        return None;
    }
    let skip = if rest.starts_with("**") { 2 } else { usize::from(matches!(open, '(' | '\'')) };
    bare(rest, at, skip)
}

/// At most [`LONGEST`] bytes of the line from here on.
pub(super) fn window(text: &str, at: usize) -> &str {
    let rest = &text[at..];
    let mut end = rest.len().min(LONGEST);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    let line = &rest[..end];
    line.find(['\n', '\r']).map_or(line, |newline| &line[..newline])
}

fn quoted(rest: &str, at: usize, skip: usize, close: &str) -> Option<Candidate> {
    let inner = rest.get(skip..)?;
    let mut from = 0;
    loop {
        let end = from + inner.get(from..)?.find(close)?;
        let after = inner[end + close.len()..].chars().next();
        // An apostrophe inside a word closes nothing.
        if close == "'" && after.is_some_and(char::is_alphanumeric) && end > 0 {
            from = end + 1;
            continue;
        }
        let value = inner[..end].trim();
        if value.is_empty() {
            return None;
        }
        let start = at + skip + inner.find(value)?;
        return Some(Candidate {
            at: start..start + value.len(),
            quoted: true,
            end: at + skip + end + close.len(),
        });
    }
}

fn bare(rest: &str, at: usize, skip: usize) -> Option<Candidate> {
    let rest = rest.get(skip..)?;
    let mut end = rest.len();
    for (i, c) in rest.char_indices() {
        let after = &rest[i + c.len_utf8()..];
        let stops = c.is_whitespace()
            || c.is_control()
            || matches!(c, '"' | '`' | '<' | BARRIER)
            || (c == '\\' && after.starts_with(['n', 'r', 't', '"']) && i > 3)
            || (matches!(c, ',' | ';' | '\'') && ends_list_item(after))
            || (c == ';'
                && !["&amp", "&lt", "&gt"].iter().any(|e| rest[..i].ends_with(e))
                && names_a_field(after))
            || (c == ',' && names_a_field(after));
        if stops {
            end = i;
            break;
        }
    }
    let mut value = &rest[..end];
    loop {
        let last = value.chars().next_back()?;
        let unopened = match last {
            ')' => !value.contains('('),
            ']' => !value.contains('['),
            '}' => !value.contains('{'),
            '>' => !value.contains('<'),
            '.' | ',' | ';' | ':' | '"' | '\'' => true,
            _ => false,
        };
        if !unopened {
            break;
        }
        value = &value[..value.len() - last.len_utf8()];
    }
    let start = at + skip;
    (!value.is_empty()).then(|| Candidate {
        at: start..start + value.len(),
        quoted: false,
        end: start + value.len(),
    })
}

fn ends_list_item(after: &str) -> bool {
    after.is_empty() || after.starts_with([' ', '\t', '"', '\'', ')', '}', ']', ',', ';'])
}

/// `Server=…` behind a semicolon, `user: …` behind a comma.
fn names_a_field(after: &str) -> bool {
    let name = after.trim_start().trim_start_matches(|c: char| c.is_alphanumeric() || matches!(c, '_' | ' '));
    name.len() < after.len() && name.starts_with(['=', ':']) && after.len() - name.len() < 40
}

/// What the text at this place looks like.
pub(super) fn like(value: &str) -> Like {
    let count = value.chars().count();
    if count < 3 || value.contains(BARRIER) || value.len() > LONGEST {
        return Like::No;
    }
    let lower = value.to_lowercase();
    if is_no_value(&lower) || holds_a_stand_in(&lower) {
        return Like::No;
    }
    // The costly patterns are of words with something in them.
    if !value.chars().all(char::is_alphabetic) && (NEVER.is_match(value) || HEX.is_match(value)) {
        return Like::No;
    }
    if value.chars().all(|c| c.is_ascii_digit()) {
        return Like::Number;
    }
    let letters = value.chars().any(char::is_alphabetic);
    let digits = value.chars().any(|c| c.is_ascii_digit());
    let marks = value.chars().any(|c| !c.is_alphanumeric());
    let joined = |c: char| matches!(c, '-' | '_' | '.' | '/' | '\'' | '&' | '+' | ':' | ',');
    if letters && !digits && value.chars().all(|c| c.is_alphabetic() || joined(c)) && value.contains(joined) {
        // Words joined: "case-sensitive" is none, "correct-horse-battery" is.
        let words: Vec<&str> = lower.split(joined).collect();
        let plain = words.iter().all(|w| w.chars().count() > 2 && !is_no_value(w));
        let hyphens = value.chars().filter(|c| joined(*c)).all(|c| matches!(c, '-' | '_' | '.'));
        return if plain && hyphens && words.len() > 2 { Like::Mixed } else { Like::No };
    }
    if !letters && value.chars().all(|c| c.is_ascii_digit() || joined(c) || matches!(c, ' ' | '(' | ')')) {
        return Like::No;
    }
    if !letters && !digits {
        return if count >= 6 && value.chars().collect::<HashSet<_>>().len() > 3 {
            Like::Mixed
        } else {
            Like::No
        };
    }
    let inner_case = value.chars().skip(1).any(char::is_uppercase) && value.chars().any(char::is_lowercase);
    let many_marks =
        value.chars().filter(|c| !c.is_alphanumeric() && !joined(*c)).collect::<HashSet<_>>().len() > 3;
    match [letters, digits, marks, inner_case, many_marks].into_iter().filter(|kind| *kind).count() {
        0 | 1 if !letters => Like::No,
        0 | 1 => Like::Word,
        2 if count < 4 => Like::No,
        2 => Like::Mixed,
        _ if count < 5 => Like::Mixed,
        _ => Like::Strong,
    }
}

pub(super) fn is_no_value(lower: &str) -> bool {
    NO_VALUE.contains(lower) || DONE.is_match(lower)
}

/// Whether this reads like the name of a computer.
pub(super) fn host_like(value: &str) -> bool {
    HOST.is_match(value)
}

/// Whether this reads like a key made by a machine: at least `shortest` characters, well mixed, in no words.
pub(super) fn key_like(value: &str, shortest: usize) -> bool {
    let mixed = value.chars().any(|c| c.is_ascii_digit()) && value.chars().any(|c| c.is_ascii_alphabetic());
    let random_letters = value.len() >= 20
        && value.chars().filter(char::is_ascii_uppercase).count() >= 4
        && value.chars().filter(char::is_ascii_lowercase).count() >= 4
        && !value.contains(['.', '/', '-', '_', ' ']);
    value.len() >= shortest
        && value.len() <= 2_000
        && value.bytes().all(|b| b.is_ascii_graphic() && !b"()|<>,;'`{}[]\"".contains(&b))
        && (mixed || random_letters)
        && !value.contains('\\')
        && entropy(value) >= if value.len() < 20 { 2.5 } else { 3.0 }
        && !in_words(value)
        && !holds_a_stand_in(&value.to_lowercase())
        && !NEVER.is_match(value)
}

/// `my-build-token-2`: words and short numbers, joined.
fn in_words(value: &str) -> bool {
    value.split(['-', '_', '.', '/', ':', '+']).all(|part| {
        let letters = part.chars().filter(char::is_ascii_alphabetic).count();
        let digits = part.len() - letters;
        let vowels = part.chars().filter(|c| "aeiouyAEIOUY".contains(*c)).count();
        let capitals = part.chars().skip(1).filter(char::is_ascii_uppercase).count();
        (letters == 0 && digits <= 4)
            || (letters > 0
                && digits <= 2
                && ends_in_digits(part)
                && part.len() <= 14
                && vowels * 5 >= letters
                && capitals <= 2)
    })
}

fn ends_in_digits(part: &str) -> bool {
    !part.trim_end_matches(|c: char| c.is_ascii_digit()).contains(|c: char| c.is_ascii_digit())
}

/// What people write instead of a value.
fn holds_a_stand_in(lower: &str) -> bool {
    lower.starts_with("your")
        || lower.starts_with("dummy")
        || lower.bytes().all(|b| b == b'x')
        || ["example", "placeholder", "xxxxx", "redacted", "abcdefghij", "0000000000", "*****"]
            .iter()
            .any(|s| lower.contains(s))
}

/// Shannon entropy, in bits for each byte.
pub(super) fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|b| counts[usize::from(b)] += 1);
    let total = value.len() as f64;
    counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c) / total).map(|p| -p * p.log2()).sum()
}
