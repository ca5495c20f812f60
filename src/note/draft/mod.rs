//! Notes that a model writes.
//!
//! A draft belongs to one note of one version of a session: the row is made with the commit that puts a preview on
//! screen (or by a look at one), together with the effect that has it written ([`Scribe`]), so the model is asked once
//! for a version however many look. Until it is written, and where it is not to be had, the note is the rules' own. A
//! draft takes the place of the rules' sections ([`over`]) only with sentences that [`check`] found to say what
//! the record says. Posting takes what is shown: a draft that is still being written then comes too late. Start with
//! [`SessionTx::have_written`].

mod check;
mod scribe;
mod source;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use utoipa::ToSchema;

pub(crate) use scribe::Scribe;
pub(crate) use source::{Of, Source};

use super::edit::name;
use super::{Note, NoteKind, Sentence};
use crate::queue::Entry;
use crate::session::{Case, SessionTx};
use crate::store::{CallId, DraftId, MemberId, StateVersion, run};
use crate::{Error, Result, Timestamp};

/// What became of a draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum DraftStatus {
    /// The model is at it, or will be.
    Writing,
    /// It is the note's text.
    Written,
    /// The model wrote nothing that can be used; [`Draft::why`] says why.
    Unavailable,
    /// Somebody took the rules' note before it was written.
    Declined,
}

/// A note that a model writes, of one version of its session.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Draft {
    /// Its id.
    pub id: DraftId,
    /// Which note.
    pub kind: NoteKind,
    /// The version of the session that it tells of.
    pub state_version: StateVersion,
    /// For whom it is written.
    pub member_id: MemberId,
    /// What became of it.
    pub status: DraftStatus,
    /// What was written, once it is.
    pub content: Option<Json<Drafted>>,
    /// The call of a model that it comes from, once it is written.
    pub call_id: Option<CallId>,
    /// Why there is none.
    pub why: Option<String>,
    /// When it came to its end.
    pub ended_at: Option<Timestamp>,
}

/// What a model wrote, as far as the record supports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drafted {
    /// The model.
    pub author: String,
    /// The sections by their name; a section that is missing stays the rules' own.
    pub sections: BTreeMap<String, Vec<Sentence>>,
    /// What it wrote besides.
    pub left_out: Vec<LeftOut>,
}

impl Drafted {
    /// Its sections as plain text.
    pub(crate) fn plain(&self) -> String {
        let of = |(name, sentences): (&String, &Vec<Sentence>)| {
            let texts: Vec<&str> = sentences.iter().map(|sentence| sentence.text.as_str()).collect();
            format!("{}: {}", name.replace('_', " "), texts.join(" "))
        };
        self.sections.iter().map(of).collect::<Vec<_>>().join("\n")
    }
}

/// A sentence of a model that nothing in the record supports, so it is in no note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LeftOut {
    /// The sentence.
    pub text: String,
    /// What is wrong with it.
    pub why: String,
}

/// How the writing of a draft ended: with a text and the call that it comes from, or why not.
pub(super) type Outcome = std::result::Result<(Drafted, CallId), String>;

/// A draft in the place of the rules' sections, where there is one.
pub(super) fn over(mut rules: Note, case: &Case) -> Note {
    let Some(drafted) = written(case, rules.kind) else { return rules };
    for section in &mut rules.sections {
        if let Some(sentences) = drafted.sections.get(&name(section)).filter(|s| !s.is_empty()) {
            section.sentences.clone_from(sentences);
        }
    }
    rules
}

/// What a model wrote of this version of a session.
pub(crate) fn written(case: &Case, kind: NoteKind) -> Option<&Drafted> {
    written_at(case, kind, case.session.state_version)
}

/// What a model wrote of a version of a session.
pub(crate) fn written_at(case: &Case, kind: NoteKind, version: StateVersion) -> Option<&Drafted> {
    let is_it = |d: &&Draft| d.kind == kind && d.state_version == version && d.status == DraftStatus::Written;
    case.drafts.iter().find(is_it)?.content.as_ref().map(|content| &content.0)
}

/// Whether a model is writing a note of this version of a session.
pub(crate) fn is_being_written(case: &Case, kind: NoteKind) -> bool {
    case.draft(kind).is_some_and(|draft| draft.status == DraftStatus::Writing)
}

/// What is to be said of who wrote a note: that the model is at it, why it wrote nothing, or which sections are the
/// rules' own all the same.
pub(crate) fn remark(case: &Case, note: &Note) -> Option<String> {
    let draft = case.draft(note.kind)?;
    match draft.status {
        DraftStatus::Declined => None,
        DraftStatus::Writing => {
            Some("The AI model is writing this note; this is the one by rule until then.".to_owned())
        }
        DraftStatus::Unavailable => {
            let why = draft.why.as_deref().unwrap_or("no reason is known");
            Some(format!("The AI model wrote no note ({why}), so this is the one by rule."))
        }
        DraftStatus::Written => {
            let drafted = &draft.content.as_ref()?.0;
            let by_rule = note.sections.iter().filter(|s| !drafted.sections.contains_key(&name(s)));
            let by_rule: Vec<&str> = by_rule.map(|section| section.title).collect();
            let names = by_rule.join(", ");
            (!by_rule.is_empty()).then(|| format!("By rule, and not by the AI model: {names}."))
        }
    }
}

impl Case {
    /// The draft of a note of this version of the session.
    #[must_use]
    pub fn draft(&self, kind: NoteKind) -> Option<&Draft> {
        self.drafts.iter().find(|d| d.kind == kind && d.state_version == self.session.state_version)
    }
}

