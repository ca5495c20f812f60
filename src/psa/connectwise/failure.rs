//! Why a request came to nothing, and what that means for the caller: above all whether a write may have happened.

use std::error::Error as _;
use std::time::Duration;

use regex::Regex;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::{text, wire};
use crate::psa::PsaError;

/// Longest message that is passed on, in characters.
const MAX_MESSAGE: usize = 300;
/// A pause up to this long is waited for; a longer one is the caller's business.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why one request came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection: nothing was sent.
    NotSent(String),
    /// It was sent, at least in part, and no whole answer came back.
    Lost {
        /// Whether we gave up waiting.
        timed_out: bool,
        /// What happened.
        detail: String,
    },
    /// There was an answer, and it was not success.
    Refused(Refusal),
    /// It could not be addressed: the company's codebase is not known.
    Unaddressed(PsaError),
}

/// An answer that was not success.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: Option<String>,
    message: String,
    retry_after: Option<Duration>,
}

impl Failure {
    /// Sorts what the HTTP client says by whether anything was sent.
    pub(super) fn of_transport(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let detail = if error.is_timeout() { "no answer in time".to_owned() } else { innermost(&error) };
        let detail = text::cut(&detail, MAX_MESSAGE);
        if error.is_connect() || error.is_builder() {
            Self::NotSent(detail)
        } else {
            Self::Lost { timed_out: error.is_timeout(), detail }
        }
    }

    /// Whether the same request may go better in a moment. For requests that may be sent twice.
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::NotSent(_) => true,
            // Whoever waits has waited long enough.
            Self::Lost { timed_out, .. } => !timed_out,
            Self::Refused(refusal) => {
                refusal.status == StatusCode::TOO_MANY_REQUESTS || refusal.is_of_the_server()
            }
            Self::Unaddressed(_) => false,
        }
    }

    /// How long to wait before the next try, where `planned` is our own plan. None when there is none, or when
    /// the server asks for more than we wait.
    pub(super) fn pause(&self, planned: Option<Duration>) -> Option<Duration> {
        let planned = planned?;
        match self {
            Self::Refused(Refusal { retry_after: Some(asked), .. }) => {
                (*asked <= LONGEST_PAUSE).then(|| planned.max(*asked))
            }
            _ => Some(planned),
        }
    }

    /// Whether the path led nowhere, rather than to a record that is not there.
    pub(super) fn is_missing_endpoint(&self) -> bool {
        matches!(self, Self::Refused(it) if it.status == StatusCode::NOT_FOUND && !it.is_missing_record())
    }

    /// Whether the path is right and the record is not there.
    pub(super) fn is_missing_record(&self) -> bool {
        matches!(self, Self::Refused(it) if it.status == StatusCode::NOT_FOUND && it.is_missing_record())
    }

    /// For a request that changes nothing. `what` names what was asked for.
    pub(super) fn of_read(self, what: &str) -> PsaError {
        match self {
            Self::NotSent(detail) | Self::Lost { detail, .. } => PsaError::Unavailable(detail),
            Self::Refused(it) if it.is_of_the_server() => PsaError::Unavailable(it.message),
            Self::Refused(it) => it.into_error(what),
            Self::Unaddressed(error) => error,
        }
    }

    /// For a request that changes something: what was sent without a clear answer may have happened.
    pub(super) fn of_write(self, what: &str) -> PsaError {
        match self {
            Self::Lost { detail, .. } => PsaError::UnknownOutcome(detail),
            Self::Refused(it) if it.is_of_the_server() => PsaError::UnknownOutcome(it.message),
            other => other.of_read(what),
        }
    }
}

