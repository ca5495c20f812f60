//! Tickets to start with, and the companies, contacts, boards and members around them.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::dates;
use crate::error::SandboxError;
use crate::records::{Document, Records, Table};
use crate::schema::NEW_STATUS;

/// The member on whose behalf API calls act; notes without an author are theirs.
pub(crate) const API_MEMBER: &str = "FlowPilotAPI";

/// How soon a ticket is to be worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Priority {
    /// Everything stands still.
    Critical,
    /// Many people or one whole site.
    High,
    /// One person cannot work.
    Medium,
    /// It can wait.
    Low,
}

/// How bad, or how wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

/// The person who reported a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSeed {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address; also what tells two contacts apart.
    pub email: String,
    /// Telephone number, in any form.
    pub phone: String,
}

/// A ticket that the sandbox has from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TicketSeed {
    /// Ticket number, 1 or more; unique among the seeds.
    pub id: i32,
    /// Subject, 1 to 100 characters.
    pub summary: String,
    /// What was reported; becomes the first note of the ticket. May be empty.
    pub description: String,
    /// Company name; a company is made for each new name.
    pub company: String,
    /// Who reported it.
    pub contact: Option<ContactSeed>,
    /// Service board name; a board with the usual statuses is made for each new name.
    pub board: String,
    /// How soon.
    pub priority: Priority,
    /// How bad.
    pub severity: Level,
    /// How wide.
    pub impact: Level,
    /// Ticket type, as the board calls it.
    pub category: Option<String>,
    /// How long before the start of the sandbox it was entered, in minutes.
    pub age_minutes: u32,
}

/// A person who signs in to the sandbox's screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberSeed {
    /// Login name, at most 15 characters.
    pub identifier: String,
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// E-mail address.
    pub email: String,
}

impl Priority {
    fn index(self) -> usize {
        match self {
            Self::Critical => 0,
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }
}

impl Level {
    fn word(self) -> &'static str {
        match self {
            Self::Low => "Low",
            Self::Medium => "Medium",
            Self::High => "High",
        }
    }
}

/// The priorities of the server, most urgent first, as references.
pub(crate) fn priorities() -> [Document; 4] {
    let names = ["Priority 1 - Critical", "Priority 2 - High", "Priority 3 - Medium", "Priority 4 - Low"];
    let mut place = 0;
    names.map(|name| {
        place += 1;
        document(json!({ "id": place, "name": name, "sort": place }))
    })
}

/// The priority of a ticket for which none was given.
pub(crate) fn default_priority() -> Value {
    let [_, _, medium, _] = priorities();
    Value::Object(medium)
}

/// Refuses tickets that the real server could not have.
pub(crate) fn check(seeds: &[TicketSeed]) -> Result<(), SandboxError> {
    let mut seen = BTreeSet::new();
    for seed in seeds {
        let rule = if seed.id < 1 {
            "its id must be 1 or more"
        } else if !seen.insert(seed.id) {
            "its id is used twice"
        } else if seed.summary.trim().is_empty() {
            "its summary is empty"
        } else if seed.summary.chars().count() > 100 {
            "its summary is longer than 100 characters"
        } else if seed.company.trim().is_empty() || seed.board.trim().is_empty() {
            "it needs a company and a board"
        } else {
            continue;
        };
        return Err(SandboxError::Seed { id: seed.id, rule });
    }
    Ok(())
}

/// Adds the members and the tickets that are not there yet. Answers whether anything was added.
pub(crate) fn add(
    records: &mut Records,
    seeds: &[TicketSeed],
    members: &[MemberSeed],
    now: OffsetDateTime,
) -> bool {
    let mut added = records.members.is_empty();
    if added {
        let usual = usual_members();
        let people = if members.is_empty() { &usual[..] } else { members };
        for member in people {
            add_member(records, member, "F", now);
        }
        add_member(records, &api_member(), "A", now);
    }
    for member in members {
        added |= add_member(records, member, "F", now);
    }
    for seed in seeds {
        if !records.tickets.contains_key(&seed.id) {
            add_ticket(records, seed, now);
            added = true;
        }
    }
    added
}

