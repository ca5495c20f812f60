//! Conversations as they are kept and read.

use serde::Serialize;
use sqlx::types::Json;
use utoipa::ToSchema;

use super::Source;
use crate::ai::{Feedback, Thumb};
use crate::store::{AnswerId, ConversationId, Db, MemberId, Page, PageRequest, TeamId, read};
use crate::surface::ThreadRef;
use crate::team::{Caller, Platform};
use crate::{Engine, Error, Result, Timestamp};

/// The columns of a conversation.
macro_rules! conversation {
    ($which:literal) => {
        concat!(
            "SELECT id, team_id, member_id, platform, workspace, thread, title, created_at FROM conversations WHERE ",
            $which
        )
    };
}

/// Questions and answers that belong to no session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Whose it is.
    #[serde(skip)]
    pub team_id: TeamId,
    /// Who began it.
    pub member_id: MemberId,
    /// The platform its thread is on; `api` where it has none.
    pub platform: Platform,
    /// The platform's id of the workspace.
    #[serde(skip)]
    pub workspace: String,
    /// The platform's id of the thread.
    #[serde(skip)]
    pub thread: String,
    /// The first question, shortened.
    pub title: String,
    /// When it began.
    pub created_at: Timestamp,
}

impl Conversation {
    /// Its thread.
    #[must_use]
    pub fn thread_ref(&self) -> ThreadRef {
        ThreadRef { platform: self.platform, workspace: self.workspace.clone(), thread: self.thread.clone() }
    }
}

/// A question with its answer, as far as that is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Exchange {
    /// The answer's id.
    pub id: AnswerId,
    /// Who asked.
    pub member_id: MemberId,
    /// What was asked, without secrets.
    pub question: String,
    /// The answer, Markdown of somebody who is not trusted; grows while it is written.
    pub text: String,
    /// How it ended: nothing while it is written, empty for a whole answer, otherwise why it ended early.
    pub ending: Option<String>,
    /// What the answer cites.
    pub sources: Vec<Source>,
    /// The model that wrote it; none where it is the library's own answer.
    pub model: Option<String>,
    /// What the caller thinks of it, once they have said so.
    pub feedback: Option<Feedback>,
    /// When it was asked.
    pub created_at: Timestamp,
    /// When it was answered to its end.
    pub ended_at: Option<Timestamp>,
}

