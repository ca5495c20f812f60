//! Reading a flow from YAML and writing it back, with the place of every mistake.
//!
//! What always holds: any text gives either a document or at least one [`Problem`], with the line where one is
//! known. Nothing is guessed: unknown and repeated fields, aliases and second documents are refused.
//! Start with [`parse_yaml`]; [`RawNode`] is how a node looks before its type says which fields belong to it.

use std::fmt;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_saphyr::{MessageFormatter, UserMessageFormatter};
use utoipa::ToSchema;

use super::document::{Answer, CheckOutcome, Document, FlowKind, Node, Script, Variable};
use super::place::Places;
use crate::error::FieldError;

/// The largest flow file, in bytes.
pub(super) const LARGEST: usize = 256 * 1024;

/// One mistake in a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FlowProblem)]
pub struct Problem {
    /// The line of the file, from 1, where the flow came from one.
    pub line: Option<usize>,
    /// What it is about, as a path: `nodes.safe_mode.results[1].next`. Empty for the whole file.
    pub at: String,
    /// The rule that is broken, in words that tell how to mend it.
    pub rule: String,
}

impl Problem {
    pub(super) fn new(at: impl Into<String>, rule: impl Into<String>) -> Self {
        Self { line: None, at: at.into(), rule: rule.into() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.rule)
    }
}

impl From<Problem> for FieldError {
    fn from(problem: Problem) -> Self {
        let rule = match problem.line {
            Some(line) => format!("{} (line {line})", problem.rule),
            None => problem.rule,
        };
        Self { field: problem.at, rule }
    }
}

/// Reads a flow. It is well-formed then, but not yet checked: see [`super::check_yaml`].
///
/// # Errors
/// What keeps the text from being a flow document, with lines.
pub fn parse_yaml(text: &str) -> Result<Document, Vec<Problem>> {
    read(text).map(|(document, _)| document)
}

/// Writes a flow as YAML, nodes in their order; reading it back gives the same document.
///
/// # Errors
/// [`crate::Error::Internal`] when the writer fails, which no document is known to cause.
pub fn to_yaml(document: &Document) -> crate::Result<String> {
    serde_saphyr::to_string(document).map_err(|e| crate::Error::Internal(format!("flow to YAML: {e}")))
}

/// Reads a flow and where each part of it stands.
pub(super) fn read(text: &str) -> Result<(Document, Places), Vec<Problem>> {
    if text.len() > LARGEST {
        return Err(vec![Problem::new("", format!("is larger than {} KiB", LARGEST / 1024))]);
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(vec![Problem::new("", "is empty: a flow begins with `slug:`")]);
    }
    let places = Places::of(text)?;
    let raw: RawDocument =
        serde_saphyr::from_str_with_options(text, options()).map_err(|e| vec![problem_of(&e, &places)])?;
    match raw.try_into() {
        Ok(document) => Ok((document, places)),
        Err(problems) => Err(places.locate(problems)),
    }
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        with_snippet: false,
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
    }
}

fn problem_of(error: &serde_saphyr::Error, places: &Places) -> Problem {
    let error = error.without_snippet();
    let rule = in_our_words(&UserMessageFormatter.format_message(error));
    match error.location().filter(|location| location.line() > 0) {
        Some(location) => {
            let (line, column) = (usize_of(location.line()), usize_of(location.column()));
            let at = places.at(line, column);
            if let serde_saphyr::Error::SerdeMissingField { .. } = error {
                let at = around(at);
                return Problem { line: places.line_of(at), at: at.to_owned(), rule };
            }
            Problem { line: Some(line), at: at.to_owned(), rule }
        }
        None => Problem::new("", rule),
    }
}

/// What a part of the document stands in: a missing field is noticed at the last of its neighbours.
fn around(path: &str) -> &str {
    path.rfind('.').map_or("", |end| &path[..end])
}

/// The reader's terser messages, as rules.
fn in_our_words(message: &str) -> String {
    match message {
        "invalid u8" => "must be a whole number from 0 to 100".to_owned(),
        "expected mapping start" => "must hold `name: value` lines".to_owned(),
        "expected sequence start" => "must be a list".to_owned(),
        "null is not allowed here" => "is empty".to_owned(),
        other => other.to_owned(),
    }
}

fn usize_of(number: impl TryInto<usize>) -> usize {
    number.try_into().unwrap_or(usize::MAX)
}

