//! The resolution note by rule: Problem / What we confirmed / Root cause / Resolution.

use super::{Evidence, Note, NoteKind, Section};
use crate::fix::{OutcomeKind, SuggestedFix};
use crate::session::{Case, CheckStatus, Fact, FactSource, Generation};

pub(super) fn write(case: &Case) -> Note {
    let sections =
        vec![problem(case), confirmed(case, "What we confirmed"), root_cause(case), resolution(case)];
    Note { kind: NoteKind::Resolution, sections }
}

/// What the session is about: the ticket's words, or the engineer's.
pub(crate) fn problem(case: &Case) -> Section {
    let mut section = Section::new("Problem");
    let session = &case.session;
    let who = session.ticket.as_ref().and_then(|t| match (&t.contact, &t.company) {
        (Some(contact), Some(company)) => Some(format!(" Reported by {contact}, {company}.")),
        (None, Some(company)) => Some(format!(" Reported by {company}.")),
        (Some(contact), None) => Some(format!(" Reported by {contact}.")),
        (None, None) => None,
    });
    section.say(
        format!("{}{}", sentence(&session.title), who.unwrap_or_default()),
        [Evidence::Session(session.id)],
    );
    section
}

/// Every fact that is not the outcome of a fix: those belong to what was done.
pub(crate) fn confirmed(case: &Case, title: &'static str) -> Section {
    let mut section = Section::new(title);
    for fact in case.facts.iter().filter(|f| f.source != FactSource::Outcome) {
        section.item(sentence(&fact.text), evidence_of(fact));
    }
    if section.sentences.is_empty() {
        section.say("Nothing was recorded.", [Evidence::Session(case.session.id)]);
    }
    section
}

pub(super) fn evidence_of(fact: &Fact) -> Vec<Evidence> {
    let source = match (fact.source, fact.source_id) {
        (FactSource::Check, Some(id)) => Some(Evidence::Check(id)),
        (FactSource::Flow, Some(id)) => Some(Evidence::Step(id)),
        _ => None,
    };
    [Evidence::Fact(fact.id.0)].into_iter().chain(source).collect()
}

fn root_cause(case: &Case) -> Section {
    let mut section = Section::new("Root cause");
    match solved_by(case) {
        Some((fix, kind)) => {
            let cause = fix.root_cause.as_deref().map_or_else(|| "Not determined.".to_owned(), sentence);
            let words = if kind == OutcomeKind::Worked { cause } else { format!("Suspected: {cause}") };
            section.say(words, evidence_of_fix(fix));
        }
        None => section.say("Not determined.", [Evidence::Session(case.session.id)]),
    }
    section
}

fn resolution(case: &Case) -> Section {
    let mut section = Section::new("Resolution");
    for fix in case.fixes.iter().filter(|f| f.is_in_use()) {
        tell(&mut section, case, fix);
    }
    for script in case.generations.iter().filter(|g| g.applied_at.is_some()) {
        if !case.fixes.iter().any(|fix| Some(fix.id) == script.fix_id && fix.is_in_use()) {
            section.item(ran(script), [Evidence::Script(script.id.0)]);
        }
    }
    let skipped = case.checks.iter().filter(|c| c.status == CheckStatus::Pending);
    for check in skipped {
        section.item(format!("Not checked: {}", sentence(&check.text)), [Evidence::Check(check.id.0)]);
    }
    if section.sentences.is_empty() {
        section.say("Closed without a recorded fix.", [Evidence::Session(case.session.id)]);
    }
    section
}

/// One fix that was used: what was done, and how it went.
pub(super) fn tell(section: &mut Section, case: &Case, fix: &SuggestedFix) {
    let evidence = evidence_of_fix(fix);
    let (lead, with_steps) = match fix.outcome.as_ref().map(|o| o.outcome) {
        Some(OutcomeKind::Worked) => ("Applied", true),
        Some(OutcomeKind::Partly) => ("Applied, with partial success", true),
        Some(OutcomeKind::Failed) => ("Tried without success", false),
        Some(OutcomeKind::Pending) => ("Applied, outcome pending", true),
        None => ("Chosen, outcome not recorded", true),
    };
    section.say(format!("{lead}: {}", sentence(&fix.title)), evidence.clone());
    if with_steps {
        for step in fix.steps.iter() {
            section.item(sentence(step), evidence.clone());
        }
    }
    for script in case.generations.iter().filter(|g| g.fix_id == Some(fix.id) && g.applied_at.is_some()) {
        section.item(ran(script), [Evidence::Script(script.id.0)]);
    }
    if let Some(outcome) = &fix.outcome {
        let reason =
            outcome.reason.as_deref().map(|r| format!(" ({})", r.trim_end_matches('.'))).unwrap_or_default();
        let said = match outcome.outcome {
            OutcomeKind::Worked => "The problem is solved",
            OutcomeKind::Partly => "The problem is solved in part",
            OutcomeKind::Failed => "The problem remained",
            OutcomeKind::Pending => "Waiting to see whether it helped",
        };
        section.say(format!("{said}{reason}."), [Evidence::Outcome(outcome.id.0)]);
    }
}

pub(super) fn ran(script: &Generation) -> String {
    format!("Ran the script \"{}\".", script.title)
}

/// The fix that solved the problem, wholly or in part.
pub(crate) fn solved_by(case: &Case) -> Option<(&SuggestedFix, OutcomeKind)> {
    case.fixes.iter().rev().find_map(|fix| {
        let kind = fix.outcome.as_ref()?.outcome;
        matches!(kind, OutcomeKind::Worked | OutcomeKind::Partly).then_some((fix, kind))
    })
}

pub(crate) fn evidence_of_fix(fix: &SuggestedFix) -> Vec<Evidence> {
    let decision = fix.decision.as_ref().map(|d| Evidence::Decision(d.id.0));
    let outcome = fix.outcome.as_ref().map(|o| Evidence::Outcome(o.id.0));
    [Evidence::Fix(fix.id.0)].into_iter().chain(decision).chain(outcome).collect()
}

/// With a full stop, on one line.
pub(crate) fn sentence(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.ends_with(['.', '!', '?', ':', '…', '`']) { text } else { format!("{text}.") }
}
