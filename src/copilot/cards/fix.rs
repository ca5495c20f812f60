//! A suggested fix, and the question how it went.

use serde_json::Value;

use crate::fix::{DecisionKind, OutcomeKind, SuggestedFix, TemplateOffer};
use crate::note::as_typed;
use crate::script::{is_required, is_sensitive, properties};
use crate::session::{Case, text};
use crate::surface::{Action, Card, CardKind, CardState, Choice, Input, InputKind, Tone};

pub(super) fn card(case: &Case, fix: &SuggestedFix) -> Card {
    let tone = match fix.confidence {
        70.. => Tone::Good,
        40..70 => Tone::Warn,
        _ => Tone::Bad,
    };
    let card = Card::new(CardKind::Fix, fix.title.clone(), body(fix))
        .badge(format!("{} % confident", fix.confidence), tone)
        .field("Why this confidence", fix.confidence_reason.clone());
    match state(case, fix) {
        Some(state) => card.state(state),
        None => actions(card, fix),
    }
}

fn body(fix: &SuggestedFix) -> String {
    let mut parts = vec![as_typed(&fix.rationale)];
    let steps: Vec<String> =
        fix.steps.iter().enumerate().map(|(i, step)| format!("{}. {}", i + 1, as_typed(step))).collect();
    if !steps.is_empty() {
        parts.push(steps.join("\n"));
    }
    if let Some(script) = &fix.script {
        parts.push(super::code(&script.language.to_string(), &script.body));
    }
    parts.join("\n\n")
}

fn state(case: &Case, fix: &SuggestedFix) -> Option<CardState> {
    if let Some(decision) = &fix.decision {
        let label = decision.decision.label();
        let choice = match &decision.reason {
            Some(reason) => format!("{label}: {}", text::shorten(reason, 120)),
            None => label.to_owned(),
        };
        return Some(CardState::Decided {
            choice,
            by: decision.member_name.clone(),
            at: decision.created_at,
        });
    }
    let newer =
        fix.superseded_by.and_then(|by| case.fixes.iter().find(|f| f.id == by)).map(|f| f.title.clone());
    (!fix.is_active()).then_some(CardState::Superseded { by: newer })
}

fn actions(card: Card, fix: &SuggestedFix) -> Card {
    let once = Action::new(DecisionKind::OneOff.to_string(), "Use this fix");
    let card = match (&fix.template, &fix.script) {
        (Some(offer), _) => card.action(form(offer).primary()).action(once),
        (None, Some(_)) => card
            .action(once.primary())
            .action(Action::new(DecisionKind::DraftTemplate.to_string(), "Use and keep a draft template"))
            .action(Action::new(DecisionKind::BuildTemplate.to_string(), "Use and build a template")),
        (None, None) => card.action(once.primary()),
    };
    let reason = Input::new("reason", "Why not?", InputKind::Text, 1_000).optional();
    card.action(Action::new(DecisionKind::Dismissed.to_string(), "Dismiss").input(reason))
}

/// The form of a template: one input a parameter, filled in where the value is known.
fn form(offer: &TemplateOffer) -> Action {
    let label = text::shorten(&format!("Fill in: {}", offer.title), 75);
    properties(&offer.parameters).fold(Action::new("script", label), |action, (name, property)| {
        action.input(input(name, property, is_required(&offer.parameters, name), offer.known.get(name)))
    })
}

fn input(name: &str, property: &Value, required: bool, known: Option<&Value>) -> Input {
    let label = property["title"].as_str().or(property["description"].as_str()).unwrap_or(name);
    let options: Vec<Choice> = property["enum"]
        .as_array()
        .into_iter()
        .flatten()
        .map(plain)
        .map(|value| Choice { label: value.clone(), value })
        .collect();
    let kind = match property["type"].as_str() {
        _ if is_sensitive(property) => InputKind::Secret,
        _ if !options.is_empty() => InputKind::Choice,
        Some("integer" | "number") => InputKind::Number,
        Some("boolean") => InputKind::Boolean,
        _ => InputKind::Text,
    };
    let value = known.or(property.get("default")).filter(|_| kind != InputKind::Secret).map(plain);
    Input { required, value, options, ..Input::new(name, label, kind, 500) }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Asks how a fix in use went.
pub(super) fn outcome(fix: &SuggestedFix) -> Option<Card> {
    if !fix.is_in_use() {
        return None;
    }
    let why = |label: &str| Input::new("reason", label, InputKind::Text, 1_000);
    let mut card = Card::new(
        CardKind::Outcome,
        "How did it go?",
        format!("Once it is done, say how it went: {}", fix.title),
    )
    .action(Action::new(OutcomeKind::Worked.to_string(), "It worked").primary())
    .action(Action::new(OutcomeKind::Partly.to_string(), "Partly").input(why("What is left?").optional()))
    .action(Action::new(OutcomeKind::Failed.to_string(), "It failed").input(why("What happened?").optional()))
    .action(Action::new(OutcomeKind::Pending.to_string(), "Pending").input(why("What does it wait for?")));
    let Some(outcome) = &fix.outcome else {
        return Some(if fix.is_active() { card } else { card.state(CardState::Superseded { by: None }) });
    };
    if outcome.outcome == OutcomeKind::Pending {
        card = card.badge("Pending", Tone::Warn);
        let reason = outcome.reason.clone().unwrap_or_default();
        return Some(card.field("Waiting for", format!("{reason} (says {})", outcome.member_name)));
    }
    let (choice, by) = (outcome.outcome.label().to_owned(), outcome.member_name.clone());
    Some(card.state(CardState::Decided { choice, by, at: outcome.created_at }))
}

/// What to do once a fix worked.
pub(in crate::copilot) fn ready(kind: OutcomeKind) -> Card {
    let resolve = Action::new("resolve", "Resolve");
    if kind == OutcomeKind::Worked {
        return Card::new(
            CardKind::Notice,
            "Ready to resolve",
            "Resolve shows the note before anything is posted.",
        )
        .action(resolve.primary())
        .action(Action::new("leave", "Not yet"));
    }
    Card::new(
        CardKind::Notice,
        "What about the rest?",
        "Resolve with what is done, suggest another fix, or escalate.",
    )
    .action(resolve)
    .action(crate::copilot::guide::fix_action())
    .action(crate::copilot::guide::escalate_action())
}
