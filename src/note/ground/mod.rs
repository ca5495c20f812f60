//! Whether a sentence says only what its facts say. No model judges here, so the answer is the same every time.
//!
//! A sentence is a set of meanings ([`lexicon`]) and anchors ([`anchors`]): numbers with their units, names, identifiers,
//! quotations. It is supported when each anchor is in its facts, "from A to B" runs the same way, what was done was done,
//! states agree, most of its words are covered, and a cause is one that somebody confirmed.
//!
//! What always holds: the check is pure, it never changes a sentence, and what it does not understand counts against the
//! sentence, not for it. Where to start: [`check`].

mod anchors;
mod denial;
mod direction;
mod jsonl;
mod lexicon;
mod object;
mod quantity;
mod sentence;

use std::fmt;

pub use jsonl::{LineError, check_line};

use lexicon::Weight;
use sentence::Sentence;

/// How much of a sentence must be found in its facts.
const COVERED: f64 = 0.5;

/// Why a sentence is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It says nothing, or there are no facts.
    Empty,
    /// A number, name, identifier or quotation that no fact has, or not there.
    Anchor(String),
    /// From and to, before and after, are the wrong way round.
    Direction(String),
    /// The fact says the opposite.
    Polarity(String),
    /// Something was done, or is so, of which no fact speaks.
    Unknown(String),
    /// It was planned or suggested, and no fact says that it was done.
    NotDone(String),
    /// A cause that nobody confirmed.
    Cause,
    /// Too few of its words are in the facts.
    Coverage,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => write!(f, "there is nothing to compare"),
            Self::Anchor(what) => write!(f, "no fact has “{what}” in this place"),
            Self::Direction(what) => write!(f, "the facts have it the other way round: {what}"),
            Self::Polarity(what) => write!(f, "a fact says the opposite of “{what}”"),
            Self::Unknown(what) => write!(f, "no fact speaks of “{what}”"),
            Self::NotDone(what) => {
                write!(f, "no fact says that “{what}” was done, only that it was meant to be")
            }
            Self::Cause => write!(f, "no fact confirms this cause"),
            Self::Coverage => write!(f, "too little of it is in the facts"),
        }
    }
}

/// Checks one sentence against the facts that it rests on.
///
/// # Errors
/// The first [`Fault`], the gravest kinds first.
pub fn check<F: AsRef<str>>(claim: &str, facts: &[F]) -> Result<(), Fault> {
    let claim = Sentence::read(claim);
    let facts: Vec<Sentence> =
        facts.iter().map(|f| Sentence::read(f.as_ref())).filter(|f| !f.is_empty()).collect();
    if claim.is_empty() || facts.is_empty() {
        return Err(Fault::Empty);
    }
    let close = closest(&claim, &facts);
    order(&claim, &facts, &close)?;
    anchors::check(&claim, &facts, &close)?;
    anchors::times(&claim, &facts)?;
    direction::check(&claim, &facts)?;
    polarity(&claim, &close)?;
    covered(&claim, &facts)?;
    states(&claim, &facts)?;
    done(&claim, &facts)?;
    object::check(&claim, &facts)?;
    cause(&claim, &facts)
}

