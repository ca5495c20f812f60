//! The Events API.

use serde::Deserialize;
use serde_json::Value;

use super::lenient;

/// What is delivered: an event, or a question whether the address is ours.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct Envelope {
    /// `event_callback`, `url_verification`, `app_rate_limited`.
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) challenge: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) team_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) enterprise_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) event_time: Option<i64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) authorizations: Vec<Authorization>,
    /// Whether another organisation reads the channel.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_ext_shared_channel: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) event: SlackEvent,
}

/// An installation that the event is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Authorization {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) team_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) enterprise_id: Option<String>,
    /// The bot's account, where `is_bot`.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_bot: bool,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) is_enterprise_install: bool,
}

impl Envelope {
    /// The workspace and the organisation of the installation that the event is for.
    pub(crate) fn installed_in(&self) -> (Option<&str>, Option<&str>) {
        match self.authorizations.first() {
            Some(a) if a.is_enterprise_install => (None, a.enterprise_id.as_deref()),
            Some(a) => (a.team_id.as_deref(), a.enterprise_id.as_deref()),
            None => (self.team_id.as_deref(), self.enterprise_id.as_deref()),
        }
    }

    /// The bot's account, where the event tells it.
    pub(crate) fn bot_user(&self) -> Option<&str> {
        self.authorizations.iter().find(|a| a.is_bot).and_then(|a| a.user_id.as_deref())
    }
}

/// What happened.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct SlackEvent {
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    pub(crate) kind: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) subtype: Option<String>,
    /// The channel's id; in some events an object.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) channel: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) channel_type: Option<String>,
    /// The tab of the App Home.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) tab: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) deleted_ts: Option<String>,
    /// Of an edit: the message as it is now.
    #[serde(rename = "message", default, deserialize_with = "lenient")]
    pub(crate) now: Option<Box<Message>>,
    /// Of an edit or a deletion: the message as it was.
    #[serde(rename = "previous_message", default, deserialize_with = "lenient")]
    pub(crate) before: Option<Box<Message>>,
    /// What `tokens_revoked` lists, by kind.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) tokens: Value,
    /// The message itself, where the event is one.
    #[serde(flatten)]
    pub(crate) said: Message,
}

/// A message.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Message {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) ts: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) thread_ts: Option<String>,
    #[serde(rename = "subtype", default, deserialize_with = "lenient")]
    pub(crate) variety: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) user: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) bot_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) text: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) files: Vec<File>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) edited: Option<Edited>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) metadata: Option<Metadata>,
}

/// When a message was edited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Edited {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) ts: Option<String>,
}

/// What an app attached to a message.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) event_type: String,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) event_payload: Value,
}

/// A file of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct File {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) title: Option<String>,
}

impl Message {
    /// The first message of the thread that this one is in; its own where it is in none.
    pub(crate) fn root(&self) -> Option<&str> {
        self.thread_ts.as_deref().or(self.ts.as_deref())
    }

    /// The words as a person would copy them, with the names of the files.
    pub(crate) fn words(&self, bot_user: Option<&str>) -> String {
        let mut words = super::text::plain(self.text.as_deref().unwrap_or_default(), bot_user);
        let names: Vec<&str> =
            self.files.iter().filter_map(|f| f.name.as_deref().or(f.title.as_deref())).collect();
        if !names.is_empty() {
            let gap = if words.is_empty() { "" } else { "\n" };
            words = format!("{words}{gap}attached: {}", names.join(", "));
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(event: Value) -> SlackEvent {
        serde_json::from_value(event).unwrap()
    }

    #[test]
    fn nothing_around_the_text_can_take_it_away() {
        let odd = event(json!({
            "type": "message", "ts": "1.2", "channel": "C1", "user": "U1", "text": "No sound",
            "metadata": { "event_type": "other", "event_payload": { "nested": { "n": 1 } } },
            "attachments": [{ "id": "text", "fields": [{ "value": 7 }] }],
            "files": [{ "url_private": "", "name": "a.png" }], "blocks": [{ "type": "never_seen" }],
            "edited": "yesterday"
        }));
        assert_eq!(odd.said.words(None), "No sound\nattached: a.png");
        assert_eq!(odd.said.edited, None);
    }

    #[test]
    fn an_envelope_of_another_shape_is_read_as_far_as_it_goes() {
        let envelope: Envelope =
            serde_json::from_value(json!({ "type": "event_callback", "team_id": null, "event": "none" }))
                .unwrap();
        assert_eq!((envelope.kind.as_str(), envelope.event.kind.as_str()), ("event_callback", ""));
    }

    #[test]
    fn an_installation_of_the_whole_organisation_is_known_by_its_id() {
        let envelope: Envelope = serde_json::from_value(json!({
            "type": "event_callback", "team_id": "T1", "enterprise_id": "E1",
            "authorizations": [{ "team_id": null, "enterprise_id": "E1", "user_id": "UBOT", "is_bot": true,
                "is_enterprise_install": true }]
        }))
        .unwrap();
        assert_eq!((envelope.installed_in(), envelope.bot_user()), ((None, Some("E1")), Some("UBOT")));
    }
}
