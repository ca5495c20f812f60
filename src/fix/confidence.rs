//! How sure we are of a fix: counted from what came of it before, never a constant.
//!
//! The estimate is the mean of a Beta distribution. Its prior is stated by the flow's author and counts as
//! [`PRIOR_WEIGHT`] uses; every recorded outcome of the same solution in the team counts as one use (worked 1,
//! partly ½, failed 0). With no outcomes the badge shows the prior and says so.

use crate::Result;
use crate::store::{TeamId, Tx, run};

/// The prior of a fix whose author stated none, in percent.
pub const DEFAULT_PRIOR: u8 = 50;
/// How many uses the prior counts as.
pub const PRIOR_WEIGHT: u32 = 4;

/// What came of a solution so far, in one team.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// Times it worked.
    pub worked: i64,
    /// Times it helped in part.
    pub partly: i64,
    /// Times it failed.
    pub failed: i64,
}

/// A confidence with its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Confidence {
    /// 0..=100.
    pub percent: u8,
    /// Where it comes from, in one sentence.
    pub reason: String,
}

/// The confidence that a prior (percent) and a record give.
#[must_use]
pub fn confidence(prior: u8, record: Record) -> Confidence {
    let prior = i64::from(prior.min(100));
    let weight = i64::from(PRIOR_WEIGHT);
    let uses = record.worked + record.partly + record.failed;
    // In hundredths of a use, so that a half counts.
    let good = prior * weight + 100 * record.worked + 50 * record.partly;
    let percent = (good + (weight + uses) / 2) / (weight + uses);
    let reason = if uses == 0 {
        format!("No recorded outcome of this solution yet; {prior} % is the starting estimate.")
    } else {
        let mut parts = vec![format!("worked {} of {uses} times here", record.worked)];
        if record.partly > 0 {
            parts.push(format!("partly {}", record.partly));
        }
        format!("It {}; the starting estimate of {prior} % counts as {weight} uses.", parts.join(", "))
    };
    Confidence { percent: u8::try_from(percent.clamp(0, 100)).unwrap_or(100), reason }
}

/// What came of this solution in the team so far: the last final outcome of each fix counts once.
///
/// # Errors
/// The database's.
pub async fn record_of(tx: &mut Tx, team: TeamId, solution: &str) -> Result<Record> {
    let (worked, partly, failed): (i64, i64, i64) = run!(tx, |c| {
        sqlx::query_as(
        "SELECT count(*) FILTER (WHERE o.outcome = 'worked'), count(*) FILTER (WHERE o.outcome = 'partly'), \
         count(*) FILTER (WHERE o.outcome = 'failed') FROM suggested_fixes f JOIN outcomes o ON o.fix_id = f.id \
         WHERE f.team_id = $1 AND f.solution = $2 \
         AND o.id = (SELECT l.id FROM outcomes l WHERE l.fix_id = f.id ORDER BY l.id DESC LIMIT 1)"
    )
    .bind(team)
    .bind(solution)
    .fetch_one(c)
    .await
    })?;
    Ok(Record { worked, partly, failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_outcomes_the_badge_shows_the_stated_prior() {
        let shown = confidence(70, Record::default());
        assert_eq!(shown.percent, 70);
        assert!(shown.reason.contains("No recorded outcome"));
    }

    #[test]
    fn a_solution_that_keeps_failing_loses_confidence() {
        let once = confidence(70, Record { failed: 1, ..Record::default() });
        let often = confidence(70, Record { failed: 10, ..Record::default() });
        assert_eq!((once.percent, often.percent), (56, 20));
    }

    #[test]
    fn a_partial_success_counts_half() {
        assert_eq!(confidence(50, Record { partly: 4, ..Record::default() }).percent, 50);
    }
}
