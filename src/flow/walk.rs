//! Walking a flow: what a reply means at a node, and where it leads. Pure: nothing is stored here.
//!
//! What always holds: in a validated flow every choice that a node offers leads to a node of the flow, and a typed
//! reply is taken for an answer only when it can mean no other.
//! Start with [`match_reply`], then [`advance`].

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{Answer, CheckOutcome, Node};
use super::template::render;
use crate::store::FlowId;

/// The longest value that a check records, in characters.
const LONGEST_VALUE: usize = 500;

/// What a walk carries from node to node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WalkState {
    /// The values recorded so far, by variable.
    pub variables: BTreeMap<String, String>,
    /// Where to go on when a linked flow ends, the latest link last.
    pub returns: Vec<Return>,
}

/// The place after a link into another flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Return {
    /// The flow that has the link.
    pub flow: FlowId,
    /// Its version.
    pub version: i64,
    /// The node to go on with there.
    pub node: String,
}

/// What an engineer chose at a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The answer or result at that place, from 0.
    Answer(usize),
    /// The instruction was carried out.
    Done,
    /// The value to record.
    Value(String),
}

/// What a choice leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The sentence to record, with its values filled in.
    pub fact: Option<String>,
    /// The choice, as a person would name it.
    pub label: String,
    /// The node to go on with.
    pub next: String,
}

/// What a typed reply means at this node: nothing when it is no clear answer to it.
#[must_use]
pub fn match_reply(node: &Node, text: &str) -> Option<Choice> {
    match node {
        Node::Question { answers, .. }
        | Node::Check { outcome: CheckOutcome::Results { results: answers }, .. } => {
            answer_meant(answers, &plain(text)).map(Choice::Answer)
        }
        Node::Instruction { .. } => DONE.contains(&plain(text).as_str()).then_some(Choice::Done),
        // A question back is no value.
        Node::Check { outcome: CheckOutcome::Record { .. }, .. } if text.trim_end().ends_with('?') => None,
        Node::Check { outcome: CheckOutcome::Record { .. }, .. } => value(text).map(Choice::Value),
        Node::Solution { .. } | Node::Escalation { .. } | Node::Flow { .. } => None,
    }
}

/// Where a choice leads, and what it records; nothing when the node has no such choice.
#[must_use]
pub fn advance(node: &Node, choice: &Choice, state: &mut WalkState) -> Option<Step> {
    match (node, choice) {
        (
            Node::Question { answers, .. }
            | Node::Check { outcome: CheckOutcome::Results { results: answers }, .. },
            Choice::Answer(place),
        ) => {
            let answer = answers.get(*place)?;
            state.variables.extend(answer.set.iter().map(|(name, value)| (name.clone(), value.clone())));
            let fact = answer.fact.as_ref().map(|fact| render(fact, &state.variables));
            Some(Step { fact, label: answer.label.clone(), next: answer.next.clone() })
        }
        (Node::Instruction { fact, next, .. }, Choice::Done) => {
            let fact = fact.as_ref().map(|fact| render(fact, &state.variables));
            Some(Step { fact, label: "Done".to_owned(), next: next.clone() })
        }
        (Node::Check { outcome: CheckOutcome::Record { record, fact, next }, .. }, Choice::Value(text)) => {
            let value = value(text)?;
            state.variables.insert(record.clone(), value.clone());
            let fact = Some(render(fact, &state.variables));
            Some(Step { fact, label: value, next: next.clone() })
        }
        _ => None,
    }
}

/// A reply as it is compared: lower case, single spaces, straight quotes, no punctuation around it.
pub(super) fn plain(text: &str) -> String {
    let lower = text.to_lowercase().replace(['’', '‘'], "'");
    let words: Vec<&str> = lower.split_whitespace().collect();
    words.join(" ").trim_matches(|c: char| ".,;:!?\"'`()*_ ".contains(c)).to_owned()
}

