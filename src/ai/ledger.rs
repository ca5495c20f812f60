//! What models cost: checked before each call, recorded after it.
//!
//! A call's row is written before the call, with the most that it may cost; the sums that the limits are checked
//! against include it. So calls at the same time cannot pass a limit together, and a killed process leaves a row that
//! counts too much rather than too little. A switched-off team makes no call, and what runs is stopped.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::ToSchema;

use super::config::BudgetConfig;
use super::provider::{ProviderError, Stop, Usage};
use super::route::{Route, Tier};
use crate::store::{CallId, ConversationId, Db, MemberId, SessionId, TeamId, Tx, read, run};
use crate::team::Caller;
use crate::{Engine, Result, Timestamp};

const OFF_BY: &str = "SELECT off_by FROM ai_off WHERE team_id = $1";
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// Characters of a token, as a rule.
const CHARACTERS: usize = 4;

/// What was used in a team by the calls that fit.
macro_rules! sums {
    ($which:literal) => {
        concat!(
            "SELECT count(*) AS calls, CAST(COALESCE(SUM(input_tokens + output_tokens + cache_read_tokens + ",
            "cache_write_tokens), 0) AS BIGINT) AS tokens, CAST(COALESCE(SUM(cost), 0) AS BIGINT) AS cost_micros ",
            "FROM ai_calls WHERE team_id = $1 AND ",
            $which
        )
    };
}

/// Of a call, that it gave nothing whole.
macro_rules! failed {
    () => {
        "stop IN ('error', 'refusal', 'context_full', 'max_tokens')"
    };
}

pub(super) use failed;

/// How many tokens a text has, estimated.
pub(super) fn estimated_tokens(characters: usize) -> u64 {
    u64::try_from(characters.div_ceil(CHARACTERS)).unwrap_or(u64::MAX)
}

/// What a call is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Purpose {
    /// An answer in a thread.
    Answer,
    /// A note.
    Note,
    /// An answer to a question that belongs to no session.
    Ask,
}

/// What a call is about; its budget is its own.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    Session(SessionId),
    Conversation(ConversationId),
}

impl Subject {
    fn session(self) -> Option<SessionId> {
        match self {
            Self::Session(id) => Some(id),
            Self::Conversation(_) => None,
        }
    }

    fn conversation(self) -> Option<ConversationId> {
        match self {
            Self::Session(_) => None,
            Self::Conversation(id) => Some(id),
        }
    }
}

/// Whom a call is for.
#[derive(Debug, Clone, Copy)]
pub(super) struct For {
    pub(super) team: TeamId,
    pub(super) subject: Subject,
    pub(super) member: MemberId,
    pub(super) purpose: Purpose,
}

/// Why a call is not made.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoCall {
    #[error("AI is switched off ({0})")]
    Off(String),
    #[error("this session's AI budget is used up")]
    Session,
    #[error("this conversation's AI budget is used up; begin another one")]
    Conversation,
    #[error("the team's AI budget for 24 hours is used up")]
    Team,
    #[error("its budget could not be checked")]
    Unknown,
}

/// What was used so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Spent {
    /// Calls.
    pub calls: i64,
    /// Tokens of all kinds.
    pub tokens: i64,
    /// Millionths of a US dollar.
    pub cost_micros: i64,
}

impl Spent {
    fn exceeds(self, usd: f64, tokens: u64) -> bool {
        self.cost_micros as f64 > usd * 1_000_000.0 || u64::try_from(self.tokens).unwrap_or(0) > tokens
    }
}

/// A call that is being made. Dropped before [`Call::end`] it is recorded as stopped, with what came until then.
pub(super) struct Call {
    engine: Engine,
    team: TeamId,
    pub(super) id: CallId,
    route: Arc<Route>,
    prompt_tokens: u64,
    begun: Instant,
    first_text: Option<Duration>,
    written: usize,
    /// As far as the server has counted.
    pub(super) usage: Option<Usage>,
    pub(super) retries: u32,
    ended: bool,
}

impl Call {
    /// Records a call that is about to be made.
    ///
    /// # Errors
    /// [`NoCall`] when it must not be.
    pub(super) async fn begin(
        engine: &Engine,
        budget: &BudgetConfig,
        whom: For,
        tier: Tier,
        route: &Arc<Route>,
        prompt_tokens: u64,
    ) -> Result<Self, NoCall> {
        let reserved = Usage { input: prompt_tokens, output: route.max_tokens.into(), ..Usage::default() };
        let id = CallId::new(&engine.clock);
        let reserving = reserve(engine, budget, whom, tier, route, reserved, id);
        reserving.await.unwrap_or_else(|error| {
            tracing::warn!(%error, "the AI budget cannot be checked");
            Err(NoCall::Unknown)
        })?;
        Ok(Self {
            engine: engine.clone(),
            team: whom.team,
            id,
            route: Arc::clone(route),
            prompt_tokens,
            begun: Instant::now(),
            first_text: None,
            written: 0,
            usage: None,
            retries: 0,
            ended: false,
        })
    }

