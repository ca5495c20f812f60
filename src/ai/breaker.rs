//! Leaving alone what fails: after some failures in a row a route rests, for longer each time.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row before a rest.
const ENOUGH: u32 = 3;
const FIRST_REST: Duration = Duration::from_secs(30);
const LONGEST_REST: Duration = Duration::from_secs(300);

/// Knows whether a route may be tried.
#[derive(Debug, Default)]
pub(super) struct Breaker(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// How often it rested without a success since.
    rests: u32,
    until: Option<Instant>,
}

impl Breaker {
    /// Whether the route may be tried now. After a rest one caller is let through; the others wait for how that ends.
    pub(super) fn may_try(&self) -> bool {
        self.may_try_at(Instant::now())
    }

    fn may_try_at(&self, now: Instant) -> bool {
        let mut state = self.state();
        match state.until {
            Some(until) if now < until => false,
            Some(_) => {
                // Whoever tries may vanish without a word: the next one is let through after the shortest rest.
                state.until = Some(now + FIRST_REST);
                true
            }
            None => true,
        }
    }

    /// The route answered.
    pub(super) fn worked(&self) {
        *self.state() = State::default();
    }

    /// The route failed; `lasting` is what will not pass by itself.
    pub(super) fn failed(&self, lasting: bool) {
        self.failed_at(Instant::now(), lasting);
    }

    fn failed_at(&self, now: Instant, lasting: bool) {
        let mut state = self.state();
        state.failures += 1;
        if lasting || state.failures >= ENOUGH || state.until.is_some() {
            let rest = FIRST_REST.saturating_mul(2_u32.saturating_pow(state.rests)).min(LONGEST_REST);
            state.until = Some(now + rest);
            state.rests = state.rests.saturating_add(1);
            state.failures = 0;
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_that_keeps_failing_rests_and_is_tried_again_by_one() {
        let (breaker, begin) = (Breaker::default(), Instant::now());
        for _ in 0..ENOUGH {
            assert!(breaker.may_try_at(begin));
            breaker.failed_at(begin, false);
        }
        assert!(!breaker.may_try_at(begin));
        let later = begin + FIRST_REST;
        assert!(breaker.may_try_at(later) && !breaker.may_try_at(later));
        breaker.failed_at(later, false);
        assert!(!breaker.may_try_at(later + FIRST_REST), "the second rest is longer");
        assert!(breaker.may_try_at(later + FIRST_REST * 2));
        breaker.worked();
        assert!(breaker.may_try() && breaker.may_try());
    }

    #[test]
    fn what_somebody_has_to_mend_makes_it_rest_at_once() {
        let breaker = Breaker::default();
        breaker.failed(true);
        assert!(!breaker.may_try());
    }
}
