//! The order of things: from and to, before and after.

use std::collections::HashSet;

use super::Fault;
use super::anchors::Anchor;
use super::lexicon::{Weight, meaning};
use super::sentence::{IS, Piece, Sentence, Word, same};

/// One end of a change: its words, without those that say nothing.
type End = HashSet<String>;

/// From, and to; either may be unsaid.
#[derive(Debug)]
struct Change {
    from: End,
    to: End,
    text: String,
}

pub(super) fn check(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    // In the order of their recording.
    let known: Vec<Change> = facts.iter().flat_map(changes).filter(|c| !c.to.is_empty()).collect();
    for change in changes(claim) {
        let reversed = |other: &&Change| {
            let clash =
                |a: &End, same: &End, opposite: &End| !a.is_empty() && meets(a, opposite) && !meets(a, same);
            clash(&change.from, &other.from, &other.to) || clash(&change.to, &other.to, &other.from)
        };
        let agrees = known.iter().enumerate().any(|(at, k)| {
            // "Set to A", and later "from A to B": the first says nothing for "from B to A".
            let stands =
                !k.from.is_empty() || !known[at + 1..].iter().any(|k| !k.from.is_empty() && reversed(&k));
            stands
                && (change.from.is_empty()
                    || k.from.is_empty() && !meets(&change.from, &k.to)
                    || meets(&change.from, &k.from))
                && (change.to.is_empty() || meets(&change.to, &k.to))
        });
        if !agrees && known.iter().any(|k| reversed(&k)) {
            return Err(Fault::Direction(change.text));
        }
    }
    names(claim, facts)?;
    doers(claim, facts)?;
    causes(claim, facts)?;
    for claimed in orders(claim) {
        for known in facts.iter().flat_map(orders) {
            let straight =
                claimed.0.intersection(&known.0).count() + claimed.1.intersection(&known.1).count();
            let crossed = claimed.0.intersection(&known.1).count() + claimed.1.intersection(&known.0).count();
            if crossed >= 2 && crossed > straight {
                return Err(Fault::Direction("before and after".to_owned()));
            }
        }
    }
    Ok(())
}

/// Whoever did something in the claim did it in a fact that names somebody for it.
fn doers(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    let anchors = facts.iter().chain([claim]).flat_map(|s| &s.anchors);
    let names: HashSet<&str> = anchors.filter_map(Anchor::name).collect();
    for word in claim.words.iter().filter(|w| w.meaning.weight == Weight::Action) {
        let claimed = doer(claim, word, &names);
        let known: Vec<&Piece> = facts
            .iter()
            .flat_map(|fact| {
                fact.words.iter().filter(|w| same(&w.meaning, &word.meaning)).map(move |w| (fact, w))
            })
            .flat_map(|(fact, word)| doer(fact, word, &names))
            .collect();
        let is_known = known.iter().any(|k| claimed.iter().any(|c| c.lower == k.lower));
        if let (Some(first), false, false) = (claimed.first(), known.is_empty(), is_known) {
            return Err(Fault::Anchor(first.text.clone()));
        }
    }
    Ok(())
}

/// May stand between who did it and what was done.
const HELPING: [&str; 16] = [
    "could", "can", "cannot", "can't", "couldn't", "not", "did", "didn't", "has", "had", "have", "now",
    "then", "also", "never", "still",
];

/// The names that did it: "Jonas Weber reset …", "… was reset by Jonas Weber".
fn doer<'s>(sentence: &'s Sentence, word: &Word, names: &HashSet<&str>) -> Vec<&'s Piece> {
    let pieces = &sentence.pieces;
    let name = |at: usize| {
        pieces.get(at).filter(|p| p.text.starts_with(char::is_uppercase) && names.contains(p.lower.as_str()))
    };
    let is_passive = word.at > 0 && IS.contains(&pieces[word.at - 1].lower.as_str());
    if is_passive {
        let by = (word.at + 1..pieces.len().min(word.at + 8))
            .find(|at| matches!(pieces[*at].lower.as_str(), "by" | "von" | "par" | "por" | "door"));
        return by.map_or_else(Vec::new, |by| (by + 1..).map_while(name).collect());
    }
    // "Omar could not send", "Eva has now signed in".
    let said = (0..word.at).rev().skip_while(|at| HELPING.contains(&pieces[*at].lower.as_str()));
    said.map_while(name).collect()
}

/// "A failed because B was blocked" is not "B failed because A was blocked".
fn causes(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    let Some((effect, cause)) = effect_and_cause(claim) else { return Ok(()) };
    for (known_effect, known_cause) in facts.iter().filter_map(effect_and_cause) {
        let crossed = effect.difference(&known_effect).filter(|w| known_cause.contains(*w)).count()
            + cause.difference(&known_cause).filter(|w| known_effect.contains(*w)).count();
        let straight = effect.difference(&known_cause).filter(|w| known_effect.contains(*w)).count()
            + cause.difference(&known_effect).filter(|w| known_cause.contains(*w)).count();
        if crossed >= 2 && crossed >= straight {
            return Err(Fault::Direction("cause and effect".to_owned()));
        }
    }
    Ok(())
}

