//! The head of the thread.

use crate::copilot::guide;
use crate::fix::{DecisionKind, OutcomeKind};
use crate::psa::TicketContext;
use crate::psa::context::{Device, SimilarTicket};
use crate::session::{Case, SessionStatus, text};
use crate::surface::{Action, Card, CardKind, Input, InputKind, Tone};

pub(super) fn card(case: &Case) -> Card {
    let session = &case.session;
    let mut card = Card::new(CardKind::Session, session.title.clone(), body(case));
    if let Some(ticket) = &session.ticket {
        card = card.field("Ticket", format!("#{} {}", ticket.id, text::shorten(&ticket.summary, 100)));
        if !ticket.status.is_empty() {
            let owner = ticket.owner.as_deref().map(|owner| format!(", {owner}")).unwrap_or_default();
            card = card.field("Ticket status", text::shorten(&format!("{}{owner}", ticket.status), 80));
        }
        for (label, value) in
            [("Company", &ticket.company), ("Contact", &ticket.contact), ("Priority", &ticket.priority)]
        {
            if let Some(value) = value {
                card = card.field(label, text::shorten(value, 80));
            }
        }
    }
    card = card.field("Engineer", case.owner_name.clone()).field("Facts", case.facts.len().to_string());
    if let Some(fix) = case.active_fix() {
        card = card.field("Active fix", fix.title.clone());
    }
    if let Some(escalation) = super::escalation::standing(case) {
        card = card.field("Escalation", escalation);
    }
    let (words, tone) = status(case);
    actions(case, card.badge(words, tone))
}

fn body(case: &Case) -> String {
    let mut lines = Vec::new();
    if let Some(description) = case.session.ticket.as_ref().and_then(|t| t.description.as_deref()) {
        let description = text::shorten(description, 400);
        if description != case.session.title {
            lines.push(format!("> {}", super::literal(&description)));
        }
    }
    if let Some(walk) = case.walk()
        && let Some(document) = case.documents.get(&(walk.flow_id, walk.version))
    {
        lines.push(format!(
            "Flow: **{}**, because {}.",
            super::literal(&document.title),
            super::literal(&walk.reason)
        ));
    }
    lines.extend(case.around.as_ref().and_then(around));
    if let Some(ticket) = &case.session.ticket
        && let Some(url) = ticket.url.as_deref().filter(|url| !url.contains(['<', '>', '\n']))
    {
        lines.push(format!("[Open the ticket](<{url}>)"));
    }
    lines.join("\n\n")
}

/// What helps with the ticket, in a line each; whoever wants all of it opens the ticket's pane.
fn around(context: &TicketContext) -> Option<String> {
    const MOST: usize = 3;
    let mut lines = Vec::new();
    let devices: Vec<String> = context.devices.iter().take(MOST).map(device).collect();
    if !devices.is_empty() {
        lines.push(format!("Devices: {}{}.", devices.join(", "), more(context.devices.len(), MOST)));
    }
    let similar: Vec<String> = context.similar.iter().take(MOST).map(similar).collect();
    if !similar.is_empty() {
        let closed =
            if similar.len() == 1 { "A similar ticket was closed" } else { "Similar tickets were closed" };
        lines.push(format!("{closed}: {}{}.", similar.join("; "), more(context.similar.len(), MOST)));
    }
    if !context.missing.is_empty() {
        let parts: Vec<String> = context.missing.iter().map(|it| it.part.to_string()).collect();
        lines.push(format!("Could not be read from the ticket system: {}.", parts.join(", ")));
    }
    (!lines.is_empty()).then(|| lines.join("\n\n"))
}

fn more(all: usize, shown: usize) -> String {
    if all > shown { format!(" and {} more", all - shown) } else { String::new() }
}

fn device(device: &Device) -> String {
    let name = super::literal(&text::shorten(&device.name, 60));
    match &device.kind {
        Some(kind) => format!("{name} ({})", super::literal(&text::shorten(kind, 40))),
        None => name,
    }
}

fn similar(ticket: &SimilarTicket) -> String {
    let summary = super::literal(&text::shorten(&ticket.summary, 80));
    match &ticket.resolution {
        Some(resolution) => {
            format!(
                "#{} {summary}, solved by: {}",
                ticket.id,
                super::literal(&text::shorten(resolution, 160))
            )
        }
        None => format!("#{} {summary}", ticket.id),
    }
}

fn status(case: &Case) -> (String, Tone) {
    let (word, tone) = match case.session.status {
        SessionStatus::Active => ("Active", Tone::Neutral),
        SessionStatus::Paused => ("Paused", Tone::Warn),
        SessionStatus::Waiting => ("Waiting", Tone::Warn),
        SessionStatus::Escalated => ("Escalated", Tone::Bad),
        SessionStatus::Resolved => ("Resolved", Tone::Good),
        SessionStatus::Abandoned => ("Abandoned", Tone::Neutral),
    };
    match &case.session.status_reason {
        Some(reason) => (format!("{word}: {}", text::shorten(reason, 60)), tone),
        None => (word.to_owned(), tone),
    }
}

fn actions(case: &Case, mut card: Card) -> Card {
    let reason = |label: &str, required: bool| {
        let input = Input::new("reason", label, InputKind::Text, 500);
        if required { input } else { input.optional() }
    };
    match case.session.status {
        SessionStatus::Active => {}
        SessionStatus::Resolved | SessionStatus::Abandoned => {
            if worth_keeping(case) {
                card = card.action(Action::new("keep_script", "Keep the script as a draft template"));
            }
            return card.action(Action::new("resume", "Resume"));
        }
        SessionStatus::Paused | SessionStatus::Waiting | SessionStatus::Escalated => {
            card = card.action(Action::new("resume", "Resume").primary());
        }
    }
    let resolve = Action::new("resolve", "Resolve");
    let solved =
        case.fixes.iter().any(|f| f.outcome.as_ref().is_some_and(|o| o.outcome == OutcomeKind::Worked));
    card = card.action(if solved { resolve.primary() } else { resolve });
    card = card.action(guide::fact_action()).action(guide::check_action()).action(guide::fix_action());
    for other in case.walk().map(|w| w.alternatives.0.as_slice()).unwrap_or_default() {
        let label = text::shorten(&format!("Switch to: {}", other.title), 75);
        card = card.action(Action::new(format!("flow:{}", other.slug), label));
    }
    card = card.action(guide::flow_action());
    if case.session.status != SessionStatus::Escalated {
        card = card.action(guide::escalate_action());
        if case.session.status == SessionStatus::Active {
            card = card
                .action(Action::new("pause", "Pause"))
                .action(Action::new("waiting", "Waiting").input(reason("For what?", true)));
        }
    }
    card.action(
        Action::new("abandon", "Abandon")
            .danger()
            .confirm("End this session without a result? It can be resumed.")
            .input(reason("Why?", false)),
    )
}

/// Whether a one-off script worked that nobody has kept yet.
fn worth_keeping(case: &Case) -> bool {
    case.fixes.iter().any(|fix| {
        fix.script.is_some()
            && fix.template.is_none()
            && fix.decision.as_ref().is_some_and(|d| d.decision == DecisionKind::OneOff)
            && fix.outcome.as_ref().is_some_and(|o| o.outcome == OutcomeKind::Worked)
    })
}
