//! Secrets that somebody announces: "her new pw is …", "Kennwort auf … gesetzt", `db_password = "…"`.
//!
//! From each cue word a cursor reads on for a few words: what the cue belongs to ("for the portal"), how it is joined to
//! a value (`:`, "is", "changed to", nothing), and the value. The looser the joint, the more the value must look
//! like one.

mod accept;
mod back;
mod scan;
mod words;

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cue::{Cue, Kind, cues};
use super::value::{Like, candidate, host_like, like, window};
use super::view::{BARRIER, pattern};
use super::{Found, Label};
use accept::is_code;
pub(super) use scan::before;
use scan::{closing, sign, spaces, word};
use words::Role;

/// How a value is joined to its cue, from loose to tight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Joint {
    /// Nothing between them.
    None,
    /// A name and a sign: "pw Meier: …".
    Named,
    /// "to", behind or before a word of change or not.
    To,
    /// "is", "lautet".
    Is,
    /// A colon, an equals sign, an arrow.
    Sign,
}

/// A type between a name and what is assigned to it.
static TYPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^[A-Za-z&'.<>]{2,30}\s{0,2}=\s{0,2}"));

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for cue in cues(text) {
        let mut reader = Reader { text, cue: &cue, out };
        if !reader.read() && matches!(cue.kind, Kind::Password | Kind::Shared | Kind::Pin | Kind::Code) {
            reader.look_back();
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    cue: &'a Cue,
    out: &'a mut Vec<Found>,
}

impl Reader<'_> {
    /// Reads on from the cue; whether a value was found.
    fn read(&mut self) -> bool {
        let before = self.before(48).to_lowercase();
        let last = before.split([' ', '\t', '(', '"']).rfind(|w| !w.is_empty()).unwrap_or("");
        if matches!(self.cue.kind, Kind::BareCode | Kind::BareKey | Kind::Key) && Role::OtherCode.has(last) {
            return false;
        }
        let start = self.cue.at.end + closing(&self.text[self.cue.at.end..]);
        let changes = Role::Changes.begins_in(&before);
        let (mut at, mut gap, mut changed, mut linked, mut qualified) = (start, 0, changes, false, true);
        while gap < 8 {
            at += spaces(window(self.text, at));
            let rest = window(self.text, at);
            if rest.is_empty() {
                return gap == 0 && self.tabular(at);
            }
            if rest.starts_with(BARRIER) {
                return true;
            }
            if let Some(len) = sign(rest, self.text, at, self.cue) {
                if gap > 0 && self.names_another(at) {
                    return false;
                }
                let joint = if gap == 0 || linked || changed { Joint::Sign } else { Joint::Named };
                return self.values(at + len, joint);
            }
            if gap == 0 && rest.starts_with(',') {
                return self.after_comma(at + 1);
            }
            // "thePw@host" is one word.
            if at == self.cue.at.end {
                return false;
            }
            let word = word(rest);
            let lower = word.to_lowercase();
            let next = at + word.len();
            if Role::From.has(&lower) && self.both_ends(next) {
                return true;
            }
            // "reset as a precaution": only these lead to a plain word.
            let leads = changed && matches!(lower.as_str(), "to" | "auf" | "naar" | "à" | "op");
            if Role::To.has(&lower) && self.joined_by(next, Joint::To, leads) {
                return true;
            }
            if lower == "of" && self.is_of(next) {
                return self.joined_by(next, Joint::Is, changed);
            }
            let its =
                ["c'est", "c’est", "it's", "it’s"].iter().find(|its| rest.to_lowercase().starts_with(**its));
            if let Some(its) = its {
                return self.joined_by(at + its.len(), Joint::Is, changed);
            }
            if Role::Is.has(&lower) && !word.is_empty() {
                let next = self.skip_still(next);
                if self.joined_by(next, Joint::Is, changed) {
                    return true;
                }
                if !Role::Changed.has(&lower) {
                    return false;
                }
            } else if (gap == 0 || (qualified && gap < 3) || self.is_marked(at))
                && self.joined_by(at, Joint::None, changed)
            {
                return true;
            }
            qualified &= Role::Qualifies.has(&lower);
            let is_link = Role::Of.has(&lower);
            let is_change = Role::Changed.has(&lower);
            linked |= is_link;
            changed |= is_change;
            if rest.starts_with('(') && gap == 0 {
                let Some(close) = rest.find(')') else { return false };
                at += close + 1;
                linked = true;
            } else if linked || is_change || (gap < 3 && !Role::OtherThing.has(&lower) && !lower.is_empty()) {
                let len = rest.find([' ', '\t', ':', '=']).unwrap_or(rest.len());
                if rest[..len].ends_with(',') {
                    return self.after_comma(at + len);
                }
                if rest[..len].ends_with(['.', ';', '!', '?']) || len == 0 {
                    return false;
                }
                at += len;
            } else {
                return false;
            }
            gap += 1;
        }
        false
    }

    /// "reset for user: …": what follows says whose it is, and not what.
    fn names_another(&self, sign: usize) -> bool {
        let label = before(self.text, sign, 24).trim_end().rsplit([' ', '\t']).next().unwrap_or("");
        Role::Whose.has(&label.to_lowercase())
    }

    /// "a password of …": a value made like no name.
    fn is_of(&self, at: usize) -> bool {
        candidate(self.text, at + spaces(window(self.text, at))).is_some_and(|found| {
            let value = &self.text[found.at];
            let name = value.trim_end_matches("'s").trim_end_matches("’s");
            like(value) == Like::Strong && !host_like(name) && value.chars().any(|c| c.is_ascii_digit())
        })
    }

    /// A value on the line below a label, or in the next cell.
    fn tabular(&mut self, at: usize) -> bool {
        let rest = &self.text[at..];
        let label = rest.starts_with('\n') && self.before(4).ends_with('\n');
        label && self.accept_at(at + 1, Joint::None, false).is_some()
    }

    /// "reset pw for her, now …", "it hasn't changed, it's …".
    fn after_comma(&mut self, at: usize) -> bool {
        const AND_IT_IS: [&str; 14] = [
            "now",
            "it's",
            "its",
            "it is",
            "now it's",
            "is now",
            "jetzt",
            "ist jetzt",
            "maintenant",
            "c'est",
            "ahora",
            "ahora es",
            "nu",
            "het is",
        ];
        let rest = window(self.text, at);
        let rest_at = at + spaces(rest);
        let rest = rest.trim_start().to_lowercase();
        let Some(words) =
            AND_IT_IS.iter().rev().find(|w| rest.starts_with(**w) && rest[w.len()..].starts_with([' ', ':']))
        else {
            return false;
        };
        self.joined_by(rest_at + words.len(), Joint::Is, false)
    }

    /// Whether a value with marks begins here that no name has, so that it needs no joint.
    fn is_marked(&self, at: usize) -> bool {
        candidate(self.text, at).is_some_and(|found| {
            let value = &self.text[found.at];
            like(value) == Like::Strong
                && value
                    .chars()
                    .skip(1)
                    .any(|c| matches!(c, '!' | '@' | '#' | '$' | '%' | '^' | '&' | '*' | '?'))
                && value.chars().any(|c| c.is_ascii_digit())
        })
    }

    /// Up to `bytes` of the line before the cue.
    fn before(&self, bytes: usize) -> &str {
        before(self.text, self.cue.at.start, bytes)
    }

    fn skip_still(&self, mut at: usize) -> usize {
        for _ in 0..3 {
            let rest = window(self.text, at);
            let skip = spaces(rest);
            let next = word(&rest[skip..]);
            if !Role::Still.has(&next.to_lowercase()) {
                break;
            }
            at += skip + next.len();
        }
        at
    }

    fn joined_by(&mut self, at: usize, joint: Joint, changed: bool) -> bool {
        let rest = window(self.text, at);
        let mut at = at + spaces(rest);
        let mut joint = joint;
        if let Some(len) = sign(window(self.text, at), self.text, at, self.cue) {
            if joint == Joint::None {
                return false;
            }
            (at, joint) = (at + len, Joint::Sign);
        }
        match self.accept_at(at, joint, changed) {
            Some(end) => {
                self.more(end);
                true
            }
            None => false,
        }
    }

    fn values(&mut self, at: usize, joint: Joint) -> bool {
        let mut at = at + spaces(window(self.text, at));
        if self.text[at..].starts_with('\n') {
            at += 1 + spaces(window(self.text, at + 1));
            // Below a label stands the value alone.
            let line = window(self.text, at);
            if line.trim().contains(' ') && self.cue.kind != Kind::Code {
                return false;
            }
        }
        match self.accept_at(at, joint, false) {
            Some(end) => {
                self.more(end);
                true
            }
            // `token: String = "…"`: the sign before the type is none.
            None => match TYPED.find(window(self.text, at)) {
                Some(typed) => self.joined_by(at + typed.end(), Joint::Sign, false),
                None => self.text[at..].starts_with(BARRIER),
            },
        }
    }

    /// "from A to B": both, when one of them looks like a value.
    fn both_ends(&mut self, at: usize) -> bool {
        let at = at + spaces(window(self.text, at));
        if self.cue.kind.label() != Label::Password && self.cue.kind != Kind::Pin {
            return false;
        }
        let Some(old) = candidate(self.text, at) else { return false };
        let rest = window(self.text, old.end);
        let skip = spaces(rest);
        let rest = &rest[skip..];
        let joint = ["->", "=>"].into_iter().find(|s| rest.starts_with(s)).unwrap_or_else(|| word(rest));
        let is_to = Role::To.has(&joint.to_lowercase()) || joint.ends_with('>');
        let at = old.end + skip + joint.len();
        let Some(new) = (is_to && !joint.is_empty())
            .then(|| candidate(self.text, at + spaces(window(self.text, at))))
            .flatten()
        else {
            return false;
        };
        let (a, b) = (like(&self.text[old.at.clone()]), like(&self.text[new.at.clone()]));
        let pins =
            self.cue.kind == Kind::Pin && a.min(b) == Like::Number && old.at.len().min(new.at.len()) >= 4;
        if !pins && (a.max(b) < Like::Mixed || a.min(b) < Like::Word) {
            return false;
        }
        self.take(old.at);
        self.take(new.at);
        true
    }

    /// Further values after one: "A or B", backup codes in a row.
    fn more(&mut self, mut end: usize) {
        for _ in 0..16 {
            let rest = window(self.text, end);
            let mut at = end;
            let listed = self.cue.kind == Kind::Code;
            let comma =
                rest.starts_with([',', '/', ';']) || rest.starts_with(" /") || rest.starts_with(" ->");
            if comma {
                at += rest.find([' ', ',', '/', ';']).unwrap_or(0) + 1;
                at +=
                    window(self.text, at).chars().take_while(|c| matches!(c, ' ' | '/' | '-' | '>')).count();
            } else {
                at += spaces(rest);
            }
            let next = word(window(self.text, at));
            let and = Role::And.has(&next.to_lowercase());
            if and {
                at += next.len() + spaces(window(self.text, at + next.len()));
            }
            let mut renewed = false;
            for _ in 0..4 {
                let next = word(window(self.text, at));
                if !Role::TheNewOne.has(&next.to_lowercase()) {
                    break;
                }
                renewed = true;
                at += next.len() + spaces(window(self.text, at + next.len()));
            }
            renewed &= self.cue.kind.label() == Label::Password;
            if !(listed || comma || and || renewed) {
                return;
            }
            if renewed && let Some(len) = sign(window(self.text, at), self.text, at, self.cue) {
                at += len + spaces(window(self.text, at + len));
            }
            if listed && let Some((code, behind)) = self.code(at, Joint::Sign) {
                end = behind;
                self.take(code);
                continue;
            }
            let Some(found) = candidate(self.text, at) else { return };
            let value = &self.text[found.at.clone()];
            let enough = match (listed, renewed) {
                (true, _) => Like::Number,
                (false, true) => Like::Mixed,
                (false, false) => Like::Strong,
            };
            let made_up = value.bytes().any(|b| b.is_ascii_digit()) && !value.contains('=');
            if like(value) < enough || !made_up || host_like(value) || (listed && !is_code(value)) {
                return;
            }
            end = found.end;
            self.take(found.at);
        }
    }

    fn take(&mut self, at: Range<usize>) {
        let label = self.cue.kind.label();
        self.out.push(Found { at, label });
    }
}
