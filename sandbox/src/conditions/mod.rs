//! The filter language of lists: `board/name = "Help Desk" and (closedFlag = false or id in (1, 2))`.
//!
//! Comparisons `= != < <= > >=`, `contains`, `like` (with `%`), `in`, `not`, `and`, `or`, parentheses;
//! text in double or single quotes, numbers, `true`, `false`, `null`, date-times in `[brackets]`; parts of
//! a reference after `/`. Names are checked against [`crate::schema`], and a comparison against the kind
//! of the member, when the filter is read: evaluating one cannot fail.
//!
//! Start reading at [`Filter`]; the grammar is in `parser`.

mod lexer;
mod names;
mod order;
mod parser;

use std::cmp::Ordering;

use serde_json::Value;
use time::OffsetDateTime;

use crate::answer::ApiError;
use crate::dates;
use crate::records::Document;
use crate::schema::Entity;

use names::Path;
pub(crate) use order::Order;

/// Longest accepted filter, in bytes.
const MAX_LENGTH: usize = 20_000;

/// A filter that was read and checked.
#[derive(Debug)]
pub(crate) enum Filter {
    All(Vec<Filter>),
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Compare(Path, Comparison, Literal),
    Contains(Path, String),
    Like(Path, String),
    In(Path, Vec<Literal>),
    /// True if one element of this list fits.
    Element(&'static str, Box<Filter>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

/// A value in a filter. Text is in lower case: the real server's database compares without regard to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Number(f64),
    Flag(bool),
    Date(OffsetDateTime),
    Null,
}

impl Filter {
    /// Reads a filter on the record itself.
    pub(crate) fn read(entity: &'static Entity, text: &str) -> Result<Self, ApiError> {
        parser::read(names::Scope::record(entity), text)
    }

    /// Reads a filter on the elements of one list of the record: `communicationItems/value like "%@x%"`.
    pub(crate) fn read_child(entity: &'static Entity, text: &str) -> Result<Self, ApiError> {
        parser::read(names::Scope::elements(entity, None), text)
    }

    /// Reads a filter on custom fields: `caption = "Site" and value = "North"`.
    pub(crate) fn read_custom_field(entity: &'static Entity, text: &str) -> Result<Self, ApiError> {
        parser::read(names::Scope::elements(entity, Some("customFields")), text)
    }

    /// Whether the record fits.
    pub(crate) fn fits(&self, record: &Document) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.fits(record)),
            Self::Any(parts) => parts.iter().any(|part| part.fits(record)),
            Self::Not(part) => !part.fits(record),
            Self::Compare(path, how, literal) => compare(path.value_in(record), *how, literal),
            Self::Contains(path, part) => {
                path.value_in(record).and_then(Value::as_str).is_some_and(|text| lower(text).contains(part))
            }
            Self::Like(path, pattern) => path
                .value_in(record)
                .and_then(Value::as_str)
                .is_some_and(|text| is_like(&lower(text), pattern)),
            Self::In(path, literals) => {
                let value = path.value_in(record);
                literals.iter().any(|literal| compare(value, Comparison::Equal, literal))
            }
            Self::Element(list, filter) => {
                let elements = record.get(*list).and_then(Value::as_array);
                let fits = |element: &Value| element.as_object().is_some_and(|element| filter.fits(element));
                elements.is_some_and(|elements| elements.iter().any(fits))
            }
        }
    }
}

/// Compares as the real server does: text without regard to case; a missing value equals only `null`.
fn compare(value: Option<&Value>, how: Comparison, literal: &Literal) -> bool {
    let order = match (value, literal) {
        (None | Some(Value::Null), Literal::Null) => Some(Ordering::Equal),
        (Some(Value::String(text)), Literal::Text(wanted)) => Some(lower(text).as_str().cmp(wanted)),
        (Some(Value::String(text)), Literal::Date(wanted)) => dates::parse(text).map(|at| at.cmp(wanted)),
        (Some(Value::Number(number)), Literal::Number(wanted)) => {
            number.as_f64().and_then(|number| number.partial_cmp(wanted))
        }
        (Some(Value::Bool(flag)), Literal::Flag(wanted)) => Some(flag.cmp(wanted)),
        _ => None,
    };
    match (how, order) {
        (Comparison::NotEqual, order) => order != Some(Ordering::Equal),
        (Comparison::Equal, Some(order)) => order.is_eq(),
        (Comparison::Less, Some(order)) => order.is_lt(),
        (Comparison::AtMost, Some(order)) => order.is_le(),
        (Comparison::Greater, Some(order)) => order.is_gt(),
        (Comparison::AtLeast, Some(order)) => order.is_ge(),
        (_, None) => false,
    }
}

fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// Whether the text fits a pattern in which `%` stands for any run of characters.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('%') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('%').unwrap_or(("", rest));
    for part in middle.split('%').filter(|part| !part.is_empty()) {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::is_like;

    #[test]
    fn a_pattern_without_percent_is_the_whole_text() {
        assert_eq!((is_like("vpn", "vpn"), is_like("vpn down", "vpn")), (true, false));
    }

    #[test]
    fn percent_stands_for_any_run_of_characters() {
        let patterns = ["%", "vpn%", "%down", "%n d%", "v%n%w%n", "%%", "vpn down%"];
        assert_eq!(patterns.map(|pattern| is_like("vpn down", pattern)), [true; 7]);
    }

    #[test]
    fn the_parts_of_a_pattern_may_not_overlap() {
        assert!(!is_like("aba", "ab%ba"));
    }
}
