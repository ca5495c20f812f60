//! Slash commands.

use serde_json::json;

use super::deliver::Door;
use crate::FakeSlack;
use crate::hook;
use crate::journal::Answer;

impl FakeSlack {
    /// Somebody types a slash command in a channel: `/flowpilot`, and the text after it. What the app answers at
    /// once is shown to them, or to all if it says so. Slack has no commands in threads.
    pub async fn command(&self, user: &str, channel: &str, command: &str, text: &str) -> Answer {
        let (payload, hook) = self.shared.with(|world| {
            let workspace = world.workspace_of(channel);
            let person = world.person(user).clone();
            let hook = world.hook(channel, user, None, None);
            let trigger = world.trigger(user, &workspace.team, None);
            let mut payload = json!({
                "token": "verification-token",
                "team_id": workspace.team,
                "team_domain": workspace.name.to_lowercase(),
                "channel_id": channel,
                "channel_name": world.channel_json(channel)["name"],
                "user_id": person.id,
                "user_name": person.handle(),
                "command": command,
                "text": text,
                "api_app_id": world.options.app_id,
                "is_enterprise_install": workspace.org_wide.to_string(),
                "response_url": world.hook_url(&hook),
                "trigger_id": trigger,
            });
            if let Some(enterprise) = workspace.enterprise {
                payload["enterprise_id"] = enterprise.into();
                payload["enterprise_name"] = "Acme Group".into();
            }
            (payload, hook)
        });
        let mut answers = self.shared.deliver(&self.how, Door::Command, &payload).await;
        let answer = answers.pop().unwrap_or_else(|| Answer::none("nothing was delivered"));
        if answer.acked() && !answer.body.is_empty() {
            let content = match answer.json() {
                content if content.is_object() => content,
                _ => json!({ "text": answer.body }),
            };
            // A refused answer is among the invalid payloads.
            let _ = self.shared.with(|world| hook::show(world, &hook, &content, "answer to a command"));
        }
        answer
    }

    /// Somebody types a slash command in their conversation with the bot.
    pub async fn command_in_direct(&self, user: &str, command: &str, text: &str) -> Answer {
        let channel = self.direct(user);
        self.command(user, &channel, command, text).await
    }
}
