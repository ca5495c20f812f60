//! What the team is shown of an escalation: one card in its channel, and the package below it.

use uuid::Uuid;

use crate::escalation::{Escalation, Place, Urgency};
use crate::note::{NoteKind, as_typed};
use crate::session::{Case, text};
use crate::surface::{Action, Card, CardKind, CardState, ThreadRef, Tone};

/// Cards that are shown in another place than the session's thread.
pub(crate) struct Elsewhere {
    /// The escalation's id.
    pub(crate) subject: Uuid,
    /// The place.
    pub(crate) place: ThreadRef,
    /// A message of its own.
    pub(crate) card: Card,
    /// The package, in that message's thread.
    pub(crate) briefing: Card,
}

/// The escalations that were posted to a place, oldest first.
pub(crate) fn elsewhere(case: &Case) -> Vec<Elsewhere> {
    let shown = case.escalations.iter().filter(|e| !e.is_asked());
    shown
        .filter_map(|escalation| {
            let package = as_typed(escalation.briefing.as_deref()?);
            Some(Elsewhere {
                subject: escalation.id.0,
                place: escalation.place.as_ref()?.at.clone(),
                card: card(case, escalation),
                briefing: Card::new(CardKind::Note, NoteKind::Escalation.label(), package),
            })
        })
        .collect()
}

fn card(case: &Case, escalation: &Escalation) -> Card {
    let mut card = Card::new(CardKind::Escalation, case.session.title.clone(), body(escalation))
        .badge(format!("Escalated, urgency: {}", escalation.urgency), tone(escalation.urgency));
    if let Some(ticket) = &case.session.ticket {
        card = card.field("Ticket", format!("#{} {}", ticket.id, text::shorten(&ticket.summary, 100)));
        if let Some(company) = &ticket.company {
            card = card.field("Company", text::shorten(company, 80));
        }
    }
    card = card.field("Escalated by", escalation.posted_by_name.clone().unwrap_or_default());
    let taken = escalation.taken_by_name.as_ref().zip(escalation.taken_at);
    let ended = escalation.ended.zip(escalation.ended_by_name.as_ref()).zip(escalation.ended_at);
    match (ended, taken) {
        (Some(((end, by), at)), taken) => {
            if let Some((taker, _)) = taken {
                card = card.field("Taken by", taker.clone());
            }
            card.state(CardState::Decided { choice: end.label().to_owned(), by: by.clone(), at })
        }
        (None, Some((by, at))) => {
            card.state(CardState::Decided { choice: "Taken".to_owned(), by: by.clone(), at })
        }
        (None, None) => card.action(Action::new("take", "Take it").primary()),
    }
}

fn body(escalation: &Escalation) -> String {
    let reason = escalation.reason.iter().flat_map(|reason| reason.lines());
    let mut lines: Vec<String> = reason.map(|line| format!("> {}", super::literal(line))).collect();
    if let Some(link) = &escalation.link {
        lines.extend([String::new(), format!("[Open the session's thread]({link})")]);
    }
    lines.join("\n")
}

fn tone(urgency: Urgency) -> Tone {
    match urgency {
        Urgency::Low => Tone::Neutral,
        Urgency::Normal => Tone::Warn,
        Urgency::High | Urgency::Critical => Tone::Bad,
    }
}

/// What the preview says besides the package: how urgent it is, and who is told.
pub(super) fn on_preview(card: Card, escalation: &Escalation) -> Card {
    let card = card.field("Urgency", escalation.urgency.label());
    match &escalation.place {
        Some(place) => card.field("Told to the team in", Place::label(place)),
        None => card,
    }
}

/// Where an escalation stands, for the head of the session's thread.
pub(super) fn standing(case: &Case) -> Option<String> {
    let escalation = case.escalations.iter().rfind(|e| e.stands())?;
    let urgency = format!("urgency {}", escalation.urgency);
    Some(match (&escalation.taken_by_name, &escalation.place) {
        (Some(by), _) => format!("{urgency}, taken by {by}"),
        (None, Some(place)) => {
            format!("{urgency}, told to the team in {}; nobody has taken it yet", place.label())
        }
        (None, None) => urgency,
    })
}
