//! The keys that seal secrets: configured, or made at the first start and kept beside the SQLite file.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flowpilot::store::Sealer;
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::lock::{beside, sqlite_file};

/// The sealer that the configuration gives.
///
/// # Errors
/// When a key is malformed, or there is none and no place to keep one.
pub(crate) fn sealer(config: &Config) -> Result<Sealer> {
    let keys =
        if config.secret_keys.is_empty() { vec![kept_key(config)?] } else { config.secret_keys.clone() };
    Ok(Sealer::new(keys)?)
}

fn kept_key(config: &Config) -> Result<SecretString> {
    let Some(database) = sqlite_file(&config.database_url) else {
        bail!(
            "secret_keys is not set; make a key with `flowpilot keys generate` and set it on every replica"
        );
    };
    let path = beside(&database, "key");
    match std::fs::read_to_string(&path) {
        Ok(key) => Ok(SecretString::from(key.trim().to_owned())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = Sealer::generate_key();
            write_private(&path, key.expose_secret())
                .with_context(|| format!("cannot write {}", path.display()))?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
