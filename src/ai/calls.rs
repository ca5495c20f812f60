//! The calls of models one by one, for whoever wants to know what one of them was.

use serde::Serialize;
use sqlx::QueryBuilder;
use utoipa::ToSchema;

use super::config::ProviderKind;
use super::ledger::{Purpose, failed};
use crate::store::{CallId, MemberId, Page, PageRequest, SessionId, read};
use crate::team::Caller;
use crate::{Engine, Result, Timestamp};

/// Which calls are wanted.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Only those for this.
    pub purpose: Option<Purpose>,
    /// Only those of this model.
    pub model: Option<String>,
    /// Only those that gave nothing whole.
    pub failed: bool,
}

/// A call of a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct AiCall {
    /// Its id.
    pub id: CallId,
    /// When it began.
    pub created_at: Timestamp,
    /// What it was for.
    pub purpose: Purpose,
    /// How deep a model was asked for: `standard`, or `deep` where others got stuck.
    pub tier: String,
    /// The protocol of the model's server.
    pub provider: ProviderKind,
    /// The model.
    pub model: String,
    /// The session that it was about.
    pub session_id: Option<SessionId>,
    /// That session's title.
    pub session_title: Option<String>,
    /// For whom it was.
    pub member_id: Option<MemberId>,
    /// That member's name.
    pub member: Option<String>,
    /// Tokens that were read anew.
    pub input_tokens: i64,
    /// Tokens that were written, with thinking.
    pub output_tokens: i64,
    /// Tokens that were read from the cache.
    pub cache_read_tokens: i64,
    /// Tokens that were written to the cache.
    pub cache_write_tokens: i64,
    /// Whether tokens and cost are our own estimate: the call has not ended, or its server does not count.
    pub estimated: bool,
    /// Millionths of a US dollar.
    pub cost_micros: i64,
    /// How often it was sent again.
    pub retries: i64,
    /// Milliseconds until the first text.
    pub first_text_ms: Option<i64>,
    /// Milliseconds until the end.
    pub latency_ms: Option<i64>,
    /// Why it ended: `end`, `stopped`, `error`, `refusal`, `max_tokens`. None while it runs, and for ever where its
    /// process was killed.
    pub stop: Option<String>,
    /// What went wrong.
    pub error: Option<String>,
}

/// A page of the calls of the caller's team, newest first.
///
/// # Errors
/// [`crate::Error::Forbidden`] unless the caller administers the team.
pub async fn calls(
    engine: &Engine,
    caller: &Caller,
    filter: &CallFilter,
    page: PageRequest,
) -> Result<Page<AiCall>> {
    caller.must_administer()?;
    let rows: Vec<AiCall> = read!(&engine.db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT a.id, a.created_at, a.purpose, a.tier, a.provider, a.model, a.session_id, \
             s.title AS session_title, a.member_id, m.name AS member, a.input_tokens, a.output_tokens, \
             a.cache_read_tokens, a.cache_write_tokens, a.estimated <> 0 AS estimated, a.cost AS cost_micros, \
             a.retries, a.first_text_ms, a.latency_ms, a.stop, a.error FROM ai_calls a \
             LEFT JOIN sessions s ON s.id = a.session_id LEFT JOIN members m ON m.id = a.member_id \
             WHERE a.team_id = ",
        );
        query.push_bind(caller.team());
        if filter.failed {
            // Written out, not bound: the index of the failures is chosen by the text.
            query.push(concat!(" AND ", failed!()));
        }
        if let Some(purpose) = filter.purpose {
            query.push(" AND a.purpose = ").push_bind(purpose);
        }
        if let Some(model) = &filter.model {
            query.push(" AND a.model = ").push_bind(model);
        }
        if let Some(after) = page.after {
            query.push(" AND a.id < ").push_bind(after.0);
        }
        query.push(" ORDER BY a.id DESC LIMIT ").push_bind(page.fetch());
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(Page::from_rows(rows, &page, |call| call.id.0))
}
