//! Facts that a model read out of what an engineer wrote: they become facts by a click of somebody who confirms them, one
//! by one, and never by themselves.

use sqlx::types::Json;

use super::cards::literal;
use crate::session::{Case, NewFact, SessionTx};
use crate::store::{AnswerId, run};
use crate::surface::{Action, Card, CardKind};
use crate::{Error, Result};

/// Begins the buttons' ids; the answer and the place of the text in it follow.
const PROPOSED: &str = "confirm:";

/// The card that asks whether these were confirmed; none when all of them are facts already.
pub(crate) fn proposed_facts(case: &Case, answer: AnswerId, facts: &[String]) -> Option<Card> {
    let is_known =
        |text: &str| case.facts.iter().any(|fact| fact.text.trim().eq_ignore_ascii_case(text.trim()));
    let new: Vec<(usize, &String)> = facts.iter().enumerate().filter(|(_, text)| !is_known(text)).collect();
    if new.is_empty() {
        return None;
    }
    let lines: Vec<String> = new.iter().map(|(at, text)| format!("{}. {}", at + 1, literal(text))).collect();
    let body = format!(
        "The AI model read this out of what was written here. What you confirm becomes a fact, and goes into the note.\n\n{}",
        lines.join("\n")
    );
    let mut card = Card::new(CardKind::Notice, "Did you confirm this?", body);
    for (at, _) in new {
        card = card
            .action(Action::new(format!("{PROPOSED}{answer}:{at}"), format!("Record {} as a fact", at + 1)));
    }
    Some(card.action(Action::new("leave", "Leave it")))
}

/// Whether a button confirms such a text.
pub(super) fn is_confirmation(action: &str) -> bool {
    action.starts_with(PROPOSED)
}

/// Records the text of a button as a fact of whoever pressed it. Answers with the card as it goes on: with what is left
/// to confirm, or none when nothing is.
pub(super) async fn confirm(tx: &mut SessionTx, card: &Card, action: &str) -> Result<Option<Card>> {
    let (answer, at) = action.strip_prefix(PROPOSED).and_then(|it| it.split_once(':')).ok_or_else(unknown)?;
    let answer: AnswerId = answer.parse().map_err(|_| unknown())?;
    let at: usize = at.parse().map_err(|_| unknown())?;
    let facts = of_answer(tx, answer).await?;
    let text = facts.get(at).ok_or_else(unknown)?;
    tx.add_fact(NewFact::said(text.as_str())).await?;
    let mut left = card.clone();
    left.actions.retain(|other| other.id != action);
    if !left.actions.iter().any(|other| is_confirmation(&other.id)) {
        return Ok(None);
    }
    let line = format!("{}. {}", at + 1, literal(text));
    left.body = left.body.replace(&line, &format!("{line} ✓ *{}*", literal(tx.caller.name())));
    Ok(Some(left))
}

async fn of_answer(tx: &mut SessionTx, answer: AnswerId) -> Result<Vec<String>> {
    let session = tx.case().session.id;
    let found: Option<Option<Json<Vec<String>>>> = run!(tx.unnoted(), |c| sqlx::query_scalar(
        "SELECT facts FROM answers WHERE id = $1 AND session_id = $2"
    )
    .bind(answer)
    .bind(session)
    .fetch_optional(c)
    .await)?;
    Ok(found.flatten().map(|facts| facts.0).unwrap_or_default())
}

fn unknown() -> Error {
    Error::invalid("action", "is not one of this card's buttons")
}
