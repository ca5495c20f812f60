//! Why a call to Slack did not do what it was to do, and what follows from it.

use std::time::Duration;

use flowpilot::queue::Failure;
use slack_morphism::errors::SlackClientError;

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SendError {
    /// Slack says no, with its own word for the reason.
    #[error("Slack refused {method}: {code}")]
    Refused {
        /// The method.
        method: &'static str,
        /// Slack's word.
        code: String,
    },
    /// Too many calls of this method in this workspace.
    #[error("Slack asks for a pause of {method}")]
    Paused {
        /// The method.
        method: &'static str,
        /// For how long.
        after: Duration,
    },
    /// No answer, or one that cannot be read: it may have been done, or not.
    #[error("{method}: {why}")]
    Unknown {
        /// The method.
        method: &'static str,
        /// What happened.
        why: String,
    },
}

/// What Slack's words for a refusal come down to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Slack itself has a problem.
    Passing,
    /// The token was replaced; the next call takes the new one.
    Token,
    /// The message to change is not there, or not to be changed any more.
    MessageGone,
    /// What was sent is too long, or not to Slack's taste.
    Content,
    /// The bot may not write there: it is not in the channel, the channel is gone, the app was removed.
    Place,
    /// Whom it was meant for cannot be reached there.
    Person,
    /// Anything else.
    Other,
}

impl SendError {
    /// A client's error in these words; bodies are left out, they may hold what people wrote.
    pub(super) fn of(method: &'static str, error: SlackClientError) -> Self {
        match error {
            SlackClientError::ApiError(refused) => Self::Refused { method, code: refused.code },
            SlackClientError::RateLimitError(limited) => {
                Self::Paused { method, after: limited.retry_after.unwrap_or(Duration::from_secs(30)) }
            }
            SlackClientError::HttpError(http) => {
                Self::Unknown { method, why: format!("Slack answers {}", http.status_code) }
            }
            SlackClientError::ProtocolError(_) => {
                Self::Unknown { method, why: "what answers is not Slack's API".to_owned() }
            }
            other => Self::Unknown { method, why: format!("Slack cannot be reached: {}", innermost(&other)) },
        }
    }

    /// What the refusal comes down to, where it is one.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let Self::Refused { code, .. } = self else { return None };
        Some(match code.as_str() {
            "internal_error"
            | "fatal_error"
            | "service_unavailable"
            | "request_timeout"
            | "ratelimited"
            | "rate_limited"
            | "team_added_to_org"
            | "org_login_required" => Refusal::Passing,
            "token_expired" => Refusal::Token,
            "message_not_found" | "cant_update_message" | "edit_window_closed" | "block_mismatch" => {
                Refusal::MessageGone
            }
            "msg_too_long"
            | "msg_blocks_too_long"
            | "invalid_blocks"
            | "invalid_blocks_format"
            | "metadata_too_large"
            | "invalid_metadata_format"
            | "invalid_metadata_schema" => Refusal::Content,
            "channel_not_found"
            | "is_archived"
            | "not_in_channel"
            | "account_inactive"
            | "token_revoked"
            | "invalid_auth"
            | "not_authed"
            | "missing_scope"
            | "restricted_action"
            | "thread_not_found"
            | "no_permission"
            | "channel_is_limited_access"
            | "restricted_action_thread_locked"
            | "restricted_action_read_only_channel"
            | "team_access_not_granted" => Refusal::Place,
            "user_not_in_channel"
            | "user_not_found"
            | "user_not_visible"
            | "cannot_dm_bot"
            | "messages_tab_disabled" => Refusal::Person,
            _ => Refusal::Other,
        })
    }

    /// Whether it is a refusal with this word of Slack.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == word)
    }

    /// Whether it may pass by itself.
    pub(crate) fn may_pass(&self) -> bool {
        !matches!(self, Self::Refused { .. })
            || matches!(self.refusal(), Some(Refusal::Passing | Refusal::Token))
    }

    /// What a person can do about a refusal.
    pub(crate) fn advice(&self) -> Option<&'static str> {
        let Self::Refused { code, .. } = self else { return None };
        Some(match code.as_str() {
            "not_in_channel" | "channel_not_found" => {
                "invite FlowPilot to the channel first (/invite @FlowPilot)"
            }
            "is_archived" => "the channel is archived",
            "account_inactive" | "token_revoked" | "invalid_auth" | "not_authed" => {
                "FlowPilot was removed from this workspace, or its token is wrong; an admin has to connect it again"
            }
            "missing_scope" | "no_permission" | "team_access_not_granted" => {
                "the app lacks a permission; an admin has to install it again (`flowpilot doctor` names it)"
            }
            _ => return None,
        })
    }
}

fn innermost(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string().chars().take(200).collect()
}

impl From<SendError> for Failure {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Paused { after, .. } => Self::Retry { why: error.to_string(), after: Some(after) },
            _ if error.may_pass() => Self::Retry { why: error.to_string(), after: None },
            _ => Self::Dead(match error.advice() {
                Some(advice) => format!("{error}: {advice}"),
                None => error.to_string(),
            }),
        }
    }
}

impl From<SendError> for flowpilot::Error {
    fn from(error: SendError) -> Self {
        Self::Upstream { service: "Slack", detail: error.to_string() }
    }
}
