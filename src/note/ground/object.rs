//! What something was done to: "the firewall was upgraded" needs a fact in which the firewall was, and not another thing.

use super::Fault;
use super::anchors::Anchor;
use super::lexicon::{Weight, is_function_word};
use super::sentence::{IS, Sentence, Word, same};

/// Begin what a thing is called.
const DETERMINERS: [&str; 11] =
    ["the", "a", "an", "his", "her", "their", "its", "all", "both", "this", "these"];
/// Past forms that do not end in -ed.
const PAST: [&str; 6] = ["reset", "set", "sent", "rebuilt", "put", "shut"];
/// A name of at most this many words stands before or behind what was done to it.
const LONGEST: usize = 6;

/// Checks that each thing to which the claim says that something was done is one to which a fact says so.
pub(super) fn check(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    if claim.is_plan {
        return Ok(());
    }
    // What was confirmed or told is a whole sentence more often than a thing.
    let tells = |w: &&Word| ["!verify", "!contact", "!test"].contains(&w.meaning.name.as_str());
    for word in claim.words.iter().filter(|w| w.meaning.weight == Weight::Action && !tells(w)) {
        let doing: Vec<(&Sentence, &Word)> = facts
            .iter()
            .filter(|fact| !fact.is_plan)
            .flat_map(|fact| fact.words.iter().map(move |w| (fact, w)))
            .filter(|(_, w)| same(&w.meaning, &word.meaning))
            .collect();
        let Some((from, to)) = thing(claim, word) else { continue };
        let words: Vec<&Word> = claim
            .words
            .iter()
            .filter(|w| (from..to).contains(&w.at))
            .filter(|w| matches!(w.meaning.weight, Weight::Thing | Weight::Soft))
            .collect();
        let anchors: Vec<&Anchor> = claim.anchors.iter().filter(|a| (from..to).contains(&a.at())).collect();
        if doing.is_empty() || (words.is_empty() && anchors.is_empty()) {
            continue;
        }
        let names_it = |fact: &Sentence| {
            words.iter().any(|w| fact.has(&w.meaning) || fact.pieces.iter().any(|p| p.lower == w.text))
                || anchors.iter().any(|a| fact.has_anchor(a))
        };
        // "The relay 203.0.113.25 was missing", "Added 203.0.113.25": the relay was added.
        let speaks_of_it = |fact: &Sentence| {
            names_it(fact)
                || facts
                    .iter()
                    .any(|other| names_it(other) && fact.anchors.iter().any(|a| a.is_named_in(other)))
        };
        let named = || claim.pieces[from..to].iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ");
        if !doing.iter().any(|(fact, act)| speaks_of_it(fact) || names_nothing(fact, act)) {
            return Err(Fault::Anchor(format!("{} … {}", named(), word.text)));
        }
        let another = |anchor: &&&Anchor| {
            doing.iter().all(|(fact, _)| {
                !fact.anchors.iter().any(|a| a.matches(anchor) && (!a.is_number() || a.is_alike(anchor)))
                    && !anchor.is_in(fact)
                    && fact.anchors.iter().any(|a| a.is_alike(anchor))
            })
        };
        if let Some(anchor) = anchors.iter().find(another) {
            return Err(Fault::Anchor(anchor.text.clone()));
        }
    }
    Ok(())
}

/// Whether a fact says only that it was done: "Reinstalled and restarted".
fn names_nothing(fact: &Sentence, act: &Word) -> bool {
    fact.anchors.is_empty()
        && !fact.words.iter().any(|w| {
            !same(&w.meaning, &act.meaning) && matches!(w.meaning.weight, Weight::Thing | Weight::Soft)
        })
}

/// The pieces that name what it was done to: before "was replaced", behind "replaced".
fn thing(claim: &Sentence, word: &Word) -> Option<(usize, usize)> {
    let pieces = &claim.pieces;
    let is_be = |at: usize| IS.contains(&pieces[at].lower.as_str());
    let be = (word.at.saturating_sub(2)..word.at).find(|at| is_be(*at));
    if let Some(be) = be {
        let mut from = be;
        while from > 0 && be - from < LONGEST {
            let before = &pieces[from - 1];
            let ends = is_function_word(&before.lower)
                && !matches!(before.lower.as_str(), "of" | "for" | "on" | "in" | "at" | "the");
            if before.clause != pieces[be].clause || ends {
                break;
            }
            from -= 1;
        }
        return (from < be).then_some((from, be));
    }
    let lower = pieces[word.at].lower.as_str();
    let is_past = lower.ends_with("ed") || PAST.contains(&lower);
    let begins = word.at == 0 || !is_function_word(&pieces[word.at - 1].lower);
    if !(is_past && begins) {
        return None;
    }
    let mut from = word.at + 1;
    while pieces.get(from).is_some_and(|p| DETERMINERS.contains(&p.lower.as_str())) {
        from += 1;
    }
    let ends = |p: &&super::sentence::Piece| {
        p.clause != pieces[word.at].clause || is_function_word(&p.lower) || IS.contains(&p.lower.as_str())
    };
    let len = pieces.get(from..)?.iter().take(LONGEST).take_while(|p| !ends(p)).count();
    (len > 0).then_some((from, from + len))
}
