//! Fetching: the outbox's effect that reads a file from its platform and keeps it.
//!
//! Nothing that is said of a file is believed: reading stops at the limit, and the first bytes tell what it is. To
//! fetch changes nothing outside, so an attempt that died is simply made again; the file is kept with the commit that
//! finishes the effect.

use std::time::Duration;

use futures_util::StreamExt as _;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Semaphore;

use super::AttachmentState;
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::{AttachmentId, SessionId, TeamId, Tx, read, run};
use crate::surface::{Fetched, FileStream, PostedFile, ThreadRef};
use crate::team::Platform;
use crate::{Engine, Error, Result};

/// What effects of this kind are called.
pub(super) const KIND: &str = "attachment";
/// Files that a process fetches at the same time: fewer than its lanes, so that cards never wait for them.
const AT_ONCE: usize = 8;
/// The longest wait for one of these places is a multiple of this.
const TURN: Duration = Duration::from_secs(1);
/// As many bytes tell what a file is.
const HEAD: usize = 64;

pub(super) const TOO_LARGE: &str = "it is larger than what is kept";
const ENOUGH: &str = "the session has as many files as are kept";
const NO_IMAGE: &str = "it is no PNG, JPEG, GIF or WebP image";
const GONE: &str = "it was deleted before it could be fetched";
const NOT_CONNECTED: &str = "its platform is not connected any more";

#[derive(Serialize, Deserialize)]
struct Payload {
    attachment: AttachmentId,
    file: PostedFile,
}

/// The effect that fetches a file. A lane of its own: nothing waits for a file, and no file for another.
pub(super) fn entry(team: TeamId, thread: &ThreadRef, id: AttachmentId, file: &PostedFile) -> Entry {
    Entry {
        key: format!("{KIND}:{id}"),
        team: Some(team),
        lane: format!("{}#{id}", thread.lane()),
        kind: KIND.to_owned(),
        payload: serde_json::json!(Payload { attachment: id, file: file.clone() }),
    }
}

/// Works the outbox's files.
pub(crate) struct Keeper {
    engine: Engine,
    places: Semaphore,
}

#[derive(sqlx::FromRow)]
struct Wanted {
    id: AttachmentId,
    team_id: TeamId,
    session_id: SessionId,
    platform: Platform,
    workspace: String,
    thread: String,
}

/// What a file turned out to be.
enum Found {
    Image { media_type: &'static str, content: Vec<u8> },
    Not(AttachmentState, String),
}

impl Found {
    fn not(state: AttachmentState, reason: &str) -> Self {
        Self::Not(state, reason.to_owned())
    }
}

impl Keeper {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, places: Semaphore::new(AT_ONCE) }
    }

    /// Fetches a file and keeps it, unless it is known what became of it.
    ///
    /// # Errors
    /// What the platform answers; tried again by the outbox.
    pub(crate) async fn keep(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Payload { attachment, file } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let Ok(_place) = self.places.try_acquire() else {
            let after = TURN * u32::try_from(item.attempts + 1).unwrap_or(1);
            return Err(Failure::Retry {
                why: "other files are fetched first".to_owned(),
                after: Some(after),
            });
        };
        // Nobody wants it any more when its message was deleted.
        let Some(wanted) = self.wanted(attachment).await? else { return Ok(receipt.complete_alone().await?) };
        match self.find(&wanted, &file).await {
            Ok(found) => self.store(&wanted, found, receipt).await,
            Err(Failure::Dead(why)) => {
                self.say_why(&wanted, &why).await?;
                Err(Failure::Dead(why))
            }
            Err(later) => Err(later),
        }
    }

    async fn wanted(&self, id: AttachmentId) -> Result<Option<Wanted>> {
        Ok(read!(&self.engine.db, |c| {
            sqlx::query_as(
                "SELECT a.id, a.team_id, a.session_id, s.platform, s.workspace, s.thread FROM attachments a \
                 JOIN sessions s ON s.id = a.session_id WHERE a.id = $1 AND a.state = 'wanted'",
            )
            .bind(id)
            .fetch_optional(c)
            .await
        })?)
    }

    async fn find(&self, wanted: &Wanted, file: &PostedFile) -> Result<Found, Failure> {
        let Some(surface) = self.engine.surface(wanted.platform) else {
            return Ok(Found::not(AttachmentState::Gone, NOT_CONNECTED));
        };
        let mut tx = self.engine.db.begin_read().await.map_err(Error::from)?;
        let has_room = self.has_room(&mut tx, wanted, 0).await?;
        drop(tx);
        if !has_room {
            return Ok(Found::not(AttachmentState::TooLarge, ENOUGH));
        }
        let thread = ThreadRef {
            platform: wanted.platform,
            workspace: wanted.workspace.clone(),
            thread: wanted.thread.clone(),
        };
        match surface.fetch(wanted.team_id, &thread, file).await? {
            Fetched::Content(stream) => read_image(stream, self.engine.attachments.max_bytes).await,
            Fetched::Refused(why) => Ok(Found::Not(AttachmentState::NotAllowed, why)),
            Fetched::Gone => Ok(Found::not(AttachmentState::Gone, GONE)),
        }
    }

    /// Whether the session may have one more file of this size.
    async fn has_room(&self, tx: &mut Tx, wanted: &Wanted, bytes: usize) -> Result<bool> {
        let (files, total): (i64, i64) = run!(tx, |c| sqlx::query_as(
            "SELECT count(*), CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM attachments \
             WHERE session_id = $1 AND state = 'kept'"
        )
        .bind(wanted.session_id)
        .fetch_one(c)
        .await)?;
        let limits = &self.engine.attachments;
        let total = u64::try_from(total).unwrap_or(u64::MAX).saturating_add(bytes as u64);
        Ok(u64::try_from(files).is_ok_and(|files| files < limits.per_session)
            && total <= limits.per_session_bytes)
    }

    async fn store(&self, wanted: &Wanted, found: Found, receipt: &Receipt) -> Result<(), Failure> {
        let mut tx = self.engine.db.begin().await.map_err(Error::from)?;
        self.touch(&mut tx, wanted).await?;
        match found {
            Found::Image { media_type, content } if self.has_room(&mut tx, wanted, content.len()).await? => {
                write_content(&mut tx, wanted, media_type, &content).await?;
                tracing::info!(session = %wanted.session_id, attachment = %wanted.id, bytes = content.len(), "kept");
            }
            Found::Image { .. } => {
                write_state(&mut tx, wanted, AttachmentState::TooLarge, ENOUGH).await?;
            }
            Found::Not(state, reason) => {
                tracing::info!(session = %wanted.session_id, attachment = %wanted.id, %state, reason, "not kept");
                write_state(&mut tx, wanted, state, &reason).await?;
            }
        }
        receipt.complete(&mut tx).await?;
        Ok(tx.commit().await.map_err(Error::from)?)
    }

    /// Locks the session's row, so that two files do not take the same room, and lets its readers know that it looks
    /// different now.
    async fn touch(&self, tx: &mut Tx, wanted: &Wanted) -> Result<()> {
        let now = self.engine.clock.now();
        run!(tx, |c| sqlx::query("UPDATE sessions SET updated_at = $1 WHERE team_id = $2 AND id = $3")
            .bind(now)
            .bind(wanted.team_id)
            .bind(wanted.session_id)
            .execute(c)
            .await
            .map(|_| ()))?;
        Ok(())
    }

    /// A file that was given up is still wanted, since an admin can have it tried again; it says why it is not here.
    async fn say_why(&self, wanted: &Wanted, why: &str) -> Result<()> {
        let mut tx = self.engine.db.begin().await?;
        self.touch(&mut tx, wanted).await?;
        write_state(&mut tx, wanted, AttachmentState::Wanted, &crate::redact::secrets(why)).await?;
        Ok(tx.commit().await?)
    }
}