    /// A piece of text came.
    pub(super) fn wrote(&mut self, text: &str) {
        self.first_text.get_or_insert_with(|| self.begun.elapsed());
        self.written += text.chars().count();
    }

    /// Records how it ended.
    pub(super) async fn end(mut self, ended: Result<&Stop, &ProviderError>) {
        self.ended = true;
        let record = match ended {
            Ok(stop) => self.record(stop.to_string(), None),
            Err(error) => self.record("error".to_owned(), Some(error.to_string())),
        };
        record.write().await;
    }

    fn record(&self, stop: String, error: Option<String>) -> Record {
        let estimate =
            Usage { input: self.prompt_tokens, output: estimated_tokens(self.written), ..Usage::default() };
        // A server that never began to answer has not read the prompt either.
        let nothing = self.written == 0 && error.is_some();
        let usage = self.usage.unwrap_or(if nothing { Usage::default() } else { estimate });
        Record {
            engine: self.engine.clone(),
            team: self.team,
            id: self.id,
            cost: self.route.cost(usage),
            usage,
            estimated: self.usage.is_none(),
            retries: self.retries,
            first_text: self.first_text,
            latency: self.begun.elapsed(),
            route: format!("{}:{}", self.route.provider, self.route.model),
            stop,
            error,
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if self.ended {
            return;
        }
        let record = self.record("stopped".to_owned(), None);
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(record.write());
        }
    }
}

async fn reserve(
    engine: &Engine,
    budget: &BudgetConfig,
    whom: For,
    tier: Tier,
    route: &Route,
    reserved: Usage,
    id: CallId,
) -> Result<Result<(), NoCall>> {
    let now = engine.clock.now();
    let mut tx = engine.db.begin().await?;
    // Calls of a team are counted one after the other.
    run!(&mut tx, |c| sqlx::query("UPDATE teams SET name = name WHERE id = $1")
        .bind(whom.team)
        .execute(c)
        .await
        .map(|_| ()))?;
    let off: Option<String> =
        run!(&mut tx, |c| sqlx::query_scalar(OFF_BY).bind(whom.team).fetch_optional(c).await)?;
    if let Some(by) = off {
        return Ok(Err(NoCall::Off(by)));
    }
    insert(&mut tx, whom, tier, route, reserved, id, now).await?;
    let of_subject = of_subject(&mut tx, whom).await?;
    if of_subject.exceeds(budget.session_usd, budget.session_tokens) {
        return Ok(Err(match whom.subject {
            Subject::Session(_) => NoCall::Session,
            Subject::Conversation(_) => NoCall::Conversation,
        }));
    }
    let of_team: Spent = run!(&mut tx, |c| sqlx::query_as(sums!("created_at > $2"))
        .bind(whom.team)
        .bind(now.minus(DAY))
        .fetch_one(c)
        .await)?;
    if of_team.exceeds(budget.team_usd_per_day, budget.team_tokens_per_day) {
        return Ok(Err(NoCall::Team));
    }
    // A refused call leaves no row: its transaction was dropped.
    tx.commit().await?;
    Ok(Ok(()))
}

/// What was used by the session or the conversation of a call.
async fn of_subject(tx: &mut Tx, whom: For) -> Result<Spent> {
    let team = whom.team;
    Ok(match whom.subject {
        Subject::Session(id) => {
            run!(tx, |c| sqlx::query_as(sums!("session_id = $2")).bind(team).bind(id).fetch_one(c).await)?
        }
        Subject::Conversation(id) => run!(tx, |c| sqlx::query_as(sums!("conversation_id = $2"))
            .bind(team)
            .bind(id)
            .fetch_one(c)
            .await)?,
    })
}

async fn insert(
    tx: &mut Tx,
    whom: For,
    tier: Tier,
    route: &Route,
    reserved: Usage,
    id: CallId,
    now: Timestamp,
) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
        "INSERT INTO ai_calls (id, team_id, session_id, member_id, purpose, tier, provider, model, input_tokens, \
         output_tokens, cache_read_tokens, cache_write_tokens, estimated, cost, retries, created_at, conversation_id) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 1, $11, 0, $12, $13)"
    )
    .bind(id)
    .bind(whom.team)
    .bind(whom.subject.session())
    .bind(whom.member)
    .bind(whom.purpose)
    .bind(tier.to_string())
    .bind(route.provider.to_string())
    .bind(&route.model)
    .bind(signed(reserved.input))
    .bind(signed(reserved.output))
    .bind(route.cost(reserved))
    .bind(now)
    .bind(whom.subject.conversation())
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(())
}

/// What is recorded of a call that has ended.
struct Record {
    engine: Engine,
    team: TeamId,
    id: CallId,
    usage: Usage,
    estimated: bool,
    cost: i64,
    retries: u32,
    first_text: Option<Duration>,
    latency: Duration,
    route: String,
    stop: String,
    error: Option<String>,
}

