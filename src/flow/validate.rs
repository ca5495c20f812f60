//! The rules a flow keeps, so that a walk through it never gets stuck.
//!
//! What always holds for a document without problems: every node can be reached, from every node there is a way to
//! a solution or an escalation, and no text uses a value that may not have been recorded yet.
//! Start with [`check_yaml`]; the rules of the single parts are in `rule`, those of the tree as a whole here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::document::{CheckOutcome, Document, Node};
use super::parse::{Problem, read};
use super::rule;
use super::template::variables_of;

/// Values that every walk knows from its ticket, as far as the ticket has them.
pub(super) const TICKET_VARIABLES: [&str; 3] = ["ticket", "company", "contact"];

/// Reads a flow and checks everything about it; links too, when the slugs of all flows are given.
///
/// # Errors
/// Every mistake, with its line, in the order of the lines.
pub fn check_yaml(text: &str, known_slugs: Option<&BTreeSet<String>>) -> Result<Document, Vec<Problem>> {
    let (document, places) = read(text)?;
    let mut problems = validate(&document);
    if let Some(slugs) = known_slugs {
        problems.extend(validate_links(&document, slugs));
    }
    if problems.is_empty() { Ok(document) } else { Err(places.locate(problems)) }
}

/// The rules that a flow breaks on its own; empty for a good one.
#[must_use]
pub fn validate(document: &Document) -> Vec<Problem> {
    let mut problems = rule::broken(document);
    let missing = missing_targets(document);
    let is_complete = missing.is_empty();
    problems.extend(missing);
    // With targets missing, most of what follows would be an echo of that.
    if is_complete {
        problems.extend(unreachable(document));
        problems.extend(endless(document));
        problems.extend(unrecorded(document));
    }
    problems
}

/// The links of a flow that lead nowhere, or back to itself.
#[must_use]
pub fn validate_links(document: &Document, known_slugs: &BTreeSet<String>) -> Vec<Problem> {
    let links = document.nodes.iter().filter_map(|(id, node)| match node {
        Node::Flow { flow, .. } => Some((id, flow)),
        _ => None,
    });
    links
        .filter_map(|(id, flow)| {
            let rule = if *flow == document.slug {
                "links to the flow that it stands in".to_owned()
            } else if known_slugs.contains(flow) {
                return None;
            } else {
                format!("there is no flow `{flow}`")
            };
            Some(Problem::new(format!("nodes.{id}.flow"), rule))
        })
        .collect()
}

fn missing_targets(document: &Document) -> Vec<Problem> {
    let mut problems = Vec::new();
    if !document.nodes.contains_key(&document.start) {
        problems.push(Problem::new("start", format!("there is no node `{}`", document.start)));
    }
    for (id, node) in &document.nodes {
        for (field, target) in exits(node) {
            if !document.nodes.contains_key(target) {
                problems.push(Problem::new(
                    format!("nodes.{id}.{field}"),
                    format!("there is no node `{target}`"),
                ));
            }
        }
    }
    problems
}

/// The ways out of a node, each with the field that names it.
fn exits(node: &Node) -> Vec<(String, &str)> {
    let list = match node {
        Node::Question { .. } => "answers",
        Node::Check { outcome: CheckOutcome::Results { .. }, .. } => "results",
        Node::Solution { .. } => {
            return node.targets().into_iter().map(|to| ("if_failed".to_owned(), to)).collect();
        }
        _ => return node.targets().into_iter().map(|to| ("next".to_owned(), to)).collect(),
    };
    node.targets().into_iter().enumerate().map(|(i, to)| (format!("{list}[{i}].next"), to)).collect()
}

fn unreachable(document: &Document) -> Vec<Problem> {
    let mut seen = BTreeSet::from([document.start.as_str()]);
    let mut open = vec![document.start.as_str()];
    while let Some(node) = open.pop().and_then(|id| document.node(id)) {
        open.extend(node.targets().into_iter().filter(|to| seen.insert(to)));
    }
    let left = document.nodes.keys().filter(|id| !seen.contains(id.as_str()));
    left.map(|id| Problem::new(format!("nodes.{id}"), "no answer leads here")).collect()
}

/// Nodes from which no way ends: in a circle, since every exit leads to a node.
fn endless(document: &Document) -> Vec<Problem> {
    let mut before: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, node) in &document.nodes {
        for to in node.targets() {
            before.entry(to).or_default().push(id);
        }
    }
    let ends = document.nodes.iter().filter(|(_, node)| node.is_end()).map(|(id, _)| id.as_str());
    let mut open: Vec<&str> = ends.collect();
    let mut ending: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        open.extend(before.get(id).into_iter().flatten().filter(|from| ending.insert(from)));
    }
    let stuck = document.nodes.keys().filter(|id| !ending.contains(id.as_str()));
    let rule = "goes round in a circle: no way from here ends in a solution or an escalation";
    stuck.map(|id| Problem::new(format!("nodes.{id}"), rule)).collect()
}

