//! Group commit for the inbox: many events, one transaction, and each caller waits for its own commit.
//!
//! One fsync then serves a whole burst, which is what makes "acknowledge only what is durable" affordable.

use tokio::sync::{mpsc, oneshot};

use super::{Entry, Queue};
use crate::{Error, Result};

/// At most so many events in one transaction (eight bound values each, well below both databases' limits).
const BATCH: usize = 256;

/// Accepts events for the inbox.
#[derive(Clone)]
pub struct Intake(mpsc::Sender<(Entry, oneshot::Sender<Result<(), NotKept>>)>);

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
        let (sender, mut receiver) = mpsc::channel(4 * BATCH);
        tokio::spawn(async move {
            let mut batch = Vec::with_capacity(BATCH);
            while receiver.recv_many(&mut batch, BATCH).await > 0 {
                let (entries, waiting): (Vec<Entry>, Vec<oneshot::Sender<_>>) = batch.drain(..).unzip();
                let result = write(&inbox, &entries).await;
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
        let (sender, answer) = oneshot::channel();
        self.0.send((entry, sender)).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?.map_err(Error::from)
    }
}

fn closed() -> Error {
    Error::NotStored("it is closed".to_owned())
}

async fn write(inbox: &Queue, entries: &[Entry]) -> Result<()> {
    let mut tx = inbox.db.begin().await?;
    inbox.push(&mut tx, entries).await?;
    tx.commit().await?;
    inbox.ring();
    metrics::counter!("flowpilot_inbox_accepted_total").increment(entries.len() as u64);
    Ok(())
}
