//! Which status a ticket gets when its session is resolved or escalated: chosen by the team for each board, none without.

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Board, Psa, PsaError};
use crate::copilot::upstream;
use crate::note::NoteKind;
use crate::store::{ConnectionId, TeamId, Tx, read, run};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Choices of a connection that are listed.
const MOST: i64 = 200;
/// Boards whose statuses are asked for at once.
const AT_ONCE: usize = 4;

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

/// What was chosen in a connection, by board.
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

/// A board, with what can be chosen for its tickets and what was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BoardChoices {
    /// The board's name. Untrusted text.
    pub board: String,
    /// The names of the statuses in use, in the board's order; none for a board that is not in use any more. Untrusted
    /// text.
    pub statuses: Vec<String>,
    /// The status that a ticket gets when its resolution note is posted; without it the ticket keeps the one it has.
    pub resolution: Option<String>,
    /// The same for the escalation package.
    pub escalation: Option<String>,
}

/// The boards of a connection by name, with their choices; last the boards that have a choice and are not in use any more.
///
/// # Errors
/// [`Error::Upstream`]; [`Error::NotFound`]; [`Error::Forbidden`] for anybody but admins.
pub async fn board_choices(
    engine: &Engine,
    caller: &Caller,
    connection: ConnectionId,
) -> Result<Vec<BoardChoices>> {
    let mut choices = status_choices(engine, caller, connection).await?;
    let psa = engine.psa.get(engine, caller.team(), connection).await?;
    let boards = psa.boards().await.map_err(|error| upstream(&error))?;
    let psa = &psa;
    let known: Vec<_> = stream::iter(boards)
        .map(|board| async move { psa.statuses(&board.id).await.map(|statuses| (board, statuses)) })
        .buffered(AT_ONCE)
        .try_collect()
        .await
        .map_err(|error: PsaError| upstream(&error))?;
    let mut listed = Vec::with_capacity(known.len());
    for (board, statuses) in known {
        let mut row = BoardChoices::of(board.name, statuses.iter().map(|it| it.name.clone()).collect());
        for mut choice in choices.extract_if(.., |it| it.board_id == board.id) {
            // It may be called something else by now.
            if let Some(status) = statuses.iter().find(|it| it.id == choice.status_id) {
                choice.status_name.clone_from(&status.name);
            }
            row.note(choice);
        }
        listed.push(row);
    }
    for choice in choices {
        if listed.last().is_none_or(|row| row.board != choice.board_name) {
            listed.push(BoardChoices::of(choice.board_name.clone(), Vec::new()));
        }
        if let Some(row) = listed.last_mut() {
            row.note(choice);
        }
    }
    Ok(listed)
}

impl BoardChoices {
    fn of(board: String, statuses: Vec<String>) -> Self {
        Self { board, statuses, resolution: None, escalation: None }
    }

    fn note(&mut self, choice: StatusChoice) {
        let place = match choice.kind {
            NoteKind::Resolution => &mut self.resolution,
            NoteKind::Escalation => &mut self.escalation,
        };
        *place = Some(choice.status_name);
    }
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
        forget(engine, caller.team(), connection, kind, (board, &*psa)).await?;
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
    let board = called(&boards, board).ok_or_else(|| {
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

fn called<'a>(boards: &'a [Board], name: &str) -> Option<&'a Board> {
    boards.iter().find(|it| it.name.eq_ignore_ascii_case(name.trim()))
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

/// By the board's name, or the one under which it was chosen: the board may have another by now, or be gone.
async fn forget(
    engine: &Engine,
    team: TeamId,
    connection: ConnectionId,
    kind: NoteKind,
    (board, psa): (&str, &dyn Psa),
) -> Result<()> {
    // What was chosen can be taken back also while the ticket system does not answer.
    let boards = psa.boards().await.unwrap_or_default();
    let id = called(&boards, board).map(|it| it.id.as_str());
    let mut tx = engine.db.begin().await?;
    let forgotten = run!(&mut tx, |c| {
        sqlx::query(
            "DELETE FROM status_choices WHERE team_id = $1 AND connection_id = $2 AND kind = $3 \
             AND (LOWER(board_name) = LOWER($4) OR board_id = $5)",
        )
        .bind(team)
        .bind(connection)
        .bind(kind)
        .bind(board.trim())
        .bind(id)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    if forgotten == 0 && id.is_none() {
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
