//! Messages, and the buttons on them.

use serde_json::{Map, Value, json};

use super::Stream;

/// A message as it is now.
#[derive(Clone, Debug)]
pub struct Message {
    /// Where it is.
    pub channel: String,
    /// Its id in the channel.
    pub ts: String,
    /// The message whose thread it is in. The first message of a thread has none.
    pub thread: Option<String>,
    /// User id of who wrote it.
    pub user: String,
    /// Bot id, if a bot wrote it.
    pub bot_id: Option<String>,
    /// Top-level text.
    pub text: String,
    /// Blocks.
    pub blocks: Vec<Value>,
    /// Metadata.
    pub metadata: Option<Value>,
    /// The one person who sees it, if it is ephemeral.
    pub only_for: Option<String>,
    /// How often it was edited.
    pub edits: usize,
    /// Whether it was deleted.
    pub deleted: bool,
    /// Reactions: name and user.
    pub reactions: Vec<(String, String)>,
    /// What links in it unfurl to.
    pub unfurls: Map<String, Value>,
    /// Files with it.
    pub files: Vec<Value>,
    /// Whether it is streamed, and how far.
    pub stream: Option<Stream>,
    /// What it was before each edit: text and blocks.
    pub before: Vec<(String, Vec<Value>)>,
}

/// Something to click on a message or in a view.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// Block that it is in.
    pub block_id: String,
    /// Its `action_id`.
    pub action_id: String,
    /// What it says.
    pub label: String,
    /// The element.
    pub element: Value,
}

impl Message {
    /// The thread that it is in or would begin.
    #[must_use]
    pub fn root(&self) -> &str {
        self.thread.as_deref().unwrap_or(&self.ts)
    }

    /// Its place among all that happened.
    pub(crate) fn number(&self) -> u64 {
        self.ts.rsplit_once('.').and_then(|(_, number)| number.parse().ok()).unwrap_or(0)
    }

    /// Whether the app wrote it.
    #[must_use]
    pub fn is_from_bot(&self) -> bool {
        self.bot_id.is_some()
    }

    /// Everything that can be clicked on it.
    #[must_use]
    pub fn controls(&self) -> Vec<Control> {
        controls(&self.blocks)
    }

    /// What its buttons say, in order.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        let buttons = self.controls().into_iter().filter(|control| control.element["type"] == "button");
        buttons.map(|control| control.label).collect()
    }

    /// What the entries of its overflow menus say, in order.
    #[must_use]
    pub fn menu(&self) -> Vec<String> {
        let menus = self.controls().into_iter().filter(|control| control.element["type"] == "overflow");
        let entries =
            menus.flat_map(|control| control.element["options"].as_array().cloned().unwrap_or_default());
        entries.map(|option| said(&option["text"])).collect()
    }

    /// Everything that its blocks say, a line each.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut lines = Vec::new();
        self.blocks.iter().for_each(|block| read(block, &mut lines));
        lines.join("\n")
    }

    /// As events and `conversations.replies` tell it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut message = json!({
            "type": "message",
            "user": self.user,
            "text": self.text,
            "ts": self.ts,
            "blocks": self.blocks,
        });
        let mut set = |name: &str, value: Value| message[name] = value;
        if let Some(thread) = &self.thread {
            set("thread_ts", thread.as_str().into());
        }
        if let Some(bot) = &self.bot_id {
            set("bot_id", bot.as_str().into());
        }
        if let Some(metadata) = &self.metadata {
            set("metadata", metadata.clone());
        }
        if self.edits > 0 {
            set("edited", json!({ "user": self.user, "ts": self.ts }));
        }
        if !self.files.is_empty() {
            set("files", self.files.clone().into());
        }
        message
    }
}

/// Everything that can be clicked in these blocks.
pub(crate) fn controls(blocks: &[Value]) -> Vec<Control> {
    let mut found = Vec::new();
    for (index, block) in blocks.iter().enumerate() {
        let own = block["elements"].as_array().into_iter().flatten();
        let elements = own.chain(block.get("accessory")).chain(block.get("element"));
        for (place, element) in elements.enumerate() {
            if element.get("type").is_some_and(|kind| kind != "image" && is_control(kind)) {
                let id = |value: &Value, name: &str, number: usize| {
                    value[name].as_str().map_or_else(|| format!("{name}-{number}"), str::to_owned)
                };
                found.push(Control {
                    block_id: id(block, "block_id", index),
                    action_id: id(element, "action_id", place),
                    label: said(&element["text"]),
                    element: element.clone(),
                });
            }
        }
    }
    found
}

fn is_control(kind: &Value) -> bool {
    let kind = kind.as_str().unwrap_or_default();
    !kind.starts_with("rich_text") && !matches!(kind, "mrkdwn" | "plain_text")
        || matches!(kind, "rich_text_input")
}

fn said(text: &Value) -> String {
    text["text"].as_str().unwrap_or_default().to_owned()
}

/// Reads all texts of a block, in order; the parts of one rich text line are joined.
fn read(value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| read(item, lines)),
        Value::Object(object) => {
            let kind = object.get("type").and_then(Value::as_str).unwrap_or_default();
            if matches!(kind, "rich_text_section" | "rich_text_preformatted" | "rich_text_quote") {
                lines.push(inline(&value["elements"]));
                return;
            }
            if let Some(text) = object.get("text").and_then(Value::as_str) {
                lines.push(text.to_owned());
            }
            for name in
                ["title", "text", "label", "fields", "elements", "accessory", "element", "options", "rows"]
            {
                if let Some(inner) = object.get(name).filter(|inner| !inner.is_string()) {
                    read(inner, lines);
                }
            }
        }
        _ => {}
    }
}

fn inline(elements: &Value) -> String {
    let word = |element: &Value| {
        let of = |name: &str| element[name].as_str().unwrap_or_default();
        match of("type") {
            "link" if of("text").is_empty() => of("url").to_owned(),
            "emoji" => format!(":{}:", of("name")),
            "user" => format!("<@{}>", of("user_id")),
            "channel" => format!("<#{}>", of("channel_id")),
            "broadcast" => format!("<!{}>", of("range")),
            "date" => of("fallback").to_owned(),
            _ => of("text").to_owned(),
        }
    };
    elements.as_array().into_iter().flatten().map(word).collect()
}