/// What stands before "because" and its like, and behind.
fn effect_and_cause(sentence: &Sentence) -> Option<(End, End)> {
    let at = sentence.pieces.iter().enumerate().position(|(at, piece)| {
        let next = sentence.pieces.get(at + 1).map_or("", |p| p.lower.as_str());
        matches!(
            (piece.lower.as_str(), next),
            ("because" | "weil" | "wegen", _) | ("due" | "owing", "to") | ("caused", "by")
        )
    })?;
    let part = |range: std::ops::Range<usize>| -> End {
        sentence.words.iter().filter(|w| range.contains(&w.at)).map(|w| w.meaning.name.clone()).collect()
    };
    (at > 0).then(|| (part(0..at), part(at + 1..sentence.pieces.len())))
}

/// "Anna called Peter" is not "Peter called Anna": two names with a word between them, the other way round.
fn names(claim: &Sentence, facts: &[Sentence]) -> Result<(), Fault> {
    let by = |s: &Sentence| {
        s.pieces.iter().any(|p| matches!(p.lower.as_str(), "by" | "von" | "par" | "por" | "door"))
    };
    // Whether this name stands before that, with one of the claim's words between.
    let before = |s: &Sentence, a: &Anchor, b: &Anchor| {
        let place = |n: &Anchor| s.anchors.iter().find(|m| m.matches(n)).map(Anchor::at);
        let (Some(a), Some(b)) = (place(a), place(b)) else { return false };
        s.words.iter().any(|w| {
            (a..b).contains(&w.at) && claim.has(&w.meaning) && facts.iter().any(|f| f.has(&w.meaning))
        })
    };
    let named: Vec<&Anchor> = claim.anchors.iter().filter(|a| a.name().is_some()).collect();
    for (i, a) in named.iter().enumerate() {
        for b in &named[i + 1..] {
            let alike: Vec<&Sentence> =
                facts.iter().filter(|f| by(f) == by(claim) && (before(f, a, b) || before(f, b, a))).collect();
            if before(claim, a, b) && !alike.is_empty() && alike.iter().all(|f| before(f, b, a)) {
                return Err(Fault::Direction(format!("{} and {}", a.text, b.text)));
            }
        }
    }
    Ok(())
}

fn meets(a: &End, b: &End) -> bool {
    a.intersection(b).next().is_some()
}

/// The meanings of up to four words, as far as the clause goes and no preposition ends it.
fn end_of(pieces: &[Piece], from: usize) -> End {
    const ENDS: [&str; 21] = [
        "from", "to", "->", "on", "in", "for", "by", "with", "after", "before", "at", "instead", "and",
        "because", "so", "using", "von", "auf", "nach", "naar", "à",
    ];
    let Some(first) = pieces.get(from) else { return End::new() };
    pieces[from..]
        .iter()
        .take_while(|p| p.clause == first.clause && !ENDS.contains(&p.lower.as_str()))
        .take(4)
        .filter_map(|p| {
            if p.lower.chars().any(|c| c.is_ascii_digit()) {
                Some(p.lower.trim_start_matches(['v', '#']).trim_end_matches(char::is_alphabetic).to_owned())
            } else {
                meaning(&p.lower).map(|(m, _)| m.name)
            }
        })
        .filter(|w| !w.is_empty())
        .collect()
}

/// The changes of a sentence, without what both ends share: the "channel" of "from channel 6 to channel 11".
fn changes(sentence: &Sentence) -> Vec<Change> {
    let mut all = found_changes(sentence);
    for change in &mut all {
        let shared: End = change.from.intersection(&change.to).cloned().collect();
        change.from.retain(|w| !shared.contains(w));
        change.to.retain(|w| !shared.contains(w));
    }
    all.retain(|c| !(c.from.is_empty() && c.to.is_empty()));
    all
}

