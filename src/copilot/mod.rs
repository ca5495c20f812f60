//! The copilot: turns what people do in a thread into changes of the session and one answer.
//!
//! An event comes from the inbox ([`Copilot`]) or from the API ([`say`], [`press`], [`begin`]); both take the same
//! way. One event is one transaction: session, cards, effects and the event's own completion commit together, so
//! a process that dies leaves the event as it was. The mind here is the guided one: it finds the best flow, walks
//! it, and says so when none fits. Where a model is connected, words that answer no step go to it ([`crate::ai`]).

mod apart;
mod aside;
mod ask;
mod begin;
pub(crate) mod cards;
mod command;
mod converse;
mod guide;
mod hear;
mod press;
mod proposed;
mod read;
mod said;

pub(crate) use ask::without_an_answer;
pub(crate) use begin::beginning;
pub use begin::upstream;
pub use begin::{Beginning, begin};
pub use cards::source_label;
pub(crate) use command::{decide, outcome};
pub use press::{press, press_once};
pub(crate) use proposed::proposed_facts;
pub use read::help;
pub use said::say;
pub(crate) use said::saying;

use async_trait::async_trait;

use crate::ai::{Feedback, judge_answer};
use crate::attachment::words;
use crate::psa::watch;
use crate::queue::{Entry, Failure, Handler, Item, Receipt};
use crate::session::{Case, Session};
use crate::store::SessionId;
use crate::surface::{Command, Heard, Inbound, What, Whisper, parse_command, whisper};
use crate::team::{Affiliation, Author, Caller, Workspace, account, recognise, workspace_team};
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

/// Who the author of an event is. Somebody who acts for the first time is introduced by the platform before they
/// join.
///
/// # Errors
/// As [`recognise`]; [`Error::Upstream`] when the platform cannot be asked.
pub async fn caller_of(engine: &Engine, workspace: &Workspace, author: &Author) -> Result<Caller> {
    let (db, clock) = (&engine.db, &engine.clock);
    let (team, surface) = (workspace_team(db, workspace).await?, engine.surface(workspace.platform));
    if let (Some(team), Some(surface)) = (team, surface)
        && account(db, team, workspace, &author.external_id).await?.is_none()
    {
        let introduced = surface.introduce(team, &workspace.external_id, author.clone()).await?;
        return recognise(db, clock, workspace, &introduced).await;
    }
    recognise(db, clock, workspace, author).await
}

