//! Pages of long lists, by key and not by offset: a page stays right while rows are added.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Error, Result};

/// Where the next page begins: after this id. Opaque to callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor(pub Uuid);

impl Cursor {
    /// The text a caller sends back.
    #[must_use]
    pub fn encode(self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// Reads a cursor that a caller sent back.
    ///
    /// # Errors
    /// [`Error::Invalid`] on anything but a cursor of ours.
    pub fn decode(text: &str) -> Result<Self> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        bytes.and_then(|b| Uuid::from_slice(&b).ok()).map(Self).ok_or_else(no_cursor)
    }
}

/// For what was sent as a cursor and is none.
pub(crate) fn no_cursor() -> Error {
    Error::invalid("cursor", "is not a cursor that this list gave; leave it out to start over")
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, Copy)]
pub struct PageRequest {
    /// After this row; from the start when empty.
    pub after: Option<Cursor>,
    /// At most so many rows, 1..=200.
    pub limit: i64,
}

impl PageRequest {
    /// The largest page.
    pub const MAX: i64 = 200;
    const DEFAULT: i64 = 50;

    /// Reads the two query parameters.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming `cursor` or `limit`.
    pub fn parse(cursor: Option<&str>, limit: Option<i64>) -> Result<Self> {
        let limit = limit.unwrap_or(Self::DEFAULT);
        if !(1..=Self::MAX).contains(&limit) {
            return Err(Error::invalid("limit", "must be 1 to 200"));
        }
        Ok(Self { after: cursor.map(Cursor::decode).transpose()?, limit })
    }

    /// The first page of the default length.
    #[must_use]
    pub fn first() -> Self {
        Self { after: None, limit: Self::DEFAULT }
    }

    /// Rows to ask the database for: one more than the page, to know whether there is a next one.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        self.limit + 1
    }
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Give it back as `cursor` for the next page; absent on the last.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the fetched rows to the page.
    pub fn from_rows(mut rows: Vec<T>, request: &PageRequest, id: impl Fn(&T) -> Uuid) -> Self {
        let wanted = usize::try_from(request.limit).unwrap_or(usize::MAX);
        let more = rows.len() > wanted;
        rows.truncate(wanted);
        let next_cursor = more.then(|| rows.last().map(|row| Cursor(id(row)).encode())).flatten();
        Self { items: rows, next_cursor }
    }
}
