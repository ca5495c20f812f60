//! The choke point for secrets: every text passes here before it is stored, shown or sent.
//!
//! A value that must not be kept is replaced by a token that says what it was: `[PASSWORD#1]`. Within one text the
//! same value has the same token, so that "from A to B" stays readable; what a token stands for is kept nowhere.
//!
//! What always holds:
//! - Redacting twice is redacting once, and a token is never redacted.
//! - The time is linear in the text: every pattern is bounded and runs on an automaton, every look around a cue word
//!   ends after a few words.
//! - Mentions of people and channels stay as the chat platform wrote them.
//!
//! Where to start: [`redact`]. It folds the text ([`view`]) so that look-alike characters hide nothing, asks each
//! detector for the places that it would take out, and merges them. `forms` and `numbers` know values by their shape,
//! `command` those in command lines, `prose` and `login` those that somebody announces in one of five languages, and
//! `pii` what identifies people and machines.

mod command;
mod cue;
mod forms;
mod growing;
mod jsonl;
mod label;
mod login;
mod near;
mod numbers;
mod phone;
mod pii;
mod prose;
mod value;
mod vendor;
mod view;

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use strum::{AsRefStr, EnumString};

pub use growing::Growing;
pub use jsonl::{LineError, redact_line};
pub use label::Label;
use view::View;

/// What stands in a stored value instead of a sensitive script parameter.
pub const MASK: &str = "[REDACTED]";

/// How often a text is looked at again after something was taken out of it. Each round takes out more, or is the last.
const ROUNDS: usize = 6;

/// How much is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, AsRefStr, EnumString)]
#[strum(serialize_all = "lowercase")]
pub enum Profile {
    /// Passwords, keys, tokens, codes, and the numbers of cards, accounts and people: nobody needs them in a note.
    #[default]
    Secrets,
    /// Also what identifies people and machines: addresses, telephone numbers, user and host names. For what leaves
    /// the team.
    Pii,
}

/// One value that was taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it begins in the original text, in bytes; always at a character.
    pub start: usize,
    /// Where it ends, in bytes; the end itself is not part of it.
    pub end: usize,
    /// What it is.
    pub label: Label,
}

/// A text without what was taken out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// The text, with tokens.
    pub text: String,
    /// What was taken out of the original, in order, without overlaps.
    pub spans: Vec<Span>,
}

/// A place in the folded text that a detector would take out.
#[derive(Clone, Debug)]
struct Found {
    at: Range<usize>,
    label: Label,
}

/// The text without its secrets: [`redact`] with [`Profile::Secrets`].
#[must_use]
pub fn secrets(text: &str) -> String {
    redact(text, Profile::Secrets).text
}

/// Whether this is nothing but what stands for a redacted value.
#[must_use]
pub fn is_token(text: &str) -> bool {
    text == MASK || view::TOKEN.find(text).is_some_and(|m| m.range() == (0..text.len()))
}

/// Takes out of a text what the profile names.
#[must_use]
pub fn redact(text: &str, profile: Profile) -> Redacted {
    let mut spans: Vec<Span> = Vec::new();
    // Taking a value out can bring its neighbours together: "pw: A B" could become "pw: [PASSWORD#1] B".
    for _ in 0..ROUNDS {
        let view = View::new(text, &spans);
        let more = found(&view, profile);
        let more: Vec<Span> = more.into_iter().filter_map(|f| view.original(&f)).collect();
        if more.is_empty() {
            break;
        }
        spans.extend(more);
        spans = merged(spans);
    }
    Redacted { text: with_tokens(text, &spans), spans }
}

fn found(view: &View, profile: Profile) -> Vec<Found> {
    let text = view.text();
    let mut all = Vec::new();
    forms::find(text, &mut all);
    vendor::find(text, &mut all);
    command::find(text, &mut all);
    prose::find(text, &mut all);
    login::find(text, &mut all);
    near::find(text, &mut all);
    numbers::find(text, &mut all);
    if profile == Profile::Pii {
        pii::find(text, &mut all);
        phone::find(text, &mut all);
    }
    all.retain(|f| !f.at.is_empty() && !text[f.at.clone()].contains(view::BARRIER));
    all
}

/// In order, with what overlaps made one; it has the label of its longest part.
fn merged(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|s| (s.start, usize::MAX - s.end));
    let mut out: Vec<(Span, usize)> = Vec::with_capacity(spans.len());
    for span in spans {
        let size = span.end - span.start;
        match out.last_mut() {
            Some((last, longest)) if span.start < last.end => {
                last.end = last.end.max(span.end);
                if size > *longest {
                    (last.label, *longest) = (span.label, size);
                }
            }
            _ => out.push((span, size)),
        }
    }
    out.into_iter().map(|(span, _)| span).collect()
}

/// The text with a token for each span. Numbers go up by first appearance, after those that the text has already.
fn with_tokens(text: &str, spans: &[Span]) -> String {
    static NUMBERED: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\[([A-Z_]+)#([0-9]{1,6})\]").ok());
    if spans.is_empty() {
        return text.to_owned();
    }
    let mut last: HashMap<&str, u32> = HashMap::new();
    for found in NUMBERED.iter().flat_map(|r| r.captures_iter(text)) {
        let (Some(label), Some(number)) = (found.get(1), found.get(2)) else { continue };
        let number = number.as_str().parse().unwrap_or(0);
        let entry = last.entry(label.as_str()).or_insert(0);
        *entry = number.max(*entry);
    }
    let mut tokens: HashMap<(Label, &str), u32> = HashMap::new();
    let (mut out, mut from) = (String::with_capacity(text.len()), 0);
    for span in spans {
        let name = span.label.name();
        let value = &text[span.start..span.end];
        let number = *tokens.entry((span.label, value)).or_insert_with(|| {
            let entry = last.entry(span.label.name()).or_insert(0);
            *entry += 1;
            *entry
        });
        out.push_str(&text[from..span.start]);
        out.push_str(&format!("[{name}#{number}]"));
        from = span.end;
    }
    out.push_str(&text[from..]);
    out
}
