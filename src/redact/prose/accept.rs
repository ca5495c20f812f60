//! Whether what stands at a place is a value of the cue's kind.

use std::ops::Range;

use super::scan::word;
use super::words::Role;
use super::{Joint, Reader};
use crate::redact::cue::Kind;
use crate::redact::near::is_counted;
use crate::redact::value::{Like, candidate, host_like, is_no_value, key_like, like, window};
use crate::redact::view::BARRIER;

impl Reader<'_> {
    /// Takes the value that begins here, if it is one; where it ends.
    pub(super) fn accept_at(&mut self, at: usize, joint: Joint, changed: bool) -> Option<usize> {
        let (range, end) = match self.cue.kind {
            Kind::Password | Kind::Shared => self.chosen(at, joint, changed)?,
            Kind::Creds => {
                let found = candidate(self.text, at)?;
                let value = &self.text[found.at.clone()];
                let alone = ends_clause(window(self.text, found.end), joint)
                    && !window(self.text, found.end).starts_with(" /");
                let made = value.chars().any(|c| c.is_ascii_digit())
                    && !host_like(value)
                    && like(value) >= Like::Mixed;
                (joint >= Joint::Is && alone && made && !value.contains(':'))
                    .then_some((found.at, found.end))?
            }
            Kind::Community => {
                let found = candidate(self.text, at)?;
                let value = &self.text[found.at.clone()];
                let enough = if joint == Joint::None { Like::Mixed } else { Like::Word };
                let joined = joint == Joint::None
                    && self.text[self.cue.at.clone()].to_lowercase().contains("snmp")
                    && value.contains(['-', '_'])
                    && !is_no_value(&value.to_lowercase());
                // "community" alone is a word as any other.
                let alone = self.text[self.cue.at.clone()].to_lowercase().starts_with("communit")
                    && self.cue.at.len() <= 11;
                let named = joint == Joint::Sign
                    && (value.contains(['-', '_']) || value.chars().any(|c| c.is_ascii_digit()))
                    && !is_no_value(&value.to_lowercase());
                if alone {
                    return named.then(|| {
                        self.take(found.at.clone());
                        found.end
                    });
                }
                (joined || like(value) >= enough).then_some((found.at, found.end))?
            }
            Kind::Pin | Kind::Code | Kind::BareCode => self.code(at, joint)?,
            Kind::Seed => self.seed(at)?,
            Kind::Key | Kind::BareKey => self.key(at, joint)?,
        };
        self.take(range);
        Some(end)
    }

    fn chosen(&self, at: usize, joint: Joint, changed: bool) -> Option<(Range<usize>, usize)> {
        if (joint >= Joint::Is || (joint == Joint::To && changed))
            && let Some(phrase) = self.phrase(at, joint)
        {
            return Some((phrase.clone(), phrase.end));
        }
        let found = candidate(self.text, at)?;
        let value = &self.text[found.at.clone()];
        let like = like(value);
        let after = window(self.text, found.end);
        let shared = self.cue.kind == Kind::Shared;
        let whole = ends_clause(after, joint);
        let yes = match like {
            Like::No if found.quoted && joint >= Joint::Is => quoted_phrase(value),
            Like::No => joint >= Joint::Is && whole && self.is_of_a_network() && hyphenated(value),
            _ if found.quoted => joint > Joint::None || like > Like::Word || !value.contains(' '),
            Like::Word if shared && joint >= Joint::Is => whole && value.len() >= 8,
            Like::Word => match joint {
                Joint::Sign => whole && value.len() >= 4 && !self.assigns_a_name(value),
                Joint::Is => whole && value.len() >= 4,
                Joint::To => changed && whole && value.len() >= 6 && !after.starts_with(' '),
                Joint::None | Joint::Named => false,
            },
            Like::Number => match joint {
                Joint::None => shared && value.len() >= 8,
                Joint::Named => false,
                _ => value.len() >= 4,
            },
            Like::Mixed => match joint {
                Joint::Sign | Joint::Is => true,
                Joint::To => changed || !host_like(value),
                Joint::None | Joint::Named => {
                    value.len() >= 6
                        && value.chars().any(|c| c.is_ascii_digit())
                        && !host_like(value)
                        && !unit(value)
                }
            },
            Like::Strong => joint > Joint::None || !host_like(value),
        };
        // A call, as in `password = hash(x)`.
        let call = !found.quoted && value.contains('(') && value.ends_with([')', '(']);
        (yes && !call).then_some((found.at, found.end))
    }

    /// Keys of wireless networks are often plain words with hyphens.
    fn is_of_a_network(&self) -> bool {
        let cue = &self.text[self.cue.at.start..];
        let near = &window(cue, 0).to_lowercase();
        let beside = near.get(..30).unwrap_or(near);
        self.cue.kind == Kind::Shared
            || ["wifi", "wi-fi", "wlan", "wireless", "guest"].iter().any(|word| beside.contains(word))
    }

    /// `password = passwd`: one name given the value of another.
    fn assigns_a_name(&self, value: &str) -> bool {
        let between = &self.text[self.cue.at.end..];
        let code = between.trim_start().starts_with('=') && self.before(1).ends_with(['_', '.', '$']);
        code || (value.len() <= 10 && value.eq_ignore_ascii_case(&self.text[self.cue.at.clone()]))
    }

    /// Plain words in a row up to the end of the line, as in a passphrase, or a word and a number.
    fn phrase(&self, at: usize, joint: Joint) -> Option<Range<usize>> {
        let line = window(self.text, at);
        let end = line.find(['.', ',', ';', '(', '!']).unwrap_or(line.len());
        let words: Vec<&str> = line[..end].split(' ').collect();
        let plain = |w: &&str| {
            w.chars().count() >= 3 && w.chars().all(char::is_alphabetic) && !is_no_value(&w.to_lowercase())
        };
        let cue = self.text[self.cue.at.clone()].to_lowercase();
        let named = ["phra", "satz", "zin"].iter().any(|word| cue.contains(word));
        if joint < Joint::Is && !named {
            return None;
        }
        if let (Joint::Sign, [word, number]) = (joint, words.as_slice())
            && plain(word)
            && word.chars().count() >= 5
            && word.starts_with(char::is_uppercase)
            && number.len() <= 4
            && number.bytes().all(|b| b.is_ascii_digit())
            && !number.is_empty()
            && end == line.len()
            && !is_counted(word)
        {
            return Some(at..at + end);
        }
        let least = if named { 3 } else { 4 };
        (words.len() >= least && words.len() <= 10 && words.iter().all(plain)).then_some(at..at + end)
    }

    pub(super) fn code(&self, at: usize, joint: Joint) -> Option<(Range<usize>, usize)> {
        let rest = window(self.text, at);
        let grouped = grouped_digits(rest);
        let digits = rest[..grouped].chars().filter(char::is_ascii_digit).count();
        let (fewest, most) = match self.cue.kind {
            Kind::Pin => (4, 12),
            Kind::Code => (4, 10),
            _ => (6, 8),
        };
        // "the code 739 105": six digits and nothing between.
        let keypad = (4..=8).contains(&grouped) && digits == grouped && rest[grouped..].starts_with('#');
        if self.cue.kind == Kind::BareCode && joint < Joint::Is && digits != 6 && !keypad {
            return None;
        }
        if grouped > 0 && ((fewest..=most).contains(&digits) || keypad) {
            let end = at + grouped + usize::from(rest[grouped..].starts_with(['#', '*']));
            return Some((at..end, end));
        }
        if self.cue.kind == Kind::BareCode {
            return None;
        }
        let found = candidate(self.text, at)?;
        let value = &self.text[found.at.clone()];
        let like = like(value);
        let enough = if joint >= Joint::Is || found.quoted { Like::Mixed } else { Like::Strong };
        let long = value.len() >= 6 || joint > Joint::None;
        let digits = value.chars().any(|c| c.is_ascii_digit());
        ((like >= enough || (joint == Joint::None && is_code(value) && digits && !host_like(value)))
            && long
            && digits)
            .then_some((found.at, found.end))
    }

    fn seed(&self, at: usize) -> Option<(Range<usize>, usize)> {
        let rest = window(self.text, at);
        let skip = usize::from(rest.starts_with(['"', '\'', '`']));
        let rest = &rest[skip..];
        let base32 = |c: char| c.is_ascii_alphabetic() || matches!(c, '2'..='7');
        let len = rest.find(|c: char| !base32(c) && c != ' ' && c != '-').unwrap_or(rest.len());
        let mut end = 0;
        let mut count = 0;
        for group in rest[..len].split_inclusive([' ', '-']) {
            let word = group.trim_end_matches([' ', '-']);
            // A group of a seed is written in one case; a word of a sentence that follows it is not of its length.
            let fits = word.len() >= 16 || (word.len() == 4 && (end == 0 || count % 4 == 0));
            if !fits {
                break;
            }
            count += word.len();
            end += group.len();
            if word.len() >= 16 {
                break;
            }
        }
        let seed = rest[..end].trim_end_matches([' ', '-']);
        (count >= 16).then(|| (at + skip..at + skip + seed.len(), at + skip + seed.len()))
    }

    fn key(&self, at: usize, joint: Joint) -> Option<(Range<usize>, usize)> {
        let found = candidate(self.text, at)?;
        let value = &self.text[found.at.clone()];
        let bare = self.cue.kind == Kind::BareKey;
        let shortest = match (bare, joint) {
            (false, Joint::Sign | Joint::Is) => 8,
            (false, Joint::To | Joint::Named | Joint::None) => 14,
            (true, Joint::Sign | Joint::Is) => 12,
            (true, _) => 20,
        };
        let guid = !bare && joint >= Joint::Is && is_guid(value) && self.is_a_secret();
        let short_hex = !bare && joint >= Joint::Is && value.len() >= 6 && like(value) == Like::Strong;
        let identifier = !self.before(1).ends_with(' ') && !self.before(1).is_empty();
        if identifier
            && self
                .before(24)
                .rsplit([' ', '"', '\''])
                .next()
                .is_some_and(|w| w.to_lowercase().contains("public"))
        {
            return None;
        }
        (key_like(value, shortest)
            || guid
            || short_hex
            || (found.quoted && joint >= Joint::Named && key_like(value, 10)))
        .then_some((found.at, found.end))
    }

    /// Vendors give GUIDs as secrets, but as ids more often.
    fn is_a_secret(&self) -> bool {
        let cue = self.text[self.cue.at.clone()].to_lowercase();
        cue.contains("secret") || cue.contains("api") || cue.contains("private") || cue.contains("geheim")
    }
}

