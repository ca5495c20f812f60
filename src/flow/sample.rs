//! Flows for tests: one that can be read at a glance, and any number of valid ones.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use proptest::collection::vec;
use proptest::prelude::*;

use super::document::{Answer, CheckOutcome, Document, FlowKind, Node, Script, Variable};
use crate::fix::ScriptLanguage;

/// A small flow with a recorded value, a check, a solution and an escalation.
pub(super) const PING: &str = "\
slug: no-ping
title: A host does not answer
kind: troubleshooting
summary: A host does not answer a ping.
tags: [network]
symptoms:
  - host does not answer
variables:
  host: { label: Host name, example: dc01 }
start: name
nodes:
  name:
    type: check
    text: Note the name of the host.
    record: host
    fact: The host is {{ host }}.
    next: ping
  ping:
    type: check
    text: Ping {{ host }}.
    command: ping {{ host }}
    results:
      - { label: Answers, also: [Yes], fact: \"{{ host }} answers.\", next: fixed }
      - { label: No answer, also: [No], next: up }
  up:
    type: escalation
    reason: The host is down.
    next_steps: []
  fixed:
    type: solution
    title: Do nothing
    root_cause: It was a short break.
    rationale: It answers again.
    steps: [Close the ticket.]
    prior: 50
";

/// Valid flows: node `i` leads on to node `i + 1` at least, the last one ends, and other ways lead anywhere.
pub(super) fn documents() -> impl Strategy<Value = Document> {
    (texts(), vec((0..5_u8, vec((any::<prop::sample::Index>(), texts()), 2..5)), 0..12), any::<bool>())
        .prop_map(|(title, parts, ends_in_solution)| {
            let count = parts.len() + 1;
            let id = |place: usize| format!("n{place}");
            let mut variables = IndexMap::new();
            let mut nodes = IndexMap::new();
            for (place, (kind, ways)) in parts.into_iter().enumerate() {
                if kind == 2 {
                    variables.insert(id(place), Variable { label: ways[0].1.clone(), example: None });
                }
                let ways: Vec<_> = ways.into_iter().map(|(to, text)| (id(to.index(count)), text)).collect();
                nodes.insert(id(place), node(kind, &id(place), id(place + 1), &ways));
            }
            nodes.insert(
                id(count - 1),
                if ends_in_solution { solution(&title, None) } else { escalation(&title) },
            );
            Document {
                slug: "any-flow".to_owned(),
                title: title.clone(),
                kind: FlowKind::Troubleshooting,
                summary: title.clone(),
                tags: vec!["any".to_owned()],
                symptoms: vec![title],
                variables,
                start: id(0),
                nodes,
            }
        })
}

fn texts() -> impl Strategy<Value = String> {
    "[\\PC]{0,20}(\n[\\PC]{0,20}){0,2}x".prop_map(|text| text.replace(['{', '‹'], "("))
}

fn node(kind: u8, id: &str, next: String, ways: &[(String, String)]) -> Node {
    let text = ways[0].1.clone();
    match kind {
        0 => Node::Question { text, answers: answers(next, ways) },
        1 => Node::Check {
            text,
            command: Some(ways[1].1.clone()),
            outcome: CheckOutcome::Results { results: answers(next, ways) },
        },
        2 => {
            let fact = format!("It is {{{{ {id} }}}}.");
            Node::Check {
                text,
                command: None,
                outcome: CheckOutcome::Record { record: id.to_owned(), fact, next },
            }
        }
        3 => {
            Node::Instruction { text, command: None, fact: Some("Done for {{ company }}.".to_owned()), next }
        }
        _ => solution(&text, Some(next)),
    }
}

/// The first answer leads on, the others anywhere.
fn answers(next: String, ways: &[(String, String)]) -> Vec<Answer> {
    let targets = std::iter::once(next).chain(ways.iter().skip(1).map(|(to, _)| to.clone()));
    let answer = |(place, next)| Answer {
        label: format!("Answer {place}"),
        also: vec![format!("no {place}")],
        fact: (place > 0).then(|| ways[0].1.clone()),
        set: BTreeMap::new(),
        next,
    };
    targets.enumerate().map(answer).collect()
}

fn solution(text: &str, if_failed: Option<String>) -> Node {
    Node::Solution {
        title: text.to_owned(),
        root_cause: text.to_owned(),
        rationale: text.to_owned(),
        steps: vec![text.to_owned()],
        script: Some(Script { language: ScriptLanguage::Powershell, body: format!("{text}\n") }),
        prior: Some(50),
        if_failed,
    }
}

fn escalation(text: &str) -> Node {
    Node::Escalation { reason: text.to_owned(), next_steps: Vec::new() }
}
