//! What is around a ticket: customer, contact, devices, notes, and similar tickets that were closed.
//!
//! Each part is a few bounded requests and fails for itself. All together they may take so long and no longer: notes
//! are posted to the ticket in the same lane.

use std::time::Duration;

use serde::Deserialize;
use tokio::time::{Instant, timeout_at};

use super::call::Call;
use super::{ConnectWise, record_id, text, wire};
use crate::psa::context::{
    ContextPart, CustomerCompany, CustomerContact, Device, MOST_DEVICES, MOST_NOTES, MOST_SIMILAR,
    MissingPart, SimilarTicket,
};
use crate::psa::{Audience, Psa as _, PsaError, Ticket, TicketContext};

const LONGEST: Duration = Duration::from_secs(20);
/// Words that are looked for in the summaries of other tickets.
const MOST_WORDS: usize = 4;
/// Shorter ones say too little.
const SHORTEST_WORD: usize = 4;
/// Tickets of which the most alike are chosen.
const CANDIDATES: &str = "50";
/// Tickets whose resolution is read.
const RESOLUTIONS: usize = 3;
const SIMILAR_FIELDS: &str = "id,summary,closedFlag,status,company,_info";
const DEVICE_FIELDS: &str =
    "id,name,type,manufacturer,modelNumber,serialNumber,osType,osInfo,ipAddress,lastLoginName";

