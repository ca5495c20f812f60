//! A chat platform in memory on which text grows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::store::{CardId, TeamId};
use flowpilot::surface::{Below, Card, Live, LiveError, LivePlace, LiveText, Surface, ThreadRef, Whole};
use flowpilot::team::{Platform, connect_workspace};

use super::World;
use super::platform::thread;

/// A text that grew.
#[derive(Debug, Clone, Default)]
pub(crate) struct Grown {
    /// What it was at each moment.
    pub(crate) was: Vec<String>,
    /// What it is.
    pub(crate) text: String,
    /// The line below it, once it has ended.
    pub(crate) note: Option<String>,
    /// How often a message was opened for it.
    pub(crate) opened: usize,
}

#[derive(Default)]
struct Seen {
    texts: BTreeMap<String, Grown>,
    whispers: Vec<String>,
    /// Whether it is said that somebody works, each time.
    working: Vec<bool>,
    /// Ends that are refused.
    refusals: usize,
    /// Whether a reader has stopped it here.
    is_stopped: bool,
}

/// The platform; clones are one.
#[derive(Clone, Default)]
pub(crate) struct Board(Arc<Mutex<Seen>>);

impl Board {
    /// Connects a workspace of the platform to the team.
    pub(crate) async fn connect(world: &World) -> Self {
        let board = Self::default();
        let engine = &world.engine;
        engine.set_surfaces([Arc::new(board.clone()) as Arc<dyn Surface>]);
        let workspace = thread("any").workspace();
        connect_workspace(&engine.db, &engine.clock, &workspace, world.team, "Acme").await.unwrap();
        board
    }

    /// The texts, in the order in which they were asked for.
    pub(crate) fn texts(&self) -> Vec<Grown> {
        self.0.lock().unwrap().texts.values().cloned().collect()
    }

    /// What people were told in private.
    pub(crate) fn whispers(&self) -> Vec<String> {
        self.0.lock().unwrap().whispers.clone()
    }

    /// Each time that it was said whether somebody works.
    pub(crate) fn working(&self) -> Vec<bool> {
        self.0.lock().unwrap().working.clone()
    }

    /// The next ends are refused, so many.
    pub(crate) fn refuse_ends(&self, times: usize) {
        self.0.lock().unwrap().refusals = times;
    }

    /// A reader uses the platform's own way to stop.
    pub(crate) fn stop_here(&self) {
        self.0.lock().unwrap().is_stopped = true;
    }

    fn write(&self, key: &str, change: impl FnOnce(&mut Grown)) {
        let mut seen = self.0.lock().unwrap();
        let grown = seen.texts.entry(key.to_owned()).or_default();
        change(grown);
        let now = grown.text.clone();
        grown.was.push(now);
    }

    fn end(&self, key: &str, text: &str, note: &str) -> Result<(), Failure> {
        {
            let mut seen = self.0.lock().unwrap();
            if seen.refusals > 0 {
                seen.refusals -= 1;
                return Err(Failure::Retry { why: "not now".to_owned(), after: Some(Duration::ZERO) });
            }
        }
        self.write(key, |grown| (grown.text, grown.note) = (text.to_owned(), Some(note.to_owned())));
        Ok(())
    }
}

#[async_trait]
impl Surface for Board {
    fn platform(&self) -> Platform {
        Platform::Slack
    }

    async fn post(
        &self,
        _: TeamId,
        _: &ThreadRef,
        id: CardId,
        _: &Card,
        _: &str,
        _: bool,
    ) -> Result<String, Failure> {
        Ok(id.to_string())
    }

    async fn edit(
        &self,
        _: TeamId,
        _: &ThreadRef,
        _: &str,
        _: CardId,
        _: &Card,
    ) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    fn live(&self) -> Option<&dyn Live> {
        Some(self)
    }

    async fn whisper(&self, _: TeamId, _: &ThreadRef, _: &str, text: &str, _: &str) -> Result<(), Failure> {
        self.0.lock().unwrap().whispers.push(text.to_owned());
        Ok(())
    }
}

#[async_trait]
impl Live for Board {
    async fn working(&self, _: &LivePlace, is_working: bool) {
        self.0.lock().unwrap().working.push(is_working);
    }

    async fn open(&self, at: &LivePlace) -> Result<Box<dyn LiveText>, Failure> {
        self.write(&at.key, |grown| grown.opened += 1);
        Ok(Box::new(Text { board: self.clone(), key: at.key.clone(), text: String::new() }))
    }

    async fn was_opened(&self, at: &LivePlace) -> Result<bool, Failure> {
        Ok(self.0.lock().unwrap().texts.contains_key(&at.key))
    }

    async fn finish(
        &self,
        at: &LivePlace,
        _: Option<&str>,
        whole: Whole<'_>,
        _: bool,
    ) -> Result<(), Failure> {
        self.end(&at.key, whole.text, whole.below.note)
    }
}

struct Text {
    board: Board,
    key: String,
    text: String,
}

#[async_trait]
impl LiveText for Text {
    fn reference(&self) -> String {
        self.key.clone()
    }

    async fn append(&mut self, more: &str) -> Result<(), LiveError> {
        if self.board.0.lock().unwrap().is_stopped {
            return Err(LiveError::Stopped);
        }
        self.text.push_str(more);
        self.board.write(&self.key, |grown| grown.text.clone_from(&self.text));
        Ok(())
    }

    async fn close(&mut self, rest: &str, below: Below<'_>) -> Result<(), Failure> {
        self.text.push_str(rest);
        self.board.end(&self.key, &self.text, below.note)
    }
}
