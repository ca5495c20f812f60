//! What people think of what a model wrote: a thumb, with a few words where they like, kept with the call that it came
//! from. One for each member and call; it can be changed and taken back. A session is not changed by it: no note speaks
//! of it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use sqlx::QueryBuilder;
use utoipa::ToSchema;

use crate::note::NoteKind;
use crate::session::Case;
use crate::store::{
    AnswerId, CallId, ConversationId, FeedbackId, MessageId, SessionId, StateVersion, read, run,
};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// The longest comment, in characters.
const LONGEST: usize = 1_000;

/// What somebody thinks of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Thumb {
    /// It helped.
    Up,
    /// It did not.
    Down,
}

/// What a member thinks of something that a model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Feedback {
    /// Whether it helped.
    pub thumb: Thumb,
    /// Why, in at most 1,000 characters. Secrets in it are not kept.
    #[serde(default)]
    pub comment: Option<String>,
}

/// What is known of a message that a model wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ByAi {
    /// The answer that it is.
    pub answer_id: AnswerId,
    /// What the caller thinks of it, once they have said so.
    pub feedback: Option<Feedback>,
}

type Own = (Option<Thumb>, Option<String>);

fn own((thumb, comment): Own) -> Option<Feedback> {
    thumb.map(|thumb| Feedback { thumb, comment })
}

