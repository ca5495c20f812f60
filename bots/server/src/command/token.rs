//! `flowpilot token`: an API token for a script.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use flowpilot::team::token::issue_pair;

use super::demo;
use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Name, e-mail address or role of the member to act as; the first admin without.
    #[arg(long)]
    member: Option<String>,
    /// Use the demo's database.
    #[arg(long)]
    demo: bool,
    /// The demo's folder.
    #[arg(long, default_value = demo::FOLDER)]
    folder: PathBuf,
    /// Print the access token only, not the pair as JSON.
    #[arg(long)]
    access_only: bool,
}

pub(crate) async fn run(config: &Config, args: Args) -> Result<ExitCode> {
    let config = if args.demo { demo::in_folder(config.clone(), &args.folder) } else { config.clone() };
    let engine = setup::open_existing(&config).await?;
    let member = setup::find_member(&engine, args.member.as_deref()).await?;
    let pair = issue_pair(&engine, &member).await?;
    if args.access_only {
        println!("{}", pair.access_token);
    } else {
        println!("{}", serde_json::to_string_pretty(&pair)?);
    }
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}
