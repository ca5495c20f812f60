//! Having a draft written: an effect of its own, so that nothing that people wait for waits for a model.
//!
//! A process that dies leaves the draft as it was, and the effect is worked again; how it ended and the cards that show
//! it are one commit.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::check::check;
use super::source::{Source, all};
use super::{Draft, DraftStatus, Drafted, Outcome};
use crate::ai::{Models, NoteAsk, Unmet};
use crate::note::{Note, by_rule};
use crate::queue::{Failure, Item, Receipt};
use crate::session::{Case, turns_before};
use crate::store::{CallId, DraftId, SessionId};
use crate::team::{Caller, member};
use crate::{Engine, Result};

/// Nobody waits longer for a note than this.
const WITHIN: Duration = Duration::from_secs(45);
/// Words of the thread that can be cited.
const MOST_MESSAGES: i64 = 30;

/// Works the outbox's drafts.
pub(crate) struct Scribe {
    engine: Engine,
    /// The process ends.
    stop: CancellationToken,
}

impl Scribe {
    /// The scribe of an engine. After `stop` it leaves what it writes to the next process.
    pub(crate) fn new(engine: Engine, stop: CancellationToken) -> Self {
        Self { engine, stop }
    }

    /// Has a draft written, and shows it in the place of the rules' note.
    ///
    /// # Errors
    /// What stands in the way now; tried again by the outbox.
    pub(crate) async fn write(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let team = item.team_id.ok_or_else(|| Failure::Dead("a draft without a team".to_owned()))?;
        let (id, session) = of(item).map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let case = Case::load(&self.engine, team, session).await?;
        let draft = case.drafts.iter().find(|d| d.id == id && d.status == DraftStatus::Writing).cloned();
        // The session has moved on, or somebody did not want to wait.
        let Some(draft) = draft else { return Ok(receipt.complete_alone().await?) };
        let asker = member(&self.engine.db, team, draft.member_id).await?;
        let asker = asker.ok_or_else(|| Failure::Dead("whoever asked is gone".to_owned()))?;
        let outcome = tokio::select! {
            outcome = self.outcome(&case, &draft) => outcome?,
            () = self.stop.cancelled() => {
                let why = "FlowPilot ends; the note is written afterwards".to_owned();
                return Err(Failure::Retry { why, after: Some(Duration::ZERO) });
            }
        };
        let end = if outcome.is_ok() { "written" } else { "unavailable" };
        metrics::counter!("flowpilot_note_drafts_total", "end" => end).increment(1);
        let caller = Caller::of(&asker).acting_for_the_outbox();
        let mut tx = self.engine.change_session(&caller, session).await?;
        tx.settle_draft(id, outcome).await?;
        tx.commit(Some(receipt)).await?;
        Ok(())
    }

    async fn outcome(&self, case: &Case, draft: &Draft) -> Result<Outcome> {
        let answerer = self.engine.answerer();
        let Some(models) = answerer.as_ref().and_then(|answerer| answerer.writes_notes()) else {
            return Ok(Err("no AI model is connected any more".to_owned()));
        };
        let session = &case.session;
        let thread =
            turns_before(&self.engine.db, session.team_id, session.id, draft.id.0, MOST_MESSAGES).await?;
        let (rules, sources) = (by_rule(draft.kind, case), all(case, draft.kind, &thread));
        let ask = NoteAsk {
            engine: &self.engine,
            case,
            member: draft.member_id,
            rules: &rules,
            sources: &sources,
            before: None,
        };
        let written = tokio::time::timeout(WITHIN, compose(models, ask)).await;
        Ok(written.unwrap_or_else(|_| Err(format!("it did not answer within {} s", WITHIN.as_secs()))))
    }
}

fn of(item: &Item) -> serde_json::Result<(DraftId, SessionId)> {
    let payload = &item.payload.0;
    Ok((
        serde_json::from_value(payload["draft"].clone())?,
        serde_json::from_value(payload["session"].clone())?,
    ))
}

/// Asks, checks, and asks once more where something is not supported. What then still is not is left out.
async fn compose(models: &Models, ask: NoteAsk<'_>) -> Outcome {
    let (rules, sources): (&Note, &[Source]) = (ask.rules, ask.sources);
    let told = models.note(&ask).await?;
    let (first, call) = (check(rules, &told, sources), told.call);
    if first.left_out.is_empty() {
        return usable(first, call);
    }
    let unmet = Unmet { told: &told, faults: &first.left_out };
    match models.note(&NoteAsk { before: Some(unmet), ..ask }).await {
        Ok(told) => {
            let second = check(rules, &told, sources);
            match second.sections.is_empty() {
                true => usable(first, call),
                false => usable(second, told.call),
            }
        }
        Err(why) => {
            tracing::info!(why, "what is not supported is left out, the model did not write it anew");
            usable(first, call)
        }
    }
}

fn usable(drafted: Drafted, call: CallId) -> Outcome {
    if drafted.sections.is_empty() {
        return Err("nothing recorded supports what it wrote".to_owned());
    }
    Ok((drafted, call))
}
