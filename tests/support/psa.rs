//! The ConnectWise sandbox, connected to a team over HTTP.

use std::time::Duration;

use flowpilot::copilot::{self, Beginning};
use flowpilot::psa::account::assign;
use flowpilot::psa::connection::save_connectwise;
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::store::{ConnectionId, SessionId};
use flowpilot::team::{Caller, member};
use flowpilot_sandbox::{ContactSeed, Level, Priority, Sandbox, SandboxConfig, TicketSeed};
use serde_json::Value;

use super::World;
use super::contract::Checked;

/// The one ticket that there is.
pub(crate) const TICKET: &str = "10421";

fn ticket(id: i32) -> TicketSeed {
    TicketSeed {
        id,
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
    /// Fails the test whose requests are not as the published interface has them.
    _checked: Checked,
    sandbox: Sandbox,
    http: reqwest::Client,
}

impl TicketSystem {
    /// Starts one and connects the team to it.
    pub(crate) async fn connect(world: &World) -> Self {
        let system = Self::start().await;
        system.save_connection(world, "private").await;
        system
    }

    /// Starts one that nobody is connected to.
    pub(crate) async fn start() -> Self {
        Self::with_tickets(&[10_421]).await
    }

    /// Starts one that has tickets of these numbers, all alike.
    pub(crate) async fn with_tickets(numbers: &[i32]) -> Self {
        let tickets = numbers.iter().copied().map(ticket).collect();
        let checked = Checked::default();
        let config = SandboxConfig { tickets, listener: checked.listener(), ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        let http = flowpilot::http::client(Duration::from_secs(5)).unwrap();
        Self { _checked: checked, sandbox, http }
    }

    /// Connects the team with this private key.
    pub(crate) async fn save_connection(&self, world: &World, private_key: &str) {
        self.save_connection_as(world, "Sandbox", private_key).await;
    }

    /// As [`TicketSystem::save_connection`], under a name of its own.
    pub(crate) async fn save_connection_as(
        &self,
        world: &World,
        name: &str,
        private_key: &str,
    ) -> ConnectionId {
        let config = ConnectWiseConfig {
            site: self.sandbox.url(),
            company_id: "acme".to_owned(),
            public_key: "public".to_owned(),
            private_key: private_key.into(),
            client_id: "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a".to_owned(),
            ui_origins: Vec::new(),
        };
        save_connectwise(&world.engine, world.team, name, &config).await.unwrap()
    }

    /// The origin of its screens.
    pub(crate) fn origin(&self) -> String {
        self.sandbox.url()
    }

    /// Says that a member's account is this person's.
    pub(crate) async fn link(&self, world: &World, identifier: &str, caller: &Caller) {
        let whose = member(&world.engine.db, caller.team(), caller.member()).await.unwrap().unwrap();
        assign(&world.engine, &world.admin, &whose, None, identifier).await.unwrap();
    }

    /// What the page in the frame is told about a member who has just signed in.
    pub(crate) async fn sign_in(&self, identifier: &str) -> Value {
        let url = format!("{}/_sandbox/members/{identifier}/sign-in", self.sandbox.url());
        let told = self.http.post(url).send().await.unwrap().error_for_status().unwrap();
        told.json().await.unwrap()
    }

    /// Changes something behind its back.
    pub(crate) async fn control(&self, path: &str, body: Value) {
        let url = format!("{}/_sandbox/{path}", self.sandbox.url());
        self.http.post(url).json(&body).send().await.unwrap().error_for_status().unwrap();
    }

    /// Ends a member's sessions.
    pub(crate) async fn sign_out(&self, identifier: &str) {
        let url = format!("{}/_sandbox/members/{identifier}/sign-in", self.sandbox.url());
        self.http.delete(url).send().await.unwrap().error_for_status().unwrap();
    }

    /// How often it was asked who somebody is.
    pub(crate) async fn asked_who(&self) -> usize {
        let asks =
            |it: &Value| it["path"].as_str().is_some_and(|path| path.ends_with("/system/myMembers/info"));
        self.look("requests").await.iter().filter(|it| asks(it)).count()
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

    /// Who the authors of FlowPilot's notes are, by their login names; without a member nobody.
    pub(crate) async fn authors(&self) -> Vec<Option<String>> {
        let ours = |note: &Value| note["text"].as_str().is_some_and(|text| text.contains("\n\nRef FP"));
        let author = |note: Value| note["member"]["identifier"].as_str().map(str::to_owned);
        self.look("notes").await.into_iter().filter(ours).map(author).collect()
    }

    /// How many requests with this method came for notes.
    pub(crate) async fn requests(&self, method: &str) -> usize {
        let of_notes = |it: &Value| it["path"].as_str().is_some_and(|path| path.contains("/notes"));
        self.look("requests").await.iter().filter(|it| it["method"] == method && of_notes(it)).count()
    }

    /// Changes its ticket as a member does on the screens.
    pub(crate) async fn change_ticket(&self, member: &str, changes: Value) {
        let url = format!("{}/_sandbox/members/{member}/tickets/{TICKET}", self.sandbox.url());
        self.http.patch(url).json(&changes).send().await.unwrap().error_for_status().unwrap();
    }

    /// Deletes its ticket.
    pub(crate) async fn delete_ticket(&self) {
        let url = format!("{}/_sandbox/tickets/{TICKET}", self.sandbox.url());
        self.http.delete(url).send().await.unwrap().error_for_status().unwrap();
    }

    /// The callbacks that it sent, whether they were taken or not.
    pub(crate) async fn callbacks(&self) -> Vec<Value> {
        self.look("callbacks").await
    }

    /// Asks its interface with the connection's keys.
    pub(crate) async fn api(&self, method: reqwest::Method, path: &str, body: Value) -> Value {
        let request = self
            .http
            .request(method, format!("{}/v2026_1/apis/3.0{path}", self.sandbox.url()))
            .basic_auth("acme+public", Some("private"))
            .header("clientId", "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a");
        let request = if body.is_null() { request } else { request.json(&body) };
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// How often it was asked for its ticket.
    pub(crate) async fn reads_of_the_ticket(&self) -> usize {
        let is_read = |it: &Value| {
            it["method"] == "GET"
                && it["path"].as_str().is_some_and(|path| path.ends_with(&format!("/tickets/{TICKET}")))
        };
        self.look("requests").await.iter().filter(|it| is_read(it)).count()
    }

    /// How many notes with this marker are in the tickets.
    pub(crate) async fn marked(&self, marker: &str) -> usize {
        self.notes().await.iter().filter(|text| text.contains(marker)).count()
    }

    /// FlowPilot's notes as they are kept.
    pub(crate) async fn records(&self) -> Vec<Value> {
        let ours = |note: &Value| note["text"].as_str().is_some_and(|text| text.contains("\n\nRef FP"));
        self.look("notes").await.into_iter().filter(ours).collect()
    }

    /// The name of the ticket's status.
    pub(crate) async fn status(&self) -> String {
        let ticket =
            self.look("tickets").await.into_iter().find(|it| it["id"].as_i64() == TICKET.parse().ok());
        ticket.unwrap()["status"]["name"].as_str().unwrap().to_owned()
    }

    /// How many changes of tickets themselves were asked for.
    pub(crate) async fn changes(&self) -> usize {
        let of_ticket = |it: &Value| it["path"].as_str().is_some_and(|path| path.ends_with(TICKET));
        self.look("requests").await.iter().filter(|it| it["method"] == "PATCH" && of_ticket(it)).count()
    }

    /// The time that was posted.
    pub(crate) async fn time(&self) -> Vec<Value> {
        self.look("time").await
    }

    /// Does something as another client of the same company.
    pub(crate) async fn elsewhere(&self, method: reqwest::Method, path: &str, body: Value) {
        let url = format!("{}/v4_6_release/apis/3.0/{path}", self.sandbox.url());
        let request = self.http.request(method, url).basic_auth("acme+public", Some("private"));
        request.header("clientId", "other").json(&body).send().await.unwrap().error_for_status().unwrap();
    }

    async fn look(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/_sandbox/{what}", self.sandbox.url());
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }
}
