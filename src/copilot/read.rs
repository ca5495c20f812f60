//! Commands that only read: whoever may see the session may use them, also after its end.

use std::fmt::Write as _;

use super::cards::source_label;
use crate::flow::render;
use crate::flow::run::node_of;
use crate::session::{Case, CheckStatus};
use crate::surface::{COMMANDS, Command, parse_command};

/// Facts that a summary quotes; the newest matter most.
const FACTS_QUOTED: usize = 10;

/// What a case file says to one of these commands.
type Reading = fn(&Case) -> String;

/// How a command that only reads is answered; `None` for every other.
pub(super) fn reading(command: Command) -> Option<Reading> {
    match command {
        Command::Help => Some(|_| help()),
        Command::Status => Some(status),
        Command::Facts => Some(facts),
        Command::CatchUp => Some(catch_up),
        _ => None,
    }
}

/// As [`reading`], for the command in these words.
pub(super) fn asked(text: &str) -> Option<Reading> {
    let (command, _) = parse_command(text)?.ok()?;
    reading(command)
}

/// The list of commands.
#[must_use]
pub fn help() -> String {
    let mut text = String::from("Answer with a button or in words. Commands:");
    for spec in COMMANDS {
        let _ = write!(text, "\n`{}`: {}", spec.in_words(), spec.summary);
    }
    text
}

fn status(case: &Case) -> String {
    let fix = case.active_fix().map_or_else(|| "none".to_owned(), |f| f.title.clone());
    let session = &case.session;
    let ticket = session.ticket_id.as_ref().map_or_else(|| "none".to_owned(), |t| format!("#{t}"));
    format!(
        "{}\nStatus: {}\nTicket: {ticket}\nFacts: {}\nActive fix: {fix}\nVersion: {}",
        session.title,
        session.status,
        case.facts.len(),
        session.state_version
    )
}

fn facts(case: &Case) -> String {
    if case.facts.is_empty() {
        return "Nothing is confirmed yet. `fact: TEXT` records something.".to_owned();
    }
    let mut text = String::from("Confirmed so far:");
    for fact in &case.facts {
        let _ = write!(text, "\n- {} ({})", fact.text, source_label(fact));
    }
    text
}

/// For somebody who joins late: what it is about, what is known, what was tried, what is waited for.
fn catch_up(case: &Case) -> String {
    let session = &case.session;
    let mut text = session.title.clone();
    let ticket = session.ticket_id.as_ref().map(|t| format!("ticket #{t}, ")).unwrap_or_default();
    let reason = session.status_reason.as_ref().map(|r| format!(" ({r})")).unwrap_or_default();
    let _ = write!(text, "\n{ticket}{}{reason}, worked by {}", session.status, case.owner_name);
    confirmed(&mut text, case);
    checks(&mut text, case);
    fixes(&mut text, case);
    waits_for(&mut text, case);
    text
}

fn confirmed(text: &mut String, case: &Case) {
    if case.facts.is_empty() {
        text.push_str("\n\nNothing is confirmed yet.");
        return;
    }
    let _ = write!(text, "\n\nConfirmed ({}):", case.facts.len());
    let left_out = case.facts.len().saturating_sub(FACTS_QUOTED);
    if left_out > 0 {
        let _ = write!(text, "\n- {left_out} earlier ones: `facts` lists them all");
    }
    for fact in &case.facts[left_out..] {
        let _ = write!(text, "\n- {} ({})", fact.text, source_label(fact));
    }
}

fn checks(text: &mut String, case: &Case) {
    let open: Vec<_> = case.checks.iter().filter(|c| c.status == CheckStatus::Pending).collect();
    if open.is_empty() {
        return;
    }
    text.push_str("\n\nStill to check:");
    for check in open {
        let _ = write!(text, "\n- {}", check.text);
    }
}

fn fixes(text: &mut String, case: &Case) {
    if case.fixes.is_empty() {
        return;
    }
    text.push_str("\n\nFixes:");
    for fix in &case.fixes {
        let became = match (&fix.outcome, &fix.decision) {
            (Some(outcome), _) => outcome.outcome.label(),
            (None, Some(decision)) => decision.decision.label(),
            (None, None) if fix.superseded_at.is_some() => "superseded",
            (None, None) => "waits for a decision",
        };
        let _ = write!(text, "\n- {} ({} % confident): {became}", fix.title, fix.confidence);
    }
}

fn waits_for(text: &mut String, case: &Case) {
    let Some(step) = case.open_step() else { return };
    let asked = case.document(step.flow_id, step.version).and_then(|flow| node_of(flow, &step.node));
    if let Ok(node) = asked {
        let _ = write!(text, "\n\nThe next step: {}", render(node.prompt(), &step.state.variables));
    }
}