/// Those of some messages that a model wrote, with what the caller thinks of them.
///
/// # Errors
/// The database's.
pub async fn by_ai(
    engine: &Engine,
    caller: &Caller,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, ByAi>> {
    if messages.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(MessageId, AnswerId, Option<Thumb>, Option<String>)> = read!(&engine.db, |c| {
        let mut query = QueryBuilder::new(
            "SELECT a.message_id, a.id, f.thumb, f.comment FROM answers a \
             LEFT JOIN ai_feedback f ON f.call_id = a.call_id AND f.member_id = ",
        );
        query.push_bind(caller.member()).push(" WHERE a.team_id = ").push_bind(caller.team());
        query.push(" AND a.call_id IS NOT NULL AND a.message_id IN (");
        let mut ids = query.separated(", ");
        for id in messages {
            ids.push_bind(id);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?;
    let known =
        |(message, answer_id, thumb, comment)| (message, ByAi { answer_id, feedback: own((thumb, comment)) });
    Ok(rows.into_iter().map(known).collect())
}

/// What the caller thinks of the note that a model wrote of a version of a session.
///
/// # Errors
/// The database's.
pub async fn of_note(
    engine: &Engine,
    caller: &Caller,
    session: SessionId,
    kind: NoteKind,
    version: StateVersion,
) -> Result<Option<Feedback>> {
    let found: Option<Own> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT f.thumb, f.comment FROM note_drafts d JOIN ai_feedback f ON f.call_id = d.call_id \
             AND f.member_id = $1 WHERE d.team_id = $2 AND d.session_id = $3 AND d.kind = $4 AND d.state_version = $5",
        )
        .bind(caller.member())
        .bind(caller.team())
        .bind(session)
        .bind(kind)
        .bind(version)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.and_then(own))
}

/// Keeps what the caller thinks of a message that a model wrote; none takes it back. Doing it twice changes nothing.
///
/// # Errors
/// [`Error::NotFound`] where the session has no such message; [`Error::Conflict`] where no model wrote it;
/// [`Error::Invalid`] naming the comment; [`Error::Forbidden`] for a viewer.
pub async fn judge_message(
    engine: &Engine,
    caller: &Caller,
    session: SessionId,
    message: MessageId,
    feedback: Option<Feedback>,
) -> Result<()> {
    caller.must_work()?;
    let call: Option<Option<CallId>> = read!(&engine.db, |c| {
        sqlx::query_scalar(
            "SELECT a.call_id FROM messages m LEFT JOIN answers a ON a.message_id = m.id \
             WHERE m.team_id = $1 AND m.session_id = $2 AND m.id = $3 AND m.removed_at IS NULL",
        )
        .bind(caller.team())
        .bind(session)
        .bind(message)
        .fetch_optional(c)
        .await
    })?;
    let call = call.ok_or(Error::NotFound("message"))?;
    let call = call.ok_or_else(|| Error::Conflict("no AI model wrote this message".to_owned()))?;
    judge(engine, caller, call, feedback).await
}

/// Keeps what the caller thinks of an answer in a conversation of theirs; none takes it back.
///
/// # Errors
/// [`Error::NotFound`] where they have no such conversation, or that no such answer; [`Error::Conflict`] where no model
/// wrote it; [`Error::Invalid`] naming the comment; [`Error::Forbidden`] for a viewer.
pub async fn judge_exchange(
    engine: &Engine,
    caller: &Caller,
    conversation: ConversationId,
    answer: AnswerId,
    feedback: Option<Feedback>,
) -> Result<()> {
    caller.must_work()?;
    crate::assistant::conversation(engine, caller, conversation).await?;
    let call: Option<Option<CallId>> = read!(&engine.db, |c| {
        sqlx::query_scalar(
            "SELECT call_id FROM answers WHERE team_id = $1 AND conversation_id = $2 AND id = $3",
        )
        .bind(caller.team())
        .bind(conversation)
        .bind(answer)
        .fetch_optional(c)
        .await
    })?;
    let call = call.ok_or(Error::NotFound("answer"))?;
    let call = call.ok_or_else(|| Error::Conflict("no AI model wrote this answer".to_owned()))?;
    judge(engine, caller, call, feedback).await
}

/// Keeps what the caller thinks of an answer that they read in a thread. Doing it twice changes nothing.
///
/// # Errors
/// [`Error::NotFound`] where the team has no such answer; [`Error::Conflict`] where no model wrote it;
/// [`Error::Forbidden`] for a viewer.
pub(crate) async fn judge_answer(
    engine: &Engine,
    caller: &Caller,
    answer: AnswerId,
    feedback: Feedback,
) -> Result<()> {
    caller.must_work()?;
    let call: Option<Option<CallId>> = read!(&engine.db, |c| {
        sqlx::query_scalar("SELECT call_id FROM answers WHERE team_id = $1 AND id = $2")
            .bind(caller.team())
            .bind(answer)
            .fetch_optional(c)
            .await
    })?;
    let call = call.ok_or(Error::NotFound("answer"))?;
    let call = call.ok_or_else(|| Error::Conflict("no AI model wrote this answer".to_owned()))?;
    judge(engine, caller, call, Some(feedback)).await
}

/// Keeps what the caller thinks of the note that a model wrote of a session as it is now; none takes it back.
///
/// # Errors
/// [`Error::NotFound`] for a session; [`Error::Conflict`] where no model wrote that note; [`Error::Invalid`] naming the
/// comment; [`Error::Forbidden`] for a viewer.
pub async fn judge_note(
    engine: &Engine,
    caller: &Caller,
    session: SessionId,
    kind: NoteKind,
    feedback: Option<Feedback>,
) -> Result<()> {
    caller.must_work()?;
    let case = Case::load(engine, caller.team(), session).await?;
    let call = case.draft(kind).and_then(|draft| draft.call_id);
    let call = call.ok_or_else(|| {
        Error::Conflict("no AI model wrote this note of the session as it is now".to_owned())
    })?;
    judge(engine, caller, call, feedback).await
}

async fn judge(engine: &Engine, caller: &Caller, call: CallId, feedback: Option<Feedback>) -> Result<()> {
    let (id, team, member) = (FeedbackId::new(&engine.clock), caller.team(), caller.member());
    let now = engine.clock.now();
    let comment = feedback.as_ref().map(|it| kept(it.comment.as_deref())).transpose()?.flatten();
    let mut tx = engine.db.begin().await?;
    match feedback {
        None => run!(&mut tx, |c| sqlx::query(
            "DELETE FROM ai_feedback WHERE team_id = $1 AND call_id = $2 AND member_id = $3"
        )
        .bind(team)
        .bind(call)
        .bind(member)
        .execute(c)
        .await
        .map(|_| ()))?,
        Some(Feedback { thumb, .. }) => run!(&mut tx, |c| {
            sqlx::query(
            "INSERT INTO ai_feedback (id, team_id, call_id, member_id, thumb, comment, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (call_id, member_id) DO UPDATE SET \
             thumb = excluded.thumb, comment = excluded.comment, updated_at = excluded.updated_at"
        )
        .bind(id)
        .bind(team)
        .bind(call)
        .bind(member)
        .bind(thumb)
        .bind(&comment)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ())
        })?,
    }
    Ok(tx.commit().await?)
}

/// A comment as it is kept: trimmed, bounded, without secrets.
fn kept(comment: Option<&str>) -> Result<Option<String>> {
    let Some(text) = comment.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    if text.chars().count() > LONGEST {
        return Err(Error::invalid("comment", format!("must be at most {LONGEST} characters")));
    }
    Ok(Some(crate::redact::secrets(text)))
}
