//! Reading a request, with errors that name the field.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::problem::Problem;
use crate::Error;

/// The one character that PostgreSQL cannot keep, as JSON writes it.
const NUL: &[u8] = b"\\u0000";

/// A JSON body.
pub struct Body<T> {
    /// What was sent.
    pub value: T,
    /// Names the request: the same method, path and body have the same one.
    pub(super) fingerprint: String,
}

impl<T, S> FromRequest<S> for Body<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let is_json = request.headers().get(CONTENT_TYPE).and_then(|h| h.to_str().ok()).is_some_and(|kind| {
            let kind = kind.split(';').next().unwrap_or_default().trim();
            kind.eq_ignore_ascii_case("application/json") || kind.ends_with("+json")
        });
        if !is_json {
            return Err(Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "send the body as application/json",
            ));
        }
        let (method, uri) = (request.method().clone(), request.uri().clone());
        let bytes = axum::body::Bytes::from_request(request, state).await.map_err(|rejection| {
            let status = rejection.status();
            let detail = match status {
                StatusCode::PAYLOAD_TOO_LARGE => "the body is larger than 1 MiB".to_owned(),
                _ => rejection.body_text(),
            };
            Problem::new(status, detail)
        })?;
        if bytes.windows(NUL.len()).any(|window| window == NUL) {
            return Err(Error::invalid("body", "must not contain the character U+0000").into());
        }
        Ok(Self { value: parse(&bytes)?, fingerprint: fingerprint(&method, &uri, &bytes) })
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json)
        .map_err(|error| {
            let path = error.path().to_string();
            let inner = error.inner();
            if inner.is_data() {
                let field = if path == "." { "body".to_owned() } else { path };
                return Error::invalid(field, without_place(&inner.to_string())).into();
            }
            Problem::new(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {inner}"))
        })
        .and_then(|value| {
            json.end().map(|()| value).map_err(|e| {
                Problem::new(StatusCode::BAD_REQUEST, format!("the body is not one JSON value: {e}"))
            })
        })
}

/// The position helps with broken JSON; with a wrong value the field's name does.
fn without_place(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(head, _)| head).to_owned()
}

fn fingerprint(method: &Method, uri: &Uri, body: &[u8]) -> String {
    let digest = Sha256::new()
        .chain_update(method.as_str())
        .chain_update([0])
        .chain_update(uri.path())
        .chain_update([0])
        .chain_update(body)
        .finalize();
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// Query parameters.
pub struct Params<T>(pub T);

impl<T, S> FromRequestParts<S> for Params<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.query().is_some_and(|query| query.contains("%00")) {
            return Err(Error::invalid("query", "must not contain the character U+0000").into());
        }
        axum::extract::Query::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Query(value)| Self(value))
            .map_err(|rejection| Error::invalid("query", rejection.body_text()).into())
    }
}

/// The variable parts of the path. An id that is none names nothing: 404.
pub struct Path<T>(pub T);

impl<T, S> FromRequestParts<S> for Path<T>
where
    T: DeserializeOwned + Send,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        if parts.uri.path().contains("%00") {
            return Err(Problem::new(StatusCode::NOT_FOUND, "there is nothing of this name"));
        }
        axum::extract::Path::from_request_parts(parts, state)
            .await
            .map(|axum::extract::Path(value)| Self(value))
            .map_err(|rejection| Problem::new(StatusCode::NOT_FOUND, rejection.body_text()))
    }
}
