//! The runtime of the queues' work: threads of their own, which the system lets run after those that answer requests.
//!
//! A burst of work then fills the processors without making anybody wait longer for an acknowledgement.

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Handle};

/// A runtime that ends with its owner.
pub(crate) struct Runtime {
    handle: Handle,
    /// Taken by dropping.
    runtime: Option<tokio::runtime::Runtime>,
}

impl Runtime {
    pub(crate) fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .enable_all()
            .thread_name("background")
            .on_thread_start(step_back)
            .build()
            .context("cannot start the threads of the queues' work")?;
        Ok(Self { handle: runtime.handle().clone(), runtime: Some(runtime) })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        // Waiting for it would block a thread of the runtime that drops it; its work has ended by then.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// How far the work stands back, of 19.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// On Linux a niceness is a thread's own; elsewhere it is the whole process's, so nothing is changed there.
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "the work's threads run at the usual priority");
    }
}
