//! What the models of a team cost over a time: by day, by model, and by what they were asked for.
//!
//! A call that runs, or whose process was killed, counts with the most that it may cost, as it does for the limits.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::config::{BudgetConfig, ProviderKind};
use super::ledger::{Purpose, Spent, failed, spent_today};
use crate::store::read;
use crate::team::Caller;
use crate::{Engine, Error, Result, Timestamp};

/// The longest time that is looked back over, in days.
const MOST_DAYS: u32 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Of a hundred calls, so many are as quick as is said.
const MOST_CALLS: i64 = 95;

/// Calls that are alike in all that is asked for. The steps of `within` are what the answer is rounded up to.
const ALIKE: &str = concat!(
    "SELECT created_at / 86400000 AS day, provider, model, purpose, CAST(CASE WHEN latency_ms <= 500 THEN 500 \
     WHEN latency_ms <= 1000 THEN 1000 WHEN latency_ms <= 2000 THEN 2000 WHEN latency_ms <= 3000 THEN 3000 \
     WHEN latency_ms <= 5000 THEN 5000 WHEN latency_ms <= 8000 THEN 8000 WHEN latency_ms <= 12000 THEN 12000 \
     WHEN latency_ms <= 20000 THEN 20000 WHEN latency_ms <= 30000 THEN 30000 WHEN latency_ms <= 60000 THEN 60000 \
     WHEN latency_ms <= 120000 THEN 120000 WHEN latency_ms <= 300000 THEN 300000 ELSE 3600000 END AS BIGINT) AS within, \
     count(*) AS calls, CAST(SUM(CASE WHEN ",
    failed!(),
    " THEN 1 ELSE 0 END) AS BIGINT) AS failures, CAST(SUM(input_tokens) AS BIGINT) AS input_tokens, \
     CAST(SUM(output_tokens) AS BIGINT) AS output_tokens, \
     CAST(SUM(cache_read_tokens) AS BIGINT) AS cache_read_tokens, \
     CAST(SUM(cache_write_tokens) AS BIGINT) AS cache_write_tokens, CAST(SUM(cost) AS BIGINT) AS cost_micros, \
     count(latency_ms) AS timed, CAST(COALESCE(SUM(latency_ms), 0) AS BIGINT) AS latency, \
     COALESCE(MAX(latency_ms), 0) AS longest \
     FROM ai_calls WHERE team_id = $1 AND created_at > $2 GROUP BY 1, 2, 3, 4, 5"
);

/// What a team's calls cost within some days.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Spending {
    /// How many days are looked back over.
    pub days: u32,
    /// When they began.
    pub since: Timestamp,
    /// What was used within the last 24 hours, which is what the budget limits.
    pub last_24_hours: Spent,
    /// What may be used; none where no model is connected.
    pub budget: Option<Budget>,
    /// All calls of these days.
    pub total: Tally,
    /// By day, the newest first; a day without calls is left out.
    pub by_day: Vec<DaySpending>,
    /// By model, the dearest first.
    pub by_model: Vec<ModelSpending>,
    /// By what they were for, the dearest first.
    pub by_purpose: Vec<PurposeSpending>,
}

/// The hard limits: a call that could go past one is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Budget {
    /// Of one session, in millionths of a US dollar.
    pub session_micros: i64,
    /// Tokens of one session.
    pub session_tokens: u64,
    /// Of the team within 24 hours, in millionths of a US dollar.
    pub team_micros_per_day: i64,
    /// Tokens of the team within 24 hours.
    pub team_tokens_per_day: u64,
}

impl From<BudgetConfig> for Budget {
    fn from(config: BudgetConfig) -> Self {
        let micros = |usd: f64| (usd * 1_000_000.0).round() as i64;
        Self {
            session_micros: micros(config.session_usd),
            session_tokens: config.session_tokens,
            team_micros_per_day: micros(config.team_usd_per_day),
            team_tokens_per_day: config.team_tokens_per_day,
        }
    }
}

/// What some calls came to.
#[derive(Debug, Clone, Default, PartialEq, Serialize, ToSchema)]
pub struct Tally {
    /// Calls.
    pub calls: i64,
    /// Calls of them that gave nothing whole: an error, a refusal, or a text that was too long.
    pub failures: i64,
    /// Tokens that were read anew.
    pub input_tokens: i64,
    /// Tokens that were written, with thinking.
    pub output_tokens: i64,
    /// Tokens that were read from the cache.
    pub cache_read_tokens: i64,
    /// Tokens that were written to the cache.
    pub cache_write_tokens: i64,
    /// Of all tokens that were read, the part that the cache had: 0 to 1. None where nothing was read.
    pub cache_hit_share: Option<f64>,
    /// Millionths of a US dollar.
    pub cost_micros: i64,
    /// Milliseconds that a call took on average. None while none has ended.
    pub mean_latency_ms: Option<i64>,
    /// Milliseconds within which 95 of 100 calls ended, rounded up to the next of a few steps. None while none has ended.
    pub p95_latency_ms: Option<i64>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct DaySpending {
    /// The day in UTC: `2026-11-24`.
    pub day: String,
    /// Its calls.
    #[serde(flatten)]
    pub tally: Tally,
}

/// One model.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ModelSpending {
    /// The protocol of its server.
    pub provider: ProviderKind,
    /// Its name.
    pub model: String,
    /// Its calls.
    #[serde(flatten)]
    pub tally: Tally,
}

