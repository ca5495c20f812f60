//! What was asked of the server, for tests to look at. Credentials are never in it.

use std::collections::VecDeque;

use serde::Serialize;
use serde_json::Value;

use crate::faults::Kind;

/// Oldest entries go when there are more than this.
const CAPACITY: usize = 20_000;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    /// Counts from 1; also the `x-cw-request-id` of the answer.
    number: u64,
    method: String,
    path: String,
    query: Option<String>,
    /// `None` while it is being worked on, and when the connection was closed without an answer.
    status: Option<u16>,
    /// The body of a write: JSON where it is, else text.
    body: Option<Value>,
    /// The fault that was injected.
    fault: Option<Kind>,
}

/// The latest requests, in the order in which they came.
#[derive(Default)]
pub(crate) struct Journal {
    entries: VecDeque<Entry>,
    last: u64,
}

impl Journal {
    /// Notes a request that has just come in; answers its number.
    pub(crate) fn begin(
        &mut self,
        method: &str,
        path: &str,
        query: Option<&str>,
        body: &[u8],
        fault: Option<Kind>,
    ) -> u64 {
        self.last += 1;
        if self.entries.len() == CAPACITY {
            self.entries.pop_front();
        }
        let as_text = || Value::String(String::from_utf8_lossy(body).into_owned());
        let body = (!body.is_empty()).then(|| serde_json::from_slice(body).unwrap_or_else(|_| as_text()));
        self.entries.push_back(Entry {
            number: self.last,
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            status: None,
            body,
            fault,
        });
        self.last
    }

    /// Notes how a request was answered.
    pub(crate) fn finish(&mut self, number: u64, status: u16) {
        if let Some(entry) = self.entries.iter_mut().rev().find(|entry| entry.number == number) {
            entry.status = Some(status);
        }
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}