type Names<'a> = BTreeSet<&'a str>;

/// Uses of values that are unknown, or not recorded on every way that leads there.
fn unrecorded(document: &Document) -> Vec<Problem> {
    let known = recorded_before(document);
    let mut problems = Vec::new();
    for (id, node) in &document.nodes {
        // A node that nothing leads to has its own problem.
        let Some(before) = known.get(id.as_str()) else { continue };
        for used in rule::templates(node) {
            let mut have = before.clone();
            have.extend(used.recorded.iter().copied());
            for name in variables_of(used.text).unwrap_or_default() {
                let rule = if have.contains(name.as_str()) || TICKET_VARIABLES.contains(&name.as_str()) {
                    continue;
                } else if document.variables.contains_key(&name) {
                    format!("uses `{name}`, which is not recorded on every way to here")
                } else {
                    format!("uses `{name}`, which is not one of the flow's variables")
                };
                problems.push(Problem::new(format!("nodes.{id}.{}", used.field), rule));
            }
        }
    }
    problems
}

/// The values that are recorded on every way to each node that can be reached.
fn recorded_before(document: &Document) -> BTreeMap<&str, Names<'_>> {
    let mut known: BTreeMap<&str, Names<'_>> = BTreeMap::from([(document.start.as_str(), Names::new())]);
    let mut open = VecDeque::from([document.start.as_str()]);
    while let Some(id) = open.pop_front() {
        let Some(node) = document.node(id) else { continue };
        let before = known.get(id).cloned().unwrap_or_default();
        for (to, recorded) in records(node) {
            let arriving: Names<'_> = before.iter().copied().chain(recorded).collect();
            let merged = match known.get(to) {
                Some(already) => already.intersection(&arriving).copied().collect(),
                None => arriving,
            };
            if known.get(to) != Some(&merged) {
                known.insert(to, merged);
                open.push_back(to);
            }
        }
    }
    known
}

