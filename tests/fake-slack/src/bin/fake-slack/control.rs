//! What people do and see, as JSON: for tests in other languages.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::{Json, Router, routing};
use flowpilot_fake_slack::{Answer, FakeSlack, How, Message, View};
use serde::Deserialize;
use serde_json::{Value, json};

pub(crate) fn routes() -> Router<FakeSlack> {
    Router::new()
        .route("/connect", routing::post(connect))
        .route("/world", routing::get(world))
        .route("/messages", routing::get(messages).post(say))
        .route("/clicks", routing::post(click))
        .route("/forms", routing::get(form).post(submit))
        .route("/invalid", routing::get(invalid))
}

/// Where the app listens.
#[derive(Deserialize)]
struct App {
    url: String,
}

async fn connect(State(slack): State<FakeSlack>, Json(app): Json<App>) {
    slack.connect(&app.url);
}

/// Who and what is there.
async fn world(State(slack): State<FakeSlack>) -> Json<Value> {
    let people: Vec<_> = slack.people().into_iter().map(|p| json!({ "id": p.id, "name": p.name })).collect();
    let channels: Vec<_> =
        slack.channels().into_iter().map(|c| json!({ "id": c.id, "name": c.name })).collect();
    Json(json!({ "people": people, "channels": channels }))
}

#[derive(Deserialize)]
struct Place {
    channel: String,
    thread: Option<String>,
    /// Whose private messages are wanted too.
    user: Option<String>,
}

/// What everybody sees, and what one person does, oldest first.
async fn messages(State(slack): State<FakeSlack>, Query(at): Query<Place>) -> Json<Value> {
    let mut found = slack.messages(&at.channel, at.thread.as_deref());
    let private = at.user.iter().flat_map(|user| slack.ephemerals_to(user));
    found.extend(private.filter(|message| message.channel == at.channel));
    found.sort_by(|a, b| a.ts.cmp(&b.ts));
    Json(json!({ "items": found.iter().map(told).collect::<Vec<_>>() }))
}

fn told(message: &Message) -> Value {
    json!({
        "ts": message.ts, "thread": message.root(), "user": message.user, "text": message.text,
        "shown": message.shown(), "buttons": message.buttons(), "menu": message.menu(), "edits": message.edits,
        "only_for": message.only_for,
    })
}

/// Somebody writes; with `mention` the bot is called.
#[derive(Deserialize)]
struct Words {
    user: String,
    channel: String,
    thread: Option<String>,
    text: String,
    #[serde(default)]
    mention: bool,
}

async fn say(State(slack): State<FakeSlack>, Json(words): Json<Words>) -> Json<Value> {
    let (ts, answers) = words.write(&slack).await;
    Json(json!({ "ts": ts, "acked": answers.iter().any(Answer::acked) }))
}

impl Words {
    /// Writes them, as patiently as Slack; the id of the message and the app's answers.
    async fn write(&self, slack: &FakeSlack) -> (String, Vec<Answer>) {
        let slack = slack.with(How::default().retried(3, std::time::Duration::from_secs(1)));
        let Self { user, channel, text, .. } = self;
        let said = match (&self.thread, self.mention) {
            (Some(thread), true) => slack.mention_in(user, channel, thread, text).await,
            (Some(thread), false) => slack.reply(user, channel, thread, text).await,
            (None, true) => slack.mention(user, channel, text).await,
            (None, false) => slack.write(user, channel, text).await,
        };
        (said.ts().to_owned(), said.answers)
    }
}

/// Somebody clicks a button, or an entry of a menu, named by its words.
#[derive(Deserialize)]
struct Click {
    user: String,
    channel: String,
    ts: String,
    button: String,
}

async fn click(State(slack): State<FakeSlack>, Json(click): Json<Click>) -> Json<Value> {
    Json(json!({ "acked": click.perform(&slack).await }))
}

impl Click {
    /// Does it; false where nothing of the kind is there, or the app did not acknowledge.
    async fn perform(&self, slack: &FakeSlack) -> bool {
        let Some(message) = slack.message(&self.channel, &self.ts) else { return false };
        let named = |words: &String| *words == self.button;
        if message.menu().iter().any(named) {
            slack.choose_overflow(&self.user, &message, &self.button).await.acked()
        } else if message.buttons().iter().any(named) {
            slack.click(&self.user, &message, &self.button).await.acked()
        } else {
            false
        }
    }
}

#[derive(Deserialize)]
struct Person {
    user: String,
}

/// The form that somebody has open; null without one.
async fn form(State(slack): State<FakeSlack>, Query(of): Query<Person>) -> Json<Value> {
    let view = slack.open_view(&of.user);
    let told = |view: View| {
        let blocks = view.body["blocks"].as_array().into_iter().flatten();
        let inputs: Vec<_> =
            blocks.filter(|block| block["type"] == "input").map(|b| input(b, &view)).collect();
        json!({ "title": view.title(), "shown": view.shown(), "inputs": inputs })
    };
    Json(view.map_or(Value::Null, told))
}

fn input(block: &Value, view: &View) -> Value {
    let (element, id) = (&block["element"], block["block_id"].as_str().unwrap_or_default());
    let options = element["options"].as_array().into_iter().flatten();
    let options: Vec<_> =
        options.map(|o| json!({ "value": o["value"], "label": o["text"]["text"] })).collect();
    let value = element["initial_value"].as_str().or(element["initial_option"]["value"].as_str());
    json!({
        "id": id, "label": block["label"]["text"], "multiline": element["multiline"] == true, "options": options,
        "value": value.unwrap_or_default(), "error": view.errors.get(id),
    })
}

/// Somebody fills the form that they have open, inputs named by `block_id` or label, and sends it; without values
/// they close it.
#[derive(Deserialize)]
struct Filled {
    user: String,
    values: Option<BTreeMap<String, String>>,
}

async fn submit(State(slack): State<FakeSlack>, Json(filled): Json<Filled>) -> Json<Value> {
    if slack.open_view(&filled.user).is_none() {
        return Json(json!({ "acked": false }));
    }
    let Some(values) = filled.values else {
        return Json(json!({ "acked": slack.close_view(&filled.user).await.is_none_or(|a| a.acked()) }));
    };
    let values: Vec<_> = values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Json(json!({ "acked": slack.submit_view(&filled.user, &values).await.acked() }))
}

/// The payloads that Slack would refuse or warn of.
async fn invalid(State(slack): State<FakeSlack>) -> Json<Value> {
    let found: Vec<_> = slack.invalid_payloads().iter().map(|i| format!("{i:?}")).collect();
    Json(json!({ "items": found }))
}
