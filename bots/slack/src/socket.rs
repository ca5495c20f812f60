//! Socket Mode: Slack delivers over a connection that we open, for servers that Slack cannot reach.
//!
//! The deliveries are the same as over HTTP and go the same way; each is acknowledged once it is stored.

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use tokio_util::sync::CancellationToken;

use crate::events::Taken;
use crate::wire::lenient;
use crate::{Slack, commands, events, interactive};

/// Slack says something at least every few seconds.
const SILENCE: Duration = Duration::from_secs(60);
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a connection that ends waits for what is in hand.
const LAST_ACKS: Duration = Duration::from_millis(500);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// Acknowledgements that wait to be written.
const ACKS: usize = 1_024;

type Connection = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// What comes over the connection.
#[derive(Debug, Default, Deserialize)]
struct Delivery {
    #[serde(rename = "type", default, deserialize_with = "lenient")]
    kind: String,
    #[serde(default, deserialize_with = "lenient")]
    envelope_id: Option<String>,
    #[serde(default)]
    payload: Value,
}

impl Slack {
    /// Takes what Slack delivers by Socket Mode until `stop`; connects again whenever the connection ends.
    pub async fn listen(&self, app_token: SecretString, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        while !stop.is_cancelled() {
            match self.connect(&app_token).await {
                Ok(connection) => {
                    tracing::info!("Socket Mode is connected");
                    pause = FIRST_PAUSE;
                    self.serve(connection, &stop).await;
                    continue;
                }
                Err(why) => tracing::warn!(why, "Socket Mode is not connected; trying again"),
            }
            let _ = stop.run_until_cancelled(tokio::time::sleep(pause)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn connect(&self, app_token: &SecretString) -> Result<Connection, String> {
        let address = self.sender().open_socket(app_token).await.map_err(|error| error.to_string())?;
        // The address is a secret: it is not in the error.
        match tokio::time::timeout(PATIENCE, connect_async(address)).await {
            Ok(Ok((connection, _))) => Ok(connection),
            Ok(Err(_)) => Err("the connection failed".to_owned()),
            Err(_) => Err("no answer".to_owned()),
        }
    }

    /// Works one connection until it ends.
    async fn serve(&self, mut connection: Connection, stop: &CancellationToken) {
        let (acks, mut written) = mpsc::channel::<String>(ACKS);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                Some(ack) = written.recv() => {
                    if connection.send(Frame::text(ack)).await.is_err() {
                        return;
                    }
                }
                frame = tokio::time::timeout(SILENCE, connection.next()) => match frame {
                    Ok(Some(Ok(Frame::Text(text)))) => {
                        if self.hear(text.as_str(), &acks) {
                            break;
                        }
                    }
                    Ok(Some(Ok(Frame::Close(_)) | Err(_)) | None) | Err(_) => return,
                    Ok(Some(Ok(_))) => {}
                },
            }
        }
        // What is in hand is still acknowledged; the rest Slack delivers again.
        while let Ok(Some(ack)) = tokio::time::timeout(LAST_ACKS, written.recv()).await {
            if connection.send(Frame::text(ack)).await.is_err() {
                return;
            }
        }
        let _ = tokio::time::timeout(PATIENCE, connection.close(None)).await;
    }

    /// Takes one delivery in a task of its own: one that takes long holds up no other. True: Slack is about to end
    /// the connection.
    fn hear(&self, text: &str, acks: &mpsc::Sender<String>) -> bool {
        let delivery: Delivery = match serde_json::from_str(text) {
            Ok(delivery) => delivery,
            Err(error) => {
                tracing::error!(%error, "a delivery of Slack cannot be read");
                return false;
            }
        };
        if delivery.kind == "disconnect" {
            return true;
        }
        let Some(id) = delivery.envelope_id.clone() else { return false };
        self.health().signed_event_seen();
        let (slack, acks) = (self.clone(), acks.clone());
        self.spawn(async move {
            // Without an acknowledgement Slack delivers it again.
            let Some(answer) = slack.take_delivery(delivery).await else { return };
            let ack = match answer {
                Value::Null => json!({ "envelope_id": id }),
                answer => json!({ "envelope_id": id, "payload": answer }),
            };
            let _ = acks.send(ack.to_string()).await;
        });
        false
    }

    async fn take_delivery(&self, delivery: Delivery) -> Option<Value> {
        let Delivery { kind, payload, .. } = delivery;
        let taken = match kind.as_str() {
            "events_api" => {
                match events::take(self, &serde_json::from_value(payload).unwrap_or_default()).await {
                    Ok(Taken::NotYet) => return None,
                    taken => taken.map(|_| Value::Null),
                }
            }
            "interactive" => interactive::take(self, serde_json::from_value(payload).unwrap_or_default())
                .await
                .map(Option::unwrap_or_default),
            "slash_commands" => {
                commands::take(self, &serde_json::from_value(payload).unwrap_or_default()).await
            }
            _ => Ok(Value::Null),
        };
        taken.inspect_err(|error| tracing::error!(%error, "a delivery of Slack could not be stored")).ok()
    }
}
