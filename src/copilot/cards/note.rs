//! A note's preview, and its delivery.

use crate::note::edit::{LONGEST, name, standing};
use crate::note::{NoteKind, NoteStatus, Posting, PostingStatus, as_typed, words, write};
use crate::session::{Case, NoteRequest};
use crate::surface::{Action, Card, CardKind, CardState, Input, InputKind, Tone};

/// The preview while it is open, drawn anew with every change; afterwards who posted or closed it.
pub(super) fn preview(case: &Case, note: &NoteRequest) -> Option<Card> {
    let label = note.kind.label();
    let markdown = as_typed(&crate::note::preview::text_of(note.kind, case).1);
    let place = match (&case.session.ticket_id, note.kind) {
        (Some(id), NoteKind::Resolution) => format!("the resolution of ticket #{id}; nobody is e-mailed"),
        (Some(id), NoteKind::Escalation) => format!("internal analysis of ticket #{id}; nobody is e-mailed"),
        (None, _) => "this session only: it has no ticket".to_owned(),
    };
    let confirm = match &case.session.ticket_id {
        Some(id) => format!("Post this note to ticket #{id}?"),
        None => "End the session with this note?".to_owned(),
    };
    let post = match (&case.session.ticket_id, note.kind) {
        (Some(_), _) => "Post to ticket",
        (None, NoteKind::Resolution) => "Resolve",
        (None, NoteKind::Escalation) => "Escalate",
    };
    let card = Card::new(CardKind::Note, format!("{label}, as it will be posted"), markdown)
        .field("Goes to", place)
        .action(Action::new("post", post).primary().confirm(confirm))
        .action(editing(case, note.kind))
        .action(Action::new("cancel", "Not yet"));
    let card = match standing(case, note.kind) {
        None => card,
        Some((by, anew)) if anew.is_empty() => card.field("Edited by", by),
        Some((by, anew)) => card
            .field("Edited by", by)
            .field("Written anew since", format!("{}: something new was recorded", anew.join(", "))),
    };
    let state = |choice: &str| {
        let (by, at) = (note.decided_by_name.clone()?, note.decided_at?);
        Some(CardState::Decided { choice: choice.to_owned(), by, at })
    };
    match note.status {
        NoteStatus::Open => Some(card.field("Version", case.session.state_version.to_string())),
        NoteStatus::Cancelled => {
            Some(Card { body: String::new(), ..card.state(state("Closed without posting")?) })
        }
        // As it was posted, whatever the session has become since: the posting keeps the text.
        NoteStatus::Posted => {
            let posted =
                case.postings.iter().rfind(|p| p.kind == note.kind && Some(p.created_at) >= note.decided_at);
            let body = posted.map_or(card.body.clone(), |p| as_typed(&p.text));
            Some(Card { body, title: label.to_owned(), ..card.state(state(post)?) })
        }
    }
}

/// Every section as it reads now, to be changed.
fn editing(case: &Case, kind: NoteKind) -> Action {
    let longest = u32::try_from(LONGEST).unwrap_or(u32::MAX);
    let inputs = write(kind, case).sections.into_iter().map(|section| {
        let input = Input::new(name(&section), section.title, InputKind::Multiline, longest);
        Input { value: Some(words(&section).chars().take(LONGEST).collect()), ..input }
    });
    inputs.fold(Action::new("edit", "Edit"), Action::input)
}

pub(super) fn posting(posting: &Posting) -> Card {
    let label = posting.kind.label();
    let ticket = &posting.ticket_id;
    match posting.status {
        PostingStatus::Pending | PostingStatus::Sending => {
            Card::new(CardKind::Posting, format!("{label} is on its way to ticket #{ticket}"), "")
                .badge("Posting…", Tone::Neutral)
        }
        PostingStatus::Posted => {
            let note = posting.external_id.as_deref().unwrap_or("?");
            let choice = format!("Posted to ticket #{ticket} as note {note}");
            Card::new(CardKind::Posting, format!("{label} is in ticket #{ticket}"), "")
                .badge("Posted", Tone::Good)
                .state(CardState::Decided { choice, by: posting.member_name.clone(), at: posting.updated_at })
        }
        PostingStatus::Failed => {
            let why = posting.error.as_deref().unwrap_or("no reason is known");
            Card::new(
                CardKind::Posting,
                format!("{label} was not posted to ticket #{ticket}"),
                super::literal(why),
            )
            .badge("Failed", Tone::Bad)
            .action(Action::new("retry", "Try again").primary())
        }
    }
}
