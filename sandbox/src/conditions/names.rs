//! What a name in a filter or an order means.

use serde_json::Value;

use crate::answer::ApiError;
use crate::records::Document;
use crate::schema::{Entity, Field, Kind};

/// Members of `_info` that can be named as if they stood in the record itself.
const INFO_DATES: [&str; 2] = ["lastUpdated", "dateEntered"];
const INFO_TEXTS: [&str; 2] = ["updatedBy", "enteredBy"];

/// A checked way to a value in a record.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    keys: Vec<&'static str>,
    pub(crate) kind: ValueKind,
}

/// What is found at the end of a path, as far as comparing goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Text,
    Number,
    Flag,
    Date,
    /// A whole reference, which can only be there or not.
    Object,
    /// The value of a custom field, of whatever kind.
    Any,
}

impl Path {
    /// The name as the record spells it, for messages.
    pub(crate) fn name(&self) -> String {
        self.keys.join("/")
    }

    /// The value in this record, if it has one.
    pub(crate) fn value_in<'a>(&self, record: &'a Document) -> Option<&'a Value> {
        let (first, rest) = self.keys.split_first()?;
        rest.iter().try_fold(record.get(*first)?, |value, key| value.get(key))
    }
}

/// The names that a filter may use.
pub(crate) struct Scope {
    entity: &'static Entity,
    list: List,
}

/// Whether names are those of list elements.
enum List {
    /// No: of the record itself.
    No,
    /// Yes: each name begins with that of the list, and all with the same.
    Named(Option<&'static str>),
    /// Yes, of this list, which names do not repeat.
    Implied(&'static str),
}

impl Scope {
    /// Names of the record's own members.
    pub(crate) fn record(entity: &'static Entity) -> Self {
        Self { entity, list: List::No }
    }

    /// Names of the members of a list's elements; of the list that the names begin with if none is given.
    pub(super) fn elements(entity: &'static Entity, list: Option<&'static str>) -> Self {
        Self { entity, list: list.map_or(List::Named(None), List::Implied) }
    }

    /// The list whose elements are meant.
    pub(super) fn list(&self) -> Option<&'static str> {
        match self.list {
            List::No => None,
            List::Named(name) => name,
            List::Implied(name) => Some(name),
        }
    }

    /// What this name means here; names are not case-sensitive.
    pub(crate) fn path(&mut self, name: &str) -> Result<Path, ApiError> {
        let unknown = || ApiError::find_condition(format!("{name} is not a recognized name."));
        let mut parts: Vec<&str> = name.split('/').collect();
        let entity = match &mut self.list {
            List::No => self.entity,
            List::Implied(list) => element_of(self.entity, list).ok_or_else(unknown)?.1,
            List::Named(list) => {
                let (found, of) = element_of(self.entity, parts.remove(0)).ok_or_else(unknown)?;
                if *list.get_or_insert(found) != found {
                    let message = "childConditions can name one list at a time.";
                    return Err(ApiError::find_condition(message));
                }
                of
            }
        };
        walk(entity, &parts).ok_or_else(unknown)
    }
}

fn element_of(entity: &'static Entity, list: &str) -> Option<(&'static str, &'static Entity)> {
    match entity.field_in_any_case(list)? {
        Field { name, kind: Kind::List(of), .. } => Some((name, of)),
        _ => None,
    }
}

fn walk(entity: &'static Entity, parts: &[&str]) -> Option<Path> {
    let (first, rest) = parts.split_first()?;
    let Some(field) = entity.field_in_any_case(first) else {
        entity.field("_info")?;
        return if rest.is_empty() { info(first) } else { None };
    };
    let kind = match (&field.kind, rest) {
        (Kind::Reference(_), []) => ValueKind::Object,
        (Kind::Reference(to), rest) => {
            let mut path = walk(to, rest)?;
            path.keys.insert(0, field.name);
            return Some(path);
        }
        (Kind::Info, [name]) => return info(name),
        (Kind::Text | Kind::ShortText(_) | Kind::Choice(_), []) => ValueKind::Text,
        (Kind::Integer | Kind::Number, []) => ValueKind::Number,
        (Kind::Flag, []) => ValueKind::Flag,
        (Kind::Date, []) => ValueKind::Date,
        (Kind::Any, []) => ValueKind::Any,
        _ => return None,
    };
    Some(Path { keys: vec![field.name], kind })
}

fn info(name: &str) -> Option<Path> {
    let named = |names: [&'static str; 2]| names.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    let date = named(INFO_DATES).map(|name| (name, ValueKind::Date));
    let (name, kind) = date.or_else(|| named(INFO_TEXTS).map(|name| (name, ValueKind::Text)))?;
    Some(Path { keys: vec!["_info", name], kind })
}
