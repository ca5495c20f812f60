//! Finding by meaning: texts as vectors of a model, beside the search for words. Optional; without it, and whenever it
//! does not answer in time, the words alone decide.
//!
//! What always holds: vectors of different models are never compared; a search looks at one team's vectors only; no text
//! waits for a vector, they are made in the background and kept in the database. Start with [`Embedder`] and
//! [`Vectors`].

mod config;
mod kept;
#[cfg(feature = "embeddings-local")]
mod local;
mod remote;
mod vectors;

pub use config::{EmbedderKind, EmbeddingsConfig};
#[cfg(feature = "embeddings-local")]
pub use local::Local;
pub use remote::{Protocol, Remote};
pub use vectors::{Item, Kind, Near, Vectors};

use async_trait::async_trait;

/// Which side of a search a text is on. Some models want to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// What is looked for.
    Query,
    /// What can be found.
    Document,
}

/// Makes vectors of texts.
#[async_trait]
pub trait Embedder: Send + Sync + 'static {
    /// Names provider and model: vectors under different names are never compared.
    fn name(&self) -> &str;

    /// Whether texts leave this machine.
    fn is_remote(&self) -> bool;

    /// The cosine from which on two texts are about the same, 0 to 1.
    fn least_likeness(&self) -> f32;

    /// One vector of length 1 for each text, in their order.
    ///
    /// # Errors
    /// [`EmbedError`]; nothing is half done.
    async fn embed(&self, side: Side, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError>;
}

/// Why there are no vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbedError {
    /// It may work later.
    #[error("the embedding model does not answer: {0}")]
    Later(String),
    /// Somebody has to mend something first.
    #[error("the embedding model cannot be used: {0}")]
    Wrong(String),
}

/// A vector of length 1 in the same direction; nothing for one without a direction.
pub(crate) fn unit(mut vector: Vec<f32>) -> Option<Vec<f32>> {
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    if !length.is_finite() || length <= f32::EPSILON {
        return None;
    }
    vector.iter_mut().for_each(|x| *x /= length);
    Some(vector)
}

/// How alike two vectors of length 1 are; 0 where they are not of the same model.
pub(crate) fn likeness(one: &[f32], other: &[f32]) -> f32 {
    if one.len() != other.len() {
        return 0.0;
    }
    one.iter().zip(other).map(|(a, b)| a * b).sum()
}
