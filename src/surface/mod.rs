//! Surfaces: what the engine says ([`Card`]) and hears ([`Inbound`]) without knowing Slack from Discord.
//!
//! An adapter turns its platform's payload into [`Inbound`], stores it with [`accept`] before it acknowledges, and
//! implements [`Surface`] to show cards. [`Delivery`] works the outbox and calls it. The table of [`COMMANDS`]
//! gives help, manifests and tests their words.

mod accept;
mod action;
mod beside;
mod card;
mod command;
mod deliver;
mod file;
mod find;
mod inbound;
mod live;
mod notice;
mod relay;
mod share;

pub(crate) use accept::entry;
pub use accept::{accept, accept_with};
pub use action::{Action, ActionStyle, Choice, Input, InputKind};
pub(crate) use beside::{checkup, link_code};
pub use card::{Badge, Card, CardField, CardKind, CardState, Tone};
pub use command::{COMMANDS, Command, CommandSpec, parse_command, suggest_command};
pub(crate) use deliver::card_entry;
pub use deliver::{Delivery, Opening, Whisper, open_thread, whisper};
pub use file::{Fetched, FileStream, PostedFile};
pub(crate) use find::find_apart;
pub use find::{Found, Shown, cards_of, find_card};
pub use inbound::{Heard, Inbound, ThreadRef, What};
pub use live::{Below, Live, LiveError, LivePlace, LiveText, Whole};
pub use relay::Relayed;
pub(crate) use share::share;
pub use share::{SessionPreview, preview_links};

use async_trait::async_trait;

use crate::health::Finding;
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

    /// What the platform is sent to show this card, where that can be looked at: the payload itself, byte for byte.
    async fn payload(&self, _team: TeamId, _id: CardId, _card: &Card) -> Option<serde_json::Value> {
        None
    }

    /// Where text can be shown while it is written. Without it an answer is shown as a card once it is whole.
    fn live(&self) -> Option<&dyn Live> {
        None
    }

    /// Tells one person something that nobody else sees.
    async fn whisper(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        to: &str,
        text: &str,
        key: &str,
    ) -> Result<(), Failure>;

    /// Shows words that a member wrote elsewhere to those who read along in the thread. A platform whose thread is the
    /// transcript itself has nothing to do.
    ///
    /// `key` and `again` as for [`Surface::post`].
    async fn relay(
        &self,
        _team: TeamId,
        _thread: &ThreadRef,
        _words: &Relayed,
        _key: &str,
        _again: bool,
    ) -> Result<(), Failure> {
        Ok(())
    }

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

    /// The thread of the answers to a message in this place.
    fn below(&self, place: &ThreadRef, _message: &str) -> ThreadRef {
        place.clone()
    }

    /// What a place is called that somebody chose for cards to be shown in.
    ///
    /// # Errors
    /// [`crate::Error::Invalid`] of the field `place` where nothing can be shown there, saying how to mend it;
    /// [`crate::Error::Upstream`] when the platform cannot be asked.
    async fn place(&self, _team: TeamId, place: &ThreadRef) -> crate::Result<Option<String>> {
        Err(crate::Error::invalid("place", format!("{} has no channels to choose from", place.platform)))
    }

    /// Writes to one person outside of any thread. Where an answer is lost, the words may come twice.
    async fn write_to(
        &self,
        _team: TeamId,
        _workspace: &str,
        _to: &str,
        _text: &str,
        _key: &str,
    ) -> Result<(), Failure> {
        Err(Failure::Dead(format!("{} has no messages for one person", self.platform())))
    }

    /// Where a person opens a thread: an address, or a path on this server.
    fn address(&self, _thread: &ThreadRef) -> Option<String> {
        None
    }

    /// Tells a channel of a session that lives elsewhere: its title, where it stands, its link, and nothing more.
    ///
    /// `key` and `again` as for [`Surface::post`].
    async fn announce(
        &self,
        _team: TeamId,
        place: &ThreadRef,
        _session: &SessionPreview,
        _key: &str,
        _again: bool,
    ) -> Result<(), Failure> {
        Err(Failure::Dead(format!("{} has no channels to post to", place.platform)))
    }

    /// Shows below a message what the links in it lead to. Doing it twice changes nothing.
    async fn preview_links(
        &self,
        _team: TeamId,
        _message: &ThreadRef,
        _sessions: &[SessionPreview],
    ) -> Result<(), Failure> {
        Ok(())
    }

    /// How the connection of a workspace stands, without its secrets.
    async fn check(&self, _team: TeamId, _workspace: &str) -> Vec<Finding> {
        Vec::new()
    }

    /// What was written in a thread so far, oldest first, without what the copilot wrote.
    async fn thread_so_far(&self, _team: TeamId, _thread: &ThreadRef) -> crate::Result<Vec<Heard>> {
        Ok(Vec::new())
    }

    /// Fetches a file that was posted in a thread. Neither its size nor its kind is checked: whoever reads the stream
    /// stops when it has enough.
    async fn fetch(&self, _team: TeamId, thread: &ThreadRef, _file: &PostedFile) -> Result<Fetched, Failure> {
        Err(Failure::Dead(format!("{} hands out no files", thread.platform)))
    }

    /// What the platform says of an account that acts for the first time: its name, its verified address, how it
    /// belongs to the workspace.
    async fn introduce(&self, _team: TeamId, _workspace: &str, author: Author) -> crate::Result<Author> {
        Ok(author)
    }
}
