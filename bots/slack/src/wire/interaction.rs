//! Interactivity: clicks, forms, shortcuts.

use serde::Deserialize;
use serde_json::Value;

use super::{Message, Named, lenient};

/// The kinds that mean something here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InteractionKind {
    BlockActions,
    ViewSubmission,
    MessageAction,
    #[default]
    #[serde(other)]
    Other,
}

/// What somebody did with a button, a form or a shortcut.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Interaction {
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub(crate) kind: InteractionKind,
    /// Empty for an installation of the whole organisation.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) team: Option<Named>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) enterprise: Option<Named>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user: Person,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) callback_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) trigger_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) action_ts: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) channel: Option<Named>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) container: Container,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message: Option<Message>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) actions: Vec<Pressed>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) view: Value,
}

/// Who did it.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Person {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) username: Option<String>,
}

impl Person {
    /// A name to show until the platform is asked for a better one.
    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().or(self.username.as_deref()).unwrap_or(&self.id)
    }
}

/// What the button was on.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Container {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) channel_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message_ts: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) thread_ts: Option<String>,
}

/// A button that was pressed, or a menu that was chosen from.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Pressed {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) action_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) block_id: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) selected_option: Option<Chosen>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) action_ts: Option<String>,
}

/// The option that was chosen.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Chosen {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) value: Option<String>,
}

impl Pressed {
    /// What the button or the option stands for.
    pub(crate) fn choice(&self) -> Option<&str> {
        self.value.as_deref().or_else(|| self.selected_option.as_ref()?.value.as_deref())
    }
}

impl Interaction {
    /// The workspace and the organisation that it happened in.
    pub(crate) fn happened_in(&self) -> (Option<&str>, Option<&str>) {
        let team = self.team.as_ref().and_then(|n| n.id.as_deref());
        (team, self.enterprise.as_ref().and_then(|n| n.id.as_deref()))
    }

    /// The channel.
    pub(crate) fn channel(&self) -> Option<&str> {
        self.channel.as_ref().and_then(|c| c.id.as_deref()).or(self.container.channel_id.as_deref())
    }

    /// The first message of the thread.
    pub(crate) fn root(&self) -> Option<&str> {
        let message = self.message.as_ref();
        message
            .and_then(|m| m.thread_ts.as_deref())
            .or(self.container.thread_ts.as_deref())
            .or(message.and_then(|m| m.ts.as_deref()))
            .or(self.container.message_ts.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_click_is_read_whatever_the_message_carries_and_without_a_team() {
        let click: Interaction = serde_json::from_value(json!({
            "type": "block_actions", "team": null, "enterprise": { "id": "E1" }, "user": { "id": "U1" },
            "channel": { "id": "C1" }, "container": { "message_ts": "2.0" },
            "message": { "ts": "2.0", "thread_ts": "1.0", "metadata": { "event_payload": { "a": { "b": 1 } } } },
            "actions": [{ "action_id": "more", "block_id": "card:x:1", "selected_option": { "value": "why" } }]
        }))
        .unwrap();
        assert_eq!(click.kind, InteractionKind::BlockActions);
        assert_eq!(click.happened_in(), (None, Some("E1")));
        assert_eq!((click.channel(), click.root()), (Some("C1"), Some("1.0")));
        assert_eq!(click.actions[0].choice(), Some("why"));
    }

    #[test]
    fn a_kind_that_is_not_known_is_another_one() {
        let odd: Interaction = serde_json::from_value(json!({ "type": "workflow_step_edit" })).unwrap();
        assert_eq!(odd.kind, InteractionKind::Other);
    }
}
