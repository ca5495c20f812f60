//! Fetching the files that people post: with the bot's token, and therefore from Slack alone.

use std::time::Duration;

use flowpilot::queue::Failure;
use flowpilot::surface::{Fetched, PostedFile};
use flowpilot::{Error, Result};
use futures_util::StreamExt as _;
use reqwest::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use secrecy::ExposeSecret as _;
use url::Url;

use crate::health::Health;
use crate::install::Installation;
use crate::send::{SendError, Sender};

/// For a whole file.
const PATIENCE: Duration = Duration::from_secs(60);
/// Slack's own names; its files are on hosts below them.
const SLACK: [&str; 2] = ["slack.com", "slack-gov.com"];
/// Addresses that one file is looked for at.
const STEPS: usize = 3;
const ELSEWHERE: &str = "it is kept elsewhere, not in Slack";
const SIGN_IN: &str = "Slack answered with its sign-in page instead of the file: the app lacks files:read, or may not \
    see this file. Add the scope and install the app again (`flowpilot doctor` names what is missing)";

/// Fetches files. It never sends a token to a host that is not Slack's.
pub(crate) struct Files {
    http: reqwest::Client,
    /// Slack's Web API: its host hands out files, too.
    api: Url,
}

/// What an address answers.
enum Step {
    Done(Fetched),
    On(Url),
    /// A page for people, where they show who they are.
    SignIn,
}

impl Files {
    /// What fetches files of the Slack whose Web API is at this address.
    ///
    /// # Errors
    /// [`Error::Internal`] when there can be no HTTP client; [`Error::Installation`] when the address is none.
    pub(crate) fn new(api_url: &str) -> Result<Self> {
        let api = Url::parse(api_url)
            .map_err(|_| Error::Installation(format!("slack.api_url = {api_url:?} is no address")))?;
        Ok(Self { http: flowpilot::http::client(PATIENCE)?, api })
    }

    /// The content of a file, as far as the bot may see it.
    ///
    /// # Errors
    /// What Slack answers.
    pub(crate) async fn fetch(
        &self,
        sender: &Sender,
        health: &Health,
        by: &Installation,
        file: &PostedFile,
    ) -> Result<Fetched, Failure> {
        let told = match &file.url {
            Some(_) => file.clone(),
            None => match sender.file(by, &file.id).await {
                Ok(told) => told,
                Err(SendError::Refused { code, .. }) if is_gone(&code) => return Ok(Fetched::Gone),
                Err(error) => return Err(error.into()),
            },
        };
        let Some(mut url) = told.url.as_deref().and_then(|url| Url::parse(url).ok()) else {
            return Ok(Fetched::Refused(ELSEWHERE.to_owned()));
        };
        for _ in 0..STEPS {
            if !self.is_slacks(&url) {
                return Ok(Fetched::Refused(ELSEWHERE.to_owned()));
            }
            let request = self.http.get(url.clone()).bearer_auth(by.bot_token.expose_secret());
            let answer = request.send().await.map_err(|error| lost(&error))?;
            match step(answer, &url, &told)? {
                Step::Done(fetched) => {
                    health.file_seen();
                    return Ok(fetched);
                }
                Step::On(next) => url = next,
                Step::SignIn => {
                    health.sign_in_page_seen();
                    return Err(Failure::Dead(SIGN_IN.to_owned()));
                }
            }
        }
        Err(later("Slack sends from one address to the next".to_owned(), None))
    }

    /// Whether the token may be shown to this host.
    fn is_slacks(&self, url: &Url) -> bool {
        let is_below = |name: &str, domain: &str| {
            domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        let is_named_so = url.domain().is_some_and(|domain| SLACK.iter().any(|name| is_below(name, domain)));
        url.origin() == self.api.origin() || (is_named_so && url.scheme() == "https" && url.port().is_none())
    }
}

fn step(answer: Response, asked: &Url, told: &PostedFile) -> Result<Step, Failure> {
    let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
    let status = answer.status();
    if status.is_redirection() {
        let next = header(LOCATION).and_then(|to| asked.join(to).ok());
        return Ok(next.map_or(Step::SignIn, Step::On));
    }
    match status {
        StatusCode::OK => {}
        StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Step::Done(Fetched::Gone)),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(Step::SignIn),
        StatusCode::TOO_MANY_REQUESTS => {
            let pause = header(RETRY_AFTER).and_then(|s| s.parse().ok()).unwrap_or(30);
            return Err(later(
                "Slack asks for a pause of files".to_owned(),
                Some(Duration::from_secs(pause)),
            ));
        }
        other => return Err(later(format!("Slack's files answer {other}"), None)),
    }
    let is_page = header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    if is_page && !told.media_type.as_deref().is_some_and(is_shown_as_page) {
        return Ok(Step::SignIn);
    }
    let pieces = answer.bytes_stream().map(|piece| piece.map_err(|error| lost(&error)));
    Ok(Step::Done(Fetched::Content(pieces.boxed())))
}

/// Files whose content is a page itself: HTML, and Slack's canvases.
fn is_shown_as_page(media_type: &str) -> bool {
    media_type.starts_with("text/html") || media_type.starts_with("application/vnd.slack")
}

fn is_gone(code: &str) -> bool {
    matches!(code, "file_not_found" | "file_deleted")
}

/// The address is left out: it may be a key to the file.
fn lost(error: &reqwest::Error) -> Failure {
    let why = if error.is_timeout() { "took too long" } else { "broke off" };
    later(format!("fetching a file from Slack {why}"), None)
}

fn later(why: String, after: Option<Duration>) -> Failure {
    Failure::Retry { why, after }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_shown_to_slacks_hosts_alone() {
        let files = Files::new("http://127.0.0.1:4000/api").unwrap();
        let may = |url: &str| files.is_slacks(&Url::parse(url).unwrap());
        for url in [
            "https://files.slack.com/files-pri/T1-F1/a.png",
            "https://acme.enterprise.slack.com/x",
            "https://slack.com/x",
            "https://files.slack-gov.com/x",
            "http://127.0.0.1:4000/files/F1",
        ] {
            assert!(may(url), "{url}");
        }
        for url in [
            "http://files.slack.com/x",
            "https://files.slack.com:8443/x",
            "https://files.slack.com.evil.example/x",
            "https://evilslack.com/x",
            "https://files.slack.com@evil.example/x",
            "http://127.0.0.1:4001/files/F1",
            "http://localhost:4000/files/F1",
            "https://drive.google.com/x",
            "file:///etc/passwd",
        ] {
            assert!(!may(url), "{url}");
        }
    }
}