const DONE: [&str; 21] = [
    "done",
    "ok",
    "okay",
    "k",
    "next",
    "continue",
    "go on",
    "ready",
    "finished",
    "complete",
    "completed",
    "did it",
    "did that",
    "i did",
    "all done",
    "yes",
    "y",
    "yep",
    "yeah",
    "1",
    "done it",
];
const YES: [&str; 4] = ["yes", "y", "yeah", "yep"];
const NO: [&str; 3] = ["no", "n", "nope"];
/// Words that turn a sentence round.
const NOT: [&str; 5] = ["no", "not", "never", "nothing", "without"];
/// How alike two texts are for one to be a slip of the other, 0 to 1.
const ALIKE: f64 = 0.9;
/// How much more alike the meant answer is than any other.
const AHEAD: f64 = 0.03;

fn answer_meant(answers: &[Answer], reply: &str) -> Option<usize> {
    only(answers, |answer| plain(&answer.label) == reply)
        .or_else(|| only(answers, |answer| answer.also.iter().any(|word| plain(word) == reply)))
        .or_else(|| position(answers, reply))
        .or_else(|| yes_or_no(answers, reply))
        .or_else(|| (reply.chars().count() >= 3).then(|| only(answers, |answer| begins(answer, reply)))?)
        .or_else(|| slip(answers, reply))
}

/// The place of the one answer of which it is true.
fn only(answers: &[Answer], is_meant: impl Fn(&Answer) -> bool) -> Option<usize> {
    let mut meant = answers.iter().enumerate().filter(|(_, answer)| is_meant(answer)).map(|(place, _)| place);
    let first = meant.next()?;
    meant.next().is_none().then_some(first)
}

fn words(answer: &Answer) -> impl Iterator<Item = String> {
    std::iter::once(&answer.label).chain(&answer.also).map(|word| plain(word))
}

fn position(answers: &[Answer], reply: &str) -> Option<usize> {
    let number: usize = reply.trim_start_matches('#').parse().ok()?;
    number.checked_sub(1).filter(|place| *place < answers.len())
}

/// "y" and the like, also "yes, she is", where exactly one answer is a yes. A "no" that goes on may be anything:
/// "no idea", "no one answered".
fn yes_or_no(answers: &[Answer], reply: &str) -> Option<usize> {
    let mut said = reply.split([' ', ',']);
    let first = said.next()?;
    let is_plain_yes = YES.contains(&first) && !said.any(|word| NOT.contains(&word) || word == "but");
    let meant = if is_plain_yes { first } else { reply };
    let group: &[&str] = [&YES[..], &NO[..]].into_iter().find(|group| group.contains(&meant))?;
    only(answers, |answer| {
        words(answer).any(|word| word.split([' ', ',']).next().is_some_and(|first| group.contains(&first)))
    })
}

fn begins(answer: &Answer, reply: &str) -> bool {
    words(answer).any(|word| word.starts_with(reply))
}

/// The answer that the reply is a misspelling of. "Unlocked" is not one of "locked": slips spare the first letter,
/// and a "not" is never one.
fn slip(answers: &[Answer], reply: &str) -> Option<usize> {
    let alike = |answer: &Answer| {
        let comparable = words(answer).filter(|word| {
            word.chars().next() == reply.chars().next()
                && is_negated(word) == is_negated(reply)
                && word.len() >= 4
        });
        comparable.map(|word| strsim::jaro_winkler(&word, reply)).fold(0.0, f64::max)
    };
    let mut ranked: Vec<(f64, usize)> = answers.iter().map(alike).zip(0..).collect();
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (best, place) = *ranked.first()?;
    let second = ranked.get(1).map_or(0.0, |(alike, _)| *alike);
    (best >= ALIKE && best >= second + AHEAD).then_some(place)
}

fn is_negated(text: &str) -> bool {
    text.split(' ')
        .any(|word| NOT.contains(&word) || word.ends_with("n't") || word == "cant" || word == "doesnt")
}

