//! `/service/tickets/{id}/notes`: the discussion, internal analysis and resolution of a ticket.
//!
//! A note must say where it is shown (one of three placement flags), else it is refused with the real
//! server's words.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing};
use serde_json::{Value, json};

use crate::answer::{ApiError, FieldError};
use crate::callbacks::{self, Telling};
use crate::config::NoteTextRules;
use crate::dates;
use crate::listing::{self, ListRequest};
use crate::patch;
use crate::records::{Document, Records};
use crate::schema::{Kind, NOTE, TICKET_NOTE};
use crate::seed::API_MEMBER;
use crate::server::{PathIds, Shared};
use crate::writes::JsonBody;

const PLACEMENT_FLAGS: [&str; 3] = ["detailDescriptionFlag", "internalAnalysisFlag", "resolutionFlag"];
const OTHER_FLAGS: [&str; 5] =
    ["issueFlag", "customerUpdatedFlag", "processNotifications", "internalFlag", "externalFlag"];

/// The routes below a ticket.
pub(crate) fn routes() -> Router<Shared> {
    Router::new()
        .route("/service/tickets/{ticket}/notes", routing::get(list).post(create))
        .route("/service/tickets/{ticket}/notes/count", routing::get(count))
        .route(
            "/service/tickets/{ticket}/notes/{note}",
            routing::get(show).patch(change).put(replace).delete(remove),
        )
        .route("/service/tickets/{ticket}/allNotes", routing::get(list_all))
}

/// Adds the note that a new ticket starts with.
pub(crate) fn add_initial(
    records: &mut Records,
    ticket: i32,
    placement: &str,
    text: &str,
    entered: &str,
    author: &str,
) -> Option<()> {
    let id = records.next_note_id()?;
    let mut note = Document::new();
    note.insert("text".to_owned(), Value::String(text.to_owned()));
    note.insert(placement.to_owned(), Value::Bool(true));
    note.insert("createdBy".to_owned(), Value::String(author.to_owned()));
    complete(&mut note, ticket, id, entered);
    records.put_note(ticket, id, note);
    Some(())
}

async fn list(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let (_, notes) = notes_of(&app, ids.get("ticket")?)?;
    let rows = notes.into_iter().map(|note| as_read(note, app.note_text));
    listing::answer(&NOTE, rows, &request)
}

async fn count(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let (_, notes) = notes_of(&app, ids.get("ticket")?)?;
    listing::count(&NOTE, notes.into_iter(), &request)
}

async fn list_all(
    State(app): State<Shared>,
    ids: PathIds,
    request: ListRequest,
) -> Result<Response, ApiError> {
    let (ticket, notes) = notes_of(&app, ids.get("ticket")?)?;
    let rows = notes.into_iter().map(|note| as_ticket_note(&ticket, as_read(note, app.note_text)));
    listing::answer(&TICKET_NOTE, rows, &request)
}

async fn show(State(app): State<Shared>, ids: PathIds, request: ListRequest) -> Result<Response, ApiError> {
    let (ticket, note) = (ids.get("ticket")?, ids.get("note")?);
    let records = app.store.read();
    require_ticket(&records, ticket)?;
    let found = records.note(ticket, note).ok_or_else(|| gone(note))?;
    Ok(Json(listing::selected(&as_read(Document::clone(found), app.note_text), &request)).into_response())
}

async fn create(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let ticket = ids.get("ticket")?;
    let mut note = body.record(&NOTE)?;
    let (now, rules) = (dates::format((app.clock)()), app.note_text);
    let created = app.store.write_from_handler(move |records| {
        require_ticket(records, ticket)?;
        settle(records, &mut note)?;
        let id = records.next_note_id().ok_or_else(ApiError::not_kept)?;
        note.insert("createdBy".to_owned(), Value::String(API_MEMBER.to_owned()));
        complete(&mut note, ticket, id, &now);
        records.put_note(ticket, id, note.clone());
        Ok(note)
    });
    let created = created.await?;
    tell(&app, ticket);
    Ok((StatusCode::CREATED, Json(as_read(created, rules))).into_response())
}

async fn change(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let changes = patch::read(&NOTE, &body)?;
    rewrite(app, &ids, move |_, note| {
        patch::apply(changes, note);
    })
    .await
}

async fn replace(State(app): State<Shared>, ids: PathIds, body: JsonBody) -> Result<Response, ApiError> {
    let replacement = body.record(&NOTE)?;
    rewrite(app, &ids, move |old, note| {
        *note = replacement;
        for kept in ["createdBy", "dateCreated", "_info"] {
            if let Some(value) = old.get(kept) {
                note.insert(kept.to_owned(), value.clone());
            }
        }
    })
    .await
}

async fn remove(State(app): State<Shared>, ids: PathIds) -> Result<StatusCode, ApiError> {
    let (ticket, note) = (ids.get("ticket")?, ids.get("note")?);
    let removed = app.store.write_from_handler(move |records| {
        require_ticket(records, ticket)?;
        if records.remove_note(ticket, note) { Ok(()) } else { Err(gone(note)) }
    });
    removed.await?;
    tell(&app, ticket);
    Ok(StatusCode::NO_CONTENT)
}

