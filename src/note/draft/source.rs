//! What a model may cite: each thing of the record by a short id, with the words that its sentences are checked against.

use crate::fix::{DecisionKind, OutcomeKind, SuggestedFix};
use crate::note::resolution::{evidence_of, evidence_of_fix, ran, sentence, tell};
use crate::note::{Evidence, NoteKind, Section, Sentence, by_rule};
use crate::session::{Case, Check, CheckStatus, FactSource, Message, MessageAuthor};
use crate::surface::parse_command;

/// The longest message that is told, in characters.
const LONGEST_MESSAGE: usize = 600;

/// Who stands for a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The ticket: what a customer says.
    Ticket,
    /// Words of the thread, which nobody confirmed.
    Thread,
    /// What was recorded.
    Record,
}

/// Something that a sentence can rest on.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its id in the prompt: `F1`, `C2`.
    pub(crate) key: String,
    pub(crate) of: Of,
    /// What a sentence that cites it rests on.
    pub(super) evidence: Vec<Evidence>,
    /// What a sentence that cites it may say.
    pub(crate) facts: Vec<String>,
}

impl Source {
    fn new(key: String, of: Of, evidence: Vec<Evidence>, facts: Vec<String>) -> Self {
        Self { key, of, evidence, facts }
    }

    fn record(letter: char, place: usize, evidence: Vec<Evidence>, facts: Vec<String>) -> Self {
        Self::new(format!("{letter}{}", place + 1), Of::Record, evidence, facts)
    }
}

/// Everything that a note of this session can rest on.
pub(super) fn all(case: &Case, kind: NoteKind, thread: &[Message]) -> Vec<Source> {
    let mut all = vec![ticket(case)];
    for (place, fact) in case.facts.iter().enumerate() {
        all.push(Source::record('F', place, evidence_of(fact), vec![fact.text.clone()]));
    }
    for (place, check) in case.checks.iter().enumerate() {
        all.push(Source::record('C', place, vec![Evidence::Check(check.id.0)], of_check(case, check)));
    }
    for (place, fix) in case.fixes.iter().enumerate() {
        all.extend(of_fix(case, place, fix));
    }
    for (place, script) in case.generations.iter().enumerate().filter(|(_, s)| s.applied_at.is_some()) {
        all.push(Source::record('S', place, vec![Evidence::Script(script.id.0)], vec![ran(script)]));
    }
    if kind == NoteKind::Escalation {
        all.extend(of_plans(case));
    }
    let said =
        thread.iter().filter(|m| m.author == MessageAuthor::Member && parse_command(&m.text).is_none());
    for (place, message) in said.enumerate() {
        let text = message.text.chars().take(LONGEST_MESSAGE).collect();
        let evidence = vec![Evidence::Message(message.id.0)];
        all.push(Source::new(format!("M{}", place + 1), Of::Thread, evidence, vec![text]));
    }
    all
}

fn ticket(case: &Case) -> Source {
    let session = &case.session;
    let mut facts = vec![session.title.clone()];
    if let Some(ticket) = &session.ticket {
        facts.push(ticket.summary.clone());
        facts.extend(ticket.description.clone());
        facts.extend(ticket.contact.as_ref().map(|contact| format!("Reported by {contact}.")));
        facts.extend(ticket.company.as_ref().map(|company| format!("Reported by {company}.")));
    }
    // As the rules say it, with who reported it.
    facts.extend(crate::note::resolution::problem(case).sentences.into_iter().map(|s| s.text));
    Source::new("T1".to_owned(), Of::Ticket, vec![Evidence::Session(session.id)], facts)
}

/// A check with its result, and the facts that it confirmed.
fn of_check(case: &Case, check: &Check) -> Vec<String> {
    let text = check.text.trim_end_matches(['.', ':', '?']);
    match check.status {
        CheckStatus::Pending => vec![format!("Not checked: {}", sentence(&check.text))],
        CheckStatus::Skipped => vec![format!("Skipped, not checked: {}", sentence(&check.text))],
        CheckStatus::Done => {
            let result = check.result.as_deref().unwrap_or("done");
            let confirmed = case
                .facts
                .iter()
                .filter(|fact| fact.source == FactSource::Check && fact.source_id == Some(check.id.0));
            let confirmed = confirmed.map(|fact| fact.text.clone());
            [format!("{text}: {result}")].into_iter().chain(confirmed).collect()
        }
    }
}

/// What was decided about a fix, and how it went.
fn of_fix(case: &Case, place: usize, fix: &SuggestedFix) -> Vec<Source> {
    let Some(decision) = &fix.decision else { return Vec::new() };
    if decision.decision == DecisionKind::Dismissed {
        let why = decision.reason.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
        let title = fix.title.trim_end_matches('.');
        let told = format!("The suggested fix \"{title}\" was dismissed{why}.");
        return vec![Source::record('D', place, evidence_of_fix(fix), vec![told])];
    }
    let mut section = Section::new("");
    tell(&mut section, case, fix);
    let texts =
        |section: Section| section.sentences.into_iter().map(|s: Sentence| s.text).collect::<Vec<_>>();
    let told = texts(section);
    let mut sources = vec![Source::record('D', place, evidence_of_fix(fix), told.clone())];
    if let Some(outcome) = &fix.outcome {
        let cause = fix.root_cause.as_deref().and_then(|cause| match outcome.outcome {
            OutcomeKind::Worked => Some(format!("The cause was: {}", sentence(cause))),
            OutcomeKind::Partly => Some(format!("Suspected: {}", sentence(cause))),
            OutcomeKind::Failed | OutcomeKind::Pending => None,
        });
        let facts = told.into_iter().chain(cause).collect();
        let evidence = vec![Evidence::Outcome(outcome.id.0), Evidence::Fix(fix.id.0)];
        sources.push(Source::record('O', place, evidence, facts));
    }
    sources
}

/// What the rules give as hypothesis and next steps.
fn of_plans(case: &Case) -> Vec<Source> {
    let package = by_rule(NoteKind::Escalation, case);
    let plans = package.sections.into_iter().filter(|section| {
        matches!(section.title, "What we've tried" | "Current hypothesis" | "Suggested next steps")
    });
    let is_recorded = |s: &Sentence| !s.evidence.iter().any(|e| matches!(e, Evidence::Session(_)));
    let sentences = plans.flat_map(|section| section.sentences).filter(is_recorded);
    sentences.enumerate().map(|(place, s)| Source::record('N', place, s.evidence, vec![s.text])).collect()
}
