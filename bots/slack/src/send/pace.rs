//! How fast: about one message a second and channel, and a pause where Slack asked for one.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Messages that a channel takes at once, before the one a second.
const BURST: NonZeroU32 = NonZeroU32::MIN.saturating_add(4);
/// Channels remembered before those at rest are forgotten.
const CHANNELS: usize = 10_000;

/// The pace of one process.
pub(super) struct Pace {
    channels: DefaultKeyedRateLimiter<String>,
    pauses: Mutex<HashMap<(String, &'static str), Instant>>,
}

impl Pace {
    pub(super) fn new() -> Self {
        let quota = Quota::per_second(NonZeroU32::MIN).allow_burst(BURST);
        Self { channels: RateLimiter::keyed(quota), pauses: Mutex::default() }
    }

    /// Waits for a channel's turn.
    pub(super) async fn wait(&self, workspace: &str, channel: &str) {
        if self.channels.len() > CHANNELS {
            self.channels.retain_recent();
        }
        self.channels.until_key_ready(&format!("{workspace}/{channel}")).await;
    }

    /// How long a method still rests in a workspace.
    pub(super) fn rests(&self, workspace: &str, method: &'static str) -> Option<Duration> {
        let pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        let until = pauses.get(&(workspace.to_owned(), method))?;
        until.checked_duration_since(Instant::now()).filter(|rest| !rest.is_zero())
    }

    /// Slack asked for a pause.
    pub(super) fn pause(&self, workspace: &str, method: &'static str, after: Duration) {
        let now = Instant::now();
        let mut pauses = self.pauses.lock().unwrap_or_else(PoisonError::into_inner);
        pauses.retain(|_, until| *until > now);
        pauses.insert((workspace.to_owned(), method), now + after);
    }
}
