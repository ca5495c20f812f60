//! A sentence taken apart: words with what they mean and whether they are denied, anchors, and what kind of sentence it is.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use unicode_normalization::UnicodeNormalization;

use super::anchors::{self, Anchor};
use super::denial;
use super::lexicon::{Meaning, Weight, is_term, meaning, stem};

/// A piece of the text between white space, without the marks around it.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) lower: String,
    /// The clause that it is in; commas and "but" begin a new one.
    pub(super) clause: usize,
    /// Whether a sentence begins with it.
    pub(super) first: bool,
}

/// A word that means something.
#[derive(Clone, Debug)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) meaning: Meaning,
    /// One, or minus one for the opposite and for what is denied.
    pub(super) sign: i8,
    /// The sign of the word itself.
    pub(super) base: i8,
    pub(super) clause: usize,
    /// Its place among the pieces.
    pub(super) at: usize,
    /// It says how something was, not what was done: "was off".
    pub(super) is_state: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Sentence {
    pub(super) pieces: Vec<Piece>,
    pub(super) words: Vec<Word>,
    pub(super) anchors: Vec<Anchor>,
    /// It says what should be done, not what was.
    pub(super) is_plan: bool,
    /// It names the cause of something.
    pub(super) tells_cause: bool,
    /// It says that the cause is open.
    pub(super) denies_cause: bool,
    /// It says that it is not sure.
    pub(super) is_guess: bool,
    /// All pieces in lower case, for quotations.
    pub(super) plain: String,
    names: HashSet<String>,
    /// The clauses in which something is denied.
    denied: HashSet<usize>,
}

#[expect(
    clippy::expect_used,
    reason = "the patterns are constants, and every test of this module compiles them"
)]
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern compiles")
}

static PLAN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:plan(?:s|ned)? to|planned|suggest(?:s|ed|ion)?|propos(?:e|es|ed|al)|recommend(?:s|ed|ation)?|should|would|will|todo|to do|to be|pending|",
        r"scheduled|next steps?|could try|consider(?:ing)?|(?:asked|wants?|wanted|needs?|needed|offered|agreed|intends?|about|going) to|not yet|declined|rejected|awaiting|ordered|requested|quoted|expected|booked|next (?:week|month|quarter|year)|tomorrow|",
        r"if needed|optional|option)\b"
    ))
});
static CAUSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"\b(?:(?:root )?causes?d?|causing|because|due to|owing to|reason (?:was|is|for)|root cause|results? (?:of|from)|resulted from|resulting from|as a result|",
        r"led to|stem(?:s|med) from|triggered by|attributed to|responsible for|culprit|at fault|(?:made|makes|forced|forces) (?:the|it|them|its|all|every|both)|triggers?|brought (?:on|about) by|originated (?:from|in)|traced (?:back )?to)\b"
    ))
});
static OPEN_CAUSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:(?:cause|reason)\b.{0,24}\b(?:unknown|unclear|not (?:yet )?(?:confirmed|known|clear|found|determined|identified)|undetermined|open|under investigation)|(?:no|unknown|unclear|unconfirmed) (?:root )?(?:cause|reason))\b",
    )
});
static GUESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:suspect(?:s|ed)?|probabl[ey]|likely|possibl[ey]|presumabl[ey]|apparently|may(?:be)?|might|could be|perhaps|seems?|appears? to|unconfirmed|assumed?|theory|hypothesis|thinks?|guess)\b",
    )
});

/// A fact that begins with one of these is about later.
const PLANS: [&str; 9] =
    ["plan", "plans", "todo", "next", "idea", "proposal", "suggestion", "recommendation", "option"];

