//! Socket Mode.

use flowpilot_fake_slack::{FakeSlack, Options};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::support::Api;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(slack: &FakeSlack) -> Socket {
    let api = Api::of(slack).with_token(&slack.options().app_token);
    let url = api.post("apps.connections.open", &json!({})).await["url"].as_str().unwrap().to_owned();
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert_eq!(next(&mut socket).await["type"], "hello");
    slack.wait_for_sockets(1).await;
    socket
}

async fn next(socket: &mut Socket) -> Value {
    let message = socket.next().await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

async fn slack() -> FakeSlack {
    FakeSlack::start(Options { echo: false, ..Options::default() }).await
}

#[tokio::test]
async fn what_people_do_comes_over_the_socket_and_is_acknowledged_there() {
    let slack = slack().await;
    let mut socket = connect(&slack).await;
    let ada = slack.member("Ada");
    let help = slack.channel("help", &[&ada]);
    let app = tokio::spawn(async move {
        let event = next(&mut socket).await;
        socket.send(Message::text(json!({ "envelope_id": event["envelope_id"] }).to_string())).await.unwrap();
        let command = next(&mut socket).await;
        let answer = json!({ "envelope_id": command["envelope_id"], "payload": { "text": "on it" } });
        socket.send(Message::text(answer.to_string())).await.unwrap();
        (event, command)
    });
    slack.write(&ada, &help, "hello").await.assert_acked();
    slack.command(&ada, &help, "/flowpilot", "status").await.assert_acked();
    let (event, command) = app.await.unwrap();
    assert_eq!((&event["type"], &event["payload"]["event"]["text"]), (&json!("events_api"), &json!("hello")));
    assert_eq!((&command["type"], &command["payload"]["text"]), (&json!("slash_commands"), &json!("status")));
    assert_eq!(slack.ephemerals_to(&ada)[0].text, "on it");
}

#[tokio::test]
async fn connections_can_be_dropped_and_refreshed() {
    let slack = slack().await;
    let mut socket = connect(&slack).await;
    slack.refresh_sockets();
    assert_eq!(next(&mut socket).await["reason"], "refresh_requested");
    slack.drop_sockets();
    assert!(socket.next().await.is_none_or(|message| message.is_err()));
}

#[tokio::test]
async fn a_ticket_works_once_and_the_bot_gets_none() {
    let slack = slack().await;
    let api = Api::of(&slack);
    assert_eq!(api.post("apps.connections.open", &json!({})).await["error"], "not_allowed_token_type");
    let app = api.with_token(&slack.options().app_token);
    let url = app.post("apps.connections.open", &json!({})).await["url"].as_str().unwrap().to_owned();
    assert!(tokio_tungstenite::connect_async(&url).await.is_ok());
    assert!(tokio_tungstenite::connect_async(&url).await.is_err());
}
