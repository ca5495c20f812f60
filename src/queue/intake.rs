//! Group commit for the inbox: many events, one transaction, and each caller waits for its own commit.
//!
//! One fsync then serves a whole burst, which is what makes "acknowledge only what is durable" affordable.

use std::future::Future;
use std::pin::Pin;

use tokio::sync::{mpsc, oneshot};

use super::{Entry, Queue};
use crate::store::Tx;
use crate::{Error, Result};

/// At most so many events in one transaction (eight bound values each, well below both databases' limits).
const BATCH: usize = 256;

/// What an adapter writes of its own in the transaction that makes its event durable.
///
/// It shares the transaction with other events: it must be quick, and one that fails lets them all be sent again.
pub type Alongside = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Writing<'t> + Send>;

/// A write under way.
pub type Writing<'t> = Pin<Box<dyn Future<Output = Result<()>> + Send + 't>>;

/// Accepts events for the inbox.
#[derive(Clone)]
pub struct Intake(mpsc::Sender<Waiting>);

/// An event on its way, and who waits for it.
struct Waiting {
    entry: Entry,
    alongside: Option<Alongside>,
    answer: oneshot::Sender<Result<(), NotKept>>,
}

/// Why a transaction was not kept, for everybody who waited for it.
#[derive(Clone)]
enum NotKept {
    DiskFull,
    Other(String),
}

impl From<&Error> for NotKept {
    fn from(error: &Error) -> Self {
        match error {
            Error::DiskFull => Self::DiskFull,
            other => Self::Other(other.to_string()),
        }
    }
}

impl From<NotKept> for Error {
    fn from(reason: NotKept) -> Self {
        match reason {
            NotKept::DiskFull => Self::DiskFull,
            NotKept::Other(text) => Self::NotStored(text),
        }
    }
}

impl Intake {
    /// Starts the task that writes; it ends when the last `Intake` is dropped.
    #[must_use]
    pub fn start(inbox: Queue) -> Self {
        let (sender, mut receiver) = mpsc::channel::<Waiting>(4 * BATCH);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while receiver.recv_many(&mut batch, BATCH).await > 0 {
                let mut entries = Vec::with_capacity(batch.len());
                let mut alongside = Vec::new();
                let mut waiting = Vec::with_capacity(batch.len());
                for one in batch.drain(..) {
                    entries.push(one.entry);
                    alongside.extend(one.alongside);
                    waiting.push(one.answer);
                }
                let result = write(&inbox, &entries, alongside).await;
                for caller in waiting {
                    // A caller that went away will see its event redelivered; the key drops it then.
                    let _ = caller.send(result.as_ref().copied().map_err(NotKept::from));
                }
            }
        });
        Self(sender)
    }

    /// Returns once the event is durable. An event whose key is known already is accepted and dropped.
    ///
    /// # Errors
    /// [`Error::NotStored`] or [`Error::DiskFull`] when it could not be written: do not acknowledge, let the platform send it again.
    pub async fn accept(&self, entry: Entry) -> Result<()> {
        self.send(entry, None).await
    }

    /// As [`Intake::accept`], with a write of the adapter's own in the same transaction.
    ///
    /// # Errors
    /// As [`Intake::accept`].
    pub async fn accept_with(&self, entry: Entry, alongside: Alongside) -> Result<()> {
        self.send(entry, Some(alongside)).await
    }

    async fn send(&self, entry: Entry, alongside: Option<Alongside>) -> Result<()> {
        let (answer, kept) = oneshot::channel();
        self.0.send(Waiting { entry, alongside, answer }).await.map_err(|_| closed())?;
        kept.await.map_err(|_| closed())?.map_err(Error::from)
    }
}

fn closed() -> Error {
    Error::NotStored("it is closed".to_owned())
}

async fn write(inbox: &Queue, entries: &[Entry], alongside: Vec<Alongside>) -> Result<()> {
    let mut tx = inbox.db.begin_urgent().await?;
    for write in alongside {
        write(&mut tx).await?;
    }
    inbox.push(&mut tx, entries).await?;
    tx.commit().await?;
    inbox.ring();
    metrics::counter!("flowpilot_inbox_accepted_total").increment(entries.len() as u64);
    Ok(())
}
