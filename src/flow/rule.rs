//! The rules for the single parts of a flow: names, lengths, answers, templates.
//!
//! Start with [`broken`]. Lengths are in characters.

use std::collections::BTreeMap;

use super::document::{Answer, CheckOutcome, Document, FlowKind, Node, Variable};
use super::parse::Problem;
use super::template::variables_of;
use super::walk::plain;

const NODES: usize = 300;
const VARIABLES: usize = 30;
const TAGS: usize = 8;
const SYMPTOMS: usize = 30;
const STEPS: usize = 8;
const ALSO: usize = 12;
const NAME: usize = 63;
const LABEL: usize = 40;
const TITLE: usize = 80;
const PHRASE: usize = 120;
const VALUE: usize = 200;
const SENTENCE: usize = 400;
const TEXT: usize = 600;
const COMMAND: usize = 2_000;
const SCRIPT: usize = 20_000;

/// A text of a node that may use values.
pub(super) struct Template<'a> {
    /// Its field, from the node on: `answers[0].fact`.
    pub(super) field: String,
    pub(super) text: &'a str,
    /// The values that the node itself records before the text is used.
    pub(super) recorded: Vec<&'a str>,
    longest: usize,
}

/// The texts of a node that may use values.
pub(super) fn templates(node: &Node) -> Vec<Template<'_>> {
    match node {
        Node::Question { text, answers } => {
            let mut found = vec![template("text", text, TEXT)];
            found.extend(facts("answers", answers));
            found
        }
        Node::Instruction { text, command, fact, .. } => {
            let mut found = vec![template("text", text, TEXT)];
            found.extend(command.iter().map(|command| template("command", command, COMMAND)));
            found.extend(fact.iter().map(|fact| template("fact", fact, SENTENCE)));
            found
        }
        Node::Check { text, command, outcome } => {
            let mut found = vec![template("text", text, TEXT)];
            found.extend(command.iter().map(|command| template("command", command, COMMAND)));
            match outcome {
                CheckOutcome::Results { results } => found.extend(facts("results", results)),
                CheckOutcome::Record { record, fact, .. } => {
                    found.push(Template { recorded: vec![record], ..template("fact", fact, SENTENCE) });
                }
            }
            found
        }
        Node::Solution { title, root_cause, rationale, steps, script, .. } => {
            let mut found = vec![
                template("title", title, TITLE),
                template("root_cause", root_cause, SENTENCE),
                template("rationale", rationale, SENTENCE),
            ];
            found.extend(listed("steps", steps));
            found.extend(script.iter().map(|script| template("script.body", &script.body, SCRIPT)));
            found
        }
        Node::Escalation { reason, next_steps } => {
            let mut found = vec![template("reason", reason, SENTENCE)];
            found.extend(listed("next_steps", next_steps));
            found
        }
        Node::Flow { .. } => Vec::new(),
    }
}

fn template<'a>(field: impl Into<String>, text: &'a str, longest: usize) -> Template<'a> {
    Template { field: field.into(), text, recorded: Vec::new(), longest }
}

fn listed<'a>(field: &'a str, texts: &'a [String]) -> impl Iterator<Item = Template<'a>> {
    texts.iter().enumerate().map(move |(i, text)| template(format!("{field}[{i}]"), text, TEXT))
}

fn facts<'a>(field: &'a str, answers: &'a [Answer]) -> impl Iterator<Item = Template<'a>> {
    answers.iter().enumerate().filter_map(move |(i, answer)| {
        let fact = template(format!("{field}[{i}].fact"), answer.fact.as_deref()?, SENTENCE);
        Some(Template { recorded: answer.set.keys().map(String::as_str).collect(), ..fact })
    })
}

/// The rules that single parts of the flow break.
pub(super) fn broken(document: &Document) -> Vec<Problem> {
    let mut check =
        Check { problems: Vec::new(), variables: document.variables.keys().map(String::as_str).collect() };
    check.head(document);
    for (name, variable) in &document.variables {
        check.variable(name, variable);
    }
    check.count("nodes", document.nodes.len(), 1, NODES);
    for (id, node) in &document.nodes {
        check.node(id, node);
    }
    check.problems
}

struct Check<'a> {
    problems: Vec<Problem>,
    variables: Vec<&'a str>,
}

impl<'a> Check<'a> {
    fn add(&mut self, at: impl Into<String>, rule: impl Into<String>) {
        self.problems.push(Problem::new(at, rule));
    }

