//! Claiming and leaving lanes, and what becomes of an item that failed.

use super::{Item, Queue, Receipt};
use crate::store::{Db, read, run};
use crate::{Result, Timestamp};

/// A lane that is held, for as long as its lease is kept.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Lane {
    pub(super) lane: String,
    /// Who holds it: a name of this one claim. Whoever slept past a lease is then kept out even where its own process
    /// has claimed the lane again.
    pub(super) owner: String,
    /// How often it had been woken when it was claimed.
    pub(super) wakes: i64,
}

impl Queue {
    /// Claims up to `limit` lanes that have something due.
    pub(super) async fn claim(&self, limit: i64) -> Result<Vec<Lane>> {
        let now = self.clock.now();
        // A cheap look first: an idle process never takes the writer.
        let due: bool = read!(&self.db, |c| sqlx::query_scalar(self.sql.due).bind(now).fetch_one(c).await)?;
        if !due {
            return Ok(Vec::new());
        }
        let text = match self.db {
            Db::Sqlite { .. } => self.sql.claim,
            Db::Postgres(_) => self.sql.claim_skip_locked,
        };
        let mut tx = self.db.begin().await?;
        let owner = self.clock.new_id().to_string();
        let lanes = run!(&mut tx, |c| sqlx::query_as(text)
            .bind(&owner)
            .bind(now.plus(self.lease))
            .bind(now)
            .bind(limit)
            .fetch_all(c)
            .await)?;
        tx.commit().await?;
        Ok(lanes)
    }

    /// The first open item of a lane.
    pub(super) async fn head(&self, lane: &str) -> Result<Option<Item>> {
        Ok(read!(&self.db, |c| sqlx::query_as(self.sql.head).bind(lane).fetch_optional(c).await)?)
    }

    /// Leaves a lane. False: something arrived meanwhile, so look again; the lane is still ours.
    pub(super) async fn leave(&self, lane: &mut Lane) -> Result<bool> {
        let mut tx = self.db.begin().await?;
        let left = run!(&mut tx, |c| sqlx::query(self.sql.release)
            .bind(&lane.lane)
            .bind(&lane.owner)
            .bind(lane.wakes)
            .execute(c)
            .await
            .map(|r| r.rows_affected()))?;
        let wakes: Option<i64> = if left == 1 {
            None
        } else {
            run!(&mut tx, |c| sqlx::query_scalar(self.sql.wakes)
                .bind(&lane.lane)
                .bind(&lane.owner)
                .fetch_optional(c)
                .await)?
        };
        tx.commit().await?;
        match wakes {
            Some(wakes) => {
                lane.wakes = wakes;
                Ok(false)
            }
            // Left, or no longer ours.
            None => Ok(true),
        }
    }

    /// Keeps a lane while its handler is still at work. It does not wait its turn: a lease that runs out meanwhile would
    /// make somebody else do the same work.
    pub(super) async fn renew(&self, receipt: &Receipt) -> Result<()> {
        let mut tx = self.db.begin_urgent().await?;
        receipt.hold(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Puts an item off, or buries it; whatever the lane holds behind it waits or moves up.
    pub(super) async fn give_up(
        &self,
        receipt: &Receipt,
        error: &str,
        retry_at: Option<Timestamp>,
    ) -> Result<()> {
        let mut tx = self.db.begin().await?;
        receipt.hold(&mut tx).await?;
        let (text, at) = match retry_at {
            Some(at) => (self.sql.postpone, at),
            None => (self.sql.bury, self.clock.now()),
        };
        run!(&mut tx, |c| sqlx::query(text)
            .bind(at)
            .bind(error)
            .bind(receipt.seq)
            .execute(c)
            .await
            .map(|r| r.rows_affected()))?;
        Ok(tx.commit().await?)
    }
}
