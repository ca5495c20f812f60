//! A team's flows: numbered versions in the database, documents cached by version, a search index that follows.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use super::{Document, FlowKind, starter_flows};
use crate::meaning::{Embedder, Item, Kind, Vectors};
use crate::search::{FlowEntry, Index};
use crate::store::{Db, FlowId, MemberId, Page, PageRequest, TeamId, Tx, read, run};
use crate::{Clock, Error, Result, Timestamp};

/// Documents kept in memory; each is a few kilobytes.
const CACHED: u64 = 2_000;

/// A flow as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema, sqlx::FromRow)]
pub struct FlowSummary {
    /// Its id.
    pub id: FlowId,
    /// Its name in addresses and links.
    pub slug: String,
    /// Its name on the screen.
    pub title: String,
    /// Its kind.
    pub kind: FlowKind,
    /// Its newest version, from 1.
    pub version: i64,
    /// When that version was saved.
    pub updated_at: Timestamp,
}

/// What an import did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Imported {
    /// The flow is new.
    Created,
    /// The flow has a new version.
    Updated,
    /// The newest version is the same.
    Unchanged,
}

/// A flow to walk, with why.
#[derive(Debug, Clone)]
pub struct Match {
    /// The flow.
    pub flow: FlowSummary,
    /// Its newest document.
    pub document: Arc<Document>,
    /// Why it fits, in one sentence.
    pub reason: String,
}

/// The flows of every team.
pub struct FlowLibrary {
    documents: moka::sync::Cache<(FlowId, i64), Arc<Document>>,
    index: Index,
    vectors: Vectors,
    /// The change that the index has caught up with.
    seen: Mutex<i64>,
}

impl FlowLibrary {
    /// An empty cache and index; they fill themselves from the database.
    #[must_use]
    pub fn new() -> Self {
        Self {
            documents: moka::sync::Cache::new(CACHED),
            index: Index::new(),
            vectors: Vectors::of(Kind::Flow),
            seen: Mutex::new(0),
        }
    }

    /// Has flows found by their meaning too. Once; inside a Tokio runtime.
    pub fn set_embedder(&self, db: &Db, embedder: Arc<dyn Embedder>) {
        self.vectors.begin(db.clone(), embedder);
    }

    /// These versions of a team's flows.
    ///
    /// # Errors
    /// The database's.
    pub async fn documents(
        &self,
        tx: &mut Tx,
        team: TeamId,
        wanted: &[(FlowId, i64)],
    ) -> Result<HashMap<(FlowId, i64), Arc<Document>>> {
        let mut found = HashMap::new();
        for &(flow, version) in wanted {
            if found.contains_key(&(flow, version)) {
                continue;
            }
            let document = match self.documents.get(&(flow, version)) {
                Some(document) => document,
                None => self.load(tx, team, flow, version).await?,
            };
            found.insert((flow, version), document);
        }
        Ok(found)
    }

    async fn load(&self, tx: &mut Tx, team: TeamId, flow: FlowId, version: i64) -> Result<Arc<Document>> {
        let document: Option<Json<Document>> = run!(tx, |c| sqlx::query_scalar(
            "SELECT document FROM flow_versions WHERE team_id = $1 AND flow_id = $2 AND version = $3"
        )
        .bind(team)
        .bind(flow)
        .bind(version)
        .fetch_optional(c)
        .await)?;
        let document = Arc::new(document.ok_or(Error::NotFound("flow version"))?.0);
        self.documents.insert((flow, version), Arc::clone(&document));
        Ok(document)
    }

