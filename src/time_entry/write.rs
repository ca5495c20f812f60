//! What people do with a draft: make one, change it, put it aside, post it.

use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

use super::{TimeEntry, TimeStatus};
use crate::error::FieldError;
use crate::note::{marker_of, solved_by, subset};
use crate::psa::account::author;
use crate::queue::Entry;
use crate::session::SessionTx;
use crate::store::{TimeEntryId, run};
use crate::{Error, Result, Timestamp};

/// Characters of the notes at most.
pub(crate) const LONGEST: usize = 1_000;
/// A day, in minutes.
const DAY: i64 = 24 * 60;

/// What is changed about a draft; what is left out stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TimeChange {
    /// When the work began, in UTC: `2026-11-23 08:15`.
    pub started_at: Option<String>,
    /// Minutes worked, 1 to 1,440.
    pub minutes: Option<i64>,
    /// What was done, 1 to 1,000 characters.
    pub notes: Option<String>,
}

/// A moment as it is typed and shown, in UTC.
pub(crate) fn typed(at: Timestamp) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let at = OffsetDateTime::from_unix_timestamp(at.0.div_euclid(1_000)).ok();
    at.and_then(|at| at.format(&format).ok()).unwrap_or_default()
}

fn read(text: &str) -> Option<Timestamp> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let at = PrimitiveDateTime::parse(text.trim(), &format).ok()?.assume_utc();
    Some(Timestamp(at.unix_timestamp() * 1_000))
}

impl SessionTx {
    /// Drafts the time that the session took; one that was not posted yet is answered as it is.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a session without a ticket.
    pub(crate) async fn draft_time(&mut self) -> Result<TimeEntry> {
        let open = |it: &&TimeEntry| !matches!(it.status, TimeStatus::Dropped | TimeStatus::Posted);
        if let Some(open) = self.case.times.iter().rfind(open) {
            return Ok(open.clone());
        }
        let (Some(connection_id), Some(ticket_id)) =
            (self.case.session.connection_id, self.case.session.ticket_id.clone())
        else {
            return Err(Error::Conflict("this session has no ticket to enter time on".to_owned()));
        };
        let worked = self.worked().await?;
        let id = TimeEntryId::new(&self.engine.clock);
        let entry = TimeEntry {
            id,
            session_id: self.case.session.id,
            connection_id,
            ticket_id,
            member_id: self.caller.member(),
            member_name: self.caller.name().to_owned(),
            started_at: worked.started_at,
            minutes: worked.minutes,
            pause_minutes: worked.pause_minutes,
            notes: self.what_was_done(),
            status: TimeStatus::Draft,
            marker: marker_of(&self.engine, id.0.as_bytes(), "time"),
            external_id: None,
            error: None,
            created_at: self.now,
            updated_at: self.now,
        };
        self.insert_time(&entry).await?;
        self.case.times.push(entry.clone());
        Ok(entry)
    }

    fn what_was_done(&self) -> String {
        let title = format!("Troubleshooting: {}", self.case.session.title);
        let text = match solved_by(&self.case) {
            Some((fix, _)) => format!("{title}\n- {}", fix.title),
            None => title,
        };
        subset(&crate::redact::secrets(&text)).chars().take(LONGEST).collect()
    }

