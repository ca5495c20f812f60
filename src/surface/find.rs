//! Finding a card as it is now, for an adapter that has to ask for values before its button can be used.

use sqlx::types::Json;

use super::{Card, ThreadRef};
use crate::store::{CardId, SessionId, TeamId, read};
use crate::team::Platform;
use crate::{Engine, Result};

/// A card with its session.
#[derive(Debug, Clone)]
pub struct Found {
    /// What it shows.
    pub card: Card,
    /// Its session.
    pub session: SessionId,
    /// Its thread.
    pub thread: ThreadRef,
}

#[derive(sqlx::FromRow)]
struct Row {
    content: Json<Card>,
    session_id: SessionId,
    platform: Platform,
    workspace: String,
    thread: String,
}

/// A card of a team as it is now.
///
/// # Errors
/// The database's.
pub async fn find_card(engine: &Engine, team: TeamId, id: CardId) -> Result<Option<Found>> {
    let row: Option<Row> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT c.content, c.session_id, s.platform, s.workspace, s.thread FROM cards c \
         JOIN sessions s ON s.id = c.session_id WHERE c.id = $1 AND c.team_id = $2",
        )
        .bind(id)
        .bind(team)
        .fetch_optional(c)
        .await
    })?;
    Ok(row.map(|row| Found {
        card: row.content.0,
        session: row.session_id,
        thread: ThreadRef { platform: row.platform, workspace: row.workspace, thread: row.thread },
    }))
}

/// Where a card is that is shown apart from its session's thread.
#[derive(Debug, Clone)]
pub(crate) struct Apart {
    /// Its session.
    pub(crate) session: SessionId,
    /// The place.
    pub(crate) place: ThreadRef,
}

/// A team's card that is shown apart from its session's thread; `None` for every other.
///
/// # Errors
/// The database's.
pub(crate) async fn find_apart(engine: &Engine, team: TeamId, id: CardId) -> Result<Option<Apart>> {
    let found: Option<(SessionId, Json<ThreadRef>)> = read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT session_id, place FROM cards WHERE id = $1 AND team_id = $2 AND place IS NOT NULL",
        )
        .bind(id)
        .bind(team)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.map(|(session, place)| Apart { session, place: place.0 }))
}

/// A card of a session with its name.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Shown {
    /// Names it for an action.
    pub id: CardId,
    /// What it shows.
    #[sqlx(rename = "content", json)]
    pub card: Card,
}

/// The cards of a session as they are now, oldest first.
///
/// # Errors
/// The database's.
pub async fn cards_of(engine: &Engine, team: TeamId, session: SessionId) -> Result<Vec<Shown>> {
    Ok(read!(&engine.db, |c| sqlx::query_as(
        "SELECT id, content FROM cards WHERE team_id = $1 AND session_id = $2 ORDER BY id LIMIT 1000"
    )
    .bind(team)
    .bind(session)
    .fetch_all(c)
    .await)?)
}
