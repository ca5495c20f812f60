//! Words that a member wrote elsewhere: those who read along in the session's thread see them there, before what the
//! copilot makes of them.

use serde::{Deserialize, Serialize};

use super::deliver::begin;
use super::{Delivery, ThreadRef};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::session::SessionTx;

/// Words of a member that were not written in the thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relayed {
    /// The member's name.
    pub by: String,
    /// What they wrote, without secrets. Untrusted text.
    pub text: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    thread: ThreadRef,
    words: Relayed,
}

impl SessionTx {
    /// Has the caller's words shown in the session's thread once this is committed, in the thread's own order: before
    /// the cards of this turn.
    pub(crate) fn relay(&mut self, text: &str) {
        let session = &self.case().session;
        if self.engine.surface(session.platform).is_none() {
            return;
        }
        let (team, thread) = (session.team_id, session.thread_ref());
        let words = Relayed { by: self.caller.name().to_owned(), text: crate::redact::secrets(text.trim()) };
        let entry = Entry {
            key: format!("relay:{}", self.engine.clock.new_id()),
            team: Some(team),
            lane: thread.lane(),
            kind: "relay".to_owned(),
            payload: serde_json::json!(Payload { thread, words }),
        };
        self.effect(entry);
    }
}

impl Delivery {
    /// Shows words that were written elsewhere in their session's thread.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn relay(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Payload { thread, words } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        if let (Some(surface), Some(team)) = (self.engine.surface(thread.platform), item.team_id) {
            let again = begin(&*surface, item, receipt).await?;
            surface.relay(team, &thread, &words, &item.key, again).await?;
        }
        Ok(receipt.complete_alone().await?)
    }
}
