//! `flowpilot slack`: connecting workspaces.

use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot::team::Caller;
use flowpilot_slack::install::{INVITATION_LIFETIME, Installations};

use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print a link that connects one Slack workspace to the team, once.
    Link(LinkArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct LinkArgs {
    /// Name, e-mail address or role of the admin who connects it; the first admin without.
    #[arg(long)]
    member: Option<String>,
}

pub(crate) async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    match command {
        Command::Link(args) => link(config, &args).await,
    }
}

async fn link(config: &Config, args: &LinkArgs) -> Result<ExitCode> {
    let slack = config.slack.as_ref();
    let slack = slack.context("slack is not configured: set slack.client_id and slack.client_secret")?;
    let engine = setup::open_existing(config).await?;
    let member = setup::find_member(&engine, args.member.as_deref()).await?;
    let options = slack.install_options(config.public_url.as_deref());
    let invitation = Installations::new(engine.clone(), options)?.invite(&Caller::of(&member)).await?;
    eprintln!(
        "Open this in a browser while the server runs. It connects one workspace, and works for {} minutes:",
        INVITATION_LIFETIME.as_secs() / 60
    );
    println!("{invitation}");
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}