fn found_changes(sentence: &Sentence) -> Vec<Change> {
    let pieces = &sentence.pieces;
    let mut all = Vec::new();
    let places = |word: &str| -> Vec<usize> {
        pieces.iter().enumerate().filter(|(_, p)| p.lower == word).map(|(i, _)| i).collect()
    };
    let text = |a: usize, b: usize| {
        pieces[a..b.min(pieces.len())].iter().map(|p| p.text.as_str()).collect::<Vec<_>>().join(" ")
    };
    for from in places("from") {
        let start = end_of(pieces, from + 1);
        let to =
            places("to").into_iter().chain(places("->")).filter(|t| (from + 2..from + 8).contains(t)).min();
        // "to B from A" as well.
        let back = places("to").into_iter().rfind(|t| *t < from && from - *t <= 6);
        if let Some(to) = to.or(back) {
            let (a, b) = (from.min(to), from.max(to) + 3);
            all.push(Change { from: start, to: end_of(pieces, to + 1), text: text(a, b) });
        }
    }
    // The same in other languages, where both ends are said.
    for (from, to) in
        [("von", "auf"), ("von", "nach"), ("von", "zu"), ("van", "naar"), ("de", "à"), ("de", "a")]
    {
        for start in places(from) {
            let end = places(to).into_iter().find(|t| (start + 2..start + 6).contains(t));
            if let Some(end) = end {
                let (a, b) = (end_of(pieces, start + 1), end_of(pieces, end + 1));
                all.push(Change { from: a, to: b, text: text(start, end + 3) });
            }
        }
    }
    for arrow in places("->") {
        let start = arrow.saturating_sub(2);
        let from = (start..arrow).flat_map(|i| end_of(&pieces[..arrow], i)).collect();
        all.push(Change { from, to: end_of(pieces, arrow + 1), text: text(start, arrow + 3) });
    }
    // "A replaced with B", "B instead of A".
    for with in places("with").into_iter().chain(places("by")) {
        let verb = (with.saturating_sub(5)..with).rev().find(|i| {
            matches!(
                pieces[*i].lower.as_str(),
                "replaced" | "swapped" | "replace" | "substituted" | "exchanged"
            )
        });
        let Some(verb) = verb else { continue };
        let to = end_of(pieces, with + 1);
        let mut from: End = (verb + 1..with).flat_map(|i| end_of(&pieces[..with], i)).collect();
        if from.is_empty() {
            from = (verb.saturating_sub(5)..verb).flat_map(|i| end_of(&pieces[..verb], i)).collect();
        }
        let from = from.difference(&to).cloned().collect();
        all.push(Change { from, to, text: text(verb, with + 3) });
    }
    for instead in
        places("instead").into_iter().filter(|i| pieces.get(i + 1).is_some_and(|p| p.lower == "of"))
    {
        let to = (instead.saturating_sub(3)..instead).flat_map(|i| end_of(&pieces[..instead], i)).collect();
        all.push(Change {
            from: end_of(pieces, instead + 2),
            to,
            text: text(instead.saturating_sub(2), instead + 4),
        });
    }
    // "set to 1500" alone: its end is compared.
    if all.is_empty() {
        for to in places("to") {
            const CHANGED: [&str; 10] = [
                "changed",
                "set",
                "switched",
                "moved",
                "renamed",
                "lowered",
                "raised",
                "reduced",
                "increased",
                "resized",
            ];
            let verb = pieces[to.saturating_sub(4)..to].iter().any(|p| CHANGED.contains(&p.lower.as_str()));
            let end: End = end_of(pieces, to + 1)
                .into_iter()
                .filter(|w| verb || w.chars().any(|c| c.is_ascii_digit()))
                .collect();
            if !end.is_empty() {
                all.push(Change { from: End::new(), to: end, text: text(to, to + 3) });
            }
        }
    }
    all
}

/// What came first and what came later, by "before" and "after".
fn orders(sentence: &Sentence) -> Vec<(End, End)> {
    let mut all = Vec::new();
    for (at, piece) in sentence.pieces.iter().enumerate() {
        let after = match piece.lower.as_str() {
            "after" | "following" => true,
            "before" | "until" | "till" => false,
            _ => continue,
        };
        // "After 50 minutes" is how long it took.
        let next = sentence.pieces.get(at + 1).map_or("", |p| p.lower.as_str());
        let counts = sentence.anchors.iter().any(|a| a.is_number() && a.covers(at + 1))
            || matches!(next, "a" | "an" | "another");
        if counts {
            continue;
        }
        let part = |from: usize, to: usize| -> End {
            sentence
                .words
                .iter()
                .filter(|w| (from..to).contains(&w.at))
                .map(|w| w.meaning.name.clone())
                .collect()
        };
        // "After A, B" has both behind it.
        let comma = sentence.pieces[at..].iter().position(|p| p.clause > piece.clause).map(|n| at + n);
        let leads = at == 0 || sentence.pieces[at - 1].clause < piece.clause;
        let (main, side) = match comma {
            Some(comma) if leads => (part(comma, sentence.pieces.len()), part(at, comma)),
            // "After the update the tunnel stayed up": nothing says where the one ends.
            None if leads => continue,
            _ => (part(0, at), part(at, comma.unwrap_or(sentence.pieces.len()))),
        };
        all.push(if after { (side, main) } else { (main, side) });
    }
    all
}