async fn write_content(tx: &mut Tx, wanted: &Wanted, media_type: &str, content: &[u8]) -> Result<()> {
    let sha256: String = Sha256::digest(content).iter().map(|b| format!("{b:02x}")).collect();
    run!(tx, |c| {
        sqlx::query(
        "UPDATE attachments SET state = 'kept', reason = NULL, media_type = $1, bytes = $2, sha256 = $3, content = $4 \
         WHERE team_id = $5 AND id = $6 AND state = 'wanted'"
    )
    .bind(media_type)
    .bind(i64::try_from(content.len()).unwrap_or(i64::MAX))
    .bind(sha256)
    .bind(content)
    .bind(wanted.team_id)
    .bind(wanted.id)
    .execute(c)
    .await
    .map(|_| ())
    })?;
    Ok(())
}

async fn write_state(tx: &mut Tx, wanted: &Wanted, state: AttachmentState, reason: &str) -> Result<()> {
    run!(tx, |c| sqlx::query(
        "UPDATE attachments SET state = $1, reason = $2 WHERE team_id = $3 AND id = $4 AND state = 'wanted'"
    )
    .bind(state)
    .bind(reason)
    .bind(wanted.team_id)
    .bind(wanted.id)
    .execute(c)
    .await
    .map(|_| ()))?;
    Ok(())
}

/// Reads an image of at most so many bytes. What is none is not read further than its first bytes.
async fn read_image(mut stream: FileStream, most: u64) -> Result<Found, Failure> {
    let mut content = Vec::new();
    let mut is_image = false;
    while let Some(piece) = stream.next().await {
        content.extend_from_slice(&piece?);
        if content.len() as u64 > most {
            return Ok(Found::not(AttachmentState::TooLarge, TOO_LARGE));
        }
        if !is_image && content.len() >= HEAD {
            if image_type(&content).is_none() {
                break;
            }
            is_image = true;
        }
    }
    Ok(match image_type(&content) {
        Some(media_type) => Found::Image { media_type, content },
        None => Found::not(AttachmentState::NotAllowed, NO_IMAGE),
    })
}

/// What kind of image it is, by its bytes.
fn image_type(content: &[u8]) -> Option<&'static str> {
    const KEPT: [&str; 4] = ["image/png", "image/jpeg", "image/gif", "image/webp"];
    let found = infer::get(content)?.mime_type();
    KEPT.into_iter().find(|kind| *kind == found)
}
