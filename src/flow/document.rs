//! A flow as it is written, stored and sent: one YAML or JSON document.
//!
//! What always holds: a [`Document`] that was read has nodes of a known type, each with exactly the fields of its
//! type. Whether the tree makes sense (targets exist, no dead ends) is [`super::validate`]'s business.
//! Start with [`Document`], then [`Node`].

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::parse::RawNode;
use crate::fix::ScriptLanguage;

/// A guided procedure. Nodes and variables keep the order in which they were written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowDocument)]
pub struct Document {
    /// Its name in links and files: `a-z`, `0-9` and `-`, 2 to 63 characters.
    pub slug: String,
    /// What the engineer sees, at most 80 characters.
    pub title: String,
    /// Which kind of procedure it is.
    pub kind: FlowKind,
    /// When this flow applies, in one sentence.
    pub summary: String,
    /// Lower-case tags.
    pub tags: Vec<String>,
    /// Phrases as users and tickets word the problem; search matches on them.
    pub symptoms: Vec<String>,
    /// Values that checks record and texts use as `{{ name }}`, by name.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    #[schema(value_type = BTreeMap<String, Variable>)]
    pub variables: IndexMap<String, Variable>,
    /// The node to start with.
    pub start: String,
    /// The nodes, by id (`a-z`, `0-9` and `_`).
    #[schema(value_type = BTreeMap<String, Node>)]
    pub nodes: IndexMap<String, Node>,
}

/// The kinds of flow.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum FlowKind {
    /// A tree of questions and checks that ends in a fix.
    Troubleshooting,
    /// A checklist.
    Procedural,
    /// A scheduled procedure over many targets.
    Maintenance,
}

/// A value that a check records.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowVariable)]
pub struct Variable {
    /// What the value is, for the engineer.
    pub label: String,
    /// A made-up value that shows the form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// One step of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", try_from = "RawNode")]
#[schema(as = FlowNode)]
pub enum Node {
    /// Something to ask.
    Question {
        /// The question, Markdown, at most 600 characters.
        text: String,
        /// The possible answers, 2 to 5.
        answers: Vec<Answer>,
    },
    /// Something to do.
    Instruction {
        /// What to do, Markdown, at most 600 characters.
        text: String,
        /// The command to run, if it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        /// What is recorded when it was done.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        fact: Option<String>,
        /// The node to go on with.
        next: String,
    },
    /// A diagnostic check.
    Check {
        /// What to look at, Markdown, at most 600 characters.
        text: String,
        /// The command to run, if it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<String>,
        /// What comes of it.
        #[serde(flatten)]
        outcome: CheckOutcome,
    },
    /// A fix to suggest. The tree ends here, or goes on when the fix did not help.
    Solution {
        /// What to do, in the imperative, at most 80 characters.
        title: String,
        /// The cause, as a full sentence: it stands in the note when the fix worked.
        root_cause: String,
        /// Why this fix follows from the answers.
        rationale: String,
        /// The steps, 1 to 8.
        steps: Vec<String>,
        /// A script that does it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        script: Option<Script>,
        /// How often this fix is right when the tree ends here, 0 to 100, before any recorded outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        prior: Option<u8>,
        /// The node to go on with when it did not help.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        if_failed: Option<String>,
    },
    /// The end of what this flow can do.
    Escalation {
        /// Why it has to go to somebody else.
        reason: String,
        /// What they could do next.
        next_steps: Vec<String>,
    },
    /// A link into another flow.
    Flow {
        /// The slug of the other flow.
        flow: String,
        /// Where to go on here when its fixes did not help.
        next: String,
    },
}

/// What a check ends with: one of several results, or a value that the engineer types.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum CheckOutcome {
    /// The engineer picks the result.
    Results {
        /// The possible results, 2 to 5.
        results: Vec<Answer>,
    },
    /// The engineer types a value.
    Record {
        /// The variable that takes the value.
        record: String,
        /// The sentence that is recorded, which uses the value.
        fact: String,
        /// The node to go on with.
        next: String,
    },
}

/// One way to answer a question, or one result of a check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowAnswer)]
pub struct Answer {
    /// The text of the button, at most 40 characters.
    pub label: String,
    /// Words that may be typed instead.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The sentence that is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fact: Option<String>,
    /// Variables that get a value by this answer, taken as they are.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<String, String>,
    /// The node to go on with.
    pub next: String,
}

/// The script of a solution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = FlowScript)]
pub struct Script {
    /// What runs it.
    pub language: ScriptLanguage,
    /// Its text.
    pub body: String,
}

impl Document {
    /// The node of that id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.get(id)
    }
}

impl Node {
    /// The ids of the nodes that can follow, in the order in which they are written, repeated ones included.
    #[must_use]
    pub fn targets(&self) -> Vec<&str> {
        match self {
            Self::Question { answers, .. }
            | Self::Check { outcome: CheckOutcome::Results { results: answers }, .. } => {
                answers.iter().map(|answer| answer.next.as_str()).collect()
            }
            Self::Instruction { next, .. }
            | Self::Check { outcome: CheckOutcome::Record { next, .. }, .. }
            | Self::Flow { next, .. } => vec![next],
            Self::Solution { if_failed, .. } => if_failed.iter().map(String::as_str).collect(),
            Self::Escalation { .. } => Vec::new(),
        }
    }

    /// The answers or results to choose from; empty where there is nothing to choose.
    #[must_use]
    pub fn answers(&self) -> &[Answer] {
        match self {
            Self::Question { answers, .. }
            | Self::Check { outcome: CheckOutcome::Results { results: answers }, .. } => answers,
            _ => &[],
        }
    }

    /// What the engineer is told when the walk comes to this node; for a link, the slug of the other flow.
    #[must_use]
    pub fn prompt(&self) -> &str {
        match self {
            Self::Question { text, .. }
            | Self::Instruction { text, .. }
            | Self::Check { text, .. }
            | Self::Solution { title: text, .. } => text,
            Self::Escalation { reason, .. } => reason,
            Self::Flow { flow, .. } => flow,
        }
    }

    /// The command to run at this node.
    #[must_use]
    pub fn command(&self) -> Option<&str> {
        match self {
            Self::Instruction { command, .. } | Self::Check { command, .. } => command.as_deref(),
            _ => None,
        }
    }

    /// Whether the flow can end here.
    #[must_use]
    pub fn is_end(&self) -> bool {
        matches!(self, Self::Solution { .. } | Self::Escalation { .. })
    }
}
