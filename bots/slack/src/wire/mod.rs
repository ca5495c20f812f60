//! What Slack sends, as far as it is needed: our own types, each field read by itself.
//!
//! A field of another shape than expected counts as absent and takes nothing else with it: Slack's payloads carry much
//! that is other people's (metadata of other apps, unknown types, `team: null`), and no message may be lost to it.

mod command;
mod event;
mod interaction;
pub(crate) mod text;

pub(crate) use command::SlashCommand;
pub(crate) use event::{Envelope, File, Message, SlackEvent};
pub(crate) use interaction::{Interaction, InteractionKind, Pressed};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a field; one of another shape counts as absent.
pub(crate) fn lenient<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(d: D) -> Result<T, D::Error> {
    let value = Value::deserialize(d)?;
    Ok(T::deserialize(value).unwrap_or_default())
}

/// Something that is known by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct Named {
    /// The id.
    #[serde(default, deserialize_with = "lenient")]
    pub(crate) id: Option<String>,
}

/// The place of a message: the channel, and the first message of its thread.
pub(crate) fn place(channel: &str, root: &str) -> String {
    format!("{channel}:{root}")
}

/// The channel and the first message of a thread's name; a channel alone has no message.
pub(crate) fn channel_and_root(thread: &str) -> (&str, Option<&str>) {
    match thread.split_once(':') {
        Some((channel, root)) => (channel, Some(root)),
        None => (thread, None),
    }
}
