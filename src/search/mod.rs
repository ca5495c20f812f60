//! Finding the flow that fits a problem, and what was worked before, in memory.
//!
//! What always holds: a search sees one team only. The team is part of every indexed word, so that other teams'
//! flows are never touched and count in no statistic. What a person typed is words to look for, never query syntax.
//! Start with [`Index`]; [`fits`] says whether the best hit is worth offering. [`TextIndex`] finds other texts.

mod fit;
mod fuse;
mod index;
mod memory;
#[cfg(test)]
mod tests;
mod texts;
mod words;

pub use fuse::{Fused, fuse};
pub use index::Index;
pub use texts::{Text, TextHit, TextIndex};

use crate::flow::{Document, Node};
use crate::store::{FlowId, TeamId};

/// A flow as it is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlowEntry {
    /// Whose it is.
    pub team: TeamId,
    /// Which it is.
    pub flow: FlowId,
    /// Its name in links.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// When it applies.
    pub summary: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// The problem as users word it.
    pub symptoms: Vec<String>,
    /// What its nodes say.
    pub body: String,
}

impl FlowEntry {
    /// The entry of a document.
    #[must_use]
    pub fn of(team: TeamId, flow: FlowId, document: &Document) -> Self {
        let mut body = String::new();
        for node in document.nodes.values() {
            body.push_str(node.prompt());
            body.push('\n');
            for answer in node.answers() {
                body.push_str(&answer.label);
                body.push('\n');
            }
            if let Node::Solution { root_cause, .. } = node {
                body.push_str(root_cause);
                body.push('\n');
            }
        }
        Self {
            team,
            flow,
            slug: document.slug.clone(),
            title: document.title.clone(),
            summary: document.summary.clone(),
            tags: document.tags.clone(),
            symptoms: document.symptoms.clone(),
            body,
        }
    }
}

/// A flow that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The flow.
    pub flow: FlowId,
    /// Its name in links.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// How well it matches; comparable within one search only.
    pub score: f32,
    /// The words of the query that stand in its title, symptoms or tags, as they were typed.
    pub matched: Vec<String>,
    /// How much of the query its title, symptoms and tags cover, 0 to 1; rare words count more.
    pub coverage: f32,
    /// How much of its title or its best symptom the query covers, 0 to 1; rare words count more.
    pub phrase: f32,
}

/// Whether a hit is about the problem, and not merely the least bad.
#[must_use]
pub fn fits(hit: &Hit) -> bool {
    fit::fits(hit)
}
