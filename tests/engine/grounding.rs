//! A note may say what its facts say, and nothing else.
//!
//! The sessions in `tests/data/ground` are invented. Those of `held-out.txt` were written before the rules.

use std::collections::BTreeMap;

use flowpilot::note::ground::{Fault, check, check_line};
use proptest::prelude::*;
use serde_json::{Value, json};

const HELD_OUT: &str = include_str!("../data/ground/held-out.txt");
const KNOWN: &str = include_str!("../data/ground/known.txt");
const SECOND_ROUND: &str = include_str!("../data/ground/second-round.txt");

struct Claim {
    session: String,
    facts: Vec<String>,
    text: String,
    /// The kind of its mistake; nothing for what the facts support.
    mistake: Option<String>,
}

fn claims(file: &str) -> Vec<Claim> {
    let (mut all, mut session, mut facts) = (Vec::new(), String::new(), Vec::new());
    for line in file.lines().filter(|l| !l.starts_with('#')) {
        let claim = |text: &str, mistake: Option<&str>| Claim {
            session: session.clone(),
            facts: facts.clone(),
            text: text.to_owned(),
            mistake: mistake.map(str::to_owned),
        };
        if let Some(name) = line.strip_prefix("session ") {
            (session, facts) = (name.to_owned(), Vec::new());
        } else if let Some(fact) = line.strip_prefix("- ") {
            facts.push(fact.to_owned());
        } else if let Some(text) = line.strip_prefix("+ ") {
            all.push(claim(text, None));
        } else if let Some((kind, text)) = line.strip_prefix("! ").and_then(|l| l.split_once(": ")) {
            all.push(claim(text, Some(kind)));
        }
    }
    all
}

#[test]
fn false_sentences_are_caught_and_true_ones_pass() {
    let all: Vec<Claim> = [HELD_OUT, KNOWN, SECOND_ROUND].into_iter().flat_map(claims).collect();
    let sessions: std::collections::BTreeSet<&str> = all.iter().map(|c| c.session.as_str()).collect();
    assert!(all.len() >= 200 && sessions.len() >= 20, "{} claims, {} sessions", all.len(), sessions.len());
    let (mut caught, mut missed, mut wronged) = (0, 0, 0);
    let mut kinds: BTreeMap<&str, (u32, u32)> = BTreeMap::new();
    for claim in &all {
        let flagged = check(&claim.text, &claim.facts).is_err();
        let kind = kinds.entry(claim.mistake.as_deref().unwrap_or("supported")).or_default();
        kind.1 += 1;
        kind.0 += u32::from(flagged == claim.mistake.is_some());
        match (flagged, &claim.mistake) {
            (true, Some(_)) => caught += 1,
            (false, Some(kind)) => {
                missed += 1;
                println!("missed ({kind}, {}): {}", claim.session, claim.text);
            }
            (true, None) => {
                wronged += 1;
                println!("wronged ({}): {}", claim.session, claim.text);
            }
            (false, None) => {}
        }
    }
    let (precision, recall) = (share(caught, wronged), share(caught, missed));
    println!("{} claims: precision {precision:.3}, recall {recall:.3}, by kind {kinds:?}", all.len());
    assert!(precision >= 0.9 && recall >= 0.9, "precision {precision:.3}, recall {recall:.3}");
}

fn share(hits: u32, others: u32) -> f64 {
    f64::from(hits) / f64::from((hits + others).max(1))
}

const FACTS: [&str; 4] = [
    "Driver of PRN-2F rolled back from 6.1.0 to 5.9.3",
    "Test page printed, Dana Reed confirms",
    "Plan: replace the toner next week",
    "Spooler restarted 2 times in 30 minutes",
];

#[test]
fn the_reason_names_what_no_fact_has() {
    assert_eq!(
        check("The driver of PRN-3F was rolled back.", &FACTS),
        Err(Fault::Anchor("PRN-3F".to_owned()))
    );
}

#[test]
fn a_change_told_backwards_is_not_supported() {
    let claim = "The driver of PRN-2F was rolled back from 5.9.3 to 6.1.0.";
    assert!(matches!(check(claim, &FACTS), Err(Fault::Direction(_))));
}

#[test]
fn what_was_only_planned_is_not_told_as_done() {
    assert!(matches!(check("The toner was replaced.", &FACTS), Err(Fault::NotDone(_))));
}

#[test]
fn number_words_and_other_units_are_the_same_number() {
    assert_eq!(check("The spooler was restarted two times in half an hour.", &FACTS), Ok(()));
}

#[test]
fn a_cause_needs_a_fact_that_confirms_it() {
    let claim = "The blank pages were caused by the driver of PRN-2F.";
    let mut facts = vec!["PRN-2F prints blank pages", "Driver of PRN-2F is version 6.1.0"];
    assert!(check(claim, &facts).is_err());
    facts.push("Confirmed cause of the blank pages: driver of PRN-2F");
    assert_eq!(check(claim, &facts), Ok(()));
}

#[test]
fn without_facts_nothing_is_supported() {
    assert_eq!(check::<&str>("The printer works.", &[]), Err(Fault::Empty));
}

#[test]
fn a_line_is_answered_with_its_id_and_a_reason() {
    let line = json!({ "id": 7, "facts": FACTS, "claim": "Dana Reed confirms the test page." }).to_string();
    let answer: Value = serde_json::from_str(&check_line(&line).unwrap()).unwrap();
    assert_eq!(answer["id"], 7);
    assert_eq!(answer["supported"], true);
    assert!(answer["reason"].is_string());
}

#[test]
fn a_line_of_another_shape_is_refused_with_the_rule() {
    let refused = check_line(r#"{"id": "a", "claim": "x"}"#).unwrap_err().to_string();
    assert!(refused.contains("facts"), "{refused}");
}

proptest! {
    #[test]
    fn nothing_that_is_written_makes_it_panic(claim in "\\PC{0,120}", facts in proptest::collection::vec("\\PC{0,80}", 0..5)) {
        let _ = check(&claim, &facts);
    }

    #[test]
    fn a_plain_fact_supports_itself(at in 0_usize..2) {
        prop_assert_eq!(check(FACTS[at], &FACTS), Ok(()));
    }
}
