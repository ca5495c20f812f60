//! Showing cards: the outbox's way into the console.

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, MemberId, TeamId};
use flowpilot::surface::{Card, Live, Surface, ThreadRef};
use flowpilot::team::Platform;
use uuid::Uuid;

use crate::Console;
use crate::threads::{Show, show};
use crate::view::{AuthorKind, Message, StoredCard};

/// The name that the copilot writes under.
pub(crate) const NAME: &str = "FlowPilot";

pub(crate) struct ConsoleSurface(pub(crate) Console);

impl ConsoleSurface {
    async fn show_card(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
    ) -> Result<String, Failure> {
        let engine = &self.0.0.engine;
        let row = show(
            &engine.db,
            Show {
                team,
                thread: thread_id(thread)?,
                key: format!("card:{id}"),
                id: engine.clock.new_id(),
                author: AuthorKind::Copilot,
                author_name: NAME.to_owned(),
                private_to: None,
                body: None,
                card: Some(StoredCard { id, card: card.clone() }),
                now: engine.clock.now(),
            },
        )
        .await?;
        let message = Message::from(row);
        let reference = format!("card:{id}");
        self.0.0.feed.message(&message, None);
        Ok(reference)
    }
}

#[async_trait]
impl Surface for ConsoleSurface {
    fn platform(&self) -> Platform {
        Platform::Console
    }

    async fn post(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        id: CardId,
        card: &Card,
        _: &str,
        _: bool,
    ) -> Result<String, Failure> {
        self.show_card(team, thread, id, card).await
    }

    /// The message's delivery key is unique.
    fn shows_once(&self) -> bool {
        true
    }

    async fn edit(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        _: &str,
        id: CardId,
        card: &Card,
    ) -> Result<Option<String>, Failure> {
        self.show_card(team, thread, id, card).await.map(|_| None)
    }

    fn address(&self, thread: &ThreadRef) -> Option<String> {
        Some(format!("/#thread/{}", thread_id(thread).ok()?))
    }

    fn live(&self) -> Option<&dyn Live> {
        Some(self)
    }

    async fn whisper(
        &self,
        team: TeamId,
        thread: &ThreadRef,
        to: &str,
        text: &str,
        key: &str,
    ) -> Result<(), Failure> {
        let engine = &self.0.0.engine;
        let to: MemberId =
            to.parse().map_err(|_| Failure::Dead("the console has no such account".to_owned()))?;
        let row = show(
            &engine.db,
            Show {
                team,
                thread: thread_id(thread)?,
                key: key.to_owned(),
                id: engine.clock.new_id(),
                author: AuthorKind::Copilot,
                author_name: NAME.to_owned(),
                private_to: Some(to),
                body: Some(text.to_owned()),
                card: None,
                now: engine.clock.now(),
            },
        )
        .await?;
        self.0.0.feed.message(&Message::from(row), Some(to));
        Ok(())
    }
}

pub(crate) fn thread_id(thread: &ThreadRef) -> Result<Uuid, Failure> {
    thread.thread.parse().map_err(|_| Failure::Dead("the console has no such thread".to_owned()))
}
