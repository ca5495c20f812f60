//! `flowpilot flow`: validate files, import them into the team's library, export from it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot::flow::{Document, check_yaml, to_yaml};

use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Check flow files; every broken rule is named with its line.
    Validate {
        /// YAML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Import flow files; all of them, or none when one is broken.
    Import {
        /// YAML files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Print a flow of the library as YAML.
    Export {
        /// The flow's slug.
        slug: String,
    },
}

pub(crate) async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    match command {
        Command::Validate { files } => {
            let Some(documents) = read(&files, None)? else { return Ok(ExitCode::FAILURE) };
            match documents.len() {
                1 => println!("1 flow is valid."),
                many => println!("{many} flows are valid."),
            }
        }
        Command::Import { files } => return import(config, &files).await,
        Command::Export { slug } => {
            let engine = setup::open_existing(config).await?;
            let team = setup::first_team(&engine, config).await?;
            let found = engine.flows.by_slug(&engine.db, team.id, &slug).await?;
            let (_, document) = found.with_context(|| format!("there is no flow {slug:?}"))?;
            print!("{}", to_yaml(&document)?);
            engine.db.close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn import(config: &Config, files: &[PathBuf]) -> Result<ExitCode> {
    let engine = setup::open_existing(config).await?;
    let team = setup::first_team(&engine, config).await?;
    let mut known = engine.flows.slugs(&engine.db, team.id).await?;
    // Files of one import may link to each other.
    let Some(documents) = read(files, None)? else { return Ok(ExitCode::FAILURE) };
    known.extend(documents.iter().map(|d| d.slug.clone()));
    let Some(documents) = read(files, Some(&known))? else { return Ok(ExitCode::FAILURE) };
    let mut tx = engine.db.begin().await?;
    let mut done = Vec::new();
    for document in &documents {
        let imported = engine.flows.import(&mut tx, &engine.clock, team.id, None, document).await?;
        done.push(format!("{}: {imported:?}", document.slug).to_lowercase());
    }
    tx.commit().await?;
    println!("{}", done.join("\n"));
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// Reads all files; `None` when one is broken, after saying what is wrong with each.
fn read(files: &[PathBuf], known: Option<&BTreeSet<String>>) -> Result<Option<Vec<Document>>> {
    let mut documents = Vec::new();
    let mut broken = false;
    for file in files {
        match read_one(file, known)? {
            Ok(document) => documents.push(document),
            Err(problems) => {
                broken = true;
                for problem in problems {
                    eprintln!("{}: {problem}", file.display());
                }
            }
        }
    }
    Ok((!broken).then_some(documents))
}

fn read_one(
    file: &Path,
    known: Option<&BTreeSet<String>>,
) -> Result<Result<Document, Vec<flowpilot::flow::Problem>>> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let text = String::from_utf8(bytes).with_context(|| format!("{} is not UTF-8", file.display()))?;
    Ok(check_yaml(&text, known))
}
