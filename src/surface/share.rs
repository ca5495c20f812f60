//! What others see of a session who only have its link: its title and where it stands. Whoever reads a channel may not
//! be allowed to read the ticket, so nothing else.

use serde::{Deserialize, Serialize};

use super::deliver::begin;
use super::{Delivery, ThreadRef, Whisper, whisper};
use crate::queue::{Entry, Failure, Item, Receipt};
use crate::session::{Session, get};
use crate::store::{SessionId, TeamId};
use crate::{Engine, Error, Result};

/// Links of one message that are looked at.
const LINKS: usize = 20;

/// A session as those see it who only have its link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionPreview {
    /// The link, as it was written where somebody wrote it.
    pub link: String,
    /// Its title. Untrusted text.
    pub title: String,
    /// Where it stands, in a word.
    pub status: String,
}

impl SessionPreview {
    /// Of this session.
    #[must_use]
    pub fn of(session: &Session, link: String) -> Self {
        Self { link, title: session.title.clone(), status: session.status.to_string() }
    }
}

/// A session that is to be made known in a channel.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Share {
    session: SessionId,
    place: ThreadRef,
    /// Where and to whom it is said how it went.
    told: Option<(ThreadRef, String)>,
}

/// The effect that posts what others may see of a session in a channel, once per `key`, and tells who asked how it
/// went.
pub(crate) fn share(
    session: &Session,
    place: ThreadRef,
    told: Option<(ThreadRef, String)>,
    key: &str,
) -> Entry {
    Entry {
        key: format!("share:{key}"),
        team: Some(session.team_id),
        // A lane of its own: a channel that refuses holds nobody up.
        lane: format!("{}#share:{key}", place.lane()),
        kind: "share".to_owned(),
        payload: serde_json::json!(Share { session: session.id, place, told }),
    }
}

/// What links in a message lead to.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Links {
    message: ThreadRef,
    links: Vec<String>,
}

/// Has it shown below a message what the links in it lead to; `message` is its place in its channel. The same links
/// of the same message again change nothing; links to other things are left alone.
///
/// # Errors
/// The database's: nothing is stored then.
pub async fn preview_links(
    engine: &Engine,
    team: TeamId,
    message: &ThreadRef,
    links: &[String],
) -> Result<()> {
    let ours: Vec<(SessionId, &String)> =
        links.iter().take(LINKS).filter_map(|link| Some((engine.linked(link)?, link))).collect();
    if ours.is_empty() {
        return Ok(());
    }
    let mut ids: Vec<String> = ours.iter().map(|(id, _)| id.to_string()).collect();
    ids.sort();
    let lane = format!("{}#links", message.lane());
    let links = ours.into_iter().map(|(_, link)| link.clone()).collect();
    let entry = Entry {
        key: format!("{lane}:{}", ids.join(",")),
        team: Some(team),
        lane,
        kind: "link_previews".to_owned(),
        payload: serde_json::json!(Links { message: message.clone(), links }),
    };
    let mut tx = engine.db.begin().await?;
    engine.outbox.push(&mut tx, &[entry]).await?;
    tx.commit().await?;
    engine.outbox.ring();
    Ok(())
}

impl Delivery {
    /// Posts what others may see of a session in a channel.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn share(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Share { session, place, told } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        let (Some(surface), Some(team)) = (self.engine.surface(place.platform), item.team_id) else {
            return Ok(receipt.complete_alone().await?);
        };
        let (found, link) = (get(&self.engine.db, team, session).await?, self.engine.link(session));
        let (Some(found), Some(link)) = (found, link) else { return Ok(receipt.complete_alone().await?) };
        let again = begin(&*surface, item, receipt).await?;
        let preview = SessionPreview::of(&found, link);
        let text = match surface.announce(team, &place, &preview, &item.key, again).await {
            Ok(()) => "It is posted there: title, status and link, nothing else.".to_owned(),
            Err(Failure::Dead(why)) => {
                tracing::warn!(place = place.lane(), why, "a session could not be shared");
                format!("It could not be posted there. {why}")
            }
            Err(later) => return Err(later),
        };
        let Some((thread, to)) = told else { return Ok(receipt.complete_alone().await?) };
        self.instead(receipt, whisper(Some(team), &Whisper { thread, to, text }, &item.key)).await
    }

    /// Shows what the links of a message lead to, as far as it is the team's.
    ///
    /// # Errors
    /// As [`Delivery::card`].
    pub async fn link_previews(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let Links { message, links } = serde_json::from_value(item.payload.0.clone())
            .map_err(|e| Failure::Dead(format!("payload: {e}")))?;
        if let (Some(surface), Some(team)) = (self.engine.surface(message.platform), item.team_id) {
            let previews = self.previews(team, links).await.map_err(Failure::from)?;
            if !previews.is_empty() {
                surface.preview_links(team, &message, &previews).await?;
            }
        }
        Ok(receipt.complete_alone().await?)
    }

    async fn previews(&self, team: TeamId, links: Vec<String>) -> Result<Vec<SessionPreview>, Error> {
        let mut previews = Vec::new();
        for link in links {
            let Some(id) = self.engine.linked(&link) else { continue };
            if let Some(session) = get(&self.engine.db, team, id).await? {
                previews.push(SessionPreview::of(&session, link));
            }
        }
        Ok(previews)
    }
}
