//! The calls to Slack that installing and checking need, with what the library leaves out: time limits, the answer's
//! headers, and the fields of token rotation.

use std::time::{Duration, UNIX_EPOCH};

use flowpilot::{Result, Timestamp};
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::OAuthApp;

const PATIENCE: Duration = Duration::from_secs(10);

/// Why Slack did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiError {
    /// No answer.
    #[error("Slack could not be reached: {0}")]
    Unreachable(String),
    /// Too many requests.
    #[error("Slack asks for a pause of {} s", .0.as_secs())]
    RateLimited(Duration),
    /// Slack says no, with its own word for the reason.
    #[error("Slack refused: {0}")]
    Refused(String),
    /// The answer is not what Slack answers.
    #[error("what answered is not Slack's API: {0}")]
    Unreadable(String),
}

impl ApiError {
    /// Whether it may pass by itself.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable(_) | Self::RateLimited(_) | Self::Unreadable(_) => true,
            Self::Refused(reason) => {
                ["internal_error", "fatal_error", "service_unavailable", "request_timeout", "ratelimited"]
                    .contains(&reason.as_str())
            }
        }
    }
}

impl From<ApiError> for flowpilot::Error {
    fn from(error: ApiError) -> Self {
        Self::Upstream { service: "Slack", detail: error.to_string() }
    }
}

/// Whose a token is.
#[derive(Debug, Clone, Deserialize)]
pub struct AuthTest {
    /// The workspace's id; the organisation's where there is one only.
    pub team_id: String,
    /// The workspace's name.
    #[serde(default, deserialize_with = "or_default")]
    pub team: String,
    /// The bot's account.
    pub user_id: String,
    /// Present for a bot's token, absent for a person's.
    #[serde(default)]
    pub bot_id: Option<String>,
    /// The app's id.
    #[serde(default)]
    pub app_id: Option<String>,
    /// The organisation's id.
    #[serde(default)]
    pub enterprise_id: Option<String>,
    /// Whether the token holds for the whole organisation.
    #[serde(default, deserialize_with = "or_default")]
    pub is_enterprise_install: bool,
    /// What the token may do, from a header; `None` when Slack did not say.
    #[serde(skip)]
    pub scopes: Option<Vec<String>>,
    /// Slack's clock, to the second.
    #[serde(skip)]
    pub date: Option<Timestamp>,
}

impl AuthTest {
    /// What the installation is known by: the organisation's id where it holds for all of it.
    #[must_use]
    pub fn workspace(&self) -> &str {
        match &self.enterprise_id {
            Some(id) if self.is_enterprise_install => id,
            _ => &self.team_id,
        }
    }
}

/// What `oauth.v2.access` gives, for a code as for a refresh token. Read leniently: a refresh token is used up even
/// when its answer cannot be read.
#[derive(Deserialize)]
pub(super) struct Grant {
    pub(super) access_token: SecretString,
    #[serde(default)]
    pub(super) refresh_token: Option<SecretString>,
    #[serde(default)]
    pub(super) expires_in: Option<u64>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) scope: String,
    /// A refreshed token's answer may leave it out.
    #[serde(default, deserialize_with = "or_default")]
    pub(super) bot_user_id: String,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) app_id: String,
    #[serde(default)]
    pub(super) team: Option<Place>,
    #[serde(default)]
    pub(super) enterprise: Option<Place>,
    #[serde(default, deserialize_with = "or_default")]
    pub(super) is_enterprise_install: bool,
}

/// A workspace or an organisation.
#[derive(Deserialize)]
pub(super) struct Place {
    pub(super) id: String,
    #[serde(default)]
    pub(super) name: Option<String>,
}

impl Grant {
    /// When the token ends, asked for at that time; never without.
    pub(super) fn ends(&self, asked_at: Timestamp) -> Option<Timestamp> {
        self.expires_in.map(|seconds| asked_at.plus(Duration::from_secs(seconds)))
    }

    /// Where the app was installed.
    pub(super) fn place(&self) -> Option<&Place> {
        if self.is_enterprise_install { self.enterprise.as_ref() } else { self.team.as_ref() }
    }
}

