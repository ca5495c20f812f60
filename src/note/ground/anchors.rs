//! What can be checked to the letter: numbers with units, identifiers, names, quotations.

use super::Fault;
use super::lexicon::{Weight, is_function_word, meaning, stem};
use super::quantity::{multiplier, unit, value};
use super::sentence::{Piece, Sentence};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    /// A value with its unit: seconds for every length of time, `%`, `gb`.
    Number { value: f64, unit: Option<&'static str>, vague: bool },
    /// A name of a machine, a path, an address, a version, an error code.
    Identifier(String),
    /// A name with a capital letter.
    Name(String),
    /// What stands in quotation marks.
    Quote(String),
}

#[derive(Clone, Debug)]
pub(super) struct Anchor {
    pub(super) kind: Kind,
    pub(super) text: String,
    /// What is counted: the words that follow.
    next: Vec<String>,
    /// The word before it, as in "Latitude 5440".
    before: String,
    from: usize,
    to: usize,
}

impl Anchor {
    pub(super) fn covers(&self, at: usize) -> bool {
        (self.from..self.to).contains(&at)
    }

    pub(super) fn matches(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Number { value: a, unit: u, .. }, Kind::Number { value: b, unit: v, .. }) => {
                (a - b).abs() < 1e-9 && (u == v || u.is_none() || v.is_none())
            }
            (Kind::Identifier(a), Kind::Identifier(b)) => {
                a == b
                    || part_of(a, b)
                    || part_of(b, a)
                    || a.trim_start_matches('v') == b.trim_start_matches('v')
            }
            (Kind::Name(a), Kind::Name(b)) => a == b,
            _ => false,
        }
    }

    /// Names and quotations may be written in a fact in another way.
    pub(super) fn is_in(&self, sentence: &Sentence) -> bool {
        match &self.kind {
            Kind::Name(name) => {
                sentence
                    .pieces
                    .iter()
                    .any(|p| p.lower == *name || p.lower.split(['-', '/', '\\', '.', '@']).any(|s| s == name))
                    || sentence.pieces.iter().any(|p| is_inflected(name, &p.lower))
                    || meaning(name).is_some_and(|(m, _)| sentence.has(&m))
            }
            Kind::Quote(quote) => sentence.plain.contains(quote.as_str()),
            Kind::Identifier(id) => {
                sentence.pieces.iter().any(|p| p.lower.trim_matches(['#', '.']) == id.as_str())
            }
            Kind::Number { value, .. } => {
                // "552 5.2.2", "port 443": a number inside an identifier of its own.
                let text = value.to_string();
                sentence.pieces.iter().any(|p| p.lower == text)
            }
        }
    }

    pub(super) fn name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Name(name) => Some(name),
            _ => None,
        }
    }

    /// Where it begins among the pieces.
    pub(super) fn at(&self) -> usize {
        self.from
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number { .. })
    }

    /// A number with its unit.
    pub(super) fn is_measured(&self) -> bool {
        matches!(self.kind, Kind::Number { unit: Some(_), .. })
    }

    /// Whether a sentence has this very identifier: an address, a version, the name of a machine.
    pub(super) fn is_named_in(&self, sentence: &Sentence) -> bool {
        matches!(self.kind, Kind::Identifier(_)) && sentence.has_anchor(self)
    }

    /// Whether both are of one sort, so that one of them stands where the other could: two numbers of one thing, two names.
    pub(super) fn is_alike(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Number { unit: a, .. }, Kind::Number { unit: b, .. }) => {
                a == b && self.counts_the_same(other)
            }
            (Kind::Name(_), Kind::Name(_)) => true,
            (Kind::Identifier(_), Kind::Identifier(_)) => self.shape() == other.shape(),
            _ => false,
        }
    }

    fn counts_the_same(&self, other: &Self) -> bool {
        self.next.iter().any(|word| other.next.contains(word))
            || (!self.before.is_empty() && self.before == other.before)
    }

    /// Letters and digits, each run as one: `LT-0442` and `SRV-01` are made alike.
    fn shape(&self) -> String {
        let Kind::Identifier(id) = &self.kind else { return String::new() };
        let mut shape = String::new();
        for c in id.chars() {
            let kind = if c.is_ascii_digit() {
                '9'
            } else if c.is_alphabetic() {
                'A'
            } else {
                c
            };
            if !shape.ends_with(kind) {
                shape.push(kind);
            }
        }
        shape
    }
}

