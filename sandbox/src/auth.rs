//! What every API request must bring: the current codebase in its path, the API keys or a member's hash, a
//! `clientId`, and an `Accept` header that the server can follow.

use axum::extract::{RawPathParams, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::answer::ApiError;
use crate::config::Credentials;
use crate::logins::Who;
use crate::server::{App, Shared, locked};

/// This path always works, whatever the codebase is.
const ROUTER: &str = "v4_6_release/";
const VENDOR_TYPE: &str = "application/vnd.connectwise.com+json";

/// Lets a request through to the API, or says why not.
pub(crate) async fn require(
    State(app): State<Shared>,
    params: RawPathParams,
    mut request: Request,
    next: Next,
) -> Response {
    let codebase = params.iter().find(|(name, _)| *name == "codebase").map(|(_, value)| format!("{value}/"));
    if codebase.is_none_or(|given| given != ROUTER && given != app.codebase()) {
        return ApiError::no_endpoint().into_response();
    }
    let headers = request.headers();
    let known = who(headers, &app).and_then(|who| {
        check_client_id(headers, &app.credentials)?;
        Ok((who, answer_type(headers)?))
    });
    let (who, media_type) = match known {
        Ok(known) => known,
        Err(error) => return error.into_response(),
    };
    if matches!(who, Who::Member(_)) && request.method() != Method::GET {
        return ApiError::forbidden("You do not have security permission to perform this action.")
            .into_response();
    }
    if who == Who::Api {
        // The router has taken what is before the interface's paths off this one.
        let allowed = locked(&app.role).check(request.method(), request.uri().path());
        if let Err(error) = allowed {
            return error.into_response();
        }
    }
    request.extensions_mut().insert(who);
    let mut response = next.run(request).await;
    if response.status().is_success() && response.headers().contains_key(header::CONTENT_TYPE) {
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
    }
    if let Ok(version) = HeaderValue::from_str(&app.version()) {
        response.headers_mut().insert("api-current-version", version);
    }
    response
}

/// As whom a request is made: the API keys, or a member's hash as a password or as cookies.
fn who(headers: &HeaderMap, app: &App) -> Result<Who, ApiError> {
    let refused = || ApiError::unauthorized("Authorization is required");
    let Some(given) = headers.get(header::AUTHORIZATION) else {
        return locked(&app.logins).by_cookies(headers, &app.credentials.company_id).ok_or_else(refused);
    };
    let (scheme, encoded) =
        given.to_str().ok().and_then(|given| given.split_once(' ')).ok_or_else(refused)?;
    let decoded = STANDARD.decode(encoded.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.filter(|_| scheme.eq_ignore_ascii_case("basic")).ok_or_else(refused)?;
    let (user, password) = decoded.split_once(':').ok_or_else(refused)?;
    let (company, name) = user.split_once('+').ok_or_else(refused)?;
    let wanted = &app.credentials;
    if !company.eq_ignore_ascii_case(&wanted.company_id) {
        return Err(refused());
    }
    if name == wanted.public_key && password == wanted.private_key {
        return Ok(Who::Api);
    }
    locked(&app.logins).by_password(name, password).ok_or_else(refused)
}

fn check_client_id(headers: &HeaderMap, wanted: &Credentials) -> Result<(), ApiError> {
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
