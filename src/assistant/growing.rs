//! Answers that grow while somebody reads along, and that no surface shows.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tokio::sync::watch;

use crate::store::{AnswerId, ConversationId};

/// How far an answer is. A hint: what was missed is in the database about a second later.
#[derive(Debug, Clone)]
pub struct Growth {
    /// The answer.
    pub answer: AnswerId,
    /// Its text so far, without secrets. Markdown of somebody who is not trusted.
    pub text: String,
    /// Whether nothing more is added.
    pub has_ended: bool,
}

type Growths = watch::Sender<Option<Growth>>;

/// The conversations that somebody follows. Whoever is slow reads the newest state and not each one before it.
#[derive(Debug, Default)]
pub struct Growing(Mutex<HashMap<ConversationId, Growths>>);

impl Growing {
    /// What grows in a conversation from now on, in this process.
    pub fn follow(&self, conversation: ConversationId) -> watch::Receiver<Option<Growth>> {
        let mut followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        followed.retain(|_, growths| growths.receiver_count() > 0);
        followed.entry(conversation).or_insert_with(|| watch::channel(None).0).subscribe()
    }

    /// Whether anybody follows a conversation.
    pub(crate) fn is_followed(&self, conversation: ConversationId) -> bool {
        let followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        followed.get(&conversation).is_some_and(|growths| growths.receiver_count() > 0)
    }

    /// Tells that an answer grew.
    pub(crate) fn grew(&self, conversation: ConversationId, growth: Growth) {
        let followed = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(growths) = followed.get(&conversation) {
            growths.send_replace(Some(growth));
        }
    }
}
