//! The ConnectWise sandbox, whose requests are checked against the published interface.

use std::time::Duration;

use flowpilot_sandbox::{Credentials, Sandbox, SandboxConfig, TicketSeed, demo_tickets, tickets_from_csv};
use regex::Regex;
use serde_json::{Value, json};

use crate::contract::Checked;
use crate::http::{client, send};

/// A running sandbox.
pub(crate) struct Peer {
    sandbox: Sandbox,
    _checked: Checked,
}

/// The first of the demo's tickets, which the sandbox has unless it is told otherwise.
pub(crate) const TICKET: &str = "10421";

impl Peer {
    /// A sandbox with the demo's tickets.
    pub(crate) async fn start() -> Self {
        Self::start_with("private", demo_tickets()).await
    }

    /// A sandbox that knows another private key than usual.
    pub(crate) async fn with_private_key(key: &str) -> Self {
        Self::start_with(key, demo_tickets()).await
    }

    /// A sandbox with so many tickets, numbered from 1.
    pub(crate) async fn with_tickets(count: usize) -> Self {
        let header = "number,short_description,description,urgency,impact,category,assignment_group";
        let rows =
            (1..=count).map(|n| format!("T{n},Sign-in fails {n},The password is refused.,3,3,Access,Desk"));
        let csv: Vec<String> = std::iter::once(header.to_owned()).chain(rows).collect();
        Self::start_with("private", tickets_from_csv(csv.join("\n").as_bytes()).unwrap()).await
    }

    async fn start_with(private_key: &str, tickets: Vec<TicketSeed>) -> Self {
        let checked = Checked::default();
        let usual = SandboxConfig::default();
        let credentials = Credentials { private_key: private_key.to_owned(), ..usual.credentials.clone() };
        let config = SandboxConfig { credentials, tickets, listener: checked.listener(), ..usual };
        Self { sandbox: Sandbox::start(config).await.unwrap(), _checked: checked }
    }

    /// The section of the configuration that connects to it.
    pub(crate) fn section(&self) -> String {
        section(&self.sandbox.url(), "private")
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        self.sandbox.url()
    }

    /// The same with a private key that it does not know.
    pub(crate) fn section_with(&self, private_key: &str) -> String {
        section(&self.sandbox.url(), private_key)
    }

    /// A way to make things go wrong.
    pub(crate) fn control(&self) -> Control {
        Control { http: client(), url: self.sandbox.url() }
    }

    /// The markers of all notes that were posted, in their order.
    pub(crate) async fn markers(&self) -> Vec<String> {
        let url = format!("{}/_sandbox/notes", self.sandbox.url());
        let notes = send(client().get(url)).await.unwrap().ok();
        let texts = notes.as_array().unwrap().iter().filter_map(|note| note["text"].as_str());
        texts.filter_map(marker).collect()
    }

    pub(crate) async fn stop(self) {
        self.sandbox.stop().await;
    }
}

/// Makes things go wrong in a sandbox.
pub(crate) struct Control {
    http: reqwest::Client,
    url: String,
}

impl Control {
    /// The next request that fits meets this fault.
    pub(crate) async fn fault(&self, fault: Value) {
        send(self.http.post(format!("{}/_sandbox/faults", self.url)).json(&fault)).await.unwrap().ok();
    }

    /// The API member lacks these rights, and no others.
    pub(crate) async fn role_without(&self, missing: &[&str]) {
        let role = self.http.post(format!("{}/_sandbox/role", self.url)).json(&json!({ "missing": missing }));
        assert_eq!(send(role).await.unwrap().status, 204);
    }

    /// The next post of a note meets a fault of this kind.
    pub(crate) async fn fault_on_note(&self, kind: &str, delay: Duration) {
        let delay = u64::try_from(delay.as_millis()).unwrap();
        self.fault(json!({ "method": "POST", "path_contains": "/notes", "kind": kind, "delay_ms": delay }))
            .await;
    }
}

/// The word in a note by which it is found again.
pub(crate) fn marker(text: &str) -> Option<String> {
    let pattern = Regex::new(r"Ref (FP[A-Z2-9]{14})\b").unwrap();
    pattern.captures(text).map(|found| found[1].to_owned())
}

/// The section of a configuration that connects to a server at this address.
pub(crate) fn section(site: &str, private_key: &str) -> String {
    format!(
        "[connectwise]\nsite = \"{site}\"\ncompany_id = \"acme\"\npublic_key = \"public\"\n\
         private_key = \"{private_key}\"\nclient_id = \"6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a\"\n"
    )
}
