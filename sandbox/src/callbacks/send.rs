//! Telling: each change of a ticket is posted to those who want to hear of it, signed as the vendor signs.
//!
//! Only addresses of this machine are called: nothing leaves it. A message that is not taken (no answer, or none of
//! success) is sent again, as it was, after a moment and once more after a longer one; how often the real server does
//! so is not public.

use std::collections::VecDeque;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac};
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use url::{Host, Url};

use super::{KEY_PATH, wants};
use crate::records::Document;
use crate::server::{App, Shared, locked};

/// Before the first attempt, and between the others.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(200), Duration::from_secs(1)];
const PATIENCE: Duration = Duration::from_secs(10);
/// Oldest ones are forgotten.
const CAPACITY: usize = 1_000;

/// A change of a ticket.
pub(crate) struct Telling {
    /// `added`, `updated` or `deleted`.
    pub(crate) action: &'static str,
    /// The ticket as it is now.
    pub(crate) ticket: Document,
    /// Who changed it, by login name.
    pub(crate) by: String,
    /// Whether the API's keys did.
    pub(crate) by_api: bool,
}

/// A message that was sent, for tests to look at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Sent {
    number: u64,
    callback: i32,
    url: String,
    signature: String,
    /// Byte for byte.
    body: String,
    /// How each attempt was answered; 0 where there was no answer.
    statuses: Vec<u16>,
}

/// What was sent.
#[derive(Default)]
pub(crate) struct Outgoing {
    sent: VecDeque<Sent>,
    last: u64,
}

impl Outgoing {
    pub(crate) fn all(&self) -> Vec<Sent> {
        self.sent.iter().cloned().collect()
    }

    fn begin(&mut self, callback: i32, url: &str, signature: &str, body: &str) -> u64 {
        self.last += 1;
        if self.sent.len() == CAPACITY {
            self.sent.pop_front();
        }
        self.sent.push_back(Sent {
            number: self.last,
            callback,
            url: url.to_owned(),
            signature: signature.to_owned(),
            body: body.to_owned(),
            statuses: Vec::new(),
        });
        self.last
    }

    fn answered(&mut self, number: u64, status: u16) {
        if let Some(sent) = self.sent.iter_mut().rev().find(|sent| sent.number == number) {
            sent.statuses.push(status);
        }
    }
}

/// Tells everybody who wants to hear of it, without waiting for them.
pub(crate) fn tell(app: &Shared, telling: &Telling) {
    let records = app.store.read();
    for (id, callback) in &records.callbacks {
        if !wants(callback, &telling.ticket, telling.by_api) {
            continue;
        }
        let (Some(key), Some(url)) =
            (records.callback_keys.get(id), callback.get("url").and_then(Value::as_str))
        else {
            continue;
        };
        let Some(ticket) = telling.ticket.get("id").and_then(Value::as_i64) else { continue };
        // The record's id is appended, whatever the address ends with.
        let url = format!("{url}{ticket}");
        if !is_here(&url) {
            tracing::info!(callback = id, "a callback to another machine is not sent");
            continue;
        }
        let body = body(app, *id, telling);
        let signature = signature(key, &body);
        let number = locked(&app.outgoing).begin(*id, &url, &signature, &body);
        let app = Shared::clone(app);
        tokio::spawn(async move { send(&app, number, &url, signature, body).await });
    }
}

async fn send(app: &App, number: u64, url: &str, signature: String, body: String) {
    for pause in PAUSES {
        tokio::time::sleep(pause).await;
        let request = app
            .http
            .post(url)
            .header("content-type", "application/json")
            .header("x-content-signature", &signature)
            .body(body.clone())
            .timeout(PATIENCE);
        let status = request.send().await.map(|answer| answer.status());
        locked(&app.outgoing).answered(number, status.as_ref().map_or(0, |status| status.as_u16()));
        match status {
            Ok(status) if status.is_success() => return,
            Ok(status) => tracing::info!(number, %status, "a callback was not taken"),
            Err(error) => tracing::info!(number, error = %error.without_url(), "a callback was not answered"),
        }
    }
}

fn body(app: &App, callback: i32, telling: &Telling) -> String {
    let base = format!("http://{}/{}", app.address, app.codebase().trim_end_matches('/'));
    let company = &app.credentials.company_id;
    let number = || RandomState::new().build_hasher().finish();
    let body = json!({
        "MessageId": format!("{:016x}{:016x}", number(), number()),
        "FromUrl": app.address.to_string(),
        "CompanyId": company,
        "MemberId": telling.by,
        "Action": telling.action,
        "Type": "ticket",
        "ID": telling.ticket.get("id"),
        "ProductInstanceId": null,
        "PartnerId": null,
        "Entity": Value::Object(telling.ticket.clone()).to_string(),
        "Metadata": { "key_url": format!("{base}{KEY_PATH}?companyName={company}&id={callback}") },
        "CallbackObjectRecId": callback,
    });
    body.to_string()
}

/// With the digest of the key, as the vendor does.
fn signature(key: &str, body: &str) -> String {
    let digest = Sha256::digest(key.as_bytes());
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&digest).map(|mac| mac.chain_update(body).finalize());
    mac.map(|mac| STANDARD.encode(mac.into_bytes())).unwrap_or_default()
}

fn is_here(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let is_local = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    is_local && url.scheme() == "http"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_this_machine() {
        assert!(is_here("http://127.0.0.1:8080/x?recordId=7") && is_here("http://localhost/x"));
        for elsewhere in
            ["https://flowpilot.example.com/x", "http://localhost.example.com", "http://10.0.0.1", "x"]
        {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