    fn head(&mut self, document: &'a Document) {
        self.slug("slug", &document.slug);
        self.text("title", &document.title, TITLE);
        if document.kind != FlowKind::Troubleshooting {
            self.add("kind", "only `troubleshooting` flows can be used so far");
        }
        self.text("summary", &document.summary, SENTENCE);
        self.count("tags", document.tags.len(), 1, TAGS);
        for (i, tag) in document.tags.iter().enumerate() {
            let at = format!("tags[{i}]");
            self.text(&at, tag, LABEL);
            if tag.to_lowercase() != *tag {
                self.add(&at, "is not in lower case");
            }
        }
        self.count("symptoms", document.symptoms.len(), 1, SYMPTOMS);
        for (i, symptom) in document.symptoms.iter().enumerate() {
            self.text(&format!("symptoms[{i}]"), symptom, PHRASE);
        }
        self.count("variables", document.variables.len(), 0, VARIABLES);
    }

    fn variable(&mut self, name: &str, variable: &Variable) {
        let at = format!("variables.{name}");
        self.name(&at, name);
        if name.starts_with(|first: char| first.is_ascii_digit()) {
            self.add(&at, "begins with a digit");
        }
        self.text(&format!("{at}.label"), &variable.label, TITLE);
        if let Some(example) = &variable.example {
            self.text(&format!("{at}.example"), example, PHRASE);
        }
    }

    fn node(&mut self, id: &str, node: &'a Node) {
        let at = format!("nodes.{id}");
        self.name(&at, id);
        for template in templates(node) {
            let at = format!("{at}.{}", template.field);
            self.text(&at, template.text, template.longest);
            if let Err(error) = variables_of(template.text) {
                self.add(at, format!("is not a template ({error}): values are used as `{{{{ name }}}}`"));
            }
        }
        match node {
            Node::Question { answers, .. } => self.answers(&format!("{at}.answers"), answers),
            Node::Check { outcome: CheckOutcome::Results { results }, .. } => {
                self.answers(&format!("{at}.results"), results);
            }
            Node::Check { outcome: CheckOutcome::Record { record, .. }, .. } => {
                self.declared(&format!("{at}.record"), record);
            }
            Node::Solution { steps, prior, .. } => {
                self.count(&format!("{at}.steps"), steps.len(), 1, STEPS);
                if prior.is_some_and(|prior| prior > 100) {
                    self.add(format!("{at}.prior"), "must be 0 to 100");
                }
            }
            Node::Escalation { next_steps, .. } => {
                self.count(&format!("{at}.next_steps"), next_steps.len(), 0, STEPS);
            }
            Node::Flow { flow, .. } => self.slug(&format!("{at}.flow"), flow),
            Node::Instruction { .. } => {}
        }
    }

    fn answers(&mut self, at: &str, answers: &'a [Answer]) {
        self.count(at, answers.len(), 2, 5);
        let mut taken: BTreeMap<String, usize> = BTreeMap::new();
        for (i, answer) in answers.iter().enumerate() {
            let at = format!("{at}[{i}]");
            self.text(&format!("{at}.label"), &answer.label, LABEL);
            self.count(&format!("{at}.also"), answer.also.len(), 0, ALSO);
            for (j, word) in answer.also.iter().enumerate() {
                self.text(&format!("{at}.also[{j}]"), word, LABEL);
            }
            for word in std::iter::once(&answer.label).chain(&answer.also) {
                let first = *taken.entry(plain(word)).or_insert(i);
                if first != i {
                    self.add(&at, format!("`{word}` already stands for `{}`", answers[first].label));
                }
            }
            for (name, value) in &answer.set {
                self.declared(&format!("{at}.set.{name}"), name);
                self.text(&format!("{at}.set.{name}"), value, VALUE);
            }
        }
    }

    fn declared(&mut self, at: &str, variable: &str) {
        if !self.variables.contains(&variable) {
            self.add(at, format!("`{variable}` is not one of the flow's variables"));
        }
    }

    fn count(&mut self, at: &str, count: usize, least: usize, most: usize) {
        if count < least {
            self.add(at, format!("needs at least {least}, has {count}"));
        } else if count > most {
            self.add(at, format!("may have at most {most}, has {count}"));
        }
    }

    fn text(&mut self, at: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() {
            self.add(at, "is empty");
        } else if length > longest {
            self.add(at, format!("may have at most {longest} characters, has {length}"));
        } else if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t')) {
            self.add(at, "holds a control character");
        }
    }

    fn slug(&mut self, at: &str, slug: &str) {
        let is_slug = (2..=NAME).contains(&slug.len())
            && slug.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !slug.starts_with('-')
            && !slug.ends_with('-');
        if !is_slug {
            self.add(at, "must be 2 to 63 of a-z, 0-9 and -, with no - at either end");
        }
    }

    fn name(&mut self, at: &str, name: &str) {
        let is_name = (1..=NAME).contains(&name.len())
            && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if !is_name {
            self.add(at, "the name must be 1 to 63 of a-z, 0-9 and _");
        }
    }
}
