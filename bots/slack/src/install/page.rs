//! The short pages that a person sees while connecting Slack. They hold no script, and every word is escaped.

use std::sync::LazyLock;

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flowpilot::Error;
use pulldown_cmark_escape::escape_html;
use sha2::{Digest, Sha256};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;\
    color:#1d1c1d;background:#fff}h1{font-size:1.4rem}@media(prefers-color-scheme:dark){body{color:#eee;\
    background:#1a1d21}}";

/// The one style is allowed by its hash, and nothing else.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
});

/// A page with a title and some sentences.
pub(super) struct Page {
    status: StatusCode,
    title: String,
    sentences: Vec<String>,
}

impl Page {
    /// Something was done.
    pub(super) fn done(title: &str) -> Self {
        Self { status: StatusCode::OK, title: title.to_owned(), sentences: Vec::new() }
    }

    /// Nothing was done: why, and what to do next.
    pub(super) fn refused(title: &str, why: &str, next: &str) -> Self {
        let page = Self { status: StatusCode::BAD_REQUEST, title: title.to_owned(), sentences: Vec::new() };
        page.say(why).say(next)
    }

    /// What a person is told of an error.
    pub(super) fn of(error: &Error) -> Self {
        tracing::warn!(%error, "a Slack workspace could not be connected");
        let status = match error {
            Error::Upstream { .. } => StatusCode::BAD_GATEWAY,
            Error::Installation(_) => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let page = Self { status, title: "Slack was not connected".to_owned(), sentences: Vec::new() };
        page.say(&error.to_person()).say("Open the invitation's link again in a moment.")
    }

    /// One more sentence.
    pub(super) fn say(mut self, sentence: &str) -> Self {
        self.sentences.push(sentence.to_owned());
        self
    }

    fn html(&self) -> String {
        let mut html = String::from("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">");
        html.push_str("<meta name=\"viewport\" content=\"width=device-width\"><title>");
        push_escaped(&mut html, &self.title);
        html.push_str("</title><style>");
        html.push_str(STYLE);
        html.push_str("</style><h1>");
        push_escaped(&mut html, &self.title);
        html.push_str("</h1>");
        for sentence in &self.sentences {
            html.push_str("<p>");
            push_escaped(&mut html, sentence);
            html.push_str("</p>");
        }
        html
    }
}

fn push_escaped(html: &mut String, text: &str) {
    // Writing to a string does not fail.
    let _ = escape_html(html, text);
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let headers = [
            (CONTENT_SECURITY_POLICY, POLICY.as_str()),
            (CACHE_CONTROL, "no-store"),
            (REFERRER_POLICY, "no-referrer"),
        ];
        (self.status, headers, Html(self.html())).into_response()
    }
}
