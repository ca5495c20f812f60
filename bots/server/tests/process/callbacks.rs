//! The ticket system tells the server of changes: over HTTP, signed, at the address that was registered for it.

use std::net::TcpListener;
use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::home::{Finished, Home, Server, finish};
use crate::http::{Answer, Caller, client, send};
use crate::peer::{Peer, TICKET};

const KEYS: [(&str, &str); 3] = [
    ("CONNECTWISE_PUBLIC_KEY", "public"),
    ("CONNECTWISE_PRIVATE_KEY", "private"),
    ("CONNECTWISE_CLIENT_ID", "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a"),
];

/// A server that can be reached under its public address, connected to a sandbox.
struct Watching {
    peer: Peer,
    home: Home,
    server: Server,
    script: Caller,
    /// Where the server is for the ticket system.
    public_url: String,
}

async fn connect(home: &Home, peer: &Peer) -> Finished {
    let url = peer.url();
    let mut command = home.command(&["psa", "connect", "--site", &url, "--company", "acme"]);
    command.envs(KEYS);
    finish(command).await
}

/// A port that is free now.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Watching {
    /// `settings` besides the public address.
    async fn start(settings: &str) -> Self {
        let (peer, port) = (Peer::start().await, free_port());
        let public_url = format!("http://127.0.0.1:{port}");
        let home = Home::started(&format!("public_url = \"{public_url}\"\n{settings}")).await;
        let done = connect(&home, &peer).await;
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        let listen = format!("127.0.0.1:{port}");
        let server = home.start(home.command(&["serve", "--listen", &listen])).await;
        let script = Caller::script(&home, &server, None).await;
        Self { peer, home, server, script, public_url }
    }

    /// Changes the ticket as a person does on the screens.
    async fn change(&self, change: Value) {
        let url = format!("{}/_sandbox/members/jnovak/tickets/{TICKET}", self.peer.url());
        send(client().patch(url).json(&change)).await.unwrap().ok();
    }

    async fn close(&self) {
        self.change(json!([{ "op": "replace", "path": "status", "value": { "name": ">Closed" } }])).await;
    }

    /// The callbacks that were sent.
    async fn sent(&self) -> Vec<Value> {
        let sent = send(client().get(format!("{}/_sandbox/callbacks", self.peer.url()))).await.unwrap().ok();
        sent.as_array().unwrap().clone()
    }

    /// The newest callback once it was answered.
    async fn answered(&self) -> Value {
        for _ in 0..200 {
            if let Some(sent) =
                self.sent().await.pop().filter(|it| !it["statuses"].as_array().unwrap().is_empty())
            {
                return sent;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("no callback was sent:\n{}", self.home.log());
    }

    /// What the session's thread was told of changes elsewhere, once there is something.
    async fn told(&self, session: &str) -> Vec<String> {
        for _ in 0..200 {
            let messages = self.script.all(&format!("/api/v1/ai-sessions/{session}/messages")).await;
            let texts = messages.iter().filter_map(|it| it["text"].as_str());
            let told: Vec<String> =
                texts.filter(|text| text.contains("elsewhere")).map(str::to_owned).collect();
            if !told.is_empty() {
                return told;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("nothing was told:\n{}", self.home.log());
    }

    async fn session(&self) -> String {
        let session = self.script.session(&json!({ "ticket_id": TICKET })).await;
        self.script.drained(Duration::from_secs(30)).await;
        session
    }
}

/// Posts a callback.
async fn post(url: &str, signature: Option<&str>, body: &str) -> Answer {
    let request = client().request(Method::POST, url).header("content-type", "application/json");
    let request = match signature {
        Some(signature) => request.header("x-content-signature", signature),
        None => request,
    };
    send(request.body(body.to_owned())).await.unwrap()
}

#[tokio::test]
async fn a_ticket_that_is_closed_elsewhere_is_said_in_the_thread_within_moments() {
    let it = Watching::start("").await;
    let session = it.session().await;
    it.close().await;
    assert_eq!(it.answered().await["statuses"], json!([204]));
    let told = it.told(&session).await;
    assert!(
        told.len() == 1 && told[0].contains(&format!("Ticket #{TICKET} was closed elsewhere")),
        "{told:?}"
    );
    let shown = it.script.get(&format!("/api/v1/ai-sessions/{session}")).await.ok();
    assert_eq!((&shown["ticket"]["closed"], &shown["ticket"]["status"]), (&json!(true), &json!(">Closed")));
    let doctor = it.home.run(&["psa", "doctor"]).await;
    assert!(doctor.out.contains("ok    callbacks: registered; the last one came at"), "{}", doctor.out);
}

#[tokio::test]
async fn what_is_not_the_ticket_systems_own_is_refused_and_does_nothing() {
    let it = Watching::start("").await;
    let session = it.session().await;
    it.close().await;
    let sent = it.answered().await;
    it.told(&session).await;
    let text = |name: &str| sent[name].as_str().unwrap().to_owned();
    let (url, signature, body) = (text("url"), text("signature"), text("body"));
    let asked = async || {
        let requests = send(client().get(format!("{}/_sandbox/requests", it.peer.url()))).await.unwrap().ok();
        // Whether the connection works is looked at now and then.
        let is_of_tickets =
            |it: &&Value| it["path"].as_str().is_some_and(|path| !path.ends_with("/system/info"));
        requests.as_array().unwrap().iter().filter(is_of_tickets).count()
    };
    it.script.drained(Duration::from_secs(30)).await;
    let before = asked().await;
    post(&url, None, &body).await.is_problem(401, "x-content-signature");
    post(&url, Some("Zm9yZ2Vk"), &body).await.is_problem(401, "does not fit");
    post(&url, Some(&signature), &body.replace("updated", "deleted")).await.is_problem(401, "does not fit");
    let elsewhere = body.replace(&it.peer.url(), "http://127.0.0.1:9");
    post(&url, Some(&signature), &elsewhere).await.is_problem(401, "key");
    post(&url, Some(&signature), "{").await.is_problem(422, "callback");
    let oversize = format!("{body}{}", " ".repeat(300 * 1024));
    assert_eq!(post(&url, Some(&signature), &oversize).await.status, 413);
    let (stem, secret) = url.split('?').next().unwrap().rsplit_once('/').unwrap();
    post(&format!("{stem}/guess"), Some(&signature), &body).await.is_problem(404, "");
    let unknown = format!("{}/psa/callbacks/01890a5d-ac96-774b-bcce-b302099a8057/{secret}", it.server.url());
    post(&unknown, Some(&signature), &body).await.is_problem(404, "");
    // What was taken before is taken once more, as a redelivery is, and changes nothing.
    assert_eq!(post(&url, Some(&signature), &body).await.status, 204);
    it.script.drained(Duration::from_secs(30)).await;
    assert_eq!(it.told(&session).await.len(), 1);
    assert_eq!(asked().await, before, "nothing was asked of the ticket system");
    assert!(!it.home.log().contains(secret), "the address is nobody else's business");
}

#[tokio::test]
async fn a_callback_that_was_acknowledged_survives_the_death_of_the_server() {
    let it = Watching::start("[queue]\nwork = false\n").await;
    it.close().await;
    assert_eq!(it.answered().await["statuses"], json!([204]));
    let Watching { peer, home, server, public_url, .. } = it;
    server.kill().await;
    home.configure(&format!("public_url = \"{public_url}\"\n"));
    let server = home.serve().await;
    let script = Caller::script(&home, &server, None).await;
    script.drained(Duration::from_secs(30)).await;
    let doctor = home.run(&["psa", "doctor"]).await;
    assert!(doctor.out.contains("the last one came at"), "{}", doctor.out);
    drop(peer);
}

#[tokio::test]
async fn without_callbacks_the_sweep_sees_it() {
    let peer = Peer::start().await;
    let home = Home::started("[queue]\nticket_sweep_seconds = 1\n").await;
    let told = connect(&home, &peer).await;
    assert!(told.out.contains("note  callbacks: none come: public_url"), "{}", told.out);
    let server = home.serve().await;
    let script = Caller::script(&home, &server, None).await;
    let it = Watching { peer, home, server, script, public_url: String::new() };
    let session = it.session().await;
    it.close().await;
    assert_eq!(it.told(&session).await.len(), 1);
    assert!(it.sent().await.is_empty());
}

#[tokio::test]
async fn callbacks_follow_the_public_address_and_end_with_the_connection() {
    let it = Watching::start("").await;
    it.home.configure(&format!("public_url = \"http://localhost:{}\"\n", free_port()));
    let entries = async || {
        let request = client()
            .get(format!("{}/v4_6_release/apis/3.0/system/callbacks", it.peer.url()))
            .basic_auth("acme+public", Some("private"))
            .header("clientId", "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a");
        send(request).await.unwrap().ok().as_array().unwrap().clone()
    };
    let before = entries().await;
    assert_eq!(before.len(), 1);
    let stale = it.home.run(&["psa", "doctor"]).await;
    assert!(stale.out.contains("note  callbacks: not registered"), "{}", stale.out);
    let moved = it.home.run(&["psa", "install-callbacks"]).await;
    assert!(moved.code == 0 && moved.out.contains("up to date now"), "{}{}", moved.out, moved.err);
    let again = it.home.run(&["psa", "install-callbacks"]).await;
    assert!(again.out.contains("nothing was changed"), "{}", again.out);
    let after = entries().await;
    assert_eq!((after.len(), &after[0]["id"]), (1, &before[0]["id"]));
    assert!(after[0]["url"].as_str().unwrap().starts_with("http://localhost:"));
    assert_eq!(it.home.run(&["psa", "remove", "ConnectWise"]).await.code, 0);
    assert!(entries().await.is_empty());
}
