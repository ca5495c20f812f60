//! ConnectWise Manage over its REST interface (`/apis/3.0`).
//!
//! What always holds: a note is sent at most once by [`ConnectWise::post_note`](Psa::post_note) and a lost answer
//! is reported as such; bodies carry only what is meant (unknown members are refused, and read records are never
//! sent back); credentials go to the configured host only, at an address that may be connected to, and into no log or message.
//!
//! Start here for what each call asks for; `client` sends it, `failure` says what a refusal means, `site` knows
//! the addresses, `wire` the records, `text` the vendor's escapes, `member` asks who sits before a screen, `role` what the
//! keys may do, `hosted` registers the pod, `callback` asks to be told of changes, `around` reads what helps with a ticket,
//! `status` knows boards and statuses, `time_entry` enters time.

mod around;
mod call;
mod callback;
mod client;
mod failure;
mod hosted;
mod member;
mod role;
mod site;
mod status;
mod text;
mod time_entry;
mod wire;

use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::json;

use self::call::Call;
use self::client::{Client, Page};
use self::site::Site;
use super::{
    Audience, Board, BoardStatus, CallbackAddress, CallbackRegistration, Capabilities, ClaimForm,
    MemberClaim, MemberPage, MemberQuery, NoteDraft, PodPage, PodRegistration, ProvenMember, Psa, PsaError,
    PsaInfo, PsaMember, RightCheck, Ticket, TicketContext, TicketNote, TicketPage, TicketQuery, TicketState,
    TimeDraft,
};
use crate::http::PrivateNetworks;

/// The interface sets no limit; longer notes are unreadable in a ticket.
const MAX_NOTE_LENGTH: usize = 8_000;
const NOTES_PER_PAGE: usize = 100;
/// How far back a marker is looked for, in pages of notes.
const MARKER_PAGES: u32 = 5;
/// The description is among the first notes of a ticket.
const FIRST_NOTES: u32 = 25;
const MAX_TICKETS: u32 = 200;
const MAX_MEMBERS: u32 = 200;
/// A ticket has some 120 members; `_info` comes only when it is listed.
const TICKET_FIELDS: &str =
    "id,summary,closedFlag,status,board,company,contact,contactName,priority,owner,_info";

const MEMBER_FIELDS: &str =
    "id,identifier,firstName,lastName,inactiveFlag,licenseClass,primaryEmail,officeEmail";

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
    /// The origins of the pages that may frame the screen pod; the site that people log in to without any.
    #[serde(default)]
    pub ui_origins: Vec<String>,
}

/// A connection to one company's ConnectWise Manage.
pub struct ConnectWise {
    client: Client,
}

/// The origins whose pages may frame the screen pod of a connection: those that are named, or the site's own.
///
/// # Errors
/// [`crate::Error::Invalid`] naming what is no origin.
pub fn frame_origins(site: &str, named: &[String]) -> crate::Result<Vec<String>> {
    let site = Site::parse(site).map_err(|rule| crate::Error::invalid("site", rule))?;
    if named.is_empty() {
        return Ok(vec![site.origin()]);
    }
    let read = named.iter().enumerate().map(|(at, origin)| {
        site::origin(origin).map_err(|rule| crate::Error::invalid(format!("ui_origins[{at}]"), rule))
    });
    read.collect()
}

impl ConnectWise {
    /// A write can take minutes and still succeed; giving up early only makes more unknown outcomes.
    pub const PATIENCE: Duration = Duration::from_secs(60);

