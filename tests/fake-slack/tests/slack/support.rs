//! An app that writes down what it hears, and a client of the Web API.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use flowpilot_fake_slack::{FakeSlack, Options};
use serde_json::{Value, json};

/// Something that the app heard.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Heard {
    /// A header, empty if it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The payload, as JSON or as JSON in a form.
    pub(crate) fn json(&self) -> Value {
        let form = || url::form_urlencoded::parse(self.body.as_bytes());
        match form().find(|(name, _)| name == "payload") {
            Some((_, payload)) => serde_json::from_str(&payload).unwrap(),
            None if self.body.starts_with('{') => serde_json::from_str(&self.body).unwrap(),
            None => Value::Object(form().map(|(name, value)| (name.into(), value.into())).collect()),
        }
    }
}

#[derive(Default)]
struct Kept {
    heard: Vec<Heard>,
    answers: VecDeque<(u16, String)>,
}

/// An app that answers 200, unless it was told otherwise.
#[derive(Clone, Default)]
pub(crate) struct App(Arc<Mutex<Kept>>);

impl App {
    /// The next answers, in order.
    pub(crate) fn answer(&self, status: u16, body: &Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.0.lock().unwrap().answers.push_back((status, body));
    }

    /// Everything that it heard; its own doing left out.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.0.lock().unwrap().heard.clone()
    }

    /// The types of the events that it heard.
    pub(crate) fn events(&self) -> Vec<String> {
        let kind = |heard: &Heard| heard.json()["event"]["type"].as_str().map(str::to_owned);
        self.heard().iter().filter_map(kind).collect()
    }

    async fn hear(
        State(app): State<Self>,
        uri: Uri,
        headers: HeaderMap,
        body: String,
    ) -> (StatusCode, String) {
        let mut kept = app.0.lock().unwrap();
        kept.heard.push(Heard { path: uri.path().to_owned(), headers, body });
        let (status, body) = kept.answers.pop_front().unwrap_or((200, String::new()));
        (StatusCode::from_u16(status).unwrap(), body)
    }
}

/// A Slack, an app that it talks to, and somebody in a channel.
pub(crate) struct World {
    pub(crate) slack: FakeSlack,
    pub(crate) app: App,
    pub(crate) api: Api,
    pub(crate) ada: String,
    pub(crate) help: String,
}

/// A Slack without echoes, so that the app hears only what people do.
pub(crate) async fn world() -> World {
    world_with(Options::default()).await
}

/// A Slack set up in this way, without echoes.
pub(crate) async fn world_with(options: Options) -> World {
    let slack = FakeSlack::start(Options { echo: false, ..options }).await;
    let app = App::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    slack.connect(&format!("http://{}", listener.local_addr().unwrap()));
    let routes = Router::new().fallback(App::hear).with_state(app.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
    let ada = slack.member("Ada Lovelace");
    let help = slack.channel("help", &[&ada]);
    let api = Api::of(&slack);
    World { slack, app, api, ada, help }
}

/// A client of the Web API.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
    pub(crate) token: String,
}

impl Api {
    /// With the bot's token.
    pub(crate) fn of(slack: &FakeSlack) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        #[expect(clippy::disallowed_methods, reason = "this crate knows nothing of FlowPilot")]
        let http = reqwest::Client::new();
        Self { http, url: slack.url(), token: slack.options().bot_token }
    }

    /// With another token.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self { token: token.to_owned(), ..self.clone() }
    }

    /// A method by POST with JSON.
    pub(crate) async fn post(&self, method: &str, arguments: &Value) -> Value {
        let request = self.http.post(format!("{}/{method}", self.url)).bearer_auth(&self.token);
        request.json(arguments).send().await.unwrap().json().await.unwrap()
    }

    /// A method by GET.
    pub(crate) async fn get(&self, method: &str, query: &[(&str, &str)]) -> Value {
        let request = self.http.get(format!("{}/{method}", self.url)).bearer_auth(&self.token);
        request.query(query).send().await.unwrap().json().await.unwrap()
    }

    /// A method by POST with a form.
    pub(crate) async fn form(&self, method: &str, fields: &[(&str, &str)]) -> Value {
        let request = self.http.post(format!("{}/{method}", self.url)).bearer_auth(&self.token);
        request.form(fields).send().await.unwrap().json().await.unwrap()
    }
}

/// A message with a button and a menu, in a thread.
pub(crate) fn card(channel: &str, thread: &str) -> Value {
    let text = |text: &str| json!({ "type": "plain_text", "text": text });
    json!({
        "channel": channel,
        "thread_ts": thread,
        "text": "Suggested fix: restart the spooler",
        "blocks": [
            { "type": "section", "block_id": "card:1:0", "text": { "type": "mrkdwn", "text": "*Restart the spooler*" } },
            { "type": "actions", "block_id": "card:1:1", "elements": [
                { "type": "button", "action_id": "press:apply", "text": text("Run one-off"), "value": "apply" },
                { "type": "overflow", "action_id": "more", "options": [
                    { "text": text("Dismiss"), "value": "dismiss" },
                ] },
            ] },
        ],
    })
}

/// A modal with one input.
pub(crate) fn form() -> Value {
    let text = |text: &str| json!({ "type": "plain_text", "text": text });
    json!({
        "type": "modal",
        "title": text("Dismiss the fix"),
        "submit": text("Dismiss"),
        "private_metadata": "{\"card\":\"1\"}",
        "blocks": [{
            "type": "input",
            "block_id": "reason",
            "label": text("Why?"),
            "element": { "type": "plain_text_input", "action_id": "value", "max_length": 100 },
        }],
    })
}
