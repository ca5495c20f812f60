//! Previews, and the cache that answers for an unchanged session.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use super::draft::DraftStatus;
use super::markup::subset;
use super::{
    LeftOut, Note, NoteFormat, NoteKind, Section, export, from, is_being_written, remark, unsupported, write,
    written,
};
use crate::session::Case;
use crate::store::{SessionId, StateVersion, TeamId, read};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Notes kept; no time limit, because a key never stands for another text.
const KEPT: u64 = 5_000;
/// Versions remembered where this process is the only writer; two numbers and an id each.
const VERSIONS: u64 = 200_000;
/// How long a look waits for a note that a model writes. Pages give up a request soon after.
const PATIENCE: Duration = Duration::from_secs(25);
/// Between two looks whether it is written.
const LOOK: Duration = Duration::from_millis(250);
/// A model that wrote nothing is asked again by a look after this time.
const AGAIN: Duration = Duration::from_secs(60);

type Key = (NoteKind, SessionId, StateVersion);

/// What is kept of a note; an answer shares it.
#[derive(Clone)]
struct Text {
    markdown: Arc<str>,
    sections: Arc<[Section]>,
    edition: Arc<str>,
    author: Option<Arc<str>>,
    being_written: bool,
    remark: Option<Arc<str>>,
    unsupported: Arc<[String]>,
    left_out: Arc<[LeftOut]>,
}

/// Why a note is not kept.
enum Unkept {
    Failed(Error),
    /// A model may still write another.
    Passing(Box<(StateVersion, Text)>),
}

/// A note as it would be posted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preview {
    /// Which note.
    pub kind: NoteKind,
    /// The session it is of.
    pub session_id: SessionId,
    /// The version of the session that it tells of.
    pub state_version: StateVersion,
    /// The text, as it would be posted.
    #[schema(value_type = String)]
    pub markdown: Arc<str>,
    /// The text by section and sentence, with what each rests on.
    #[schema(value_type = Vec<Section>)]
    pub sections: Arc<[Section]>,
    /// Whether it was answered from the cache.
    pub from_cache: bool,
    /// Names this very text; give it back when posting it.
    #[schema(value_type = String)]
    pub edition: Arc<str>,
    /// The model that wrote it; none where the rules did.
    #[schema(value_type = Option<String>)]
    pub author: Option<Arc<str>>,
    /// Whether a model is still writing it; this is the one by rule then.
    pub being_written: bool,
    /// What is to be said of who wrote it: a model is at it, or wrote nothing that can be used.
    #[schema(value_type = Option<String>)]
    pub remark: Option<Arc<str>>,
    /// Sentences that a member wrote and nothing recorded supports. They are posted all the same.
    #[schema(value_type = Vec<String>)]
    pub unsupported: Arc<[String]>,
    /// Sentences that a model wrote and nothing recorded supports. They are not in the note.
    #[schema(value_type = Vec<LeftOut>)]
    pub left_out: Arc<[LeftOut]>,
}

/// The cache of notes. Simultaneous misses of one key write one note; failures are not kept.
pub struct Previews {
    notes: moka::future::Cache<Key, Text>,
    /// The team and newest version of sessions: what lets a hit answer without the database.
    versions: moka::sync::Cache<SessionId, (TeamId, StateVersion)>,
}

impl Default for Previews {
    fn default() -> Self {
        Self { notes: moka::future::Cache::new(KEPT), versions: moka::sync::Cache::new(VERSIONS) }
    }
}

impl Previews {
    /// Remembers a version; an older one never replaces a newer one.
    pub(crate) fn saw(&self, session: SessionId, team: TeamId, version: StateVersion) {
        self.versions.entry(session).and_upsert_with(|known| match known {
            Some(known) if known.value().1 > version => known.into_value(),
            _ => (team, version),
        });
    }
}

/// A note's preview. For an unchanged session it comes from the cache.
///
/// With models connected, the first look of somebody who may work at the session has the note written, and waits for it
/// (25 seconds at most).
///
/// # Errors
/// [`Error::NotFound`] when the caller's team has no such session.
pub async fn preview(engine: &Engine, caller: &Caller, kind: NoteKind, id: SessionId) -> Result<Preview> {
    look(engine, caller, kind, id, true).await
}

/// A note's preview as it is now, without having a model write: for pages that look by themselves.
///
/// # Errors
/// As [`preview`].
pub async fn glance(engine: &Engine, caller: &Caller, kind: NoteKind, id: SessionId) -> Result<Preview> {
    look(engine, caller, kind, id, false).await
}

async fn look(
    engine: &Engine,
    caller: &Caller,
    kind: NoteKind,
    id: SessionId,
    has_it_written: bool,
) -> Result<Preview> {
    let version = version_of(engine, caller.team(), id).await?;
    if let Some(found) = engine.previews.notes.get(&(kind, id, version)).await {
        metrics::counter!("flowpilot_preview_cache_hits_total").increment(1);
        return Ok(answer(kind, id, version, found, true));
    }
    let case = Case::load(engine, caller.team(), id).await?;
    // The session may have moved since: the note is kept under the version that it tells of.
    let version = case.session.state_version;
    let has_it_written = has_it_written && caller.must_work().is_ok();
    if !has_it_written && engine.writes_notes() && written(&case, kind).is_none() {
        return Ok(answer(kind, id, version, shown(kind, &case), false));
    }
    let mut from_cache = true;
    let made = engine.previews.notes.try_get_with((kind, id, version), async {
        from_cache = false;
        lasting(engine, caller, kind, case).await
    });
    match made.await.as_ref().map_err(|unkept| &**unkept) {
        Ok(found) => Ok(answer(kind, id, version, found.clone(), from_cache)),
        Err(Unkept::Passing(passing)) => Ok(answer(kind, id, passing.0, passing.1.clone(), false)),
        Err(Unkept::Failed(Error::NotFound(what))) => Err(Error::NotFound(what)),
        Err(Unkept::Failed(error)) => Err(Error::Internal(error.to_string())),
    }
}

