//! Reading what a client wants to write: JSON only, known members only, right kinds only.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use serde_json::Value;

use crate::answer::{ApiError, FieldError};
use crate::dates;
use crate::records::Document;
use crate::schema::{Access, Entity, Field, Kind};

/// The body of a write, whose `Content-Type` said JSON.
pub(crate) struct JsonBody(Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let content_type =
            request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let kind = content_type.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
        if kind != "application/json" && !(kind.starts_with("application/") && kind.ends_with("+json")) {
            return Err(ApiError::unreadable(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                format!(
                    "The request entity's media type '{content_type}' is not supported for this resource."
                ),
            ));
        }
        let bytes = Bytes::from_request(request, state).await;
        bytes
            .map(JsonBody)
            .map_err(|rejection| ApiError::unreadable(rejection.status(), rejection.body_text()))
    }
}

impl JsonBody {
    /// The body as a new or replacing record: what the client may set, `null`s left out.
    pub(crate) fn record(&self, entity: &'static Entity) -> Result<Document, ApiError> {
        let Value::Object(members) = self.value()? else {
            return Err(wrong_shape(entity.type_name, "a JSON object"));
        };
        checked_members(entity, members, &self.0)
    }

    /// The body as a list of objects of this kind.
    pub(crate) fn list(&self, entity: &'static Entity) -> Result<Vec<Document>, ApiError> {
        let Value::Array(items) = self.value()? else {
            return Err(wrong_shape(entity.type_name, "a JSON array of objects"));
        };
        items
            .into_iter()
            .map(|item| match item {
                Value::Object(members) => {
                    refuse_unknown(entity, &members, "", &self.0)?;
                    Ok(members)
                }
                _ => Err(wrong_shape(entity.type_name, "a JSON array of objects")),
            })
            .collect()
    }

    fn value(&self) -> Result<Value, ApiError> {
        serde_json::from_slice(&self.0).map_err(|error| bad_request(format!("Invalid JSON: {error}.")))
    }
}

/// Whether this value may stand in this member; answers the form in which it is kept, `None` for `null`.
pub(crate) fn checked_value(entity: &Entity, field: &Field, value: Value) -> Result<Option<Value>, ApiError> {
    check(entity, field, value, field.name, b"")
}

fn checked_members(entity: &Entity, members: Document, body: &[u8]) -> Result<Document, ApiError> {
    refuse_unknown(entity, &members, "", body)?;
    let mut kept = Document::new();
    for (name, value) in members {
        let Some(field) = entity.field(&name).filter(|field| field.access != Access::ReadOnly) else {
            continue;
        };
        if let Some(value) = check(entity, field, value, &name, body)? {
            kept.insert(name, value);
        }
    }
    Ok(kept)
}