/// A document whose nodes are not yet told apart.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawDocument {
    slug: String,
    title: String,
    kind: FlowKind,
    summary: String,
    tags: Vec<String>,
    symptoms: Vec<String>,
    #[serde(default)]
    variables: IndexMap<String, Variable>,
    start: String,
    nodes: IndexMap<String, RawNode>,
}

impl TryFrom<RawDocument> for Document {
    type Error = Vec<Problem>;

    fn try_from(raw: RawDocument) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut nodes = IndexMap::new();
        for (id, node) in raw.nodes {
            match node.sort() {
                Ok(node) => drop(nodes.insert(id, node)),
                Err(mistakes) => problems.extend(mistakes.into_iter().map(|mistake| {
                    let at = mistake
                        .field
                        .map_or_else(|| format!("nodes.{id}"), |field| format!("nodes.{id}.{field}"));
                    Problem::new(at, mistake.rule)
                })),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            slug: raw.slug,
            title: raw.title,
            kind: raw.kind,
            summary: raw.summary,
            tags: raw.tags,
            symptoms: raw.symptoms,
            variables: raw.variables,
            start: raw.start,
            nodes,
        })
    }
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum NodeType {
    Question,
    Instruction,
    Check,
    Solution,
    Escalation,
    Flow,
}

/// A node with the fields of every type, so that a mistake is found where it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawNode {
    #[serde(rename = "type")]
    kind: NodeType,
    text: Option<String>,
    answers: Option<Vec<Answer>>,
    command: Option<String>,
    results: Option<Vec<Answer>>,
    record: Option<String>,
    fact: Option<String>,
    title: Option<String>,
    root_cause: Option<String>,
    rationale: Option<String>,
    steps: Option<Vec<String>>,
    script: Option<Script>,
    prior: Option<u8>,
    if_failed: Option<String>,
    reason: Option<String>,
    next_steps: Option<Vec<String>>,
    flow: Option<String>,
    next: Option<String>,
}

/// A field that is missing (then the node itself is named) or that does not belong there.
struct Mistake {
    field: Option<&'static str>,
    rule: String,
}

impl RawNode {
    /// The node of its type, or every field that it lacks or that does not belong to it.
    fn sort(mut self) -> Result<Node, Vec<Mistake>> {
        let mut missing = Vec::new();
        let (node, name) = self.take(&mut missing);
        let missing =
            missing.into_iter().map(|field| Mistake { field: None, rule: format!("{name} needs `{field}`") });
        let foreign =
            self.left().map(|field| Mistake { field: Some(field), rule: format!("{name} has no `{field}`") });
        let mistakes: Vec<Mistake> = missing.chain(foreign).collect();
        if mistakes.is_empty() { Ok(node) } else { Err(mistakes) }
    }

    /// Takes the fields of the node's type; what is missing is noted and left empty.
    fn take(&mut self, missing: &mut Vec<&'static str>) -> (Node, &'static str) {
        match self.kind {
            NodeType::Question => {
                let text = need(&mut self.text, "text", missing);
                (Node::Question { text, answers: need(&mut self.answers, "answers", missing) }, "a question")
            }
            NodeType::Instruction => {
                let text = need(&mut self.text, "text", missing);
                let (command, fact) = (self.command.take(), self.fact.take());
                let next = need(&mut self.next, "next", missing);
                (Node::Instruction { text, command, fact, next }, "an instruction")
            }
            NodeType::Check => {
                let (text, command) = (need(&mut self.text, "text", missing), self.command.take());
                let (outcome, name) = self.take_outcome(missing);
                (Node::Check { text, command, outcome }, name)
            }
            NodeType::Solution => (self.take_solution(missing), "a solution"),
            NodeType::Escalation => {
                let reason = need(&mut self.reason, "reason", missing);
                let next_steps = need(&mut self.next_steps, "next_steps", missing);
                (Node::Escalation { reason, next_steps }, "an escalation")
            }
            NodeType::Flow => {
                let flow = need(&mut self.flow, "flow", missing);
                (Node::Flow { flow, next: need(&mut self.next, "next", missing) }, "a flow link")
            }
        }
    }

    fn take_outcome(&mut self, missing: &mut Vec<&'static str>) -> (CheckOutcome, &'static str) {
        if let Some(results) = self.results.take() {
            return (CheckOutcome::Results { results }, "a check with `results`");
        }
        let record = need(&mut self.record, "results` or `record", missing);
        if record.is_empty() {
            return (CheckOutcome::Results { results: Vec::new() }, "a check");
        }
        let fact = need(&mut self.fact, "fact", missing);
        let next = need(&mut self.next, "next", missing);
        (CheckOutcome::Record { record, fact, next }, "a check with `record`")
    }

