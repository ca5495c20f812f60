//! Suggested fixes: proposed by the copilot or a member, decided by a member, and how they ended.
//!
//! At most one fix of a session is active; a new one supersedes it. The decision log and the outcomes are kept for
//! ever: confidence is counted from them ([`confidence`]).

mod confidence;
mod decide;
mod log;
mod model;
mod outcome;
mod suggest;

pub use confidence::{Confidence, DEFAULT_PRIOR, PRIOR_WEIGHT, Record, confidence, record_of};
pub use decide::Deciding;
pub use log::decision_log;
pub use model::{
    Decision, DecisionKind, Outcome, OutcomeKind, ScriptBody, ScriptLanguage, SuggestedFix, TemplateOffer,
};
pub use suggest::NewFix;