/// A typed value on one line; nothing when it is empty or too long.
fn value(text: &str) -> Option<String> {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let value = words.join(" ");
    (1..=LONGEST_VALUE).contains(&value.chars().count()).then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::Document;
    use crate::flow::sample::documents;

    fn question(labels: &[(&str, &[&str])]) -> Node {
        let answer = |(label, also): &(&str, &[&str])| Answer {
            label: (*label).to_owned(),
            also: also.iter().map(|word| (*word).to_owned()).collect(),
            fact: Some("It was {{ place }}.".to_owned()),
            set: BTreeMap::from([("place".to_owned(), "here".to_owned())]),
            next: "there".to_owned(),
        };
        Node::Question { text: "Which?".to_owned(), answers: labels.iter().map(answer).collect() }
    }

    fn outlook() -> Node {
        question(&[
            ("Classic Outlook", &["desktop"]),
            ("New Outlook", &["olk", "monarch"]),
            ("On the web", &[]),
        ])
    }

    fn yes_no() -> Node {
        question(&[("Yes, it opens", &[]), ("No", &[])])
    }

    fn record() -> Node {
        Node::Check {
            text: "Note it.".to_owned(),
            command: None,
            outcome: CheckOutcome::Record {
                record: "host".to_owned(),
                fact: "The host is {{ host }}.".to_owned(),
                next: "there".to_owned(),
            },
        }
    }

    fn instruction() -> Node {
        Node::Instruction { text: "Do it.".to_owned(), command: None, fact: None, next: "there".to_owned() }
    }

    #[test]
    fn a_label_can_be_typed_in_any_case() {
        assert_eq!(match_reply(&outlook(), " classic  OUTLOOK. "), Some(Choice::Answer(0)));
    }

    #[test]
    fn another_word_for_an_answer_can_be_typed() {
        assert_eq!(match_reply(&outlook(), "desktop"), Some(Choice::Answer(0)));
    }

    #[test]
    fn the_number_of_an_answer_can_be_typed() {
        assert_eq!(match_reply(&outlook(), "2."), Some(Choice::Answer(1)));
        assert_eq!(match_reply(&outlook(), "4"), None);
        assert_eq!(match_reply(&outlook(), "0"), None);
    }

    #[test]
    fn a_label_that_is_a_number_comes_before_the_position() {
        assert_eq!(match_reply(&question(&[("2", &[]), ("1", &[])]), "2"), Some(Choice::Answer(0)));
    }

    #[test]
    fn yes_and_no_can_be_said_in_several_ways() {
        assert_eq!(match_reply(&yes_no(), "Yep!"), Some(Choice::Answer(0)));
        assert_eq!(match_reply(&yes_no(), "n"), Some(Choice::Answer(1)));
    }

    #[test]
    fn yes_means_nothing_where_it_is_no_answer() {
        assert_eq!(match_reply(&outlook(), "yes"), None);
    }

    #[test]
    fn the_beginning_of_an_answer_is_enough_when_no_other_begins_so() {
        assert_eq!(match_reply(&outlook(), "clas"), Some(Choice::Answer(0)));
        assert_eq!(match_reply(&outlook(), "cl"), None);
        assert_eq!(match_reply(&question(&[("Drops often", &[]), ("Drops rarely", &[])]), "drops"), None);
    }

    #[test]
    fn a_slip_of_the_keyboard_is_forgiven() {
        assert_eq!(match_reply(&outlook(), "clasic outlok"), Some(Choice::Answer(0)));
    }

    #[test]
    fn the_opposite_is_never_taken_for_a_slip() {
        let node = question(&[("Locked", &[]), ("Enabled", &[]), ("Opens in safe mode", &[])]);
        assert_eq!(match_reply(&node, "unlocked"), None);
        assert_eq!(match_reply(&node, "disabled"), None);
        assert_eq!(match_reply(&node, "opens not in safe mode"), None);
    }

    #[test]
    fn a_remark_is_no_answer() {
        assert_eq!(match_reply(&outlook(), "hold on, the user is at lunch"), None);
        assert_eq!(match_reply(&yes_no(), "no idea"), None);
        assert_eq!(match_reply(&outlook(), ""), None);
    }

    #[test]
    fn done_answers_an_instruction_and_a_remark_does_not() {
        assert_eq!(match_reply(&instruction(), "OK!"), Some(Choice::Done));
        assert_eq!(match_reply(&instruction(), "how?"), None);
    }

    #[test]
    fn any_short_text_is_a_value() {
        assert_eq!(match_reply(&record(), " dc01 \n x"), Some(Choice::Value("dc01 x".to_owned())));
        assert_eq!(match_reply(&record(), " \u{0}"), None);
        assert_eq!(match_reply(&record(), &"x".repeat(501)), None);
    }

    #[test]
    fn an_answer_records_its_fact_with_the_values_it_sets() {
        let mut state = WalkState::default();
        let step = advance(&outlook(), &Choice::Answer(1), &mut state).unwrap();
        let fact = Some("It was here.".to_owned());
        assert_eq!(step, Step { fact, label: "New Outlook".to_owned(), next: "there".to_owned() });
        assert_eq!(state.variables["place"], "here");
    }

    #[test]
    fn a_value_is_recorded_and_stands_in_the_fact() {
        let mut state = WalkState::default();
        let step = advance(&record(), &Choice::Value("dc01".to_owned()), &mut state).unwrap();
        assert_eq!((step.fact.as_deref(), step.label.as_str()), (Some("The host is dc01."), "dc01"));
        assert_eq!(state.variables["host"], "dc01");
    }

    #[test]
    fn a_choice_that_the_node_does_not_have_changes_nothing() {
        let mut state = WalkState::default();
        assert_eq!(advance(&outlook(), &Choice::Answer(3), &mut state), None);
        assert_eq!(advance(&outlook(), &Choice::Done, &mut state), None);
        assert_eq!(advance(&record(), &Choice::Value(" ".to_owned()), &mut state), None);
        assert_eq!(state, WalkState::default());
    }

    fn choices(node: &Node) -> Vec<Choice> {
        match node {
            Node::Instruction { .. } => vec![Choice::Done],
            Node::Check { outcome: CheckOutcome::Record { .. }, .. } => {
                vec![Choice::Value("a {{ value }}".to_owned())]
            }
            other => (0..other.answers().len()).map(Choice::Answer).collect(),
        }
    }

    /// Walks by these picks; the walk ends at a node that offers no choice.
    fn walk(document: &Document, picks: &[prop::sample::Index]) -> Result<(), TestCaseError> {
        let (mut id, mut state) = (document.start.clone(), WalkState::default());
        for pick in picks {
            let node = document.node(&id);
            prop_assert!(node.is_some(), "no node {}", id);
            let Some(node) = node else { break };
            let choices = choices(node);
            if choices.is_empty() {
                // A solution that did not help leads on; everything else that offers nothing is an end or a link.
                match node.targets().first() {
                    Some(next) => id = (*next).to_owned(),
                    None => {
                        prop_assert!(node.is_end());
                        return Ok(());
                    }
                }
                continue;
            }
            let step = advance(node, pick.get(&choices), &mut state);
            prop_assert!(step.is_some());
            let Some(step) = step else { break };
            prop_assert!(!step.fact.is_some_and(|fact| fact.contains('‹') && !fact.contains("‹company›")));
            id = step.next;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn a_walk_with_any_answers_never_gets_stuck(
            document in documents(),
            picks in prop::collection::vec(any::<prop::sample::Index>(), 60),
        ) {
            walk(&document, &picks)?;
        }

        #[test]
        fn a_typed_label_or_number_is_always_understood(document in documents(), place in 0..4_usize) {
            for node in document.nodes.values().filter(|node| node.answers().len() > place) {
                let answer = Some(Choice::Answer(place));
                prop_assert_eq!(match_reply(node, &node.answers()[place].label), answer.clone());
                prop_assert_eq!(match_reply(node, &(place + 1).to_string()), answer);
            }
        }

        #[test]
        fn no_reply_makes_the_matching_panic(text in "\\PC{0,60}") {
            for node in [outlook(), yes_no(), record(), instruction()] {
                let _ = match_reply(&node, &text);
            }
        }
    }
}
