//! The time: signatures and message ids carry it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time since the Unix epoch.
pub(crate) fn now() -> Duration {
    #[expect(clippy::disallowed_methods, reason = "Slack's clock, not FlowPilot's")]
    let now = SystemTime::now();
    now.duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Seconds since the Unix epoch.
pub(crate) fn seconds() -> u64 {
    now().as_secs()
}