/// `srv-sql02` of `srv-sql02.acme.local`, but not `10.0.0.1` of `10.0.0.12`.
fn part_of(part: &str, whole: &str) -> bool {
    part.len() >= 3
        && part.contains(char::is_alphabetic)
        && whole.split(['.', '\\', '/', '@', ':']).any(|p| p == part)
}

/// `druckers` is `drucker`, where capitals begin every noun.
fn is_inflected(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len() >= 5
        && long.strip_prefix(short).is_some_and(|end| matches!(end, "s" | "n" | "e" | "es" | "en" | "er"))
}

pub(super) fn of(text: &str, pieces: &[Piece]) -> Vec<Anchor> {
    let mut all = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let (kind, taken) = match number(pieces, at) {
            Some(found) => found,
            None => match other(pieces, at) {
                Some(kind) => (kind, 1),
                None => {
                    at += 1;
                    continue;
                }
            },
        };
        let next = pieces[at + taken..]
            .iter()
            .take(3)
            .filter(|p| !is_function_word(&p.lower))
            .map(|p| stem(&p.lower))
            .take(2)
            .collect();
        let text = pieces[at..at + taken].iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        let before = at
            .checked_sub(1)
            .map(|i| &pieces[i].lower)
            .filter(|w| !is_function_word(w))
            .cloned()
            .unwrap_or_default();
        all.push(Anchor { kind, text, next, before, from: at, to: at + taken });
        at += taken;
    }
    all.extend(quotes(text));
    all
}

fn number(pieces: &[Piece], at: usize) -> Option<(Kind, usize)> {
    let word = |i: usize| pieces.get(at + i).map_or("", |p| p.lower.as_str());
    let number = |value, unit, vague, taken| Some((Kind::Number { value, unit, vague }, taken));
    // "half an hour", "a quarter of an hour", "an hour".
    match (word(0), word(1), word(2), word(3)) {
        ("half", "an" | "a", u, _) if unit(u).is_some() => {
            return unit(u).and_then(|(n, k)| number(0.5 * k, Some(n), false, 3));
        }
        ("quarter", "of", "an", "hour") | ("quarter", "hour", ..) => {
            return number(900.0, Some("s"), false, if word(1) == "of" { 4 } else { 2 });
        }
        ("an" | "a", u @ ("hour" | "minute" | "day" | "week" | "month" | "year"), ..) => {
            return unit(u).and_then(|(n, k)| number(k, Some(n), true, 2));
        }
        _ => {}
    }
    let (value, glued) = value(word(0))?;
    let vague = matches!(word(0), "one" | "once" | "twice" | "single");
    if let Some((name, factor)) = glued.as_deref().and_then(unit) {
        return number(value * factor, Some(name), false, 1);
    }
    if glued.is_some() {
        return None;
    }
    // "a dozen", "two hundred", "one and a half hours".
    let (mut value, mut taken) = (value, 1);
    if let Some(times) = multiplier(word(1)) {
        value *= times;
        taken = 2;
    }
    if matches!(word(taken), "am" | "pm") {
        let hours = value % 12.0 + if word(taken) == "pm" { 12.0 } else { 0.0 };
        return Some((Kind::Identifier(format!("{hours:02}:00")), taken + 1));
    }
    match unit(word(taken)) {
        Some((name, factor)) => number(value * factor, Some(name), false, taken + 1),
        None => number(value, None, vague, taken),
    }
}

fn other(pieces: &[Piece], at: usize) -> Option<Kind> {
    let piece = &pieces[at];
    let bare = piece.lower.trim_matches(['#', '.', ':', ',']);
    let digits = bare.chars().any(|c| c.is_ascii_digit());
    let joined = bare.contains(['\\', '@', '_'])
        || bare.contains("://")
        || (bare.contains('.') && !bare.ends_with('.'));
    let path = bare.starts_with('/') && bare.len() > 2
        || bare.ends_with(':')
        || (piece.text.ends_with(':') && bare.len() == 1);
    if (digits || joined || path) && bare.chars().count() >= 2 && !ordinal(bare) {
        return Some(Kind::Identifier(clock(bare, pieces.get(at + 1))));
    }
    let mut letters = piece.text.chars().filter(|c| c.is_alphabetic());
    let capital = letters.next().is_some_and(char::is_uppercase);
    let capitals = piece.text.chars().filter(|c| c.is_uppercase()).count();
    let acronym = capitals >= 2 && capitals * 2 >= piece.text.chars().count() && piece.text.len() >= 2;
    let next_capital = pieces
        .get(at + 1)
        .is_some_and(|p| p.text.starts_with(char::is_uppercase) && p.clause == piece.clause);
    let camel =
        piece.text.chars().skip(1).any(char::is_uppercase) && piece.text.chars().all(char::is_alphanumeric);
    let name = acronym
        || camel
        || (capital && PRODUCTS.contains(&piece.lower.as_str()))
        || (capital
            && (!piece.first
                || (next_capital && meaning(&piece.lower).is_some_and(|(m, _)| m.weight == Weight::Soft))));
    if !name || matches!(piece.lower.as_str(), "i" | "microsoft" | "the" | "ok") {
        return None;
    }
    // What the lexicon knows is a word like any other, and so is what only holds a sentence together.
    match meaning(&piece.lower) {
        Some((m, _)) if m.weight != Weight::Soft => None,
        None if !(acronym || camel) && is_function_word(&piece.lower) => None,
        _ => Some(Kind::Name(bare.to_owned())),
    }
}

