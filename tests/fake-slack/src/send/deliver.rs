//! One delivery: over HTTP or Socket Mode, signed, perhaps again.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use url::form_urlencoded;

use super::{How, sign};
use crate::journal::{Answer, Delivery};
use crate::server::Shared;

/// What is delivered, which says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Event,
    Interaction,
    Command,
}

impl Door {
    fn kind(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Interaction => "interaction",
            Self::Command => "command",
        }
    }

    /// Type of a Socket Mode envelope.
    pub(super) fn envelope(self) -> &'static str {
        match self {
            Self::Event => "events_api",
            Self::Interaction => "interactive",
            Self::Command => "slash_commands",
        }
    }

    fn path(self, paths: &[String; 3]) -> &str {
        &paths[match self {
            Self::Event => 0,
            Self::Interaction => 1,
            Self::Command => 2,
        }]
    }

    /// Content type and body of the request.
    fn body(self, payload: &Value) -> (&'static str, String) {
        const FORM: &str = "application/x-www-form-urlencoded";
        let mut form = form_urlencoded::Serializer::new(String::new());
        match self {
            Self::Event => return ("application/json", payload.to_string()),
            Self::Interaction => form.append_pair("payload", &payload.to_string()),
            Self::Command => {
                let fields = payload.as_object().into_iter().flatten();
                let texts = fields.filter_map(|(name, value)| Some((name, value.as_str()?)));
                form.extend_pairs(texts)
            }
        };
        (FORM, form.finish())
    }
}

impl Shared {
    /// Delivers, and again as `how` says. All answers, in order.
    pub(crate) async fn deliver(&self, how: &How, door: Door, payload: &Value) -> Vec<Answer> {
        let mut nowhere = payload.clone();
        if how.without_team && door == Door::Event {
            nowhere["team_id"] = Value::Null;
            nowhere["event"]["team"] = Value::Null;
        }
        let payload = &nowhere;
        let mut answers = vec![self.once(how, door, payload, 0, "").await];
        if door != Door::Event {
            return answers;
        }
        for retry in 1..=how.retries {
            let last = answers.last().filter(|answer| !answer.acked());
            let Some(last) = last else { break };
            if last.headers.get("x-slack-no-retry").is_some_and(|value| value == "1") {
                break;
            }
            let reason = if last.status.is_some() { "http_error" } else { "http_timeout" };
            tokio::time::sleep(how.retry_pause).await;
            answers.push(self.once(how, door, payload, retry, reason).await);
        }
        for retry in 1..=how.redeliveries {
            answers.push(self.once(how, door, payload, retry, "http_timeout").await);
        }
        for _ in 0..how.new_ids {
            let mut again = payload.clone();
            again["event_id"] = self.lock().id("Ev").into();
            answers.push(self.once(how, door, &again, 0, "").await);
        }
        answers
    }

    async fn once(&self, how: &How, door: Door, payload: &Value, retry: usize, reason: &str) -> Answer {
        let begun = Instant::now();
        let app = self.app.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut answer = match app {
            Some(app) => self.post(&app, how, door, payload, retry, reason).await,
            None => self.over_socket(door, payload, retry, reason).await,
        };
        answer.took = begun.elapsed();
        let delivery =
            Delivery { kind: door.kind(), payload: payload.clone(), retry, answer: answer.clone() };
        self.with(|world| world.deliveries.push(delivery));
        answer
    }

    async fn post(
        &self,
        app: &str,
        how: &How,
        door: Door,
        payload: &Value,
        retry: usize,
        reason: &str,
    ) -> Answer {
        let (paths, secret) = {
            let world = self.lock();
            (world.options.paths.clone(), world.options.signing_secret.clone())
        };
        let (kind, body) = door.body(payload);
        let mut request = self.http.post(format!("{app}{}", door.path(&paths))).header("content-type", kind);
        request = request.header("user-agent", "Slackbot 1.0 (+https://api.slack.com/robots)");
        for (name, value) in sign::headers(how.signature, &secret, &body) {
            request = request.header(name, value);
        }
        if retry > 0 {
            request = request.header("x-slack-retry-num", retry).header("x-slack-retry-reason", reason);
        }
        match read(request.body(body)).await {
            Ok(answer) => answer,
            Err(why) => Answer::none(why),
        }
    }
}

async fn read(request: reqwest::RequestBuilder) -> Result<Answer, String> {
    let response = request.send().await.map_err(|why| format!("{why:?}"))?;
    let header = |(name, value): (&reqwest::header::HeaderName, &reqwest::header::HeaderValue)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    };
    let headers = response.headers().iter().filter_map(header).collect();
    let status = Some(response.status().as_u16());
    let body = response.text().await.map_err(|why| format!("{why:?}"))?;
    Ok(Answer { status, headers, body, took: Duration::ZERO, problem: None })
}

impl Answer {
    /// No answer came.
    pub(super) fn none(why: impl Into<String>) -> Self {
        Self {
            status: None,
            headers: BTreeMap::new(),
            body: String::new(),
            took: Duration::ZERO,
            problem: Some(why.into()),
        }
    }
}

/// Tells the app of its own doing, as Slack does: in the background, since nobody waits for it.
pub(crate) fn echo(shared: &Arc<Shared>) {
    let connected = shared.app.lock().unwrap_or_else(PoisonError::into_inner).is_some();
    let events = {
        let mut world = shared.lock();
        let echoes = std::mem::take(&mut world.echoes);
        if !world.options.echo || !(connected || shared.sockets.any()) {
            return;
        }
        let seen = |channel: &str| world.channels.get(channel).map(|channel| channel.team.clone());
        let events: Vec<_> =
            echoes.into_iter().filter_map(|(channel, event)| Some((seen(&channel)?, event))).collect();
        events.into_iter().map(|(team, event)| world.envelope(&team, event)).collect::<Vec<_>>()
    };
    for event in events {
        let shared = Arc::clone(shared);
        tokio::spawn(async move { shared.deliver(&How::default(), Door::Event, &event).await });
    }
}
