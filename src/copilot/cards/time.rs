//! Time worked on a ticket: the draft with what can be changed about it, then what became of it.

use crate::surface::{Action, Card, CardKind, CardState, Input, InputKind, Tone};
use crate::time_entry::{LONGEST, TimeEntry, TimeStatus, hours, typed};

/// The card of a time entry; one that was put aside says so.
pub(super) fn card(entry: &TimeEntry) -> Card {
    let ticket = &entry.ticket_id;
    let title = format!("{:.2} hours on ticket #{ticket}", hours(entry.minutes));
    let card = Card::new(CardKind::Posting, title, crate::note::as_typed(&entry.notes))
        .field("From", format!("{} UTC", typed(entry.started_at)))
        .field("To", format!("{} UTC", typed(entry.ended_at())));
    let card = match entry.pause_minutes {
        0 => card,
        pauses => card.field("Pauses left out", format!("{pauses} minutes")),
    };
    match entry.status {
        TimeStatus::Draft => with_actions(card.badge("Draft", Tone::Neutral), entry),
        TimeStatus::Dropped => {
            let state = CardState::Decided {
                choice: "Not entered".to_owned(),
                by: entry.member_name.clone(),
                at: entry.updated_at,
            };
            Card { body: String::new(), ..card.state(state) }
        }
        TimeStatus::Pending | TimeStatus::Sending => match entry.error.as_deref() {
            None => card.badge("Entering…", Tone::Neutral),
            Some(why) => card.badge("Waiting", Tone::Warn).field("Waits because", why),
        },
        TimeStatus::Posted => {
            let id = entry.external_id.as_deref().unwrap_or("?");
            card.badge("Entered", Tone::Good).state(CardState::Decided {
                choice: format!("Entered as time {id} of {}", entry.member_name),
                by: entry.member_name.clone(),
                at: entry.updated_at,
            })
        }
        TimeStatus::Failed => {
            let why = entry.error.as_deref().unwrap_or("no reason is known");
            with_actions(card.badge("Failed", Tone::Bad).field("Not entered because", why), entry)
        }
    }
}

fn with_actions(card: Card, entry: &TimeEntry) -> Card {
    let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let field = |name: &str, label: &str, kind, most, value: String| Input {
        value: Some(value),
        ..Input::new(name, label, kind, most)
    };
    let edit = Action::new("time_edit", "Edit")
        .input(field("started_at", "From (UTC)", InputKind::Text, 20, typed(entry.started_at)))
        .input(field("minutes", "Minutes worked", InputKind::Number, 4, entry.minutes.to_string()))
        .input(field("notes", "What was done", InputKind::Multiline, longest, entry.notes.clone()));
    let question = format!(
        "Enter {:.2} hours on ticket #{} as your time? Nobody is e-mailed.",
        hours(entry.minutes),
        entry.ticket_id
    );
    card.field(
        "Goes to",
        format!("the time of ticket #{}, as whoever enters it; nobody is e-mailed", entry.ticket_id),
    )
    .action(Action::new("time_post", "Enter time").primary().confirm(question))
    .action(edit)
    .action(Action::new("time_drop", "Do not enter"))
}
