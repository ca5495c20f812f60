//! The app's own pages, and the stop button of an agent.

use serde_json::json;

use super::deliver::Door;
use crate::FakeSlack;
use crate::journal::Answer;

impl FakeSlack {
    /// Somebody opens a tab of the app: `home` or `messages`.
    pub async fn open_home(&self, user: &str, tab: &str) -> Vec<Answer> {
        let event = self.shared.with(|world| {
            let team = world.options.team.clone();
            let channel = world.direct(&team, user);
            let ts = world.ts();
            let mut event = json!({
                "type": "app_home_opened",
                "user": user,
                "channel": channel,
                "tab": tab,
                "event_ts": ts,
            });
            if let Some(view) = world.homes.get(user).filter(|_| tab == "home") {
                event["view"] = world.view_json(view);
            }
            world.envelope(&team, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }

    /// Somebody presses the stop button of an agent that works in a thread: its streams there end.
    ///
    /// The button is there while the agent says that it is at work.
    pub async fn stop_agent(&self, user: &str, channel: &str, thread: &str) -> Vec<Answer> {
        let stands = self.agent_status(channel, thread);
        assert_eq!(stands.as_deref(), Some("processing"), "there is no stop button in {thread}");
        let event = self.shared.with(|world| {
            let team = world.workspace_of(channel).team;
            let mut stopped = Vec::new();
            for message in world.messages.iter_mut().filter(|message| message.channel == channel) {
                let in_thread = message.root() == thread;
                if let Some(stream) = message.stream.as_mut().filter(|stream| in_thread && stream.open) {
                    stream.open = false;
                    stream.stopped_by_user = true;
                    stopped.push(message.ts.clone());
                }
            }
            let ts = world.ts();
            let event = json!({
                "type": "agent_session_stopped",
                "channel": channel,
                "thread_ts": thread,
                "user": user,
                "streaming_message_ts": stopped,
                "event_ts": ts,
            });
            world.envelope(&team, event)
        });
        self.shared.deliver(&self.how, Door::Event, &event).await
    }
}
