//! Events: what people write, change and delete, and what becomes of the app in a workspace.

use std::sync::Arc;

use flowpilot::surface::{Inbound, PostedFile, ThreadRef, What, accept};
use flowpilot::team::{Affiliation, Author, Platform, Workspace, workspace_team};
use flowpilot::{Result, Timestamp};

use crate::Slack;
use crate::install::Installation;
use crate::sharing::with_channel;
use crate::wire::{Envelope, Message, SlackEvent, place, text};

/// Said where another organisation would read along.
pub(crate) const SHARED: &str = "This channel is shared with another organisation, which would see what is said about \
    the ticket. Start in a channel of your own.";

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Stored, or nothing of ours.
    Done,
    /// Ours perhaps: which workspace the configured token is for is not known yet.
    NotYet,
}

/// Where something happened.
#[derive(Clone)]
pub(crate) struct Home {
    /// The workspace, or the organisation, that the app is installed in.
    pub(crate) workspace: String,
    /// The bot's account.
    pub(crate) bot_user: Option<String>,
    /// The installation, while its token can be used.
    pub(crate) installation: Option<Arc<Installation>>,
}

impl Home {
    /// The home of a workspace or its organisation; `None` when neither is connected.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn of(
        slack: &Slack,
        (team, organisation): (Option<&str>, Option<&str>),
    ) -> Result<Option<Self>> {
        match slack.installations().of_event(team, organisation).await {
            Ok(Some(installation)) => {
                let (workspace, bot_user) =
                    (installation.workspace.clone(), Some(installation.bot_user.clone()));
                return Ok(Some(Self { workspace, bot_user, installation: Some(installation) }));
            }
            Ok(None) => {}
            // What is said is stored all the same; the answer waits for the token.
            Err(error) => tracing::warn!(team, organisation, %error, "no token for this workspace just now"),
        }
        for id in [team, organisation].into_iter().flatten() {
            let workspace = Workspace { platform: Platform::Slack, external_id: id.to_owned() };
            if workspace_team(&slack.engine().db, &workspace).await?.is_some() {
                return Ok(Some(Self { workspace: id.to_owned(), bot_user: None, installation: None }));
            }
        }
        Ok(None)
    }

    /// A thread of this workspace.
    pub(crate) fn thread(&self, thread: String) -> ThreadRef {
        ThreadRef { platform: Platform::Slack, workspace: self.workspace.clone(), thread }
    }
}

/// Stores an event, or does what it asks for.
///
/// # Errors
/// When it could not be stored.
pub(crate) async fn take(slack: &Slack, envelope: &Envelope) -> Result<Taken> {
    let event = &envelope.event;
    match event.kind.as_str() {
        "message" | "app_mention" | "agent_session_stopped" => {}
        "app_home_opened" if event.tab.as_deref() == Some("messages") => {
            let (at, channel) = (Home::of(slack, envelope.installed_in()).await?, event.channel.clone());
            if let (Some(home), Some(channel)) = (at, channel) {
                slack.spawn(crate::agent::suggest(slack.clone(), home, channel));
            }
            return Ok(Taken::Done);
        }
        "app_home_opened" => {
            let (at, user) = (Home::of(slack, envelope.installed_in()).await?, event.said.user.clone());
            if let (Some(home), Some(user)) = (at, user) {
                slack.spawn(crate::homepage::show(slack.clone(), home, user, None));
            }
            return Ok(Taken::Done);
        }
        "link_shared" => {
            return crate::sharing::links_shared(slack, envelope).await.map(|()| Taken::Done);
        }
        "app_uninstalled" | "tokens_revoked" => return removed(slack, envelope).await.map(|()| Taken::Done),
        _ => return Ok(Taken::Done),
    }
    let Some(mut home) = Home::of(slack, envelope.installed_in()).await? else {
        return Ok(if slack.is_connecting() { Taken::NotYet } else { Taken::Done });
    };
    home.bot_user = home.bot_user.or_else(|| envelope.bot_user().map(str::to_owned));
    let Some(inbound) = read(event, &home) else { return Ok(Taken::Done) };
    if envelope.is_ext_shared_channel {
        if let (What::Said { addressed: true, .. }, Some(by)) = (&inbound.what, &home.installation) {
            slack.tell_once(by, &inbound, SHARED);
        }
        return Ok(Taken::Done);
    }
    let team = home.installation.as_deref().map(|by| by.team);
    accept(slack.engine(), &inbound, team).await?;
    Ok(Taken::Done)
}

