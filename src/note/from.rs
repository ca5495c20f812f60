//! What a sentence rests on, as a person reads it: `fact 3, check 2`. The numbers are those of the case file, from 1.

use uuid::Uuid;

use super::Evidence;
use crate::fix::SuggestedFix;
use crate::session::Case;

/// Everything that a sentence rests on, each once.
pub(crate) fn label(case: &Case, evidence: &[Evidence]) -> String {
    let mut labels: Vec<String> = Vec::new();
    for one in evidence {
        let label = one_of(case, one);
        if !labels.contains(&label) {
            labels.push(label);
        }
    }
    labels.join(", ")
}

fn one_of(case: &Case, evidence: &Evidence) -> String {
    let fix = |is_it: &dyn Fn(&SuggestedFix) -> bool| case.fixes.iter().position(is_it);
    let (what, place) = match *evidence {
        Evidence::Session(_) => {
            return if case.session.ticket.is_some() { "ticket" } else { "session" }.to_owned();
        }
        Evidence::Edit(_) => return "edit".to_owned(),
        Evidence::Message(_) => return "message".to_owned(),
        Evidence::Fact(id) => ("fact", place_of(case.facts.iter().map(|fact| fact.id.0), id)),
        Evidence::Check(id) => ("check", place_of(case.checks.iter().map(|check| check.id.0), id)),
        Evidence::Fix(id) => ("fix", fix(&|fix| fix.id.0 == id)),
        Evidence::Decision(id) => {
            ("decision", fix(&|fix| fix.decision.as_ref().is_some_and(|decision| decision.id.0 == id)))
        }
        Evidence::Outcome(id) => {
            ("outcome", fix(&|fix| fix.outcome.as_ref().is_some_and(|outcome| outcome.id.0 == id)))
        }
        Evidence::Script(id) => ("script", place_of(case.generations.iter().map(|script| script.id.0), id)),
        Evidence::Step(id) => ("step", place_of(case.steps.iter().map(|step| step.id.0), id)),
    };
    place.map_or_else(|| what.to_owned(), |place| format!("{what} {}", place + 1))
}

fn place_of(mut ids: impl Iterator<Item = Uuid>, id: Uuid) -> Option<usize> {
    ids.position(|one| one == id)
}
