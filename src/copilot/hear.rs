//! Events that are no turn: words between people, messages that were changed or deleted, work without a thread yet.

use super::{Copilot, Reply, begin, converse};
use crate::attachment::words;
use crate::queue::Receipt;
use crate::session::text::shorten;
use crate::session::{Session, Step, author_of, by_thread};
use crate::surface::{Inbound, Opening, What, open_thread, parse_command};
use crate::team::{Caller, member, workspace_team};
use crate::{Error, Result};

impl Copilot {
    /// Whether an event is none of the copilot's business: words that were not meant for it, where no session is
    /// under way, and news of messages that it never heard.
    pub(super) async fn is_nothing(&self, inbound: &Inbound) -> Result<bool> {
        let What::Said { text, addressed: false, .. } = &inbound.what else { return Ok(false) };
        let Some(session) = self.session_of(inbound).await? else { return Ok(true) };
        // After the end people thank each other; only a command still means something.
        Ok(session.status.is_closed() && parse_command(text).is_none())
    }

    async fn session_of(&self, inbound: &Inbound) -> Result<Option<Session>> {
        let db = &self.engine.db;
        match workspace_team(db, &inbound.thread.workspace()).await? {
            Some(team) => by_thread(db, team, &inbound.thread).await,
            None => Ok(None),
        }
    }

    /// A message was changed (`text` is how it reads now) or deleted: what rests on it follows.
    pub(super) async fn follow(
        &self,
        inbound: &Inbound,
        message: &str,
        text: Option<&str>,
        receipt: &Receipt,
    ) -> Result<()> {
        let engine = &self.engine;
        let Some(session) = self.session_of(inbound).await? else { return receipt.complete_alone().await };
        let Some(author) = author_of(&engine.db, session.team_id, session.id, message).await? else {
            return receipt.complete_alone().await;
        };
        // The platform let them change it; what their role is by now does not matter.
        let author = member(&engine.db, session.team_id, author.unwrap_or(session.owner_id)).await?;
        let caller = Caller::of(&author.ok_or(Error::NotFound("member"))?).acting_for_the_outbox();
        let mut tx = engine.change_session(&caller, session.id).await?;
        let answered = match text {
            Some(text) => {
                let answered = tx.message_edited(message, &words(text, &inbound.files)).await?;
                tx.reattach(message, &inbound.files).await?;
                answered
            }
            None => tx.message_deleted(message).await?,
        };
        let reply = answered.map_or_else(Reply::none, |step| Reply::private(still_counts(&step)));
        self.finish(tx, reply, inbound, receipt).await.map(|_| ())
    }

    /// Has a thread opened for work that was asked for outside any.
    pub(super) async fn open(
        &self,
        inbound: &Inbound,
        caller: &Caller,
        text: &str,
        receipt: &Receipt,
    ) -> Result<()> {
        caller.must_work()?;
        let kept = crate::redact::secrets(text);
        let headline = match converse::question(text)? {
            Some(question) => {
                format!("{} asks: {}", caller.name(), shorten(&crate::redact::secrets(question), 200))
            }
            None => {
                begin::must_be_words(text)?;
                format!("{} works on: {}", caller.name(), shorten(begin::without_start(&kept), 200))
            }
        };
        let opening =
            Opening { place: inbound.thread.clone(), author: inbound.author.clone(), headline, text: kept };
        self.hand_on(open_thread(caller.team(), &opening, &inbound.key), receipt).await
    }
}

fn still_counts(step: &Step) -> String {
    let answer = step.answer.as_deref().unwrap_or_default();
    format!("Your answer \"{answer}\" still counts. Say `back` in the thread to take the last answer back.")
}