/// Whom a ticket refers to.
#[derive(Deserialize)]
struct People {
    company: Option<wire::Reference>,
    contact: Option<wire::Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CompanyRecord {
    name: Option<String>,
    phone_number: Option<String>,
    website: Option<String>,
    status: Option<wire::Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ContactRecord {
    first_name: Option<String>,
    last_name: Option<String>,
    title: Option<String>,
    communication_items: Option<Vec<CommunicationItem>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CommunicationItem {
    communication_type: Option<String>,
    value: Option<String>,
    default_flag: Option<bool>,
}

#[derive(Deserialize)]
struct DeviceReference {
    id: Option<i32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeviceRecord {
    id: i32,
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<wire::Reference>,
    manufacturer: Option<wire::Reference>,
    model_number: Option<String>,
    serial_number: Option<String>,
    os_type: Option<String>,
    os_info: Option<String>,
    ip_address: Option<String>,
    last_login_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SimilarRecord {
    company: Option<wire::Reference>,
    #[serde(flatten)]
    ticket: wire::TicketRecord,
}

/// Everything around a ticket, as far as it can be read.
pub(super) async fn read(psa: &ConnectWise, ticket: &Ticket) -> TicketContext {
    let mut reading = Reading { until: Instant::now() + LONGEST, missing: Vec::new() };
    let Ok(id) = record_id("ticket", &ticket.id) else { return TicketContext::default() };
    let people = reading.part(ContextPart::Ticket, people(psa, id)).await;
    let (company, contact) = people.map_or((None, None), |it| (id_of(it.company), id_of(it.contact)));
    let mut context = TicketContext::default();
    if let Some(company) = company {
        context.company = reading.part(ContextPart::Company, company_of(psa, company)).await.flatten();
    }
    if let Some(contact) = contact {
        context.contact = reading.part(ContextPart::Contact, contact_of(psa, contact)).await.flatten();
    }
    context.devices = reading.part(ContextPart::Devices, devices(psa, id)).await.unwrap_or_default();
    let notes = reading.part(ContextPart::Notes, psa.notes(&ticket.id)).await.unwrap_or_default();
    context.notes = notes.into_iter().rev().take(MOST_NOTES).rev().collect();
    context.similar =
        reading.part(ContextPart::Similar, similar(psa, ticket, company)).await.unwrap_or_default();
    context.missing = reading.missing;
    context
}

/// Parts that are read one after the other.
struct Reading {
    until: Instant,
    missing: Vec<MissingPart>,
}

impl Reading {
    /// Reads a part, or notes why it is missing.
    async fn part<T>(
        &mut self,
        part: ContextPart,
        read: impl Future<Output = Result<T, PsaError>>,
    ) -> Option<T> {
        let why = match timeout_at(self.until, read).await {
            Ok(Ok(found)) => return Some(found),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the ticket system takes too long".to_owned(),
        };
        tracing::info!(%part, why, "a part around a ticket is missing");
        self.missing.push(MissingPart { part, why });
        None
    }
}

fn id_of(reference: Option<wire::Reference>) -> Option<i32> {
    reference.and_then(|it| it.id).filter(|id| *id > 0)
}

async fn people(psa: &ConnectWise, ticket: i32) -> Result<People, PsaError> {
    let call = Call::get(format!("ticket {ticket}"), ["service", "tickets", &ticket.to_string()])
        .query("fields", "id,company,contact");
    Ok(psa.client.read(&call).await?.body)
}

async fn company_of(psa: &ConnectWise, id: i32) -> Result<Option<CustomerCompany>, PsaError> {
    let call = Call::get("the ticket's company", ["company", "companies", &id.to_string()])
        .query("fields", "id,name,phoneNumber,website,status");
    let found = psa.client.look_up::<CompanyRecord>(&call).await?;
    Ok(found.map(|it| CustomerCompany {
        name: it.name.unwrap_or_default(),
        phone: it.phone_number,
        website: it.website,
        status: wire::name_of(it.status),
    }))
}

async fn contact_of(psa: &ConnectWise, id: i32) -> Result<Option<CustomerContact>, PsaError> {
    let call = Call::get("the ticket's contact", ["company", "contacts", &id.to_string()])
        .query("fields", "id,firstName,lastName,title,communicationItems");
    let found = psa.client.look_up::<ContactRecord>(&call).await?;
    Ok(found.map(ContactRecord::into_contact))
}

impl ContactRecord {
    fn into_contact(self) -> CustomerContact {
        let name = [self.first_name, self.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
        let items = self.communication_items.unwrap_or_default();
        let by = |kind: &str| {
            let of_kind = |it: &&CommunicationItem| it.communication_type.as_deref() == Some(kind);
            let usual = items.iter().filter(of_kind).find(|it| it.default_flag == Some(true));
            usual.or_else(|| items.iter().find(of_kind)).and_then(|it| it.value.clone())
        };
        CustomerContact {
            name: name.trim().to_owned(),
            title: self.title,
            email: by("Email"),
            phone: by("Phone"),
        }
    }
}

async fn devices(psa: &ConnectWise, ticket: i32) -> Result<Vec<Device>, PsaError> {
    let most = MOST_DEVICES.to_string();
    let path = ["service", "tickets", &ticket.to_string(), "configurations"];
    let call = Call::get("the ticket's devices", path).query("pageSize", most.as_str());
    let named: Vec<DeviceReference> = psa.client.read(&call).await?.body;
    let ids: Vec<String> =
        named.into_iter().filter_map(|it| it.id).take(MOST_DEVICES).map(|id| id.to_string()).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let call = Call::get("the ticket's devices", ["company", "configurations"])
        .query("conditions", format!("id in ({})", ids.join(",")))
        .query("fields", DEVICE_FIELDS)
        .query("pageSize", most);
    let found: Vec<DeviceRecord> = psa.client.read(&call).await?.body;
    Ok(found.into_iter().map(DeviceRecord::into_device).collect())
}

impl DeviceRecord {
    fn into_device(self) -> Device {
        let joined = |parts: [Option<String>; 2]| {
            let parts: Vec<String> = parts.into_iter().flatten().filter(|it| !it.trim().is_empty()).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        Device {
            id: self.id.to_string(),
            name: self.name.unwrap_or_default(),
            kind: wire::name_of(self.kind),
            model: joined([wire::name_of(self.manufacturer), self.model_number]),
            serial_number: self.serial_number,
            operating_system: joined([self.os_type, self.os_info]),
            ip_address: self.ip_address,
            last_login: self.last_login_name,
        }
    }
}

/// The words of a summary that other tickets are looked for by: the longest ones.
fn telling_words(summary: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in summary.split(|c: char| !c.is_alphanumeric()) {
        let word = text::searchable(word).to_lowercase();
        if word.chars().count() >= SHORTEST_WORD && !words.contains(&word) {
            words.push(word);
        }
    }
    words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
    words.truncate(MOST_WORDS);
    words
}

/// How many of the words a summary has.
fn in_common(summary: &str, words: &[String]) -> usize {
    let summary = summary.to_lowercase();
    words.iter().filter(|word| summary.contains(word.as_str())).count()
}

async fn similar(
    psa: &ConnectWise,
    ticket: &Ticket,
    company: Option<i32>,
) -> Result<Vec<SimilarTicket>, PsaError> {
    let words = telling_words(&ticket.summary);
    let id = record_id("ticket", &ticket.id)?;
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let any: Vec<String> = words.iter().map(|word| format!("summary contains \"{word}\"")).collect();
    let call = Call::get("similar tickets", ["service", "tickets"])
        .query("conditions", format!("closedFlag=true and id != {id} and ({})", any.join(" or ")))
        .query("fields", SIMILAR_FIELDS)
        .query("orderBy", "id desc")
        .query("pageSize", CANDIDATES);
    let found: Vec<SimilarRecord> = psa.client.read(&call).await?.body;
    // Newest first, and sorting keeps that among those that are equally alike.
    let mut alike: Vec<(usize, SimilarTicket)> = found
        .into_iter()
        .map(|SimilarRecord { company: of, ticket }| {
            let same_company = company.is_some() && id_of(of) == company;
            let ticket = psa.to_ticket(ticket);
            let common = in_common(&ticket.summary, &words);
            (2 * common + usize::from(same_company), into_similar(ticket, same_company))
        })
        .collect();
    alike.sort_by_key(|(common, _)| std::cmp::Reverse(*common));
    let mut similar: Vec<SimilarTicket> = alike.into_iter().take(MOST_SIMILAR).map(|(_, it)| it).collect();
    for ticket in similar.iter_mut().take(RESOLUTIONS) {
        ticket.resolution = resolution(psa, &ticket.id).await?;
    }
    Ok(similar)
}

fn into_similar(ticket: Ticket, same_company: bool) -> SimilarTicket {
    SimilarTicket {
        id: ticket.id,
        summary: ticket.summary,
        status: ticket.status,
        same_company,
        updated_at: ticket.updated_at,
        resolution: None,
        url: ticket.url,
    }
}

/// The newest note in the place of a ticket's resolution. Without the right to read notes there is none.
async fn resolution(psa: &ConnectWise, ticket: &str) -> Result<Option<String>, PsaError> {
    let notes = match psa.newest_notes(record_id("ticket", ticket)?, 1).await {
        Ok(notes) => notes,
        Err(PsaError::Forbidden(_) | PsaError::NotFound(_)) => return Ok(None),
        Err(error) => return Err(error),
    };
    let found = notes.into_iter().find(|note| note.placement() == Audience::Resolution);
    Ok(found.map(wire::NoteRecord::readable_text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_tickets_are_looked_for_by_the_words_that_say_most() {
        let words = telling_words("Re: VPN \"disconnects\" every hour, VPN client 5.2 on laptop");
        assert_eq!(words, ["disconnects", "client", "laptop", "every"]);
        assert!(telling_words("the PC").is_empty());
    }

    #[test]
    fn a_word_cannot_leave_its_quotes() {
        let words = telling_words("x\" or closedFlag=false or summary contains \"y");
        assert!(words.iter().all(|word| word.chars().all(char::is_alphanumeric)), "{words:?}");
    }

    #[test]
    fn a_contacts_usual_address_is_shown() {
        let record = serde_json::json!({ "firstName": "Ada", "lastName": "L", "communicationItems": [
            { "communicationType": "Email", "value": "old@example.com" },
            { "communicationType": "Email", "value": "ada@example.com", "defaultFlag": true },
            { "communicationType": "Phone", "value": "555-0100" },
        ]});
        let contact = serde_json::from_value::<ContactRecord>(record).unwrap().into_contact();
        assert_eq!((contact.name.as_str(), contact.email.as_deref()), ("Ada L", Some("ada@example.com")));
        assert_eq!(contact.phone.as_deref(), Some("555-0100"));
    }
}
