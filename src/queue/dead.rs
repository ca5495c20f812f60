//! Dead letters: items that never succeeded, kept to be seen and tried again by an admin.

use serde::Serialize;
use utoipa::ToSchema;

use super::Queue;
use crate::store::{read, run};
use crate::team::Caller;
use crate::{Error, Result, Timestamp};

/// An item that was buried.
#[derive(Debug, Serialize, ToSchema, sqlx::FromRow)]
pub struct DeadItem {
    /// Names it for a retry.
    pub seq: i64,
    /// What it is: `event`, `card`, `whisper`, `posting`, `attachment`, `answer`, and others.
    pub kind: String,
    /// The thread or ticket it belongs to.
    pub lane: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong the last time.
    pub last_error: Option<String>,
    /// When it was queued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub dead_at: Timestamp,
}

impl Queue {
    /// The team's newest dead items, at most 200.
    ///
    /// # Errors
    /// [`Error::Forbidden`] unless the caller administers the team.
    pub async fn dead(&self, caller: &Caller) -> Result<Vec<DeadItem>> {
        caller.must_administer()?;
        Ok(read!(&self.db, |c| sqlx::query_as(self.sql.dead).bind(caller.team()).fetch_all(c).await)?)
    }

    /// Puts a dead item back to be tried from the start.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not dead or not the team's; [`Error::Forbidden`] unless the caller
    /// administers the team.
    pub async fn retry_dead(&self, caller: &Caller, seq: i64) -> Result<()> {
        caller.must_administer()?;
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let lane: Option<String> = run!(&mut tx, |c| sqlx::query_scalar(self.sql.revive)
            .bind(now)
            .bind(seq)
            .bind(caller.team())
            .fetch_optional(c)
            .await)?;
        let lane = lane.ok_or(Error::NotFound("dead item"))?;
        run!(&mut tx, |c| {
            let mut query = sqlx::QueryBuilder::new(self.sql.wake);
            query.push_values([lane.as_str()], |mut row, lane| {
                row.push_bind(lane).push_bind(now).push_bind(0i64).push_bind(0i64);
            });
            query.push(self.sql.on_wake).build().execute(c).await.map(|_| ())
        })?;
        tx.commit().await?;
        self.ring();
        Ok(())
    }
}
