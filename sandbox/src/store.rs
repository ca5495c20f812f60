//! Where the records live: in memory, and in one JSON file if there is one.
//!
//! A write is kept before it is seen: it changes a copy, the copy goes to a temporary file that is renamed
//! over the store file, and only then does it take the place of what readers see. If any of that fails,
//! nothing has changed. The file is whole at every moment, also when the process is killed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use serde::{Deserialize, Serialize};

use crate::answer::ApiError;
use crate::error::SandboxError;
use crate::records::Records;

/// Says what the file is; the number grows when its shape changes.
const FORMAT: &str = "flowpilot-sandbox-1";

#[derive(Serialize)]
struct Saved<'a> {
    format: &'a str,
    records: &'a Records,
}

#[derive(Deserialize)]
struct Loaded {
    format: String,
    records: Records,
}

/// The records and their file.
pub(crate) struct Store {
    current: RwLock<Arc<Records>>,
    /// Held through a whole write, so that writes happen one after the other.
    writing: Mutex<()>,
    file: Option<StoreFile>,
}

struct StoreFile {
    path: PathBuf,
    /// Locked while this process uses the store; a file of its own, since the store file is replaced.
    _lock: File,
}

impl Store {
    /// Opens the file if one is named and it exists, and starts empty otherwise.
    pub(crate) fn open(path: Option<&Path>) -> Result<Self, SandboxError> {
        let file = path.map(StoreFile::claim).transpose()?;
        let records = file.as_ref().map(StoreFile::load).transpose()?.flatten().unwrap_or_default();
        Ok(Self { current: RwLock::new(Arc::new(records)), writing: Mutex::new(()), file })
    }

    /// The records as they are now; later writes do not change what is returned.
    pub(crate) fn read(&self) -> Arc<Records> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the records, all or nothing. Blocks on the disk.
    pub(crate) fn write<T, E>(
        &self,
        change: impl FnOnce(&mut Records) -> Result<T, E>,
    ) -> Result<T, WriteError<E>> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = Records::clone(&self.read());
        let answer = change(&mut next).map_err(WriteError::Refused)?;
        if let Some(file) = &self.file {
            file.save(&next).map_err(WriteError::NotKept)?;
        }
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        Ok(answer)
    }

    /// [`Store::write`] for request handlers. It runs to its end even when the client does not wait for it.
    pub(crate) async fn write_from_handler<T: Send + 'static>(
        self: &Arc<Self>,
        change: impl FnOnce(&mut Records) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let store = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || store.write(change)).await;
        match done {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(WriteError::Refused(error))) => Err(error),
            Ok(Err(WriteError::NotKept(error))) => {
                tracing::error!(%error, "the sandbox store cannot be written");
                Err(ApiError::not_kept())
            }
            Err(error) => {
                tracing::error!(%error, "a sandbox write was cut short");
                Err(ApiError::not_kept())
            }
        }
    }
}

/// Why a write did not happen.
#[derive(Debug)]
pub(crate) enum WriteError<E> {
    /// The change itself was refused.
    Refused(E),
    /// The file could not be written.
    NotKept(io::Error),
}

impl StoreFile {
    fn claim(path: &Path) -> Result<Self, SandboxError> {
        let failed = |source| SandboxError::StoreWrite { path: path.to_owned(), source };
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(beside(path, ".lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(fs::TryLockError::WouldBlock) => Err(SandboxError::StoreInUse(path.to_owned())),
            Err(fs::TryLockError::Error(source)) => Err(failed(source)),
        }
    }

    fn load(&self) -> Result<Option<Records>, SandboxError> {
        let bad = |reason| SandboxError::StoreFormat { path: self.path.clone(), reason };
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SandboxError::StoreRead { path: self.path.clone(), source }),
        };
        let loaded: Loaded = serde_json::from_slice(&bytes).map_err(|error| bad(error.to_string()))?;
        if loaded.format != FORMAT {
            return Err(bad(format!("its format is {:?}, not {FORMAT:?}", loaded.format)));
        }
        Ok(Some(loaded.records))
    }

    fn save(&self, records: &Records) -> io::Result<()> {
        let temporary = beside(&self.path, ".tmp");
        let mut out = BufWriter::new(File::create(&temporary)?);
        serde_json::to_writer(&mut out, &Saved { format: FORMAT, records })?;
        out.flush()?;
        out.get_ref().sync_data()?;
        fs::rename(&temporary, &self.path)
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}
