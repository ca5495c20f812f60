//! Guided flows: troubleshooting trees, their library, and walking one in a session.
//!
//! A [`Document`] is plain data ([`check_yaml`] reads and validates it); the [`FlowLibrary`] keeps documents as
//! numbered versions per team and finds the best one for a problem; a run walks one version inside a session and
//! leaves facts, checks and a suggested fix behind.

mod document;
mod library;
mod parse;
mod place;
mod quote;
mod rule;
pub(crate) mod run;
#[cfg(test)]
mod sample;
mod starter;
mod template;
mod validate;
mod walk;

pub use document::{Answer, CheckOutcome, Document, FlowKind, Node, Script};
pub use library::{FlowLibrary, FlowSummary, Imported, Match};
pub use parse::{Problem, parse_yaml, to_yaml};
pub(crate) use quote::is_single_quote;
pub use run::After;
pub use starter::starter_flows;
pub use template::{render, render_command};
pub use validate::{check_yaml, validate, validate_links};
pub use walk::{Choice, Return, WalkState, advance, match_reply};
