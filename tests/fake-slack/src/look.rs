//! What tests read.

use std::time::Duration;

use serde_json::Value;

use crate::journal::{Call, Delivery};
use crate::world::{Channel, ChannelKind, Invalid, Kind, Message, Person, Status, View};
use crate::{FakeSlack, clock};

/// How long a status is shown when nothing follows.
const STATUS_LIFE: Duration = Duration::from_secs(120);

impl FakeSlack {
    /// Everybody, bots aside.
    #[must_use]
    pub fn people(&self) -> Vec<Person> {
        let people = self.shared.lock();
        people.people.values().filter(|person| person.kind != Kind::Bot).cloned().collect()
    }

    /// The channels, conversations between two aside.
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let world = self.shared.lock();
        world.channels.values().filter(|channel| channel.kind != ChannelKind::Direct).cloned().collect()
    }

    /// The messages of a channel that everybody sees, in order; of one thread, if it is given, its first included.
    #[must_use]
    pub fn messages(&self, channel: &str, thread: Option<&str>) -> Vec<Message> {
        let wanted = |message: &&Message| {
            let seen = !message.deleted && message.only_for.is_none();
            seen && message.channel == channel && thread.is_none_or(|thread| message.root() == thread)
        };
        self.shared.lock().messages.iter().filter(wanted).cloned().collect()
    }

    /// The messages that the app wrote in a thread, in order.
    #[must_use]
    pub fn answers(&self, channel: &str, thread: &str) -> Vec<Message> {
        let bot = |message: &Message| self.is_ours(message);
        self.messages(channel, Some(thread)).into_iter().filter(bot).collect()
    }

    fn is_ours(&self, message: &Message) -> bool {
        self.shared.lock().workspaces.values().any(|workspace| workspace.bot_user == message.user)
    }

    /// A message as it is now.
    #[must_use]
    pub fn message(&self, channel: &str, ts: &str) -> Option<Message> {
        self.shared.lock().message(channel, ts).cloned()
    }

    /// What only this person was shown, in order.
    #[must_use]
    pub fn ephemerals_to(&self, user: &str) -> Vec<Message> {
        let wanted = |message: &&Message| !message.deleted && message.only_for.as_deref() == Some(user);
        self.shared.lock().messages.iter().filter(wanted).cloned().collect()
    }

    /// The modal that this person sees: the top of the stack.
    #[must_use]
    pub fn open_view(&self, user: &str) -> Option<View> {
        self.shared.lock().modals.get(user)?.last().cloned()
    }

    /// The Home tab of this person.
    #[must_use]
    pub fn home_of(&self, user: &str) -> Option<View> {
        self.shared.lock().homes.get(user).cloned()
    }

    /// The calls of a method, in order; of every method if it is `*`.
    #[must_use]
    pub fn calls(&self, method: &str) -> Vec<Call> {
        let wanted = |call: &&Call| method == "*" || call.method == method;
        self.shared.lock().calls.iter().filter(wanted).cloned().collect()
    }

    /// What the app was sent, in order, its own echoes included.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.shared.lock().deliveries.clone()
    }

    /// What the app said it is doing, in order.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        self.shared.lock().statuses.clone()
    }

    /// What is shown below a thread that the app is doing: until a message of the app comes there, for two minutes at
    /// most.
    #[must_use]
    pub fn shown_status(&self, channel: &str, thread: &str) -> Option<String> {
        let world = self.shared.lock();
        let last = world.statuses.iter().rfind(|status| {
            (status.channel.as_str(), status.thread.as_str()) == (channel, thread) && !status.is_agents()
        })?;
        let answered = world.messages.iter().any(|message| {
            let here = message.channel == channel && message.root() == thread && message.is_from_bot();
            here && message.only_for.is_none() && message.number() > last.number
        });
        let is_old = (clock::now() + world.ahead).saturating_sub(last.at) >= STATUS_LIFE;
        (!last.status.is_empty() && !answered && !is_old).then(|| last.status.clone())
    }

    /// Where the app says its agent stands in a thread: `processing`, `active`, ….
    #[must_use]
    pub fn agent_status(&self, channel: &str, thread: &str) -> Option<String> {
        let world = self.shared.lock();
        let here = |status: &&Status| (status.channel.as_str(), status.thread.as_str()) == (channel, thread);
        world.statuses.iter().rfind(|status| here(status) && status.is_agents()).map(|s| s.status.clone())
    }

    /// Moves this Slack's clock forward, as far as statuses go.
    pub fn pass(&self, span: Duration) {
        self.shared.with(|world| world.ahead += span);
    }

    /// The suggested prompts that were set, in order: the arguments.
    #[must_use]
    pub fn prompts(&self) -> Vec<Value> {
        self.shared.lock().prompts.clone()
    }

    /// The payloads that Slack would refuse or warn of.
    #[must_use]
    pub fn invalid_payloads(&self) -> Vec<Invalid> {
        self.shared.lock().invalid.clone()
    }

    /// Fails the test if any payload was not as it must be.
    #[track_caller]
    pub fn assert_all_valid(&self) {
        let invalid = self.invalid_payloads();
        let line = |invalid: &Invalid| {
            let problems: Vec<_> = invalid.problems.iter().map(ToString::to_string).collect();
            format!("{}:\n  {}\n  {}", invalid.method, problems.join("\n  "), invalid.payload)
        };
        let lines: Vec<_> = invalid.iter().map(line).collect();
        assert!(lines.is_empty(), "invalid payloads were sent:\n{}", lines.join("\n"));
    }
}
