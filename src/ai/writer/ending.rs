//! The end of an answer: shown whole and recorded, or left to the guided copilot.

use super::Work;
use crate::Result;
use crate::ai::About;
use crate::ai::notes::{End, below as note_below, kept, unavailable};
use crate::queue::Failure;
use crate::redact;
use crate::session::Case;
use crate::surface::{Below, Card, CardKind, Live, Whole};
use crate::team::{Caller, member};

impl Work<'_> {
    /// Shows the whole, and records it.
    pub(super) async fn end(&mut self, about: &About, end: End) -> Result<(), Failure> {
        let end = match (end, about) {
            (end, _) if self.answer.ending.is_some() => end,
            (End::Unavailable(why), About::Session(case)) => {
                self.working(false).await;
                return self.go_on_without(case, &why).await;
            }
            (End::Unavailable(why), About::Conversation(it)) => {
                self.answer_with_library(it, Some(&why)).await?
            }
            (End::Nobody, About::Conversation(it)) => self.answer_with_library(it, None).await?,
            (end, _) => end,
        };
        let ending = match &self.answer.ending {
            Some(ending) => ending.clone(),
            None => {
                let line = match (&end, self.text.trim().is_empty()) {
                    (End::Whole, true) => End::Failed("no answer came".to_owned()).line(),
                    _ => end.line(),
                };
                self.keep(Some(&line)).await?;
                line
            }
        };
        let text = redact::secrets(&self.text);
        if let Some(live) = self.live {
            let whole = self.with_sources(&text);
            let shown = self.show_whole(live, &whole, &ending).await;
            self.working(false).await;
            shown?;
        }
        match about {
            About::Session(case) => self.record(case, &text, &ending).await,
            About::Conversation(_) => self.end_exchange(text, &ending).await,
        }
    }

    async fn show_whole(&mut self, live: &dyn Live, text: &str, ending: &str) -> Result<(), Failure> {
        let note = match self.answer.conversation_id {
            Some(_) => self.note_in_conversation(ending),
            None => note_below(ending, &self.author),
        };
        let is_judged = ending.is_empty() && self.call.is_some() && !text.trim().is_empty();
        let below = Below { note: &note, judged: is_judged.then_some(self.answer.id) };
        if let (Some(mut open), Some(rest)) = (self.open.take(), text.strip_prefix(&self.out)) {
            match open.close(rest, below).await {
                Ok(()) => return Ok(()),
                Err(failure) => {
                    tracing::info!(why = %failure, "the end of the answer is shown in another way");
                }
            }
        }
        let whole = Whole { text: text.trim(), below };
        live.finish(&self.at, self.answer.shown.as_deref(), whole, self.again).await
    }

    /// Whoever asked, for whom all of this is done.
    pub(super) async fn asker(&self) -> Result<Caller, Failure> {
        let asker = member(&self.engine.db, self.at.team, self.answer.member_id).await?;
        let asker = asker.ok_or_else(|| Failure::Dead("whoever asked is gone".to_owned()))?;
        Ok(Caller::of(&asker).acting_for_the_outbox())
    }

    /// Nobody can write just now: the guided copilot takes the question, and says so.
    async fn go_on_without(&self, case: &Case, why: &str) -> Result<(), Failure> {
        let caller = self.asker().await?;
        let (session, question) = (case.session.id, &self.answer.question);
        let said = unavailable(why);
        let mut tx =
            crate::copilot::without_an_answer(self.engine, &caller, session, question, &said).await?;
        tx.answer_ended(self.answer.id, None).await?;
        tx.commit(Some(self.receipt)).await?;
        metrics::counter!("flowpilot_answers_total", "early" => "true").increment(1);
        Ok(())
    }

    async fn record(&self, case: &Case, text: &str, ending: &str) -> Result<(), Failure> {
        let caller = self.asker().await?;
        let mut tx = self.engine.change_session(&caller, case.session.id).await?;
        let kept = kept(text, ending);
        let message = if self.live.is_some() {
            tx.wrote(&kept).await?
        } else {
            tx.show_answer(Card::new(CardKind::Notice, "Answer", kept)).await?
        };
        let is_open = !tx.case().session.status.is_closed();
        let facts = if ending.is_empty() && is_open { self.facts.as_slice() } else { &[] };
        if let Some(card) = crate::copilot::proposed_facts(tx.case(), self.answer.id, facts) {
            tx.say(card).await?;
        }
        if let Some(fix) = self.fix.clone().filter(|_| ending.is_empty()) {
            tx.suggest(fix, &self.author).await?;
        }
        // Where nothing came there is nothing that anybody could think of it.
        let message = (!text.trim().is_empty()).then_some(message);
        tx.answer_ended(self.answer.id, message).await?;
        tx.commit(Some(self.receipt)).await?;
        metrics::counter!("flowpilot_answers_total", "early" => (!ending.is_empty()).to_string())
            .increment(1);
        Ok(())
    }
}
