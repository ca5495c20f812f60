//! What a question is about.

use super::answer::Answer;
use crate::assistant::{Conversation, conversation_of_team};
use crate::session::Case;
use crate::store::TeamId;
use crate::surface::ThreadRef;
use crate::{Engine, Error, Result};

/// A session, or a conversation that belongs to none.
#[derive(Clone)]
pub enum About {
    /// The session as it is now.
    Session(Box<Case>),
    /// The conversation.
    Conversation(Conversation),
}

impl About {
    /// What an answer is about.
    ///
    /// # Errors
    /// The database's; [`Error::NotFound`] where the team has nothing of the kind.
    pub(super) async fn of(engine: &Engine, team: TeamId, answer: &Answer) -> Result<Self> {
        if let Some(session) = answer.session_id {
            return Ok(Self::Session(Box::new(Case::load(engine, team, session).await?)));
        }
        let id = answer.conversation_id.ok_or(Error::NotFound("conversation"))?;
        let found = conversation_of_team(&engine.db, team, id).await?;
        Ok(Self::Conversation(found.ok_or(Error::NotFound("conversation"))?))
    }

    /// Whose it is.
    pub(super) fn team(&self) -> TeamId {
        match self {
            Self::Session(case) => case.session.team_id,
            Self::Conversation(conversation) => conversation.team_id,
        }
    }

    /// Where it is shown.
    pub(super) fn thread(&self) -> ThreadRef {
        match self {
            Self::Session(case) => case.session.thread_ref(),
            Self::Conversation(conversation) => conversation.thread_ref(),
        }
    }
}
