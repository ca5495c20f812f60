//! Free answers: models, what they are told, what they may cost, and writing down what they say.
//!
//! A question is recorded with the turn that asked it, together with an effect in a lane of its own for each thread:
//! an answer may take minutes, and neither cards nor other events wait for it. [`Writer`] works that effect with
//! whoever answers ([`Answerer`]): the [`Models`] of the configuration, or a [`Script`] for trying it. What always
//! holds: an answer is shown in one place and recorded once; a process that dies leaves a text that the next one ends;
//! every ending that is not the answer's own is said in a line that a person can act on; a model changes nothing by
//! itself, and where none can be reached the guided work goes on. Start with [`Answerer`], then [`Models`]. Notes are
//! drafted by the same [`Models`], in one piece.

mod about;
mod answer;
mod breaker;
mod calls;
mod config;
mod feedback;
#[cfg(fuzzing)]
pub mod fuzzing;
mod ledger;
mod links;
mod marker;
mod models;
mod note;
mod notes;
mod opinions;
mod prompt;
mod proposal;
mod provider;
mod route;
mod script;
mod spend;
mod tools;
mod writer;

pub use about::About;
pub use calls::{AiCall, CallFilter, calls};
pub use config::{
    BudgetConfig, EndpointConfig, LimitsConfig, ModelsConfig, PriceConfig, ProviderKind, RouteConfig,
    TiersConfig,
};
pub(crate) use feedback::judge_answer;
pub use feedback::{ByAi, Feedback, Thumb, by_ai, judge_exchange, judge_message, judge_note, of_note};
pub use ledger::{Purpose, Spent, Switch, off_by, spent_today, switch, switch_off, switch_on};
pub use models::Models;
pub(crate) use note::{Claim, NoteAsk, Told, Unmet};
pub use opinions::{Opinion, opinions};
pub use proposal::Proposal;
pub use script::{Piece, Script};
pub use spend::{Budget, DaySpending, ModelSpending, PurposeSpending, Spending, Tally, spending};
pub(crate) use writer::Writer;

use futures_util::stream::BoxStream;

use crate::Engine;
use crate::assistant::Source;
use crate::store::{AnswerId, CallId, MemberId};

/// A question, with everything that an answer can be made of.
#[derive(Clone)]
pub struct Ask {
    /// The engine that asks.
    pub engine: Engine,
    /// What it is asked about.
    pub about: About,
    /// The answer that is to be written.
    pub answer: AnswerId,
    /// Who asks.
    pub member: MemberId,
    /// What they ask. Not trusted.
    pub question: String,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// Who writes, from here on, where that is more than [`Answerer::name`].
    By(String),
    /// The call that it comes from, from here on.
    From(CallId),
    /// What it may cite.
    Sources(Vec<Source>),
    /// Nothing yet, but it is being worked on.
    Waiting,
    /// The next piece of its Markdown.
    Text(String),
    /// A fix to suggest once the answer is whole.
    Fix(Box<Proposal>),
    /// What the engineer may confirm as facts, once the answer is whole.
    Facts(Vec<String>),
}

/// Writes answers to free questions about a session.
pub trait Answerer: Send + Sync + 'static {
    /// Who writes, as a person reads it below the answer: "the AI model", "a script".
    fn name(&self) -> &str;

    /// Whether plain words are answered too, and not only what is asked with `ask`.
    fn converses(&self) -> bool {
        false
    }

    /// The models that draft notes, where there are any.
    fn writes_notes(&self) -> Option<&Models> {
        None
    }

    /// Writes an answer, part by part. Dropping the stream cancels the work.
    ///
    /// What comes is not trusted: it is redacted before it is kept and escaped where it is shown.
    fn answer(&self, ask: Ask) -> BoxStream<'static, Result<Said, AnswerError>>;
}

/// Why an answer is not whole, in words that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Nothing was written, and nothing will be just now.
    #[error("{0}")]
    Unavailable(String),
    /// It ended early.
    #[error("{0}")]
    Early(String),
}
