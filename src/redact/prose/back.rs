//! Values before their cue: "X is the new password", "try X as her password".

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::Reader;
use super::scan::before;
use super::words::Role;
use crate::redact::near::is_counted;
use crate::redact::value::{Candidate, Like, candidate, host_like, like};
use crate::redact::view::pattern;

/// A change, close before its cue.
static FROM_TO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:from|von|de|desde|van)\s([^\s,;]{6,40})\s(?:to|auf|zu|à|a|naar)\s([^\s,;]{6,40})[^.\n]{0,24}$",
    )
});

const LONGEST_LOOK_BACK: usize = 100;

impl Reader<'_> {
    /// "X is the new password", "try X as her password".
    pub(super) fn look_back(&mut self) {
        self.changed_before();
        let before = self.before(LONGEST_LOOK_BACK);
        let offset = self.cue.at.start - before.len();
        let mut words: Vec<Range<usize>> = Vec::new();
        let mut from = 0;
        for part in before.split_inclusive([' ', '\t']) {
            let len = part.trim_end().len();
            if len > 0 {
                words.push(from..from + len);
            }
            from += part.len();
        }
        let Some(link) = words.iter().rposition(|w| Role::Links.has(&before[w.clone()].to_lowercase()))
        else {
            return;
        };
        if link == 0 || words.len() - link > 5 {
            return;
        }
        let first = offset + words[link - 1].start;
        let Some(found) =
            candidate(self.text, first).or_else(|| self.quoted_before(offset + words[link].start))
        else {
            return;
        };
        let value = &self.text[found.at.clone()];
        if found.end <= self.cue.at.start
            && like(value) >= Like::Mixed
            && !host_like(value)
            && value.chars().any(|c| c.is_ascii_digit())
            && value.len() >= 6
        {
            self.take(found.at);
        }
    }

    /// "from A to B, her password works now": both.
    fn changed_before(&mut self) {
        let before = self.before(LONGEST_LOOK_BACK);
        let offset = self.cue.at.start - before.len();
        let Some(found) = FROM_TO.captures(before) else { return };
        let values: Vec<_> = (1..3).filter_map(|i| found.get(i)).collect();
        let made = |value: &str| {
            like(value) >= Like::Mixed
                && !host_like(value)
                && !is_counted(value.trim_end_matches(|c: char| c.is_ascii_digit()))
                && value.starts_with(char::is_alphabetic)
                && value.chars().any(|c| c.is_ascii_digit())
                && value.chars().any(char::is_lowercase)
        };
        if values.len() == 2 && values.iter().all(|value| made(value.as_str())) {
            let places: Vec<_> =
                values.iter().map(|value| offset + value.start()..offset + value.end()).collect();
            places.into_iter().for_each(|place| self.take(place));
        }
    }

    fn quoted_before(&self, end: usize) -> Option<Candidate> {
        let line = before(self.text, end, LONGEST_LOOK_BACK).trim_end();
        let mark = line.chars().next_back().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        let open = line[..line.len() - 1].rfind(mark)?;
        candidate(self.text, end - before(self.text, end, LONGEST_LOOK_BACK).len() + open)
    }
}
