//! Faults that tests can ask for: what they are and which requests they meet.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use crate::answer::ApiError;

/// What happens to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// The work is done, then the connection is closed without an answer.
    DropAfterSuccess,
    /// The connection is closed and nothing is done.
    DropBefore,
    /// Nothing is done, and nothing is answered for `delay_ms`; then the connection is closed.
    Hang,
    /// None of the changes is made, and the answer is the record as it is, as if all had gone well: for PATCH.
    Ignore,
    /// Nothing is done; the answer has the fault's `status` and a JSON body.
    Status,
    /// Nothing is done; the answer is 400 with a page of HTML, as from the web server in front.
    #[serde(rename = "html_400")]
    Html400,
    /// Nothing is done; the answer is 429 with `Retry-After`.
    RateLimit,
    /// The work is done at once and the answer comes after `delay_ms`.
    Delay,
    /// The work is done after `delay_ms`, also when the client has gone by then.
    LateSuccess,
    /// Nothing is done; the answer is 401.
    Unauthorized,
    /// Nothing is done; the answer is 403.
    Forbidden,
}

/// A fault and the requests that it meets.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Fault {
    /// Only requests of this method; any if it is left out.
    method: Option<String>,
    /// Only requests whose path contains this; any if it is left out.
    path_contains: Option<String>,
    pub(crate) kind: Kind,
    /// Status of the kind `status`: 400 to 599.
    status: Option<u16>,
    /// For `delay`, `late_success` and `hang`, in milliseconds.
    delay_ms: Option<u64>,
    /// `Retry-After` of `rate_limit`, and of `status` if it is given: seconds or an HTTP date.
    retry_after: Option<RetryAfter>,
    /// How many requests it meets.
    #[serde(default = "once")]
    times: u32,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum RetryAfter {
    Seconds(u64),
    Date(String),
}

fn once() -> u32 {
    1
}

impl Fault {
    /// What is missing for this fault to make sense.
    pub(crate) fn problem(&self) -> Option<&'static str> {
        let status_fits = self.status.is_some_and(|status| (400..=599).contains(&status));
        match self.kind {
            _ if self.times == 0 => Some("times must be 1 or more"),
            Kind::Status if !status_fits => Some("kind status needs a status from 400 to 599"),
            Kind::Delay | Kind::LateSuccess | Kind::Hang if self.delay_ms.is_none() => {
                Some("this kind needs delay_ms")
            }
            _ => None,
        }
    }

    pub(crate) fn delay(&self) -> Duration {
        Duration::from_millis(self.delay_ms.unwrap_or(0))
    }

    /// The answer of a fault that keeps the request from being worked on.
    pub(crate) fn answer(&self) -> Option<Response> {
        Some(match self.kind {
            Kind::Status => {
                let status = self.status.and_then(|status| StatusCode::from_u16(status).ok());
                let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
                self.with_retry_after(ApiError::injected(status).into_response())
            }
            Kind::RateLimit => {
                self.with_retry_after(ApiError::injected(StatusCode::TOO_MANY_REQUESTS).into_response())
            }
            Kind::Html400 => {
                let html = "<!DOCTYPE html><html><head><title>Bad Request</title></head>\
                            <body><h2>Bad Request</h2><p>HTTP Error 400.</p></body></html>";
                let kind = [(header::CONTENT_TYPE, "text/html; charset=us-ascii")];
                (StatusCode::BAD_REQUEST, kind, html).into_response()
            }
            Kind::Unauthorized => ApiError::unauthorized("Authorization is required").into_response(),
            Kind::Forbidden => {
                ApiError::forbidden("You do not have security permission to perform this action.")
                    .into_response()
            }
            Kind::DropAfterSuccess
            | Kind::DropBefore
            | Kind::Delay
            | Kind::LateSuccess
            | Kind::Hang
            | Kind::Ignore => return None,
        })
    }

    fn with_retry_after(&self, mut response: Response) -> Response {
        let value = match (&self.retry_after, self.kind) {
            (Some(RetryAfter::Seconds(seconds)), _) => Some(HeaderValue::from(*seconds)),
            (Some(RetryAfter::Date(date)), _) => HeaderValue::from_str(date).ok(),
            (None, Kind::RateLimit) => Some(HeaderValue::from_static("1")),
            (None, _) => None,
        };
        if let Some(value) = value {
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
        response
    }

    fn meets(&self, method: &str, path: &str) -> bool {
        self.method.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path_contains.as_ref().is_none_or(|part| path.contains(part.as_str()))
    }
}

/// The faults that wait for their requests, in the order in which they were asked for.
#[derive(Default)]
pub(crate) struct Faults(Vec<Fault>);

impl Faults {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn waiting(&self) -> Vec<Fault> {
        self.0.clone()
    }

    /// The first fault that meets this request; used up by it.
    pub(crate) fn take(&mut self, method: &str, path: &str) -> Option<Fault> {
        let at = self.0.iter().position(|fault| fault.meets(method, path))?;
        let fault = self.0[at].clone();
        self.0[at].times -= 1;
        self.0.retain(|fault| fault.times > 0);
        Some(fault)
    }
}
