//! Finding sessions.

use std::collections::HashMap;

use sqlx::QueryBuilder;

use super::{Session, SessionStatus};
use crate::Result;
use crate::store::{ConnectionId, Db, MemberId, Page, PageRequest, SessionId, TeamId, read};
use crate::surface::ThreadRef;
use crate::team::Platform;

const COLUMNS: &str = "SELECT id, team_id, title, status, status_reason, platform, workspace, thread, connection_id, \
    ticket_id, ticket, owner_id, state_version, created_at, updated_at, closed_at FROM sessions WHERE team_id = ";

/// Which sessions are wanted.
#[derive(Debug, Clone, Default)]
pub struct SessionFilter {
    /// Only those that stand here.
    pub status: Option<SessionStatus>,
    /// Only those about this ticket.
    pub ticket: Option<String>,
    /// Only this member's.
    pub owner: Option<MemberId>,
    /// Only those whose thread is on this platform.
    pub platform: Option<Platform>,
    /// Only those whose thread is on any other platform than this one.
    pub not_platform: Option<Platform>,
}

/// One session.
///
/// # Errors
/// The database's.
pub async fn get(db: &Db, team: TeamId, id: SessionId) -> Result<Option<Session>> {
    Ok(read!(db, |c| {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push_bind(team).push(" AND id = ").push_bind(id);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// The session of a thread.
///
/// # Errors
/// The database's.
pub async fn by_thread(db: &Db, team: TeamId, thread: &ThreadRef) -> Result<Option<Session>> {
    Ok(read!(db, |c| {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push_bind(team).push(" AND platform = ").push_bind(thread.platform);
        query
            .push(" AND workspace = ")
            .push_bind(&thread.workspace)
            .push(" AND thread = ")
            .push_bind(&thread.thread);
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// The newest session about a ticket of a connection: the same number elsewhere is another ticket.
///
/// # Errors
/// The database's.
pub async fn of_ticket(
    db: &Db,
    team: TeamId,
    connection: ConnectionId,
    ticket: &str,
) -> Result<Option<Session>> {
    Ok(read!(db, |c| {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push_bind(team).push(" AND ticket_id = ").push_bind(ticket);
        query.push(" AND connection_id = ").push_bind(connection).push(" ORDER BY id DESC LIMIT 1");
        query.build_query_as().fetch_optional(c).await
    })?)
}

/// A team's sessions, newest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, team: TeamId, filter: &SessionFilter, page: PageRequest) -> Result<Page<Session>> {
    let rows: Vec<Session> = read!(db, |c| {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push_bind(team);
        if let Some(owner) = filter.owner {
            query.push(" AND owner_id = ").push_bind(owner);
        }
        if let Some(status) = filter.status {
            query.push(" AND status = ").push_bind(status);
        }
        if let Some(ticket) = &filter.ticket {
            query.push(" AND ticket_id = ").push_bind(ticket);
        }
        if let Some(platform) = filter.platform {
            query.push(" AND platform = ").push_bind(platform);
        }
        if let Some(platform) = filter.not_platform {
            // Written out, not bound: the index of what is not the console's is chosen by the text.
            query.push(format!(" AND platform <> '{platform}'"));
        }
        if let Some(after) = page.after {
            query.push(" AND id < ").push_bind(after.0);
        }
        query.push(" ORDER BY id DESC LIMIT ").push_bind(page.fetch());
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(Page::from_rows(rows, &page, |s| s.id.0))
}

/// The newest session of each of these tickets of a connection.
pub(crate) async fn by_tickets(
    db: &Db,
    team: TeamId,
    connection: ConnectionId,
    tickets: &[String],
) -> Result<HashMap<String, Session>> {
    if tickets.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Session> = read!(db, |c| {
        let mut query = QueryBuilder::new(COLUMNS);
        query.push_bind(team).push(" AND connection_id = ").push_bind(connection).push(" AND ticket_id IN (");
        let mut ids = query.separated(", ");
        for ticket in tickets {
            ids.push_bind(ticket);
        }
        query.push(") ORDER BY id");
        query.build_query_as().fetch_all(c).await
    })?;
    Ok(rows.into_iter().filter_map(|s| s.ticket_id.clone().map(|t| (t, s))).collect())
}