/// The app was removed, or its bot's token revoked. A person's token is none of ours.
async fn removed(slack: &Slack, envelope: &Envelope) -> Result<()> {
    let event = &envelope.event;
    let is_bots =
        event.kind == "app_uninstalled" || event.tokens["bot"].as_array().is_some_and(|t| !t.is_empty());
    let (team, organisation) = envelope.installed_in();
    let Some(workspace) = team.or(organisation).filter(|_| is_bots) else { return Ok(()) };
    let at = envelope
        .event_time
        .map_or_else(|| slack.engine().clock.now(), |s| Timestamp(s.saturating_mul(1_000)));
    slack.installations().revoked(workspace, at).await
}

/// A message event in the engine's words; `None` for what is not a person's, or not for us.
pub(crate) fn read(event: &SlackEvent, home: &Home) -> Option<Inbound> {
    let channel = event.channel.as_deref()?;
    if event.kind == "agent_session_stopped" {
        return crate::agent::stopped(event, channel, home);
    }
    match event.subtype.as_deref() {
        None | Some("file_share" | "thread_broadcast") => said(event, channel, home),
        Some("message_changed") => changed(event, channel, home),
        Some("message_deleted") => {
            let gone = event.before.as_deref()?;
            let ts = event.deleted_ts.as_deref().or(gone.ts.as_deref())?;
            deleted(gone, ts, channel, home)
        }
        Some(_) => None,
    }
}

fn said(event: &SlackEvent, channel: &str, home: &Home) -> Option<Inbound> {
    let message = &event.said;
    let (user, ts) = (person(message, home)?, message.ts.as_deref()?);
    let bot = home.bot_user.as_deref();
    let is_called = bot.is_some_and(|bot| text::mentions(message.text.as_deref().unwrap_or_default(), bot));
    let addressed = is_called || event.kind == "app_mention" || event.channel_type.as_deref() == Some("im");
    if !addressed && message.thread_ts.is_none() {
        return None;
    }
    let (words, files) = (message.words(bot), message.posted());
    // To be called without a word is to be asked what one can do.
    let words = if words.is_empty() && files.is_empty() && addressed { "help".to_owned() } else { words };
    let words = with_channel(words, message.text.as_deref().unwrap_or_default());
    let what = What::Said { text: words, addressed, message: Some(ts.to_owned()) };
    Some(Inbound { files, ..inbound(home, channel, ts, message.root()?, user, "", what) })
}

fn changed(event: &SlackEvent, channel: &str, home: &Home) -> Option<Inbound> {
    let now = event.now.as_deref()?;
    let before = event.before.as_deref();
    let ts = now.ts.as_deref()?;
    // What stays of the first message of a thread when it is deleted.
    if now.variety.as_deref() == Some("tombstone") {
        return deleted(before?, ts, channel, home);
    }
    let user = person(now, home)?;
    let (text, files) = (now.words(home.bot_user.as_deref()), now.posted());
    let edited = now.edited.as_ref().and_then(|edited| edited.ts.as_deref());
    let news = if before.is_some_and(|before| !has_these(before, &files)) {
        // Nobody counts as the editor of a message that a file was taken out of.
        format!("/files/{}", event.said.ts.as_deref()?)
    } else if before.is_some_and(|before| before.words(home.bot_user.as_deref()) == text) {
        return None;
    } else {
        // Slack also "changes" a message when it adds the preview of a link.
        format!("/edited/{}", edited?)
    };
    let what = What::Edited { message: ts.to_owned(), text };
    Some(Inbound { files, ..inbound(home, channel, ts, now.root()?, user, &news, what) })
}

