//! Socket Mode: connections of the app, envelopes, acknowledgements.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};

use super::deliver::Door;
use crate::FakeSlack;
use crate::journal::Answer;
use crate::server::Shared;

/// The open connections, and the envelopes that wait for an acknowledgement.
#[derive(Default)]
pub(crate) struct Sockets(Mutex<Open>);

#[derive(Default)]
struct Open {
    open: Vec<(u64, mpsc::UnboundedSender<Message>)>,
    waiting: HashMap<String, oneshot::Sender<Value>>,
    /// Turns to the next connection with each envelope, as Slack spreads them.
    turn: usize,
}

impl Sockets {
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the app has any.
    pub(crate) fn any(&self) -> bool {
        !self.lock().open.is_empty()
    }

    /// Sends to one of them; whether there was one.
    fn send(&self, text: String) -> bool {
        let mut state = self.lock();
        state.turn += 1;
        let Some(count) = (!state.open.is_empty()).then_some(state.open.len()) else { return false };
        let (_, sender) = &state.open[state.turn % count];
        sender.send(Message::Text(text.into())).is_ok()
    }
}

/// Takes a connection whose ticket `apps.connections.open` gave.
pub(crate) async fn link(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = query.unwrap_or_default();
    let ticket = url::form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "ticket");
    let known = ticket.is_some_and(|(_, ticket)| shared.lock().tickets.remove(ticket.as_ref()));
    if !known {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    upgrade.on_upgrade(move |socket| talk(shared, socket))
}

async fn talk(shared: Arc<Shared>, mut socket: WebSocket) {
    let (sender, mut outgoing) = mpsc::unbounded_channel();
    let number = shared.lock().number();
    let app_id = shared.lock().options.app_id.clone();
    let hello = json!({
        "type": "hello",
        "num_connections": shared.sockets.lock().open.len() + 1,
        "debug_info": { "host": "applink-1", "build_number": 1, "approximate_connection_time": 18_060 },
        "connection_info": { "app_id": app_id },
    });
    if socket.send(Message::Text(hello.to_string().into())).await.is_err() {
        return;
    }
    shared.sockets.lock().open.push((number, sender));
    shared.changed();
    loop {
        tokio::select! {
            message = outgoing.recv() => {
                let Some(message) = message else { break };
                if socket.send(message).await.is_err() {
                    break;
                }
            }
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => acknowledge(&shared, &text),
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    shared.sockets.lock().open.retain(|(open, _)| *open != number);
    shared.changed();
}

fn acknowledge(shared: &Shared, text: &str) {
    let message: Value = serde_json::from_str(text).unwrap_or_default();
    let Some(id) = message["envelope_id"].as_str() else { return };
    if let Some(waiting) = shared.sockets.lock().waiting.remove(id) {
        // Nobody waits any more when the time was up.
        let _ = waiting.send(message["payload"].clone());
    }
}

impl Shared {
    /// Delivers over a connection of the app, and waits for the acknowledgement.
    pub(super) async fn over_socket(
        &self,
        door: Door,
        payload: &Value,
        retry: usize,
        reason: &str,
    ) -> Answer {
        let (id, limit) = {
            let mut world = self.lock();
            (world.id("envelope-"), world.options.ack_limit)
        };
        let mut envelope = json!({
            "envelope_id": id,
            "type": door.envelope(),
            "accepts_response_payload": door != Door::Event,
            "payload": payload,
        });
        if door == Door::Event {
            envelope["retry_attempt"] = retry.into();
            envelope["retry_reason"] = reason.into();
        }
        let (sender, acknowledged) = oneshot::channel();
        self.sockets.lock().waiting.insert(id, sender);
        if !self.sockets.send(envelope.to_string()) {
            return Answer::none("the app is not connected: neither `connect` nor a Socket Mode connection");
        }
        match tokio::time::timeout(limit, acknowledged).await {
            Ok(Ok(payload)) => {
                let body = if payload.is_null() { String::new() } else { payload.to_string() };
                Answer { status: Some(200), body, problem: None, ..Answer::none("") }
            }
            Ok(Err(_)) | Err(_) => Answer::none("no acknowledgement came over the socket"),
        }
    }
}

impl FakeSlack {
    /// Waits until the app has so many Socket Mode connections.
    pub async fn wait_for_sockets(&self, count: usize) {
        let find = |slack: &Self| (slack.shared.sockets.lock().open.len() >= count).then_some(());
        self.wait_for(&format!("{count} Socket Mode connections"), find).await;
    }

    /// Closes all Socket Mode connections.
    pub fn drop_sockets(&self) {
        // Each connection ends when its sender is gone.
        self.shared.sockets.lock().open.clear();
    }

    /// Asks the app to make a new Socket Mode connection in place of each that it has.
    pub fn refresh_sockets(&self) {
        let goodbye = json!({
            "type": "disconnect",
            "reason": "refresh_requested",
            "debug_info": { "host": "applink-1" },
        });
        for (_, sender) in &self.shared.sockets.lock().open {
            // A connection that has just ended needs no asking.
            let _ = sender.send(Message::Text(goodbye.to_string().into()));
        }
    }
}
