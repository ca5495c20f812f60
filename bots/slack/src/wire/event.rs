//! The Events API.

use flowpilot::surface::PostedFile;
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
    /// The message that holds the links of `link_shared`.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) message_ts: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) links: Vec<SharedLink>,
    /// When it happened, where the event is no message.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) event_ts: Option<String>,
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

/// A link of `link_shared`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct SharedLink {
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) url: String,
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
    pub(crate) id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) title: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mimetype: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) size: Option<u64>,
    /// `tombstone` for one that was deleted.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) mode: Option<String>,
    /// `check_file_info` where only `files.info` tells more.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) file_access: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) url_private: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) url_private_download: Option<String>,
}

impl File {
    /// The file in the engine's words; `None` for what is left of a deleted one.
    pub(crate) fn posted(&self) -> Option<PostedFile> {
        let id = self.id.clone().filter(|_| self.mode.as_deref() != Some("tombstone"))?;
        let is_to_ask = self.file_access.as_deref() == Some("check_file_info");
        let mut urls = [&self.url_private_download, &self.url_private].into_iter().flatten();
        Some(PostedFile {
            id,
            name: self.name.clone().or_else(|| self.title.clone()).unwrap_or_default(),
            media_type: self.mimetype.clone(),
            size: self.size.filter(|_| !is_to_ask),
            url: urls.find(|url| !url.is_empty() && !is_to_ask).cloned(),
        })
    }
}

impl Message {
    /// The first message of the thread that this one is in; its own where it is in none.
    pub(crate) fn root(&self) -> Option<&str> {
        self.thread_ts.as_deref().or(self.ts.as_deref())
    }

    /// The words as a person would copy them.
    pub(crate) fn words(&self, bot_user: Option<&str>) -> String {
        super::text::plain(self.text.as_deref().unwrap_or_default(), bot_user)
    }

    /// The files that are there.
    pub(crate) fn posted(&self) -> Vec<PostedFile> {
        self.files.iter().filter_map(File::posted).collect()
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
            "files": [{ "id": "F1", "url_private": "", "name": "a.png", "size": "big" }], "blocks": [{ "type": "never_seen" }],
            "edited": "yesterday"
        }));
        assert_eq!(odd.said.words(None), "No sound");
        let file = PostedFile { id: "F1".to_owned(), name: "a.png".to_owned(), ..PostedFile::default() };
        assert_eq!(odd.said.posted(), [file]);
        assert_eq!(odd.said.edited, None);
    }

    #[test]
    fn a_file_is_asked_for_where_slack_says_so_and_a_deleted_one_is_none() {
        let message = event(json!({ "files": [
            { "id": "F1", "name": "a.png", "url_private": "https://a", "url_private_download": "https://b" },
            { "id": "F2", "file_access": "check_file_info", "url_private": "https://a" },
            { "id": "F3", "mode": "tombstone" },
        ] }));
        let urls: Vec<_> = message.said.posted().into_iter().map(|file| (file.id, file.url)).collect();
        assert_eq!(urls, [("F1".to_owned(), Some("https://b".to_owned())), ("F2".to_owned(), None)]);
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