impl Exchange {
    /// One that was asked just now.
    pub(super) fn asked(id: AnswerId, member_id: MemberId, question: String, now: Timestamp) -> Self {
        Self {
            id,
            member_id,
            question,
            text: String::new(),
            ending: None,
            sources: Vec::new(),
            model: None,
            feedback: None,
            created_at: now,
            ended_at: None,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AnswerId,
    member_id: MemberId,
    question: String,
    text: String,
    ending: Option<String>,
    sources: Option<Json<Vec<Source>>>,
    model: Option<String>,
    thumb: Option<Thumb>,
    comment: Option<String>,
    created_at: Timestamp,
    ended_at: Option<Timestamp>,
}

impl From<Row> for Exchange {
    fn from(row: Row) -> Self {
        let comment = row.comment;
        Self {
            id: row.id,
            member_id: row.member_id,
            question: row.question,
            text: row.text,
            ending: row.ending,
            sources: row.sources.map(|sources| sources.0).unwrap_or_default(),
            model: row.model,
            feedback: row.thumb.map(|thumb| Feedback { thumb, comment }),
            created_at: row.created_at,
            ended_at: row.ended_at,
        }
    }
}

/// The columns of an exchange, with what a member thinks of it.
const EXCHANGES: &str = "SELECT a.id, a.member_id, a.question, a.text, a.ending, a.sources, c.model, f.thumb, f.comment, \
    a.created_at, a.ended_at FROM answers a LEFT JOIN ai_calls c ON c.id = a.call_id \
    LEFT JOIN ai_feedback f ON f.call_id = a.call_id AND f.member_id = ";

/// The conversation of a thread.
pub(crate) async fn by_thread(db: &Db, team: TeamId, thread: &ThreadRef) -> Result<Option<Conversation>> {
    Ok(read!(db, |c| {
        sqlx::query_as(conversation!("platform = $1 AND workspace = $2 AND thread = $3 AND team_id = $4"))
            .bind(thread.platform)
            .bind(&thread.workspace)
            .bind(&thread.thread)
            .bind(team)
            .fetch_optional(c)
            .await
    })?)
}

/// A team's conversation, whoever began it.
pub(crate) async fn conversation_of_team(
    db: &Db,
    team: TeamId,
    id: ConversationId,
) -> Result<Option<Conversation>> {
    Ok(read!(db, |c| {
        sqlx::query_as(conversation!("team_id = $1 AND id = $2")).bind(team).bind(id).fetch_optional(c).await
    })?)
}

/// A conversation that the caller began.
///
/// # Errors
/// [`Error::NotFound`] for any other.
pub async fn conversation(engine: &Engine, caller: &Caller, id: ConversationId) -> Result<Conversation> {
    let found = conversation_of_team(&engine.db, caller.team(), id).await?;
    found.filter(|it| it.member_id == caller.member()).ok_or(Error::NotFound("conversation"))
}

/// A page of the caller's conversations, the newest first.
///
/// # Errors
/// The database's.
pub async fn conversations(
    engine: &Engine,
    caller: &Caller,
    page: PageRequest,
) -> Result<Page<Conversation>> {
    let rows: Vec<Conversation> = read!(&engine.db, |c| {
        sqlx::query_as(conversation!(
            "team_id = $1 AND member_id = $2 AND ($3 IS NULL OR id < $3) ORDER BY id DESC LIMIT $4"
        ))
        .bind(caller.team())
        .bind(caller.member())
        .bind(page.after.map(|c| c.0))
        .bind(page.fetch())
        .fetch_all(c)
        .await
    })?;
    Ok(Page::from_rows(rows, &page, |row| row.id.0))
}

/// A page of a conversation of the caller's, oldest first within it: the first page holds the newest exchanges, each
/// following one those before it.
///
/// # Errors
/// [`Error::NotFound`] for a conversation of somebody else.
pub async fn exchanges(
    engine: &Engine,
    caller: &Caller,
    id: ConversationId,
    page: PageRequest,
) -> Result<Page<Exchange>> {
    conversation(engine, caller, id).await?;
    let rows: Vec<Row> = read!(&engine.db, |c| {
        let mut query = sqlx::QueryBuilder::new(EXCHANGES);
        query.push_bind(caller.member()).push(" WHERE a.team_id = ").push_bind(caller.team());
        query.push(" AND a.conversation_id = ").push_bind(id);
        if let Some(after) = page.after {
            query.push(" AND a.id < ").push_bind(after.0);
        }
        query.push(" ORDER BY a.id DESC LIMIT ").push_bind(page.fetch());
        query.build_query_as().fetch_all(c).await
    })?;
    let Page { items, next_cursor } = Page::from_rows(rows, &page, |row| row.id.0);
    Ok(Page { items: items.into_iter().rev().map(Exchange::from).collect(), next_cursor })
}

/// What was asked and answered before an answer, the last `most` of it, oldest first.
pub(crate) async fn turns_before(
    db: &Db,
    team: TeamId,
    id: ConversationId,
    answer: AnswerId,
    most: i64,
) -> Result<Vec<(String, String)>> {
    let mut turns: Vec<(String, String)> = read!(db, |c| {
        sqlx::query_as(
            "SELECT question, text FROM answers WHERE team_id = $1 AND conversation_id = $2 AND id < $3 \
             ORDER BY id DESC LIMIT $4",
        )
        .bind(team)
        .bind(id)
        .bind(answer)
        .bind(most)
        .fetch_all(c)
        .await
    })?;
    turns.reverse();
    Ok(turns)
}
