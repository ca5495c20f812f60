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
mod inbound;

pub use accept::{accept, accept_with};
pub use action::{Action, ActionStyle, Choice, Input, InputKind};
pub use card::{Badge, Card, CardField, CardKind, CardState, Tone};
pub use command::{COMMANDS, Command, CommandSpec, parse_command, suggest_command};
pub(crate) use deliver::card_entry;
pub use deliver::{Delivery, Whisper, whisper};
pub use inbound::{Inbound, ThreadRef, What};

use async_trait::async_trait;

use crate::queue::Failure;
use crate::store::{CardId, TeamId};
use crate::team::Platform;

/// A chat platform that shows cards. Implemented by each adapter.
#[async_trait]
pub trait Surface: Send + Sync + 'static {
    /// Which platform it is.
    fn platform(&self) -> Platform;

    /// Shows a card as a new message; answers with the platform's reference of that message.
    ///
    /// `key` is the same for every attempt: a platform that can, must not show it twice.
    async fn post(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
        key: &str,
    ) -> Result<String, Failure>;

    /// Shows a card in place of the message it was shown in before.
    async fn edit(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<(), Failure>;

    /// Tells one person something that nobody else sees.
    async fn whisper(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        to: &str,
        text: &str,
        key: &str,
    ) -> Result<(), Failure>;
}
