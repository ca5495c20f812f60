//! Sending a request, and sending it again where that may help.
//!
//! The rules are those of the vendors' own clients: the server's word whether to try again comes first, then the status;
//! the server's word how long to wait comes first, then a growing pause. The whole is bounded: somebody is waiting.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::stream::BoxStream;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use tokio::time::{Instant, timeout};

use super::stream::{events, text, whole};
use super::{Event, ProviderError, Request, Wire};

/// How often a request is sent again.
const RETRIES: usize = 2;
/// How often it is worded otherwise after a refusal that names a field.
const WORDINGS: usize = 4;

/// How long a server is waited for.
#[derive(Debug, Clone)]
pub(in crate::ai) struct Limits {
    /// For the next sign of work.
    pub(in crate::ai) patience: Duration,
    /// For all attempts to get an answer begun, except one that waits already.
    pub(in crate::ai) retrying: Duration,
    /// For the whole answer.
    pub(in crate::ai) whole: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            patience: Duration::from_secs(45),
            retrying: Duration::from_secs(20),
            whole: Duration::from_secs(300),
        }
    }
}

/// An answer that has begun.
pub(in crate::ai) struct Reading {
    /// Its pieces; nothing comes after an error.
    pub(in crate::ai) events: BoxStream<'static, Result<Event, ProviderError>>,
    /// How often the request was sent before it was answered.
    pub(in crate::ai) retries: u32,
}

/// Why one attempt gave nothing.
struct Refusal {
    error: ProviderError,
    /// Whether another attempt may help.
    again: bool,
    after: Option<Duration>,
    /// What a wire may learn from.
    said: Option<(u16, String)>,
}

impl Refusal {
    fn of(error: ProviderError, again: bool) -> Self {
        Self { error, again, after: None, said: None }
    }
}

/// Sends a request until an answer begins.
///
/// # Errors
/// [`ProviderError`] of the last attempt.
pub(in crate::ai) async fn open(
    http: &reqwest::Client,
    wire: &dyn Wire,
    request: &Request,
    limits: &Limits,
) -> Result<Reading, ProviderError> {
    let begun = Instant::now();
    let (mut retries, mut wordings) = (0, 0);
    let mut pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(500))
        .with_max_delay(Duration::from_secs(8))
        .with_max_times(RETRIES)
        .with_jitter()
        .build();
    loop {
        let refusal = match attempt(http, wire, request, limits).await {
            Ok(events) => return Ok(Reading { events, retries }),
            Err(refusal) => refusal,
        };
        if let Some((status, body)) = &refusal.said
            && wordings < WORDINGS
            && wire.learn(*status, body)
        {
            wordings += 1;
            continue;
        }
        let Some(pause) = pauses.next().filter(|_| refusal.again) else { return Err(refusal.error) };
        let pause = refusal.after.unwrap_or(pause);
        if begun.elapsed() + pause > limits.retrying {
            return Err(refusal.error);
        }
        tracing::info!(why = %refusal.error, "the model server is asked again");
        tokio::time::sleep(pause).await;
        retries += 1;
    }
}

async fn attempt(
    http: &reqwest::Client,
    wire: &dyn Wire,
    request: &Request,
    limits: &Limits,
) -> Result<BoxStream<'static, Result<Event, ProviderError>>, Refusal> {
    let sent = timeout(limits.patience, wire.post(http, request).send()).await;
    let response = match sent {
        Err(_) => return Err(Refusal::of(ProviderError::Silent, false)),
        Ok(Err(error)) if error.is_timeout() && !error.is_connect() => {
            return Err(Refusal::of(ProviderError::Silent, false));
        }
        Ok(Err(_)) => return Err(Refusal::of(ProviderError::Unreachable, true)),
        Ok(Ok(response)) => response,
    };
    if response.status().is_success() {
        return begin(response, wire, limits).await.map_err(|error| Refusal::of(error, false));
    }
    Err(refused(response, limits).await)
}

async fn begin(
    response: reqwest::Response,
    wire: &dyn Wire,
    limits: &Limits,
) -> Result<BoxStream<'static, Result<Event, ProviderError>>, ProviderError> {
    let form = response.headers().get(CONTENT_TYPE).and_then(|form| form.to_str().ok()).unwrap_or_default();
    if form.starts_with("application/json") {
        return whole(response, wire.decoder(), limits).await;
    }
    if form.starts_with("text/html") {
        return Err(ProviderError::Garbage("it is a web page"));
    }
    Ok(events(response, wire.decoder(), limits))
}

async fn refused(response: reqwest::Response, limits: &Limits) -> Refusal {
    let status = response.status().as_u16();
    let (after, word) = (pause(response.headers()), should_retry(response.headers()));
    let body = match timeout(limits.patience, text(response)).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) | Err(_) => String::new(),
    };
    Refusal {
        error: ProviderError::of_status(status, &body, after),
        again: word.unwrap_or(matches!(status, 408 | 409 | 429 | 500..)),
        after,
        said: Some((status, body)),
    }
}

fn should_retry(headers: &HeaderMap) -> Option<bool> {
    headers.get("x-should-retry")?.to_str().ok()?.parse().ok()
}

/// How long the server asks to wait. A date counts as no word: the pauses of our own are short enough.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<f64>().ok();
    let seconds = number("retry-after-ms").map(|ms| ms / 1_000.0).or_else(|| number("retry-after"))?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_own_pause_is_read_in_each_of_its_forms() {
        let pause_of = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            pause(&headers)
        };
        assert_eq!(pause_of("retry-after-ms", "250"), Some(Duration::from_millis(250)));
        assert_eq!(pause_of("retry-after", "1.5"), Some(Duration::from_millis(1_500)));
        assert_eq!(pause_of("retry-after", "-1"), None);
        assert_eq!(pause_of("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"), None);
    }
}
