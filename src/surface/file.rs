//! Files that people post with their words, and how their content is read.

use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde::{Deserialize, Serialize};

use crate::queue::Failure;

/// A file of a message, as its platform tells of it. Nothing of it is to be relied on but the id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostedFile {
    /// The platform's id of the file.
    pub id: String,
    /// What its author calls it.
    pub name: String,
    /// What kind the platform takes it for.
    #[serde(default)]
    pub media_type: Option<String>,
    /// How large the platform says it is, in bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// Where its content is, where the platform told; otherwise it is asked for by its id.
    #[serde(default)]
    pub url: Option<String>,
}

/// The content of a file, piece by piece.
pub type FileStream = BoxStream<'static, Result<Bytes, Failure>>;

/// What a platform has of a file.
pub enum Fetched {
    /// Its content.
    Content(FileStream),
    /// Nothing that may be fetched, for this reason.
    Refused(String),
    /// The file is not there any more.
    Gone,
}
