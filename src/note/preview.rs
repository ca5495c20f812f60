//! Previews, and the cache that answers for an unchanged session.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Note, NoteFormat, NoteKind, Section, export, write};
use crate::session::Case;
use crate::store::{SessionId, StateVersion, TeamId, read};
use crate::team::Caller;
use crate::{Engine, Error, Result};

/// Notes kept; no time limit, because a key never stands for another text.
const KEPT: u64 = 5_000;
/// Versions remembered where this process is the only writer; two numbers and an id each.
const VERSIONS: u64 = 200_000;

type Key = (NoteKind, SessionId, StateVersion);

/// What is kept of a note; an answer shares it.
#[derive(Clone)]
struct Text {
    markdown: Arc<str>,
    sections: Arc<[Section]>,
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
/// # Errors
/// [`Error::NotFound`] when the caller's team has no such session.
pub async fn preview(engine: &Engine, caller: &Caller, kind: NoteKind, id: SessionId) -> Result<Preview> {
    let version = version_of(engine, caller.team(), id).await?;
    if let Some(found) = engine.previews.notes.get(&(kind, id, version)).await {
        metrics::counter!("flowpilot_preview_cache_hits_total").increment(1);
        return Ok(answer(kind, id, version, found, true));
    }
    let case = Case::load(engine, caller.team(), id).await?;
    // The session may have moved since: the note is kept under the version that it tells of.
    let version = case.session.state_version;
    let mut from_cache = true;
    let made = engine.previews.notes.try_get_with((kind, id, version), async {
        from_cache = false;
        let (note, markdown) = text_of(kind, &case);
        Ok::<_, Error>(Text { markdown: markdown.into(), sections: note.sections.into() })
    });
    let found = made.await.map_err(|e: Arc<Error>| Error::Internal(e.to_string()))?;
    Ok(answer(kind, id, version, found, from_cache))
}

/// The note of a case file, as it would be posted (without its marker).
pub(crate) fn text_of(kind: NoteKind, case: &Case) -> (Note, String) {
    let note = write(kind, case);
    let markdown = export(&note, NoteFormat::Markdown);
    (note, markdown)
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
    }
}
