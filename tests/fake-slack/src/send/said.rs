//! What people write: mentions, messages, replies, edits, deletions, links.

use serde_json::{Value, json};

use super::deliver::Door;
use crate::FakeSlack;
use crate::journal::Answer;
use crate::world::{Kind, Message, World};

/// A message that somebody wrote, and what the app answered to each delivery of it.
#[derive(Clone, Debug)]
pub struct Said {
    /// The message.
    pub message: Message,
    /// The app's answers, in order.
    pub answers: Vec<Answer>,
}

impl Said {
    /// Id of the message.
    #[must_use]
    pub fn ts(&self) -> &str {
        &self.message.ts
    }

    /// Id of the thread that it is in or begins.
    #[must_use]
    pub fn root(&self) -> &str {
        self.message.root()
    }

    /// Fails the test if a delivery was not acknowledged.
    #[track_caller]
    pub fn assert_acked(&self) {
        self.answers.iter().for_each(Answer::assert_acked);
    }
}

impl FakeSlack {
    /// Somebody mentions the bot in a new message: the app gets `app_mention`, and the same as `message`.
    pub async fn mention(&self, user: &str, channel: &str, text: &str) -> Said {
        let bot = self.shared.lock().workspace_of(channel).bot_user;
        self.say(user, channel, None, &format!("<@{bot}> {text}")).await
    }

    /// Somebody mentions the bot in a thread.
    pub async fn mention_in(&self, user: &str, channel: &str, thread: &str, text: &str) -> Said {
        let bot = self.shared.lock().workspace_of(channel).bot_user;
        self.say(user, channel, Some(thread), &format!("<@{bot}> {text}")).await
    }

    /// Somebody writes a new message without a mention.
    pub async fn write(&self, user: &str, channel: &str, text: &str) -> Said {
        self.say(user, channel, None, text).await
    }

    /// Somebody writes in a thread.
    pub async fn reply(&self, user: &str, channel: &str, thread: &str, text: &str) -> Said {
        self.say(user, channel, Some(thread), text).await
    }