async fn rewrite(
    app: Shared,
    ids: &PathIds,
    edit: impl FnOnce(&Document, &mut Document) + Send + 'static,
) -> Result<Response, ApiError> {
    let (ticket, id) = (ids.get("ticket")?, ids.get("note")?);
    let (now, rules) = (dates::format((app.clock)()), app.note_text);
    let written = app.store.write_from_handler(move |records| {
        require_ticket(records, ticket)?;
        let old = records.note(ticket, id).ok_or_else(|| gone(id))?.clone();
        let mut note = Document::clone(&old);
        edit(&old, &mut note);
        settle(records, &mut note)?;
        complete(&mut note, ticket, id, &now);
        records.put_note(ticket, id, note.clone());
        Ok(note)
    });
    let written = written.await?;
    tell(&app, ticket);
    Ok(Json(as_read(written, rules)).into_response())
}

/// What is done to a note is done to its ticket.
fn tell(app: &Shared, ticket: i32) {
    let found = app.store.read().tickets.get(&ticket).map(|ticket| Document::clone(ticket));
    if let Some(ticket) = found {
        let by = API_MEMBER.to_owned();
        callbacks::tell(app, &Telling { action: "updated", ticket, by, by_api: true });
    }
}

/// Refuses a note that the real server would not save, and fills in whom it refers to.
fn settle(records: &Records, note: &mut Document) -> Result<(), ApiError> {
    let mut errors = Vec::new();
    let text = note.get("text").and_then(Value::as_str).unwrap_or("");
    if text.trim().is_empty() {
        errors.push(FieldError::missing(&NOTE, "text"));
    }
    if !PLACEMENT_FLAGS.iter().any(|flag| is_set(note, flag)) {
        let message = "Please choose where to display the notes in order to save this record.";
        errors.push(FieldError::rule(&NOTE, message));
    }
    for name in ["member", "contact"] {
        let (Some(field), Some(given)) = (NOTE.field(name), note.get(name)) else { continue };
        let Kind::Reference(to) = field.kind else { continue };
        match records.resolve(to, None, given) {
            Some(found) => {
                note.insert(name.to_owned(), found);
            }
            None => errors.push(FieldError::invalid(&NOTE, name, format!("{name} {given} was not found."))),
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(ApiError::invalid(&NOTE, errors)) }
}

/// The members that every note has, whoever wrote it.
fn complete(note: &mut Document, ticket: i32, id: i32, now: &str) {
    for flag in PLACEMENT_FLAGS.iter().chain(&OTHER_FLAGS) {
        note.entry(*flag).or_insert(Value::Bool(false));
    }
    note.insert("id".to_owned(), Value::from(id));
    note.insert("ticketId".to_owned(), Value::from(ticket));
    let author = note.entry("createdBy").or_insert_with(|| Value::from(API_MEMBER)).clone();
    note.entry("dateCreated").or_insert_with(|| Value::from(now));
    note.insert("_info".to_owned(), json!({ "lastUpdated": now, "updatedBy": author }));
}

fn notes_of(app: &Shared, ticket: i32) -> Result<(Document, Vec<Document>), ApiError> {
    let records = app.store.read();
    let found = require_ticket(&records, ticket)?;
    Ok((found, records.notes_of(ticket).map(|note| Document::clone(note)).collect()))
}

fn require_ticket(records: &Records, ticket: i32) -> Result<Document, ApiError> {
    let found = records.tickets.get(&ticket).ok_or_else(|| ApiError::not_found("Ticket", ticket))?;
    Ok(Document::clone(found))
}

fn gone(note: i32) -> ApiError {
    ApiError::not_found("ServiceNote", note)
}

fn is_set(note: &Document, flag: &str) -> bool {
    note.get(flag).and_then(Value::as_bool).unwrap_or(false)
}

/// A note in the shape of `allNotes`, which also lists time entries on the real server.
fn as_ticket_note(ticket: &Document, mut note: Document) -> Document {
    let mut of = Document::new();
    of.insert("id".to_owned(), ticket.get("id").cloned().unwrap_or_default());
    of.insert("summary".to_owned(), ticket.get("summary").cloned().unwrap_or_default());
    let author = note.get("createdBy").cloned().unwrap_or_default();
    note.retain(|name, _| TICKET_NOTE.field(name).is_some());
    note.insert("ticket".to_owned(), Value::Object(of));
    note.insert("noteType".to_owned(), Value::from("TicketNote"));
    note.insert("originalAuthor".to_owned(), author);
    for (flag, value) in [
        ("isMarkdownFlag", true),
        ("bundledFlag", false),
        ("mergedFlag", false),
        ("createdByParentFlag", false),
    ] {
        note.insert(flag.to_owned(), Value::Bool(value));
    }
    note
}

fn as_read(mut note: Document, rules: NoteTextRules) -> Document {
    if let Some(Value::String(text)) = note.get_mut("text") {
        if rules.join_lines {
            *text = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
        }
        if rules.escape_punctuation {
            *text = escaped(text);
        }
    }
    note
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\`*_{}[]()<>#+-.!|~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
