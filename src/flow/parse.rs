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
mod tests;
