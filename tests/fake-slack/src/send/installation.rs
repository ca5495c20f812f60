//! The end of an installation.

use serde_json::json;

use super::deliver::Door;
use crate::FakeSlack;
use crate::clock;
use crate::journal::Answer;
use crate::world::Standing;

impl FakeSlack {
    /// An administrator removes the app from a workspace: its tokens die, then the app is told.
    pub async fn uninstall(&self, team: &str) -> Vec<Answer> {
        let events = self.shared.with(|world| {
            let bots = world.tokens.values_mut().filter(|token| token.team == team && !token.app_level);
            bots.for_each(|token| token.standing = Standing::Uninstalled);
            let bot = world.workspace(team).bot_user;
            let now = clock::seconds().to_string();
            let revoked = json!({
                "type": "tokens_revoked", "tokens": { "oauth": [], "bot": [bot] }, "event_ts": now,
            });
            let uninstalled = json!({ "type": "app_uninstalled", "event_ts": now });
            [world.envelope(team, revoked), world.envelope(team, uninstalled)]
        });
        let mut answers = Vec::new();
        for event in events {
            answers.extend(self.shared.deliver(&self.how, Door::Event, &event).await);
        }
        answers
    }

    /// Asks the app whether it listens at the address, as Slack does when the address is entered.
    pub async fn verify_url(&self, challenge: &str) -> Answer {
        let payload =
            json!({ "token": "verification-token", "challenge": challenge, "type": "url_verification" });
        let mut answers = self.shared.deliver(&self.how, Door::Event, &payload).await;
        answers.pop().unwrap_or_else(|| Answer::none("nothing was delivered"))
    }
}
