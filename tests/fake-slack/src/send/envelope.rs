//! What Slack puts around an event, and what is the same in all that people click.

use serde_json::{Value, json};

use crate::clock;
use crate::world::{ChannelKind, Hook, Workspace, World};

/// How long a `response_url` works.
const HOOK_LIFE: std::time::Duration = std::time::Duration::from_secs(30 * 60);

impl World {
    /// An event as it is delivered, with a new event id.
    pub(crate) fn envelope(&mut self, team: &str, event: Value) -> Value {
        let workspace = self.workspace(team);
        let id = self.id("Ev");
        let channel = event["channel"].as_str().and_then(|channel| self.channels.get(channel));
        let shared = channel.is_some_and(|channel| channel.shared);
        let team_of_install = if workspace.org_wide { Value::Null } else { team.into() };
        let mut envelope = json!({
            "token": "verification-token",
            "team_id": team,
            "context_team_id": team,
            "context_enterprise_id": workspace.enterprise,
            "api_app_id": self.options.app_id,
            "type": "event_callback",
            "event_id": id,
            "event_time": clock::seconds(),
            "authorizations": [{
                "enterprise_id": workspace.enterprise,
                "team_id": team_of_install,
                "user_id": workspace.bot_user,
                "is_bot": true,
                "is_enterprise_install": workspace.org_wide,
            }],
            "is_ext_shared_channel": shared,
            "event_context": format!("4-{id}"),
        });
        envelope["event"] = event;
        if let Some(enterprise) = workspace.enterprise {
            envelope["enterprise_id"] = enterprise.into();
        }
        envelope
    }

    /// What every interaction carries.
    pub(crate) fn interaction(&mut self, kind: &str, user: &str, team: &str, view: Option<&str>) -> Value {
        let workspace = self.workspace(team);
        let person = self.person(user).clone();
        let organisation = workspace.enterprise.as_ref().map(|id| json!({ "id": id, "name": "Acme Group" }));
        let trigger = self.trigger(user, team, view);
        let ts = self.ts();
        json!({
            "type": kind,
            "user": {
                "id": person.id,
                "username": person.handle(),
                "name": person.handle(),
                "team_id": person.team,
            },
            "api_app_id": self.options.app_id,
            "token": "verification-token",
            "team": team_json(&workspace),
            "enterprise": organisation,
            "is_enterprise_install": workspace.org_wide,
            "trigger_id": trigger,
            "action_ts": ts,
        })
    }

    /// The channel as interactions tell it.
    pub(crate) fn channel_json(&self, channel: &str) -> Value {
        let found = self.channels.get(channel).unwrap_or_else(|| panic!("there is no channel {channel}"));
        let name = match found.kind {
            ChannelKind::Public => found.name.as_str(),
            ChannelKind::Private => "privategroup",
            ChannelKind::Direct => "directmessage",
        };
        json!({ "id": found.id, "name": name })
    }

    /// A new `response_url`'s id.
    pub(crate) fn hook(
        &mut self,
        channel: &str,
        user: &str,
        message: Option<&str>,
        thread: Option<&str>,
    ) -> String {
        let id = self.id("hook-");
        let hook = Hook {
            channel: channel.to_owned(),
            user: user.to_owned(),
            message: message.map(str::to_owned),
            thread: thread.map(str::to_owned),
            uses: 0,
            until: clock::now() + HOOK_LIFE,
        };
        self.hooks.insert(id.clone(), hook);
        id
    }
}

/// The workspace as interactions tell it: `null` when the app is installed for the organisation.
fn team_json(workspace: &Workspace) -> Value {
    if workspace.org_wide {
        return Value::Null;
    }
    json!({ "id": workspace.team, "domain": workspace.name.to_lowercase() })
}
