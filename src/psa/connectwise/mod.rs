//! ConnectWise Manage over its REST interface (`/apis/3.0`).
//!
//! What always holds: a note is sent at most once by [`ConnectWise::post_note`](Psa::post_note) and a lost answer
//! is reported as such; bodies carry only what is meant (unknown members are refused, and read records are never
//! sent back); credentials go to the configured host only, and into no log or message.
//!
//! Start here for what each call asks for; `client` sends it, `failure` says what a refusal means, `site` knows
//! the addresses, `wire` the records, `text` the vendor's escapes.

mod client;
mod failure;
mod site;
mod text;
mod wire;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use self::client::{Call, Client, Page};
use super::{
    Audience, Capabilities, NoteDraft, Psa, PsaError, PsaInfo, Ticket, TicketNote, TicketPage, TicketQuery,
};

/// The interface sets no limit; longer notes are unreadable in a ticket.
const MAX_NOTE_LENGTH: usize = 8_000;
const NOTES_PER_PAGE: usize = 100;
/// How far back a marker is looked for, in pages of notes.
const MARKER_PAGES: u32 = 5;
/// The description is among the first notes of a ticket.
const FIRST_NOTES: u32 = 25;
const MAX_TICKETS: u32 = 200;
/// A ticket has some 120 members; `_info` comes only when it is listed.
const TICKET_FIELDS: &str = "id,summary,closedFlag,status,board,company,contact,contactName,priority,_info";

/// Where and as whom to speak to ConnectWise Manage.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectWiseConfig {
    /// The host that people log in to (`na.myconnectwise.net`), its API host, an on-premises host, or a whole base
    /// URL. Plain `http` is for loopback only; what follows the host is ignored.
    pub site: String,
    /// The company that logs in.
    pub company_id: String,
    /// Public half of the API member's key.
    pub public_key: String,
    /// Private half of the API member's key.
    pub private_key: SecretString,
    /// The integration's client id, a GUID from the vendor's developer site.
    pub client_id: String,
}

/// A connection to one company's ConnectWise Manage.
pub struct ConnectWise {
    client: Client,
}

impl ConnectWise {
    /// A connection. Nothing is sent yet: [`Psa::test`] tells whether it works.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the key of the configuration that cannot be.
    pub fn new(config: ConnectWiseConfig) -> crate::Result<Self> {
        Ok(Self { client: Client::new(config)? })
    }

    fn to_ticket(&self, record: wire::TicketRecord) -> Ticket {
        let url = self.client.site().ticket_link(record.id);
        record.into_ticket(url)
    }

