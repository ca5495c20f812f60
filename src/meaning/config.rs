//! Which model makes vectors: the `[search.embeddings]` part of the configuration.

use std::path::PathBuf;
use std::sync::Arc;

use secrecy::SecretString;
use serde::Deserialize;

use super::{Embedder, Protocol, Remote};
use crate::{Error, Result};

/// The cosine from which on two texts are about the same, where the configuration does not say.
const LEAST_LIKENESS: f32 = 0.55;

/// Where vectors come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum EmbedderKind {
    /// A sentence transformer of the BERT family in a folder, on this machine: `MiniLM`.
    Local,
    /// Voyage's embeddings.
    Voyage,
    /// A server that speaks `OpenAI`'s embeddings.
    Openai,
}

/// The model that makes vectors. Without it, the words alone decide.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmbeddingsConfig {
    /// Where vectors come from; none are made without.
    pub kind: Option<EmbedderKind>,
    /// For `local`: the folder with `config.json`, `tokenizer.json` and `model.safetensors`.
    pub model_folder: Option<PathBuf>,
    /// For the others: the address, up to what stands before `/embeddings`; the vendor's own without.
    pub base_url: Option<String>,
    /// The key, where the server wants one.
    pub api_key: Option<SecretString>,
    /// The model, as the server names it.
    pub model: Option<String>,
    /// The cosine from which on two texts are about the same, 0 to 1; models differ. 0.55 without.
    pub least_likeness: Option<f32>,
}

impl EmbeddingsConfig {
    /// The embedder that it describes, where it describes one.
    ///
    /// # Errors
    /// [`Error::Installation`] naming the key that is missing or wrong.
    pub fn embedder(&self) -> Result<Option<Arc<dyn Embedder>>> {
        let Some(kind) = self.kind else { return Ok(None) };
        let least = self.least_likeness.unwrap_or(LEAST_LIKENESS);
        if !(0.0..=1.0).contains(&least) {
            return Err(wrong("least_likeness", "must be between 0 and 1"));
        }
        match kind {
            EmbedderKind::Local => self.local(least).map(Some),
            EmbedderKind::Voyage => self.remote(Protocol::Voyage, least).map(Some),
            EmbedderKind::Openai => self.remote(Protocol::OpenAi, least).map(Some),
        }
    }

    fn remote(&self, protocol: Protocol, least: f32) -> Result<Arc<dyn Embedder>> {
        let model = self.model.as_deref().or(protocol.model());
        let model = model.ok_or_else(|| wrong("model", "is not set; name one that the server has"))?;
        let base = self.base_url.as_deref().unwrap_or(protocol.base_url());
        let is_web = url::Url::parse(base).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if !is_web {
            return Err(wrong("base_url", "is no web address"));
        }
        Ok(Arc::new(Remote::new(protocol, base, self.api_key.clone(), model, least)?))
    }

    #[cfg(feature = "embeddings-local")]
    fn local(&self, least: f32) -> Result<Arc<dyn Embedder>> {
        let folder = self.model_folder.as_deref();
        let folder = folder.ok_or_else(|| wrong("model_folder", "is not set; name the model's folder"))?;
        let model = super::Local::open(folder, least).map_err(|e| wrong("model_folder", &e.to_string()))?;
        Ok(Arc::new(model))
    }

    #[cfg(not(feature = "embeddings-local"))]
    fn local(&self, _least: f32) -> Result<Arc<dyn Embedder>> {
        let how = "= \"local\" needs a program that was built with the feature `embeddings-local`";
        Err(wrong("kind", how))
    }
}

fn wrong(key: &str, rule: &str) -> Error {
    Error::Installation(format!("search.embeddings: {key} {rule}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(config: &EmbeddingsConfig) -> String {
        config.embedder().err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn nothing_is_made_without_a_kind() {
        assert!(EmbeddingsConfig::default().embedder().unwrap().is_none());
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        let openai = EmbeddingsConfig { kind: Some(EmbedderKind::Openai), ..EmbeddingsConfig::default() };
        assert!(said(&openai).contains("search.embeddings: model is not set"), "{}", said(&openai));
        let wrong = EmbeddingsConfig {
            base_url: Some("localhost".to_owned()),
            model: Some("m".to_owned()),
            ..openai.clone()
        };
        assert!(said(&wrong).contains("base_url is no web address"));
        let wrong = EmbeddingsConfig { least_likeness: Some(7.0), ..openai };
        assert!(said(&wrong).contains("least_likeness must be between 0 and 1"));
    }

    #[cfg(not(feature = "embeddings-local"))]
    #[test]
    fn a_program_without_the_local_model_says_so() {
        let local = EmbeddingsConfig { kind: Some(EmbedderKind::Local), ..EmbeddingsConfig::default() };
        assert!(said(&local).contains("embeddings-local"));
    }
}