impl Sentence {
    pub(super) fn read(text: &str) -> Self {
        let pieces = pieces(text);
        let plain = pieces.iter().map(|p| p.lower.as_str()).collect::<Vec<_>>().join(" ");
        let anchors = anchors::of(text, &pieces);
        let (words, denied) = words(&pieces, &anchors);
        let denies_cause = OPEN_CAUSE.is_match(&plain);
        // A name is a word as well: the "Job" of "Job Nightly-SQL".
        let named = anchors.iter().filter_map(Anchor::name).map(stem);
        let names = words.iter().map(|w| w.meaning.name.clone()).chain(named).collect();
        Self {
            is_plan: PLAN.is_match(&plain)
                || pieces.first().is_some_and(|p| PLANS.contains(&p.lower.as_str())),
            // "Failed because of error 0x…" tells which error, not why.
            tells_cause: CAUSE.is_match(&plain.replace("because of error", "").replace("due to error", "")),
            is_guess: GUESS.is_match(&plain),
            denies_cause,
            pieces,
            words,
            anchors,
            plain,
            names,
            denied,
        }
    }

    /// A quotation, to be looked for in [`Sentence::plain`].
    pub(super) fn read_plain(text: &str) -> String {
        pieces(text).iter().map(|p| p.lower.as_str()).collect::<Vec<_>>().join(" ")
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.is_empty() && self.anchors.is_empty()
    }

    /// Each meaning once, in order.
    pub(super) fn meanings(&self) -> impl Iterator<Item = &Meaning> {
        let mut seen = HashSet::new();
        self.words.iter().map(|w| &w.meaning).filter(move |m| seen.insert(m.name.as_str()))
    }

    /// Whether a word of this meaning is in it; stems of five letters and more may go on.
    pub(super) fn has(&self, meaning: &Meaning) -> bool {
        self.names.contains(&meaning.name) || self.words.iter().any(|w| same(&w.meaning, meaning))
    }

    pub(super) fn has_anchor(&self, anchor: &Anchor) -> bool {
        self.anchors.iter().any(|a| a.matches(anchor)) || anchor.is_in(self)
    }

    /// Whether it says that something came back or never ended.
    pub(super) fn tells_again(&self) -> bool {
        const AGAIN: [&str; 10] = [
            "again",
            "returned",
            "returns",
            "reappeared",
            "recurred",
            "persists",
            "persisted",
            "still",
            "continued",
            "continues",
        ];
        self.pieces.iter().any(|p| AGAIN.contains(&p.lower.as_str()))
    }

    /// "When signing in": at what something happened, not that it went well.
    pub(super) fn is_circumstance(&self, word: &Word) -> bool {
        const AT: [&str; 9] = ["when", "while", "after", "before", "on", "upon", "by", "during", "beim"];
        let before = word.at.checked_sub(1).map_or("", |at| self.pieces[at].lower.as_str());
        AT.contains(&before) && self.pieces[word.at].lower.ends_with("ing")
    }

    pub(super) fn tells_failure(&self) -> bool {
        self.words.iter().any(|w| w.meaning.name == "~success" && w.sign < 0)
    }

    pub(super) fn clause_of(&self, anchor: &Anchor) -> usize {
        self.pieces.iter().enumerate().find(|(i, _)| anchor.covers(*i)).map_or(usize::MAX, |(_, p)| p.clause)
    }

    /// Whether it speaks of how something was before anything was done.
    pub(super) fn tells_before(&self) -> bool {
        const BEFORE: [&str; 5] = ["already", "originally", "initially", "previously", "beforehand"];
        self.pieces.iter().any(|p| BEFORE.contains(&p.lower.as_str()))
            || self.pieces.last().is_some_and(|p| p.lower == "before")
    }

    pub(super) fn denies(&self, clause: usize) -> bool {
        self.denied.contains(&clause)
    }

