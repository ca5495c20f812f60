//! The vectors of one kind of thing: made in the background, compared in memory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::kept::{Kept, keep, load};
use super::{EmbedError, Embedder, Side, likeness};
use crate::ai::off_by;
use crate::store::{Db, TeamId};

/// Texts that are made vectors of at once.
const AT_ONCE: usize = 64;
/// How long a search waits for the vector of what is looked for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Vectors of what was looked for that are remembered.
const REMEMBERED: u64 = 2_000;
/// Before a model that does not answer is asked again; then ever longer.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LAST_PAUSE: Duration = Duration::from_secs(300);
/// Before the texts of a team that switched AI off are looked at again.
const OFF_PAUSE: Duration = Duration::from_secs(60);

/// What vectors are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
pub enum Kind {
    /// Flows of the library.
    Flow,
    /// Resolved sessions.
    Session,
}

/// Something that can be found.
#[derive(Debug, Clone)]
pub struct Item {
    /// Whose it is.
    pub team: TeamId,
    /// Which.
    pub id: Uuid,
    /// What it says.
    pub text: String,
}

/// Something that is about the same.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near {
    /// Which.
    pub id: Uuid,
    /// How alike it is, -1 to 1.
    pub likeness: f32,
}

/// A vector, and the text that it is of.
type Known = HashMap<Uuid, (String, Arc<[f32]>)>;

/// The vectors of every team. Without an embedder there are none, and nothing is done.
pub struct Vectors {
    kind: Kind,
    known: Arc<RwLock<HashMap<TeamId, Known>>>,
    work: OnceLock<Work>,
}

struct Work {
    embedder: Arc<dyn Embedder>,
    wanted: mpsc::UnboundedSender<Item>,
    looked_for: moka::sync::Cache<String, Arc<[f32]>>,
}

impl Vectors {
    /// Of a kind of thing; nothing is known yet.
    #[must_use]
    pub fn of(kind: Kind) -> Self {
        Self { kind, known: Arc::default(), work: OnceLock::new() }
    }

    /// Says who makes them, and begins. Once; must be called inside a Tokio runtime.
    pub fn begin(&self, db: Db, embedder: Arc<dyn Embedder>) {
        let (wanted, texts) = mpsc::unbounded_channel();
        let maker = Maker {
            kind: self.kind,
            known: Arc::clone(&self.known),
            db,
            embedder: Arc::clone(&embedder),
            again: wanted.downgrade(),
        };
        let work = Work { embedder, wanted, looked_for: moka::sync::Cache::new(REMEMBERED) };
        if self.work.set(work).is_ok() {
            tokio::spawn(maker.run(texts));
        }
    }

    /// Whether there are any.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.work.get().is_some()
    }

    /// Has a vector made of something, or of its new text. Nobody waits for it.
    pub fn want(&self, item: Item) {
        if let Some(work) = self.work.get() {
            // The maker lives as long as this does.
            let _ = work.wanted.send(item);
        }
    }

    /// Forgets something.
    pub fn forget(&self, id: Uuid) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.values_mut().for_each(|known| drop(known.remove(&id)));
    }

    /// The team's things that are most about the same, the most alike first; none where that cannot be told in time.
    pub async fn near(&self, db: &Db, team: TeamId, query: &str, most: usize) -> Vec<Near> {
        let Some(work) = self.work.get() else { return Vec::new() };
        let Some(wanted) = self.vector(work, db, team, query).await else { return Vec::new() };
        let known = Arc::clone(&self.known);
        let compared = tokio::task::spawn_blocking(move || compare(&known, team, &wanted, most)).await;
        compared.unwrap_or_default()
    }

    /// Of those, how far what is about the same begins.
    #[must_use]
    pub fn least_likeness(&self) -> f32 {
        self.work.get().map_or(1.0, |work| work.embedder.least_likeness())
    }

    async fn vector(&self, work: &Work, db: &Db, team: TeamId, query: &str) -> Option<Arc<[f32]>> {
        if query.trim().is_empty() || !may_be_sent(db, &*work.embedder, team).await {
            return None;
        }
        if let Some(vector) = work.looked_for.get(query) {
            return Some(vector);
        }
        let texts = [query.to_owned()];
        let made = timeout(PATIENCE, work.embedder.embed(Side::Query, &texts)).await;
        match made.unwrap_or_else(|_| Err(EmbedError::Later("it takes too long".to_owned()))) {
            Ok(vectors) => {
                let vector: Arc<[f32]> = vectors.into_iter().next()?.into();
                work.looked_for.insert(query.to_owned(), Arc::clone(&vector));
                Some(vector)
            }
            Err(error) => {
                tracing::info!(%error, "words alone decide in this search");
                None
            }
        }
    }
}

