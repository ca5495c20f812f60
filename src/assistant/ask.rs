//! Asking, and not wanting to read on.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Conversation, Exchange, conversation};
use crate::queue::Entry;
use crate::session::text::{required, shorten};
use crate::store::{AnswerId, ConversationId, TeamId, Tx, run};
use crate::surface::ThreadRef;
use crate::team::{Caller, Platform};
use crate::{Engine, Error, Result};

/// The longest question, in characters.
const LONGEST: usize = 8_000;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;

/// A question that was asked, in its conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Asked {
    /// The conversation.
    pub conversation: Conversation,
    /// The question, and later its answer.
    pub exchange: Exchange,
}

/// Begins a conversation that lives in no thread, once this is committed.
///
/// # Errors
/// [`Error::Invalid`] naming the question; [`Error::Forbidden`] for a viewer.
pub(crate) async fn begin_in(engine: &Engine, tx: &mut Tx, caller: &Caller, question: &str) -> Result<Asked> {
    // Nobody reads along: the thread is the conversation's own.
    let thread = ThreadRef {
        platform: Platform::Api,
        workspace: caller.team().to_string(),
        thread: format!("conversation/{}", engine.clock.new_id()),
    };
    ask_in(engine, tx, caller, thread, question).await
}

/// Has a question answered in a thread once this is committed; a thread without a conversation gets one.
///
/// # Errors
/// [`Error::Invalid`] naming the question; [`Error::Forbidden`] for a viewer.
pub(crate) async fn ask_in(
    engine: &Engine,
    tx: &mut Tx,
    caller: &Caller,
    thread: ThreadRef,
    question: &str,
) -> Result<Asked> {
    caller.must_work()?;
    let question = required("question", question, LONGEST)?;
    let conversation = conversation_in(engine, tx, caller, &thread, &question).await?;
    let (id, now) = (AnswerId::new(&engine.clock), engine.clock.now());
    run!(tx, |c| sqlx::query(
        "INSERT INTO answers (id, team_id, conversation_id, member_id, question, text, created_at) \
         VALUES ($1, $2, $3, $4, $5, '', $6)"
    )
    .bind(id)
    .bind(caller.team())
    .bind(conversation.id)
    .bind(caller.member())
    .bind(&question)
    .bind(now)
    .execute(c)
    .await
    .map(|_| ()))?;
    let effect = Entry {
        key: format!("answer:{id}"),
        team: Some(caller.team()),
        // One answer of a conversation at a time: the next one knows it.
        lane: format!("{}#answer", thread.lane()),
        kind: "answer".to_owned(),
        payload: serde_json::json!({ "answer": id }),
    };
    engine.outbox.push(tx, &[effect]).await?;
    let exchange = Exchange::asked(id, caller.member(), question, now);
    Ok(Asked { conversation, exchange })
}

async fn conversation_in(
    engine: &Engine,
    tx: &mut Tx,
    caller: &Caller,
    thread: &ThreadRef,
    question: &str,
) -> Result<Conversation> {
    let (id, now) = (ConversationId::new(&engine.clock), engine.clock.now());
    // Touching the row answers with it, whoever began it.
    let conversation: Conversation = run!(tx, |c| {
        sqlx::query_as(
            "INSERT INTO conversations (id, team_id, member_id, platform, workspace, thread, title, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (platform, workspace, thread) \
             DO UPDATE SET title = conversations.title \
             RETURNING id, team_id, member_id, platform, workspace, thread, title, created_at",
        )
        .bind(id)
        .bind(caller.team())
        .bind(caller.member())
        .bind(thread.platform)
        .bind(&thread.workspace)
        .bind(&thread.thread)
        .bind(shorten(question, LONGEST_TITLE))
        .bind(now)
        .fetch_one(c)
        .await
    })?;
    if conversation.team_id != caller.team() {
        return Err(Error::NotFound("conversation"));
    }
    Ok(conversation)
}

/// Stops what is being written in a conversation of the caller's.
///
/// # Errors
/// [`Error::NotFound`] for a conversation of somebody else; [`Error::Conflict`] when nothing is being written;
/// [`Error::Forbidden`] for a viewer.
pub async fn stop(engine: &Engine, caller: &Caller, id: ConversationId) -> Result<()> {
    caller.must_work()?;
    conversation(engine, caller, id).await?;
    let mut tx = engine.db.begin().await?;
    let stopped = stop_in(&mut tx, caller.team(), id, caller.name()).await?;
    tx.commit().await?;
    if stopped {
        return Ok(());
    }
    Err(Error::Conflict("no answer is being written at the moment".to_owned()))
}

/// Stops what is being written in a conversation; tells whether anything was.
///
/// # Errors
/// The database's.
pub(crate) async fn stop_in(tx: &mut Tx, team: TeamId, id: ConversationId, by: &str) -> Result<bool> {
    let stopped = run!(tx, |c| sqlx::query(
        "UPDATE answers SET stopped_by = COALESCE(stopped_by, $1) \
         WHERE team_id = $2 AND conversation_id = $3 AND ended_at IS NULL AND ending IS NULL"
    )
    .bind(by)
    .bind(team)
    .bind(id)
    .execute(c)
    .await
    .map(|r| r.rows_affected()))?;
    Ok(stopped > 0)
}