    /// Whether the word of the same meaning that stands closest to what the claim speaks of has the same sign; nothing
    /// where there is none.
    pub(super) fn agrees(&self, word: &Word, claim: &Self) -> Option<bool> {
        let near = |clause: usize| {
            let shared: HashSet<&str> = self
                .words
                .iter()
                .filter(|w| w.clause == clause && !same(&w.meaning, &word.meaning))
                .filter(|w| claim.words.iter().any(|c| same(&c.meaning, &w.meaning)))
                .map(|w| w.meaning.name.as_str())
                .collect();
            shared.len()
        };
        let speaking = self.words.iter().filter(|w| same(&w.meaning, &word.meaning));
        let best = speaking.clone().map(|w| near(w.clause)).max()?;
        // Where a fact says both of one thing, either is true. A thing is denied with its clause.
        let is_thing = matches!(word.meaning.weight, Weight::Thing | Weight::Soft) && word.base > 0;
        let agrees = |w: &Word| {
            w.sign == word.sign
                || (is_thing && w.base > 0 && self.denies(w.clause) == claim.denies(word.clause))
        };
        Some(speaking.filter(|w| near(w.clause) == best).any(agrees))
    }
}

pub(super) fn same(a: &Meaning, b: &Meaning) -> bool {
    let (short, long) = if a.name.len() <= b.name.len() { (&a.name, &b.name) } else { (&b.name, &a.name) };
    a.name == b.name
        || (a.weight == b.weight
            && short.len() >= 5
            && !short.starts_with(['!', '~', '=', '+'])
            && long.starts_with(short.as_str()))
}

/// Splits at white space, and where a clause or a sentence ends.
fn pieces(text: &str) -> Vec<Piece> {
    const TURNS: [&str; 7] = ["but", "while", "whereas", "although", "however", "then", "though"];
    let text: String = text.nfkc().map(plain_mark).collect();
    let text = text.replace("->", " -> ").replace("=>", " -> ").replace(" / ", " , ").replace('→', " -> ");
    let (mut all, mut clause, mut first) = (Vec::new(), 0, true);
    for raw in text.split_whitespace() {
        let trimmed = raw.trim_matches(|c: char| {
            !c.is_alphanumeric()
                && !matches!(c, '\\' | '/' | '%' | '@' | '#' | '+' | '-' | '>' | '°' | '€' | '$')
        });
        let trimmed = trimmed.trim_end_matches(['-', '/', '#', '+']);
        let lower = trimmed.to_lowercase();
        let lower = lower.strip_suffix("'s").unwrap_or(&lower).to_owned();
        if TURNS.contains(&lower.as_str()) || raw.starts_with('(') {
            clause += 1;
        }
        if !trimmed.is_empty() {
            all.push(Piece { text: trimmed.to_owned(), lower, clause, first });
            first = false;
        }
        if raw.ends_with([',', ';', '.', ':', '!', '?', ')']) {
            clause += 1;
        }
        if raw.ends_with(['.', '!', '?', ':']) || raw == "-" {
            first = true;
        }
    }
    all
}

fn plain_mark(c: char) -> char {
    match c {
        '’' | '‘' => '\'',
        '“' | '”' | '„' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}' | '−' => '-',
        _ => c,
    }
}

