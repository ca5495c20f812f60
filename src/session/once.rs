//! Writes that are done once for each key of their caller, however often they are sent.

use std::time::Duration;

use super::SessionTx;
use crate::store::{Tx, run};
use crate::team::Caller;
use crate::{Error, Result, Timestamp};

/// How long a key is remembered.
const KEPT: Duration = Duration::from_secs(24 * 3600);

/// What is remembered with a key.
pub(crate) struct Once<'a> {
    /// The caller's own.
    pub(crate) key: &'a str,
    /// Tells the request from others that use the same key.
    pub(crate) fingerprint: &'a str,
    /// The answer's HTTP status.
    pub(crate) status: u16,
    /// The answer; empty where it must not be kept.
    pub(crate) answer: &'a str,
}

impl SessionTx {
    /// Remembers a key with the change itself.
    ///
    /// # Errors
    /// As [`Once::remember`].
    pub(crate) async fn once(&mut self, once: &Once<'_>, used: &str) -> Result<()> {
        let (caller, now) = (self.caller.clone(), self.now);
        once.remember(self.unnoted(), &caller, now, used).await
    }
}

impl Once<'_> {
    /// Remembers a key of the caller with a change, and forgets those that are a day old.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the words of `used` when the key was used before: roll back.
    pub(crate) async fn remember(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        now: Timestamp,
        used: &str,
    ) -> Result<()> {
        run!(tx, |c| sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
            .bind(now.minus(KEPT))
            .execute(c)
            .await
            .map(|_| ()))?;
        let written = run!(tx, |c| {
            sqlx::query(
                "INSERT INTO idempotency_keys (team_id, member_id, key, request_hash, status, body, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(caller.team())
            .bind(caller.member())
            .bind(self.key)
            .bind(self.fingerprint)
            .bind(i64::from(self.status))
            .bind(self.answer)
            .bind(now)
            .execute(c)
            .await
            .map(|r| r.rows_affected())
        })?;
        if written == 1 { Ok(()) } else { Err(Error::Conflict(used.to_owned())) }
    }
}
