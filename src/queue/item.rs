//! One item of a queue: written, read, finished.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use sqlx::QueryBuilder;
use sqlx::types::Json;

use super::Queue;
use super::sql::Sql;
use crate::store::{TeamId, Tx, run};
use crate::{Error, Result, Timestamp};

/// How long a worker may usually hold a lane without a sign of life.
pub const LEASE: Duration = Duration::from_secs(60);

/// An item to push.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Unique for ever: the platform's event id, or kind and version of an effect.
    pub key: String,
    /// Whose it is, where that is known already.
    pub team: Option<TeamId>,
    /// Items of one lane are worked in order.
    pub lane: String,
    /// Tells the handler what the payload is.
    pub kind: String,
    /// What the handler needs.
    pub payload: Value,
}

/// An item that a worker has in hand.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Item {
    /// Its place in the queue.
    pub seq: i64,
    /// See [`Entry::key`].
    pub key: String,
    /// See [`Entry::team`].
    pub team_id: Option<TeamId>,
    /// See [`Entry::lane`].
    pub lane: String,
    /// See [`Entry::kind`].
    pub kind: String,
    /// See [`Entry::payload`].
    pub payload: Json<Value>,
    /// Not to be tried before.
    pub run_at: Timestamp,
    /// How often it was tried and failed.
    pub attempts: i64,
}

pub(super) async fn push(sql: &Sql, tx: &mut Tx, entries: &[Entry], now: Timestamp) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // Sorted: two processes that wake the same lanes take the rows' locks in the same order.
    let lanes: BTreeSet<&str> = entries.iter().map(|e| e.lane.as_str()).collect();
    run!(tx, |c| {
        let mut query = QueryBuilder::new(sql.wake);
        query.push_values(&lanes, |mut row, lane| {
            row.push_bind(*lane).push_bind(now).push_bind(0i64).push_bind(0i64);
        });
        query.push(sql.on_wake).build().execute(c).await.map(|_| ())
    })?;
    run!(tx, |c| {
        let mut query = QueryBuilder::new(sql.insert);
        query.push_values(entries, |mut row, e| {
            row.push_bind(&e.key).push_bind(e.team).push_bind(&e.lane).push_bind(&e.kind);
            row.push_bind(Json(storable(&e.payload))).push_bind(now).push_bind(0i64).push_bind(now);
        });
        query.push(" ON CONFLICT (key) DO NOTHING").build().execute(c).await.map(|_| ())
    })?;
    Ok(())
}

/// PostgreSQL cannot keep the character U+0000: it is left out, the rest of the event is kept.
fn storable(payload: &Value) -> Value {
    let text = payload.to_string();
    if !text.contains("\\u0000") {
        return payload.clone();
    }
    serde_json::from_str(&text.replace("\\u0000", "")).unwrap_or(Value::Null)
}

/// The right to finish one item, as long as the lane's lease is ours.
#[derive(Clone)]
pub struct Receipt {
    pub(super) queue: Queue,
    pub(super) seq: i64,
    pub(super) lane: String,
    pub(super) owner: String,
}

impl Receipt {
    /// Marks the item as done within the transaction that holds its changes.
    ///
    /// # Errors
    /// [`Error::LeaseLost`] when the lease was lost meanwhile: roll back, another worker has the item.
    pub async fn complete(&self, tx: &mut Tx) -> Result<()> {
        self.hold(tx).await?;
        let now = self.queue.clock.now();
        let sql = self.queue.sql.complete;
        let done = run!(tx, |c| sqlx::query(sql)
            .bind(now)
            .bind(self.seq)
            .execute(c)
            .await
            .map(|r| r.rows_affected()))?;
        if done == 1 { Ok(()) } else { Err(Error::LeaseLost) }
    }

    /// Marks the item as done when it changed nothing else.
    ///
    /// # Errors
    /// As [`Receipt::complete`].
    pub async fn complete_alone(&self) -> Result<()> {
        let mut tx = self.queue.db.begin().await?;
        self.complete(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// Notes that an effect outside is about to be performed. True: it was begun before, and may have been performed
    /// by a process that died before it could say so.
    ///
    /// # Errors
    /// As [`Receipt::complete`].
    pub async fn begin(&self) -> Result<bool> {
        let mut tx = self.queue.db.begin().await?;
        self.hold(&mut tx).await?;
        let begun: Option<Timestamp> =
            run!(&mut tx, |c| sqlx::query_scalar(self.queue.sql.begun).bind(self.seq).fetch_one(c).await)?;
        let now = self.queue.clock.now();
        run!(&mut tx, |c| sqlx::query(self.queue.sql.begin)
            .bind(now)
            .bind(self.seq)
            .execute(c)
            .await
            .map(|_| ()))?;
        tx.commit().await?;
        Ok(begun.is_some())
    }

    /// Renews the lease and locks its row to the end of the transaction, so that nobody takes the lane over
    /// between our look and our commit.
    pub(crate) async fn hold(&self, tx: &mut Tx) -> Result<()> {
        let until = self.queue.clock.now().plus(self.queue.lease);
        let sql = self.queue.sql.renew;
        let held = run!(tx, |c| sqlx::query(sql)
            .bind(until)
            .bind(&self.lane)
            .bind(&self.owner)
            .execute(c)
            .await
            .map(|r| r.rows_affected()))?;
        if held == 1 { Ok(()) } else { Err(Error::LeaseLost) }
    }
}