/// The facts by how much they share with the claim, closest first, with their share.
fn closest<'f>(claim: &Sentence, facts: &'f [Sentence]) -> Vec<(f64, &'f Sentence)> {
    let rarity = |word: &lexicon::Meaning| {
        let having = facts.iter().filter(|f| f.has(word)).count();
        if having == 0 { 0.0 } else { 1.0 + 1.0 / having as f64 }
    };
    let mut scored: Vec<(f64, &Sentence)> = facts
        .iter()
        .map(|fact| {
            let words: f64 =
                claim.meanings().filter(|m| fact.has(m)).map(|m| rarity(m) * m.weight.factor()).sum();
            let anchors = claim.anchors.iter().filter(|a| fact.has_anchor(a)).count();
            (words + 2.0 * anchors as f64, fact)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored
}

/// What is said of a thing must not be the opposite of what the closest fact says of it.
fn polarity(claim: &Sentence, close: &[(f64, &Sentence)]) -> Result<(), Fault> {
    let Some((best, _)) = close.first() else { return Ok(()) };
    for word in claim.words.iter().filter(|word| !claim.is_circumstance(word)) {
        // The closest facts that speak of it decide.
        let mut speaking = close.iter().filter(|(score, f)| *score >= best * 0.6 && f.has(&word.meaning));
        let Some((top, first)) = speaking.next() else { continue };
        let agrees = |fact: &Sentence| fact.agrees(word, claim).unwrap_or(true);
        // That it was off does not say that somebody turned it off.
        let tells = |fact: &Sentence| {
            word.is_state
                || fact.words.iter().any(|w| sentence::same(&w.meaning, &word.meaning) && !w.is_state)
        };
        // "It could not be installed" is what "it fails" says.
        let failed = word.sign < 0 && word.base > 0 && close.first().is_some_and(|(_, f)| f.tells_failure());
        let was_so = word.meaning.weight == Weight::Action && !tells(first);
        let undone = || {
            close
                .iter()
                .any(|(score, f)| *score >= best * 0.6 && f.has(&word.meaning) && tells(f) && !agrees(f))
        };
        // What was missing has been added since.
        let since = word.base > 0
            && word.sign > 0
            && !matches!(word.meaning.weight, Weight::Action | Weight::State)
            && claim.words.iter().any(|act| {
                act.meaning.weight == Weight::Action
                    && act.sign > 0
                    && !first.has(&act.meaning)
                    && close.iter().any(|(_, f)| f.has(&act.meaning) && f.agrees(act, claim) == Some(true))
            });
        if failed || since || (agrees(first) && !(was_so && undone())) {
            continue;
        }
        // Another fact as close may be the one that is meant; what was done changes what was before.
        let changed = word.meaning.weight == Weight::Action && !claim.tells_before();
        let enough = if changed { 0.65 } else { 0.95 };
        let another = close
            .iter()
            .any(|(score, f)| *score >= top * enough && f.has(&word.meaning) && agrees(f) && tells(f));
        if !another {
            return Err(Fault::Polarity(word.text.clone()));
        }
    }
    Ok(())
}

/// What came back came back last, and what was so already was so first: the facts are in the order of their recording.
fn order(claim: &Sentence, facts: &[Sentence], close: &[(f64, &Sentence)]) -> Result<(), Fault> {
    let Some((best, _)) = close.first() else { return Ok(()) };
    let (again, before) = (claim.tells_again(), claim.tells_before());
    if !again && !before {
        return Ok(());
    }
    for word in claim.words.iter().filter(|word| !claim.is_circumstance(word)) {
        let near = |fact: &&Sentence| {
            fact.has(&word.meaning)
                && close.iter().any(|(score, f)| std::ptr::eq(*f, *fact) && *score >= best * 0.25)
        };
        let decides = if again { facts.iter().rfind(near) } else { facts.iter().find(near) };
        if decides.is_some_and(|fact| fact.agrees(word, claim) == Some(false)) {
            return Err(Fault::Polarity(word.text.clone()));
        }
    }
    Ok(())
}

fn covered(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    let known = |m: &lexicon::Meaning| facts.iter().any(|f| f.has(m));
    if let Some(word) = claim.words.iter().find(|w| w.meaning.weight.needs_fact() && !known(&w.meaning)) {
        return Err(Fault::Unknown(word.text.clone()));
    }
    let all = claim.meanings().count();
    let found = claim.meanings().filter(|m| known(m)).count();
    if (found as f64) < COVERED * all as f64 || found + claim.anchors.len() == 0 {
        return Err(Fault::Coverage);
    }
    // Together in one place: what is scattered over many facts is a new sentence.
    let most = facts.iter().map(|f| claim.meanings().filter(|m| f.has(m)).count()).max().unwrap_or(0);
    let words = claim.meanings().count();
    if words >= 3 && claim.anchors.is_empty() && most * 3 < words {
        return Err(Fault::Coverage);
    }
    Ok(())
}

/// How a thing is said to be needs a fact that says so of it, and not of another thing; and one that has the claim's own
/// number does not say the opposite.
fn states(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    for word in claim.words.iter().filter(|word| !claim.is_circumstance(word)) {
        let speaking: Vec<&Sentence> = facts.iter().filter(|f| f.has(&word.meaning)).collect();
        let counted = |fact: &&&Sentence| {
            claim
                .anchors
                .iter()
                .any(|a| a.is_measured() && fact.anchors.iter().any(|b| a.matches(b) && b.is_measured()))
        };
        let mut measured = speaking.iter().filter(counted).peekable();
        if measured.peek().is_some() && measured.all(|f| f.agrees(word, claim) == Some(false)) {
            return Err(Fault::Polarity(word.text.clone()));
        }
        if word.meaning.weight != Weight::State {
            continue;
        }
        let others = || claim.words.iter().filter(|w| w.meaning.weight != Weight::State && w.at != word.at);
        let shares = |fact: &&Sentence| {
            others().any(|w| fact.has(&w.meaning)) || claim.anchors.iter().any(|a| fact.has_anchor(a))
        };
        let says_what = others().next().is_some() || !claim.anchors.is_empty();
        if says_what && !speaking.is_empty() && !speaking.iter().any(shares) {
            return Err(Fault::Unknown(word.text.clone()));
        }
    }
    Ok(())
}

/// What the claim tells as done needs a fact that is no plan.
fn done(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    if claim.is_plan {
        return Ok(());
    }
    for word in claim.words.iter().filter(|w| w.meaning.weight == Weight::Action && w.sign > 0) {
        let mut speaking = facts.iter().filter(|f| f.has(&word.meaning)).peekable();
        if speaking.peek().is_some() && speaking.all(|f| f.is_plan) {
            return Err(Fault::NotDone(word.text.clone()));
        }
    }
    Ok(())
}

/// A cause is confirmed by a fact that names one and shares what the claim says of it.
fn cause(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    if !claim.tells_cause || claim.is_guess {
        return Ok(());
    }
    let confirms = |fact: &Sentence| {
        let shared = claim.meanings().filter(|m| fact.has(m)).count()
            + claim.anchors.iter().filter(|a| fact.has_anchor(a)).count();
        let all = claim.meanings().count() + claim.anchors.len();
        fact.tells_cause && !fact.is_guess && !fact.denies_cause && shared * 2 >= all
    };
    if facts.iter().any(confirms) { Ok(()) } else { Err(Fault::Cause) }
}