    /// Saves a valid document as the flow's newest version.
    ///
    /// # Errors
    /// The database's.
    pub async fn import(
        &self,
        tx: &mut Tx,
        clock: &Clock,
        team: TeamId,
        by: Option<MemberId>,
        document: &Document,
    ) -> Result<Imported> {
        let json =
            serde_json::to_string(document).map_err(|e| Error::Internal(format!("flow document: {e}")))?;
        let checksum: String = Sha256::digest(&json).iter().map(|b| format!("{b:02x}")).collect();
        // One import at a time: the look below is then still true when its result is written.
        run!(tx, |c| sqlx::query("UPDATE counters SET value = value WHERE name = 'flows'")
            .execute(c)
            .await
            .map(|_| ()))?;
        let newest: Option<(FlowId, i64, String)> = run!(tx, |c| {
            sqlx::query_as(
            "SELECT f.id, f.version, v.checksum FROM flows f \
             JOIN flow_versions v ON v.flow_id = f.id AND v.version = f.version WHERE f.team_id = $1 AND f.slug = $2"
        )
        .bind(team)
        .bind(&document.slug)
        .fetch_optional(c)
        .await
        })?;
        let (id, version, done) = match newest {
            Some((_, _, same)) if same == checksum => return Ok(Imported::Unchanged),
            Some((id, version, _)) => (id, version + 1, Imported::Updated),
            None => (FlowId::new(clock), 1, Imported::Created),
        };
        let now = clock.now();
        // The counter's row lock makes changes visible in the order of their numbers.
        let change: i64 = run!(tx, |c| sqlx::query_scalar(
            "UPDATE counters SET value = value + 1 WHERE name = 'flows' RETURNING value"
        )
        .fetch_one(c)
        .await)?;
        run!(tx, |c| sqlx::query(
            "INSERT INTO flows (id, team_id, slug, title, kind, version, change_seq, created_at, updated_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (team_id, slug) DO UPDATE SET \
             title = excluded.title, kind = excluded.kind, version = excluded.version, \
             change_seq = excluded.change_seq, updated_at = excluded.updated_at, archived_at = NULL"
        )
        .bind(id)
        .bind(team)
        .bind(&document.slug)
        .bind(&document.title)
        .bind(document.kind)
        .bind(version)
        .bind(change)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ()))?;
        run!(tx, |c| {
            sqlx::query(
            "INSERT INTO flow_versions (flow_id, version, team_id, document, checksum, created_by, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(id)
        .bind(version)
        .bind(team)
        .bind(Json(document))
        .bind(&checksum)
        .bind(by)
        .bind(now)
        .execute(c)
        .await
        .map(|_| ())
        })?;
        Ok(done)
    }

    /// Gives a new team the starter flows; a team that has flows keeps its own.
    ///
    /// # Errors
    /// The database's; [`Error::Internal`] for an invalid starter flow, which a test rules out.
    pub async fn import_starters(&self, db: &Db, clock: &Clock, team: TeamId) -> Result<()> {
        let has_flows: bool =
            read!(db, |c| sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM flows WHERE team_id = $1)")
                .bind(team)
                .fetch_one(c)
                .await)?;
        if has_flows {
            return Ok(());
        }
        let flows = starter_flows().map_err(|p| Error::Internal(format!("starter flows: {p:?}")))?;
        let mut tx = db.begin().await?;
        for document in &flows {
            self.import(&mut tx, clock, team, None, document).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A team's flow by its slug, with its newest document.
    ///
    /// # Errors
    /// The database's.
    pub async fn by_slug(
        &self,
        db: &Db,
        team: TeamId,
        slug: &str,
    ) -> Result<Option<(FlowSummary, Arc<Document>)>> {
        let mut tx = db.begin_read().await?;
        let flow: Option<FlowSummary> = run!(&mut tx, |c| sqlx::query_as(
            "SELECT id, slug, title, kind, version, updated_at FROM flows \
             WHERE team_id = $1 AND slug = $2 AND archived_at IS NULL"
        )
        .bind(team)
        .bind(slug)
        .fetch_optional(c)
        .await)?;
        let Some(flow) = flow else { return Ok(None) };
        let document = match self.documents.get(&(flow.id, flow.version)) {
            Some(document) => document,
            None => self.load(&mut tx, team, flow.id, flow.version).await?,
        };
        Ok(Some((flow, document)))
    }

    /// A team's flows.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(&self, db: &Db, team: TeamId, page: PageRequest) -> Result<Page<FlowSummary>> {
        let rows: Vec<FlowSummary> = read!(db, |c| sqlx::query_as(
            "SELECT id, slug, title, kind, version, updated_at FROM flows \
             WHERE team_id = $1 AND archived_at IS NULL AND ($2 IS NULL OR id > $2) ORDER BY id LIMIT $3"
        )
        .bind(team)
        .bind(page.after.map(|c| c.0))
        .bind(page.fetch())
        .fetch_all(c)
        .await)?;
        Ok(Page::from_rows(rows, &page, |f| f.id.0))
    }

    /// The slugs of a team's flows: what a link may name.
    ///
    /// # Errors
    /// The database's.
    pub async fn slugs(&self, db: &Db, team: TeamId) -> Result<BTreeSet<String>> {
        let rows: Vec<String> = read!(db, |c| sqlx::query_scalar(
            "SELECT slug FROM flows WHERE team_id = $1 AND archived_at IS NULL"
        )
        .bind(team)
        .fetch_all(c)
        .await)?;
        Ok(rows.into_iter().collect())
    }

