//! The steps of a flow: questions, checks, instructions, and where it ends.

use crate::Result;
use crate::copilot::guide;
use crate::fix::ScriptLanguage;
use crate::flow::run::node_of;
use crate::flow::{Answer, CheckOutcome, Node, render, render_command};
use crate::note::as_typed;
use crate::session::{Case, Step, StepStatus};
use crate::surface::{Action, Card, CardKind, CardState, Input, InputKind};

pub(super) fn card(case: &Case, step: &Step) -> Result<Option<Card>> {
    let document = case.document(step.flow_id, step.version)?;
    let node = node_of(document, &step.node)?;
    let fill = |text: &str| as_typed(&render(text, &step.state.variables));
    let shown = |text: &str, command: &Option<String>| match command {
        Some(command) => format!(
            "{}\n\n{}",
            fill(text),
            super::code("", &render_command(command, ScriptLanguage::Powershell, &step.state.variables))
        ),
        None => fill(text),
    };
    let card = match node {
        Node::Question { text, answers } => {
            buttons(Card::new(CardKind::Question, document.title.clone(), fill(text)), answers)
        }
        Node::Instruction { text, command, .. } => {
            let title = format!("{}: to do", document.title);
            Card::new(CardKind::Instruction, title, shown(text, command))
                .action(Action::new("done", "Done").primary())
        }
        Node::Check { text, command, outcome } => {
            let card = Card::new(CardKind::Check, format!("{}: check", document.title), shown(text, command));
            match outcome {
                CheckOutcome::Results { results } => buttons(card, results),
                CheckOutcome::Record { record, .. } => {
                    let label = document.variables.get(record).map_or(record.as_str(), |v| v.label.as_str());
                    let input = Input::new("value", label, InputKind::Text, 500);
                    card.action(Action::new("value", format!("Enter: {label}")).primary().input(input))
                }
            }
        }
        Node::Escalation { reason, next_steps } => {
            escalation(&fill(reason), next_steps.iter().map(|s| fill(s)))
        }
        Node::Solution { .. } | Node::Flow { .. } => return Ok(None),
    };
    let card = if has_answer_before(case, step) { card.action(Action::new("back", "Back")) } else { card };
    // What has ended asks nothing any more; when it is resumed, it asks again.
    let has_ended = case.session.status.is_closed() && step.status == StepStatus::Open;
    let ended = has_ended.then(|| CardState::Superseded { by: Some("the session's end".to_owned()) });
    Ok(Some(match state(step).or(ended) {
        // An escalation that was followed or left says nothing that the note does not say better.
        Some(state) => card.state(state),
        None => card,
    }))
}

fn buttons(card: Card, answers: &[Answer]) -> Card {
    answers
        .iter()
        .enumerate()
        .fold(card, |card, (i, a)| card.action(Action::new(format!("answer:{i}"), a.label.clone())))
}

fn escalation(reason: &str, next_steps: impl Iterator<Item = String>) -> Card {
    let steps: Vec<String> = next_steps.map(|s| format!("- {s}")).collect();
    let body = if steps.is_empty() { reason.to_owned() } else { format!("{reason}\n\n{}", steps.join("\n")) };
    Card::new(CardKind::Escalation, "Time to escalate", body)
        .action(guide::escalate_action().primary())
        .action(guide::fact_action())
        .action(guide::fix_action())
}

fn state(step: &Step) -> Option<CardState> {
    match (step.status, &step.answer, &step.answered_by_name, step.answered_at) {
        (StepStatus::Open, ..) => None,
        (StepStatus::Answered, Some(choice), Some(by), Some(at)) => {
            Some(CardState::Decided { choice: choice.clone(), by: by.clone(), at })
        }
        (StepStatus::Undone, ..) => Some(CardState::Superseded { by: Some("taken back".to_owned()) }),
        (StepStatus::Answered | StepStatus::Left, ..) => Some(CardState::Superseded { by: None }),
    }
}

fn has_answer_before(case: &Case, step: &Step) -> bool {
    case.steps.iter().any(|s| {
        s.run_id == step.run_id && s.id < step.id && s.status == StepStatus::Answered && s.answer.is_some()
    })
}
