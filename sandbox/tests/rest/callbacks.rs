//! Callbacks: who may ask for them, what is sent, how it is signed, and devices of tickets.

use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::support::{Peer, demo, reply};

/// What was received: address, signature, body.
type Received = (String, String, Bytes);

/// A listener that answers with these statuses, one after the other, and the last one for ever.
async fn listener(statuses: &'static [u16]) -> (String, mpsc::UnboundedReceiver<Received>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let take = move |State(sender): State<mpsc::UnboundedSender<Received>>,
                     OriginalUri(uri): OriginalUri,
                     headers: HeaderMap,
                     body: Bytes| {
        let nth = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst).min(statuses.len() - 1);
        let signature =
            headers.get("x-content-signature").and_then(|it| it.to_str().ok()).unwrap_or_default();
        let _ = sender.send((uri.to_string(), signature.to_owned(), body));
        std::future::ready(StatusCode::from_u16(statuses[nth]).expect("a status"))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let router = Router::new().route("/hear", post(take)).with_state(sender);
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, receiver)
}

fn entry(url: &str) -> Value {
    json!({ "url": format!("{url}/hear?recordId="), "objectId": 1, "type": "ticket", "level": "owner" })
}

/// Changes a ticket as a person does.
async fn reassign(peer: &Peer, owner: &str) {
    let change = json!([{ "op": "replace", "path": "owner", "value": { "identifier": owner } }]);
    let done = peer.control(Method::PATCH, "/members/jnovak/tickets/10421", Some(&change)).await;
    assert_eq!(done.status, 200, "{done:?}");
}

async fn next(received: &mut mpsc::UnboundedReceiver<Received>) -> Received {
    tokio::time::timeout(Duration::from_secs(20), received.recv())
        .await
        .expect("in time")
        .expect("a callback")
}

#[tokio::test]
async fn a_change_is_told_signed_with_the_digest_of_the_key_that_it_names() {
    let (peer, (url, mut received)) = (demo().await, listener(&[204]).await);
    assert_eq!(peer.post("/system/callbacks", &entry(&url)).await.status, 201);
    reassign(&peer, "arivera").await;
    let (address, signature, body) = next(&mut received).await;
    assert_eq!(address, "/hear?recordId=10421");
    let told: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(
        (&told["Action"], &told["ID"], &told["Type"]),
        (&json!("updated"), &json!(10421), &json!("ticket"))
    );
    assert_eq!(told["MemberId"], "jnovak");
    let ticket: Value = serde_json::from_str(told["Entity"].as_str().expect("text")).expect("JSON");
    assert_eq!(ticket["owner"]["identifier"], "arivera");
    let key_url = told["Metadata"]["key_url"].as_str().expect("an address");
    let path = key_url.strip_prefix(&peer.sandbox.url()).expect("its own");
    assert_eq!(reply(peer.bare(Method::GET, path)).await.status, 401, "keys are for those with keys");
    let key = peer.bare(Method::GET, path).basic_auth("acme+public", Some("private")).header("clientId", "x");
    let key = reply(key).await.body["signing_key"].as_str().expect("a key").to_owned();
    let mac = Hmac::<Sha256>::new_from_slice(&Sha256::digest(key.as_bytes())).expect("any length");
    assert_eq!(STANDARD.encode(mac.chain_update(&body).finalize().into_bytes()), signature);
}

#[tokio::test]
async fn a_message_that_is_not_taken_is_sent_again_as_it_was() {
    let (peer, (url, mut received)) = (demo().await, listener(&[503, 204]).await);
    peer.post("/system/callbacks", &entry(&url)).await;
    reassign(&peer, "arivera").await;
    let first = next(&mut received).await;
    assert_eq!(next(&mut received).await, first);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(received.try_recv().is_err(), "it was taken");
    let sent = peer.control(Method::GET, "/callbacks", None).await.body;
    assert_eq!(sent[0]["statuses"], json!([503, 204]));
}

#[tokio::test]
async fn who_wants_no_echo_is_not_told_of_what_the_keys_do() {
    let (peer, (url, mut received)) = (demo().await, listener(&[204]).await);
    let mut quiet = entry(&url);
    quiet["isSelfSuppressedFlag"] = json!(true);
    peer.post("/system/callbacks", &quiet).await;
    let change = json!([{ "op": "replace", "path": "summary", "value": "By the keys" }]);
    assert_eq!(peer.patch("/service/tickets/10421", &change).await.status, 200);
    reassign(&peer, "arivera").await;
    let (_, _, body) = next(&mut received).await;
    let told: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(told["MemberId"], "jnovak");
}

#[tokio::test]
async fn an_entry_is_refused_that_is_incomplete_unknown_or_there_already() {
    let (peer, url) = (demo().await, "http://127.0.0.1:1");
    let refused = peer.post("/system/callbacks", &json!({ "url": url })).await;
    assert_eq!((refused.status, refused.body["errors"].as_array().map(Vec::len)), (400, Some(3)));
    let odd = peer
        .post("/system/callbacks", &json!({ "url": url, "objectId": 1, "type": "ticket", "level": "x" }))
        .await;
    assert_eq!(odd.body["errors"][0]["message"], "Unrecognized level for type");
    let made = peer.post("/system/callbacks", &entry(url)).await;
    assert_eq!(made.status, 201);
    let again = peer.post("/system/callbacks", &entry(url)).await;
    assert_eq!((again.status, again.error().0), (400, "ObjectExists"));
    assert_eq!(peer.get("/system/callbacks").await.ids(), [made.body["id"].as_i64().expect("an id")]);
    let path = format!("/system/callbacks/{}", made.body["id"]);
    assert_eq!(peer.delete(&path).await.status, 204);
    assert_eq!(peer.delete(&path).await.status, 404);
}

#[tokio::test]
async fn a_ticket_names_its_devices_and_takes_more() {
    let peer = demo().await;
    let device = json!({ "name": "PRN-3", "type": { "name": "Printer" }, "company": { "id": 1 } });
    let made = peer.post("/company/configurations", &device).await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.body["id"].clone();
    let path = "/service/tickets/10421/configurations";
    let before = peer.get(path).await.ids().len();
    assert_eq!(peer.post(path, &json!({ "id": id })).await.status, 201);
    let named = peer.get(path).await;
    assert_eq!(named.ids().len(), before + 1);
    let found = peer.find("/company/configurations", &format!("id in ({id})")).await;
    assert_eq!(found.body[0]["name"], "PRN-3");
}