fn has_these(message: &Message, files: &[PostedFile]) -> bool {
    message.posted().iter().map(|file| &file.id).eq(files.iter().map(|file| &file.id))
}

fn deleted(gone: &Message, ts: &str, channel: &str, home: &Home) -> Option<Inbound> {
    let user = person(gone, home)?;
    let root = gone.thread_ts.as_deref().unwrap_or(ts);
    let what = What::Deleted { message: ts.to_owned() };
    Some(inbound(home, channel, ts, root, user, "/deleted", what))
}

/// The author, when it is a person: neither we ourselves nor any other bot.
fn person<'a>(message: &'a Message, home: &Home) -> Option<&'a str> {
    let user = message.user.as_deref()?;
    (message.bot_id.is_none() && Some(user) != home.bot_user.as_deref()).then_some(user)
}

/// The key is made of the message: a mention and its twin, and the same message under other event ids, are one event.
pub(crate) fn inbound(
    home: &Home,
    channel: &str,
    ts: &str,
    root: &str,
    user: &str,
    news: &str,
    what: What,
) -> Inbound {
    Inbound {
        key: format!("{}/{channel}/{ts}{news}", home.workspace),
        thread: home.thread(place(channel, root)),
        author: author(user, user),
        files: Vec::new(),
        what,
    }
}

