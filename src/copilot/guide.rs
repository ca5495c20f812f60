//! Guiding: which flow, what next, and honest words when there is none.

use strum::IntoEnumIterator as _;

use crate::escalation::{LONGEST_REASON, Urgency};
use crate::flow::{After, Match};
use crate::session::{Alternative, SessionTx};
use crate::surface::{Action, Card, CardKind, Choice, Input, InputKind};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// The best flow and the next two.
const OFFERED: usize = 3;

/// The flows that fit a problem, told in several texts: the first says it best, the others fill the places that
/// are left. Called before a session is locked: it reads on its own.
pub(super) async fn fitting(engine: &Engine, caller: &Caller, texts: &[&str]) -> Result<Vec<Match>> {
    let mut found: Vec<Match> = Vec::new();
    for text in texts {
        if found.len() >= OFFERED {
            break;
        }
        let more = engine.flows.find(&engine.db, caller.team(), text, OFFERED).await?;
        found.extend(
            more.into_iter().filter(|m| !found.iter().any(|f| f.flow.id == m.flow.id)).collect::<Vec<_>>(),
        );
    }
    found.truncate(OFFERED);
    Ok(found)
}

/// Begins the best flow and remembers the next ones; says so when none fits.
pub(super) async fn take_up(tx: &mut SessionTx, mut fitting: Vec<Match>) -> Result<()> {
    if fitting.is_empty() {
        return tx.say(no_flow_fits(None)).await;
    }
    let best = fitting.remove(0);
    let others = fitting
        .iter()
        .map(|m| Alternative { slug: m.flow.slug.clone(), title: m.flow.title.clone() })
        .collect();
    let after = tx.begin_flow(&best, others).await?;
    go_on(tx, after).await
}

/// Switches to another flow; the one that was walked is offered as the way back.
pub(super) async fn switch(tx: &mut SessionTx, to: &Match) -> Result<()> {
    let mut others: Vec<Alternative> = Vec::new();
    if let Some(walk) = tx.case().walk().cloned() {
        let document = tx.document(walk.flow_id, walk.version).await?;
        others.push(Alternative { slug: document.slug.clone(), title: document.title.clone() });
        others.extend(walk.alternatives.0);
    }
    others.retain(|other| other.slug != to.flow.slug);
    others.truncate(OFFERED - 1);
    if tx.case().active_fix().is_some_and(|f| !f.is_in_use()) {
        tx.supersede_active(None).await?;
    }
    let after = tx.begin_flow(to, others).await?;
    go_on(tx, after).await
}

/// Says what is needed after a move: a step or a fix speaks for itself.
pub(super) async fn go_on(tx: &mut SessionTx, after: After) -> Result<()> {
    match after {
        After::Step | After::Fix => Ok(()),
        After::End => tx.say(out_of_ideas()).await,
    }
}

/// What is said where the copilot goes on without a model.
pub(super) fn guided(body: &str) -> Card {
    Card::new(CardKind::Notice, "Guided work goes on", body)
}

/// What is said where no flow fits; `first` stands above it.
pub(super) fn no_flow_fits(first: Option<&str>) -> Card {
    let first = first.map(|first| format!("{first}\n\n")).unwrap_or_default();
    let what_to_do = "I found no flow in the library that fits, so I will not guess. Describe the problem in other words, pick a \
         flow yourself (`/flow` lists them), or work it freely: record what you confirm, note your checks, suggest a fix. The note writes \
         itself from that.";
    Card::new(CardKind::Notice, "No flow fits this problem", format!("{first}{what_to_do}"))
        .action(fact_action().primary())
        .action(flow_action())
        .action(check_action())
        .action(fix_action())
        .action(escalate_action())
}

fn out_of_ideas() -> Card {
    Card::new(
        CardKind::Notice,
        "This flow has nothing more to offer",
        "Record what else you find, try another flow, suggest a fix of your own, or escalate with everything confirmed \
         so far.",
    )
    .action(escalate_action().primary())
    .action(flow_action())
    .action(fix_action())
    .action(fact_action())
}

/// Refuses, naming the flows there are.
pub(super) fn no_such_flow(name: &str) -> Error {
    Error::invalid(
        "flow",
        format!("there is no flow like {name:?}; `flow` without a name lists those that fit"),
    )
}

pub(super) fn fact_action() -> Action {
    Action::new("fact", "Add a fact").input(Input::new(
        "text",
        "What did you confirm?",
        InputKind::Multiline,
        2_000,
    ))
}

pub(super) fn check_action() -> Action {
    Action::new("check", "Add a check")
        .input(Input::new("text", "What to check", InputKind::Text, 2_000))
        .input(Input::new("result", "Result, if you have it", InputKind::Multiline, 2_000).optional())
}

pub(super) fn flow_action() -> Action {
    Action::new("flow", "Use a flow").input(Input::new("flow", "Flow, by name", InputKind::Text, 100))
}

pub(super) fn fix_action() -> Action {
    Action::new("fix", "Suggest a fix")
        .input(Input::new("title", "What to do", InputKind::Text, 200))
        .input(Input::new("root_cause", "What is the cause?", InputKind::Text, 2_000).optional())
        .input(Input::new("steps", "Steps, one a line", InputKind::Multiline, 4_000).optional())
}

pub(super) fn escalate_action() -> Action {
    let urgencies = Urgency::iter()
        .map(|urgency| Choice { value: urgency.to_string(), label: urgency.label().to_owned() });
    let urgency = Input {
        value: Some(Urgency::default().to_string()),
        options: urgencies.collect(),
        ..Input::new("urgency", "How urgent is it?", InputKind::Choice, 20)
    };
    let why = "Why? What does the next person need to know?";
    let longest = u32::try_from(LONGEST_REASON).unwrap_or(u32::MAX);
    Action::new("escalate", "Escalate")
        .input(Input::new("place", "Tell the team in", InputKind::Channel, 100).optional())
        .input(urgency)
        .input(Input::new("reason", why, InputKind::Multiline, longest))
}