/// Names also where a sentence begins with them.
const PRODUCTS: [&str; 24] = [
    "firefox",
    "edge",
    "chrome",
    "safari",
    "outlook",
    "teams",
    "excel",
    "word",
    "powerpoint",
    "onedrive",
    "sharepoint",
    "windows",
    "ubuntu",
    "android",
    "dropbox",
    "zoom",
    "slack",
    "adobe",
    "acrobat",
    "citrix",
    "veeam",
    "sophos",
    "intune",
    "exchange",
];

fn ordinal(word: &str) -> bool {
    ["1st", "2nd", "3rd"].contains(&word)
        || (word.ends_with("th") && word[..word.len() - 2].bytes().all(|b| b.is_ascii_digit()))
}

/// `10:15` with `pm` behind it is `22:15`.
fn clock(word: &str, next: Option<&Piece>) -> String {
    let (time, suffix) = match word.strip_suffix("pm").or_else(|| word.strip_suffix("am")) {
        Some(time) => (time, &word[time.len()..]),
        None => (word, next.map_or("", |p| p.lower.as_str())),
    };
    let Some((hours, minutes)) = time.split_once(':') else { return word.to_owned() };
    let (Ok(hours), 2) = (hours.parse::<u32>(), minutes.len()) else { return word.to_owned() };
    match suffix {
        "pm" => format!("{:02}:{minutes}", hours % 12 + 12),
        "am" => format!("{:02}:{minutes}", hours % 12),
        _ => format!("{hours:02}:{minutes}"),
    }
}

fn quotes(text: &str) -> Vec<Anchor> {
    let text: String =
        text.chars().map(|c| if matches!(c, '“' | '”' | '„' | '«' | '»') { '"' } else { c }).collect();
    text.split('"')
        .skip(1)
        .step_by(2)
        .filter(|q| q.chars().count() > 2)
        .map(|q| {
            let inner = Sentence::read_plain(q);
            Anchor {
                kind: Kind::Quote(inner),
                text: q.to_owned(),
                next: Vec::new(),
                before: String::new(),
                from: usize::MAX,
                to: usize::MAX,
            }
        })
        .collect()
}

/// Every anchor of the claim is in a fact, and there with what the claim says of it.
pub(super) fn check(claim: &Sentence, facts: &[Sentence], close: &[(f64, &Sentence)]) -> Result<(), Fault> {
    for anchor in &claim.anchors {
        let fault = || Err(Fault::Anchor(anchor.text.clone()));
        let vague = matches!(anchor.kind, Kind::Number { vague: true, .. });
        let having: Vec<&Sentence> = facts.iter().filter(|f| f.has_anchor(anchor)).collect();
        if having.is_empty() {
            // "an hour", "one": wrong only where a fact counts the same thing otherwise.
            if vague && !counted_otherwise(anchor, facts) {
                continue;
            }
            return fault();
        }
        if matches!(anchor.kind, Kind::Number { .. })
            && (!counted(anchor, claim, &having) || measured_otherwise(anchor, claim, facts, &having))
        {
            return fault();
        }
        // What was done was done to this one, not to another that is named like it.
        let shape = anchor.shape();
        if shape.is_empty() {
            continue;
        }
        // Two of a kind in one claim, and it is not clear which word belongs to which.
        if claim.anchors.iter().filter(|a| a.shape() == shape).count() > 1 {
            continue;
        }
        for word in &claim.words {
            let speaking: Vec<&Sentence> =
                close.iter().map(|(_, f)| *f).filter(|f| f.has(&word.meaning)).collect();
            // Only what stands close to it is said of it.
            let near = word.at.abs_diff(anchor.from) <= 5;
            let telling = word.meaning.weight == Weight::Action
                || (speaking.len() == 1 && word.clause == claim.clause_of(anchor));
            if !near || !telling {
                continue;
            }
            let mut doing = speaking.into_iter().peekable();
            let elsewhere = doing.peek().is_some()
                && doing.all(|f| !f.has_anchor(anchor) && f.anchors.iter().any(|a| a.shape() == shape));
            if elsewhere {
                return fault();
            }
        }
    }
    Ok(())
}

