//! Writes that are done once for each key of their caller, however often they are sent.

use std::time::Duration;

use super::SessionTx;
use crate::store::run;
use crate::{Error, Result};

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
    /// Remembers a key with the change itself, and forgets those that are a day old.
    ///
    /// # Errors
    /// [`Error::Conflict`] with the words of `used` when the key was used before: roll back.
    pub(crate) async fn once(&mut self, once: &Once<'_>, used: &str) -> Result<()> {
        let (team, member, now) = (self.caller.team(), self.caller.member(), self.now);
        run!(self.unnoted(), |c| sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
            .bind(now.minus(KEPT))
            .execute(c)
            .await
            .map(|_| ()))?;
        let written = run!(self.unnoted(), |c| {
            sqlx::query(
                "INSERT INTO idempotency_keys (team_id, member_id, key, request_hash, status, body, created_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            )
            .bind(team)
            .bind(member)
            .bind(once.key)
            .bind(once.fingerprint)
            .bind(i64::from(once.status))
            .bind(once.answer)
            .bind(now)
            .execute(c)
            .await
            .map(|r| r.rows_affected())
        })?;
        if written == 1 { Ok(()) } else { Err(Error::Conflict(used.to_owned())) }
    }
}
