//! Why a sandbox does not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why [`Sandbox::start`](crate::Sandbox::start) gave up. Nothing was listening and no file was changed,
/// except for [`SandboxError::StoreWrite`], which leaves the former file in place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// The address can be reached from other machines; the control endpoints have no password.
    #[error("the sandbox listens on loopback only, and {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The port is taken or not allowed.
    #[error("cannot listen on {address}: {source}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The codebase is not one path segment with a trailing slash.
    #[error("codebase {0:?} is not one path segment with a trailing slash, such as \"v2026_1/\"")]
    Codebase(String),
    /// What sends callbacks cannot be set up.
    #[error("cannot set up what sends callbacks: {0}")]
    Client(reqwest::Error),
    /// A ticket to start with breaks a rule of the real server.
    #[error("ticket {id} cannot be loaded: {rule}")]
    Seed {
        /// The ticket's id.
        id: i32,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// Another sandbox works on the same file.
    #[error("{} is in use by another sandbox", .0.display())]
    StoreInUse(PathBuf),
    /// The store file exists and cannot be read.
    #[error("cannot read the store {}: {source}", .path.display())]
    StoreRead {
        /// The store file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The store file is not one that a sandbox wrote.
    #[error("{} is not a sandbox store: {reason}; move it away to start anew", .path.display())]
    StoreFormat {
        /// The store file.
        path: PathBuf,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// The store file cannot be written.
    #[error("cannot write the store {}: {source}", .path.display())]
    StoreWrite {
        /// The store file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}
