//! Where a session stands, as a model is told: what was confirmed, checked, suggested, decided, and what is open.

use serde_json::{Value, json};

use super::{Library, clean, cut};
use crate::fix::{OutcomeKind, SuggestedFix};
use crate::flow::Match;
use crate::flow::run::node_of;
use crate::session::{Case, Check, PastSession};

/// The longest text of a check's result, in characters.
const LONGEST_RESULT: usize = 1_000;
/// Facts of an earlier session that are told.
const MOST_PAST_FACTS: usize = 8;

/// The state, without what is empty.
pub(super) fn of(case: &Case, library: &Library) -> Value {
    let facts: Vec<Value> = case.facts.iter().map(|fact| json!(clean(&fact.text))).collect();
    let checks: Vec<Value> = case.checks.iter().map(check).collect();
    let fixes: Vec<Value> = case.fixes.iter().map(fix).collect();
    let named = |found: &Match| json!({ "name": found.flow.slug, "title": clean(&found.flow.title), "about": clean(&found.document.summary) });
    let flows: Vec<Value> = library.flows.iter().map(named).collect();
    let past: Vec<Value> = library.past.iter().map(past).collect();
    json!({
        "status": case.session.status,
        "facts": facts,
        "checks": checks,
        "fixes": fixes,
        "open_step": open_step(case),
        "matching_flows": flows,
        "earlier_sessions": past,
    })
}

fn past(session: &PastSession) -> Value {
    let facts: Vec<String> = session.facts.iter().take(MOST_PAST_FACTS).map(|fact| clean(fact)).collect();
    let tried: Vec<Value> = session
        .fixes
        .iter()
        .map(|fix| {
            json!({
                "title": clean(&fix.title),
                "root_cause": fix.root_cause.as_deref().map(clean),
                "outcome": fix.outcome.map(OutcomeKind::label),
            })
        })
        .collect();
    json!({
        "title": clean(&session.title),
        "ticket": session.ticket_id.as_deref().map(clean),
        "facts": facts,
        "fixes": tried,
    })
}

fn check(check: &Check) -> Value {
    json!({
        "check": clean(&check.text),
        "status": check.status,
        "result": check.result.as_deref().map(|result| cut(&clean(result), LONGEST_RESULT)),
    })
}

fn fix(fix: &SuggestedFix) -> Value {
    json!({
        "title": clean(&fix.title),
        "root_cause": fix.root_cause.as_deref().map(clean),
        "active": fix.is_active(),
        "decision": fix.decision.as_ref().map(|decision| decision.decision.label()),
        "decision_reason": fix.decision.as_ref().and_then(|decision| decision.reason.as_deref()).map(clean),
        "outcome": fix.outcome.as_ref().map(|outcome| outcome.outcome.label()),
        "outcome_reason": fix.outcome.as_ref().and_then(|outcome| outcome.reason.as_deref()).map(clean),
    })
}

/// The step that waits, with its answers. What the engineer answers there goes to the flow and not to the model.
fn open_step(case: &Case) -> Value {
    let Some(step) = case.open_step() else { return Value::Null };
    let Ok(document) = case.document(step.flow_id, step.version) else { return Value::Null };
    let Ok(node) = node_of(document, &step.node) else { return Value::Null };
    let answers: Vec<String> = node.answers().iter().map(|answer| clean(&answer.label)).collect();
    json!({ "flow": clean(&document.title), "question": clean(node.prompt()), "answers": answers })
}
