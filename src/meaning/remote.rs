//! Vectors from a server: Voyage's protocol, or that of `OpenAI`, which many servers speak.

use std::time::Duration;

use async_trait::async_trait;
use backon::{ExponentialBuilder, Retryable as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{EmbedError, Embedder, Side, unit};
use crate::Result;

/// Texts of one call; servers take more.
const AT_ONCE: usize = 64;
/// Characters of one text: what models read of it.
const LONGEST: usize = 8_000;
/// For one call.
const PATIENCE: Duration = Duration::from_secs(20);
const RETRIES: usize = 2;

/// Which protocol a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// Voyage: the server is told which side of a search a text is on.
    Voyage,
    /// `OpenAI`.
    OpenAi,
}

impl Protocol {
    /// Where the vendor serves it.
    pub(super) fn base_url(self) -> &'static str {
        match self {
            Self::Voyage => "https://api.voyageai.com/v1",
            Self::OpenAi => "https://api.openai.com/v1",
        }
    }

    /// The vendor's model for general texts, where there is one to be chosen without asking.
    pub(super) fn model(self) -> Option<&'static str> {
        match self {
            Self::Voyage => Some("voyage-4"),
            Self::OpenAi => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Voyage => "voyage",
            Self::OpenAi => "openai",
        }
    }
}

/// A model on a server.
pub struct Remote {
    protocol: Protocol,
    url: String,
    key: Option<SecretString>,
    model: String,
    name: String,
    least_likeness: f32,
    http: reqwest::Client,
}

#[derive(Deserialize)]
struct Answer {
    data: Vec<Datum>,
}

#[derive(Deserialize)]
struct Datum {
    index: usize,
    embedding: Vec<f32>,
}

impl Remote {
    /// At an address that ends in whatever stands before `/embeddings`.
    ///
    /// # Errors
    /// [`crate::Error::Internal`] when no HTTP client can be made.
    pub fn new(
        protocol: Protocol,
        base_url: &str,
        key: Option<SecretString>,
        model: &str,
        least_likeness: f32,
    ) -> Result<Self> {
        let base = base_url.trim_end_matches('/');
        let base = base.strip_suffix("/embeddings").unwrap_or(base);
        Ok(Self {
            protocol,
            url: format!("{base}/embeddings"),
            key,
            model: model.to_owned(),
            name: format!("{}:{model}", protocol.name()),
            least_likeness,
            http: crate::http::client(PATIENCE)?,
        })
    }

    fn body(&self, side: Side, texts: &[String]) -> Value {
        let mut body = json!({ "model": self.model, "input": texts });
        if self.protocol == Protocol::Voyage {
            body["input_type"] = match side {
                Side::Query => "query".into(),
                Side::Document => "document".into(),
            };
            body["truncation"] = true.into();
        }
        body
    }

    async fn call(&self, body: &Value, texts: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
        let later = |error: reqwest::Error| EmbedError::Later(error.without_url().to_string());
        let post = self.http.post(&self.url).json(body);
        let post = match &self.key {
            Some(key) => post.bearer_auth(key.expose_secret()),
            None => post,
        };
        let answer = post.send().await.map_err(later)?;
        let status = answer.status();
        match status.as_u16() {
            200 => {}
            408 | 409 | 429 | 500.. => return Err(EmbedError::Later(format!("HTTP {status}"))),
            _ => return Err(EmbedError::Wrong(format!("HTTP {status}"))),
        }
        let answer: Answer = answer.json().await.map_err(later)?;
        vectors(answer, texts)
    }
}

/// The vectors in the order of their texts.
fn vectors(mut answer: Answer, texts: usize) -> Result<Vec<Vec<f32>>, EmbedError> {
    answer.data.sort_by_key(|datum| datum.index);
    let in_order = answer.data.iter().enumerate().all(|(at, datum)| at == datum.index);
    let length = answer.data.first().map_or(0, |datum| datum.embedding.len());
    let of_one_length = answer.data.iter().all(|datum| datum.embedding.len() == length);
    if answer.data.len() != texts || !in_order || !of_one_length {
        return Err(EmbedError::Wrong("its answer is not one vector for each text".to_owned()));
    }
    let units: Option<Vec<_>> = answer.data.into_iter().map(|datum| unit(datum.embedding)).collect();
    units.ok_or_else(|| EmbedError::Wrong("a vector of its answer has no direction".to_owned()))
}

#[async_trait]
impl Embedder for Remote {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn least_likeness(&self) -> f32 {
        self.least_likeness
    }

    async fn embed(&self, side: Side, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut all = Vec::with_capacity(texts.len());
        for texts in texts.chunks(AT_ONCE) {
            let clean =
                |text: &String| -> String { crate::redact::secrets(text).chars().take(LONGEST).collect() };
            let body = self.body(side, &texts.iter().map(clean).collect::<Vec<_>>());
            let pauses = ExponentialBuilder::default().with_jitter().with_max_times(RETRIES);
            let call = || self.call(&body, texts.len());
            all.extend(call.retry(pauses).when(|error| matches!(error, EmbedError::Later(_))).await?);
        }
        Ok(all)
    }
}
