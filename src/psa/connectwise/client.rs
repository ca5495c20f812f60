//! Sends requests: addressed, signed, spaced out, and repeated only where that cannot do harm.
//!
//! Reads and [`Client::change`] are tried up to three times; [`Client::create`] is sent once. All share one token
//! bucket and a few slots, because the vendor publishes no limit and a proxy in front of it enforces one.

use std::num::NonZeroU32;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LINK};
use reqwest::{Method, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::{Mutex, Semaphore};

use super::failure::{Failure, Refusal};
use super::site::Site;
use super::{ConnectWiseConfig, wire};
use crate::psa::PsaError;

/// Pins the shape of the answers: members move between versions.
const ACCEPTED: &str = "application/vnd.connectwise.com+json; version=2025.1";
const CLIENT_ID: HeaderName = HeaderName::from_static("clientid");
const REQUEST_ID: &str = "x-cw-request-id";

const READ_TIMEOUT: Duration = Duration::from_secs(20);
/// A write can take minutes and still succeed; giving up early only makes more unknown outcomes.
const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
const PER_SECOND: NonZeroU32 = NonZeroU32::new(4).unwrap();
const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// A peer on this machine is a test or a demo: spacing its requests out would only make people wait.
const LOCAL_PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();
const AT_ONCE: usize = 4;
const RETRIES: usize = 2;
/// More than the largest page of notes can have.
const MAX_ANSWER: usize = 16 << 20;

/// One request, not yet addressed.
pub(super) struct Call {
    method: Method,
    path: Vec<String>,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// What it is about, for messages: `ticket 5`.
    what: String,
}

impl Call {
    pub(super) fn get<const N: usize>(what: impl Into<String>, path: [&str; N]) -> Self {
        Self::new(Method::GET, what.into(), path, None)
    }

    pub(super) fn post<const N: usize>(what: impl Into<String>, path: [&str; N], body: Value) -> Self {
        Self::new(Method::POST, what.into(), path, Some(body))
    }

    pub(super) fn patch<const N: usize>(what: impl Into<String>, path: [&str; N], body: Value) -> Self {
        Self::new(Method::PATCH, what.into(), path, Some(body))
    }

    fn new<const N: usize>(method: Method, what: String, path: [&str; N], body: Option<Value>) -> Self {
        Self { method, path: path.map(str::to_owned).to_vec(), query: Vec::new(), body, what }
    }

    /// The same with one more query parameter.
    pub(super) fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }
}

/// A read answer.
pub(super) struct Page<T> {
    pub(super) body: T,
    /// Whether the server says that more follows.
    pub(super) has_next: bool,
}

struct Answer {
    headers: HeaderMap,
    body: Vec<u8>,
}

/// A connection to one company's server.
pub(super) struct Client {
    http: reqwest::Client,
    site: Site,
    company: String,
    identity: HeaderMap,
    /// What must not be in a message, should the server echo it.
    secrets: Vec<SecretString>,
    bucket: DefaultDirectRateLimiter,
    slots: Semaphore,
    /// The first segment of every path; hosted servers change it with their version.
    codebase: Mutex<Option<String>>,
}

