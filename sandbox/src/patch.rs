//! `PATCH`: a JSON array of operations on bare member names.
//!
//! Whole members only: the path of a part of a reference (`board/id`) is refused, as is a leading slash.

use axum::http::StatusCode;
use serde_json::Value;

use crate::answer::ApiError;
use crate::records::Document;
use crate::schema::{Access, Entity, Field, PATCH_OPERATION};
use crate::writes::{JsonBody, checked_value};

/// One checked operation: the member and its new value, `None` to clear it.
pub(crate) struct Change {
    field: &'static Field,
    value: Option<Value>,
}

/// Reads and checks a patch of a record of this kind. Nothing is applied here.
pub(crate) fn read(entity: &'static Entity, body: &JsonBody) -> Result<Vec<Change>, ApiError> {
    body.list(&PATCH_OPERATION)?.into_iter().map(|operation| change(entity, operation)).collect()
}

/// Makes the changes, in their order.
pub(crate) fn apply(changes: Vec<Change>, record: &mut Document) {
    for Change { field, value } in changes {
        match value {
            Some(value) => record.insert(field.name.to_owned(), value),
            None => record.remove(field.name),
        };
    }
}

fn change(entity: &'static Entity, mut operation: Document) -> Result<Change, ApiError> {
    let verb = operation.get("op").and_then(Value::as_str).unwrap_or("");
    let clears = match verb {
        "add" | "replace" => false,
        "remove" => true,
        _ => return Err(refused(format!("The operation '{verb}' is not one of add, replace, remove."))),
    };
    let path = operation.get("path").and_then(Value::as_str).unwrap_or("");
    let Some(field) = entity.field(path).filter(|field| field.access != Access::CreateOnly) else {
        return Err(refused(format!("The path '{path}' is not valid for {}.", entity.type_name)));
    };
    if field.access == Access::ReadOnly {
        return Err(refused(format!("The path '{path}' cannot be changed.")));
    }
    let value = operation.remove("value").filter(|_| !clears).unwrap_or(Value::Null);
    Ok(Change { field, value: checked_value(entity, field, value)? })
}

fn refused(message: String) -> ApiError {
    ApiError::unreadable(StatusCode::BAD_REQUEST, message)
}
