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