fn check(
    entity: &Entity,
    field: &Field,
    value: Value,
    path: &str,
    body: &[u8],
) -> Result<Option<Value>, ApiError> {
    let refuse = |must: &str| {
        let error = FieldError::invalid(entity, field.name, format!("{path} must be {must}."));
        Err(ApiError::invalid(entity, vec![error]))
    };
    match (&field.kind, value) {
        (_, Value::Null) | (Kind::Info, Value::Object(_)) => Ok(None),
        (Kind::Text, value @ Value::String(_))
        | (Kind::Flag, value @ Value::Bool(_))
        | (Kind::Number, value @ Value::Number(_))
        | (Kind::Any, value) => Ok(Some(value)),
        (Kind::ShortText(limit), Value::String(text)) => {
            if text.chars().count() > *limit {
                return refuse(&format!("a string with a maximum length of {limit}"));
            }
            Ok(Some(Value::String(text)))
        }
        (Kind::Integer, Value::Number(number)) => {
            match number.as_i64().and_then(|number| i32::try_from(number).ok()) {
                Some(number) => Ok(Some(Value::from(number))),
                None => refuse("a whole number of 32 bits"),
            }
        }
        (Kind::Date, Value::String(text)) => match dates::parse(&text) {
            Some(at) => Ok(Some(Value::String(dates::format(at)))),
            None => refuse("a date-time such as 2026-11-23T08:15:00Z"),
        },
        (Kind::Choice(words), Value::String(word)) => {
            if !words.contains(&word.as_str()) {
                return refuse(&format!("one of {}", words.join(", ")));
            }
            Ok(Some(Value::String(word)))
        }
        (Kind::Reference(to), Value::Object(members)) => nested(to, members, path, body).map(Some),
        (Kind::List(of), Value::Array(items)) => {
            let items = items.into_iter().map(|item| match item {
                Value::Object(members) => nested(of, members, path, body),
                _ => Err(wrong_shape(of.type_name, "an object")),
            });
            items.collect::<Result<Vec<_>, _>>().map(|items| Some(Value::Array(items)))
        }
        (Kind::Text | Kind::ShortText(_), _) => refuse("a string"),
        (Kind::Integer, _) => refuse("a whole number"),
        (Kind::Number, _) => refuse("a number"),
        (Kind::Flag, _) => refuse("true or false"),
        (Kind::Date, _) => refuse("a date-time in a string"),
        (Kind::Choice(words), _) => refuse(&format!("one of {}", words.join(", "))),
        (Kind::Reference(_) | Kind::Info, _) => refuse("an object"),
        (Kind::List(_), _) => refuse("an array"),
    }
}

fn nested(entity: &'static Entity, members: Document, path: &str, body: &[u8]) -> Result<Value, ApiError> {
    refuse_unknown(entity, &members, path, body)?;
    let mut kept = Document::new();
    for (name, value) in members {
        let Some(field) = entity.field(&name) else { continue };
        if let Some(value) = check(entity, field, value, &format!("{path}.{name}"), body)? {
            kept.insert(name, value);
        }
    }
    Ok(Value::Object(kept))
}

fn refuse_unknown(entity: &Entity, members: &Document, path: &str, body: &[u8]) -> Result<(), ApiError> {
    let Some(name) = members.keys().find(|name| entity.field(name).is_none()) else {
        return Ok(());
    };
    let full = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
    let (line, position) = place_of(name, body);
    // The missing space before "Check" is the real server's.
    Err(bad_request(format!(
        "Could not find member '{name}' on object of type '{}'. Path '{full}', line {line}, position \
         {position}.Check your accept header to make sure you are using the correct version.",
        entity.type_name
    )))
}

/// Line and column just after the colon of this member, as the real server's JSON reader counts them.
fn place_of(name: &str, body: &[u8]) -> (usize, usize) {
    let text = String::from_utf8_lossy(body);
    let quoted = Value::from(name).to_string();
    let end = text.find(&quoted).map_or(0, |start| {
        let after = start + quoted.len();
        after + text[after..].find(':').map_or(0, |colon| colon + 1)
    });
    let before = &text[..end];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count())
}

fn wrong_shape(type_name: &str, wanted: &str) -> ApiError {
    bad_request(format!("Cannot deserialize the request body into type '{type_name}': it must be {wanted}."))
}

fn bad_request(message: String) -> ApiError {
    ApiError::unreadable(StatusCode::BAD_REQUEST, message)
}

#[cfg(test)]
mod tests {
    use super::place_of;

    #[test]
    fn the_place_of_a_member_is_counted_after_its_colon() {
        assert_eq!(place_of("names", br#"{"names":1}"#), (1, 9));
    }

    #[test]
    fn the_place_of_a_member_on_a_later_line_names_that_line() {
        assert_eq!(place_of("b", b"{\"a\":1,\n \"b\" : 2}"), (2, 6));
    }

    #[test]
    fn a_member_that_cannot_be_located_has_no_column() {
        assert_eq!(place_of("tab\tbed", b"{\"tab\\u0009bed\":1}"), (1, 0));
    }
}