fn asks_for(text: &str, wanted: Command) -> bool {
    matches!(parse_command(text), Some(Ok((command, _))) if command == wanted)
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

    async fn take(&self, inbound: &Inbound, of_card: Option<SessionId>, receipt: &Receipt) -> Result<()> {
        match &inbound.what {
            What::Edited { message, text } => self.follow(inbound, message, Some(text), receipt).await,
            What::Deleted { message } => self.follow(inbound, message, None, receipt).await,
            _ if self.is_nothing(inbound).await? => receipt.complete_alone().await,
            _ if self.answered_aside(inbound, receipt).await? => Ok(()),
            What::Judged { answer, thumb } => {
                let caller = caller_of(&self.engine, &inbound.thread.workspace(), &inbound.author).await?;
                let feedback = Feedback { thumb: *thumb, comment: None };
                // Doing it again changes nothing.
                judge_answer(&self.engine, &caller, *answer, feedback).await?;
                receipt.complete_alone().await
            }
            _ => {
                let caller = caller_of(&self.engine, &inbound.thread.workspace(), &inbound.author).await?;
                self.work(inbound, &caller, of_card, receipt).await
            }
        }
    }

    async fn work(
        &self,
        inbound: &Inbound,
        caller: &Caller,
        of_card: Option<SessionId>,
        receipt: &Receipt,
    ) -> Result<()> {
        let engine = &self.engine;
        let session = self.session_for(caller, inbound, of_card).await?;
        if session.is_none() && self.conversed(inbound, caller, receipt).await? {
            return Ok(());
        }
        let (mut tx, reply) = match (&inbound.what, session) {
            (What::Opened { text }, _) => return self.open(inbound, caller, text, receipt).await,
            (What::Started { connection, ticket, text, whole_thread, message }, None) => {
                let heard =
                    if *whole_thread { self.thread_so_far(inbound, caller).await? } else { Vec::new() };
                let text = text.as_ref().map(|text| words(text, &inbound.files));
                let (ticket, message) = (ticket.clone(), message.clone());
                let thread = inbound.thread.clone();
                begin::turn(
                    engine,
                    caller,
                    Beginning {
                        connection: *connection,
                        text,
                        message,
                        heard,
                        ..Beginning::new(thread, ticket, None)
                    },
                )
                .await?
            }
            (What::Said { text, .. }, None) if asks_for(text, Command::Help) => {
                return self.answer(inbound, help(), &inbound.key, receipt).await;
            }
            (What::Said { text, .. }, None) if asks_for(text, Command::Sessions) => {
                let listed = ask::sessions(engine, caller).await?;
                return self.answer(inbound, listed, &inbound.key, receipt).await;
            }
            (What::Said { text, message, .. }, None) => {
                let (text, message) = (Some(words(text, &inbound.files)), message.clone());
                let beginning = Beginning::new(inbound.thread.clone(), None, text);
                begin::turn(engine, caller, Beginning { message, ..beginning }).await?
            }
            (What::Started { .. }, Some(session)) => {
                return Err(Error::Conflict(format!("this thread has a session already: {}", session.title)));
            }
            (What::Said { text, .. }, Some(session)) if let Some(read) = read::asked(text) => {
                if inbound.author.affiliation == Affiliation::External {
                    return Err(for_own_people());
                }
                let case = Case::load(engine, caller.team(), session.id).await?;
                return self.answer(inbound, read(&case), &inbound.key, receipt).await;
            }
            (What::Said { text, .. }, Some(session))
                if text.trim().is_empty() && !inbound.files.is_empty() =>
            {
                let tx = engine.change_session(caller, session.id).await?;
                tx.must_be_open()?;
                (tx, Reply::none())
            }
            (What::Said { text, message, .. }, Some(session)) => {
                said::turn(engine, caller, session.id.into(), text, message.as_deref()).await?
            }
            (What::Pressed { card, action, fields }, Some(session)) => {
                press::turn(engine, caller, session.id.into(), *card, action, fields).await?
            }
            (What::Stopped, Some(session)) => ask::stopped(engine, caller, &session).await?,
            (What::Pressed { .. }, None) => return Err(Error::NotFound("session")),
            (What::Stopped, None) | (What::Edited { .. } | What::Deleted { .. } | What::Judged { .. }, _) => {
                return receipt.complete_alone().await;
            }
        };
        if let What::Said { message: Some(message), .. } | What::Started { message: Some(message), .. } =
            &inbound.what
        {
            tx.attach(message, &inbound.files).await?;
        }
        self.finish(tx, reply, inbound, receipt).await.map(|_| ())
    }

    async fn thread_so_far(&self, inbound: &Inbound, caller: &Caller) -> Result<Vec<Heard>> {
        match self.engine.surface(inbound.thread.platform) {
            Some(surface) => surface.thread_so_far(caller.team(), &inbound.thread).await,
            None => Ok(Vec::new()),
        }
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
    async fn refuse(&self, inbound: &Inbound, error: &Error, receipt: &Receipt) -> Result<()> {
        let is_chatter = matches!(inbound.what, What::Said { addressed: false, .. });
        // Who may not act still takes part in the thread: that is explained once, not at every line.
        let key = match error {
            Error::Forbidden(_) if is_chatter => {
                format!("{}:{}", inbound.thread.lane(), inbound.author.external_id)
            }
            _ => inbound.key.clone(),
        };
        self.answer(inbound, capitalised(&error.to_person()), &key, receipt).await
    }

    /// Tells the author something, once per `key`, and is done with the event.
    async fn answer(&self, inbound: &Inbound, text: String, key: &str, receipt: &Receipt) -> Result<()> {
        let team = workspace_team(&self.engine.db, &inbound.thread.workspace()).await?;
        self.hand_on(whisper(team, &to_author(inbound, text), key), receipt).await
    }

    /// Is done with an event that only leads to an effect.
    async fn hand_on(&self, effect: Entry, receipt: &Receipt) -> Result<()> {
        let mut tx = self.engine.db.begin().await?;
        self.engine.outbox.push(&mut tx, &[effect]).await?;
        receipt.complete(&mut tx).await?;
        tx.commit().await?;
        self.engine.outbox.ring();
        Ok(())
    }
}

fn for_own_people() -> Error {
    Error::Forbidden("tickets are shown to this organisation's own people only".to_owned())
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
        if item.kind == watch::TOLD {
            return watch::hear(&self.engine, item, receipt).await;
        }
        let inbound: Inbound = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("the event cannot be read: {e}")))?;
        let (inbound, of_card) = self.placed(inbound).await?;
        match self.take(&inbound, of_card, receipt).await {
            Ok(()) => Ok(()),
            Err(error) if error.is_for_the_person() && !error.may_pass() => {
                tracing::info!(event = inbound.key, %error, "refused");
                Ok(self.refuse(&inbound, &error, receipt).await?)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// About an hour: a platform that has to be asked who somebody is may be away for a while.
    fn max_attempts(&self) -> i64 {
        12
    }
}