impl Refusal {
    /// Reads an answer. Its body may be the interface's JSON, a web server's HTML, or nothing. `hide` takes
    /// secrets out of the message, before it is cut: half a key would no longer be known as one.
    pub(super) fn read(
        status: StatusCode,
        headers: &HeaderMap,
        body: &[u8],
        hide: impl Fn(&str) -> String,
    ) -> Self {
        let is_html = header(headers.get(CONTENT_TYPE)).is_some_and(|kind| kind.contains("html"));
        let json: wire::ErrorBody = if is_html {
            wire::ErrorBody::default()
        } else {
            serde_json::from_slice(body).unwrap_or_default()
        };
        let message = if is_html { title(body) } else { message(&json) };
        let message = message.filter(|text| !text.is_empty()).unwrap_or_else(|| format!("status {status}"));
        Self {
            status,
            code: json.code,
            message: text::cut(&hide(&message), MAX_MESSAGE),
            retry_after: pause(headers),
        }
    }

    /// Whether the server failed underway, so that nothing follows from its answer. 408 is what a proxy says
    /// when it lost patience.
    fn is_of_the_server(&self) -> bool {
        self.status.is_server_error() || self.status == StatusCode::REQUEST_TIMEOUT
    }

    fn is_missing_record(&self) -> bool {
        self.code.as_deref() == Some("NotFound")
    }

    fn into_error(self, what: &str) -> PsaError {
        match self.status {
            StatusCode::UNAUTHORIZED => PsaError::Auth(self.message),
            StatusCode::FORBIDDEN => PsaError::Forbidden(self.message),
            StatusCode::NOT_FOUND if self.is_missing_record() => PsaError::NotFound(what.to_owned()),
            // The cloud is said to answer so to wrong keys.
            StatusCode::NOT_FOUND => {
                PsaError::NotFound(format!("the address of {what} (wrong keys can have the same effect)"))
            }
            StatusCode::TOO_MANY_REQUESTS => PsaError::RateLimited {
                retry_after_ms: self.retry_after.and_then(|it| u64::try_from(it.as_millis()).ok()),
            },
            _ => PsaError::Invalid(self.message),
        }
    }
}

fn header(value: Option<&HeaderValue>) -> Option<&str> {
    value.and_then(|value| value.to_str().ok())
}

fn message(body: &wire::ErrorBody) -> Option<String> {
    let details = body.errors.iter().flatten().filter_map(|it| it.message.as_deref());
    let mut parts: Vec<&str> = Vec::new();
    for part in body.message.as_deref().into_iter().chain(details).map(str::trim) {
        if !part.is_empty() && !parts.contains(&part) {
            parts.push(part);
        }
    }
    Some(parts.join("; "))
}

fn title(body: &[u8]) -> Option<String> {
    let body = String::from_utf8_lossy(body);
    let title = Regex::new(r"(?is)<title[^>]*>(.*?)</title>").ok()?;
    Some(title.captures(&body)?.get(1)?.as_str().trim().to_owned())
}

/// `Retry-After` in seconds, or as a date, which is compared with the server's own clock.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let value = header(headers.get(RETRY_AFTER))?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = OffsetDateTime::parse(value, &Rfc2822).ok()?;
    let now = OffsetDateTime::parse(header(headers.get(DATE))?, &Rfc2822).ok()?;
    Some((until - now).try_into().unwrap_or(Duration::ZERO))
}

