//! One server an SQLite file: what a process remembers of its sessions must be true.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use fs4::{FileExt, TryLockError};

/// The file of an SQLite URL; `None` for other databases and for memory.
pub(crate) fn sqlite_file(url: &str) -> Option<PathBuf> {
    let path = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"))?;
    let path = path.split('?').next().unwrap_or(path);
    (!path.is_empty() && path != ":memory:").then(|| PathBuf::from(path))
}

/// Takes the server's lock on the database; it is held until the file is dropped (or the process dies).
///
/// # Errors
/// When another server holds it.
pub(crate) fn take(url: &str) -> Result<Option<File>> {
    let Some(file) = sqlite_file(url) else { return Ok(None) };
    let path = beside(&file, "lock");
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    match FileExt::try_lock(&lock) {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => bail!(
            "another flowpilot server uses {}; stop it first, or use PostgreSQL for several servers",
            file.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", path.display()))
        }
    }
}

/// `flowpilot.db` and `key` make `flowpilot.db.key`.
pub(crate) fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".");
    name.push(extension);
    file.with_file_name(name)
}
