//! The text as the detectors see it: folded, with one character where nothing may be taken out.
//!
//! Folding takes away zero-width characters and writes look-alikes in one way (NFKC, straight quotes, plain hyphens and
//! arrows). Every byte of the folded text knows the characters of the original that it stands for.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Found, Span};

/// Stands for a token, a mention or a value that was taken out already. No detector takes it into a value.
pub(super) const BARRIER: char = '\u{E000}';

/// What [`super::redact`] writes in place of a value.
pub(super) static TOKEN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\[(?:REDACTED|[A-Z_]{2,20}#[0-9]{1,6})\]"));

/// The longest of them, in bytes: more could hide a secret. Checked on the match, because a count in the pattern takes
/// megabytes.
const LONGEST_OPAQUE: usize = 240;

/// Tokens, and how Slack, Discord and Teams write mentions, channels, emoji and times.
static OPAQUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\[(?:REDACTED|[A-Z_]{2,20}#[0-9]{1,6})\]",
        r"|<@[!&]?[A-Z0-9]{2,24}(?:\|[^<>\n]*)?>",
        r"|<#[A-Z0-9]{2,24}(?:\|[^<>\n]*)?>",
        r"|<!(?:here|channel|everyone|subteam\^[A-Z0-9]{2,24}|date\^[0-9]{1,12}\^[^<>|\n]*)(?:\|[^<>\n]*)?>",
        r"|<a?:[A-Za-z0-9_]{2,32}:[0-9]{5,24}>",
        r"|<t:[0-9]{1,12}(?::[A-Za-z])?>",
        r"|<at(?: [^<>\n]*)?>[^<\n]*</at>",
    ))
});

/// A pattern of this module; all of them are constants that the tests compile.
#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test of this module compiles them"
)]
pub(super) fn pattern(text: &str) -> Regex {
    // Some hold hundreds of words: a small cache of automaton states would be thrown away all the time.
    RegexBuilder::new(text).dfa_size_limit(8 << 20).build().expect("a constant pattern compiles")
}

pub(super) struct View {
    text: String,
    /// For each byte of `text`, the range of the original that its character stands for.
    from: Vec<(usize, usize)>,
}

impl View {
    /// `taken` are spans of the original that were taken out already, in order.
    pub(super) fn new(original: &str, taken: &[Span]) -> Self {
        let mut view =
            Self { text: String::with_capacity(original.len()), from: Vec::with_capacity(original.len()) };
        let marked = OPAQUE.find_iter(original).filter(|m| m.len() <= LONGEST_OPAQUE);
        let opaque = marked.map(|m| (m.start(), m.end()));
        let mut barriers: Vec<(usize, usize)> =
            opaque.chain(taken.iter().map(|s| (s.start, s.end))).collect();
        barriers.sort_unstable();
        let mut at = 0;
        for (start, end) in barriers {
            if start < at {
                continue;
            }
            view.fold(original, at, start);
            view.push(BARRIER, (start, end));
            at = end;
        }
        view.fold(original, at, original.len());
        view
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The same place in the original.
    pub(super) fn original(&self, found: &Found) -> Option<Span> {
        let (first, last) = (self.from.get(found.at.start)?, self.from.get(found.at.end.checked_sub(1)?)?);
        Some(Span { start: first.0, end: last.1, label: found.label })
    }

    fn push(&mut self, c: char, from: (usize, usize)) {
        self.text.push(c);
        self.from.extend(std::iter::repeat_n(from, c.len_utf8()));
    }

    fn fold(&mut self, original: &str, start: usize, end: usize) {
        let mut chars = original[start..end].char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            let at = start + at;
            if c.is_ascii() && chars.peek().is_none_or(|(_, next)| next.is_ascii()) {
                self.push(c, (at, at + 1));
                continue;
            }
            if is_hidden(c) {
                continue;
            }
            // A character with the marks that follow it.
            let mut to = at + c.len_utf8();
            while let Some((_, mark)) = chars.next_if(|(_, next)| is_combining_mark(*next)) {
                to += mark.len_utf8();
            }
            match look_alike(c) {
                Some(plain) => plain.chars().for_each(|p| self.push(p, (at, to))),
                None => original[at..to].nfkc().for_each(|p| self.push(p, (at, to))),
            }
        }
    }
}

fn is_hidden(c: char) -> bool {
    matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2064}' | '\u{FEFF}')
}

fn look_alike(c: char) -> Option<&'static str> {
    Some(match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '″' | '＂' => "\"",
        '‘' | '’' | '‚' | '‛' | '‹' | '›' | '´' | '′' => "'",
        '\u{2010}'..='\u{2015}' | '−' => "-",
        '→' | '➔' | '➜' | '⟶' => "->",
        '⇒' => "=>",
        // It means something here only where this module put it.
        BARRIER => "\u{FFFD}",
        _ => return None,
    })
}