/// Digits in groups: `493 201`, `80213`; zero when a letter follows.
fn grouped_digits(rest: &str) -> usize {
    let mut end = 0;
    let mut groups = 0;
    for (i, c) in rest.char_indices() {
        if c.is_ascii_digit() {
            end = i + 1;
        } else if matches!(c, ' ' | '-') && end == i && i > 0 && groups < 2 {
            // A group that follows is of two to four digits, as long as the first.
            let next = rest[i + 1..].chars().take_while(char::is_ascii_digit).count();
            let same = next == i || (groups > 0 && next >= 2);
            if !(2..=4).contains(&next) || !same {
                break;
            }
            groups += 1;
        } else {
            break;
        }
    }
    let goes_on = rest[end..].chars().next();
    let inside = goes_on.is_some_and(|c| c.is_alphanumeric() || matches!(c, '_' | '\\' | '/' | '@' | '%'))
        || (matches!(goes_on, Some('.' | ':' | '-')) && rest[end + 1..].starts_with(char::is_alphanumeric));
    if inside { 0 } else { end }
}

/// One of a list of backup codes: letters and digits, perhaps with a hyphen.
pub(super) fn is_code(value: &str) -> bool {
    (4..=24).contains(&value.len())
        && value.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && value.chars().any(|c| c.is_ascii_digit())
}