    fn take_solution(&mut self, missing: &mut Vec<&'static str>) -> Node {
        Node::Solution {
            title: need(&mut self.title, "title", missing),
            root_cause: need(&mut self.root_cause, "root_cause", missing),
            rationale: need(&mut self.rationale, "rationale", missing),
            steps: need(&mut self.steps, "steps", missing),
            script: self.script.take(),
            prior: self.prior.take(),
            if_failed: self.if_failed.take(),
        }
    }

    /// The fields that were not taken.
    fn left(&self) -> impl Iterator<Item = &'static str> {
        [
            ("text", self.text.is_some()),
            ("answers", self.answers.is_some()),
            ("command", self.command.is_some()),
            ("results", self.results.is_some()),
            ("record", self.record.is_some()),
            ("fact", self.fact.is_some()),
            ("title", self.title.is_some()),
            ("root_cause", self.root_cause.is_some()),
            ("rationale", self.rationale.is_some()),
            ("steps", self.steps.is_some()),
            ("script", self.script.is_some()),
            ("prior", self.prior.is_some()),
            ("if_failed", self.if_failed.is_some()),
            ("reason", self.reason.is_some()),
            ("next_steps", self.next_steps.is_some()),
            ("flow", self.flow.is_some()),
            ("next", self.next.is_some()),
        ]
        .into_iter()
        .filter_map(|(field, is_left)| is_left.then_some(field))
    }
}

fn need<T: Default>(field: &mut Option<T>, name: &'static str, missing: &mut Vec<&'static str>) -> T {
    field.take().unwrap_or_else(|| {
        missing.push(name);
        T::default()
    })
}

impl TryFrom<RawNode> for Node {
    type Error = String;

