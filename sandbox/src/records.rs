//! What the server holds: tables of records by id. A record is the JSON object that clients see.
//!
//! Cloning is cheap (records are shared), so a write works on a copy that replaces the whole only after
//! it was kept; readers always see a finished state.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::row::Row;
use crate::schema::{self, Entity};

/// A record as clients see it.
pub(crate) type Document = Map<String, Value>;
/// Records by id.
pub(crate) type Table = BTreeMap<i32, Row>;

/// Everything that is kept.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Records {
    pub(crate) companies: Table,
    pub(crate) contacts: Table,
    pub(crate) members: Table,
    pub(crate) boards: Table,
    pub(crate) statuses: Table,
    /// Ticket types (categories), by name.
    pub(crate) types: Table,
    pub(crate) tickets: Table,
    /// Pages of others that are registered for screens.
    #[serde(default)]
    pub(crate) hosted_setups: Table,
    /// Who wants to be told of changes.
    #[serde(default)]
    pub(crate) callbacks: Table,
    /// What is told is signed with these, by callback.
    #[serde(default)]
    pub(crate) callback_keys: BTreeMap<i32, String>,
    /// Devices.
    #[serde(default)]
    pub(crate) configurations: Table,
    /// The devices of each ticket.
    #[serde(default)]
    pub(crate) ticket_configurations: BTreeMap<i32, Vec<i32>>,
    /// Time worked.
    #[serde(default)]
    pub(crate) time_entries: Table,
    /// Notes by ticket, then by note id.
    notes: BTreeMap<i32, Arc<Table>>,
    last_ticket_id: i32,
    last_note_id: i32,
}

impl Records {
    /// The notes of a ticket, oldest first.
    pub(crate) fn notes_of(&self, ticket: i32) -> impl Iterator<Item = &Row> {
        self.notes.get(&ticket).into_iter().flat_map(|notes| notes.values())
    }

    /// All notes, by ticket.
    pub(crate) fn all_notes(&self) -> impl Iterator<Item = &Row> {
        self.notes.values().flat_map(|notes| notes.values())
    }

    pub(crate) fn note(&self, ticket: i32, note: i32) -> Option<&Row> {
        self.notes.get(&ticket)?.get(&note)
    }

    /// Puts a note in its ticket, over the one of the same id.
    pub(crate) fn put_note(&mut self, ticket: i32, id: i32, note: Document) {
        Arc::make_mut(self.notes.entry(ticket).or_default()).insert(id, note.into());
    }

    pub(crate) fn remove_note(&mut self, ticket: i32, id: i32) -> bool {
        let Some(notes) = self.notes.get_mut(&ticket) else { return false };
        Arc::make_mut(notes).remove(&id).is_some()
    }

    /// Puts a ticket, over the one of the same id.
    pub(crate) fn put_ticket(&mut self, id: i32, ticket: Document) {
        self.last_ticket_id = self.last_ticket_id.max(id);
        self.tickets.insert(id, ticket.into());
    }

    /// An id that no ticket has or had. `None` when ids are used up.
    pub(crate) fn next_ticket_id(&mut self) -> Option<i32> {
        self.last_ticket_id = self.last_ticket_id.checked_add(1)?;
        Some(self.last_ticket_id)
    }

    /// An id that no note has or had. `None` when ids are used up.
    pub(crate) fn next_note_id(&mut self) -> Option<i32> {
        self.last_note_id = self.last_note_id.checked_add(1)?;
        Some(self.last_note_id)
    }

    /// What a reference in a record stands for, with the members that the real server fills in. `None`
    /// when nothing in the catalogue fits. References to things that this server has no catalogue of are
    /// kept as they were sent.
    pub(crate) fn resolve(&self, to: &Entity, board: Option<i32>, given: &Value) -> Option<Value> {
        match to.type_name {
            "BoardReference" => find(&self.boards, given).map(|it| pick(it, &["id", "name"])),
            "ServiceStatusReference" => {
                let of_board = |it: &&Row| id_of(it.get("board")) == board;
                self.statuses.values().filter(of_board).find(|it| fits(it, given)).map(|it| {
                    let mut status = pick(it, &["id", "name"]);
                    status["sort"] = it.get("sortOrder").cloned().unwrap_or_default();
                    status
                })
            }
            "CompanyReference" => {
                find(&self.companies, given).map(|it| pick(it, &["id", "identifier", "name"]))
            }
            "ContactReference" => find(&self.contacts, given).map(contact_reference),
            "MemberReference" => find(&self.members, given).map(member_reference),
            "PriorityReference" => {
                crate::seed::priorities().into_iter().find(|it| fits(it, given)).map(Value::Object)
            }
            "ServiceTypeReference" => find(&self.types, given).map(|it| pick(it, &["id", "name"])),
            _ => Some(given.clone()),
        }
    }

    /// The status that a new ticket of this board has.
    pub(crate) fn default_status(&self, board: i32) -> Option<Value> {
        let wanted = json!({ "name": schema::NEW_STATUS });
        self.resolve(&schema::STATUS_REFERENCE, Some(board), &wanted)
    }
}

/// The `id` of a reference.
pub(crate) fn id_of(reference: Option<&Value>) -> Option<i32> {
    reference?.get("id")?.as_i64().and_then(|id| i32::try_from(id).ok())
}

fn find<'a>(table: &'a Table, given: &Value) -> Option<&'a Document> {
    table.values().find(|record| fits(record, given)).map(|record| &**record)
}

/// Whether a reference means this record: by `id`, else by `identifier`, else by `name`.
fn fits(record: &Document, given: &Value) -> bool {
    let by_text = |name: &str| {
        let (wanted, has) = (given.get(name)?.as_str()?, record.get(name)?.as_str()?);
        Some(wanted.eq_ignore_ascii_case(has))
    };
    if let Some(id) = given.get("id") {
        return record.get("id") == Some(id);
    }
    by_text("identifier").or_else(|| by_text("name")).unwrap_or(false)
}

fn pick(record: &Document, names: &[&str]) -> Value {
    let picked = names.iter().filter_map(|name| Some(((*name).to_owned(), record.get(*name)?.clone())));
    Value::Object(picked.collect())
}

fn member_reference(member: &Document) -> Value {
    let mut reference = pick(member, &["id", "identifier"]);
    reference["name"] = Value::String(full_name(member));
    reference
}

fn contact_reference(contact: &Document) -> Value {
    let mut reference = pick(contact, &["id"]);
    reference["name"] = Value::String(full_name(contact));
    reference
}

/// First and last name of a member or contact.
pub(crate) fn full_name(person: &Document) -> String {
    let part = |name| person.get(name).and_then(Value::as_str).unwrap_or("");
    format!("{} {}", part("firstName"), part("lastName")).trim().to_owned()
}
