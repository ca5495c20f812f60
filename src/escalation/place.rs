//! Where a team is told of escalations: a channel that is configured, or that somebody chose last.

use super::Place;
use crate::store::{Db, TeamId, Tx, run};
use crate::surface::ThreadRef;
use crate::team::Platform;
use crate::{Clock, Engine, Error, Result};

/// The workspace of a place that is configured: whichever the team's is.
const ANY: &str = "";

/// Makes a channel of a platform the one that is configured, or none. What was chosen since it was last changed here
/// stays.
///
/// # Errors
/// [`Error::Invalid`] for an empty or long name; otherwise the database's.
pub async fn configure(
    db: &Db,
    clock: &Clock,
    team: TeamId,
    platform: Platform,
    channel: Option<&str>,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let Some(channel) = channel else {
        run!(&mut tx, |c| sqlx::query(
            "DELETE FROM escalation_places WHERE team_id = $1 AND platform = $2 AND workspace = $3"
        )
        .bind(team)
        .bind(platform)
        .bind(ANY)
        .execute(c)
        .await
        .map(|_| ()))?;
        return Ok(tx.commit().await?);
    };
    let channel = crate::session::text::required("escalation_channel", channel, 100)?;
    run!(&mut tx, |c| {
        sqlx::query(
            "INSERT INTO escalation_places (team_id, platform, workspace, place, updated_at) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (team_id, platform, workspace) DO UPDATE \
             SET place = excluded.place, updated_at = excluded.updated_at \
             WHERE escalation_places.place <> excluded.place",
        )
        .bind(team)
        .bind(platform)
        .bind(ANY)
        .bind(&channel)
        .bind(clock.now())
        .execute(c)
        .await
        .map(|_| ())
    })?;
    Ok(tx.commit().await?)
}

/// The channel that a form in a workspace begins with: one of that workspace.
///
/// # Errors
/// The database's.
pub async fn usual(engine: &Engine, team: TeamId, workspace: &ThreadRef) -> Result<Option<Place>> {
    here(&mut engine.db.begin_read().await?, team, workspace).await
}

#[derive(sqlx::FromRow)]
struct Stored {
    platform: Platform,
    workspace: String,
    place: String,
    name: Option<String>,
}

impl Stored {
    fn in_workspace(self, workspace: String) -> Place {
        let at = ThreadRef { platform: self.platform, workspace, thread: self.place };
        Place { at, name: self.name }
    }
}

async fn here(tx: &mut Tx, team: TeamId, thread: &ThreadRef) -> Result<Option<Place>> {
    let found: Option<Stored> = run!(tx, |c| sqlx::query_as(
        "SELECT platform, workspace, place, name FROM escalation_places \
         WHERE team_id = $1 AND platform = $2 AND workspace IN ($3, $4) ORDER BY updated_at DESC LIMIT 1"
    )
    .bind(team)
    .bind(thread.platform)
    .bind(&thread.workspace)
    .bind(ANY)
    .fetch_optional(c)
    .await)?;
    Ok(found.map(|stored| stored.in_workspace(thread.workspace.clone())))
}

/// Where an escalation goes when nobody says: in the session's workspace, or else wherever the team has a place.
pub(super) async fn default_for(tx: &mut Tx, team: TeamId, thread: &ThreadRef) -> Result<Option<Place>> {
    if let Some(place) = here(tx, team, thread).await? {
        return Ok(Some(place));
    }
    let found: Option<Stored> = run!(tx, |c| sqlx::query_as(
        "SELECT platform, workspace, place, name FROM escalation_places WHERE team_id = $1 \
         ORDER BY updated_at DESC LIMIT 1"
    )
    .bind(team)
    .fetch_optional(c)
    .await)?;
    let Some(stored) = found else { return Ok(None) };
    if stored.workspace != ANY {
        let workspace = stored.workspace.clone();
        return Ok(Some(stored.in_workspace(workspace)));
    }
    let workspace: Option<String> = run!(tx, |c| {
        sqlx::query_scalar(
        "SELECT external_id FROM workspaces WHERE team_id = $1 AND platform = $2 ORDER BY created_at LIMIT 1"
    )
    .bind(team)
    .bind(stored.platform)
    .fetch_optional(c)
    .await
    })?;
    Ok(workspace.map(|workspace| stored.in_workspace(workspace)))
}

/// Remembers what was chosen: the next form begins with it.
pub(super) async fn remember(tx: &mut Tx, clock: &Clock, team: TeamId, place: &Place) -> Result<()> {
    run!(tx, |c| {
        sqlx::query(
            "INSERT INTO escalation_places (team_id, platform, workspace, place, name, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (team_id, platform, workspace) DO UPDATE \
             SET place = excluded.place, name = excluded.name, updated_at = excluded.updated_at",
        )
        .bind(team)
        .bind(place.at.platform)
        .bind(&place.at.workspace)
        .bind(&place.at.thread)
        .bind(&place.name)
        .bind(clock.now())
        .execute(c)
        .await
        .map(|_| ())
    })
    .map_err(Error::from)
}
