//! Surfaces: what the engine says ([`Card`]) and hears ([`Inbound`]) without knowing Slack from Discord.
//!
//! An adapter turns its platform's payload into [`Inbound`], stores it with [`accept`] before it acknowledges, and
//! implements [`Surface`] to show cards. [`Delivery`] works the outbox and calls it. The table of [`COMMANDS`]
//! gives help, manifests and tests their words.

mod accept;
mod action;
mod card;
mod command;
mod deliver;
mod find;
mod inbound;

pub(crate) use accept::entry;
pub use accept::{accept, accept_with};
pub use action::{Action, ActionStyle, Choice, Input, InputKind};
pub use card::{Badge, Card, CardField, CardKind, CardState, Tone};
pub use command::{COMMANDS, Command, CommandSpec, parse_command, suggest_command};
pub(crate) use deliver::card_entry;
pub use deliver::{Delivery, Opening, Whisper, open_thread, whisper};
pub use find::{Found, find_card};
pub use inbound::{Heard, Inbound, ThreadRef, What};

use async_trait::async_trait;

use crate::queue::Failure;
use crate::store::{CardId, TeamId};
use crate::team::{Author, Platform};

/// A chat platform that shows cards. Implemented by each adapter.
#[async_trait]
pub trait Surface: Send + Sync + 'static {
    /// Which platform it is.
    fn platform(&self) -> Platform;

    /// Shows a card as a new message; answers with the platform's reference of that message.
    ///
    /// `key` is the same for every attempt: a platform that can, must not show it twice. `again` tells that an
    /// earlier attempt may have shown it, and nobody knows: look for it first.
    async fn post(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
        key: &str,
        again: bool,
    ) -> Result<String, Failure>;

    /// Whether showing the same `key` twice shows one message anyway; then nothing is noted before an attempt.
    fn shows_once(&self) -> bool {
        false
    }

    /// Shows a card in place of the message it was shown in before. Answers with another reference where that message
    /// is gone and the card had to become a new one.
    async fn edit(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<Option<String>, Failure>;

    /// Tells one person something that nobody else sees.
    async fn whisper(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        to: &str,
        text: &str,
        key: &str,
    ) -> Result<(), Failure>;

    /// Opens a thread in a channel with a first message; answers with the platform's id of the thread.
    ///
    /// `key` and `again` as for [`Surface::post`].
    async fn open_thread(
        &self,
        _team: TeamId,
        place: &ThreadRef,
        _headline: &str,
        _key: &str,
        _again: bool,
    ) -> Result<String, Failure> {
        Err(Failure::Dead(format!("{} opens no threads", place.platform)))
    }

    /// What was written in a thread so far, oldest first, without what the copilot wrote.
    async fn thread_so_far(&self, _team: TeamId, _thread: &ThreadRef) -> crate::Result<Vec<Heard>> {
        Ok(Vec::new())
    }

    /// What the platform says of an account that acts for the first time: its name, its verified address, how it
    /// belongs to the workspace.
    async fn introduce(&self, _team: TeamId, _workspace: &str, author: Author) -> crate::Result<Author> {
        Ok(author)
    }
}
