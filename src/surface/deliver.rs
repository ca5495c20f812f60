//! Showing cards and private words: the outbox's side of a surface.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::notice::NotShown;
use super::{Card, Inbound, Surface, ThreadRef, What, entry};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::store::{CardId, SessionId, TeamId, read, run};
use crate::team::{Author, Platform};
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

/// Work that waits for its thread.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Opening {
    /// The place in which the thread is opened: a channel.
    pub place: ThreadRef,
    /// Who asked.
    pub author: Author,
    /// What is wrong, or the ticket.
    pub text: String,
    /// What the new thread begins with: who works on what.
    pub headline: String,
}

/// The effect that opens a thread and begins work there, once per `key`.
#[must_use]
pub fn open_thread(team: TeamId, opening: &Opening, key: &str) -> Entry {
    Entry {
        key: format!("open:{key}"),
        team: Some(team),
        // A lane of its own: nothing has to come before it, and a channel that refuses holds nobody up.
        lane: format!("{}#{key}", opening.place.lane()),
        kind: "open_thread".to_owned(),
        payload: serde_json::json!(opening),
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
    pub(super) engine: Engine,
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
    title: String,
    place: Option<Json<ThreadRef>>,
    is_below: bool,
    message_above: Option<String>,
}

impl Stored {
    /// Where the card is shown.
    ///
    /// # Errors
    /// [`Failure::Dead`] while the message is missing that it stands below.
    fn place(&self, surface: &dyn Surface) -> Result<ThreadRef, Failure> {
        match (&self.place, self.is_below, &self.message_above) {
            (None, ..) => Ok(self.thread()),
            (Some(place), false, _) => Ok(place.0.clone()),
            (Some(place), true, Some(above)) => Ok(surface.below(place, above)),
            (Some(_), true, None) => {
                Err(Failure::Dead("the message that it stands below was not posted".to_owned()))
            }
        }
    }

    /// What is told of the card where it cannot be shown.
    fn not_shown<'a>(&'a self, card: CardId, place: &'a ThreadRef) -> NotShown<'a> {
        NotShown {
            team: self.team_id,
            card,
            title: &self.content.title,
            session: &self.title,
            thread: self.thread(),
            place,
        }
    }

    /// The session's thread.
    fn thread(&self) -> ThreadRef {
        ThreadRef { platform: self.platform, workspace: self.workspace.clone(), thread: self.thread.clone() }
    }
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
        let platform = stored.place.as_ref().map_or(stored.platform, |place| place.platform);
        let surface = self.engine.surface(platform);
        let Some(surface) = surface.filter(|_| stored.delivered_revision < stored.revision) else {
            return Ok(receipt.complete_alone().await?);
        };
        let thread = stored.place(&*surface)?;
        let shown = show(&*surface, id, &stored, &thread, item, receipt).await;
        if let Err(Failure::Closed(closed)) = &shown {
            self.tell_of(closed, &stored.not_shown(id, &thread)).await?;
        }
        let message = shown?;
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

    /// Opens a thread; the work that waited for it begins with the same commit.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn open_thread(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Opening { place, author, text, headline } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let (Some(surface), Some(team)) = (self.engine.surface(place.platform), item.team_id) else {
            return Ok(receipt.complete_alone().await?);
        };
        let again = begin(&*surface, item, receipt).await?;
        let thread = match surface.open_thread(team, &place, &headline, &item.key, again).await {
            Ok(thread) => ThreadRef { thread, ..place },
            Err(Failure::Dead(why)) => {
                tracing::warn!(place = place.lane(), why, "no thread could be opened");
                let text = format!("No thread could be opened here. {why}");
                let told =
                    whisper(Some(team), &Whisper { thread: place, to: author.external_id, text }, &item.key);
                return self.instead(receipt, told).await;
            }
            Err(later) => return Err(later),
        };
        let what = What::started(None, Some(text));
        let started =
            entry(&Inbound { key: item.key.clone(), thread, author, files: Vec::new(), what }, Some(team))?;
        let mut tx = self.engine.db.begin().await.map_err(Error::from)?;
        self.engine.inbox.push(&mut tx, &[started]).await?;
        receipt.complete(&mut tx).await?;
        tx.commit().await.map_err(Error::from)?;
        self.engine.inbox.ring();
        Ok(())
    }

    /// Another effect takes this one's place.
    pub(super) async fn instead(&self, receipt: &Receipt, effect: Entry) -> Result<(), Failure> {
        let mut tx = self.engine.db.begin().await.map_err(Error::from)?;
        self.engine.outbox.push(&mut tx, &[effect]).await?;
        receipt.complete(&mut tx).await?;
        tx.commit().await.map_err(Error::from)?;
        self.engine.outbox.ring();
        Ok(())
    }

    async fn load(&self, id: CardId) -> Result<Option<Stored>> {
        Ok(read!(&self.engine.db, |c| {
            sqlx::query_as(
                "SELECT c.team_id, c.session_id, c.content, c.revision, c.message_ref, c.delivered_revision, \
             s.platform, s.workspace, s.thread, s.title, c.place, c.below IS NOT NULL AS is_below, \
             a.message_ref AS message_above FROM cards c JOIN sessions s ON s.id = c.session_id \
             LEFT JOIN cards a ON a.id = c.below WHERE c.id = $1",
            )
            .bind(id)
            .fetch_optional(c)
            .await
        })?)
    }
}

/// Shows a card as a new message, or in place of the one that shows it; answers with the message's reference.
async fn show(
    surface: &dyn Surface,
    id: CardId,
    stored: &Stored,
    thread: &ThreadRef,
    item: &Item,
    receipt: &Receipt,
) -> Result<String, Failure> {
    if let Some(message) = &stored.message_ref {
        let moved = surface.edit(stored.team_id, thread, message, id, &stored.content).await?;
        return Ok(moved.unwrap_or_else(|| message.clone()));
    }
    let again = begin(surface, item, receipt).await?;
    surface.post(stored.team_id, thread, id, &stored.content, &format!("card:{id}"), again).await
}

/// Notes that an attempt begins. True: an earlier one may have done it already.
pub(super) async fn begin(surface: &dyn Surface, item: &Item, receipt: &Receipt) -> Result<bool, Failure> {
    if surface.shows_once() {
        return Ok(item.attempts > 0);
    }
    Ok(receipt.begin().await? || item.attempts > 0)
}
