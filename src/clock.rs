//! Time and identifiers, passed in rather than called: a test can stop the clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::{ContextV7, Uuid};

/// Milliseconds since the Unix epoch, UTC. Sorts and compares alike on both databases.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[sqlx(transparent)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// The time `span` after this one.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The time `span` before this one.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Whole seconds since the epoch, as JWT wants them.
    #[must_use]
    pub fn as_secs(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// `2026-11-23 10:42 UTC`, for texts that people read.
    #[must_use]
    pub fn to_text(self) -> String {
        let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
        time::OffsetDateTime::from_unix_timestamp(self.as_secs())
            .ok()
            .and_then(|t| t.format(format).ok())
            .unwrap_or_else(|| format!("{} ms", self.0))
    }
}

/// Where the engine takes the time and new ids from.
#[derive(Clone)]
pub struct Clock(Arc<Source>);

struct Source {
    fixed: Option<AtomicI64>,
    uuids: std::sync::Mutex<ContextV7>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Source { fixed: None, uuids: std::sync::Mutex::new(ContextV7::new()) }))
    }

    /// A clock that stands still until it is moved with [`Clock::advance`].
    #[must_use]
    pub fn fixed(at: Timestamp) -> Self {
        Self(Arc::new(Source {
            fixed: Some(AtomicI64::new(at.0)),
            uuids: std::sync::Mutex::new(ContextV7::new()),
        }))
    }

    /// Moves a fixed clock forward; the machine's clock moves by itself.
    pub fn advance(&self, span: Duration) {
        if let Some(at) = &self.0.fixed {
            at.fetch_add(i64::try_from(span.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        match &self.0.fixed {
            Some(at) => Timestamp(at.load(Ordering::SeqCst)),
            None => Timestamp(system_millis()),
        }
    }

    /// A new UUIDv7: unique, and later ids of this process sort after earlier ones.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        let ms = self.now().0.unsigned_abs();
        let nanos = u32::try_from(ms % 1000).unwrap_or(0) * 1_000_000;
        let context = self.0.uuids.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, ms / 1000, nanos))
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
fn system_millis() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_made_in_the_same_millisecond_keep_their_order() {
        let clock = Clock::fixed(Timestamp(1_700_000_000_123));
        let ids: Vec<_> = (0..1000).map(|_| clock.new_id()).collect();
        assert!(ids.is_sorted());
    }
}
