//! Which status a ticket gets when its session is resolved or escalated: chosen by the team for each board, none without.

use serde::Serialize;

use super::{Psa, PsaError};
use crate::copilot::upstream;
use crate::note::NoteKind;
use crate::store::{ConnectionId, TeamId, Tx, read, run};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Choices of a connection that are listed.
const MOST: i64 = 200;

/// The status that a board's tickets get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct StatusChoice {
    /// The PSA's id of the board.
    pub board_id: String,
    /// Its name when it was chosen.
    pub board_name: String,
    /// The note that it follows.
    pub kind: NoteKind,
    /// The PSA's id of the status.
    pub status_id: String,
    /// Its name when it was chosen.
    pub status_name: String,
}

/// The choices of a connection, by board.
///
/// # Errors
/// [`Error::Forbidden`] for anybody but admins.
pub async fn status_choices(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
) -> Result<Vec<StatusChoice>> {
    caller.must_administer()?;
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT board_id, board_name, kind, status_id, status_name FROM status_choices \
             WHERE team_id = $1 AND connection_id = $2 ORDER BY board_name, kind LIMIT $3",
        )
        .bind(caller.team())
        .bind(connection)
        .bind(MOST)
        .fetch_all(c)
        .await
    })?)
}

/// Chooses the status that the tickets of a board get when a note of this kind is posted, by their names; none without
/// a status.
///
/// # Errors
/// [`Error::Invalid`] for a board or a status that there is not, naming those that there are; [`Error::Upstream`];
/// [`Error::NotFound`]; [`Error::Forbidden`] for anybody but admins.
pub async fn choose_status(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
    kind: NoteKind,
    board: &str,
    status: Option<&str>,
) -> Result<Option<StatusChoice>> {
    caller.must_administer()?;
    let psa = engine.psa.get(engine, caller.team(), connection).await?;
    let Some(status) = status else {
        forget(engine, caller.team(), connection, kind, board).await?;
        return Ok(None);
    };
    let choice = found(&*psa, kind, board, status).await?;
    let mut tx = engine.db.begin().await?;
    write(&mut tx, engine, caller.team(), connection, &choice).await?;
    tx.commit().await?;
    Ok(Some(choice))
}

async fn found(psa: &dyn Psa, kind: NoteKind, board: &str, status: &str) -> Result<StatusChoice> {
    let told = |error: PsaError| upstream(&error);
    let boards = psa.boards().await.map_err(told)?;
    let board = boards.iter().find(|it| it.name.eq_ignore_ascii_case(board.trim())).ok_or_else(|| {
        let names: Vec<&str> = boards.iter().map(|it| it.name.as_str()).collect();
        Error::invalid("board", format!("is unknown; there are: {}", names.join(", ")))
    })?;
    let statuses = psa.statuses(&board.id).await.map_err(told)?;
    let status = statuses.iter().find(|it| it.name.eq_ignore_ascii_case(status.trim())).ok_or_else(|| {
        let names: Vec<&str> = statuses.iter().map(|it| it.name.as_str()).collect();
        Error::invalid("status", format!("is none of {}; it has: {}", board.name, names.join(", ")))
    })?;
    Ok(StatusChoice {
        board_id: board.id.clone(),
        board_name: board.name.clone(),
        kind,
        status_id: status.id.clone(),
        status_name: status.name.clone(),
    })
}

async fn write(
    tx: &mut Tx,
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    choice: &StatusChoice,
) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
            "INSERT INTO status_choices (connection_id, board_id, kind, team_id, board_name, status_id, status_name, \
             updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (connection_id, board_id, kind) \
             DO UPDATE SET board_name = excluded.board_name, status_id = excluded.status_id, \
             status_name = excluded.status_name, updated_at = excluded.updated_at",
        )
        .bind(connection)
        .bind(&choice.board_id)
        .bind(choice.kind)
        .bind(team)
        .bind(&choice.board_name)
        .bind(&choice.status_id)
        .bind(&choice.status_name)
        .bind(engine.clock.now())
        .execute(c)
        .await
        .map(|_| ())
    })?;
    Ok(())
}

/// By the name under which it was chosen: the board may be gone by now.
async fn forget(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    kind: NoteKind,
    board: &str,
) -> Result<()> {
    let mut tx = engine.db.begin().await?;
    let forgotten = run!(&mut tx, |c| {
        sqlx::query(
            "DELETE FROM status_choices WHERE team_id = $1 AND connection_id = $2 AND kind = $3 \
             AND LOWER(board_name) = LOWER($4)",
        )
        .bind(team)
        .bind(connection)
        .bind(kind)
        .bind(board.trim())
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if forgotten == 0 {
        return Err(Error::invalid("board", "has no status chosen for that"));
    }
    Ok(tx.commit().await?)
}

/// Whether any board of a connection has a status for this kind of note.
pub(crate) async fn is_any_chosen(
    tx: &mut Tx,
    team: TeamId,
    connection: ConnectionId,
    kind: NoteKind,
) -> Result<bool> {
    let found: Option<String> = run!(tx, |c| {
        sqlx::query_scalar(
            "SELECT board_id FROM status_choices WHERE team_id = $1 AND connection_id = $2 AND kind = $3 LIMIT 1",
        )
        .bind(team)
        .bind(connection)
        .bind(kind)
        .fetch_optional(c)
        .await
    })?;
    Ok(found.is_some())
}

/// The status, by id and name, that the tickets of this board get.
pub(crate) async fn chosen(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    kind: NoteKind,
    board: &str,
) -> Result<Option<(String, String)>> {
    Ok(read!(&engine.db, |c| {
        sqlx::query_as(
            "SELECT status_id, status_name FROM status_choices WHERE team_id = $1 AND connection_id = $2 \
             AND kind = $3 AND board_id = $4",
        )
        .bind(team)
        .bind(connection)
        .bind(kind)
        .bind(board)
        .fetch_optional(c)
        .await
    })?)
}
