//! Measures the search for texts: reads a corpus and queries in the form of BEIR, and writes a run.
//!
//! `cargo run --release --example retrieval -- FOLDER RUN.tsv [LIMIT]`, where FOLDER has `corpus.jsonl` (lines of
//! `{"_id", "title", "text"}`) and `queries.jsonl` (`{"_id", "text"}`). A line of the run is a query's id, a document's
//! id and its score, separated by tabs, best first; `LIMIT` is the most of them for a query (100).

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::Path;

use flowpilot::search::{Text, TextIndex};
use flowpilot::store::TeamId;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

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

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (folder, run, limit) = match arguments.as_slice() {
        [folder, run] => (folder, run, 100),
        [folder, run, limit] => (folder, run, limit.parse()?),
        _ => return Err("give a folder with corpus.jsonl and queries.jsonl, and the file to write".into()),
    };
    let corpus: Vec<Document> = lines(&Path::new(folder).join("corpus.jsonl"))?;
    let queries: Vec<Query> = lines(&Path::new(folder).join("queries.jsonl"))?;

    let team = TeamId(Uuid::nil());
    let index = TextIndex::new();
    for (number, document) in (0_u128..).zip(&corpus) {
        let (title, body) = (document.title.clone(), document.text.clone());
        index.put(&Text { team, id: Uuid::from_u128(number), title, body })?;
    }
    index.commit()?;

    let mut out = BufWriter::new(File::create(run)?);
    for query in &queries {
        for hit in index.search(team, &query.text, limit)? {
            let document = &corpus[usize::try_from(hit.id.as_u128())?];
            writeln!(out, "{}\t{}\t{}", query.id, document.id, hit.score)?;
        }
    }
    out.flush()?;
    Ok(())
}