const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Days of the week, and what is so now: they belong to what the closest fact says, and not to another one.
pub(super) fn times(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    let has = |s: &Sentence, word: &str| s.pieces.iter().any(|p| p.lower == word);
    let days = |s: &Sentence| DAYS.into_iter().filter(|day| has(s, day)).collect::<Vec<_>>();
    let shared = |fact: &Sentence| claim.meanings().filter(|m| fact.has(m)).count();
    for day in days(claim) {
        let with = facts.iter().filter(|f| has(f, day)).map(shared).max().unwrap_or(0);
        let other = facts.iter().filter(|f| !has(f, day) && !days(f).is_empty()).map(shared).max();
        if other.is_some_and(|other| other > with && other >= 2) {
            return Err(Fault::Anchor(day.to_owned()));
        }
    }
    if !has(claim, "now") {
        return Ok(());
    }
    for fact in facts.iter().filter(|f| has(f, "now") && shared(f) > 0) {
        for anchor in claim.anchors.iter().filter(|a| a.is_measured()) {
            let alike = |a: &&Anchor| match (&a.kind, &anchor.kind) {
                (Kind::Number { unit: a, .. }, Kind::Number { unit: b, .. }) => a == b,
                _ => false,
            };
            if !fact.has_anchor(anchor) && fact.anchors.iter().any(|a| alike(&a)) {
                return Err(Fault::Anchor(anchor.text.clone()));
            }
        }
    }
    Ok(())
}

/// Whether a fact has the number for the same thing, or says much of the same.
fn counted(anchor: &Anchor, claim: &Sentence, having: &[&Sentence]) -> bool {
    having.iter().any(|fact| {
        let alike = fact.anchors.iter().filter(|a| a.matches(anchor)).any(|a| a.counts_the_same(anchor));
        let others = claim.anchors.iter().filter(|a| !a.matches(anchor) && fact.has_anchor(a)).count();
        let shared = others + claim.meanings().filter(|m| fact.has(m)).count();
        let unit = matches!(anchor.kind, Kind::Number { unit: Some(_), .. });
        alike || (unit && shared >= 1) || shared >= 2 || shared * 2 >= claim.meanings().count()
    })
}

/// Whether a fact that is closer to the claim than those with the value has another value of the same unit: 28,800
/// seconds of a limit are no support for eight hours of something else.
fn measured_otherwise(anchor: &Anchor, claim: &Sentence, facts: &[Sentence], having: &[&Sentence]) -> bool {
    let Kind::Number { unit: Some(unit), .. } = anchor.kind else { return false };
    let others = || claim.anchors.iter().filter(|a| !a.matches(anchor));
    let all = claim.meanings().count() + others().count();
    let shared = |fact: &Sentence| {
        claim.meanings().filter(|m| fact.has(m)).count() + others().filter(|a| fact.has_anchor(a)).count()
    };
    let best = having.iter().map(|f| shared(f)).max().unwrap_or(0);
    let same_unit = |a: &Anchor| matches!(a.kind, Kind::Number { unit: Some(u), .. } if u == unit);
    facts.iter().any(|fact| {
        !fact.has_anchor(anchor)
            && fact.anchors.iter().any(|a| same_unit(a) && !having.iter().any(|f| f.has_anchor(a)))
            && shared(fact) > best + usize::from(best * 2 >= all)
            && shared(fact) * 2 >= all
    })
}

fn counted_otherwise(anchor: &Anchor, facts: &[Sentence]) -> bool {
    facts.iter().flat_map(|f| &f.anchors).any(|a| {
        matches!((&a.kind, &anchor.kind), (Kind::Number { unit: u, .. }, Kind::Number { unit: v, .. }) if u == v)
            && a.counts_the_same(anchor)
    })
}
