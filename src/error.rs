//! The engine's one error type.
//!
//! Each variant says what a person can do about it; the surface decides the form (problem+json, an ephemeral
//! message, a card). Internal causes never reach a person: they are logged, and the surface says "try again".

use serde::Serialize;
use utoipa::ToSchema;

/// What engine calls return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// One rule that a value of the input broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field, as the caller named it: `steps[2]`, `parameters.user`.
    pub field: String,
    /// The rule, in words that tell how to mend it.
    pub rule: String,
}

/// Why an engine call was refused or failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such thing in the caller's team. Things of other teams answer the same.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// The state moved on, or does not allow it.
    #[error("{0}")]
    Conflict(String),
    /// The caller's role or the thing's kind does not allow it, ever.
    #[error("{0}")]
    Forbidden(String),
    /// No valid proof of who is calling.
    #[error("{0}")]
    Unauthenticated(String),
    /// The input breaks these rules.
    #[error("{}", .0.iter().map(|e| format!("{}: {}", e.field, e.rule)).collect::<Vec<_>>().join("; "))]
    Invalid(Vec<FieldError>),
    /// A service outside did not do its part.
    #[error("{service}: {detail}")]
    Upstream {
        /// Which service, as a person calls it.
        service: &'static str,
        /// What happened, without secrets.
        detail: String,
    },
    /// The installation is not in order, and only whoever runs it can mend that.
    #[error("{0}")]
    Installation(String),
    /// The database did not do its part.
    #[error("database: {0}")]
    Store(sqlx::Error),
    /// The database has no room left; nothing was changed.
    #[error(
        "the disk of FlowPilot's database is full; nothing was changed. Free some space there, then try again"
    )]
    DiskFull,
    /// An event could not be made durable; its sender should send it again.
    #[error("inbox: {0}")]
    NotStored(String),
    /// The lane of a queue item is another worker's by now: leave the item alone, and say nothing of it to anybody.
    #[error("the lease on this queue item was lost")]
    LeaseLost,
    /// A stored value cannot be read back, or another bug of ours.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // SQLite's SQLITE_FULL, PostgreSQL's disk_full.
        let code = error.as_database_error().and_then(|e| e.code());
        if matches!(code.as_deref(), Some("13" | "53100")) { Self::DiskFull } else { Self::Store(error) }
    }
}

impl Error {
    /// One broken rule of one field.
    pub fn invalid(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.into(), rule: rule.into() }])
    }

    /// Whether a person caused it and the text is meant for them; otherwise it is logged and kept from them.
    #[must_use]
    pub fn is_for_the_person(&self) -> bool {
        !matches!(self, Self::Store(_) | Self::NotStored(_) | Self::LeaseLost | Self::Internal(_))
    }

    /// Whether it may pass by itself, so that trying again makes sense.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(_) | Self::DiskFull | Self::NotStored(_) | Self::LeaseLost | Self::Upstream { .. }
        )
    }

    /// What to tell the person: the error itself, or a neutral line when the cause is ours.
    #[must_use]
    pub fn to_person(&self) -> String {
        if self.is_for_the_person() {
            self.to_string()
        } else {
            "Something went wrong on our side; nothing was changed. Try again in a moment.".to_owned()
        }
    }
}