impl Record {
    /// A record that cannot be written leaves the row as it was reserved: it counts too much rather than too little.
    async fn write(self) {
        self.count();
        if let Err(error) = self.store().await {
            tracing::warn!(%error, call = %self.id, "a call of a model is recorded as it was estimated");
        }
    }

    fn count(&self) {
        let route = self.route.clone();
        metrics::counter!("flowpilot_ai_calls_total", "route" => route.clone(), "stop" => self.stop.clone())
            .increment(1);
        metrics::histogram!("flowpilot_ai_call_seconds", "route" => route.clone())
            .record(self.latency.as_secs_f64());
        metrics::counter!("flowpilot_ai_cost_micros_total", "route" => route.clone())
            .increment(u64::try_from(self.cost).unwrap_or(0));
        let usage = self.usage;
        for (kind, tokens) in [
            ("input", usage.input),
            ("output", usage.output),
            ("cache_read", usage.cache_read),
            ("cache_write", usage.cache_write),
        ] {
            metrics::counter!("flowpilot_ai_tokens_total", "route" => route.clone(), "kind" => kind)
                .increment(tokens);
        }
    }

    async fn store(&self) -> Result<()> {
        let mut tx = self.engine.db.begin().await?;
        run!(&mut tx, |c| {
            sqlx::query(
            "UPDATE ai_calls SET input_tokens = $1, output_tokens = $2, cache_read_tokens = $3, \
             cache_write_tokens = $4, estimated = $5, cost = $6, retries = $7, first_text_ms = $8, latency_ms = $9, \
             stop = $10, error = $11 WHERE team_id = $12 AND id = $13"
        )
        .bind(signed(self.usage.input))
        .bind(signed(self.usage.output))
        .bind(signed(self.usage.cache_read))
        .bind(signed(self.usage.cache_write))
        .bind(i64::from(self.estimated))
        .bind(self.cost)
        .bind(i64::from(self.retries))
        .bind(self.first_text.map(millis))
        .bind(millis(self.latency))
        .bind(&self.stop)
        .bind(&self.error)
        .bind(self.team)
        .bind(self.id)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        Ok(tx.commit().await?)
    }
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn millis(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

/// Who switched a team's models off, where somebody did.
///
/// # Errors
/// The database's.
pub async fn off_by(db: &Db, team: TeamId) -> Result<Option<String>> {
    Ok(read!(db, |c| sqlx::query_scalar(OFF_BY).bind(team).fetch_optional(c).await)?)
}

/// Whether a team's models may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Switch {
    /// Whether they may.
    pub on: bool,
    /// Who switched them off.
    pub off_by: Option<String>,
    /// When that was.
    pub off_since: Option<Timestamp>,
}

/// How the switch of the caller's team stands.
///
/// # Errors
/// [`crate::Error::Forbidden`] for whoever may not administer the team.
pub async fn switch(engine: &Engine, caller: &Caller) -> Result<Switch> {
    caller.must_administer()?;
    let off: Option<(String, Timestamp)> = read!(&engine.db, |c| {
        sqlx::query_as("SELECT off_by, created_at FROM ai_off WHERE team_id = $1")
            .bind(caller.team())
            .fetch_optional(c)
            .await
    })?;
    let (off_by, off_since) = off.unzip();
    Ok(Switch { on: off_by.is_none(), off_by, off_since })
}

/// Switches a team's models off, in every process: no call begins any more, and what runs ends within a second.
///
/// # Errors
/// [`crate::Error::Forbidden`] for whoever may not administer the team.
pub async fn switch_off(engine: &Engine, caller: &Caller) -> Result<()> {
    caller.must_administer()?;
    let (team, now) = (caller.team(), engine.clock.now());
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| {
        sqlx::query(
        "INSERT INTO ai_off (team_id, off_by, created_at) VALUES ($1, $2, $3) ON CONFLICT (team_id) DO NOTHING"
    )
    .bind(team)
    .bind(caller.name())
    .bind(now)
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(tx.commit().await?)
}

/// Switches a team's models on again.
///
/// # Errors
/// [`crate::Error::Forbidden`] for whoever may not administer the team.
pub async fn switch_on(engine: &Engine, caller: &Caller) -> Result<()> {
    caller.must_administer()?;
    let team = caller.team();
    let mut tx = engine.db.begin().await?;
    run!(&mut tx, |c| sqlx::query("DELETE FROM ai_off WHERE team_id = $1")
        .bind(team)
        .execute(c)
        .await
        .map(|_| ()))?;
    Ok(tx.commit().await?)
}

/// What a team used within the last 24 hours.
///
/// # Errors
/// The database's.
pub async fn spent_today(engine: &Engine, team: TeamId) -> Result<Spent> {
    let since = engine.clock.now().minus(DAY);
    Ok(read!(&engine.db, |c| sqlx::query_as(sums!("created_at > $2"))
        .bind(team)
        .bind(since)
        .fetch_one(c)
        .await)?)
}
