//! The worker: claims lanes, works their items in order, backs off, buries what never succeeds.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument as _;

use super::lane::Lane;
use super::{Item, Queue, Receipt};
use crate::{Error, Result};

/// How often a worker looks when nobody rang: work of other processes, expired leases, items put off.
const LOOK: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);

/// Why an item could not be worked now.
#[derive(Debug)]
pub enum Failure {
    /// May succeed later; after the given time, or by the usual back-off.
    Retry {
        /// What went wrong.
        why: String,
        /// When the other side named a time.
        after: Option<Duration>,
    },
    /// Will never succeed: bury it at once.
    Dead(String),
    /// The place where it was to be shown lets nothing in any more: bury it, and let somebody know who can mend it.
    Closed(Closed),
}

/// A place that lets nothing in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The platform's id of it.
    pub place: String,
    /// What people call it.
    pub name: String,
    /// What went wrong.
    pub why: String,
    /// What an admin can do about it.
    pub cure: String,
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}; to mend it: {}", self.name, self.why, self.cure)
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dead(why) | Self::Retry { why, .. } => f.write_str(why),
            Self::Closed(closed) => closed.fmt(f),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Store(_)
            | Error::DiskFull
            | Error::NotStored(_)
            | Error::Upstream { .. }
            | Error::Installation(_)
            | Error::LeaseLost
            | Error::Conflict(_) => Self::Retry { why: error.to_string(), after: None },
            other => Self::Dead(other.to_string()),
        }
    }
}

/// Works one item.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Works the item and completes the receipt, in the same transaction as the item's changes where it has any.
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure>;

    /// How often an item is tried before it is buried.
    fn max_attempts(&self) -> i64 {
        10
    }
}

/// Works the lanes of one queue.
#[derive(Clone)]
pub struct Worker {
    queue: Queue,
    handler: Arc<dyn Handler>,
    lanes_at_once: usize,
}

impl Worker {
    /// A worker that has so many lanes in hand at most.
    pub fn new(queue: Queue, handler: Arc<dyn Handler>, lanes_at_once: usize) -> Self {
        Self { queue, handler, lanes_at_once }
    }