/// A team that switched AI off has none of its texts sent away.
async fn may_be_sent(db: &Db, embedder: &dyn Embedder, team: TeamId) -> bool {
    !embedder.is_remote() || matches!(off_by(db, team).await, Ok(None))
}

fn compare(known: &RwLock<HashMap<TeamId, Known>>, team: TeamId, wanted: &[f32], most: usize) -> Vec<Near> {
    let known = known.read().unwrap_or_else(PoisonError::into_inner);
    let own = known.get(&team).into_iter().flatten();
    let mut near: Vec<Near> =
        own.map(|(id, (_, vector))| Near { id: *id, likeness: likeness(vector, wanted) }).collect();
    near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then_with(|| a.id.cmp(&b.id)));
    near.truncate(most);
    near
}

/// Makes vectors, one batch after the other.
struct Maker {
    kind: Kind,
    known: Arc<RwLock<HashMap<TeamId, Known>>>,
    db: Db,
    embedder: Arc<dyn Embedder>,
    again: mpsc::WeakUnboundedSender<Item>,
}

impl Maker {
    async fn run(self, mut texts: mpsc::UnboundedReceiver<Item>) {
        let mut batch = Vec::with_capacity(AT_ONCE);
        while texts.recv_many(&mut batch, AT_ONCE).await > 0 {
            let mut pause = FIRST_PAUSE;
            while let Err(error) = self.make(&batch).await {
                tracing::warn!(%error, "what is new is not found by its meaning yet");
                // Somebody has to mend it: a restart tries again.
                if matches!(error, EmbedError::Wrong(_)) {
                    return;
                }
                sleep(pause).await;
                pause = (pause * 2).min(LAST_PAUSE);
            }
            batch.clear();
        }
    }

    async fn make(&self, batch: &[Item]) -> Result<(), EmbedError> {
        let model = self.embedder.name();
        let later = |error: crate::Error| EmbedError::Later(error.to_string());
        let kept = load(&self.db, self.kind, model, batch).await.map_err(later)?;
        let mut missing = Vec::new();
        for item in batch {
            let hash = hash(&item.text);
            match kept.get(&item.id) {
                Some((of, vector)) if *of == hash => self.learn(item, hash, vector.clone()),
                _ if may_be_sent(&self.db, &*self.embedder, item.team).await => missing.push((item, hash)),
                _ => self.later(item.clone()),
            }
        }
        let texts: Vec<String> = missing.iter().map(|(item, _)| item.text.clone()).collect();
        if texts.is_empty() {
            return Ok(());
        }
        let vectors = self.embedder.embed(Side::Document, &texts).await?;
        let made: Vec<Kept> = missing
            .iter()
            .zip(vectors)
            .map(|((item, hash), vector)| Kept { team: item.team, id: item.id, hash: hash.clone(), vector })
            .collect();
        keep(&self.db, self.kind, model, &made).await.map_err(later)?;
        for ((item, hash), kept) in missing.into_iter().zip(made) {
            self.learn(item, hash, kept.vector);
        }
        Ok(())
    }

    fn learn(&self, item: &Item, hash: String, vector: Vec<f32>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(item.team).or_default().insert(item.id, (hash, vector.into()));
    }

    fn later(&self, item: Item) {
        let again = self.again.clone();
        tokio::spawn(async move {
            sleep(OFF_PAUSE).await;
            if let Some(again) = again.upgrade() {
                let _ = again.send(item);
            }
        });
    }
}

fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
}