fn add_ticket(records: &mut Records, seed: &TicketSeed, now: OffsetDateTime) {
    let entered =
        now.checked_sub(Duration::minutes(i64::from(seed.age_minutes))).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let entered = dates::format(entered);
    let company = company(records, &seed.company, &entered);
    let board = board(records, &seed.board, &entered);
    let mut ticket = document(json!({
        "id": seed.id,
        "summary": seed.summary,
        "board": { "id": board, "name": seed.board },
        "status": records.default_status(board),
        "company": company,
        "severity": seed.severity.word(),
        "impact": seed.impact.word(),
    }));
    ticket.insert("priority".to_owned(), Value::Object(priorities()[seed.priority.index()].clone()));
    if let Some(contact) = &seed.contact {
        let id = self::contact(records, contact, &company, &entered);
        let name = format!("{} {}", contact.first_name, contact.last_name);
        ticket.insert("contact".to_owned(), json!({ "id": id, "name": name }));
        ticket.insert("contactName".to_owned(), Value::String(name));
        ticket.insert("contactEmailAddress".to_owned(), Value::String(contact.email.clone()));
        ticket.insert("contactPhoneNumber".to_owned(), Value::String(contact.phone.clone()));
    }
    if let Some(category) = &seed.category {
        let id = ensure(&mut records.types, "name", category, |id| json!({ "id": id, "name": category }));
        ticket.insert("type".to_owned(), json!({ "id": id, "name": category }));
    }
    crate::tickets::add_fixed_members(&mut ticket, &entered, "Email Connector");
    records.put_ticket(seed.id, ticket);
    if let Some(contact) = &seed.contact {
        let device = workstation(records, contact, &company, &entered);
        records.ticket_configurations.insert(seed.id, vec![device]);
    }
    if !seed.description.trim().is_empty() {
        crate::notes::add_initial(
            records,
            seed.id,
            "detailDescriptionFlag",
            &seed.description,
            &entered,
            "Email Connector",
        );
    }
}

/// The computer that somebody works at.
fn workstation(records: &mut Records, contact: &ContactSeed, company: &Value, entered: &str) -> i32 {
    let name = format!("PC-{}", contact.last_name.to_uppercase());
    ensure(&mut records.configurations, "lastLoginName", &contact.email, |id| {
        json!({
            "id": id,
            "name": name,
            "type": { "id": 1, "name": "Workstation" },
            "company": company,
            "osType": "Windows 11 Pro",
            "lastLoginName": contact.email,
            "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
        })
    })
}

fn company(records: &mut Records, name: &str, entered: &str) -> Value {
    let identifier: String = name.chars().filter(|c| c.is_ascii_alphanumeric()).take(25).collect();
    let id = ensure(&mut records.companies, "name", name, |id| {
        json!({
            "id": id,
            "identifier": identifier,
            "name": name,
            "status": { "id": 1, "name": "Active" },
            "deletedFlag": false,
            "customFields": [],
            "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
        })
    });
    json!({ "id": id, "identifier": identifier, "name": name })
}

fn contact(records: &mut Records, contact: &ContactSeed, company: &Value, entered: &str) -> i32 {
    let has_address = |it: &Document| {
        let items = it.get("communicationItems").and_then(Value::as_array);
        items.is_some_and(|items| items.iter().any(|item| item["value"] == contact.email.as_str()))
    };
    if let Some((id, _)) = records.contacts.iter().find(|(_, it)| has_address(it)) {
        return *id;
    }
    insert(&mut records.contacts, |id| {
        json!({
            "id": id,
            "firstName": contact.first_name,
            "lastName": contact.last_name,
            "company": company,
            "inactiveFlag": false,
            "communicationItems": [
                {
                    "id": id * 2 - 1, "type": { "id": 1, "name": "Email" }, "value": contact.email,
                    "defaultFlag": true, "communicationType": "Email",
                },
                {
                    "id": id * 2, "type": { "id": 2, "name": "Direct" }, "value": contact.phone,
                    "defaultFlag": true, "communicationType": "Phone",
                },
            ],
            "customFields": [],
            "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
        })
    })
}

