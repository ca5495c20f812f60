//! What helps with a ticket: who reported it and for whom, their devices, what was written last, and how similar
//! tickets ended. Read in the background, bounded, kept without secrets; every text is untrusted.
//!
//! A part that could not be read is named in [`TicketContext::missing`]; the others are here all the same.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

use super::TicketNote;
use crate::redact::secrets;
use crate::store::{ConnectionId, Db, TeamId, Tx, read, run};
use crate::{Result, Timestamp};

/// Characters of a short text at most: a name, a number, a summary.
const LONGEST_LINE: usize = 200;
/// Characters of a note or a resolution at most.
const LONGEST_TEXT: usize = 1_000;
/// Devices at most.
pub const MOST_DEVICES: usize = 10;
/// Notes at most, the newest ones.
pub const MOST_NOTES: usize = 10;
/// Similar tickets at most.
pub const MOST_SIMILAR: usize = 5;

/// The customer of a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerCompany {
    /// The name.
    pub name: String,
    /// Its telephone number.
    pub phone: Option<String>,
    /// Its web site.
    pub website: Option<String>,
    /// How the PSA counts it: `Active`.
    pub status: Option<String>,
}

/// Who reported a ticket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CustomerContact {
    /// The name.
    pub name: String,
    /// What they are at the company.
    pub title: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

/// A device that the ticket is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Device {
    /// The PSA's id.
    pub id: String,
    /// The name.
    pub name: String,
    /// What it is: `Workstation`.
    pub kind: Option<String>,
    /// Maker and model.
    pub model: Option<String>,
    /// The serial number.
    pub serial_number: Option<String>,
    /// Its operating system.
    pub operating_system: Option<String>,
    /// Its address in the network.
    pub ip_address: Option<String>,
    /// Who signed in last.
    pub last_login: Option<String>,
}

/// A closed ticket with some of the same words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SimilarTicket {
    /// The PSA's id.
    pub id: String,
    /// One line about the problem.
    pub summary: String,
    /// The status' name.
    pub status: String,
    /// Whether it was the same customer's.
    pub same_company: bool,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
    /// What its resolution says.
    pub resolution: Option<String>,
    /// Where a person opens it in the PSA.
    pub url: Option<String>,
}

/// A part of what is read around a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ContextPart {
    /// The ticket itself.
    Ticket,
    /// Its customer.
    Company,
    /// Who reported it.
    Contact,
    /// Its devices.
    Devices,
    /// Its notes.
    Notes,
    /// Similar tickets.
    Similar,
}

/// A part that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MissingPart {
    /// Which.
    pub part: ContextPart,
    /// Why, for people.
    pub why: String,
}

/// What was read around a ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketContext {
    /// The customer.
    pub company: Option<CustomerCompany>,
    /// Who reported it.
    pub contact: Option<CustomerContact>,
    /// The devices, at most 10.
    pub devices: Vec<Device>,
    /// The newest notes, oldest first, at most 10.
    pub notes: Vec<TicketNote>,
    /// Similar tickets that were closed, those first that have most in common, at most 5.
    pub similar: Vec<SimilarTicket>,
    /// What could not be read.
    pub missing: Vec<MissingPart>,
}

impl TicketContext {
    /// Nothing but the reason why.
    #[must_use]
    pub fn unread(why: impl Into<String>) -> Self {
        let missing = vec![MissingPart { part: ContextPart::Ticket, why: why.into() }];
        Self { missing, ..Self::default() }
    }

    /// The same, where parts that could not be read now are as they were read before.
    pub(crate) fn or_as_before(mut self, before: Self) -> Self {
        let missing: Vec<ContextPart> = self.missing.iter().map(|it| it.part).collect();
        let is_missing = |part| missing.contains(&part) || missing.contains(&ContextPart::Ticket);
        if is_missing(ContextPart::Company) {
            self.company = before.company;
        }
        if is_missing(ContextPart::Contact) {
            self.contact = before.contact;
        }
        if is_missing(ContextPart::Devices) {
            self.devices = before.devices;
        }
        if is_missing(ContextPart::Notes) {
            self.notes = before.notes;
        }
        if is_missing(ContextPart::Similar) {
            self.similar = before.similar;
        }
        self
    }

