//! `flowpilot keys`: the keys that seal secrets.

use std::process::ExitCode;

use anyhow::Result;
use flowpilot::psa::connection::reseal;
use flowpilot::store::Sealer;
use secrecy::ExposeSecret;

use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print a new key. Put it first in `secret_keys` and keep the old ones behind it.
    Generate,
    /// Seal every stored secret again with the first key; afterwards the old keys can be removed.
    Rotate,
}

pub(crate) async fn run(config: &Config, command: &Command) -> Result<ExitCode> {
    match command {
        Command::Generate => println!("{}", Sealer::generate_key().expose_secret()),
        Command::Rotate => {
            let engine = setup::open_existing(config).await?;
            let resealed = reseal(&engine).await? + flowpilot_slack::install::reseal(&engine).await?;
            println!("{resealed} secrets were sealed again with the first key.");
            engine.db.close().await;
        }
    }
    Ok(ExitCode::SUCCESS)
}
