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
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, LINK};
use reqwest::{Method, Response, Url};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use tokio::sync::{Mutex, Semaphore};

use super::call::{Call, Identity};
use super::failure::{Failure, Refusal};
use super::site::Site;
use super::{ConnectWise, ConnectWiseConfig, wire};
use crate::http::{NotReached, PrivateNetworks};
use crate::psa::PsaError;

const REQUEST_ID: &str = "x-cw-request-id";

const READ_TIMEOUT: Duration = Duration::from_secs(20);
const PER_SECOND: NonZeroU32 = NonZeroU32::new(4).unwrap();
const BURST: NonZeroU32 = NonZeroU32::new(10).unwrap();
/// A peer on this machine is a test or a demo: spacing its requests out would only make people wait.
const LOCAL_PER_SECOND: NonZeroU32 = NonZeroU32::new(200).unwrap();
const AT_ONCE: usize = 4;
const RETRIES: usize = 2;
/// More than the largest page of notes can have.
const MAX_ANSWER: usize = 16 << 20;

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
    networks: PrivateNetworks,
    company: String,
    client_id: HeaderValue,
    /// The API member's.
    own: Identity,
    bucket: DefaultDirectRateLimiter,
    slots: Semaphore,
    /// How long a write's answer is waited for.
    patience: Duration,
    /// The first segment of every path; hosted servers change it with their version.
    codebase: Mutex<Option<String>>,
}

impl Client {
    pub(super) fn new(config: ConnectWiseConfig, networks: &PrivateNetworks) -> crate::Result<Self> {
        let ConnectWiseConfig { site, company_id, public_key, private_key, client_id, ui_origins: _ } =
            config;
        let site = Site::parse(&site).map_err(|rule| crate::Error::invalid("site", rule))?;
        site.check_literal(networks).map_err(|refused| crate::Error::invalid("site", refused.to_string()))?;
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
        let authorization = header(format!("Basic {token}"), "private_key")?;
        let client_id = header(client_id.to_owned(), "client_id")?;
        let secrets = [token.as_str(), private, public].map(SecretString::from).into();
        let own = Identity::new(AUTHORIZATION, authorization, client_id.clone(), secrets);
        let quota = if site.is_local() {
            Quota::per_second(LOCAL_PER_SECOND)
        } else {
            Quota::per_second(PER_SECOND).allow_burst(BURST)
        };
        Ok(Self {
            http: crate::http::guarded_client(READ_TIMEOUT, networks)?,
            site,
            networks: networks.clone(),
            company: company.to_owned(),
            client_id,
            own,
            bucket: RateLimiter::direct(quota),
            slots: Semaphore::new(AT_ONCE),
            patience: ConnectWise::PATIENCE,
            codebase: Mutex::new(None),
        })
    }

    pub(super) fn wait_for_writes(&mut self, patience: Duration) {
        self.patience = patience;
    }

    pub(super) fn site(&self) -> &Site {
        &self.site
    }

    /// Whether the interface's host has an address that may be connected to. Each request looks again.
    pub(super) async fn check_address(&self) -> Result<(), NotReached> {
        if self.site.is_named() { self.networks.addresses(self.site.host()).await.map(drop) } else { Ok(()) }
    }

    /// The company that logs in.
    pub(super) fn company(&self) -> &str {
        &self.company
    }

    /// Somebody else than the API member. `secrets` is what the header holds, in every form of it.
    pub(super) fn identity(
        &self,
        name: HeaderName,
        value: HeaderValue,
        secrets: Vec<SecretString>,
    ) -> Identity {
        Identity::new(name, value, self.client_id.clone(), secrets)
    }

    /// Reads what must be there.
    pub(super) async fn read<T: DeserializeOwned>(&self, call: &Call) -> Result<Page<T>, PsaError> {
        self.read_as(&self.own, call).await
    }

    /// Reads what must be there, as somebody.
    pub(super) async fn read_as<T: DeserializeOwned>(
        &self,
        who: &Identity,
        call: &Call,
    ) -> Result<Page<T>, PsaError> {
        let answer = self.perform(who, call).await.map_err(|failure| failure.of_read(&call.what))?;
        self.page(call, &answer)
    }