    /// Somebody writes. A text with the bot's mention is delivered as such.
    pub async fn say(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> Said {
        let (message, events) = self.shared.with(|world| {
            let message = world.written(user, channel, thread, text, &self.how);
            let events = world.events_of(&message, self.how.twin);
            (message, events)
        });
        let mut answers = Vec::new();
        for event in events {
            answers.extend(self.shared.deliver(&self.how, Door::Event, &event).await);
        }
        Said { message, answers }
    }

    /// A message is there without the app being told: it was written before the app came.
    pub fn history(&self, user: &str, channel: &str, thread: Option<&str>, text: &str) -> Message {
        self.shared.with(|world| world.written(user, channel, thread, text, &self.how))
    }

    /// Somebody edits their message.
    pub async fn edit(&self, message: &Message, text: &str) -> Vec<Answer> {
        self.change(message, |message| {
            message.text = text.to_owned();
            message.blocks = rich(text);
            message.edits += 1;
        })
        .await
    }

    /// Somebody deletes a file: it is gone from Slack, and its message says that something was there.
    pub async fn delete_file(&self, message: &Message, file: &str) -> Vec<Answer> {
        self.shared.with(|world| {
            world.files.remove(file);
            world.contents.remove(file);
        });
        self.change(message, |message| {
            for left in message.files.iter_mut().filter(|left| left["id"] == file) {
                *left = json!({ "id": file, "mode": "tombstone" });
            }
        })
        .await
    }

    async fn change(&self, message: &Message, change: impl FnOnce(&mut Message)) -> Vec<Answer> {
        let event = self.shared.with(|world| {
            let found = world.message(&message.channel, &message.ts);
            let found = found.unwrap_or_else(|| panic!("the message {} is not there", message.ts));
            let before = found.json();
            change(found);
            let after = found.json();
            let event = json!({ "subtype": "message_changed", "message": after, "previous_message": before });
            world.hidden_event(message, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }

    /// Somebody deletes their message. With replies under it, Slack says that it became a tombstone.
    pub async fn delete(&self, message: &Message) -> Vec<Answer> {
        let replies = self.messages(&message.channel, Some(&message.ts)).len() > 1;
        let event = self.shared.with(|world| {
            let found = world.message(&message.channel, &message.ts);
            let found = found.unwrap_or_else(|| panic!("the message {} is not there", message.ts));
            found.deleted = true;
            let before = found.json();
            let event = if replies {
                let mut tombstone = json!({
                    "type": "message", "subtype": "tombstone", "text": "This message was deleted.",
                    "user": "USLACKBOT", "hidden": true,
                });
                tombstone["ts"] = message.ts.as_str().into();
                tombstone["thread_ts"] = message.ts.as_str().into();
                json!({ "subtype": "message_changed", "message": tombstone, "previous_message": before })
            } else {
                json!({ "subtype": "message_deleted", "deleted_ts": message.ts, "previous_message": before })
            };
            world.hidden_event(message, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }

    /// Somebody writes a link of the app's: the app gets the message and `link_shared`.
    pub async fn share_link(&self, user: &str, channel: &str, thread: Option<&str>, link: &str) -> Said {
        let mut said = self.say(user, channel, thread, &format!("<{link}>")).await;
        let event = self.shared.with(|world| {
            let id = world.id("unfurl-");
            let domain = url::Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned));
            let mut event = json!({
                "type": "link_shared",
                "user": user,
                "channel": channel,
                "message_ts": said.message.ts,
                "unfurl_id": id,
                "source": "conversations_history",
                "links": [{ "url": link, "domain": domain }],
                "is_bot_user_member": true,
                "event_ts": said.message.ts,
            });
            if let Some(thread) = thread {
                event["thread_ts"] = thread.into();
            }
            let team = world.workspace_of(channel).team;
            world.envelope(&team, event)
        });
        said.answers.extend(self.shared.deliver(&self.how, Door::Event, &event).await);
        said
    }

    /// Somebody types a link of the app's and has not sent it yet: nobody knows who will read it.
    pub async fn compose_link(&self, user: &str, link: &str) -> Vec<Answer> {
        let event = self.shared.with(|world| {
            let id = world.id("unfurl-");
            let ts = world.ts();
            let team = world.options.team.clone();
            let domain = url::Url::parse(link).ok().and_then(|url| url.host_str().map(str::to_owned));
            let event = json!({
                "type": "link_shared",
                "user": user,
                "channel": "COMPOSER",
                "message_ts": id,
                "unfurl_id": id,
                "source": "composer",
                "links": [{ "url": link, "domain": domain }],
                "is_bot_user_member": false,
                "event_ts": ts,
            });
            world.envelope(&team, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }

    /// Somebody joins a channel.
    pub async fn join(&self, user: &str, channel: &str) -> Vec<Answer> {
        self.change_channel(channel, |channel| {
            channel.members.insert(user.to_owned());
        });
        self.event(channel, json!({ "type": "member_joined_channel", "user": user, "channel_type": "C" }))
            .await
    }

    /// Any event about a channel; `channel`, `team` and `event_ts` are filled in.
    pub async fn event(&self, channel: &str, mut event: Value) -> Vec<Answer> {
        let event = self.shared.with(|world| {
            let team = world.workspace_of(channel).team;
            event["channel"] = channel.into();
            event["team"] = team.as_str().into();
            event["event_ts"] = world.ts().into();
            world.envelope(&team, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }
}

impl World {
    fn written(
        &mut self,
        user: &str,
        channel: &str,
        thread: Option<&str>,
        text: &str,
        how: &super::How,
    ) -> Message {
        let bot = self.person(user).kind == Kind::Bot;
        self.workspace_of(channel);
        let message = Message {
            channel: channel.to_owned(),
            ts: self.ts(),
            thread: thread.map(str::to_owned),
            user: user.to_owned(),
            bot_id: bot.then(|| user.replacen('U', "B", 1)),
            text: text.to_owned(),
            blocks: rich(text),
            metadata: how.metadata.clone(),
            files: how.files.clone(),
            ..Message::empty()
        };
        self.messages.push(message.clone());
        message
    }

    /// The deliveries that tell of a new message.
    fn events_of(&mut self, message: &Message, twin: bool) -> Vec<Value> {
        let workspace = self.workspace_of(&message.channel);
        let person = self.person(&message.user).clone();
        let kind = self.channels.get(&message.channel).map(|channel| channel.kind.event_type());
        let mut event = message.json();
        let number = self.number();
        event["client_msg_id"] = format!("00000000-0000-4000-8000-{number:012}").into();
        event["team"] = person.team.as_str().into();
        event["channel"] = message.channel.as_str().into();
        event["event_ts"] = message.ts.as_str().into();
        if person.team != workspace.team {
            event["user_team"] = person.team.as_str().into();
            event["source_team"] = person.team.as_str().into();
        }
        if let Some(thread) = &message.thread {
            let parent = self.message(&message.channel, thread).map(|parent| parent.user.clone());
            event["parent_user_id"] = parent.into();
        }
        let mut events = Vec::new();
        let mentioned = message.text.contains(&format!("<@{}>", workspace.bot_user));
        if mentioned {
            let mut mention = event.clone();
            mention["type"] = "app_mention".into();
            events.push(self.envelope(&workspace.team, mention));
        }
        if !mentioned || twin {
            event["channel_type"] = kind.into();
            if !message.files.is_empty() {
                event["subtype"] = "file_share".into();
            }
            events.push(self.envelope(&workspace.team, event));
        }
        events
    }

    /// An event about a message that is there already.
    fn hidden_event(&mut self, message: &Message, mut event: Value) -> Value {
        let workspace = self.workspace_of(&message.channel);
        let kind = self.channels.get(&message.channel).map(|channel| channel.kind.event_type());
        let ts = self.ts();
        event["type"] = "message".into();
        event["hidden"] = true.into();
        event["channel"] = message.channel.as_str().into();
        event["channel_type"] = kind.into();
        event["ts"] = ts.as_str().into();
        event["event_ts"] = ts.into();
        self.envelope(&workspace.team, event)
    }
}

/// A text as the blocks that Slack makes of what people type.
fn rich(text: &str) -> Vec<Value> {
    let section = json!({ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] });
    vec![json!({ "type": "rich_text", "block_id": "typed", "elements": [section] })]
}
