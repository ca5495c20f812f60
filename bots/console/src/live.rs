//! Answers in the console while they are written: one message, replaced as it grows.

use async_trait::async_trait;
use flowpilot::queue::Failure;
use flowpilot::surface::{Below, Live, LiveError, LivePlace, LiveText, Whole};

use crate::Console;
use crate::surface::{ConsoleSurface, NAME, thread_id};
use crate::threads::{Show, show};
use crate::view::{AuthorKind, Message};

#[async_trait]
impl Live for ConsoleSurface {
    /// The page shows the text as soon as there is some.
    async fn working(&self, _: &LivePlace, _: bool) {}

    async fn open(&self, at: &LivePlace) -> Result<Box<dyn LiveText>, Failure> {
        Ok(Box::new(Growing { console: self.0.clone(), at: at.clone(), text: String::new() }))
    }

    /// The message's delivery key finds it.
    async fn was_opened(&self, _: &LivePlace) -> Result<bool, Failure> {
        Ok(false)
    }

    async fn finish(
        &self,
        at: &LivePlace,
        _: Option<&str>,
        whole: Whole<'_>,
        _: bool,
    ) -> Result<(), Failure> {
        write(&self.0, at, &with_note(whole.text, whole.below.note)).await
    }
}

struct Growing {
    console: Console,
    at: LivePlace,
    text: String,
}

#[async_trait]
impl LiveText for Growing {
    fn reference(&self) -> String {
        self.at.key.clone()
    }

    async fn append(&mut self, more: &str) -> Result<(), LiveError> {
        self.text.push_str(more);
        let written = write(&self.console, &self.at, &self.text).await;
        written.map_err(|failure| LiveError::Lost(failure.to_string()))
    }

    /// The page has its own way to say what one thinks of it.
    async fn close(&mut self, rest: &str, below: Below<'_>) -> Result<(), Failure> {
        self.text.push_str(rest);
        write(&self.console, &self.at, &with_note(&self.text, below.note)).await
    }
}

fn with_note(text: &str, note: &str) -> String {
    let parts = [text.trim(), note];
    parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join("\n\n")
}

async fn write(console: &Console, at: &LivePlace, text: &str) -> Result<(), Failure> {
    let engine = &console.0.engine;
    let message = Show {
        team: at.team,
        thread: thread_id(&at.thread)?,
        key: at.key.clone(),
        id: engine.clock.new_id(),
        author: AuthorKind::Copilot,
        author_name: NAME.to_owned(),
        private_to: None,
        body: Some(text.to_owned()),
        card: None,
        now: engine.clock.now(),
    };
    let row = show(&engine.db, message).await?;
    console.0.feed.message(&Message::from(row), None);
    Ok(())
}
