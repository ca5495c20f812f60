//! The copilot: turns what people do in a thread into changes of the session and one answer.
//!
//! An event comes from the inbox ([`Copilot`]) or from the API ([`say`], [`press`], [`begin`]); both take the same
//! way. One event is one transaction: session, cards, effects and the event's own completion commit together, so
//! a process that dies leaves the event as it was. The mind here is the guided one: it finds the best flow, walks
//! it, and says so when none fits.

mod begin;
pub(crate) mod cards;
mod command;
mod guide;
mod press;
mod said;

pub use begin::{Beginning, begin};
pub(crate) use begin::{beginning, upstream};
pub(crate) use command::{decide, outcome};
pub use press::{press, press_once};
pub use said::say;

use async_trait::async_trait;

use crate::queue::{Failure, Handler, Item, Receipt};
use crate::session::{Session, by_thread};
use crate::surface::{Inbound, What, Whisper, whisper};
use crate::team::{Caller, recognise, workspace_team};
use crate::{Engine, Error, Result};

/// What the copilot tells the one person who asked, besides what the thread shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply(pub Option<String>);

impl Reply {
    /// Nothing: the thread says it all.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// These words.
    pub fn private(text: impl Into<String>) -> Self {
        Self(Some(text.into()))
    }
}

/// Works the inbox.
pub struct Copilot {
    engine: Engine,
}

impl Copilot {
    /// The copilot of an engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    async fn work(&self, inbound: &Inbound, caller: &Caller, receipt: &Receipt) -> Result<()> {
        let engine = &self.engine;
        let session = by_thread(&engine.db, caller.team(), &inbound.thread).await?;
        let (tx, reply) = match (&inbound.what, session) {
            (What::Started { ticket, text }, None) => {
                self.start(inbound, caller, ticket.clone(), text.clone()).await?
            }
            (What::Said { text }, None) => self.start(inbound, caller, None, Some(text.clone())).await?,
            (What::Started { .. }, Some(session)) => {
                return Err(Error::Conflict(format!("this thread has a session already: {}", session.title)));
            }
            (What::Said { text }, Some(session)) => {
                said::turn(engine, caller, session.id.into(), text).await?
            }
            (What::Pressed { card, action, fields }, Some(session)) => {
                press::turn(engine, caller, session.id.into(), *card, action, fields).await?
            }
            (What::Pressed { .. }, None) => return Err(Error::NotFound("session")),
        };
        self.finish(tx, reply, inbound, receipt).await.map(|_| ())
    }

    async fn start(
        &self,
        inbound: &Inbound,
        caller: &Caller,
        ticket: Option<String>,
        text: Option<String>,
    ) -> Result<(crate::session::SessionTx, Reply)> {
        begin::turn(&self.engine, caller, Beginning { ticket, text, thread: inbound.thread.clone() }).await
    }

    async fn finish(
        &self,
        mut tx: crate::session::SessionTx,
        reply: Reply,
        inbound: &Inbound,
        receipt: &Receipt,
    ) -> Result<Session> {
        if let Some(text) = reply.0 {
            tx.effect(whisper(Some(tx.case().session.team_id), &to_author(inbound, text), &inbound.key));
        }
        tx.commit(Some(receipt)).await
    }

    /// Tells the author why it did not work, and is done with the event.
    async fn refuse(&self, inbound: &Inbound, why: String, receipt: &Receipt) -> Result<()> {
        let team = workspace_team(&self.engine.db, &inbound.thread.workspace()).await?;
        let mut tx = self.engine.db.begin().await?;
        let effect = whisper(team, &to_author(inbound, capitalised(&why)), &inbound.key);
        self.engine.outbox.push(&mut tx, &[effect]).await?;
        receipt.complete(&mut tx).await?;
        tx.commit().await?;
        self.engine.outbox.ring();
        Ok(())
    }
}

/// Errors begin in lower case, as they may stand within a line; what is said to a person begins a sentence.
fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn to_author(inbound: &Inbound, text: String) -> Whisper {
    Whisper { thread: inbound.thread.clone(), to: inbound.author.external_id.clone(), text }
}

#[async_trait]
impl Handler for Copilot {
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let inbound: Inbound = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("the event cannot be read: {e}")))?;
        let engine = &self.engine;
        let done =
            match recognise(&engine.db, &engine.clock, &inbound.thread.workspace(), &inbound.author).await {
                Ok(caller) => self.work(&inbound, &caller, receipt).await,
                Err(error) => Err(error),
            };
        match done {
            Ok(()) => Ok(()),
            // A lost lease looks like a conflict; completing again below then fails as well, and is tried again.
            Err(error) if error.is_for_the_person() && !error.may_pass() => {
                tracing::info!(event = inbound.key, %error, "refused");
                Ok(self.refuse(&inbound, error.to_person(), receipt).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn max_attempts(&self) -> i64 {
        5
    }
}