/// Words that make what follows them a state.
pub(super) const IS: [&str; 6] = ["is", "are", "was", "were", "been", "being"];
fn words(pieces: &[Piece], anchors: &[Anchor]) -> (Vec<Word>, HashSet<usize>) {
    let mut all: Vec<Word> = Vec::new();
    let mut denials = HashSet::new();
    let (mut denied, mut denied_clause, mut lacks) = (0_usize, 0, false);
    let mut at = 0;
    while at < pieces.len() {
        let piece = &pieces[at];
        let next = pieces.get(at + 1).map_or("", |p| p.lower.as_str());
        if piece.clause != denied_clause || denial::ends_at(&piece.lower)
            // "A connector without a password was …": only the password is denied.
            || (lacks && IS.contains(&piece.lower.as_str()))
        {
            denied = 0;
        }
        let stops_doing =
            matches!(piece.lower.as_str(), "stopped" | "stops" | "ceased" | "quit") && next.ends_with("ing");
        let fails_to =
            matches!(piece.lower.as_str(), "failed" | "fails" | "refused" | "refuses" | "unable" | "fail")
                && next == "to";
        let free_of = piece.lower == "free" && matches!(next, "of" | "from");
        if denial::begins_at(&piece.lower) || stops_doing || fails_to || free_of {
            lacks = matches!(piece.lower.as_str(), "without" | "ohne" | "sans" | "sin" | "zonder");
            let only = next == "only";
            (denied, denied_clause) = (if only { 0 } else { 4 }, piece.clause);
            if !only {
                denials.insert(piece.clause);
            }
            let is_last = pieces.get(at + 1).is_none_or(|p| p.clause != piece.clause);
            if is_last
                && denial::stands_behind(&piece.lower)
                && let Some(word) = all.iter_mut().rev().find(|w| w.clause == piece.clause)
            {
                word.sign = -word.sign;
            }
            at += if next == "longer" || fails_to { 2 } else { 1 };
            continue;
        }
        if denial::is_gone(&piece.lower) && !(piece.lower == "went" && next != "away") {
            let clause = piece.clause;
            denials.insert(clause);
            if let Some(word) = all.iter_mut().rev().find(|w| w.clause == clause) {
                word.sign = -1;
            }
            if piece.lower != "stopped" {
                at += if piece.lower == "went" { 2 } else { 1 };
                continue;
            }
        }
        let (term, taken) = term(pieces, at);
        let known = anchors.iter().any(|a| a.covers(at));
        if !known && let Some((meaning, sign)) = meaning(&term) {
            let base = sign;
            // "No new driver" denies the driver, not that it is new.
            let sign = if denied > 0 && meaning.name != "~new" { -sign } else { sign };
            denied = denied.saturating_sub(1);
            let text = term.replace('_', " ");
            let is_state = matches!(piece.lower.as_str(), "off" | "on")
                || (taken == 1
                    && !text.contains(' ')
                    && at > 0
                    && IS.contains(&pieces[at - 1].lower.as_str()));
            all.push(Word { text, meaning, sign, base, clause: piece.clause, at, is_state });
        } else if !known && term.contains('-') {
            for part in term.split('-') {
                if let Some((meaning, sign)) = meaning(part) {
                    let base = sign;
                    let sign = if denied > 0 { -sign } else { sign };
                    let text = part.to_owned();
                    all.push(Word { text, meaning, sign, base, clause: piece.clause, at, is_state: false });
                }
            }
        }
        at += taken;
    }
    (all, denials)
}

/// The longest term of the lexicon that begins here, or the word itself.
fn term(pieces: &[Piece], at: usize) -> (String, usize) {
    for len in (2..=3).rev() {
        if let Some(some) = pieces.get(at..at + len) {
            let joined = some.iter().map(|p| p.lower.as_str()).collect::<Vec<_>>().join("_");
            let stemmed = format!("{}{}", stem(&some[0].lower), &joined[some[0].lower.len()..]);
            if let Some(term) = [joined, stemmed].into_iter().find(|t| is_term(t)) {
                return (term, len);
            }
        }
    }
    // "turned it on", "switched the archive off".
    let word = &pieces[at].lower;
    if matches!(word.as_str(), "turned" | "switched" | "turn" | "switch" | "rolled" | "roll") {
        for (i, piece) in pieces.iter().enumerate().skip(at + 1).take(4) {
            let joined = format!("{word}_{}", piece.lower);
            let ends = pieces.get(i + 1).is_none_or(|p| p.clause != piece.clause);
            if ends
                && piece.clause == pieces[at].clause
                && matches!(piece.lower.as_str(), "on" | "off" | "back")
                && is_term(&joined)
            {
                return (joined, 1);
            }
        }
    }
    // "was off", "is on" at the end of a clause.
    let ends = pieces.get(at + 1).is_none_or(|p| p.clause != pieces[at].clause);
    let state = at > 0
        && matches!(pieces[at - 1].lower.as_str(), "was" | "is" | "were" | "are" | "been" | "left" | "still");
    match word.as_str() {
        "off" if ends || state => ("turned_off".to_owned(), 1),
        "on" if ends && state => ("turned_on".to_owned(), 1),
        _ => (word.clone(), 1),
    }
}