impl Client {
    pub(super) fn new(config: ConnectWiseConfig) -> crate::Result<Self> {
        let ConnectWiseConfig { site, company_id, public_key, private_key, client_id } = config;
        let site = Site::parse(&site).map_err(|rule| crate::Error::invalid("site", rule))?;
        let given = [
            ("company_id", company_id.as_str()),
            ("public_key", &public_key),
            ("private_key", private_key.expose_secret()),
            ("client_id", &client_id),
        ];
        if let Some((field, _)) = given.iter().find(|(_, value)| value.trim().is_empty()) {
            return Err(crate::Error::invalid(*field, "must not be empty"));
        }
        let [company, public, private, client_id] = given.map(|(_, value)| value.trim());
        let token = BASE64_STANDARD.encode(format!("{company}+{public}:{private}"));
        let mut authorization = header(format!("Basic {token}"), "private_key")?;
        authorization.set_sensitive(true);
        let identity = [
            (AUTHORIZATION, authorization),
            (CLIENT_ID, header(client_id.to_owned(), "client_id")?),
            (ACCEPT, HeaderValue::from_static(ACCEPTED)),
        ];
        let quota = if site.is_local() {
            Quota::per_second(LOCAL_PER_SECOND)
        } else {
            Quota::per_second(PER_SECOND).allow_burst(BURST)
        };
        Ok(Self {
            http: crate::http::client(READ_TIMEOUT)?,
            site,
            company: company.to_owned(),
            identity: identity.into_iter().collect(),
            secrets: [token.as_str(), private, public].map(SecretString::from).into(),
            bucket: RateLimiter::direct(quota),
            slots: Semaphore::new(AT_ONCE),
            codebase: Mutex::new(None),
        })
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Reads what must be there.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<Page<T>, PsaError> {
        let answer = self.perform(call).await.map_err(|failure| failure.of_read(&call.what))?;
        self.page(call, &answer)
    }

    /// Reads what may not be there.
    pub(super) async fn look_up<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>, PsaError> {
        match self.perform(call).await {
            Ok(answer) => Ok(Some(self.page(call, &answer)?.body)),
            Err(failure) if failure.is_missing_record() => Ok(None),
            Err(failure) => Err(failure.of_read(&call.what)),
        }
    }

    /// Changes something in a way that may be repeated.
    pub(super) async fn change(&self, call: &Call) -> Result<(), PsaError> {
        self.perform(call).await.map(drop).map_err(|failure| failure.of_write(&call.what))
    }

    /// Makes something, at most once. Answers with its id.
    pub(super) async fn create(&self, call: &Call) -> Result<i32, PsaError> {
        let answer = self.perform(call).await.map_err(|failure| failure.of_write(&call.what))?;
        let created: wire::Created = serde_json::from_slice(&answer.body).map_err(|_| {
            PsaError::UnknownOutcome("it was accepted, and the answer names no id".to_owned())
        })?;
        Ok(created.id)
    }

    fn page<T: DeserializeOwned>(&self, call: &Call, answer: &Answer) -> Result<Page<T>, PsaError> {
        let body = serde_json::from_slice(&answer.body).map_err(|error| {
            tracing::warn!(path = call.path.join("/"), %error, "ConnectWise answered something unexpected");
            PsaError::Unavailable(format!("its answer about {} is not as documented", call.what))
        })?;
        Ok(Page { body, has_next: next_link(&answer.headers).is_some_and(|link| self.is_followed(link)) })
    }

    fn is_followed(&self, link: &str) -> bool {
        let own = self.site.is_own(link);
        if !own {
            tracing::warn!(
                host = self.site.host(),
                "the next page is said to be on another host; it is not read"
            );
        }
        own
    }

    /// Sends the call to where the company is now: a path that leads nowhere may only be out of date. That
    /// holds for writes too, since nothing was there to take the first one.
    async fn perform(&self, call: &Call) -> Result<Answer, Failure> {
        let codebase = self.codebase().await.map_err(Failure::Unaddressed)?;
        match self.send(call, &codebase).await {
            Err(failure) if failure.is_missing_endpoint() => {
                match self.newer_codebase(&codebase).await.map_err(Failure::Unaddressed)? {
                    Some(newer) => self.send(call, &newer).await,
                    None => Err(failure),
                }
            }
            outcome => outcome,
        }
    }

    async fn send(&self, call: &Call, codebase: &str) -> Result<Answer, Failure> {
        let mut url = self.site.endpoint(codebase, &call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let attempt = || async {
            let mut request =
                self.http.request(call.method.clone(), url.clone()).headers(self.identity.clone());
            if let Some(body) = &call.body {
                request = request.json(body).timeout(WRITE_TIMEOUT);
            }
            self.exchange(&call.method, &url, request).await
        };
        if call.method == Method::POST { attempt().await } else { repeated(attempt).await }
    }

    /// The company's codebase, asked for once.
    async fn codebase(&self) -> Result<String, PsaError> {
        let mut known = self.codebase.lock().await;
        if let Some(codebase) = &*known {
            return Ok(codebase.clone());
        }
        let codebase = self.discover().await?;
        *known = Some(codebase.clone());
        Ok(codebase)
    }

    /// Asks again, unless another call did so meanwhile. None when `old` is still right.
    async fn newer_codebase(&self, old: &str) -> Result<Option<String>, PsaError> {
        let mut known = self.codebase.lock().await;
        if let Some(codebase) = known.as_ref().filter(|codebase| *codebase != old) {
            return Ok(Some(codebase.clone()));
        }
        let codebase = self.discover().await?;
        if codebase == old {
            return Ok(None);
        }
        tracing::info!(old, new = codebase, "the codebase of the ConnectWise company changed");
        *known = Some(codebase.clone());
        Ok(Some(codebase))
    }

    async fn discover(&self) -> Result<String, PsaError> {
        let url = self.site.company_info(&self.company);
        let ask = || async { self.exchange(&Method::GET, &url, self.http.get(url.clone())).await };
        let answer = repeated(ask).await.map_err(|failure| match failure {
            missing if missing.is_missing_endpoint() => self.no_server(),
            other => other.of_read("the login page"),
        })?;
        let info: Option<wire::CompanyInfo> =
            serde_json::from_slice(&answer.body).map_err(|_| self.no_server())?;
        let Some(info) = info else {
            return Err(PsaError::Auth(format!(
                "{} knows no company \"{}\"",
                self.site.host(),
                self.company
            )));
        };
        info.codebase().map(str::to_owned).ok_or_else(|| self.no_server())
    }

    fn no_server(&self) -> PsaError {
        PsaError::Invalid(format!(
            "{} does not answer as ConnectWise Manage does; check the site",
            self.site.host()
        ))
    }

    /// One request and its whole answer, when its turn comes.
    async fn exchange(
        &self,
        method: &Method,
        url: &Url,
        request: reqwest::RequestBuilder,
    ) -> Result<Answer, Failure> {
        self.bucket.until_ready().await;
        let _slot = self.slots.acquire().await.map_err(|closed| Failure::NotSent(closed.to_string()))?;
        let response = request.send().await.map_err(Failure::of_transport).inspect_err(|failure| {
            tracing::warn!(%method, path = url.path(), ?failure, "ConnectWise did not answer");
        })?;
        let (status, headers) = (response.status(), response.headers().clone());
        let request_id = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).unwrap_or("-");
        // Without the query: it holds what people searched for.
        tracing::debug!(%method, path = url.path(), status = status.as_u16(), request_id, "ConnectWise answered");
        let body = whole_body(response).await;
        if status.is_success() {
            return Ok(Answer { body: body?, headers });
        }
        // The status alone says enough when the rest is lost.
        let hide = |message: &str| self.without_secrets(message);
        let refusal = Refusal::read(status, &headers, &body.unwrap_or_default(), hide);
        tracing::info!(%method, path = url.path(), request_id, ?refusal, "ConnectWise refused a request");
        Err(Failure::Refused(refusal))
    }

    fn without_secrets(&self, message: &str) -> String {
        let hide = |text: String, secret: &SecretString| text.replace(secret.expose_secret(), "[hidden]");
        self.secrets.iter().fold(message.to_owned(), hide)
    }
}

async fn repeated<F>(attempt: impl FnMut() -> F) -> Result<Answer, Failure>
where
    F: Future<Output = Result<Answer, Failure>>,
{
    let plan = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_times(RETRIES)
        .with_jitter();
    attempt.retry(plan).when(Failure::is_passing).adjust(Failure::pause).await
}

async fn whole_body(mut response: Response) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::of_transport)? {
        if body.len() + chunk.len() > MAX_ANSWER {
            // As after a time-out: it would be no shorter the next time.
            return Err(Failure::Lost { timed_out: true, detail: "the answer is far too long".to_owned() });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn header(value: String, field: &'static str) -> crate::Result<HeaderValue> {
    HeaderValue::try_from(value).map_err(|_| crate::Error::invalid(field, "must be plain text on one line"))
}

/// The target of `Link: <…>; rel="next"`.
fn next_link(headers: &HeaderMap) -> Option<&str> {
    let links = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|value| value.split('<').skip(1)).find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let mut parameters = parameters.split([';', ',']).map(str::trim);
        parameters.any(|it| matches!(it, "rel=\"next\"" | "rel=next")).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ConnectWiseConfig {
        ConnectWiseConfig {
            site: "na.myconnectwise.net".to_owned(),
            company_id: "acme".to_owned(),
            public_key: "Pq8sXz".to_owned(),
            private_key: SecretString::from("Kj3vNw"),
            client_id: "6a1f".to_owned(),
        }
    }

    fn refused_field(config: ConnectWiseConfig) -> String {
        Client::new(config).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_configuration_that_cannot_be_is_refused_by_its_key() {
        assert!(
            refused_field(ConnectWiseConfig { site: "http://x.net".to_owned(), ..config() })
                .starts_with("site: ")
        );
        let empty = ConnectWiseConfig { private_key: SecretString::from(" "), ..config() };
        assert!(refused_field(empty).starts_with("private_key: "));
        let odd = ConnectWiseConfig { client_id: "6a\n1f".to_owned(), ..config() };
        assert!(refused_field(odd).starts_with("client_id: "));
    }

    #[test]
    fn credentials_that_a_server_echoes_are_hidden() {
        let client = Client::new(config()).unwrap();
        let echoed = format!("bad: Basic {} Kj3vNw Pq8sXz", BASE64_STANDARD.encode("acme+Pq8sXz:Kj3vNw"));
        assert_eq!(client.without_secrets(&echoed), "bad: Basic [hidden] [hidden] [hidden]");
    }

    #[test]
    fn the_configuration_shows_no_private_key() {
        assert!(!format!("{:?}", config()).contains("Kj3vNw"));
    }

    #[test]
    fn the_next_page_is_found_among_the_links() {
        let links = |text: &'static str| HeaderMap::from_iter([(LINK, HeaderValue::from_static(text))]);
        let both = links("<https://a/?page=3>; rel=\"last\", <https://a/?page=2>; rel=\"next\"");
        assert_eq!(next_link(&both), Some("https://a/?page=2"));
        assert_eq!(next_link(&links("<https://a/?page=1>; rel=\"first\"")), None);
        assert_eq!(next_link(&HeaderMap::new()), None);
    }
}
