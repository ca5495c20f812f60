//! The ConnectWise sandbox, connected to a team over HTTP.

use std::time::Duration;

use flowpilot::copilot::{self, Beginning};
use flowpilot::psa::connection::save_connectwise;
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::store::SessionId;
use flowpilot_sandbox::{ContactSeed, Level, Priority, Sandbox, SandboxConfig, TicketSeed};
use serde_json::Value;

use super::World;

/// The one ticket that there is.
pub(crate) const TICKET: &str = "10421";

fn ticket() -> TicketSeed {
    TicketSeed {
        id: 10_421,
        summary: "Silence in every call".to_owned(),
        description: "I hear nobody since my desk was moved.".to_owned(),
        company: "Birchwood Legal LLP".to_owned(),
        contact: Some(ContactSeed {
            first_name: "Imogen".to_owned(),
            last_name: "Clarke".to_owned(),
            email: "imogen.clarke@birchwood.example.com".to_owned(),
            phone: "555-0100".to_owned(),
        }),
        board: "Help Desk".to_owned(),
        priority: Priority::Medium,
        severity: Level::Medium,
        impact: Level::Low,
        category: Some("Microsoft 365".to_owned()),
        age_minutes: 41,
    }
}

/// A ticket system that the team is connected to.
pub(crate) struct TicketSystem {
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl TicketSystem {
    /// Starts one and connects the team to it.
    pub(crate) async fn connect(world: &World) -> Self {
        let config = SandboxConfig { tickets: vec![ticket()], ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        let http = flowpilot::http::client(Duration::from_secs(5)).unwrap();
        let system = Self { sandbox, http };
        system.save_connection(world, "private").await;
        system
    }

    /// Connects the team with this private key.
    pub(crate) async fn save_connection(&self, world: &World, private_key: &str) {
        let config = ConnectWiseConfig {
            site: self.sandbox.url(),
            company_id: "acme".to_owned(),
            public_key: "public".to_owned(),
            private_key: private_key.into(),
            client_id: "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a".to_owned(),
        };
        save_connectwise(&world.engine, world.team, "Sandbox", &config).await.unwrap();
    }

    /// A session about [`TICKET`].
    pub(crate) async fn session(&self, world: &World) -> SessionId {
        let beginning = Beginning::new(world.thread(), Some(TICKET.to_owned()), None);
        copilot::begin(&world.engine, &world.engineer, beginning).await.unwrap().id
    }

    /// Makes a fault happen.
    pub(crate) async fn fault(&self, fault: Value) {
        let url = format!("{}/_sandbox/faults", self.sandbox.url());
        self.http.post(url).json(&fault).send().await.unwrap().error_for_status().unwrap();
    }

    /// Takes back the faults that have not happened yet.
    pub(crate) async fn mend(&self) {
        let url = format!("{}/_sandbox/faults", self.sandbox.url());
        self.http.delete(url).send().await.unwrap().error_for_status().unwrap();
    }

    /// The texts of FlowPilot's notes in the tickets.
    pub(crate) async fn notes(&self) -> Vec<String> {
        let texts =
            self.look("notes").await.into_iter().filter_map(|note| Some(note["text"].as_str()?.to_owned()));
        texts.filter(|text| text.contains("\n\nRef FP")).collect()
    }

    /// How many requests with this method came for notes.
    pub(crate) async fn requests(&self, method: &str) -> usize {
        let of_notes = |it: &Value| it["path"].as_str().is_some_and(|path| path.contains("/notes"));
        self.look("requests").await.iter().filter(|it| it["method"] == method && of_notes(it)).count()
    }

    async fn look(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/_sandbox/{what}", self.sandbox.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }
}
