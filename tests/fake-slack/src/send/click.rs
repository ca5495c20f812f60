//! What people click on messages, in modals and on their Home tab.

use serde_json::{Value, json};

use super::deliver::Door;
use crate::FakeSlack;
use crate::journal::Answer;
use crate::world::{Control, Message, View, World};

impl FakeSlack {
    /// Somebody clicks a button of a message, named by its words or its `action_id`, as they see the message: an old
    /// one can be given.
    pub async fn click(&self, user: &str, message: &Message, button: &str) -> Answer {
        let control = find(&message.controls(), button);
        let payload = self.shared.with(|world| {
            let action = action(world, &control, clicked(&control));
            world.block_actions(user, message, action)
        });
        self.interact(&payload).await
    }

    /// Somebody says below a message whether it helped, with one of the two feedback buttons.
    ///
    /// # Panics
    /// When the message has none.
    pub async fn judge(&self, user: &str, message: &Message, helped: bool) -> Answer {
        let controls = message.controls();
        let control = controls.iter().find(|control| control.element["type"] == "feedback_buttons");
        let control = control.unwrap_or_else(|| panic!("no feedback buttons: {:?}", message.blocks));
        let button = if helped { "positive_button" } else { "negative_button" };
        let chosen = &control.element[button];
        let payload = self.shared.with(|world| {
            let action = action(world, control, json!({ "value": chosen["value"], "text": chosen["text"] }));
            world.block_actions(user, message, action)
        });
        self.interact(&payload).await
    }

    /// Somebody chooses an entry of a message's overflow menu, named by its words or its value.
    pub async fn choose_overflow(&self, user: &str, message: &Message, entry: &str) -> Answer {
        let (control, option) = find_option(&message.controls(), "overflow", entry);
        let payload = self.shared.with(|world| {
            let action = action(world, &control, json!({ "selected_option": option }));
            world.block_actions(user, message, action)
        });
        self.interact(&payload).await
    }

    /// Somebody chooses from a select menu of a message, by its words or its value.
    pub async fn choose(&self, user: &str, message: &Message, entry: &str) -> Answer {
        let (control, option) = find_option(&message.controls(), "static_select", entry);
        let payload = self.shared.with(|world| {
            let action = action(world, &control, json!({ "selected_option": option }));
            world.block_actions(user, message, action)
        });
        self.interact(&payload).await
    }

    /// Somebody clicks a button of their open modal.
    pub async fn click_in_view(&self, user: &str, button: &str) -> Answer {
        let view = self.open_view(user).unwrap_or_else(|| panic!("{user} has no modal open"));
        self.click_on(&view, button).await
    }

    /// Somebody clicks a button of their Home tab.
    pub async fn click_in_home(&self, user: &str, button: &str) -> Answer {
        let view = self.home_of(user).unwrap_or_else(|| panic!("{user} has no Home tab yet"));
        self.click_on(&view, button).await
    }

    async fn click_on(&self, view: &View, button: &str) -> Answer {
        let control = find(&view.controls(), button);
        let payload = self.shared.with(|world| {
            let mut payload = world.interaction("block_actions", &view.user, &view.team, Some(&view.id));
            payload["container"] = json!({ "type": "view", "view_id": view.id });
            payload["view"] = world.view_json(view);
            payload["actions"] = json!([action(world, &control, clicked(&control))]);
            payload
        });
        self.interact(&payload).await
    }

    /// Sends an interaction.
    pub(super) async fn interact(&self, payload: &Value) -> Answer {
        let mut answers = self.shared.deliver(&self.how, Door::Interaction, payload).await;
        answers.pop().unwrap_or_else(|| Answer::none("nothing was delivered"))
    }
}

impl World {
    /// A click on a message.
    fn block_actions(&mut self, user: &str, message: &Message, action: Value) -> Value {
        let team = self.workspace_of(&message.channel).team;
        let mut payload = self.interaction("block_actions", user, &team, None);
        let hook = self.hook(&message.channel, user, Some(&message.ts), message.thread.as_deref());
        payload["channel"] = self.channel_json(&message.channel);
        payload["response_url"] = self.hook_url(&hook).into();
        payload["state"] = json!({ "values": {} });
        payload["actions"] = Value::Array(vec![action]);
        payload["container"] = json!({
            "type": "message",
            "message_ts": message.ts,
            "channel_id": message.channel,
            "is_ephemeral": message.only_for.is_some(),
        });
        if let Some(thread) = &message.thread {
            payload["container"]["thread_ts"] = thread.as_str().into();
        }
        // An ephemeral message is not told: Slack does not keep it.
        if message.only_for.is_none() {
            payload["message"] = self.message_json(message);
        }
        payload
    }

    /// A message as interactions tell it.
    pub(super) fn message_json(&self, message: &Message) -> Value {
        let mut told = message.json();
        let replied = || self.messages.iter().any(|reply| reply.thread.as_ref() == Some(&message.ts));
        if message.thread.is_none() && replied() {
            told["thread_ts"] = message.ts.as_str().into();
        }
        if message.is_from_bot() {
            told["app_id"] = self.options.app_id.as_str().into();
        }
        told["team"] = self.workspace_of(&message.channel).team.into();
        told
    }

    /// A view as interactions tell it.
    pub(super) fn view_json(&self, view: &View) -> Value {
        view.json(&self.options.app_id, &self.workspace(&view.team).bot_id)
    }
}

/// The action of a click: what all have, and what this one was given.
fn action(world: &mut World, control: &Control, given: Value) -> Value {
    let mut action = json!({
        "type": control.element["type"],
        "action_id": control.action_id,
        "block_id": control.block_id,
        "action_ts": world.ts(),
    });
    if let Value::Object(given) = given {
        for (name, value) in given {
            action[name] = value;
        }
    }
    action
}

/// What a button sends.
fn clicked(control: &Control) -> Value {
    let mut given = json!({});
    for name in ["text", "value", "style", "url"] {
        if let Some(value) = control.element.get(name) {
            given[name] = value.clone();
        }
    }
    given
}

fn find(controls: &[Control], button: &str) -> Control {
    let named = |control: &&Control| control.action_id == button || control.label == button;
    let found = controls.iter().find(named);
    let there: Vec<_> = controls.iter().map(|control| (&control.label, &control.action_id)).collect();
    found.unwrap_or_else(|| panic!("there is no button {button:?}, only {there:?}")).clone()
}

fn find_option(controls: &[Control], kind: &str, entry: &str) -> (Control, Value) {
    let mut there = Vec::new();
    for control in controls.iter().filter(|control| control.element["type"] == kind) {
        for option in control.element["options"].as_array().into_iter().flatten() {
            if option["text"]["text"] == entry || option["value"] == entry {
                return (control.clone(), option.clone());
            }
            there.push(option["text"]["text"].clone());
        }
    }
    panic!("no {kind} has an entry {entry:?}, only {there:?}")
}
