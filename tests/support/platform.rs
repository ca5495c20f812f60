//! A chat platform in memory: it keeps what it was shown, and has people who write and click.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{Card, Inbound, Surface, ThreadRef, What, accept};
use flowpilot::team::{Affiliation, Author, Platform, Workspace, connect_workspace};

use super::World;

/// The workspace that is connected to the team.
pub(crate) const WORKSPACE: &str = "T0ACME";

/// What the platform was shown, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shown {
    /// A new message.
    Posted(CardId, Card),
    /// A message took another's place.
    Edited(CardId, Card),
    /// Words for one person: whom, and what.
    Whispered(String, String),
}

/// The platform; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Chat(Arc<Mutex<Vec<Shown>>>);

impl Chat {
    /// Connects a workspace of the platform to the team.
    pub(crate) async fn connect(world: &World) -> Self {
        let chat = Self::default();
        world.engine.set_surfaces([Arc::new(chat.clone()) as Arc<dyn Surface>]);
        let workspace = Workspace { platform: Platform::Slack, external_id: WORKSPACE.to_owned() };
        let engine = &world.engine;
        connect_workspace(&engine.db, &engine.clock, &workspace, world.team, "Acme").await.unwrap();
        chat
    }

    /// What was shown so far.
    pub(crate) fn shown(&self) -> Vec<Shown> {
        self.0.lock().unwrap().clone()
    }

    /// What one person was told in private.
    pub(crate) fn whispers(&self, to: &str) -> Vec<String> {
        let told = |shown: Shown| match shown {
            Shown::Whispered(whom, text) if whom == to => Some(text),
            _ => None,
        };
        self.shown().into_iter().filter_map(told).collect()
    }

    fn show(&self, what: Shown) {
        self.0.lock().unwrap().push(what);
    }
}

#[async_trait]
impl Surface for Chat {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(
        &self,
        _: TeamId,
        _: &ThreadRef,
        id: CardId,
        card: &Card,
        _: &str,
    ) -> Result<String, Failure> {
        self.show(Shown::Posted(id, card.clone()));
        Ok(format!("message of {id}"))
    }

    async fn edit(
        &self,
        _: TeamId,
        _: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<(), Failure> {
        assert_eq!(message, format!("message of {id}"));
        self.show(Shown::Edited(id, card.clone()));
        Ok(())
    }

    async fn whisper(&self, _: TeamId, _: &ThreadRef, to: &str, text: &str, _: &str) -> Result<(), Failure> {
        self.show(Shown::Whispered(to.to_owned(), text.to_owned()));
        Ok(())
    }
}

/// A thread of the connected workspace.
pub(crate) fn thread(name: &str) -> ThreadRef {
    ThreadRef { platform: Platform::Slack, workspace: WORKSPACE.to_owned(), thread: name.to_owned() }
}

/// A full member of the workspace.
pub(crate) fn person(name: &str) -> Author {
    Author {
        external_id: format!("U-{name}"),
        name: name.to_owned(),
        email: None,
        affiliation: Affiliation::Full,
    }
}

/// Something that a person did, delivered by the platform; stored when this returns.
pub(crate) async fn deliver(world: &World, key: &str, thread: &ThreadRef, author: &Author, what: What) {
    let inbound = Inbound { key: key.to_owned(), thread: thread.clone(), author: author.clone(), what };
    accept(&world.engine, &inbound, None).await.unwrap();
}
