//! Shortcuts: on a message, and from anywhere.

use crate::FakeSlack;
use crate::journal::Answer;
use crate::world::Message;

impl FakeSlack {
    /// Somebody uses a shortcut on a message.
    pub async fn shortcut(&self, user: &str, message: &Message, callback_id: &str) -> Answer {
        let payload = self.shared.with(|world| {
            let team = world.workspace_of(&message.channel).team;
            let mut payload = world.interaction("message_action", user, &team, None);
            let hook = world.hook(&message.channel, user, Some(&message.ts), message.thread.as_deref());
            payload["callback_id"] = callback_id.into();
            payload["channel"] = world.channel_json(&message.channel);
            payload["message_ts"] = message.ts.as_str().into();
            payload["message"] = world.message_json(message);
            payload["response_url"] = world.hook_url(&hook).into();
            payload
        });
        self.interact(&payload).await
    }

    /// Somebody uses a shortcut that belongs to no message.
    pub async fn global_shortcut(&self, user: &str, callback_id: &str) -> Answer {
        let payload = self.shared.with(|world| {
            let team = world.options.team.clone();
            let mut payload = world.interaction("shortcut", user, &team, None);
            payload["callback_id"] = callback_id.into();
            payload
        });
        self.interact(&payload).await
    }
}