impl SessionTx {
    /// Has a note written of a version of the session, once this is committed; tells whether that was missing. Without
    /// a model that writes notes, nothing is done.
    ///
    /// # Errors
    /// The database's.
    pub(crate) async fn have_written(&mut self, kind: NoteKind, version: StateVersion) -> Result<bool> {
        let is_known = self.case.drafts.iter().any(|d| d.kind == kind && d.state_version == version);
        if is_known || !self.engine.writes_notes() {
            return Ok(false);
        }
        let id = DraftId::new(&self.engine.clock);
        self.new_draft(Draft {
            id,
            kind,
            state_version: version,
            member_id: self.caller.member(),
            status: DraftStatus::Writing,
            content: None,
            call_id: None,
            why: None,
            ended_at: None,
        })
        .await?;
        let entry = Entry {
            key: format!("note:{id}"),
            team: Some(self.case.session.team_id),
            // Like an answer: minutes in which neither cards nor answers wait for it.
            lane: format!("{}#note", self.case.session.thread_ref().lane()),
            kind: "note".to_owned(),
            payload: serde_json::json!({ "draft": id, "session": self.case.session.id }),
        };
        self.effect(entry);
        Ok(true)
    }

    /// What became of the drafts stays so: this change is of the note, and not of what it tells.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn keep_drafts(&mut self) -> Result<()> {
        let (before, after) = (self.case.session.state_version, self.version_after());
        let is_kept = |d: &&Draft| d.state_version == before && d.status != DraftStatus::Writing;
        let kept: Vec<Draft> = self.case.drafts.iter().filter(is_kept).cloned().collect();
        for draft in kept.into_iter().filter(|_| before != after) {
            let ended_at = Some(self.now);
            self.new_draft(Draft {
                id: DraftId::new(&self.engine.clock),
                state_version: after,
                ended_at,
                ..draft
            })
            .await?;
        }
        Ok(())
    }

    /// Takes the rules' note instead of waiting for the model's.
    ///
    /// # Errors
    /// [`Error::Conflict`] when none is being written.
    pub(crate) async fn decline_draft(&mut self, kind: NoteKind) -> Result<()> {
        let draft = self.case.draft(kind).filter(|draft| draft.status == DraftStatus::Writing);
        let id = draft.map(|draft| draft.id);
        let id = id.ok_or_else(|| Error::Conflict("this note is not being written any more".to_owned()))?;
        self.end_draft(id, DraftStatus::Declined, None, None).await
    }

    /// Forgets that there is no draft of a note, so that the model is asked anew.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn forget_missing_draft(&mut self, kind: NoteKind) -> Result<()> {
        let is_missing = |d: &&Draft| matches!(d.status, DraftStatus::Unavailable | DraftStatus::Declined);
        let Some(id) = self.case.draft(kind).filter(is_missing).map(|draft| draft.id) else { return Ok(()) };
        run!(self.unnoted(), |c| sqlx::query("DELETE FROM note_drafts WHERE id = $1")
            .bind(id)
            .execute(c)
            .await
            .map(|_| ()))?;
        self.case.drafts.retain(|draft| draft.id != id);
        Ok(())
    }

    /// Records how the writing ended. A draft that was declined stays so.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn settle_draft(&mut self, id: DraftId, outcome: Outcome) -> Result<()> {
        match outcome {
            Ok(written) => self.end_draft(id, DraftStatus::Written, Some(written), None).await,
            Err(why) => self.end_draft(id, DraftStatus::Unavailable, None, Some(why)).await,
        }
    }

    async fn new_draft(&mut self, draft: Draft) -> Result<()> {
        let now = self.now;
        let (team, session) = (self.case.session.team_id, self.case.session.id);
        run!(self.unnoted(), |c| {
            sqlx::query(
                "INSERT INTO note_drafts (id, team_id, session_id, kind, state_version, member_id, status, content, call_id, \
                 why, created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            )
            .bind(draft.id)
            .bind(team)
            .bind(session)
            .bind(draft.kind)
            .bind(draft.state_version)
            .bind(draft.member_id)
            .bind(draft.status)
            .bind(&draft.content)
            .bind(draft.call_id)
            .bind(&draft.why)
            .bind(now)
            .bind(draft.ended_at)
            .execute(c)
            .await
            .map(|_| ())
        })?;
        self.case.drafts.push(draft);
        Ok(())
    }

    async fn end_draft(
        &mut self,
        id: DraftId,
        status: DraftStatus,
        written: Option<(Drafted, CallId)>,
        why: Option<String>,
    ) -> Result<()> {
        let (content, call_id) = written.map(|(drafted, call)| (Json(drafted), call)).unzip();
        let (team, now) = (self.case.session.team_id, self.now);
        let ended = run!(self.unnoted(), |c| {
            sqlx::query(
                "UPDATE note_drafts SET status = $1, content = $2, call_id = $3, why = $4, ended_at = $5 \
                 WHERE team_id = $6 AND id = $7 AND status = 'writing'",
            )
            .bind(status)
            .bind(&content)
            .bind(call_id)
            .bind(&why)
            .bind(now)
            .bind(team)
            .bind(id)
            .execute(c)
            .await
            .map(|r| r.rows_affected())
        })?;
        if let Some(draft) = self.case.drafts.iter_mut().find(|d| d.id == id && ended == 1) {
            *draft = Draft { status, content, call_id, why, ended_at: Some(now), ..draft.clone() };
        }
        Ok(())
    }
}
