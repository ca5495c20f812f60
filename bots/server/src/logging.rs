//! Structured logs to standard error. Secrets never reach them: they are `SecretString`s, or masked before.

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{LogConfig, LogFormat};

/// Starts logging; a command that only prints its result logs warnings alone.
///
/// # Errors
/// When the filter cannot be read.
pub(crate) fn start(config: &LogConfig, serves: bool) -> Result<()> {
    let filter = if serves { config.filter.as_str() } else { "warn" };
    let filter =
        EnvFilter::try_new(filter).with_context(|| format!("log.filter = {filter:?} is no filter"))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Pretty => builder.init(),
        LogFormat::Json => builder.json().flatten_event(true).init(),
    }
    Ok(())
}