    /// The flows that fit a problem, best first; none when none honestly does.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(&self, db: &Db, team: TeamId, problem: &str, limit: usize) -> Result<Vec<Match>> {
        self.catch_up(db).await?;
        let hits = self.index.search(team, problem, limit)?;
        let mut matches = Vec::new();
        for hit in hits.iter().filter(|hit| crate::search::fits(hit)) {
            let reason = format!("the problem mentions {}", in_quotes(&hit.matched));
            matches.extend(self.named(db, team, &hit.slug, &reason).await?);
        }
        if matches.len() < limit {
            self.add_alike(db, team, problem, limit, &mut matches).await?;
        }
        Ok(matches)
    }

    /// Behind those whose words fit, those that say the same in other words.
    async fn add_alike(
        &self,
        db: &Db,
        team: TeamId,
        problem: &str,
        limit: usize,
        matches: &mut Vec<Match>,
    ) -> Result<()> {
        let near = self.vectors.near(db, team, problem, limit).await;
        let least = self.vectors.least_likeness();
        for near in near.iter().filter(|near| near.likeness >= least) {
            let is_there = matches.iter().any(|found| found.flow.id.0 == near.id);
            if is_there || matches.len() >= limit {
                continue;
            }
            let slug: Option<String> = read!(db, |c| {
                sqlx::query_scalar("SELECT slug FROM flows WHERE team_id = $1 AND id = $2")
                    .bind(team)
                    .bind(near.id)
                    .fetch_optional(c)
                    .await
            })?;
            if let Some(slug) = slug {
                matches.extend(self.named(db, team, &slug, "it is about the same in other words").await?);
            }
        }
        Ok(())
    }

    /// A flow by its slug, to be walked for this reason.
    ///
    /// # Errors
    /// The database's.
    pub async fn named(&self, db: &Db, team: TeamId, slug: &str, reason: &str) -> Result<Option<Match>> {
        let found = self.by_slug(db, team, slug).await?;
        Ok(found.map(|(flow, document)| Match { flow, document, reason: reason.to_owned() }))
    }

    /// Brings the index up to the newest change.
    async fn catch_up(&self, db: &Db) -> Result<()> {
        #[derive(sqlx::FromRow)]
        struct Changed {
            id: FlowId,
            team_id: TeamId,
            change_seq: i64,
            archived_at: Option<Timestamp>,
            document: Json<Document>,
        }
        let mut seen = self.seen.lock().await;
        let newest: i64 =
            read!(db, |c| sqlx::query_scalar("SELECT value FROM counters WHERE name = 'flows'")
                .fetch_one(c)
                .await)?;
        while *seen < newest {
            let changed: Vec<Changed> = read!(db, |c| sqlx::query_as(
                "SELECT f.id, f.team_id, f.change_seq, f.archived_at, v.document FROM flows f \
                 JOIN flow_versions v ON v.flow_id = f.id AND v.version = f.version \
                 WHERE f.change_seq > $1 ORDER BY f.change_seq LIMIT 500"
            )
            .bind(*seen)
            .fetch_all(c)
            .await)?;
            for flow in &changed {
                match flow.archived_at {
                    Some(_) => {
                        self.index.remove(flow.id)?;
                        self.vectors.forget(flow.id.0);
                    }
                    None => {
                        let entry = FlowEntry::of(flow.team_id, flow.id, &flow.document);
                        self.index.put(&entry)?;
                        self.vectors.want(meaning_of(&entry));
                    }
                }
            }
            self.index.commit()?;
            // A flow changed twice shows only its last number: an empty answer means that we are there.
            *seen = changed.last().map_or(newest, |flow| flow.change_seq);
        }
        Ok(())
    }
}

impl Default for FlowLibrary {
    fn default() -> Self {
        Self::new()
    }
}

/// What a flow is about: its nodes say how, and that would only blur it.
fn meaning_of(entry: &FlowEntry) -> Item {
    let text = format!("{}. {}\n{}", entry.title, entry.summary, entry.symptoms.join("\n"));
    Item { team: entry.team, id: entry.flow.0, text }
}

fn in_quotes(words: &[String]) -> String {
    words.iter().take(4).map(|w| format!("\"{w}\"")).collect::<Vec<_>>().join(", ")
}
