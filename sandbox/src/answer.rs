//! What goes back to a client: JSON, and the error body that every refusal has.
//!
//! The codes and the texts in quotes are those that the real server has been seen to send; clients match
//! on them.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::schema::Entity;

/// One thing that is wrong with a record.
#[derive(Debug, Serialize)]
pub(crate) struct FieldError {
    code: &'static str,
    message: String,
    resource: &'static str,
    field: String,
}

impl FieldError {
    /// A required member is missing or empty.
    pub(crate) fn missing(entity: &Entity, field: &str) -> Self {
        Self::new("MissingRequiredField", format!("The {field} field is required."), entity, field)
    }

    /// A member has a value that cannot be.
    pub(crate) fn invalid(entity: &Entity, field: &str, message: impl Into<String>) -> Self {
        Self::new("InvalidField", message.into(), entity, field)
    }

    /// A rule about the record as a whole is broken.
    pub(crate) fn rule(entity: &Entity, message: &str) -> Self {
        Self::new("InvalidObject", message.to_owned(), entity, "")
    }

    fn new(code: &'static str, message: String, entity: &Entity, field: &str) -> Self {
        Self { code, message, resource: entity.resource, field: field.to_owned() }
    }
}

/// A refusal: status, `code`, `message`, and the list of what is wrong where there is one.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: String,
    errors: Option<Vec<FieldError>>,
}

#[derive(Serialize)]
struct Body {
    code: &'static str,
    message: String,
    errors: Option<Vec<FieldError>>,
}

impl ApiError {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), errors: None }
    }

    pub(crate) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", message)
    }

    pub(crate) fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "Forbidden", message)
    }

    /// The record is not there.
    pub(crate) fn not_found(what: &str, id: i32) -> Self {
        Self::new(StatusCode::NOT_FOUND, "NotFound", format!("{what} {id} not found"))
    }

    /// The path is not one of the interface.
    pub(crate) fn no_endpoint() -> Self {
        Self::new(StatusCode::NOT_FOUND, "ConnectWiseApi", "The endpoint does not exist.")
    }

    /// The request cannot be understood: not JSON, an unknown member, a header that does not fit.
    pub(crate) fn unreadable(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "ConnectWiseApi", message)
    }

    /// A record that was understood and is refused.
    pub(crate) fn invalid(entity: &Entity, errors: Vec<FieldError>) -> Self {
        let message = format!("{} object is invalid", entity.resource);
        Self { errors: Some(errors), ..Self::new(StatusCode::BAD_REQUEST, "InvalidObject", message) }
    }

    /// Conditions or an order that cannot be followed.
    /// There is one of its kind already.
    pub(crate) fn exists(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ObjectExists", message)
    }

    pub(crate) fn find_condition(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "ApiFindCondition", message)
    }

    /// A query parameter other than conditions that cannot be followed.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "InvalidField", message)
    }

    /// Any status, for injected faults.
    pub(crate) fn injected(status: StatusCode) -> Self {
        let reason = status.canonical_reason().unwrap_or("Unknown");
        Self::new(status, "ConnectWiseApi", format!("Injected fault: {reason}"))
    }

    /// The write could not be kept; nothing was changed.
    pub(crate) fn not_kept() -> Self {
        let message = "The record could not be saved. Nothing was changed.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ConnectWiseApi", message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = Body { code: self.code, message: self.message, errors: self.errors };
        (self.status, Json(body)).into_response()
    }
}
