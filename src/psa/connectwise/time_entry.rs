//! Time worked on a ticket.

use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use time::macros::format_description;

use super::call::Call;
use super::client::Client;
use super::{record_id, text};
use crate::Timestamp;
use crate::psa::{PsaError, TimeDraft};
use crate::time_entry::hours;

const PER_PAGE: usize = 100;
/// How far back a marker is looked for, in pages.
const MARKER_PAGES: u32 = 3;

#[derive(Deserialize)]
struct Record {
    id: i32,
    notes: Option<String>,
}

/// Enters time, at most once. Nobody is mailed, and the notes stand in the time entry alone: the note of the session says
/// the rest. What is billed is for the agreement to say.
pub(super) async fn log(client: &Client, ticket: &str, draft: &TimeDraft) -> Result<String, PsaError> {
    let (ticket, member) = (record_id("ticket", ticket)?, record_id("member", &draft.author.id)?);
    let mut body = json!({
        "chargeToId": ticket,
        "chargeToType": "ServiceTicket",
        "member": { "id": member, "identifier": draft.author.identifier },
        "timeStart": moment(draft.started_at)?,
        "timeEnd": moment(draft.ended_at)?,
        "notes": draft.notes,
        "addToDetailDescriptionFlag": false,
        "addToInternalAnalysisFlag": false,
        "addToResolutionFlag": false,
        "emailResourceFlag": false,
        "emailContactFlag": false,
        "emailCcFlag": false,
    });
    if draft.pause_minutes > 0 {
        body["hoursDeduct"] = json!(hours(draft.pause_minutes));
    }
    let call = Call::post(format!("time on ticket {ticket}"), ["time", "entries"], body);
    Ok(client.create(&call).await?.to_string())
}

/// The entry of a ticket whose notes contain this marker.
pub(super) async fn find(client: &Client, ticket: &str, marker: &str) -> Result<Option<String>, PsaError> {
    let ticket = record_id("ticket", ticket)?;
    for page in 1..=MARKER_PAGES {
        let call = Call::get(format!("time on ticket {ticket}"), ["time", "entries"])
            .query("conditions", format!("chargeToId={ticket} and chargeToType=\"ServiceTicket\""))
            .query("fields", "id,notes")
            .query("orderBy", "id desc")
            .query("pageSize", PER_PAGE.to_string())
            .query("page", page.to_string());
        let entries: Vec<Record> = client.read(&call).await?.body;
        let has_it = |it: &&Record| it.notes.as_deref().is_some_and(|it| text::readable(it).contains(marker));
        if let Some(found) = entries.iter().find(has_it) {
            return Ok(Some(found.id.to_string()));
        }
        if entries.len() < PER_PAGE {
            break;
        }
    }
    Ok(None)
}

fn moment(at: Timestamp) -> Result<String, PsaError> {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let at = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).ok();
    let text = at.and_then(|at| at.format(&format).ok());
    text.ok_or_else(|| PsaError::Invalid("the time worked has no date".to_owned()))
}