#[derive(Deserialize)]
struct Envelope {
    ok: bool,
    #[serde(default)]
    error: String,
}

/// Slack writes `null` for what there is not.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(value: D) -> Result<T, D::Error> {
    Option::deserialize(value).map(Option::unwrap_or_default)
}

/// A client of Slack's Web API.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    url: String,
}

impl Api {
    /// A client of the API at this address.
    ///
    /// # Errors
    /// [`flowpilot::Error::Internal`] when no HTTP client can be made.
    pub fn new(url: &str) -> Result<Self> {
        Ok(Self { http: flowpilot::http::client(PATIENCE)?, url: url.trim_end_matches('/').to_owned() })
    }

    /// Whose a token is, and what it may do.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn auth_test(&self, token: &SecretString) -> Result<AuthTest, ApiError> {
        let request = self.http.post(format!("{}/auth.test", self.url)).bearer_auth(token.expose_secret());
        let (mut answer, headers): (AuthTest, _) = answered(request).await?;
        let scopes = headers.get("x-oauth-scopes").and_then(|h| h.to_str().ok());
        answer.scopes = scopes.map(|s| words(s).map(str::to_owned).collect());
        answer.date = date(&headers);
        Ok(answer)
    }

    /// Opens a Socket Mode connection's address, to see whether the app token can: the address is not used.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn connections_open(&self, token: &SecretString) -> Result<(), ApiError> {
        let request =
            self.http.post(format!("{}/apps.connections.open", self.url)).bearer_auth(token.expose_secret());
        answered::<serde::de::IgnoredAny>(request).await.map(|_| ())
    }

    /// Tokens for the code that the browser brought.
    pub(super) async fn exchange(
        &self,
        app: &OAuthApp,
        code: &str,
        redirect: &str,
    ) -> Result<Grant, ApiError> {
        self.access(app, &[("code", code), ("redirect_uri", redirect)]).await
    }

    /// New tokens for a refresh token, which is used up by it.
    pub(super) async fn refresh(&self, app: &OAuthApp, token: &SecretString) -> Result<Grant, ApiError> {
        self.access(app, &[("grant_type", "refresh_token"), ("refresh_token", token.expose_secret())]).await
    }

    async fn access(&self, app: &OAuthApp, form: &[(&str, &str)]) -> Result<Grant, ApiError> {
        let request = self
            .http
            .post(format!("{}/oauth.v2.access", self.url))
            .basic_auth(&app.client_id, Some(app.client_secret.expose_secret()))
            .form(form);
        Ok(answered(request).await?.0)
    }
}

/// The items of a list with commas, as Slack writes scopes.
pub(super) fn words(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty())
}

async fn answered<T: DeserializeOwned>(request: RequestBuilder) -> Result<(T, HeaderMap), ApiError> {
    // Neither the address nor the form is shown: the form holds secrets.
    let lost = |error: reqwest::Error| ApiError::Unreachable(cause(&error.without_url()));
    let answer = request.send().await.map_err(lost)?;
    let (status, headers) = (answer.status(), answer.headers().clone());
    if status == StatusCode::TOO_MANY_REQUESTS {
        return Err(ApiError::RateLimited(pause(&headers)));
    }
    let body = answer.bytes().await.map_err(lost)?;
    if status.is_server_error() {
        return Err(ApiError::Unreachable(format!("it answers {status}")));
    }
    let unreadable = |_| ApiError::Unreadable(format!("the answer ({status}) cannot be read"));
    let envelope: Envelope = serde_json::from_slice(&body).map_err(unreadable)?;
    if !envelope.ok {
        return Err(ApiError::Refused(envelope.error));
    }
    Ok((serde_json::from_slice(&body).map_err(unreadable)?, headers))
}

/// The innermost cause says more than "error sending request".
fn cause(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", PATIENCE.as_secs());
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn pause(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(RETRY_AFTER).and_then(|h| h.to_str().ok()).and_then(|s| s.parse().ok());
    Duration::from_secs(seconds.unwrap_or(30))
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    let since = date.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok().map(Timestamp)
}
