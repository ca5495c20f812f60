//! An answer that is written down beforehand, with its pauses: for trying the live text without a model.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use serde::Deserialize;

use super::{AnswerError, Answerer, Ask, Said};

/// What is answered to every question.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// In this order.
    #[serde(default)]
    pub pieces: Vec<Piece>,
    /// What goes wrong at the end, if anything.
    pub error: Option<String>,
}

/// A piece of the answer.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Piece {
    /// Milliseconds before it comes.
    #[serde(default)]
    pub pause_ms: u64,
    /// Its text, Markdown.
    pub text: String,
}

impl Answerer for Script {
    fn name(&self) -> &str {
        "a script"
    }

    fn answer(&self, _: Ask) -> BoxStream<'static, Result<Said, AnswerError>> {
        let error = self.error.clone().map(|why| Err(AnswerError::Early(why)));
        let pieces = stream::iter(self.pieces.clone()).then(|piece| async move {
            tokio::time::sleep(Duration::from_millis(piece.pause_ms)).await;
            Ok(Said::Text(piece.text))
        });
        pieces.chain(stream::iter(error)).boxed()
    }
}
