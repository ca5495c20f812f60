//! The two durable queues: the inbox (events received) and the outbox (effects to perform).
//!
//! Both work alike. An item belongs to a lane (a thread, a ticket); the items of a lane are worked strictly in
//! order by one worker of the whole cluster at a time, which holds the lane's lease; different lanes run in
//! parallel. An item's `key` is unique: pushing it again changes nothing, which is how redeliveries are dropped.
//!
//! - [`Queue::push`] writes items inside the caller's transaction; [`Intake`] groups many events into one commit.
//! - [`Worker`] claims lanes and calls a [`Handler`], which finishes its item with [`Receipt::complete`] in the
//!   same transaction as the item's own changes. A process that dies in between leaves the item open; its lease
//!   runs out and another worker takes it up.
//!
//! Delivery is at least once for effects outside the database, so every effect carries an idempotency key.

mod dead;
mod intake;
mod item;
mod lane;
mod sql;
mod worker;

pub use dead::DeadItem;
pub use intake::{Alongside, Intake, Writing};
pub use item::{Entry, Item, LEASE, Receipt};
pub use worker::{Closed, Failure, Handler, Worker};

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::store::{Db, Tx};
use crate::{Clock, Result};

/// How long finished items are kept, so that a late redelivery is still recognised.
const KEEP_FINISHED: Duration = Duration::from_secs(7 * 24 * 3600);

/// One of the two queues.
#[derive(Clone)]
pub struct Queue {
    sql: &'static sql::Sql,
    db: Db,
    clock: Clock,
    /// How long a worker may hold a lane without a sign of life.
    lease: Duration,
    /// Rung after a commit, so that a worker of this process need not wait for its next look.
    bell: Arc<Notify>,
}

impl Queue {
    /// Events received.
    #[must_use]
    pub fn inbox(db: Db, clock: Clock, lease: Duration) -> Self {
        Self { sql: &sql::INBOX, db, clock, lease, bell: Arc::new(Notify::new()) }
    }

    /// Effects to perform.
    #[must_use]
    pub fn outbox(db: Db, clock: Clock, lease: Duration) -> Self {
        Self { sql: &sql::OUTBOX, db, clock, lease, bell: Arc::new(Notify::new()) }
    }

    /// Writes items; those whose key is known already are dropped. Call [`Queue::ring`] after the commit.
    ///
    /// # Errors
    /// The database's.
    pub async fn push(&self, tx: &mut Tx, entries: &[Entry]) -> Result<()> {
        item::push(self.sql, tx, entries, self.clock.now()).await
    }

    /// Wakes this process's workers: there is something new.
    pub fn ring(&self) {
        self.bell.notify_one();
    }

    /// Takes every lane's lease away: right only while no worker can be at work.
    pub(crate) async fn release_all(&self) -> Result<()> {
        let mut tx = self.db.begin().await?;
        crate::store::run!(&mut tx, |c| sqlx::query(self.sql.release_all).execute(c).await.map(|_| ()))?;
        Ok(tx.commit().await?)
    }

    /// Deletes items that were finished long ago.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<u64> {
        let before = self.clock.now().minus(KEEP_FINISHED);
        let mut tx = self.db.begin().await?;
        let gone = crate::store::run!(&mut tx, |c| sqlx::query(self.sql.sweep)
            .bind(before)
            .execute(c)
            .await
            .map(|r| r.rows_affected()))?;
        tx.commit().await?;
        Ok(gone)
    }

    /// How many items wait, and how many are dead.
    ///
    /// # Errors
    /// The database's.
    pub async fn depth(&self) -> Result<(i64, i64)> {
        Ok(crate::store::read!(&self.db, |c| sqlx::query_as(self.sql.depth).fetch_one(c).await)?)
    }
}
