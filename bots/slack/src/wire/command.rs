//! Slash commands.

use serde::Deserialize;

use super::lenient;

/// A slash command; Slack knows none inside a thread.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SlashCommand {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) command: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) text: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) team_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) enterprise_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) channel_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user_name: String,
    /// Different for every command that is typed.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) trigger_id: String,
}