    /// The ticket's text, kept in its first note of that kind. Without the right to read notes there is none.
    async fn description(&self, ticket: i32) -> Result<Option<String>, PsaError> {
        let call = notes_call(ticket).query("orderBy", "id asc").query("pageSize", FIRST_NOTES.to_string());
        match self.client.read::<Vec<wire::NoteRecord>>(&call).await {
            Ok(Page { body, .. }) => Ok(body
                .into_iter()
                .find(wire::NoteRecord::is_description)
                .map(wire::NoteRecord::readable_text)),
            Err(error @ (PsaError::Forbidden(_) | PsaError::NotFound(_))) => {
                tracing::warn!(ticket, %error, "the ticket is shown without its description");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    async fn newest_notes(&self, ticket: i32, page: u32) -> Result<Vec<wire::NoteRecord>, PsaError> {
        let call = notes_call(ticket)
            .query("orderBy", "id desc")
            .query("pageSize", NOTES_PER_PAGE.to_string())
            .query("page", page.to_string());
        Ok(self.client.read(&call).await?.body)
    }
}

#[async_trait]
impl Psa for ConnectWise {
    fn capabilities(&self) -> Capabilities {
        Capabilities { max_note_length: MAX_NOTE_LENGTH, note_editable: true, notify_control: true }
    }

    async fn test(&self) -> Result<PsaInfo, PsaError> {
        let call = Call::get("system information", ["system", "info"]);
        let info: wire::SystemInfo = self.client.read(&call).await?.body;
        Ok(PsaInfo { version: info.version.unwrap_or_else(|| "unknown".to_owned()) })
    }

    async fn ticket(&self, id: &str) -> Result<Option<Ticket>, PsaError> {
        let Ok(id) = record_id("ticket", id) else { return Ok(None) };
        let call = Call::get(format!("ticket {id}"), ["service", "tickets", &id.to_string()])
            .query("fields", TICKET_FIELDS);
        let Some(record) = self.client.look_up::<wire::TicketRecord>(&call).await? else { return Ok(None) };
        let description = self.description(id).await?;
        Ok(Some(Ticket { description, ..self.to_ticket(record) }))
    }

    async fn tickets(&self, query: &TicketQuery) -> Result<TicketPage, PsaError> {
        let before = query.cursor.as_deref().map(read_cursor).transpose()?;
        let mut call = Call::get("the ticket list", ["service", "tickets"])
            .query("fields", TICKET_FIELDS)
            .query("orderBy", "id desc")
            .query("page", "1")
            .query("pageSize", query.limit.clamp(1, MAX_TICKETS).to_string());
        let conditions = conditions(query, before);
        if !conditions.is_empty() {
            call = call.query("conditions", conditions);
        }
        let Page { body, has_next } = self.client.read::<Vec<wire::TicketRecord>>(&call).await?;
        let next_cursor = body.last().filter(|_| has_next).map(|last| cursor(last.id));
        let items = body.into_iter().map(|record| self.to_ticket(record)).collect();
        Ok(TicketPage { items, next_cursor })
    }

    async fn notes(&self, ticket: &str) -> Result<Vec<TicketNote>, PsaError> {
        let newest_first = self.newest_notes(record_id("ticket", ticket)?, 1).await?;
        Ok(newest_first.into_iter().rev().map(wire::NoteRecord::into_note).collect())
    }

    async fn post_note(&self, ticket: &str, note: &NoteDraft) -> Result<String, PsaError> {
        let ticket = record_id("ticket", ticket)?;
        check_length(&note.text)?;
        let body = json!({
            "text": note.text,
            placement_flag(note.audience): true,
            "processNotifications": note.notify,
        });
        let path = ["service", "tickets", &ticket.to_string(), "notes"];
        let id = self.client.create(&Call::post(format!("ticket {ticket}"), path, body)).await?;
        Ok(id.to_string())
    }

    async fn find_note(&self, ticket: &str, marker: &str) -> Result<Option<String>, PsaError> {
        let ticket = record_id("ticket", ticket)?;
        // The vendor's text filters are unproven on notes, so every text is looked at here.
        for page in 1..=MARKER_PAGES {
            let notes = self.newest_notes(ticket, page).await?;
            if let Some(found) = notes.iter().find(|note| note.contains(marker)) {
                return Ok(Some(found.id.to_string()));
            }
            if notes.len() < NOTES_PER_PAGE {
                break;
            }
        }
        Ok(None)
    }

    async fn update_note(&self, ticket: &str, note: &str, text: &str) -> Result<(), PsaError> {
        let (ticket, note) = (record_id("ticket", ticket)?, record_id("note", note)?);
        check_length(text)?;
        let path = ["service", "tickets", &ticket.to_string(), "notes", &note.to_string()];
        let body = json!([{ "op": "replace", "path": "text", "value": text }]);
        self.client.change(&Call::patch(format!("note {note} of ticket {ticket}"), path, body)).await
    }
}

fn notes_call(ticket: i32) -> Call {
    Call::get(format!("ticket {ticket}"), ["service", "tickets", &ticket.to_string(), "notes"])
}

/// Without one of these flags a note is refused; with several it would show up several times.
fn placement_flag(audience: Audience) -> &'static str {
    match audience {
        Audience::Discussion => "detailDescriptionFlag",
        Audience::Internal => "internalAnalysisFlag",
        Audience::Resolution => "resolutionFlag",
    }
}

fn check_length(text: &str) -> Result<(), PsaError> {
    let length = text.chars().count();
    if length <= MAX_NOTE_LENGTH {
        return Ok(());
    }
    Err(PsaError::Invalid(format!(
        "the note has {length} characters, and at most {MAX_NOTE_LENGTH} are sent"
    )))
}

/// Ids are positive 32-bit numbers; anything else names nothing, and never becomes part of a path.
fn record_id(what: &str, id: &str) -> Result<i32, PsaError> {
    let number = id.parse().ok().filter(|_| id.bytes().all(|b| b.is_ascii_digit()));
    number.ok_or_else(|| PsaError::NotFound(format!("{what} {}", text::cut(id, 40))))
}

fn conditions(query: &TicketQuery, before: Option<i32>) -> String {
    let words = text::searchable(query.text.as_deref().unwrap_or(""));
    let parts = [
        (!query.include_closed).then(|| "closedFlag=false".to_owned()),
        (!words.is_empty()).then(|| format!("summary contains \"{words}\"")),
        before.map(|id| format!("id<{id}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// The next page begins below the last id of this one, so that tickets which come in meanwhile move nothing.
fn cursor(last: i32) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("below:{last}"))
}

fn read_cursor(cursor: &str) -> Result<i32, PsaError> {
    let id = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        record_id("ticket", std::str::from_utf8(&bytes).ok()?.strip_prefix("below:")?).ok()
    };
    id().ok_or(PsaError::Cursor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> TicketQuery {
        TicketQuery { text: Some(text.to_owned()), ..TicketQuery::default() }
    }

    #[test]
    fn only_open_tickets_are_asked_for_unless_closed_ones_are_wanted_too() {
        assert_eq!(conditions(&TicketQuery::default(), None), "closedFlag=false");
        let all = TicketQuery { include_closed: true, ..TicketQuery::default() };
        assert_eq!(conditions(&all, None), "");
    }

    #[test]
    fn searched_text_cannot_leave_its_quotes() {
        let conditions = conditions(&query(r#"vpn" or closedFlag=true or summary contains ""#), Some(7));
        let expected =
            r#"closedFlag=false and summary contains "vpn or closedFlag=true or summary contains" and id<7"#;
        assert_eq!(conditions, expected);
    }

    #[test]
    fn a_search_for_nothing_but_forbidden_characters_lists_everything() {
        assert_eq!(conditions(&query("\"%[]\\"), None), "closedFlag=false");
    }

    #[test]
    fn a_cursor_is_read_back() {
        assert_eq!(read_cursor(&cursor(4711)), Ok(4711));
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let foreign = ["", "2", "YmVsb3c6MSBvciBpZD4w", "💥"];
        assert!(foreign.iter().all(|cursor| read_cursor(cursor) == Err(PsaError::Cursor)));
    }

    #[test]
    fn an_id_that_is_no_number_names_nothing() {
        let odd = ["", "+5", "-5", "5/../6", "abc", "99999999999", "٥"];
        assert!(odd.iter().all(|id| matches!(record_id("ticket", id), Err(PsaError::NotFound(_)))));
    }

    #[test]
    fn a_note_over_the_limit_is_refused_before_it_is_sent() {
        assert!(matches!(check_length(&"é".repeat(MAX_NOTE_LENGTH + 1)), Err(PsaError::Invalid(_))));
        assert_eq!(check_length(&"é".repeat(MAX_NOTE_LENGTH)), Ok(()));
    }
}