    fn try_from(raw: RawNode) -> Result<Self, String> {
        raw.sort().map_err(|mistakes| {
            mistakes.into_iter().map(|mistake| mistake.rule).collect::<Vec<_>>().join("; ")
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::flow::sample::{PING, documents};

    fn first(text: &str) -> String {
        parse_yaml(text).unwrap_err()[0].to_string()
    }

    #[test]
    fn a_flow_file_is_read() {
        let document = parse_yaml(PING).unwrap();
        assert_eq!(document.slug, "no-ping");
        assert_eq!(document.nodes.keys().collect::<Vec<_>>(), ["name", "ping", "up", "fixed"]);
    }

    #[test]
    fn a_byte_order_mark_and_windows_line_ends_change_nothing() {
        let text = format!("\u{feff}{}", PING.replace('\n', "\r\n"));
        assert_eq!(parse_yaml(&text).unwrap(), parse_yaml(PING).unwrap());
    }

    #[test]
    fn words_that_yaml_takes_for_other_types_stay_words() {
        let document =
            parse_yaml(&PING.replace("[No]", "[No, 404, on]").replace("title: A host", "title: 365"))
                .unwrap();
        assert_eq!(document.node("ping").unwrap().answers()[1].also, ["No", "404", "on"]);
    }

    #[test]
    fn a_tab_is_refused_with_its_line() {
        let text = PING.replacen("    type: check", "\ttype: check", 1);
        assert!(first(&text).starts_with("line 13: nodes.name: is not YAML: tabs"), "{}", first(&text));
    }

    #[test]
    fn an_unquoted_value_at_the_beginning_of_a_text_gets_a_hint() {
        let text = PING.replace("text: Ping {{ host }}", "text: {{ host }} is pinged");
        assert!(first(&text).contains("in quotes"), "{}", first(&text));
    }

    #[test]
    fn an_unknown_field_is_named_with_its_line() {
        let text = PING.replace("record: host", "recrod: host");
        assert!(first(&text).starts_with("line 15: nodes.name.recrod: unknown field"), "{}", first(&text));
    }

    #[test]
    fn a_field_of_another_type_of_node_is_refused() {
        let text = PING.replace("    reason:", "    steps: [wait]\n    reason:");
        assert_eq!(first(&text), "line 27: nodes.up.steps: an escalation has no `steps`");
    }

    #[test]
    fn a_missing_field_of_a_node_is_named() {
        let text = PING.replace("    next: ping\n", "");
        assert_eq!(first(&text), "line 12: nodes.name: a check with `record` needs `next`");
    }

    #[test]
    fn a_check_needs_results_or_a_variable() {
        let text = PING.replace("    record: host\n    fact: The host is {{ host }}.\n    next: ping\n", "");
        assert_eq!(first(&text), "line 12: nodes.name: a check needs `results` or `record`");
    }

    #[test]
    fn a_missing_field_of_an_answer_is_named() {
        let text = PING.replace(", next: up }", " }");
        assert_eq!(first(&text), "line 24: nodes.ping.results[1]: missing field `next`");
    }

    #[test]
    fn a_missing_field_of_the_flow_is_named() {
        assert_eq!(first(&PING.replace("title: A host does not answer\n", "")), "missing field `title`");
    }

    #[test]
    fn a_wrong_type_is_refused_with_its_line() {
        assert_eq!(
            first(&PING.replace("prior: 50", "prior: often")),
            "line 35: nodes.fixed.prior: must be a whole number from 0 to 100"
        );
        assert_eq!(first(&PING.replace("tags: [network]", "tags: network")), "line 5: tags: must be a list");
    }

    #[test]
    fn a_repeated_key_is_refused() {
        let text = PING.replace("  up:\n", "  ping:\n");
        assert!(first(&text).starts_with("line 25: nodes.ping: duplicate"), "{}", first(&text));
    }

    #[test]
    fn a_second_document_is_refused() {
        let text = format!("{PING}---\n{PING}");
        assert!(first(&text).starts_with("line 36: a file holds one flow"), "{}", first(&text));
    }

    #[test]
    fn an_alias_is_refused_so_that_no_file_can_blow_up() {
        let text = PING.replace("[network]", "&a [x]").replace("  - host does not answer", "  - *a");
        assert!(first(&text).starts_with("line 7: symptoms[0]: is an alias"), "{}", first(&text));
    }

    #[test]
    fn a_huge_file_is_refused() {
        assert_eq!(first(&"# x\n".repeat(100_000)), "is larger than 256 KiB");
    }

    #[test]
    fn endless_nesting_is_refused() {
        assert!(first(&"[".repeat(100_000)).contains("recursion limit"));
        assert!(first(&"a: ".repeat(50_000)).starts_with("line 1"));
    }

    #[test]
    fn an_empty_file_says_how_to_begin() {
        assert_eq!(first(" \n"), "is empty: a flow begins with `slug:`");
    }

    #[test]
    fn a_flow_in_json_is_held_to_the_same_fields() {
        let error =
            serde_json::from_str::<Node>(r#"{"type":"flow","flow":"a","next":"b","text":"c"}"#).unwrap_err();
        assert!(error.to_string().starts_with("a flow link has no `text`"), "{error}");
    }

    #[test]
    fn a_problem_becomes_a_field_error_that_keeps_the_line() {
        let problem = Problem { line: Some(3), at: "kind".to_owned(), rule: "is odd".to_owned() };
        assert_eq!(
            FieldError::from(problem),
            FieldError { field: "kind".to_owned(), rule: "is odd (line 3)".to_owned() }
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC{0,200}|[ \\[\\]{}:\\-&*!|>'\"%@`,?#\\nabc\\t]{0,120}") {
            let _ = parse_yaml(&text);
        }

        #[test]
        fn no_damage_to_a_flow_makes_the_reader_panic(at in 0..PING.len(), cut in 0..40_usize, put in "[ \\[\\]{}:\\-&*!|>'\"%,?#\\n\\t\\PC]{0,8}") {
            let end = (at + cut).min(PING.len());
            let text = format!("{}{put}{}", PING.get(..at).unwrap_or(""), PING.get(end..).unwrap_or(""));
            let _ = crate::flow::check_yaml(&text, None);
        }

        #[test]
        fn a_written_flow_reads_back_as_it_was(document in documents()) {
            let yaml = to_yaml(&document).unwrap();
            let again = parse_yaml(&yaml);
            prop_assert_eq!(again.as_ref().map(|d| d.nodes.keys().collect::<Vec<_>>()), Ok(document.nodes.keys().collect()));
            prop_assert_eq!(again, Ok(document), "{}", yaml);
        }

        #[test]
        fn a_flow_survives_json(document in documents()) {
            let json = serde_json::to_string(&document).unwrap();
            prop_assert_eq!(serde_json::from_str::<Document>(&json).unwrap(), document);
        }
    }
}