    async fn insert_time(&mut self, entry: &TimeEntry) -> Result<()> {
        let team = self.case.session.team_id;
        run!(self.unnoted(), |c| {
            sqlx::query(
                "INSERT INTO time_entries (id, team_id, session_id, connection_id, ticket_id, member_id, started_at, \
                 minutes, pause_minutes, notes, status, marker, created_at, updated_at) \
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
            )
            .bind(entry.id)
            .bind(team)
            .bind(entry.session_id)
            .bind(entry.connection_id)
            .bind(&entry.ticket_id)
            .bind(entry.member_id)
            .bind(entry.started_at)
            .bind(entry.minutes)
            .bind(entry.pause_minutes)
            .bind(&entry.notes)
            .bind(entry.status)
            .bind(&entry.marker)
            .bind(entry.created_at)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        Ok(())
    }

    /// Changes a draft.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] once it is on its way; [`Error::Invalid`] naming each field.
    pub(crate) async fn change_time(&mut self, id: TimeEntryId, change: &TimeChange) -> Result<TimeEntry> {
        let mut entry = self.changeable(id)?;
        let mut broken = Vec::new();
        let mut refuse = |field: &str, rule: &str| {
            broken.push(FieldError { field: field.to_owned(), rule: rule.to_owned() });
        };
        match change.started_at.as_deref().map(read) {
            None => {}
            Some(Some(at)) if at <= self.now => entry.started_at = at,
            Some(Some(_)) => refuse("started_at", "must not be in the future"),
            Some(None) => refuse("started_at", "must be a date and time in UTC, such as 2026-11-23 08:15"),
        }
        match change.minutes {
            None => {}
            Some(minutes @ 1..=DAY) => entry.minutes = minutes,
            Some(_) => refuse("minutes", "must be 1 to 1440"),
        }
        if let Some(notes) = &change.notes {
            let notes = subset(&crate::redact::secrets(notes.trim()));
            match notes.chars().count() {
                1..=LONGEST => entry.notes = notes,
                _ => refuse("notes", "must have 1 to 1000 characters"),
            }
        }
        if !broken.is_empty() {
            return Err(Error::Invalid(broken));
        }
        entry.status = TimeStatus::Draft;
        self.write_time(entry).await
    }

    /// Puts a draft aside.
    ///
    /// # Errors
    /// As [`SessionTx::change_time`].
    pub(crate) async fn drop_time(&mut self, id: TimeEntryId) -> Result<TimeEntry> {
        let entry = self.changeable(id)?;
        self.write_time(TimeEntry { status: TimeStatus::Dropped, ..entry }).await
    }

    /// Queues a draft to be posted, as the caller's own time. A second time changes nothing.
    ///
    /// # Errors
    /// [`Error::Conflict`] when the caller has no account in the ticket system, or the draft was put aside;
    /// [`Error::NotFound`].
    pub(crate) async fn post_time(&mut self, id: TimeEntryId) -> Result<TimeEntry> {
        let known = self.time(id)?;
        if matches!(known.status, TimeStatus::Pending | TimeStatus::Sending | TimeStatus::Posted) {
            return Ok(known);
        }
        let entry = self.changeable(id)?;
        let (team, member) = (self.case.session.team_id, self.caller.member());
        if author(&self.engine.db, team, member, entry.connection_id).await?.is_none() {
            return Err(Error::Conflict(
                "time is entered in somebody's name, and I do not know yours in the ticket system: write \
                 `link: psa NAME`; NAME is what you log in with"
                    .to_owned(),
            ));
        }
        let name = self.caller.name().to_owned();
        let entry = TimeEntry { status: TimeStatus::Pending, member_id: member, member_name: name, ..entry };
        let entry = self.write_time(entry).await?;
        self.effect(Entry {
            key: format!("time:{id}:{}", self.now.0),
            team: Some(team),
            lane: format!("psa/{}/{}", entry.connection_id, entry.ticket_id),
            kind: "time".to_owned(),
            payload: serde_json::json!({ "time": id }),
        });
        Ok(entry)
    }

    fn time(&self, id: TimeEntryId) -> Result<TimeEntry> {
        self.case.times.iter().find(|it| it.id == id).cloned().ok_or(Error::NotFound("time entry"))
    }

    /// A draft, or one that was refused.
    fn changeable(&self, id: TimeEntryId) -> Result<TimeEntry> {
        let entry = self.time(id)?;
        match entry.status {
            TimeStatus::Draft | TimeStatus::Failed => Ok(entry),
            TimeStatus::Dropped => Err(Error::Conflict("this draft was put aside".to_owned())),
            TimeStatus::Pending | TimeStatus::Sending => {
                Err(Error::Conflict("this time is on its way to the ticket".to_owned()))
            }
            TimeStatus::Posted => Err(Error::Conflict(format!(
                "this time is in ticket #{} already; it can be changed there",
                entry.ticket_id
            ))),
        }
    }

    async fn write_time(&mut self, entry: TimeEntry) -> Result<TimeEntry> {
        let entry = TimeEntry { updated_at: self.now, error: None, ..entry };
        // One that may have arrived is looked for before it is sent again.
        let status: TimeStatus = run!(self.unnoted(), |c| {
            sqlx::query_scalar(
                "UPDATE time_entries SET started_at = $1, minutes = $2, notes = $3, member_id = $4, error = NULL, \
                 looks = 0, updated_at = $5, status = CASE WHEN $6 = 'pending' AND unsure_since IS NOT NULL \
                 THEN 'sending' ELSE $6 END WHERE id = $7 RETURNING status",
            )
            .bind(entry.started_at)
            .bind(entry.minutes)
            .bind(&entry.notes)
            .bind(entry.member_id)
            .bind(entry.updated_at)
            .bind(entry.status)
            .bind(entry.id)
            .fetch_one(c)
            .await
        })?;
        let entry = TimeEntry { status, ..entry };
        if let Some(known) = self.case.times.iter_mut().find(|it| it.id == entry.id) {
            *known = entry.clone();
        }
        Ok(entry)
    }
}

/// So many minutes as hours with two places.
pub(crate) fn hours(minutes: i64) -> f64 {
    let hundredths = (minutes * 100 + 30) / 60;
    f64::from(i32::try_from(hundredths).unwrap_or(i32::MAX)) / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_shown() {
        let at = read("2026-11-23 08:15").unwrap();
        assert_eq!((at, typed(at).as_str()), (Timestamp(1_795_421_700_000), "2026-11-23 08:15"));
        assert_eq!(read("tomorrow"), None);
    }

    #[test]
    fn minutes_become_hours_with_two_places() {
        assert_eq!([15, 20, 90, 1].map(hours), [0.25, 0.33, 1.5, 0.02]);
    }
}