fn innermost(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut last = error.to_string();
    while let Some(inner) = cause {
        last = inner.to_string();
        cause = inner.source();
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, headers: &[(reqwest::header::HeaderName, &str)], body: &str) -> Failure {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Failure::Refused(Refusal::read(
            StatusCode::from_u16(status).unwrap(),
            &headers,
            body.as_bytes(),
            str::to_owned,
        ))
    }

    #[test]
    fn a_refused_note_says_which_rules_it_breaks() {
        let body = r#"{"code":"InvalidObject","message":"serviceNote object is invalid","errors":[
            {"code":"InvalidObject","message":"Please choose where to display the notes.","resource":"x","field":""}]}"#;
        let expected = "serviceNote object is invalid; Please choose where to display the notes.";
        assert_eq!(refused(400, &[], body).of_write("ticket 1"), PsaError::Invalid(expected.to_owned()));
    }

    #[test]
    fn a_web_servers_page_is_told_by_its_title() {
        let html = "<HTML><HEAD><TITLE>Bad\r\n Request</TITLE></HEAD><BODY>..</BODY></HTML>";
        let headers = [(CONTENT_TYPE, "text/html; charset=us-ascii")];
        assert_eq!(refused(400, &headers, html).of_read("x"), PsaError::Invalid("Bad Request".to_owned()));
    }

    #[test]
    fn an_empty_refusal_is_told_by_its_status() {
        assert_eq!(
            refused(405, &[], "").of_read("x"),
            PsaError::Invalid("status 405 Method Not Allowed".to_owned())
        );
    }

    #[test]
    fn a_missing_record_and_a_missing_endpoint_are_told_apart() {
        let record = refused(404, &[], r#"{"code":"NotFound","message":"Ticket 5 not found","errors":null}"#);
        let endpoint =
            refused(404, &[], r#"{"code":"ConnectWiseApi","message":"The endpoint does not exist."}"#);
        assert!(record.is_missing_record() && !record.is_missing_endpoint());
        assert!(endpoint.is_missing_endpoint() && !endpoint.is_missing_record());
        assert_eq!(record.of_read("ticket 5"), PsaError::NotFound("ticket 5".to_owned()));
    }

    #[test]
    fn a_write_that_the_server_failed_on_may_have_happened() {
        let failures = [
            refused(500, &[], ""),
            refused(408, &[], ""),
            Failure::Lost { timed_out: true, detail: "x".to_owned() },
        ];
        assert!(failures.into_iter().all(|it| matches!(it.of_write("x"), PsaError::UnknownOutcome(_))));
    }

    #[test]
    fn a_write_that_was_never_sent_or_was_clearly_refused_did_not_happen() {
        assert_eq!(Failure::NotSent("x".to_owned()).of_write("x"), PsaError::Unavailable("x".to_owned()));
        let limited = refused(429, &[(RETRY_AFTER, "7")], "");
        assert_eq!(limited.of_write("x"), PsaError::RateLimited { retry_after_ms: Some(7000) });
    }

    #[test]
    fn a_short_pause_is_waited_for_and_a_long_one_is_not() {
        let second = Some(Duration::from_secs(1));
        assert_eq!(refused(429, &[(RETRY_AFTER, "7")], "").pause(second), Some(Duration::from_secs(7)));
        assert_eq!(refused(429, &[(RETRY_AFTER, "60")], "").pause(second), None);
        assert_eq!(refused(429, &[], "").pause(second), second);
        assert_eq!(refused(429, &[(RETRY_AFTER, "7")], "").pause(None), None);
    }

    #[test]
    fn a_pause_until_a_date_is_counted_on_the_servers_clock() {
        let headers =
            [(RETRY_AFTER, "Mon, 23 Nov 2026 08:00:09 GMT"), (DATE, "Mon, 23 Nov 2026 08:00:04 GMT")];
        let expected = PsaError::RateLimited { retry_after_ms: Some(5000) };
        assert_eq!(refused(429, &headers, "").of_read("x"), expected);
    }

    #[test]
    fn a_secret_across_the_end_of_a_cut_message_is_hidden_whole() {
        let body = format!(r#"{{"message":"{} s3cret"}}"#, "x".repeat(295));
        let hide = |text: &str| text.replace("s3cret", "[hidden]");
        let refusal = Refusal::read(StatusCode::BAD_REQUEST, &HeaderMap::new(), body.as_bytes(), hide);
        assert!(refusal.message.ends_with("x [hi…"), "{}", refusal.message);
    }

    #[test]
    fn messages_are_short() {
        let body = format!(r#"{{"message":"{}"}}"#, "x".repeat(5000));
        let PsaError::Invalid(message) = refused(400, &[], &body).of_read("x") else { panic!("not invalid") };
        assert_eq!(message.chars().count(), 300);
    }
}
