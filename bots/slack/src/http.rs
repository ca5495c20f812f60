//! The three addresses that Slack calls. What is not signed by Slack is answered before anything of it is read.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use flowpilot::api::problem::Problem;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use slack_morphism::signature_verifier::{SlackEventSignatureVerifier, SlackEventSignatureVerifierError};
use tower_http::limit::RequestBodyLimitLayer;

use crate::events::Taken;
use crate::wire::{Envelope, Interaction, SlashCommand};
use crate::{Slack, commands, events, interactive};

/// The largest body that is read.
const LARGEST_BODY: usize = 1024 * 1024;

pub(crate) fn routes(slack: Slack) -> Router {
    Router::new()
        .route("/slack/events", post(on_event))
        .route("/slack/interactive", post(on_interaction))
        .route("/slack/commands", post(on_command))
        .layer(RequestBodyLimitLayer::new(LARGEST_BODY))
        .with_state(slack)
}

/// Checks signatures.
#[derive(Clone)]
pub(crate) struct Gate(Option<Arc<SlackEventSignatureVerifier>>);

impl Gate {
    pub(crate) fn new(secret: Option<&SecretString>) -> Self {
        let secret = secret.filter(|secret| !secret.expose_secret().is_empty());
        Self(secret.map(|s| Arc::new(SlackEventSignatureVerifier::new(&s.expose_secret().into()))))
    }
}

/// A body as text, which Slack signed just now. Nothing of it is looked at before.
struct Signed(String);

impl FromRequest<Slack> for Signed {
    type Rejection = Problem;

    async fn from_request(request: Request, slack: &Slack) -> Result<Self, Problem> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, slack).await.map_err(|rejection| {
            Problem::new(rejection.status(), format!("the body cannot be read: {rejection}"))
        })?;
        let unsigned = |why: &str| Problem::new(StatusCode::UNAUTHORIZED, why);
        let Some(verifier) = &slack.gate().0 else {
            return Err(unsigned("slack.signing_secret is not set, so nothing can be checked"));
        };
        let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let (Some(hash), Some(time), Ok(text)) = (
            header(SlackEventSignatureVerifier::SLACK_SIGNED_HASH_HEADER),
            header(SlackEventSignatureVerifier::SLACK_SIGNED_TIMESTAMP),
            String::from_utf8(body.into()),
        ) else {
            return Err(unsigned("this is not signed by Slack"));
        };
        match verifier.verify(hash, &text, time) {
            Ok(()) => {
                slack.health().signed_event_seen();
                Ok(Self(text))
            }
            Err(SlackEventSignatureVerifierError::IncorrectOrExpiredTimestampError(_)) => {
                Err(unsigned("this was signed too long ago, or a clock is wrong"))
            }
            Err(_) => {
                slack.health().wrong_signature_seen();
                Err(unsigned("the signature is wrong"))
            }
        }
    }
}

/// Genuine, but not to be read: said in the log, and acknowledged, since sending it again would change nothing.
fn unreadable(kind: &str, error: &dyn std::fmt::Display) -> Response {
    tracing::error!(kind, %error, "a delivery of Slack cannot be read");
    metrics::counter!("flowpilot_slack_unreadable_total").increment(1);
    StatusCode::OK.into_response()
}

fn ack() -> Response {
    StatusCode::OK.into_response()
}

/// Not stored: Slack delivers it again.
fn again(error: &flowpilot::Error) -> Response {
    tracing::error!(%error, "a delivery of Slack could not be stored");
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "this could not be stored; send it again").into_response()
}

async fn on_event(State(slack): State<Slack>, Signed(text): Signed) -> Response {
    let envelope: Envelope = match serde_json::from_str(&text) {
        Ok(envelope) => envelope,
        Err(error) => return unreadable("event", &error),
    };
    if envelope.kind == "url_verification" {
        return envelope.challenge.unwrap_or_default().into_response();
    }
    match events::take(&slack, &envelope).await {
        Ok(Taken::Done) => ack(),
        Ok(Taken::NotYet) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this workspace is not connected yet; send it again",
        )
        .into_response(),
        Err(error) => again(&error),
    }
}

async fn on_interaction(State(slack): State<Slack>, Signed(text): Signed) -> Response {
    let payload = url::form_urlencoded::parse(text.as_bytes()).find(|(name, _)| name == "payload");
    let interaction: Interaction = match serde_json::from_str(payload.as_ref().map_or("", |(_, json)| json)) {
        Ok(interaction) => interaction,
        Err(error) => return unreadable("interaction", &error),
    };
    match interactive::take(&slack, interaction).await {
        Ok(None) => ack(),
        Ok(Some(answer)) => axum::Json(answer).into_response(),
        Err(error) => again(&error),
    }
}

async fn on_command(State(slack): State<Slack>, Signed(text): Signed) -> Response {
    let fields: serde_json::Map<String, Value> = url::form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| (name.into_owned(), Value::String(value.into_owned())))
        .collect();
    let command: SlashCommand = match serde_json::from_value(Value::Object(fields)) {
        Ok(command) => command,
        Err(error) => return unreadable("command", &error),
    };
    match commands::take(&slack, &command).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(error) => again(&error),
    }
}
