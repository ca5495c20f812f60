//! The end of an answer that belongs to no session: with its sources, and from the library where no model writes.

use super::Work;
use crate::Result;
use crate::ai::notes::{End, no_answer};
use crate::assistant::{Conversation, Growth, listed, look_up, turns_before};
use crate::queue::Failure;
use crate::store::run;

impl Work<'_> {
    /// Nobody writes: what the library has is the answer. `why` no model does, where one is connected.
    pub(super) async fn answer_with_library(
        &mut self,
        in_it: &Conversation,
        why: Option<&str>,
    ) -> Result<End, Failure> {
        let said = match why {
            Some(why) => format!("{}.", no_answer(why)),
            None => "No AI model is connected, so there is no free answer.".to_owned(),
        };
        let asker = self.asker().await?;
        let before = turns_before(&self.engine.db, in_it.team_id, in_it.id, self.answer.id, 1).await?;
        let before = before.last().map(|(question, _)| question.as_str());
        let library = look_up(self.engine, &asker, &self.answer.question, before).await?;
        self.text = listed(&said, &library);
        self.sources = library.sources();
        self.call = None;
        Ok(End::Whole)
    }

    /// The text with what it cites below it: a thread shows nothing else.
    pub(super) fn with_sources(&self, text: &str) -> String {
        if self.sources.is_empty() {
            return text.to_owned();
        }
        let lines: Vec<String> = self.sources.iter().map(|source| format!("- {}", source.line())).collect();
        format!("{}\n\nSources:\n{}", text.trim_end(), lines.join("\n"))
    }

    /// What stands below an answer of a conversation.
    pub(super) fn note_in_conversation(&self, ending: &str) -> String {
        match (ending, self.call) {
            ("", Some(_)) if self.sources.is_empty() => {
                format!(
                    "Written by {}; it cites nothing of your library. Not confirmed by anybody.",
                    self.author
                )
            }
            ("", Some(_)) => format!("Written by {}, not confirmed by anybody.", self.author),
            ("", None) => "From your team's own library.".to_owned(),
            (ending, _) => ending.to_owned(),
        }
    }

    /// The answer is at its end.
    pub(super) async fn end_exchange(&mut self, text: String, ending: &str) -> Result<(), Failure> {
        let (team, answer, now) = (self.at.team, self.answer.id, self.engine.clock.now());
        let mut tx = self.engine.db.begin().await.map_err(crate::Error::from)?;
        run!(&mut tx, |c| sqlx::query("UPDATE answers SET ended_at = $1 WHERE team_id = $2 AND id = $3")
            .bind(now)
            .bind(team)
            .bind(answer)
            .execute(c)
            .await
            .map(|_| ()))
        .map_err(crate::Error::from)?;
        self.receipt.complete(&mut tx).await?;
        tx.commit().await.map_err(crate::Error::from)?;
        metrics::counter!("flowpilot_answers_total", "early" => (!ending.is_empty()).to_string())
            .increment(1);
        if let Some(conversation) = self.answer.conversation_id {
            self.engine.growing.grew(conversation, Growth { answer, text, has_ended: true });
        }
        Ok(())
    }
}
