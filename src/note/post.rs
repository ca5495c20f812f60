//! Asking for a note, and posting it: the session ends (or is handed over) and one delivery is queued.

use std::time::Duration;

use hmac::{Hmac, Mac};
use serde::Serialize;
use sha2::Sha256;
use utoipa::ToSchema;

use super::byline::signed;
use super::preview::{edition, text_of};
use super::{NoteKind, NoteStatus, Posting, PostingStatus, Share, is_being_written};
use crate::queue::Entry;
use crate::session::{NoteRequest, Session, SessionStatus, SessionTx, StepStatus};
use crate::store::{NoteId, PostingId, SessionId, StateVersion, run};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// What came of posting.
#[derive(Debug, Serialize, ToSchema)]
pub struct Posted {
    /// The session as it is now.
    pub session: Session,
    /// The delivery; none when the session has no ticket: it is then ended here only.
    pub posting: Option<Posting>,
}

/// What was seen of a note before it was posted.
#[derive(Debug, Clone)]
pub struct Viewed {
    /// The version of the session.
    pub version: StateVersion,
    /// The preview's edition, where the caller keeps it.
    pub edition: Option<String>,
}

impl From<StateVersion> for Viewed {
    fn from(version: StateVersion) -> Self {
        Self { version, edition: None }
    }
}

/// Posts a note: resolves (or escalates) the session and queues the delivery. Repeating it for the same version
/// answers with the same delivery.
///
/// # Errors
/// [`Error::Conflict`] when the session is not at the version that was seen, the note reads otherwise by now, or an
/// outcome is missing.
pub async fn post(
    engine: &Engine,
    caller: &Caller,
    kind: NoteKind,
    session: SessionId,
    seen: impl Into<Viewed>,
) -> Result<Posted> {
    let seen = seen.into();
    let mut tx = engine.change_session(caller, session.seen_at(Some(seen.version))).await?;
    if seen.edition.is_some_and(|seen| seen != edition(&text_of(kind, tx.case()).1)) {
        return Err(Error::Conflict("the note reads otherwise by now; look at it again".to_owned()));
    }
    let posting = tx.post_note(kind).await?;
    let session = tx.commit(None).await?;
    match posting {
        Some(posting) => Ok(Posted { posting: Some(settled(engine, caller, posting).await?), session }),
        None => Ok(Posted { session, posting: None }),
    }
}

/// The delivery once it has ended; as it is when that takes longer than people like to wait.
async fn settled(engine: &Engine, caller: &Caller, posting: Posting) -> Result<Posting> {
    let mut newest = posting;
    for pause in [20, 50, 100, 200, 400, 800, 1_600] {
        if matches!(newest.status, PostingStatus::Posted | PostingStatus::Failed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(pause)).await;
        if let Some(read) = super::poster::load(engine, caller.team(), newest.id).await? {
            newest = read;
        }
    }
    Ok(newest)
}

