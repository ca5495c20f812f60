//! The decision log of a session.

use super::Decision;
use crate::Result;
use crate::store::{Db, SessionId, TeamId, read};

/// Every decision of a session, oldest first, at most 500.
///
/// # Errors
/// The database's.
pub async fn decision_log(db: &Db, team: TeamId, session: SessionId) -> Result<Vec<Decision>> {
    Ok(read!(db, |c| sqlx::query_as(
        "SELECT d.id, d.fix_id, d.decision, d.reason, d.member_id, m.name AS member_name, d.created_at \
         FROM decisions d JOIN members m ON m.id = d.member_id \
         WHERE d.team_id = $1 AND d.session_id = $2 ORDER BY d.id LIMIT 500"
    )
    .bind(team)
    .bind(session)
    .fetch_all(c)
    .await)?)
}