    /// The same, bounded and without secrets: people write passwords into tickets.
    #[must_use]
    pub fn storable(self) -> Self {
        let Self { company, contact, mut devices, mut notes, mut similar, mut missing } = self;
        devices.truncate(MOST_DEVICES);
        notes.drain(..notes.len().saturating_sub(MOST_NOTES));
        similar.truncate(MOST_SIMILAR);
        for note in &mut notes {
            note.text = text(&note.text);
            note.author = note.author.as_deref().map(line);
        }
        for ticket in &mut similar {
            ticket.summary = line(&ticket.summary);
            ticket.status = line(&ticket.status);
            ticket.resolution = ticket.resolution.as_deref().map(text);
        }
        for part in &mut missing {
            part.why = line(&part.why);
        }
        Self {
            company: company.map(CustomerCompany::storable),
            contact: contact.map(CustomerContact::storable),
            devices: devices.into_iter().map(Device::storable).collect(),
            notes,
            similar,
            missing,
        }
    }
}

impl CustomerCompany {
    fn storable(self) -> Self {
        Self {
            name: line(&self.name),
            phone: optional(self.phone),
            website: optional(self.website),
            status: optional(self.status),
        }
    }
}

impl CustomerContact {
    fn storable(self) -> Self {
        Self {
            name: line(&self.name),
            title: optional(self.title),
            email: optional(self.email),
            phone: optional(self.phone),
        }
    }
}

impl Device {
    fn storable(self) -> Self {
        Self {
            id: self.id,
            name: line(&self.name),
            kind: optional(self.kind),
            model: optional(self.model),
            serial_number: optional(self.serial_number),
            operating_system: optional(self.operating_system),
            ip_address: optional(self.ip_address),
            last_login: optional(self.last_login),
        }
    }
}

fn optional(value: Option<String>) -> Option<String> {
    value.map(|value| line(&value)).filter(|value| !value.is_empty())
}

fn line(value: &str) -> String {
    let words = value.split_whitespace().collect::<Vec<_>>().join(" ");
    cut(&secrets(&words), LONGEST_LINE)
}

fn text(value: &str) -> String {
    cut(secrets(value).trim(), LONGEST_TEXT)
}

fn cut(value: &str, most: usize) -> String {
    if value.chars().count() <= most {
        return value.to_owned();
    }
    value.chars().take(most - 1).chain(['…']).collect()
}

/// What was read around a ticket, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownContext {
    /// What was read.
    pub content: TicketContext,
    /// When reading it began.
    pub read_at: Timestamp,
}

type Row = (Json<TicketContext>, Timestamp);

const STORED: &str = "SELECT content, read_at FROM ticket_contexts WHERE team_id = $1 AND connection_id = $2 AND ticket_id = $3";

fn known(row: Option<Row>) -> Option<KnownContext> {
    row.map(|(content, read_at)| KnownContext { content: content.0, read_at })
}

/// What is known around a ticket; `None` before it was read.
///
/// # Errors
/// The database's.
pub async fn context_of(
    db: &Db,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
) -> Result<Option<KnownContext>> {
    let row: Option<Row> = read!(db, |c| {
        sqlx::query_as(STORED).bind(team).bind(connection).bind(ticket).fetch_optional(c).await
    })?;
    Ok(known(row))
}

/// As [`context_of`], within a transaction.
pub(crate) async fn context_within(
    tx: &mut Tx,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
) -> Result<Option<KnownContext>> {
    let row: Option<Row> = run!(tx, |c| {
        sqlx::query_as(STORED).bind(team).bind(connection).bind(ticket).fetch_optional(c).await
    })?;
    Ok(known(row))
}

/// Keeps what was read around a ticket, unless what is kept was read later.
pub(crate) async fn keep(
    tx: &mut Tx,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
    known: &KnownContext,
) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
            "INSERT INTO ticket_contexts (connection_id, ticket_id, team_id, content, read_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (connection_id, ticket_id) DO UPDATE SET \
             content = excluded.content, read_at = excluded.read_at WHERE ticket_contexts.read_at < excluded.read_at",
        )
        .bind(connection)
        .bind(ticket)
        .bind(team)
        .bind(Json(&known.content))
        .bind(known.read_at)
        .execute(c)
        .await
        .map(|_| ())
    })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psa::Audience;

    fn note(number: usize) -> TicketNote {
        let text = format!("{number} password: Tr0ub4dor&3 {}", "x".repeat(2 * LONGEST_TEXT));
        let id = number.to_string();
        TicketNote { id, text, placement: Audience::Internal, author: None, created_at: None }
    }

    #[test]
    fn what_is_kept_is_bounded_and_without_secrets() {
        let context = TicketContext { notes: (0..30).map(note).collect(), ..TicketContext::default() };
        let kept = context.storable();
        assert_eq!(kept.notes.len(), MOST_NOTES);
        assert_eq!(kept.notes[MOST_NOTES - 1].id, "29");
        assert!(kept.notes.iter().all(|note| note.text.chars().count() <= LONGEST_TEXT));
        assert!(!format!("{kept:?}").contains("Tr0ub4dor"));
    }
}
