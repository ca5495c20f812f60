//! Calls of tools, which come in pieces.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Event;

/// The longest input of a call, in bytes; a longer one is none.
const LARGEST: usize = 16 * 1024;
/// Calls of one answer that are read.
const MOST: usize = 16;

/// Calls that are being read, by their place in the answer.
#[derive(Default)]
pub(super) struct Calls(BTreeMap<u64, Part>);

#[derive(Default)]
struct Part {
    name: String,
    input: String,
    is_too_large: bool,
}

impl Calls {
    /// More of a call. A name comes once; input comes in fragments of its JSON.
    pub(super) fn add(&mut self, place: u64, name: Option<&str>, input: &str) {
        if self.0.len() >= MOST && !self.0.contains_key(&place) {
            return;
        }
        let part = self.0.entry(place).or_default();
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            name.clone_into(&mut part.name);
        }
        part.is_too_large |= part.input.len() + input.len() > LARGEST;
        if !part.is_too_large {
            part.input.push_str(input);
        }
    }

    /// A call is whole. What is no JSON is no call.
    pub(super) fn end(&mut self, place: u64, into: &mut Vec<Event>) {
        let Some(part) = self.0.remove(&place).filter(|part| !part.is_too_large) else { return };
        if let Ok(input) = serde_json::from_str::<Value>(&part.input) {
            into.push(Event::Call { name: part.name, input });
        }
    }

    /// All calls are whole.
    pub(super) fn end_all(&mut self, into: &mut Vec<Event>) {
        for place in self.0.keys().copied().collect::<Vec<_>>() {
            self.end(place, into);
        }
    }
}
