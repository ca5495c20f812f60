//! Identifiers. Each kind of row has its own type, so that a session's id cannot stand where a fact's belongs.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::Clock;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id, later than every earlier one of this process.
            #[must_use]
            pub fn new(clock: &Clock) -> Self {
                Self(clock.new_id())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )+};
}

ids! {
    /// A team (tenant).
    TeamId,
    /// A member of a team.
    MemberId,
    /// A troubleshooting session.
    SessionId,
    /// One turn in a thread.
    MessageId,
    /// A file that was posted in a thread.
    AttachmentId,
    /// A confirmed statement.
    FactId,
    /// A diagnostic check.
    CheckId,
    /// A suggested fix.
    FixId,
    /// What a member decided about a fix.
    DecisionId,
    /// How an applied fix ended.
    OutcomeId,
    /// A parametrised script.
    ScriptTemplateId,
    /// One filled-in copy of a script.
    GenerationId,
    /// A flow of the library.
    FlowId,
    /// One walk through a flow.
    RunId,
    /// One node of a run, as it was put to the engineer.
    StepId,
    /// A note that a member asked for.
    NoteId,
    /// One delivery of a note to the PSA ticket.
    PostingId,
    /// Time worked on a ticket.
    TimeEntryId,
    /// A connection to a PSA.
    ConnectionId,
    /// One message with buttons in a thread.
    CardId,
    /// One handing over of a session to the team.
    EscalationId,
    /// One answer to a free question.
    AnswerId,
    /// Questions and answers that belong to no session.
    ConversationId,
    /// One note that a model writes.
    DraftId,
    /// One call of an AI model.
    CallId,
    /// What a member thinks of something that a model wrote.
    FeedbackId,
}

/// Counts the changes of a session that can change a note: 0 at first, one more each time.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct StateVersion(pub i64);

impl StateVersion {
    /// The version after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl std::fmt::Display for StateVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}
