//! Escalation: handing a session over with a briefing that the next person can start from.
//!
//! A member asks for it ([`Asked`]), sees the package's preview, and posts it: the session is then `escalated`, and
//! where the team has a place for escalations ([`place`]) a card is shown there that an engineer can take the session
//! over with. What always holds: one card for each escalation that was posted; of several who take it, the first is
//! the session's owner. Begin with `handover`.

mod handover;
mod model;
pub mod place;

pub(crate) use handover::LONGEST_REASON;
pub use handover::{Asked, Where};
pub use model::{Escalation, EscalationEnd, Place, Urgency};

use crate::fix::OutcomeKind;
use crate::flow::{Node, render};
use crate::note::{Evidence, Note, NoteKind, Section};
use crate::session::{Case, CheckStatus, Step, StepStatus};

use crate::note::resolution::{confirmed, evidence_of_fix, problem, sentence};

/// The briefing by rule: Problem / What we've confirmed / What we've tried / Current hypothesis / Suggested next steps.
pub(crate) fn package(case: &Case) -> Note {
    let sections = vec![
        problem(case),
        confirmed(case, "What we've confirmed"),
        tried(case),
        hypothesis(case),
        next_steps(case),
    ];
    Note { kind: NoteKind::Escalation, sections }
}

fn tried(case: &Case) -> Section {
    let mut section = Section::new("What we've tried");
    for fix in case.fixes.iter().filter(|f| f.is_in_use()) {
        let end = match fix.outcome.as_ref().map(|o| o.outcome) {
            Some(OutcomeKind::Worked) => "it worked",
            Some(OutcomeKind::Partly) => "it helped in part",
            Some(OutcomeKind::Failed) => "it did not help",
            Some(OutcomeKind::Pending) => "the outcome is pending",
            None => "the outcome is not recorded",
        };
        section.item(format!("{}: {end}.", fix.title.trim_end_matches('.')), evidence_of_fix(fix));
    }
    if section.sentences.is_empty() {
        section.say("No fix was tried yet.", [Evidence::Session(case.session.id)]);
    }
    section
}

fn hypothesis(case: &Case) -> Section {
    let mut section = Section::new("Current hypothesis");
    if let Some((step, reason, _)) = reached(case) {
        section.say(sentence(&reason), [Evidence::Step(step.id.0)]);
        return section;
    }
    match case.active_fix().and_then(|fix| Some((fix, fix.root_cause.as_ref()?))) {
        Some((fix, cause)) => section.say(format!("Suspected: {}", sentence(cause)), evidence_of_fix(fix)),
        None => section.say("None yet.", [Evidence::Session(case.session.id)]),
    }
    section
}

fn next_steps(case: &Case) -> Section {
    let mut section = Section::new("Suggested next steps");
    if let Some((step, _, steps)) = reached(case) {
        for next in steps {
            section.item(sentence(&next), [Evidence::Step(step.id.0)]);
        }
    }
    for check in case.checks.iter().filter(|c| c.status == CheckStatus::Pending) {
        section.item(format!("Check: {}", sentence(&check.text)), [Evidence::Check(check.id.0)]);
    }
    if let Some(fix) = case.active_fix().filter(|f| !f.has_ended()) {
        section.item(format!("Try: {}", sentence(&fix.title)), evidence_of_fix(fix));
    }
    if section.sentences.is_empty() {
        section
            .say("Continue the diagnosis; no next step is recorded.", [Evidence::Session(case.session.id)]);
    }
    section
}

/// The escalation node at which the walk stands, with its reason and next steps.
fn reached(case: &Case) -> Option<(&Step, String, Vec<String>)> {
    // Ending the session leaves its last step, and the briefing must not change by that.
    let step = case.steps.iter().rfind(|s| s.status != StepStatus::Undone)?;
    let document = case.documents.get(&(step.flow_id, step.version))?;
    let Node::Escalation { reason, next_steps } = document.node(&step.node)? else { return None };
    let fill = |text: &str| render(text, &step.state.variables);
    Some((step, fill(reason), next_steps.iter().map(|s| fill(s)).collect()))
}
