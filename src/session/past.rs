//! What the team worked before: resolved sessions, found by what they were about: by words, and by meaning where an
//! embedder is set.
//!
//! The index follows the database: before each search it reads what was resolved since the last one. A session that
//! was opened again is not shown, because what is found is read from the database.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::QueryBuilder;
use tokio::sync::Mutex;

use super::SessionStatus;
use crate::fix::OutcomeKind;
use crate::meaning::{Embedder, Item, Kind, Vectors};
use crate::search::{Fused, Text, TextIndex, fuse};
use crate::store::{Db, SessionId, TeamId, read};
use crate::{Result, Timestamp};

/// Sessions read at once.
const AT_ONCE: i64 = 500;
/// How much of what is looked for a session must have, rare words counting more.
const LEAST_COVERAGE: f32 = 0.4;
/// Hits looked at for each session that is wanted: some may be the session itself, or not fit.
const SPARE: usize = 4;
/// Sessions that each way finds, to be put in one order.
const CANDIDATES: usize = 50;
/// How late a session may appear whose closing is dated earlier, in milliseconds: clocks differ, and transactions take
/// their time.
const LATE_MS: i64 = 5 * 60 * 1_000;

/// A fix of a session that was worked before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastFix {
    /// What was to be done.
    pub title: String,
    /// What was taken to be the cause.
    pub root_cause: Option<String>,
    /// How it went, where somebody said so.
    pub outcome: Option<OutcomeKind>,
}

/// A session that was resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastSession {
    /// Which.
    pub id: SessionId,
    /// What it was about.
    pub title: String,
    /// The number of its ticket.
    pub ticket_id: Option<String>,
    /// When it was resolved.
    pub closed_at: Option<Timestamp>,
    /// What was confirmed, oldest first.
    pub facts: Vec<String>,
    /// What was tried, oldest first.
    pub fixes: Vec<PastFix>,
    team: TeamId,
}

impl PastSession {
    /// All that it says.
    fn text(&self) -> Text {
        let mut body = self.facts.join("\n");
        for fix in &self.fixes {
            for part in [Some(&fix.title), fix.root_cause.as_ref()].into_iter().flatten() {
                body.push('\n');
                body.push_str(part);
            }
        }
        Text { team: self.team, id: self.id.0, title: self.title.clone(), body }
    }
}

/// The resolved sessions of every team.
pub struct PastSessions {
    index: TextIndex,
    vectors: Vectors,
    seen: Mutex<Followed>,
}

impl Default for PastSessions {
    fn default() -> Self {
        Self { index: TextIndex::new(), vectors: Vectors::of(Kind::Session), seen: Mutex::default() }
    }
}

/// How far the index has followed.
#[derive(Default)]
struct Followed {
    /// The latest closing that it knows.
    until: Option<Timestamp>,
    /// Which closings it knows of those that others may still join.
    known: HashMap<SessionId, Timestamp>,
}

impl PastSessions {
    /// Has them found by their meaning too. Once; inside a Tokio runtime.
    pub fn set_embedder(&self, db: &Db, embedder: Arc<dyn Embedder>) {
        self.vectors.begin(db.clone(), embedder);
    }

    /// The team's resolved sessions that are about the same, the most alike first; none when none honestly is.
    ///
    /// # Errors
    /// The database's.
    pub async fn similar(
        &self,
        db: &Db,
        team: TeamId,
        about: &str,
        except: Option<SessionId>,
        limit: usize,
    ) -> Result<Vec<PastSession>> {
        self.catch_up(db).await?;
        let hits = self.hits(db, team, about, limit + SPARE).await?;
        let wanted: Vec<SessionId> =
            hits.iter().map(|hit| SessionId(hit.id)).filter(|id| Some(*id) != except).collect();
        let mut found = load(db, &wanted).await?;
        found.retain(|session| session.team == team);
        found.sort_by_key(|session| wanted.iter().position(|id| *id == session.id));
        found.truncate(limit);
        Ok(found)
    }

    /// What is honestly about the same: it has enough of the words, or an identifier, or is alike enough.
    async fn hits(&self, db: &Db, team: TeamId, about: &str, limit: usize) -> Result<Vec<Fused>> {
        let near = self.vectors.near(db, team, about, CANDIDATES).await;
        let candidates = if near.is_empty() { limit } else { CANDIDATES };
        let by_words = self.index.search(team, about, candidates)?;
        let least = self.vectors.least_likeness();
        let mut hits = fuse(&by_words, &near, by_words.len() + near.len());
        hits.retain(|hit| {
            let is_alike = hit.likeness.is_some_and(|it| it >= least);
            hit.coverage >= LEAST_COVERAGE || hit.identifiers > 0 || is_alike
        });
        hits.truncate(limit);
        Ok(hits)
    }

