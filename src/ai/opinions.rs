//! What people thought of what the models wrote, for admins: with the text, and what it answered.

use serde::Serialize;
use sqlx::types::Json;
use utoipa::ToSchema;

use super::feedback::Thumb;
use super::ledger::Purpose;
use crate::note::Drafted;
use crate::store::{CallId, FeedbackId, MemberId, Page, PageRequest, SessionId, read};
use crate::team::Caller;
use crate::{Engine, Result, Timestamp};

/// What a member thought of something that a model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Opinion {
    /// Its id.
    pub id: FeedbackId,
    /// When it was first said.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether it helped.
    pub thumb: Thumb,
    /// Why.
    pub comment: Option<String>,
    /// Who thinks so.
    pub member_id: MemberId,
    /// That member's name.
    pub member: String,
    /// The call that the text came from.
    pub call_id: CallId,
    /// What the call was for.
    pub purpose: Purpose,
    /// The model.
    pub model: String,
    /// The session that it was about.
    pub session_id: Option<SessionId>,
    /// That session's title.
    pub session_title: Option<String>,
    /// The question before it; none for a note.
    pub question: Option<String>,
    /// What the model wrote.
    pub text: String,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: FeedbackId,
    created_at: Timestamp,
    updated_at: Timestamp,
    thumb: Thumb,
    comment: Option<String>,
    member_id: MemberId,
    member: String,
    call_id: CallId,
    purpose: Purpose,
    model: String,
    session_id: Option<SessionId>,
    session_title: Option<String>,
    question: Option<String>,
    answer: Option<String>,
    note: Option<Json<Drafted>>,
}

impl From<Row> for Opinion {
    fn from(row: Row) -> Self {
        let note = row.note.map(|note| note.0.plain());
        Self {
            id: row.id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            thumb: row.thumb,
            comment: row.comment,
            member_id: row.member_id,
            member: row.member,
            call_id: row.call_id,
            purpose: row.purpose,
            model: row.model,
            session_id: row.session_id,
            session_title: row.session_title,
            question: row.question,
            text: row.answer.or(note).unwrap_or_default(),
        }
    }
}

/// A page of what the members of the caller's team thought, newest first.
///
/// # Errors
/// [`crate::Error::Forbidden`] unless the caller administers the team.
pub async fn opinions(engine: &Engine, caller: &Caller, page: PageRequest) -> Result<Page<Opinion>> {
    caller.must_administer()?;
    let rows: Vec<Row> = read!(&engine.db, |c| {
        // A note that was edited is kept again with the same call: its text is the same.
        let mut query = sqlx::QueryBuilder::new(
            "SELECT f.id, f.created_at, f.updated_at, f.thumb, f.comment, f.member_id, m.name AS member, f.call_id, \
             c.purpose, c.model, c.session_id, s.title AS session_title, a.question, a.text AS answer, \
             (SELECT d.content FROM note_drafts d WHERE d.call_id = f.call_id ORDER BY d.id LIMIT 1) AS note \
             FROM ai_feedback f JOIN ai_calls c ON c.id = f.call_id JOIN members m ON m.id = f.member_id \
             LEFT JOIN sessions s ON s.id = c.session_id LEFT JOIN answers a ON a.call_id = f.call_id \
             WHERE f.team_id = ",
        );
        query.push_bind(caller.team());
        if let Some(after) = page.after {
            query.push(" AND f.id < ").push_bind(after.0);
        }
        query.push(" ORDER BY f.id DESC LIMIT ").push_bind(page.fetch());
        query.build_query_as().fetch_all(c).await
    })?;
    let Page { items, next_cursor } = Page::from_rows(rows, &page, |row| row.id.0);
    Ok(Page { items: items.into_iter().map(Opinion::from).collect(), next_cursor })
}