fn board(records: &mut Records, name: &str, entered: &str) -> i32 {
    let known = records.boards.len();
    let id = ensure(&mut records.boards, "name", name, |id| {
        json!({
            "id": id,
            "name": name,
            "location": { "id": 1, "name": "Head Office" },
            "department": { "id": 1, "identifier": "Services", "name": "Services" },
            "inactiveFlag": false,
            "projectFlag": false,
            "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
        })
    });
    if records.boards.len() > known {
        add_statuses(records, id, name, entered);
    }
    id
}

/// The usual statuses. "Resolved" is not a closed status, as on many real boards: clients that take
/// `closedFlag` for "done" should be caught by it.
fn add_statuses(records: &mut Records, board: i32, board_name: &str, entered: &str) {
    let statuses = [
        (NEW_STATUS, "NotResponded", false),
        ("In Progress", "Responded", false),
        ("Waiting on Client", "NoEscalation", false),
        ("Escalated", "ResolutionPlan", false),
        ("Resolved", "Resolved", false),
        (">Closed", "Resolved", true),
    ];
    for (place, (name, escalation, closed)) in statuses.into_iter().enumerate() {
        insert(&mut records.statuses, |id| {
            json!({
                "id": id,
                "name": name,
                "board": { "id": board, "name": board_name },
                "sortOrder": place * 10,
                "displayOnBoard": !closed,
                "inactive": false,
                "closedStatus": closed,
                "timeEntryNotAllowed": false,
                "defaultFlag": name == NEW_STATUS,
                "escalationStatus": escalation,
                "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
            })
        });
    }
}

/// The people of a server for which none were given.
fn usual_members() -> [MemberSeed; 3] {
    [("arivera", "Alex", "Rivera"), ("jnovak", "Jamie", "Novak"), ("spatel", "Sam", "Patel")]
        .map(|(identifier, first, last)| member(identifier, first, last))
}

fn api_member() -> MemberSeed {
    member(API_MEMBER, "FlowPilot", "API")
}

fn member(identifier: &str, first: &str, last: &str) -> MemberSeed {
    MemberSeed {
        identifier: identifier.to_owned(),
        first_name: first.to_owned(),
        last_name: last.to_owned(),
        email: format!("{}@msp.example.com", identifier.to_ascii_lowercase()),
    }
}

/// Adds a member that is not there yet; answers whether it was added.
fn add_member(records: &mut Records, member: &MemberSeed, license: &str, now: OffsetDateTime) -> bool {
    let entered = dates::format(now);
    let known = records.members.len();
    ensure(&mut records.members, "identifier", &member.identifier, |id| {
        json!({
            "id": id,
            "identifier": member.identifier,
            "licenseClass": license,
            "firstName": member.first_name,
            "lastName": member.last_name,
            "title": if license == "F" { "Engineer" } else { "" },
            "hireDate": "2022-03-01T00:00:00Z",
            "inactiveFlag": false,
            "primaryEmail": member.email,
            "officeEmail": member.email,
            "defaultEmail": "Office",
            "defaultPhone": "Office",
            "securityRole": if license == "F" {
                json!({ "id": 1, "name": "Service Desk" })
            } else {
                json!({ "id": 2, "name": "FlowPilot API" })
            },
            "customFields": [],
            "_info": { "lastUpdated": entered, "updatedBy": API_MEMBER },
        })
    });
    records.members.len() > known
}

/// The id of the record whose `key` is `value`, made if it is not there.
fn ensure(table: &mut Table, key: &str, value: &str, make: impl FnOnce(i32) -> Value) -> i32 {
    let known = table.iter().find(|(_, record)| record.get(key).and_then(Value::as_str) == Some(value));
    match known {
        Some((id, _)) => *id,
        None => insert(table, make),
    }
}

fn insert(table: &mut Table, make: impl FnOnce(i32) -> Value) -> i32 {
    let id = table.last_key_value().map_or(1, |(last, _)| last + 1);
    table.insert(id, document(make(id)).into());
    id
}

/// The object that a `json!({..})` is, without its empty members: the real server leaves those out.
fn document(value: Value) -> Document {
    match value {
        Value::Object(members) => members.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Document::new(),
    }
}
