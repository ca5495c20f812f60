//! Showing cards and private words: the outbox's side of a surface.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{Card, ThreadRef};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::{CardId, SessionId, TeamId, read, run};
use crate::team::Platform;
use crate::{Engine, Error, Result};

/// Words for one person only.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Whisper {
    /// Where it is shown.
    pub thread: ThreadRef,
    /// The platform's id of the person.
    pub to: String,
    /// The words.
    pub text: String,
}

/// The effect that tells one person something, once per `key`.
#[must_use]
pub fn whisper(team: Option<TeamId>, whisper: &Whisper, key: &str) -> Entry {
    Entry {
        key: format!("whisper:{key}"),
        team,
        // A lane of its own: a refusal must not wait behind a card that cannot be delivered.
        lane: format!("{}#{}", whisper.thread.lane(), whisper.to),
        kind: "whisper".to_owned(),
        payload: serde_json::json!(whisper),
    }
}

/// The effect that brings a card on the screen up to this revision.
pub(crate) fn card_entry(team: TeamId, lane: String, card: CardId, revision: i64) -> Entry {
    Entry {
        key: format!("card:{card}:{revision}"),
        team: Some(team),
        lane,
        kind: "card".to_owned(),
        payload: serde_json::json!({ "card": card }),
    }
}

/// Works the outbox's cards and whispers.
#[derive(Clone)]
pub struct Delivery {
    engine: Engine,
}

#[derive(sqlx::FromRow)]
struct Stored {
    team_id: TeamId,
    session_id: SessionId,
    content: Json<Card>,
    revision: i64,
    message_ref: Option<String>,
    delivered_revision: i64,
    platform: Platform,
    workspace: String,
    thread: String,
}

impl Delivery {
    /// The delivery of an engine's cards.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Shows a card's newest revision. Several revisions that wait are shown as one.
    ///
    /// # Errors
    /// What the surface answers; tried again by the outbox.
    pub async fn card(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let id: CardId = serde_json::from_value(item.payload.0["card"].clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let Some(stored) = self.load(id).await? else { return Ok(receipt.complete_alone().await?) };
        let surface = self.engine.surface(stored.platform);
        let Some(surface) = surface.filter(|_| stored.delivered_revision < stored.revision) else {
            return Ok(receipt.complete_alone().await?);
        };
        let thread = ThreadRef {
            platform: stored.platform,
            workspace: stored.workspace.clone(),
            thread: stored.thread.clone(),
        };
        let message = match &stored.message_ref {
            Some(message) => {
                surface.edit(stored.team_id, &thread, message, id, &stored.content).await?;
                message.clone()
            }
            None => surface.post(stored.team_id, &thread, id, &stored.content, &format!("card:{id}")).await?,
        };
        tracing::debug!(session = %stored.session_id, card = %id, revision = stored.revision, "card delivered");
        let mut tx = self.engine.db.begin().await.map_err(Error::from)?;
        run!(&mut tx, |c| sqlx::query(
            "UPDATE cards SET message_ref = $1, delivered_revision = $2 WHERE id = $3 AND delivered_revision < $2"
        )
        .bind(message)
        .bind(stored.revision)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))
        .map_err(Error::from)?;
        receipt.complete(&mut tx).await?;
        Ok(tx.commit().await.map_err(Error::from)?)
    }

    /// Tells one person something.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn whisper(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let whisper: Whisper = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        if let (Some(surface), Some(team)) = (self.engine.surface(whisper.thread.platform), item.team_id) {
            surface.whisper(team, &whisper.thread, &whisper.to, &whisper.text, &item.key).await?;
        }
        Ok(receipt.complete_alone().await?)
    }

    async fn load(&self, id: CardId) -> Result<Option<Stored>> {
        Ok(read!(&self.engine.db, |c| {
            sqlx::query_as(
            "SELECT c.team_id, c.session_id, c.content, c.revision, c.message_ref, c.delivered_revision, \
             s.platform, s.workspace, s.thread FROM cards c JOIN sessions s ON s.id = c.session_id WHERE c.id = $1"
        )
        .bind(id)
        .fetch_optional(c)
        .await
        })?)
    }
}
