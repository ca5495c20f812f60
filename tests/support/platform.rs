//! A chat platform in memory: it keeps what it was shown, and has people who write and click.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{Card, Heard, Inbound, Surface, ThreadRef, What, accept};
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
    /// A thread was opened with these words.
    Opened(String),
    /// An earlier attempt's message was looked for.
    LookedFor(CardId),
}

/// The platform; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Chat {
    shown: Arc<Mutex<Vec<Shown>>>,
    /// What is in its threads before the copilot comes.
    threads: Arc<Mutex<Vec<Heard>>>,
    /// Answers to posts that are lost: the message is there, and nobody hears of it.
    lost: Arc<Mutex<usize>>,
}

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
        self.shown.lock().unwrap().clone()
    }

    /// Puts a message into the threads.
    pub(crate) fn wrote(&self, message: &str, author: &str, text: &str) {
        self.threads.lock().unwrap().push(Heard {
            message: message.to_owned(),
            author: format!("U-{author}"),
            author_name: author.to_owned(),
            text: text.to_owned(),
        });
    }

    /// Loses the answer to the next post.
    pub(crate) fn lose_an_answer(&self) {
        *self.lost.lock().unwrap() += 1;
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
        self.shown.lock().unwrap().push(what);
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
        again: bool,
    ) -> Result<String, Failure> {
        self.show(if again { Shown::LookedFor(id) } else { Shown::Posted(id, card.clone()) });
        let mut lost = self.lost.lock().unwrap();
        if *lost > 0 {
            *lost -= 1;
            return Err(Failure::Retry { why: "no answer".to_owned(), after: Some(Duration::ZERO) });
        }
        Ok(format!("message of {id}"))
    }

    async fn edit(
        &self,
        _: TeamId,
        _: &ThreadRef,
        message: &str,
        id: CardId,
        card: &Card,
    ) -> Result<Option<String>, Failure> {
        assert_eq!(message, format!("message of {id}"));
        self.show(Shown::Edited(id, card.clone()));
        Ok(None)
    }

    async fn whisper(&self, _: TeamId, _: &ThreadRef, to: &str, text: &str, _: &str) -> Result<(), Failure> {
        self.show(Shown::Whispered(to.to_owned(), text.to_owned()));
        Ok(())
    }

    async fn open_thread(
        &self,
        _: TeamId,
        place: &ThreadRef,
        headline: &str,
        _: &str,
        _: bool,
    ) -> Result<String, Failure> {
        if place.thread == "closed" {
            return Err(Failure::Dead("Invite me first.".to_owned()));
        }
        self.show(Shown::Opened(headline.to_owned()));
        Ok(format!("{}:1", place.thread))
    }

    async fn thread_so_far(&self, _: TeamId, _: &ThreadRef) -> flowpilot::Result<Vec<Heard>> {
        Ok(self.threads.lock().unwrap().clone())
    }

    /// Who is called Gus is a guest, as the platform knows.
    async fn introduce(&self, _: TeamId, _: &str, author: Author) -> flowpilot::Result<Author> {
        let affiliation = if author.name == "Gus" { Affiliation::Guest } else { author.affiliation };
        Ok(Author { affiliation, ..author })
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
