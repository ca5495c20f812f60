//! What tests read.

use serde_json::Value;

use crate::FakeSlack;
use crate::journal::{Call, Delivery};
use crate::world::{Invalid, Message, Status, View};

impl FakeSlack {
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
