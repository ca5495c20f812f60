//! What a session's timeline says about the time that was worked.

use crate::session::{Case, SessionTx};
use crate::store::run;
use crate::{Result, Timestamp};

/// A minute, in milliseconds.
pub(super) const MINUTE: i64 = 60_000;
/// Nobody works for so long without a word: what lies between was a pause.
const PAUSE: i64 = 30 * MINUTE;
/// Time is entered in quarters of an hour, begun ones count, unless somebody says otherwise.
const QUARTER: i64 = 15;
/// The longest entry that is drafted.
const LONGEST: i64 = 24 * 60;
/// Messages that are looked at.
const MESSAGES: i64 = 5_000;

/// Beginning, minutes worked and minutes of pauses between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worked {
    pub(super) started_at: Timestamp,
    pub(super) minutes: i64,
    pub(super) pause_minutes: i64,
}

/// From the first to the last moment at which something happened, without the pauses.
fn worked(mut moments: Vec<i64>, now: i64) -> Worked {
    moments.sort_unstable();
    let first = moments.first().copied().unwrap_or(now).div_euclid(MINUTE);
    let pauses = moments.windows(2).map(|pair| pair[1] - pair[0]).filter(|gap| *gap >= PAUSE);
    let pause_minutes: i64 = pauses.map(|gap| gap / MINUTE).sum();
    let last = moments.last().copied().unwrap_or(now) + MINUTE - 1;
    let busy = (last.div_euclid(MINUTE) - first - pause_minutes).max(1);
    let quarters = (busy + QUARTER - 1) / QUARTER;
    Worked {
        started_at: Timestamp(first * MINUTE),
        minutes: (quarters * QUARTER).min(LONGEST),
        pause_minutes,
    }
}

/// When somebody did something in the session.
fn moments(case: &Case) -> Vec<i64> {
    let facts = case.facts.iter().flat_map(|it| [it.created_at, it.updated_at]);
    let checks = case.checks.iter().flat_map(|it| [Some(it.created_at), it.done_at]).flatten();
    let steps = case.steps.iter().filter_map(|it| it.answered_at);
    let decisions = case.fixes.iter().filter_map(|it| it.decision.as_ref()).map(|it| it.created_at);
    let outcomes = case.fixes.iter().filter_map(|it| it.outcome.as_ref()).map(|it| it.created_at);
    let scripts = case.generations.iter().flat_map(|it| [Some(it.created_at), it.applied_at]).flatten();
    let notes = case.notes.iter().flat_map(|it| [Some(it.created_at), it.decided_at]).flatten();
    let all = facts.chain(checks).chain(steps).chain(decisions).chain(outcomes).chain(scripts).chain(notes);
    std::iter::once(case.session.created_at).chain(all).map(|at| at.0).collect()
}

impl SessionTx {
    pub(super) async fn worked(&mut self) -> Result<Worked> {
        let session = self.case().session.id;
        // What the copilot says by itself is nobody's work.
        let said: Vec<Timestamp> = run!(self.unnoted(), |c| {
            sqlx::query_scalar(
                "SELECT created_at FROM messages WHERE session_id = $1 AND author = 'member' \
                 AND member_id IS NOT NULL ORDER BY id DESC LIMIT $2",
            )
            .bind(session)
            .bind(MESSAGES)
            .fetch_all(c)
            .await
        })?;
        let moments = moments(self.case()).into_iter().chain(said.into_iter().map(|at| at.0)).collect();
        Ok(worked(moments, self.now.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: &[i64]) -> Worked {
        worked(minutes.iter().map(|it| it * MINUTE).collect(), 0)
    }

    #[test]
    fn time_runs_from_the_first_to_the_last_moment_in_begun_quarters() {
        assert_eq!(
            at(&[10, 14, 31]),
            Worked { started_at: Timestamp(10 * MINUTE), minutes: 30, pause_minutes: 0 }
        );
        assert_eq!(at(&[40]).minutes, 15);
        assert_eq!(at(&[0, 15]).minutes, 15);
        assert_eq!(at(&[0, 16]).minutes, 30);
    }

    #[test]
    fn pauses_are_left_out() {
        let Worked { started_at, minutes, pause_minutes } = at(&[300, 0, 10, 305, 20]);
        assert_eq!((started_at, minutes, pause_minutes), (Timestamp(0), 30, 280));
    }

    #[test]
    fn a_silence_of_half_an_hour_is_a_pause_and_a_shorter_one_is_work() {
        assert_eq!(at(&[0, 29]).pause_minutes, 0);
        assert_eq!(at(&[0, 30]).pause_minutes, 30);
    }
}
