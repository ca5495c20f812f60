//! A sentence transformer of the BERT family on this machine: `MiniLM` and its like, through candle.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use sha2::{Digest as _, Sha256};
use tokenizers::{PaddingParams, PaddingStrategy, Tokenizer, TruncationParams};

use super::{EmbedError, Embedder, Side, unit};

/// Tokens of a text that are read: what these models were trained with.
const MOST_TOKENS: usize = 256;
/// Texts at once.
const AT_ONCE: usize = 16;

/// The model.
pub struct Local {
    model: Arc<Model>,
    name: String,
    least_likeness: f32,
}

struct Model {
    bert: BertModel,
    tokenizer: Tokenizer,
}

impl Local {
    /// Opens a folder with `config.json`, `tokenizer.json` and `model.safetensors`.
    ///
    /// # Errors
    /// [`EmbedError::Wrong`] saying which file cannot be used.
    pub fn open(folder: &Path, least_likeness: f32) -> Result<Self, EmbedError> {
        let read = |file: &str| {
            let path = folder.join(file);
            std::fs::read(&path).map_err(|e| EmbedError::Wrong(format!("{}: {e}", path.display())))
        };
        let wrong = |file: &'static str| move |e: String| EmbedError::Wrong(format!("{file}: {e}"));
        let config: Config =
            serde_json::from_slice(&read("config.json")?).map_err(|e| wrong("config.json")(e.to_string()))?;
        let tokens = read("tokenizer.json")?;
        let mut tokenizer =
            Tokenizer::from_bytes(&tokens).map_err(|e| wrong("tokenizer.json")(e.to_string()))?;
        let cut = TruncationParams { max_length: MOST_TOKENS, ..TruncationParams::default() };
        tokenizer.with_truncation(Some(cut)).map_err(|e| wrong("tokenizer.json")(e.to_string()))?;
        let padding = PaddingParams { strategy: PaddingStrategy::BatchLongest, ..PaddingParams::default() };
        tokenizer.with_padding(Some(padding));
        let weights = read("model.safetensors")?;
        let digest = Sha256::digest(&weights);
        let name = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect::<String>();
        let bert = VarBuilder::from_buffered_safetensors(weights, DType::F32, &Device::Cpu)
            .and_then(|weights| BertModel::load(weights, &config))
            .map_err(|e| wrong("model.safetensors")(e.to_string()))?;
        Ok(Self { model: Arc::new(Model { bert, tokenizer }), name: format!("local:{name}"), least_likeness })
    }
}

impl Model {
    /// The mean over the tokens of each text.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, String> {
        let encoded = self.tokenizer.encode_batch(texts.to_vec(), true).map_err(|e| e.to_string())?;
        let of = |pick: fn(&tokenizers::Encoding) -> &[u32]| -> candle_core::Result<Tensor> {
            let rows = encoded.iter().map(|text| Tensor::new(pick(text), &Device::Cpu));
            Tensor::stack(&rows.collect::<candle_core::Result<Vec<_>>>()?, 0)
        };
        let pooled = || -> candle_core::Result<Vec<Vec<f32>>> {
            let (ids, mask) =
                (of(tokenizers::Encoding::get_ids)?, of(tokenizers::Encoding::get_attention_mask)?);
            let said = self.bert.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
            let weights = mask.to_dtype(DType::F32)?.unsqueeze(2)?;
            let sum = said.broadcast_mul(&weights)?.sum(1)?;
            sum.broadcast_div(&weights.sum(1)?)?.to_vec2()
        };
        pooled().map_err(|e| e.to_string())
    }

    /// Texts of a like length together: padding is work too.
    fn embed_all(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|at| texts[*at].len());
        let mut all = vec![Vec::new(); texts.len()];
        for batch in order.chunks(AT_ONCE) {
            let batched: Vec<String> = batch.iter().map(|at| texts[*at].clone()).collect();
            let vectors = self.embed(&batched).map_err(EmbedError::Wrong)?;
            for (at, vector) in batch.iter().zip(vectors) {
                let vector = unit(vector);
                all[*at] =
                    vector.ok_or_else(|| EmbedError::Wrong("a text without a direction".to_owned()))?;
            }
        }
        Ok(all)
    }
}

#[async_trait]
impl Embedder for Local {
    fn name(&self) -> &str {
        &self.name
    }

    fn is_remote(&self) -> bool {
        false
    }

    fn least_likeness(&self) -> f32 {
        self.least_likeness
    }

    async fn embed(&self, _: Side, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        let (model, texts) = (Arc::clone(&self.model), texts.to_vec());
        let work = tokio::task::spawn_blocking(move || model.embed_all(&texts));
        work.await.map_err(|e| EmbedError::Later(e.to_string()))?
    }
}
