//! What every API request must bring: the current codebase in its path, the API keys, a `clientId`, and an
//! `Accept` header that the server can follow.

use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::answer::ApiError;
use crate::config::Credentials;
use crate::server::Shared;

/// This path always works, whatever the codebase is.
const ROUTER: &str = "v4_6_release/";
const VENDOR_TYPE: &str = "application/vnd.connectwise.com+json";

/// Lets a request through to the API, or says why not.
pub(crate) async fn require(
    State(app): State<Shared>,
    params: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let codebase = params.iter().find(|(name, _)| *name == "codebase").map(|(_, value)| format!("{value}/"));
    if codebase.is_none_or(|given| given != ROUTER && given != app.codebase()) {
        return ApiError::no_endpoint().into_response();
    }
    let headers = request.headers();
    let media_type = check_credentials(headers, &app.credentials).and_then(|()| answer_type(headers));
    let media_type = match media_type {
        Ok(media_type) => media_type,
        Err(error) => return error.into_response(),
    };
    let mut response = next.run(request).await;
    if response.status().is_success() && response.headers().contains_key(header::CONTENT_TYPE) {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    if let Ok(version) = HeaderValue::from_str(&app.version()) {
        response.headers_mut().insert("api-current-version", version);
    }
    response
}

fn check_credentials(headers: &HeaderMap, wanted: &Credentials) -> Result<(), ApiError> {
    let refused = || ApiError::unauthorized("Authorization is required");
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).ok_or_else(refused)?;
    let (scheme, encoded) = given.split_once(' ').ok_or_else(refused)?;
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.filter(|_| scheme.eq_ignore_ascii_case("basic")).ok_or_else(refused)?;
    let (user, private_key) = decoded.split_once(':').ok_or_else(refused)?;
    let (company, public_key) = user.split_once('+').ok_or_else(refused)?;
    let fits = company.eq_ignore_ascii_case(&wanted.company_id)
        && public_key == wanted.public_key
        && private_key == wanted.private_key;
    if !fits {
        return Err(refused());
    }
    let client_id = headers.get("clientId").and_then(|value| value.to_str().ok()).map_or("", str::trim);
    match &wanted.client_id {
        _ if client_id.is_empty() => Err(ApiError::unauthorized("ClientId is required in the header")),
        Some(wanted) if !wanted.eq_ignore_ascii_case(client_id) => {
            Err(ApiError::forbidden("ClientId is not valid for this integration"))
        }
        _ => Ok(()),
    }
}

/// The `Content-Type` of the answer: the vendor's type with the asked version if that was asked for.
fn answer_type(headers: &HeaderMap) -> Result<HeaderValue, ApiError> {
    let plain = HeaderValue::from_static("application/json; charset=utf-8");
    let ranges: Vec<&str> =
        headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    if ranges.is_empty() {
        return Ok(plain);
    }
    let mut follows = None;
    for range in ranges.iter().flat_map(|ranges| ranges.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        match parts.next().map(str::to_ascii_lowercase).as_deref() {
            Some(VENDOR_TYPE) => {
                let version = parts.find_map(|part| part.strip_prefix("version=")).unwrap_or("");
                let answer = if version.is_empty() {
                    VENDOR_TYPE.to_owned()
                } else {
                    format!("{VENDOR_TYPE}; version={version}")
                };
                return HeaderValue::from_str(&answer).map_err(|_| not_acceptable());
            }
            Some("*/*" | "application/json") => follows = Some(&plain),
            _ => {}
        }
    }
    follows.cloned().ok_or_else(not_acceptable)
}

fn not_acceptable() -> ApiError {
    let message =
        "The Accept header has to allow */*, application/json or application/vnd.connectwise.com+json.";
    ApiError::unreadable(StatusCode::NOT_ACCEPTABLE, message)
}
