//! Reading a request, with errors that name the field.

use std::borrow::Cow;

use axum::extract::path::ErrorKind;
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use serde::de::{self, DeserializeOwned, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use sha2::{Digest, Sha256};

use super::problem::Problem;
use super::words::in_words;
use crate::Error;
use crate::error::FieldError;

/// What a rule names that is about no field of the body.
const BODY: &str = "body";
/// PostgreSQL can keep every character but this.
const NO_NUL: &str = "must not contain the character U+0000";

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
        Ok(Self { value: parse(&bytes)?, fingerprint: fingerprint(&method, &uri, &bytes) })
    }
}

/// Reads the text as JSON first and as what is wanted then, so that text which is no JSON is told from a wrong value.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    if let Err(error) = serde_path_to_error::deserialize::<_, Keepable>(&mut json) {
        let inner = error.inner();
        return Err(if inner.is_data() {
            Error::Invalid(vec![in_words(BODY, &error.path().to_string(), &inner.to_string())]).into()
        } else {
            Problem::new(StatusCode::BAD_REQUEST, format!("the body is not valid JSON: {inner}"))
        });
    }
    json.end().map_err(|error| {
        Problem::new(StatusCode::BAD_REQUEST, format!("the body is not one JSON value: {error}"))
    })?;
    // A list would be taken for an object's values in their order.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Error::invalid(BODY, "must be a JSON object").into());
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let rule = in_words(BODY, &error.path().to_string(), &error.inner().to_string());
        Error::Invalid(vec![rule]).into()
    })
}

/// Any JSON whose texts a database can keep.
struct Keepable;

impl<'de> Deserialize<'de> for Keepable {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeepableVisitor)
    }
}

struct KeepableVisitor;

impl<'de> Visitor<'de> for KeepableVisitor {
    type Value = Keepable;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any JSON")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Keepable, E> {
        if text.contains('\0') { Err(E::custom(NO_NUL)) } else { Ok(Keepable) }
    }

    fn visit_bool<E>(self, _: bool) -> Result<Keepable, E> {
        Ok(Keepable)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Keepable, E> {
        Ok(Keepable)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Keepable, E> {
        Ok(Keepable)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Keepable, E> {
        Ok(Keepable)
    }

    fn visit_unit<E>(self) -> Result<Keepable, E> {
        Ok(Keepable)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Keepable, A::Error> {
        while items.next_element::<Keepable>()?.is_some() {}
        Ok(Keepable)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Keepable, A::Error> {
        while entries.next_entry::<Keepable, Keepable>()?.is_some() {}
        Ok(Keepable)
    }
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

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let sent: Vec<(Cow<'_, str>, Cow<'_, str>)> = url::form_urlencoded::parse(query.as_bytes()).collect();
        if let Some((name, _)) = sent.iter().find(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            return Err(Error::invalid(name.replace('\0', ""), NO_NUL).into());
        }
        let read = axum::extract::Query::try_from_uri(&parts.uri);
        read.map(|axum::extract::Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let of_one = text.split_once(": ").filter(|(path, _)| sent.iter().any(|(name, _)| name == path));
            let (path, message) = of_one.unwrap_or((".", text));
            Error::Invalid(vec![in_words("query", path, message)]).into()
        })
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
            .map_err(|rejection| Problem::new(StatusCode::NOT_FOUND, names_nothing(&rejection)))
    }
}

fn names_nothing(rejection: &PathRejection) -> String {
    if let PathRejection::FailedToDeserializePathParams(error) = rejection
        && let ErrorKind::DeserializeError { key, message, .. } = error.kind()
    {
        let FieldError { field, rule } = in_words("path", key, message);
        return format!("there is nothing of this name: `{field}` {rule}");
    }
    "there is nothing of this name".to_owned()
}