/// An account, as far as the payload tells; Slack is asked for the rest when it acts for the first time.
pub(crate) fn author(user: &str, name: &str) -> Author {
    Author {
        external_id: user.to_owned(),
        name: name.to_owned(),
        email: None,
        affiliation: Affiliation::Full,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn home() -> Home {
        Home { workspace: "T1".to_owned(), bot_user: Some("UBOT".to_owned()), installation: None }
    }

    fn heard(event: Value) -> Option<Inbound> {
        read(&serde_json::from_value(event).unwrap(), &home())
    }

    fn message(more: Value) -> Value {
        let mut event = json!({ "type": "message", "channel": "C1", "channel_type": "channel", "user": "U1",
            "ts": "2.0", "text": "No sound" });
        let Value::Object(more) = more else { panic!("{more}") };
        event.as_object_mut().unwrap().extend(more);
        event
    }

    #[test]
    fn a_mention_and_its_twin_are_one_event() {
        let twin = heard(message(json!({ "text": "<@UBOT> no sound" }))).unwrap();
        let mention = heard(message(json!({ "type": "app_mention", "text": "<@UBOT> no sound" }))).unwrap();
        assert_eq!((&twin.key, &twin.what, &twin.thread), (&mention.key, &mention.what, &mention.thread));
        let what =
            What::Said { text: "no sound".to_owned(), addressed: true, message: Some("2.0".to_owned()) };
        assert_eq!((twin.what, twin.thread.thread.as_str()), (what, "C1:2.0"));
    }

    #[test]
    fn a_reply_needs_no_mention_and_a_new_message_does() {
        assert!(heard(message(json!({}))).is_none());
        let reply = heard(message(json!({ "thread_ts": "1.0" }))).unwrap();
        assert_eq!(reply.thread.thread, "C1:1.0");
        assert!(matches!(reply.what, What::Said { addressed: false, .. }));
    }

    #[test]
    fn everything_in_a_direct_message_is_meant_for_us() {
        let said = heard(message(json!({ "channel_type": "im" }))).unwrap();
        assert!(matches!(said.what, What::Said { addressed: true, .. }));
    }

    #[test]
    fn a_bare_mention_asks_for_help() {
        let called = heard(message(json!({ "text": "<@UBOT>" }))).unwrap();
        assert!(matches!(called.what, What::Said { text, .. } if text == "help"));
    }

    #[test]
    fn bots_and_what_no_person_wrote_are_not_heard() {
        for more in [
            json!({ "bot_id": "B1" }),
            json!({ "user": "UBOT" }),
            json!({ "user": null }),
            json!({ "subtype": "channel_join" }),
            json!({ "subtype": "bot_message" }),
        ] {
            let mut event = message(json!({ "thread_ts": "1.0", "text": "<@UBOT> hi" }));
            event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            assert!(heard(event).is_none(), "{more}");
        }
    }

    #[test]
    fn an_edit_is_heard_once_for_each_time_and_a_preview_is_none() {
        let edit = |text: &str, edited: Value| {
            json!({ "type": "message", "subtype": "message_changed", "channel": "C1", "ts": "9.0",
                "message": { "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": text, "edited": edited },
                "previous_message": { "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "No sound" } })
        };
        let heard_edit = heard(edit("No picture", json!({ "user": "U1", "ts": "3.0" }))).unwrap();
        assert_eq!(
            (heard_edit.key.as_str(), heard_edit.thread.thread.as_str()),
            ("T1/C1/2.0/edited/3.0", "C1:1.0")
        );
        assert_eq!(
            heard_edit.what,
            What::Edited { message: "2.0".to_owned(), text: "No picture".to_owned() }
        );
        assert!(heard(edit("No sound", json!({ "ts": "3.0" }))).is_none());
        assert!(heard(edit("No picture", Value::Null)).is_none());
    }

    #[test]
    fn a_file_that_is_taken_out_of_a_message_is_an_edit_without_an_editor() {
        let changed = |files: Value| {
            json!({ "type": "message", "subtype": "message_changed", "channel": "C1", "ts": "9.0",
                "message": { "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "Look", "files": files },
                "previous_message": { "user": "U1", "ts": "2.0", "thread_ts": "1.0", "text": "Look",
                    "files": [{ "id": "F1", "name": "a.png" }] } })
        };
        let gone = heard(changed(json!([{ "id": "F1", "mode": "tombstone" }]))).unwrap();
        assert_eq!((gone.key.as_str(), gone.files.len()), ("T1/C1/2.0/files/9.0", 0));
        assert_eq!(gone.what, What::Edited { message: "2.0".to_owned(), text: "Look".to_owned() });
        assert!(heard(changed(json!([{ "id": "F1", "name": "a.png", "thumb": "x" }]))).is_none());
    }

    #[test]
    fn a_mention_with_nothing_but_a_screenshot_is_no_call_for_help() {
        let shown = json!({ "text": "<@UBOT>", "subtype": "file_share", "files": [{ "id": "F1" }] });
        let shown = heard(message(shown)).unwrap();
        assert!(matches!(shown.what, What::Said { text, .. } if text.is_empty()));
        assert_eq!(shown.files.len(), 1);
    }

    #[test]
    fn a_deletion_is_heard_also_of_the_first_message_of_a_thread() {
        let gone = heard(json!({ "type": "message", "subtype": "message_deleted", "channel": "C1",
            "deleted_ts": "2.0", "previous_message": { "user": "U1", "ts": "2.0", "thread_ts": "1.0" } }))
        .unwrap();
        assert_eq!((gone.key.as_str(), gone.thread.thread.as_str()), ("T1/C1/2.0/deleted", "C1:1.0"));
        let first = heard(json!({ "type": "message", "subtype": "message_changed", "channel": "C1",
            "message": { "subtype": "tombstone", "ts": "1.0", "thread_ts": "1.0", "user": "USLACKBOT" },
            "previous_message": { "user": "U1", "ts": "1.0", "thread_ts": "1.0", "text": "x" } }))
        .unwrap();
        assert_eq!(first.what, What::Deleted { message: "1.0".to_owned() });
    }
}
