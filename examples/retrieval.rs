//! Measures the search for texts: reads a corpus and queries in the form of BEIR, and writes a run.
//!
//! `cargo run --release --example retrieval -- FOLDER RUN.tsv`, where FOLDER has `corpus.jsonl` (lines of
//! `{"_id", "title", "text"}`) and `queries.jsonl` (`{"_id", "text"}`). A line of the run is a query's id, a document's
//! id and its score, separated by tabs, best first; `--limit` is the most of them for a query.
//!
//! By words alone; with a model by meaning too, as the program does: `--model FOLDER` for one on this machine (needs
//! `--features embeddings-local`), `--endpoint URL --endpoint-model NAME` for a server that speaks `OpenAI`'s embeddings, whose
//! key may stand in `EMBEDDINGS_KEY`. `--trec` writes the six columns of TREC instead of three.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Parser;
use flowpilot::meaning::{Embedder, EmbedderKind, EmbeddingsConfig, Near, Side};
use flowpilot::search::{Text, TextIndex, fuse};
use flowpilot::store::TeamId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

/// Hits of each way that are put in one order.
const CANDIDATES: usize = 100;

#[derive(Parser)]
struct Arguments {
    /// A folder with corpus.jsonl and queries.jsonl.
    folder: PathBuf,
    /// The file to write.
    run: PathBuf,
    /// Documents of one query.
    #[arg(long, default_value_t = CANDIDATES)]
    limit: usize,
    /// A folder with a sentence transformer.
    #[arg(long, conflicts_with = "endpoint")]
    model: Option<PathBuf>,
    /// A server that speaks `OpenAI`'s embeddings.
    #[arg(long, requires = "endpoint_model")]
    endpoint: Option<String>,
    /// Its model.
    #[arg(long)]
    endpoint_model: Option<String>,
    /// Write `query Q0 document rank score flowpilot`.
    #[arg(long)]
    trec: bool,
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "_id")]
    id: String,
    #[serde(default)]
    title: String,
    text: String,
}

#[derive(Deserialize)]
struct Query {
    #[serde(rename = "_id")]
    id: String,
    text: String,
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let file = File::open(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut read = Vec::new();
    for (number, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            read.push(
                serde_json::from_str(&line)
                    .map_err(|e| format!("{}, line {}: {e}", path.display(), number + 1))?,
            );
        }
    }
    Ok(read)
}

/// The documents by their meaning.
struct Meaning {
    embedder: Arc<dyn Embedder>,
    vectors: Vec<Vec<f32>>,
}

impl Meaning {
    async fn of(arguments: &Arguments, corpus: &[Document]) -> Result<Option<Self>, Box<dyn Error>> {
        let kind = match (&arguments.model, &arguments.endpoint) {
            (Some(_), _) => Some(EmbedderKind::Local),
            (None, Some(_)) => Some(EmbedderKind::Openai),
            (None, None) => None,
        };
        let config = EmbeddingsConfig {
            kind,
            model_folder: arguments.model.clone(),
            base_url: arguments.endpoint.clone(),
            model: arguments.endpoint_model.clone(),
            api_key: std::env::var("EMBEDDINGS_KEY").ok().map(Into::into),
            least_likeness: None,
        };
        let Some(embedder) = config.embedder()? else { return Ok(None) };
        let texts: Vec<String> = corpus.iter().map(|it| format!("{}\n{}", it.title, it.text)).collect();
        let vectors = embedder.embed(Side::Document, &texts).await?;
        Ok(Some(Self { embedder, vectors }))
    }

    async fn near(&self, query: &str) -> Result<Vec<Near>, Box<dyn Error>> {
        let wanted = self.embedder.embed(Side::Query, &[query.to_owned()]).await?.remove(0);
        let dot = |vector: &[f32]| vector.iter().zip(&wanted).map(|(a, b)| a * b).sum();
        let near = (0_u128..).zip(&self.vectors);
        let mut near: Vec<Near> =
            near.map(|(n, vector)| Near { id: Uuid::from_u128(n), likeness: dot(vector) }).collect();
        near.sort_by(|a, b| b.likeness.total_cmp(&a.likeness));
        near.truncate(CANDIDATES);
        Ok(near)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let corpus: Vec<Document> = lines(&arguments.folder.join("corpus.jsonl"))?;
    let queries: Vec<Query> = lines(&arguments.folder.join("queries.jsonl"))?;

    let team = TeamId(Uuid::nil());
    let index = TextIndex::new();
    for (number, document) in (0_u128..).zip(&corpus) {
        let (title, body) = (document.title.clone(), document.text.clone());
        index.put(&Text { team, id: Uuid::from_u128(number), title, body })?;
    }
    index.commit()?;
    let meaning = Meaning::of(&arguments, &corpus).await?;

    let mut out = BufWriter::new(File::create(&arguments.run)?);
    for query in &queries {
        let by_words = index.search(team, &query.text, arguments.limit.max(CANDIDATES))?;
        let found: Vec<(Uuid, f32)> = match &meaning {
            None => by_words.iter().map(|hit| (hit.id, hit.score)).collect(),
            Some(meaning) => {
                let near = meaning.near(&query.text).await?;
                let fused = fuse(&by_words, &near, arguments.limit);
                fused.iter().map(|fused| (fused.id, fused.score)).collect()
            }
        };
        for (place, (id, score)) in found.into_iter().take(arguments.limit).enumerate() {
            let document = &corpus[usize::try_from(id.as_u128())?].id;
            match arguments.trec {
                true => writeln!(out, "{} Q0 {document} {} {score} flowpilot", query.id, place + 1)?,
                false => writeln!(out, "{}\t{document}\t{score}", query.id)?,
            }
        }
    }
    out.flush()?;
    Ok(())
}