fn is_guid(value: &str) -> bool {
    value.len() == 36
        && value
            .bytes()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() })
}

/// `12characters`-like, or a name with a number that everybody knows.
fn unit(value: &str) -> bool {
    value.chars().next().is_some_and(|c| c.is_ascii_digit())
        && value.chars().all(char::is_alphanumeric)
        && value.len() < 8
}

/// `coffee-and-cake`: at least two words and one of them no word about passwords.
fn hyphenated(value: &str) -> bool {
    let words: Vec<&str> = value.split('-').collect();
    words.len() >= 2
        && value.len() >= 8
        && words.iter().all(|w| w.len() >= 2 && w.chars().all(char::is_alphanumeric))
        && words.iter().filter(|w| !is_no_value(&w.to_lowercase())).count() * 2 > words.len()
}

fn quoted_phrase(value: &str) -> bool {
    // Quoted words after "is" or a colon are a value, unless all of them say something about it.
    let words: Vec<String> = value.split(' ').map(str::to_lowercase).collect();
    words.len() >= 2
        && words.iter().filter(|w| !is_no_value(w)).count() * 2 > words.len()
        && words.iter().all(|w| w.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '\'')))
}

/// Whether a plain word before this is the whole value.
fn ends_clause(after: &str, joint: Joint) -> bool {
    let trimmed = after.trim_start_matches(['.', '!', '?', '"', '\'', '*', '_', '`']);
    let Some(first) = trimmed.chars().next() else { return true };
    if matches!(first, ',' | ';' | ')' | ']' | '}' | '<' | '|' | '/' | BARRIER) {
        return true;
    }
    if after.starts_with('.') {
        return first.is_whitespace();
    }
    let next = word(trimmed.trim_start()).to_lowercase();
    first.is_whitespace() && joint >= Joint::To && Role::GoesOn.has(&next)
}