    /// The same, where the answer of a write is waited for no longer than this.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.client.wait_for_writes(patience);
        self
    }

    /// A connection. Nothing is sent yet: [`Psa::test`] tells whether it works. It goes to public addresses only, and to
    /// `networks`.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the key of the configuration that cannot be.
    pub fn new(config: ConnectWiseConfig, networks: &PrivateNetworks) -> crate::Result<Self> {
        Ok(Self { client: Client::new(config, networks)? })
    }

    /// Whether the site has an address that may be connected to, for whoever types it. Every request looks again.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] naming the site.
    pub async fn check_address(&self) -> crate::Result<()> {
        let checked = self.client.check_address().await;
        checked.map_err(|refused| crate::Error::invalid("site", refused.to_string()))
    }

    fn to_ticket(&self, record: wire::TicketRecord) -> Ticket {
        let url = Some(self.client.site().ticket_link(record.id));
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

    async fn check_rights(&self) -> Result<Vec<RightCheck>, PsaError> {
        role::check(&self.client).await
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
        let before = query.cursor.as_deref().map(|it| read_cursor(it, BELOW)).transpose()?;
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
        let next_cursor = body.last().filter(|_| has_next).map(|last| cursor(BELOW, last.id));
        let items = body.into_iter().map(|record| self.to_ticket(record)).collect();
        Ok(TicketPage { items, next_cursor })
    }

    async fn notes(&self, ticket: &str) -> Result<Vec<TicketNote>, PsaError> {
        let newest_first = self.newest_notes(record_id("ticket", ticket)?, 1).await?;
        Ok(newest_first.into_iter().rev().map(wire::NoteRecord::into_note).collect())
    }

    async fn member(&self, identifier: &str) -> Result<Option<PsaMember>, PsaError> {
        let identifier = identifier.trim();
        // What cannot stand in a condition as it is cannot be a login name.
        if identifier.is_empty() || text::searchable(identifier) != identifier {
            return Ok(None);
        }
        let call = members_call(10, format!("identifier=\"{identifier}\""));
        let found: Vec<wire::MemberRecord> = self.client.read(&call).await?.body;
        let found = found.into_iter().map(wire::MemberRecord::into_member);
        Ok(found.into_iter().find(|member| member.identifier.eq_ignore_ascii_case(identifier)))
    }

    async fn member_by_id(&self, id: &str) -> Result<Option<PsaMember>, PsaError> {
        let Ok(id) = record_id("member", id) else { return Ok(None) };
        let call = members_call(1, format!("id={id}"));
        let found: Vec<wire::MemberRecord> = self.client.read(&call).await?.body;
        let mut found = found.into_iter().map(wire::MemberRecord::into_member);
        Ok(found.find(|member| member.id == id.to_string()))
    }

    async fn members(&self, query: &MemberQuery) -> Result<MemberPage, PsaError> {
        let after = query.cursor.as_deref().map(|it| read_cursor(it, ABOVE)).transpose()?.unwrap_or(0);
        let call =
            members_call(query.limit.clamp(1, MAX_MEMBERS), format!("inactiveFlag=false and id>{after}"))
                .query("orderBy", "id asc")
                .query("page", "1");
        let Page { body, has_next } = self.client.read::<Vec<wire::MemberRecord>>(&call).await?;
        let next_cursor = body.last().filter(|_| has_next).map(|last| cursor(ABOVE, last.id));
        let items = body.into_iter().map(wire::MemberRecord::into_member).collect();
        Ok(MemberPage { items, next_cursor })
    }

    async fn post_note(&self, ticket: &str, note: &NoteDraft) -> Result<String, PsaError> {
        let ticket = record_id("ticket", ticket)?;
        check_length(&note.text)?;
        let mut body = json!({
            "text": note.text,
            placement_flag(note.audience): true,
            "processNotifications": note.notify,
        });
        if note.in_discussion {
            body[placement_flag(Audience::Discussion)] = json!(true);
        }
        if let Some(author) = &note.author {
            let id = record_id("member", &author.id)?;
            body["member"] = json!({ "id": id, "identifier": author.identifier });
        }
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

    async fn update_note(&self, ticket: &str, note: &str, draft: &NoteDraft) -> Result<(), PsaError> {
        let (ticket, note) = (record_id("ticket", ticket)?, record_id("note", note)?);
        check_length(&draft.text)?;
        let path = ["service", "tickets", &ticket.to_string(), "notes", &note.to_string()];
        let mut body = vec![json!({ "op": "replace", "path": "text", "value": draft.text })];
        if draft.audience == Audience::Resolution {
            let flag = placement_flag(Audience::Discussion);
            body.push(json!({ "op": "replace", "path": flag, "value": draft.in_discussion }));
        }
        // An edit may be sent twice, and a mail cannot be taken back.
        body.push(json!({ "op": "replace", "path": "processNotifications", "value": false }));
        let body = json!(body);
        self.client.change(&Call::patch(format!("note {note} of ticket {ticket}"), path, body)).await
    }

    async fn tickets_among(&self, ids: &[String]) -> Result<Vec<Ticket>, PsaError> {
        let ids: Vec<String> =
            ids.iter().filter_map(|id| record_id("ticket", id).ok()).map(|id| id.to_string()).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let call = Call::get("the tickets", ["service", "tickets"])
            .query("conditions", format!("id in ({})", ids.join(",")))
            .query("fields", TICKET_FIELDS)
            .query("pageSize", MAX_TICKETS.to_string());
        let found: Vec<wire::TicketRecord> = self.client.read(&call).await?.body;
        Ok(found.into_iter().map(|record| self.to_ticket(record)).collect())
    }

    async fn around(&self, ticket: &Ticket) -> TicketContext {
        around::read(self, ticket).await
    }

    async fn register_callback(&self, address: &CallbackAddress) -> Result<CallbackRegistration, PsaError> {
        callback::register(&self.client, address).await
    }

    async fn has_callback(&self, address: &CallbackAddress) -> Result<bool, PsaError> {
        callback::is_registered(&self.client, address).await
    }

    async fn remove_callback(&self, address: &CallbackAddress) -> Result<(), PsaError> {
        callback::remove(&self.client, address).await
    }

    async fn callback_key(&self, key_url: &str) -> Result<SecretString, PsaError> {
        callback::key(&self.client, key_url).await
    }

    async fn log_time(&self, ticket: &str, time: &TimeDraft) -> Result<String, PsaError> {
        time_entry::log(&self.client, ticket, time).await
    }

    async fn find_time(&self, ticket: &str, marker: &str) -> Result<Option<String>, PsaError> {
        time_entry::find(&self.client, ticket, marker).await
    }

    async fn boards(&self) -> Result<Vec<Board>, PsaError> {
        status::boards(&self.client).await
    }

    async fn statuses(&self, board: &str) -> Result<Vec<BoardStatus>, PsaError> {
        status::statuses(&self.client, board).await
    }

    async fn ticket_state(&self, ticket: &str) -> Result<Option<TicketState>, PsaError> {
        status::of_ticket(&self.client, ticket).await
    }

    async fn set_status(&self, ticket: &str, status: &str) -> Result<(), PsaError> {
        status::set(&self.client, ticket, status).await
    }

    async fn register_pod(&self, page: &PodPage) -> Result<PodRegistration, PsaError> {
        hosted::register(&self.client, page).await
    }

    async fn prove_member(&self, claim: &MemberClaim) -> Result<ProvenMember, PsaError> {
        member::prove(&self.client, claim).await
    }

    async fn ticket_seen_by(
        &self,
        claim: &MemberClaim,
        form: ClaimForm,
        ticket: &str,
    ) -> Result<Option<Ticket>, PsaError> {
        let Ok(id) = record_id("ticket", ticket) else { return Ok(None) };
        let call = Call::get(format!("ticket {id}"), ["service", "tickets", &id.to_string()])
            .query("fields", TICKET_FIELDS)
            .within(member::PATIENCE);
        let who = member::identity(&self.client, claim, form)?;
        match self.client.look_up_as::<wire::TicketRecord>(&who, &call).await {
            Ok(record) => Ok(record.filter(|it| it.id == id).map(|it| self.to_ticket(it))),
            // The claim was accepted a moment ago: it is the ticket that they may not see.
            Err(PsaError::Forbidden(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn members_call(limit: u32, conditions: String) -> Call {
    Call::get("the members", ["system", "members"])
        .query("conditions", conditions)
        .query("fields", MEMBER_FIELDS)
        .query("pageSize", limit.to_string())
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

/// The next page of tickets begins below the last id of this one, so that those which come in meanwhile move nothing.
const BELOW: &str = "below:";
/// And that of members above it.
const ABOVE: &str = "above:";

fn cursor(side: &str, last: i32) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{side}{last}"))
}

fn read_cursor(cursor: &str, side: &str) -> Result<i32, PsaError> {
    let id = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        record_id("record", std::str::from_utf8(&bytes).ok()?.strip_prefix(side)?).ok()
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
        assert_eq!(read_cursor(&cursor(BELOW, 4711), BELOW), Ok(4711));
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let foreign = ["", "2", "YmVsb3c6MSBvciBpZD4w", "💥"];
        assert!(foreign.iter().all(|cursor| read_cursor(cursor, BELOW) == Err(PsaError::Cursor)));
        assert_eq!(read_cursor(&cursor(ABOVE, 1), BELOW), Err(PsaError::Cursor));
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
