//! Text that grows while it is read.

use async_trait::async_trait;

use super::ThreadRef;
use crate::queue::Failure;
use crate::store::{AnswerId, TeamId};

/// Where a text grows, and for whom.
#[derive(Debug, Clone)]
pub struct LivePlace {
    /// The team.
    pub team: TeamId,
    /// The thread.
    pub thread: ThreadRef,
    /// The platform's id of whoever asked; none where the question came another way.
    pub asker: Option<String>,
    /// The same for every attempt.
    pub key: String,
}

/// A text with all that belongs to it.
#[derive(Debug, Clone, Copy)]
pub struct Whole<'a> {
    /// Markdown of somebody who is not trusted; may be empty.
    pub text: &'a str,
    /// What stands below it.
    pub below: Below<'a>,
}

/// What stands below a text that is at its end.
#[derive(Debug, Clone, Copy)]
pub struct Below<'a> {
    /// One line, plain text.
    pub note: &'a str,
    /// The answer that people may say what they think of, where a model wrote it.
    pub judged: Option<AnswerId>,
}

/// A surface that shows text while it is written.
#[async_trait]
pub trait Live: Send + Sync {
    /// Says that an answer is being worked on, or no more. Called again while nothing can be shown yet, at most every
    /// 90 seconds. What goes wrong is harmless.
    async fn working(&self, at: &LivePlace, is_working: bool);

    /// Opens a message that will grow.
    ///
    /// # Errors
    /// A [`Failure::Retry`] with a time when nothing was opened for certain and it may be tried again then.
    async fn open(&self, at: &LivePlace) -> Result<Box<dyn LiveText>, Failure>;

    /// Whether an earlier attempt has opened a message that nobody noted.
    ///
    /// # Errors
    /// When that cannot be found out just now.
    async fn was_opened(&self, at: &LivePlace) -> Result<bool, Failure>;

    /// Shows the whole text in the messages that were opened for it, however far they are, or in new ones. Doing it
    /// again changes nothing.
    ///
    /// `shown` is the last [`LiveText::reference`] that was kept; `again` tells that there may be messages of which
    /// nobody knows: look for them first.
    ///
    /// # Errors
    /// What the platform answers.
    async fn finish(
        &self,
        at: &LivePlace,
        shown: Option<&str>,
        whole: Whole<'_>,
        again: bool,
    ) -> Result<(), Failure>;
}

/// A text that is being shown.
#[async_trait]
pub trait LiveText: Send + Sync {
    /// Names the messages that it is in, for [`Live::finish`]. A new name is kept before the text goes on: an
    /// [`LiveText::append`] that opened a message may leave its text to the next one.
    fn reference(&self) -> String;

    /// Shows more of it. What cannot be shown just now is kept and shown with what follows.
    ///
    /// # Errors
    /// [`LiveError`]: nothing more is shown then; [`Live::finish`] shows the whole at the end.
    async fn append(&mut self, more: &str) -> Result<(), LiveError>;

    /// Shows the rest with what stands below it, and ends the message.
    ///
    /// # Errors
    /// What the platform answers; [`Live::finish`] has to mend it.
    async fn close(&mut self, rest: &str, below: Below<'_>) -> Result<(), Failure>;
}

/// Why a text cannot grow any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveError {
    /// A reader stopped it on the platform.
    Stopped,
    /// The platform takes no more of it.
    Lost(String),
}
