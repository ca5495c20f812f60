//! Attachments: the files that people post in a session's thread. Screenshots are kept; other files are only named.
//!
//! The turn that hears the words notes each of their files with its own commit (`note`: [`SessionTx::attach`]) and
//! queues an effect that fetches it (`fetch`). What a file is, its bytes say, never its name. An attachment lives as
//! long as its message: who deletes the message, or takes the file out of it, deletes the attachment.
//!
//! [`SessionTx::attach`]: crate::session::SessionTx::attach

mod fetch;
mod note;

pub(crate) use fetch::Keeper;
pub(crate) use note::words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::store::{AttachmentId, Db, MessageId, Page, PageRequest, SessionId, TeamId, read};
use crate::{Result, Timestamp};

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AttachmentLimits {
    /// The largest file, in bytes; with 0 none is kept.
    pub max_bytes: u64,
    /// Files of one session.
    pub per_session: u64,
    /// Bytes of all files of one session.
    pub per_session_bytes: u64,
}

impl Default for AttachmentLimits {
    fn default() -> Self {
        Self { max_bytes: 10 * 1024 * 1024, per_session: 50, per_session_bytes: 100 * 1024 * 1024 }
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum AttachmentState {
    /// It is not fetched yet.
    Wanted,
    /// Its content is here.
    Kept,
    /// It is larger than what is kept, or the session has enough of them.
    TooLarge,
    /// It is no image, or not the platform's to give.
    NotAllowed,
    /// The platform has it no more.
    Gone,
}

/// A file that was posted in a session's thread.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema, sqlx::FromRow)]
pub struct Attachment {
    /// Its id.
    pub id: AttachmentId,
    /// The message of the transcript that it came with.
    pub message_id: MessageId,
    /// What its author called it, at most 200 characters. Untrusted text.
    pub name: String,
    /// What became of it.
    pub state: AttachmentState,
    /// Why it is not kept.
    pub reason: Option<String>,
    /// `image/png`, `image/jpeg`, `image/gif` or `image/webp`, once it is kept.
    pub media_type: Option<String>,
    /// Its size; what the platform says of it, until it is kept.
    pub bytes: Option<i64>,
    /// The SHA-256 of its content in small hex digits, once it is kept.
    pub sha256: Option<String>,
    /// When it was posted, as far as FlowPilot heard of it.
    pub created_at: Timestamp,
}

/// A session's attachments, oldest first.
///
/// # Errors
/// The database's.
pub async fn attachments(
    db: &Db,
    team: TeamId,
    session: SessionId,
    page: PageRequest,
) -> Result<Page<Attachment>> {
    let rows: Vec<Attachment> = read!(db, |c| {
        sqlx::query_as(
            "SELECT id, message_id, name, state, reason, media_type, bytes, sha256, created_at FROM attachments \
             WHERE team_id = $1 AND session_id = $2 AND ($3 IS NULL OR id > $3) ORDER BY id LIMIT $4",
        )
        .bind(team)
        .bind(session)
        .bind(page.after.map(|c| c.0))
        .bind(page.fetch())
        .fetch_all(c)
        .await
    })?;
    Ok(Page::from_rows(rows, &page, |a| a.id.0))
}

/// One attachment of a session.
///
/// # Errors
/// The database's.
pub async fn attachment(
    db: &Db,
    team: TeamId,
    session: SessionId,
    id: AttachmentId,
) -> Result<Option<Attachment>> {
    Ok(read!(db, |c| {
        sqlx::query_as(
            "SELECT id, message_id, name, state, reason, media_type, bytes, sha256, created_at FROM attachments \
             WHERE team_id = $1 AND session_id = $2 AND id = $3",
        )
        .bind(team)
        .bind(session)
        .bind(id)
        .fetch_optional(c)
        .await
    })?)
}

/// What is in an attachment; `None` unless it is kept.
///
/// # Errors
/// The database's.
pub async fn content(db: &Db, team: TeamId, session: SessionId, id: AttachmentId) -> Result<Option<Vec<u8>>> {
    let found: Option<Option<Vec<u8>>> = read!(db, |c| {
        sqlx::query_scalar(
            "SELECT content FROM attachments WHERE team_id = $1 AND session_id = $2 AND id = $3",
        )
        .bind(team)
        .bind(session)
        .bind(id)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.flatten())
}
