//! Modals and Home tabs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::Control;
use super::message::controls;

/// A modal that somebody has open, or a Home tab.
#[derive(Clone, Debug)]
pub struct View {
    /// Its id.
    pub id: String,
    /// Who sees it.
    pub user: String,
    /// Workspace.
    pub team: String,
    /// What the app sent.
    pub body: Value,
    /// Changes with each update.
    pub hash: String,
    /// The first view of its stack.
    pub root: String,
    /// The view below it.
    pub previous: Option<String>,
    /// What the app said is wrong, by `block_id`, when it was submitted last.
    pub errors: BTreeMap<String, String>,
    /// How often it was updated.
    pub updates: usize,
}

impl View {
    /// Its title.
    #[must_use]
    pub fn title(&self) -> &str {
        self.body["title"]["text"].as_str().unwrap_or_default()
    }

    /// What its blocks say, a line each.
    #[must_use]
    pub fn shown(&self) -> String {
        let blocks = self.body["blocks"].as_array().cloned().unwrap_or_default();
        super::Message { blocks, ..super::Message::empty() }.shown()
    }

    /// Everything that can be clicked or filled in.
    #[must_use]
    pub fn controls(&self) -> Vec<Control> {
        controls(self.body["blocks"].as_array().map(Vec::as_slice).unwrap_or_default())
    }

    /// The `block_id`s of its inputs, in order.
    #[must_use]
    pub fn inputs(&self) -> Vec<String> {
        let blocks = self.body["blocks"].as_array().into_iter().flatten();
        let inputs = blocks.filter(|block| block["type"] == "input");
        inputs.map(|block| block["block_id"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// As Slack tells it to the app.
    pub(crate) fn json(&self, app_id: &str, bot_id: &str) -> Value {
        let mut view = json!({
            "submit": null,
            "close": null,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": false,
            "notify_on_close": false,
        });
        for (name, value) in self.body.as_object().into_iter().flatten() {
            view[name.as_str()] = value.clone();
        }
        view["id"] = self.id.as_str().into();
        view["team_id"] = self.team.as_str().into();
        view["hash"] = self.hash.as_str().into();
        view["root_view_id"] = self.root.as_str().into();
        view["previous_view_id"] = self.previous.clone().into();
        view["app_id"] = app_id.into();
        view["bot_id"] = bot_id.into();
        view["app_installed_team_id"] = self.team.as_str().into();
        view["state"] = json!({ "values": {} });
        view
    }
}