/// One purpose.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PurposeSpending {
    /// What the calls were for.
    pub purpose: Purpose,
    /// The calls.
    #[serde(flatten)]
    pub tally: Tally,
}

#[derive(sqlx::FromRow)]
struct Alike {
    day: i64,
    provider: ProviderKind,
    model: String,
    purpose: Purpose,
    within: i64,
    calls: i64,
    failures: i64,
    input_tokens: i64,
    output_tokens: i64,
    cache_read_tokens: i64,
    cache_write_tokens: i64,
    cost_micros: i64,
    timed: i64,
    latency: i64,
    longest: i64,
}

/// What the caller's team spent within the last `days`, 1 to 30.
///
/// # Errors
/// [`Error::Invalid`] naming `days`; [`Error::Forbidden`] unless the caller administers the team.
pub async fn spending(engine: &Engine, caller: &Caller, days: u32) -> Result<Spending> {
    caller.must_administer()?;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(Error::invalid("days", format!("must be 1 to {MOST_DAYS}")));
    }
    let team = caller.team();
    let since = engine.clock.now().minus(Duration::from_millis(u64::from(days) * DAY_MS.unsigned_abs()));
    let rows: Vec<Alike> =
        read!(&engine.db, |c| sqlx::query_as(ALIKE).bind(team).bind(since).fetch_all(c).await)?;
    let by_day = tallied(&rows, |row| row.day);
    let by_model = tallied(&rows, |row| (row.provider, row.model.clone()));
    let by_purpose = tallied(&rows, |row| row.purpose);
    let mut days_of = by_day.into_iter().collect::<Vec<_>>();
    days_of.sort_by_key(|(day, _)| std::cmp::Reverse(*day));
    Ok(Spending {
        days,
        since,
        last_24_hours: spent_today(engine, team).await?,
        budget: engine.ai_budget().map(Budget::from),
        total: tallied(&rows, |_| ()).remove(&()).unwrap_or_default(),
        by_day: days_of.into_iter().map(|(day, tally)| DaySpending { day: date(day), tally }).collect(),
        by_model: dearest(by_model)
            .into_iter()
            .map(|((provider, model), tally)| ModelSpending { provider, model, tally })
            .collect(),
        by_purpose: dearest(by_purpose)
            .into_iter()
            .map(|(purpose, tally)| PurposeSpending { purpose, tally })
            .collect(),
    })
}

/// A day as it is written: `2026-11-24`.
fn date(day: i64) -> String {
    let text = Timestamp(day.saturating_mul(DAY_MS)).to_text();
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn tallied<K: Eq + Hash>(rows: &[Alike], key: impl Fn(&Alike) -> K) -> HashMap<K, Tally> {
    let mut groups: HashMap<K, Vec<&Alike>> = HashMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(row);
    }
    groups.into_iter().map(|(key, rows)| (key, tally(&rows))).collect()
}

fn dearest<K: Ord>(groups: HashMap<K, Tally>) -> Vec<(K, Tally)> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by(|(one, a), (other, b)| {
        (b.cost_micros, b.calls).cmp(&(a.cost_micros, a.calls)).then_with(|| one.cmp(other))
    });
    groups
}

fn tally(rows: &[&Alike]) -> Tally {
    let sum = |part: fn(&Alike) -> i64| rows.iter().map(|row| part(row)).sum::<i64>();
    let (input_tokens, cache_read_tokens) = (sum(|r| r.input_tokens), sum(|r| r.cache_read_tokens));
    let cache_write_tokens = sum(|r| r.cache_write_tokens);
    let seen = input_tokens + cache_read_tokens + cache_write_tokens;
    Tally {
        calls: sum(|r| r.calls),
        failures: sum(|r| r.failures),
        input_tokens,
        output_tokens: sum(|r| r.output_tokens),
        cache_read_tokens,
        cache_write_tokens,
        cache_hit_share: (seen > 0).then(|| cache_read_tokens as f64 / seen as f64),
        cost_micros: sum(|r| r.cost_micros),
        mean_latency_ms: sum(|r| r.latency).checked_div(sum(|r| r.timed)),
        p95_latency_ms: p95(rows),
    }
}

/// The step within which most calls ended, and not more than the longest took.
fn p95(rows: &[&Alike]) -> Option<i64> {
    let mut steps: BTreeMap<i64, i64> = BTreeMap::new();
    for row in rows {
        *steps.entry(row.within).or_default() += row.timed;
    }
    let wanted = (steps.values().sum::<i64>() * MOST_CALLS + 99) / 100;
    let mut ended = 0;
    let longest = rows.iter().map(|row| row.longest).max()?;
    let (step, _) = steps.into_iter().filter(|(_, timed)| *timed > 0).find(|(_, timed)| {
        ended += timed;
        ended >= wanted
    })?;
    Some(step.min(longest))
}