    async fn catch_up(&self, db: &Db) -> Result<()> {
        let mut seen = self.seen.lock().await;
        let oldest = seen.until.map_or(0, |until| until.0.saturating_sub(LATE_MS));
        let mut from = (Timestamp(oldest), SessionId(uuid::Uuid::nil()));
        let mut changed = false;
        loop {
            let closed: Vec<(SessionId, Timestamp)> = read!(db, |c| {
                sqlx::query_as(
                "SELECT id, closed_at FROM sessions WHERE status = 'resolved' AND (closed_at, id) > ($1, $2) \
                 ORDER BY closed_at, id LIMIT $3"
            )
            .bind(from.0)
            .bind(from.1)
            .bind(AT_ONCE)
            .fetch_all(c)
            .await
            })?;
            let Some(&(id, closed_at)) = closed.last() else { break };
            from = (closed_at, id);
            let new: Vec<SessionId> =
                closed.iter().filter(|(id, at)| seen.known.get(id) != Some(at)).map(|(id, _)| *id).collect();
            for session in load(db, &new).await? {
                let text = session.text();
                self.index.put(&text)?;
                let (team, id) = (text.team, text.id);
                self.vectors.want(Item { team, id, text: format!("{}\n{}", text.title, text.body) });
                changed = true;
            }
            seen.known.extend(closed);
            seen.until = Some(closed_at);
        }
        if changed {
            self.index.commit()?;
        }
        let oldest = seen.until.map_or(0, |until| until.0.saturating_sub(LATE_MS));
        seen.known.retain(|_, at| at.0 >= oldest);
        Ok(())
    }
}

/// These sessions, of those that are resolved, in no order.
async fn load(db: &Db, ids: &[SessionId]) -> Result<Vec<PastSession>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: SessionId,
        team_id: TeamId,
        title: String,
        ticket_id: Option<String>,
        closed_at: Option<Timestamp>,
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = read!(db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT id, team_id, title, ticket_id, closed_at FROM sessions WHERE status = ",
        );
        query.push_bind(SessionStatus::Resolved).push(" AND id IN (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(")").build_query_as().fetch_all(c).await
    })?;
    let (mut facts, mut fixes) = (facts(db, ids).await?, fixes(db, ids).await?);
    let told = |row: Row| PastSession {
        id: row.id,
        title: row.title,
        ticket_id: row.ticket_id,
        closed_at: row.closed_at,
        facts: facts.remove(&row.id).unwrap_or_default(),
        fixes: fixes.remove(&row.id).unwrap_or_default(),
        team: row.team_id,
    };
    Ok(rows.into_iter().map(told).collect())
}

async fn facts(db: &Db, ids: &[SessionId]) -> Result<HashMap<SessionId, Vec<String>>> {
    let rows: Vec<(SessionId, String)> = read!(db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT session_id, text FROM facts WHERE removed_at IS NULL AND session_id IN (",
        );
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(") ORDER BY id").build_query_as().fetch_all(c).await
    })?;
    let mut found: HashMap<SessionId, Vec<String>> = HashMap::new();
    for (session, text) in rows {
        found.entry(session).or_default().push(text);
    }
    Ok(found)
}

async fn fixes(db: &Db, ids: &[SessionId]) -> Result<HashMap<SessionId, Vec<PastFix>>> {
    let rows: Vec<(SessionId, String, Option<String>, Option<OutcomeKind>)> = read!(db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT session_id, title, root_cause, \
             (SELECT outcome FROM outcomes WHERE fix_id = suggested_fixes.id ORDER BY id DESC LIMIT 1) \
             FROM suggested_fixes WHERE session_id IN (",
        );
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(*id);
        }
        query.push(") ORDER BY id").build_query_as().fetch_all(c).await
    })?;
    let mut found: HashMap<SessionId, Vec<PastFix>> = HashMap::new();
    for (session, title, root_cause, outcome) in rows {
        found.entry(session).or_default().push(PastFix { title, root_cause, outcome });
    }
    Ok(found)
}
