//! Numbers of sources in an answer: `[1]`, `[2, 3]`. A number that no source has is taken out, and code is left alone.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// The longest that a group of numbers may be, in bytes, before it is taken for text.
const LONGEST: usize = 24;

/// Checks the citations of a text that grows.
#[derive(Debug)]
pub(crate) struct Citations {
    /// Sources are numbered from 1 to this.
    sources: usize,
    /// An open bracket, until it is known what it is.
    held: String,
    in_code: bool,
    used: BTreeSet<usize>,
}

impl Citations {
    /// Of so many sources.
    pub(crate) fn of(sources: usize) -> Self {
        Self { sources, held: String::new(), in_code: false, used: BTreeSet::new() }
    }

    /// Takes the next piece; answers with what can be shown.
    pub(crate) fn push(&mut self, piece: &str) -> String {
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            self.take(c, &mut out);
        }
        out
    }

    /// The rest.
    pub(crate) fn finish(&mut self) -> String {
        std::mem::take(&mut self.held)
    }

    fn take(&mut self, c: char, out: &mut String) {
        if c == '`' {
            self.in_code = !self.in_code;
        }
        let goes_on = match c {
            '[' => self.held.is_empty() && !self.in_code,
            ',' | ' ' | '0'..='9' => !self.held.is_empty() && self.held.len() < LONGEST,
            _ => false,
        };
        if goes_on {
            self.held.push(c);
            return;
        }
        let held = std::mem::take(&mut self.held);
        if c == ']' && held.contains(|d: char| d.is_ascii_digit()) {
            self.close(&held, out);
            return;
        }
        out.push_str(&held);
        if c == '[' && !self.in_code {
            self.held.push(c);
        } else {
            out.push(c);
        }
    }

    fn close(&mut self, held: &str, out: &mut String) {
        let numbers = held[1..].split([',', ' ']).filter_map(|word| word.parse().ok());
        for number in numbers.filter(|n| (1..=self.sources).contains(n)) {
            self.used.insert(number);
            let _ = write!(out, "[{number}]");
        }
    }
}

/// The numbers that a text cites, of so many sources.
pub(crate) fn cited(text: &str, sources: usize) -> BTreeSet<usize> {
    let mut citations = Citations::of(sources);
    citations.push(text);
    citations.used
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(text: &str, sources: usize) -> String {
        let mut citations = Citations::of(sources);
        let mut out = citations.push(text);
        out.push_str(&citations.finish());
        out
    }

    #[test]
    fn a_known_number_stays_and_an_unknown_one_goes() {
        assert_eq!(checked("Restart it [1], then wait [4].", 2), "Restart it [1], then wait .");
        assert_eq!(checked("See [2, 9,1].", 2), "See [2][1].");
        assert_eq!(checked("Zero[0].", 2), "Zero.");
    }

    #[test]
    fn what_is_no_number_is_text() {
        for text in ["[ ] to do", "[link](a)", "[12 apples]", "open [", "[[1]]x", "[1"] {
            assert_eq!(checked(text, 3), text, "{text}");
        }
    }

    #[test]
    fn code_cites_nothing() {
        assert_eq!(checked("`$a[7]` and ```\nb[8]\n```", 1), "`$a[7]` and ```\nb[8]\n```");
        assert!(cited("`$a[1]`", 1).is_empty());
    }

    #[test]
    fn what_is_cited_is_told() {
        assert_eq!(cited("A [3] b [1][7].", 3), BTreeSet::from([1, 3]));
    }

    proptest! {
        #[test]
        fn however_a_text_is_cut_it_comes_out_the_same(text in "[a-c\\[\\]0-9, `]{0,40}", at in 0_usize..40) {
            let at = text.char_indices().nth(at).map_or(text.len(), |(at, _)| at);
            let mut citations = Citations::of(3);
            let mut out = citations.push(&text[..at]);
            out.push_str(&citations.push(&text[at..]));
            out.push_str(&citations.finish());
            prop_assert_eq!(out, checked(&text, 3));
        }
    }
}