/// What each way out of a node records.
fn records(node: &Node) -> Vec<(&str, Vec<&str>)> {
    match node {
        Node::Check { outcome: CheckOutcome::Record { record, next, .. }, .. } => vec![(next, vec![record])],
        Node::Question { answers, .. }
        | Node::Check { outcome: CheckOutcome::Results { results: answers }, .. } => {
            answers.iter().map(|a| (a.next.as_str(), a.set.keys().map(String::as_str).collect())).collect()
        }
        _ => node.targets().into_iter().map(|to| (to, Vec::new())).collect(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::parse_yaml;
    use crate::flow::sample::{PING, documents};

    fn problems(text: &str) -> Vec<String> {
        check_yaml(text, None).map_or_else(|p| p.iter().map(ToString::to_string).collect(), |_| Vec::new())
    }

    #[test]
    fn a_good_flow_has_no_problems() {
        assert_eq!(problems(PING), Vec::<String>::new());
    }

    #[test]
    fn a_way_to_nowhere_is_refused() {
        let text = PING.replace("next: up ", "next: upp ");
        assert_eq!(problems(&text), ["line 24: nodes.ping.results[1].next: there is no node `upp`"]);
    }

    #[test]
    fn a_start_that_is_not_there_is_refused() {
        assert_eq!(
            problems(&PING.replace("start: name", "start: nam")),
            ["line 10: start: there is no node `nam`"]
        );
    }

    #[test]
    fn a_node_that_no_answer_leads_to_is_refused() {
        let text = PING.replace("next: up ", "next: fixed ");
        assert_eq!(problems(&text), ["line 25: nodes.up: no answer leads here"]);
    }

    #[test]
    fn a_circle_without_an_exit_is_refused() {
        let text = PING.replace("next: fixed }", "next: name }").replace("next: up }", "next: ping }");
        let found = problems(&text);
        assert!(found[0].starts_with("line 12: nodes.name: goes round in a circle"), "{found:?}");
        assert!(found[1].starts_with("line 18: nodes.ping: goes round in a circle"), "{found:?}");
    }

    #[test]
    fn a_circle_with_an_exit_is_fine() {
        let text =
            PING.replace("next: up }", "next: name }").replace("prior: 50", "prior: 50\n    if_failed: up");
        assert_eq!(problems(&text), Vec::<String>::new());
    }

    #[test]
    fn a_value_must_be_declared() {
        let text = PING.replace("text: Ping {{ host }}", "text: Ping {{ hots }}");
        let rule = "line 20: nodes.ping.text: uses `hots`, which is not one of the flow's variables";
        assert_eq!(problems(&text), [rule]);
    }

    #[test]
    fn a_value_must_be_recorded_on_every_way_to_its_use() {
        let text = PING.replace("start: name", "start: ask").replace(
            "nodes:\n",
            "nodes:\n  ask:\n    type: question\n    text: Is the name known?\n    answers:\n      \
             - { label: Yes, next: name }\n      - { label: No, next: ping }\n",
        );
        let found = problems(&text);
        let rule = "line 26: nodes.ping.text: uses `host`, which is not recorded on every way to here";
        assert!(found.contains(&rule.to_owned()), "{found:?}");
    }

    #[test]
    fn an_answer_can_set_a_value_too() {
        let text = PING.replace("start: name", "start: ask").replace(
            "nodes:\n",
            "nodes:\n  ask:\n    type: question\n    text: Is the name known?\n    answers:\n      \
             - { label: Yes, next: name }\n      - { label: No, set: { host: gateway }, next: ping }\n",
        );
        assert_eq!(problems(&text), Vec::<String>::new());
    }

    #[test]
    fn values_of_the_ticket_are_always_there() {
        assert_eq!(
            problems(&PING.replace("Note the name", "Note for {{ company }} the name")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_broken_template_is_refused() {
        let found = problems(&PING.replace("text: Ping {{ host }}", "text: Ping {{ host"));
        assert!(found[0].starts_with("line 20: nodes.ping.text: is not a template"), "{found:?}");
    }

    #[test]
    fn one_answer_is_no_choice() {
        let found = problems(&PING.replace("      - { label: No answer, also: [No], next: up }\n", ""));
        assert_eq!(found[0], "line 22: nodes.ping.results: needs at least 2, has 1");
    }

    #[test]
    fn a_word_stands_for_one_answer_only() {
        let found = problems(&PING.replace("also: [No]", "also: [YES.]"));
        assert_eq!(found, ["line 24: nodes.ping.results[1]: `YES.` already stands for `Answers`"]);
    }

    #[test]
    fn a_slug_has_its_form() {
        let found = problems(&PING.replace("slug: no-ping", "slug: No Ping"));
        assert_eq!(found, ["line 1: slug: must be 2 to 63 of a-z, 0-9 and -, with no - at either end"]);
    }

    #[test]
    fn a_title_that_no_card_could_show_is_refused() {
        let found = problems(&PING.replace("title: A host", &format!("title: {}", "A".repeat(80))));
        assert_eq!(found, ["line 2: title: may have at most 80 characters, has 96"]);
    }

    #[test]
    fn a_control_character_is_refused() {
        let found = problems(&PING.replace("title: A host does not answer", "title: \"A\\0B\""));
        assert_eq!(found, ["line 2: title: holds a control character"]);
    }

    #[test]
    fn a_kind_that_cannot_be_used_yet_is_refused() {
        let found = problems(&PING.replace("kind: troubleshooting", "kind: procedural"));
        assert_eq!(found, ["line 3: kind: only `troubleshooting` flows can be used so far"]);
    }

    #[test]
    fn a_flow_has_at_most_300_nodes() {
        let more: String = (0..300)
            .map(|i| format!("  n{i}:\n    type: escalation\n    reason: x\n    next_steps: []\n"))
            .collect();
        let found = problems(&format!("{PING}{more}"));
        assert_eq!(found.len(), 100);
        assert_eq!(found[0], "line 11: nodes: may have at most 300, has 304");
    }

    fn with_link(to: &str) -> String {
        let link = format!("type: flow\n    flow: {to}\n    next: fixed");
        PING.replace("type: escalation\n    reason: The host is down.\n    next_steps: []", &link)
    }

    #[test]
    fn a_link_to_a_flow_that_is_there_is_fine() {
        let slugs = BTreeSet::from(["no-ping".to_owned(), "dns".to_owned()]);
        assert!(check_yaml(&with_link("dns"), Some(&slugs)).is_ok());
    }

    #[test]
    fn a_link_to_nowhere_or_to_itself_is_refused() {
        let slugs = BTreeSet::from(["no-ping".to_owned()]);
        let found = |to: &str| check_yaml(&with_link(to), Some(&slugs)).unwrap_err()[0].to_string();
        assert_eq!(found("dns"), "line 27: nodes.up.flow: there is no flow `dns`");
        assert_eq!(found("no-ping"), "line 27: nodes.up.flow: links to the flow that it stands in");
    }

    #[test]
    fn without_the_file_a_problem_has_no_line() {
        let document = parse_yaml(&PING.replace("start: name", "start: nam")).unwrap();
        assert_eq!(validate(&document)[0].to_string(), "start: there is no node `nam`");
    }

    proptest! {
        #[test]
        fn every_generated_flow_is_valid(document in documents()) {
            prop_assert_eq!(validate(&document), []);
        }
    }
}
