//! One record in a table: shared between all copies of the table, and written as JSON only once.

use std::borrow::Borrow;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::de::Deserialize;
use serde::ser::{Error as _, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use crate::records::Document;

/// A record that does not change any more; a changed one is another row.
#[derive(Clone)]
pub(crate) struct Row(Arc<Content>);

struct Content {
    document: Document,
    /// The document as text, made when the store is first saved with it. Saving is then a matter of
    /// copying: without this, each write would cost as much as writing every record anew.
    text: OnceLock<Box<RawValue>>,
}

impl From<Document> for Row {
    fn from(document: Document) -> Self {
        Self(Arc::new(Content { document, text: OnceLock::new() }))
    }
}

impl Deref for Row {
    type Target = Document;

    fn deref(&self) -> &Document {
        &self.0.document
    }
}

impl Borrow<Document> for Row {
    fn borrow(&self) -> &Document {
        self
    }
}

impl Serialize for Row {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(text) = self.0.text.get() {
            return text.serialize(serializer);
        }
        let text = to_raw_value(&self.0.document).map_err(S::Error::custom)?;
        self.0.text.get_or_init(|| text).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Document::deserialize(deserializer).map(Self::from)
    }
}
