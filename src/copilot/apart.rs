//! Buttons of cards that are shown apart from their session's thread: an escalation in the team's channel.

use super::Copilot;
use crate::Result;
use crate::session::{Session, by_thread, get};
use crate::store::SessionId;
use crate::surface::{Inbound, What, find_apart};
use crate::team::{Caller, workspace_team};

impl Copilot {
    /// An event as the copilot works it, with the session that its card names. A press on a card that stands apart
    /// happens in the card's place: whoever pressed is answered there, and not in a thread below it.
    pub(super) async fn placed(&self, inbound: Inbound) -> Result<(Inbound, Option<SessionId>)> {
        let What::Pressed { card, .. } = &inbound.what else { return Ok((inbound, None)) };
        let workspace = inbound.thread.workspace();
        let Some(team) = workspace_team(&self.engine.db, &workspace).await? else {
            return Ok((inbound, None));
        };
        Ok(match find_apart(&self.engine, team, *card).await? {
            Some(apart) => (Inbound { thread: apart.place, ..inbound }, Some(apart.session)),
            None => (inbound, None),
        })
    }

    /// The session that an event belongs to: its card's, or its thread's.
    pub(super) async fn session_for(
        &self,
        caller: &Caller,
        inbound: &Inbound,
        of_card: Option<SessionId>,
    ) -> Result<Option<Session>> {
        let db = &self.engine.db;
        match of_card {
            Some(session) => get(db, caller.team(), session).await,
            None => by_thread(db, caller.team(), &inbound.thread).await,
        }
    }
}