    /// Reads what may not be there.
    pub(super) async fn look_up<T: DeserializeOwned>(&self, call: &Call) -> Result<Option<T>, PsaError> {
        self.look_up_as(&self.own, call).await
    }

    /// Reads what may not be there, as somebody.
    pub(super) async fn look_up_as<T: DeserializeOwned>(
        &self,
        who: &Identity,
        call: &Call,
    ) -> Result<Option<T>, PsaError> {
        match self.perform(who, call).await {
            Ok(answer) => Ok(Some(self.page(call, &answer)?.body)),
            Err(failure) if failure.is_missing_record() => Ok(None),
            Err(failure) => Err(failure.of_read(&call.what)),
        }
    }

    /// Reads what is at an address of the site's own, once and for no longer than this.
    pub(super) async fn read_at<T: DeserializeOwned>(
        &self,
        url: &Url,
        what: &str,
        within: Duration,
    ) -> Result<T, PsaError> {
        let request = self.http.get(url.clone()).headers(self.own.headers.clone()).timeout(within);
        let answer = self.exchange(&Method::GET, url, request, &self.own).await;
        let answer = answer.map_err(|failure| failure.of_read(what))?;
        // Whatever the answer calls itself: servers send JSON as text, too.
        serde_json::from_slice(&answer.body)
            .map_err(|_| PsaError::Invalid(format!("the answer about {what} is not as documented")))
    }

    /// Changes something in a way that may be repeated.
    pub(super) async fn change(&self, call: &Call) -> Result<(), PsaError> {
        self.perform(&self.own, call).await.map(drop).map_err(|failure| failure.of_write(&call.what))
    }

    /// Makes something, at most once. Answers with its id.
    pub(super) async fn create(&self, call: &Call) -> Result<i32, PsaError> {
        let answer = self.perform(&self.own, call).await.map_err(|failure| failure.of_write(&call.what))?;
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
    async fn perform(&self, who: &Identity, call: &Call) -> Result<Answer, Failure> {
        let codebase = self.codebase().await.map_err(Failure::Unaddressed)?;
        match self.send(who, call, &codebase).await {
            Err(failure) if failure.is_missing_endpoint() => {
                match self.newer_codebase(&codebase).await.map_err(Failure::Unaddressed)? {
                    Some(newer) => self.send(who, call, &newer).await,
                    None => Err(failure),
                }
            }
            outcome => outcome,
        }
    }

    async fn send(&self, who: &Identity, call: &Call, codebase: &str) -> Result<Answer, Failure> {
        let mut url = self.site.endpoint(codebase, &call.path);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let attempt = || async {
            let mut request =
                self.http.request(call.method.clone(), url.clone()).headers(who.headers.clone());
            if let Some(body) = &call.body {
                request = request.json(body).timeout(self.patience);
            }
            if let Some(longest) = call.within {
                request = request.timeout(longest);
            }
            self.exchange(&call.method, &url, request, who).await
        };
        let once = call.method == Method::POST || call.within.is_some();
        if once { attempt().await } else { repeated(attempt).await }
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
        let ask = || async { self.exchange(&Method::GET, &url, self.http.get(url.clone()), &self.own).await };
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
        who: &Identity,
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
        let hide = |message: &str| who.without_secrets(&self.own.without_secrets(message));
        let refusal = Refusal::read(status, &headers, &body.unwrap_or_default(), hide);
        tracing::info!(%method, path = url.path(), request_id, ?refusal, "ConnectWise refused a request");
        Err(Failure::Refused(refusal))
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
            ui_origins: Vec::new(),
        }
    }

    fn refused_field(config: ConnectWiseConfig) -> String {
        Client::new(config, &PrivateNetworks::default())
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
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
        let private = ConnectWiseConfig { site: "https://10.0.0.5".to_owned(), ..config() };
        assert!(refused_field(private).starts_with("site: is at the private address 10.0.0.5"));
    }

    #[test]
    fn credentials_that_a_server_echoes_are_hidden() {
        let client = Client::new(config(), &PrivateNetworks::default()).unwrap();
        let echoed = format!("bad: Basic {} Kj3vNw Pq8sXz", BASE64_STANDARD.encode("acme+Pq8sXz:Kj3vNw"));
        assert_eq!(client.own.without_secrets(&echoed), "bad: Basic [hidden] [hidden] [hidden]");
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
