//! `orderBy`: `priority/sort, id desc`.

use std::cmp::Ordering;

use serde_json::Value;

use super::lower;
use super::names::{Path, Scope};
use crate::answer::ApiError;
use crate::records::Document;
use crate::schema::Entity;

/// An order that was read and checked.
pub(crate) struct Order(Vec<(Path, Direction)>);

#[derive(Clone, Copy)]
enum Direction {
    Ascending,
    Descending,
}

impl Order {
    /// Reads member names separated by commas, each with `asc` or `desc` after it if wanted.
    pub(crate) fn read(entity: &'static Entity, text: &str) -> Result<Self, ApiError> {
        let mut scope = Scope::record(entity);
        let mut key = |part: &str| {
            let words: Vec<&str> = part.split_whitespace().collect();
            let (name, direction) = match words.as_slice() {
                [name] => (name, Direction::Ascending),
                [name, way] if way.eq_ignore_ascii_case("asc") => (name, Direction::Ascending),
                [name, way] if way.eq_ignore_ascii_case("desc") => (name, Direction::Descending),
                _ => {
                    let message = format!("orderBy cannot be read: {part:?} is not a name, asc or desc.");
                    return Err(ApiError::find_condition(message));
                }
            };
            Ok((scope.path(name)?, direction))
        };
        text.split(',').map(&mut key).collect::<Result<_, _>>().map(Self)
    }

    /// Missing values come first; text without regard to case.
    pub(crate) fn compare(&self, a: &Document, b: &Document) -> Ordering {
        let by_key = self.0.iter().map(|(path, direction)| {
            let order = compare(path.value_in(a), path.value_in(b));
            match direction {
                Direction::Ascending => order,
                Direction::Descending => order.reverse(),
            }
        });
        by_key.fold(Ordering::Equal, Ordering::then)
    }
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) => {
            a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal)
        }
        (Some(Value::String(a)), Some(Value::String(b))) => lower(a).cmp(&lower(b)),
        (Some(Value::Bool(a)), Some(Value::Bool(b))) => a.cmp(b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}