impl SessionTx {
    /// Puts a note's preview on screen; one that was there is closed.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a fix in use has no outcome yet.
    pub(crate) async fn open_note(&mut self, kind: NoteKind) -> Result<()> {
        self.ready_for(kind)?;
        if let Some(open) = self.case.open_note() {
            if open.kind == kind {
                return Ok(());
            }
            let id = open.id;
            self.close_note(id, NoteStatus::Cancelled).await?;
        }
        self.forget_missing_draft(kind).await?;
        let note = NoteRequest {
            id: NoteId::new(&self.engine.clock),
            kind,
            status: NoteStatus::Open,
            decided_by_name: None,
            created_at: self.now,
            decided_at: None,
            edit: None,
            share: Share::Nobody,
        };
        let (team, session, member) = (self.case.session.team_id, self.case.session.id, self.caller.member());
        run!(self.unnoted(), |c| sqlx::query(
            "INSERT INTO notes (id, team_id, session_id, kind, status, requested_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(note.id)
        .bind(team)
        .bind(session)
        .bind(kind)
        .bind(note.status)
        .bind(member)
        .bind(note.created_at)
        .execute(c)
        .await
        .map(|_| ()))?;
        self.case.notes.push(note);
        Ok(())
    }

    /// Closes a note's preview.
    pub(crate) async fn close_note(&mut self, id: NoteId, status: NoteStatus) -> Result<()> {
        let (member, now) = (self.caller.member(), self.now);
        run!(self.unnoted(), |c| sqlx::query(
            "UPDATE notes SET status = $1, decided_by = $2, decided_at = $3 WHERE id = $4"
        )
        .bind(status)
        .bind(member)
        .bind(now)
        .bind(id)
        .execute(c)
        .await
        .map(|_| ()))?;
        let name = self.caller.name().to_owned();
        let note = self.case.notes.iter_mut().find(|n| n.id == id);
        let Some(note) = note else { return Ok(()) };
        (note.status, note.decided_at, note.decided_by_name) = (status, Some(now), Some(name));
        if (note.kind, status) == (NoteKind::Escalation, NoteStatus::Cancelled) {
            self.withdraw_escalation().await?;
        }
        Ok(())
    }

    /// Posts a note of the session as it stands: moves the session, queues the delivery, tells the team of an
    /// escalation.
    ///
    /// # Errors
    /// As [`post`].
    pub(crate) async fn post_note(&mut self, kind: NoteKind) -> Result<Option<Posting>> {
        let version = self.case.session.state_version;
        let known = self.case.postings.iter().position(|p| p.kind == kind && p.state_version == version);
        if let Some(place) = known {
            return self.again(place).await.map(Some);
        }
        self.ready_for(kind)?;
        if is_being_written(&self.case, kind) {
            // What is posted is what was shown.
            self.decline_draft(kind).await?;
        }
        let to = match kind {
            NoteKind::Resolution => SessionStatus::Resolved,
            NoteKind::Escalation => SessionStatus::Escalated,
        };
        if self.case.session.status != to {
            let reason = if kind == NoteKind::Escalation { self.reason_to_escalate() } else { None };
            self.move_to(to, reason.as_deref())?;
        }
        match kind {
            NoteKind::Escalation => self.post_escalation().await?,
            NoteKind::Resolution => self.withdraw_escalation().await?,
        }
        let open = self.case.open_note().map(|n| (n.id, n.kind, n.share));
        if let Some((note, ..)) = open {
            self.close_note(note, NoteStatus::Posted).await?;
        }
        if kind == NoteKind::Resolution {
            self.leave_walk_quietly().await?;
        }
        let (Some(connection_id), Some(ticket_id)) =
            (self.case.session.connection_id, self.case.session.ticket_id.clone())
        else {
            return Ok(None);
        };
        let id = PostingId::new(&self.engine.clock);
        let marker = marker(&self.engine, self.case.session.id, kind, version);
        let is_signed = self.needs_byline(kind, connection_id).await?;
        let posting = Posting {
            id,
            session_id: self.case.session.id,
            connection_id,
            ticket_id,
            kind,
            state_version: version,
            text: self.text_to_post(kind, &marker, is_signed),
            marker,
            status: PostingStatus::Pending,
            share: open.filter(|(_, of, _)| *of == kind).map_or(Share::Nobody, |(.., share)| share),
            external_id: None,
            error: None,
            deleted_at: None,
            status_change: None,
            ticket_status: None,
            status_error: None,
            member_id: self.caller.member(),
            member_name: self.caller.name().to_owned(),
            created_at: self.now,
            updated_at: self.now,
        };
        self.write_posting(&posting).await?;
        self.queue_posting(&posting, 0);
        self.case.postings.push(posting.clone());
        Ok(Some(posting))
    }

    /// A note that was posted already is not posted again; one that failed is tried again.
    async fn again(&mut self, place: usize) -> Result<Posting> {
        let mut posting = self.case.postings[place].clone();
        if posting.status == PostingStatus::Failed {
            let now = self.now;
            // One that may have arrived is looked for before it is sent again.
            posting.status = run!(self.unnoted(), |c| {
                sqlx::query_scalar(
                    "UPDATE postings SET status = CASE WHEN unsure_since IS NULL THEN 'pending' ELSE 'sending' END, \
                     looks = 0, error = NULL, updated_at = $1 WHERE id = $2 RETURNING status",
                )
                .bind(now)
                .bind(posting.id)
                .fetch_one(c)
                .await
            })?;
            (posting.error, posting.updated_at) = (None, now);
            self.queue_posting(&posting, now.0);
            self.case.postings[place] = posting.clone();
        }
        Ok(posting)
    }

    fn ready_for(&self, kind: NoteKind) -> Result<()> {
        let status = self.case.session.status;
        if status == SessionStatus::Abandoned || (kind == NoteKind::Escalation && status.is_closed()) {
            return Err(Error::Conflict(format!("this session is {status}; resume it first")));
        }
        if let Some(fix) = self.case.fixes.iter().find(|f| f.awaits_outcome()) {
            let title = &fix.title;
            return Err(Error::Conflict(format!(
                "say first how the fix \"{title}\" went: worked, partly, failed or pending"
            )));
        }
        Ok(())
    }

    /// The walk ends with the session, but its last step is no statement of the note: the version stays.
    async fn leave_walk_quietly(&mut self) -> Result<()> {
        let (session, now) = (self.case.session.id, self.now);
        run!(self.unnoted(), |c| {
            sqlx::query(
            "UPDATE flow_runs SET status = 'finished', ended_at = $1 WHERE session_id = $2 AND status = 'walking'"
        )
        .bind(now)
        .bind(session)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        run!(self.unnoted(), |c| {
            sqlx::query(
            "UPDATE flow_steps SET status = 'left', answered_at = $1 WHERE session_id = $2 AND status = 'open'"
        )
        .bind(now)
        .bind(session)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        for walk in &mut self.case.runs {
            walk.walking = false;
        }
        for step in self.case.steps.iter_mut().filter(|s| s.status == StepStatus::Open) {
            (step.status, step.answered_at) = (StepStatus::Left, Some(now));
        }
        Ok(())
    }

    fn text_to_post(&self, kind: NoteKind, marker: &str, is_signed: bool) -> String {
        let (_, markdown) = text_of(kind, &self.case);
        let text = fitting(markdown, self.engine.link(self.case.session.id).as_deref());
        let text = format!("{text}\n\nRef {marker}");
        if is_signed { signed(&text, marker, self.caller.name()) } else { text }
    }

    async fn write_posting(&mut self, posting: &Posting) -> Result<()> {
        let team = self.case.session.team_id;
        run!(self.unnoted(), |c| {
            sqlx::query(
            "INSERT INTO postings (id, team_id, session_id, connection_id, ticket_id, kind, state_version, marker, text, \
             status, share, member_id, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)"
        )
        .bind(posting.id)
        .bind(team)
        .bind(posting.session_id)
        .bind(posting.connection_id)
        .bind(&posting.ticket_id)
        .bind(posting.kind)
        .bind(posting.state_version)
        .bind(&posting.marker)
        .bind(&posting.text)
        .bind(posting.status)
        .bind(posting.share)
        .bind(posting.member_id)
        .bind(posting.created_at)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        Ok(())
    }

    fn queue_posting(&mut self, posting: &Posting, attempt: i64) {
        let entry = Entry {
            key: format!("posting:{}:{attempt}", posting.id),
            team: Some(self.case.session.team_id),
            // One lane a ticket: its notes are posted in order.
            lane: format!("psa/{}/{}", posting.connection_id, posting.ticket_id),
            kind: "posting".to_owned(),
            payload: serde_json::json!({ "posting": posting.id }),
        };
        self.effect(entry);
    }
}

/// As much of a note as a ticket takes, with what says who wrote it and which note it is; the rest is in the session.
fn fitting(markdown: String, link: Option<&str>) -> String {
    /// Characters that are kept free for what stands below the text.
    const FOOT: usize = 300;
    const LONGEST: usize = 8_000 - FOOT;
    if markdown.chars().count() <= LONGEST {
        return markdown;
    }
    let at = link.map(|link| format!(": {link}")).unwrap_or_default();
    let pointer = format!("\n\n… The note is longer than the ticket takes; the session has all of it{at}");
    let cut: String = markdown.chars().take(LONGEST.saturating_sub(pointer.chars().count())).collect();
    // After a whole line, where that leaves most of it: half a bold word would not be bold.
    let end = cut.rfind('\n').filter(|end| end * 2 > cut.len()).unwrap_or(cut.len());
    format!("{}{pointer}", cut[..end].trim_end())
}

/// A word that names this note in the ticket.
fn marker(engine: &Engine, session: SessionId, kind: NoteKind, version: StateVersion) -> String {
    let named = [session.0.as_bytes().as_slice(), kind.label().as_bytes(), &version.0.to_be_bytes()].concat();
    marked(engine, &named)
}

/// A word that names what this id is of in the ticket.
pub(crate) fn marker_of(engine: &Engine, id: &[u8], what: &str) -> String {
    marked(engine, &[id, what.as_bytes()].concat())
}

/// Letters and digits only, so that no Markdown renderer changes it.
fn marked(engine: &Engine, named: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let key = engine.sealer.derive("note markers").next().map(|(_, key)| key).unwrap_or_default();
    let mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).map(|mac| mac.chain_update(named).finalize());
    let bytes = mac.map(|m| m.into_bytes().to_vec()).unwrap_or_default();
    let word: String = bytes.iter().take(14).map(|b| char::from(ALPHABET[usize::from(b & 31)])).collect();
    format!("FP{word}")
}