    /// Works until `stop`; then takes no new item, and returns when those in hand are done.
    pub async fn run(self, stop: CancellationToken) {
        let places = Arc::new(Semaphore::new(self.lanes_at_once));
        let busy = TaskTracker::new();
        while !stop.is_cancelled() {
            let free = places.available_permits();
            let lanes = if free == 0 { Ok(Vec::new()) } else { self.claim(free).await };
            let lanes = lanes.unwrap_or_else(|error| {
                tracing::warn!(queue = self.queue.sql.name, %error, "cannot look for work");
                Vec::new()
            });
            if lanes.is_empty() {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = self.queue.bell.notified() => {}
                    () = tokio::time::sleep(LOOK) => {}
                }
                continue;
            }
            for lane in lanes {
                let Ok(place) = Arc::clone(&places).acquire_owned().await else { break };
                let (worker, stop) = (self.clone(), stop.clone());
                busy.spawn(async move {
                    worker.work(lane, &stop).await;
                    drop(place);
                    worker.queue.bell.notify_one();
                });
            }
        }
        busy.close();
        busy.wait().await;
    }

    async fn claim(&self, free: usize) -> Result<Vec<Lane>> {
        self.queue.claim(i64::try_from(free).unwrap_or(1)).await
    }

    async fn work(&self, mut lane: Lane, stop: &CancellationToken) {
        loop {
            match self.work_through(&lane, stop).await {
                Ok(()) => {}
                Err(error) => {
                    // The lease runs out by itself; another look finds the item again.
                    tracing::warn!(queue = self.queue.sql.name, lane = lane.lane, %error, "lane left early");
                    return;
                }
            }
            match self.queue.leave(&mut lane).await {
                Ok(false) if !stop.is_cancelled() => {}
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(queue = self.queue.sql.name, lane = lane.lane, %error, "lane not released");
                    return;
                }
            }
        }
    }

    /// Works the lane's items until it is empty, its head waits, or we are to stop.
    async fn work_through(&self, lane: &Lane, stop: &CancellationToken) -> Result<()> {
        while !stop.is_cancelled() {
            let Some(item) = self.queue.head(&lane.lane).await? else { return Ok(()) };
            if item.run_at > self.queue.clock.now() {
                return Ok(());
            }
            let receipt = Receipt {
                queue: self.queue.clone(),
                seq: item.seq,
                lane: lane.lane.clone(),
                owner: lane.owner.clone(),
            };
            if let Err(failure) = self.handle(&item, &receipt).await? {
                self.record(&item, &receipt, failure).await?;
            }
        }
        Ok(())
    }

    /// Calls the handler in a task of its own, so that a panic buries one item and not the worker, and renews
    /// the lease while it runs. Once the lease is lost the task is ended, as whoever has the lane now does its work.
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<Result<(), Failure>> {
        let (handler, owned_item, owned_receipt) = (Arc::clone(&self.handler), item.clone(), receipt.clone());
        // The session is told by whoever finds it, so that every line of this work says which it was about.
        let span = tracing::info_span!(
            "item",
            queue = self.queue.sql.name,
            seq = item.seq,
            kind = item.kind,
            lane = item.lane,
            session = tracing::field::Empty
        );
        let work = async move {
            let done = handler.handle(&owned_item, &owned_receipt).await;
            if let Err(failure) = &done {
                tracing::warn!(
                    error = crate::redact::secrets(&failure.to_string()),
                    attempt = owned_item.attempts + 1,
                    "item failed"
                );
            }
            done
        };
        let mut task = tokio::spawn(work.instrument(span));
        let mut renewal = tokio::time::interval(self.queue.lease / 3);
        renewal.tick().await;
        loop {
            tokio::select! {
                done = &mut task => {
                    return Ok(done.unwrap_or_else(|panic| Err(Failure::Dead(format!("the handler failed: {panic}")))));
                }
                _ = renewal.tick() => {
                    match self.queue.renew(receipt).await {
                        Ok(()) => {}
                        Err(Error::LeaseLost) => {
                            task.abort();
                            return Err(Error::LeaseLost);
                        }
                        Err(error) => {
                            tracing::warn!(queue = self.queue.sql.name, seq = item.seq, %error, "lease not renewed");
                        }
                    }
                }
            }
        }
    }

    async fn record(&self, item: &Item, receipt: &Receipt, failure: Failure) -> Result<()> {
        let (why, retry_at) = match failure {
            Failure::Dead(why) => (why, None),
            Failure::Closed(closed) => (closed.to_string(), None),
            Failure::Retry { why, .. } if item.attempts + 1 >= self.handler.max_attempts() => (why, None),
            Failure::Retry { why, after } => {
                let pause = after.unwrap_or_else(|| pause(item.attempts, item.seq));
                (why, Some(self.queue.clock.now().plus(pause)))
            }
        };
        let dead = retry_at.is_none();
        if dead {
            tracing::error!(
                queue = self.queue.sql.name,
                kind = item.kind,
                seq = item.seq,
                lane = item.lane,
                error = crate::redact::secrets(&why),
                "item given up; it waits among the dead letters"
            );
        }
        metrics::counter!("flowpilot_queue_failures_total", "queue" => self.queue.sql.name, "dead" => dead.to_string())
            .increment(1);
        self.queue.give_up(receipt, &crate::redact::secrets(&why), retry_at).await
    }
}

/// 1 s, 2 s, 4 s … up to an hour, each up to a quarter longer so that items which failed together part.
fn pause(attempts: i64, seq: i64) -> Duration {
    let base = Duration::from_secs(1u64 << attempts.clamp(0, 12)).min(LONGEST_PAUSE);
    let quarter = u64::try_from(base.as_millis() / 4).unwrap_or(0);
    base + Duration::from_millis(seq.unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15) % quarter.max(1))
}
