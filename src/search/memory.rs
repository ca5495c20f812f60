//! An index of tantivy in memory: written from the first change on, seen as it was committed last.

use std::sync::{Mutex, PoisonError, RwLock};

use tantivy::indexer::IndexWriterOptions;
use tantivy::schema::Schema;
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyError};

use crate::{Error, Result};

/// Memory for what is not yet committed, in bytes.
const BUFFER: usize = 50_000_000;

/// The index, its writer, and what searches see of it.
pub(super) struct Memory {
    index: tantivy::Index,
    writing: Mutex<Option<Writing>>,
    /// Nothing before the first commit.
    committed: RwLock<Option<Searcher>>,
}

/// The writer and its threads, from the first change on.
struct Writing {
    writer: IndexWriter,
    reader: IndexReader,
}

impl Memory {
    /// An empty one.
    pub(super) fn of(schema: Schema) -> Self {
        let index = tantivy::Index::create_in_ram(schema);
        Self { index, writing: Mutex::new(None), committed: RwLock::new(None) }
    }

    /// Changes it. Searches see it after [`Memory::commit`].
    pub(super) fn write(&self, change: impl FnOnce(&mut IndexWriter) -> tantivy::Result<()>) -> Result<()> {
        self.with(|writing| change(&mut writing.writer))
    }

    /// Lets searches see the changes so far.
    pub(super) fn commit(&self) -> Result<()> {
        self.with(|writing| {
            writing.writer.commit()?;
            writing.reader.reload()?;
            *self.committed.write().unwrap_or_else(PoisonError::into_inner) = Some(writing.reader.searcher());
            Ok(())
        })
    }

    /// What was committed last.
    pub(super) fn searcher(&self) -> Option<Searcher> {
        self.committed.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn with(&self, change: impl FnOnce(&mut Writing) -> tantivy::Result<()>) -> Result<()> {
        let mut writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let done = match writing.as_mut() {
            Some(writing) => change(writing),
            None => self.open().and_then(|opened| change(writing.insert(opened))),
        };
        done.map_err(|e| broken(&e))
    }

    fn open(&self) -> tantivy::Result<Writing> {
        let options = IndexWriterOptions::builder()
            .num_worker_threads(1)
            .num_merge_threads(1)
            .memory_budget_per_thread(BUFFER)
            .build();
        let reader = self.index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Writing { writer: self.index.writer_with_options(options)?, reader })
    }
}

/// What is said of an index that does not work any more.
pub(super) fn broken(error: &TantivyError) -> Error {
    Error::Internal(format!("search index: {error}"))
}