/// The text of a version, once it is one that stays.
async fn lasting(engine: &Engine, caller: &Caller, kind: NoteKind, case: Case) -> Result<Text, Unkept> {
    if !engine.writes_notes() {
        return Ok(shown(kind, &case));
    }
    let version = case.session.state_version;
    let case = drafted(engine, caller, kind, case).await.map_err(Unkept::Failed)?;
    let text = shown(kind, &case);
    if case.session.state_version == version && written(&case, kind).is_some() {
        return Ok(text);
    }
    Err(Unkept::Passing(Box::new((case.session.state_version, text))))
}

/// The session once its draft is written, or is not to be had in time.
async fn drafted(engine: &Engine, caller: &Caller, kind: NoteKind, mut case: Case) -> Result<Case> {
    let (team, id, version) = (caller.team(), case.session.id, case.session.state_version);
    if written(&case, kind).is_some() {
        return Ok(case);
    }
    if may_begin(engine, kind, &case) {
        let mut tx = engine.change_session(caller, id).await?;
        // Of two processes that look at the same moment, the second finds the first one's.
        if may_begin(engine, kind, tx.case()) {
            tx.forget_missing_draft(kind).await?;
        }
        let version = tx.case().session.state_version;
        if tx.have_written(kind, version).await? {
            tx.commit(None).await?;
        }
        case = Case::load(engine, team, id).await?;
    }
    let until = Instant::now() + PATIENCE;
    while is_being_written(&case, kind) && case.session.state_version == version && Instant::now() < until {
        sleep(LOOK).await;
        let status: Option<DraftStatus> = read!(&engine.db, |c| {
            sqlx::query_scalar(
                "SELECT status FROM note_drafts WHERE team_id = $1 AND session_id = $2 AND kind = $3 \
                 AND state_version = $4",
            )
            .bind(team)
            .bind(id)
            .bind(kind)
            .bind(version)
            .fetch_optional(c)
            .await
        })?;
        if status != Some(DraftStatus::Writing) {
            case = Case::load(engine, team, id).await?;
        }
    }
    Ok(case)
}

/// Whether a look has the note written: not once the session is over, and not again just after it failed.
fn may_begin(engine: &Engine, kind: NoteKind, case: &Case) -> bool {
    let is_due = case.draft(kind).is_none_or(|draft| match draft.status {
        DraftStatus::Unavailable => draft.ended_at.is_none_or(|at| at <= engine.clock.now().minus(AGAIN)),
        DraftStatus::Writing | DraftStatus::Written | DraftStatus::Declined => false,
    });
    is_due && !case.session.status.is_closed()
}

/// The note of a case file, as it would be posted (without its marker).
pub(crate) fn text_of(kind: NoteKind, case: &Case) -> (Note, String) {
    let mut note = write(kind, case);
    for sentence in note.sections.iter_mut().flat_map(|section| &mut section.sentences) {
        sentence.from = from::label(case, &sentence.evidence);
    }
    let markdown = subset(&export(&note, NoteFormat::Markdown));
    (note, markdown)
}

/// Names a text.
pub(crate) fn edition(markdown: &str) -> String {
    let digest = Sha256::digest(markdown.as_bytes());
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

fn shown(kind: NoteKind, case: &Case) -> Text {
    let (note, markdown) = text_of(kind, case);
    let drafted = written(case, kind);
    Text {
        edition: edition(&markdown).into(),
        markdown: markdown.into(),
        author: drafted.map(|drafted| drafted.author.as_str().into()),
        being_written: is_being_written(case, kind),
        left_out: drafted.map(|drafted| drafted.left_out.clone()).unwrap_or_default().into(),
        remark: remark(case, &note).map(Into::into),
        unsupported: unsupported(&note, case).into(),
        sections: note.sections.into(),
    }
}

async fn version_of(engine: &Engine, team: TeamId, id: SessionId) -> Result<StateVersion> {
    if engine.db.is_sole_writer()
        && let Some((owner, version)) = engine.previews.versions.get(&id)
    {
        return if owner == team { Ok(version) } else { Err(Error::NotFound("session")) };
    }
    let found: Option<StateVersion> = read!(&engine.db, |c| sqlx::query_scalar(
        "SELECT state_version FROM sessions WHERE team_id = $1 AND id = $2"
    )
    .bind(team)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    let version = found.ok_or(Error::NotFound("session"))?;
    engine.previews.saw(id, team, version);
    Ok(version)
}

fn answer(kind: NoteKind, id: SessionId, version: StateVersion, text: Text, from_cache: bool) -> Preview {
    Preview {
        kind,
        session_id: id,
        state_version: version,
        markdown: text.markdown,
        sections: text.sections,
        from_cache,
        edition: text.edition,
        author: text.author,
        being_written: text.being_written,
        remark: text.remark,
        unsupported: text.unsupported,
        left_out: text.left_out,
    }
}
