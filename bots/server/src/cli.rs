//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::command::{demo, doctor, flow, keys, manifest, migrate, openapi, sandbox, serve, slack, token};
use crate::config::{Config, DEFAULT_FILE};
use crate::logging;

/// The troubleshooting copilot for MSP engineers.
#[derive(Debug, Parser)]
#[command(name = "flowpilot", version, about)]
pub struct Cli {
    /// The configuration file.
    #[arg(long, global = true, env = "FLOWPILOT_CONFIG", default_value = DEFAULT_FILE)]
    config: PathBuf,
    /// Where to listen, instead of the configured address.
    #[arg(long, global = true)]
    listen: Option<String>,
    /// The database, instead of the configured one.
    #[arg(long, global = true)]
    database_url: Option<String>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try everything in the browser: no account, nothing leaves this machine.
    Demo(demo::Args),
    /// Run the server (this is what happens without a command).
    Serve,
    /// Bring the database's schema up to date.
    Migrate,
    /// Make and rotate the keys that seal secrets.
    #[command(subcommand)]
    Keys(keys::Command),
    /// Validate, import and export flows.
    #[command(subcommand)]
    Flow(flow::Command),
    /// Issue an API token for a script.
    Token(token::Args),
    /// Connect Slack workspaces.
    #[command(subcommand)]
    Slack(slack::Command),
    /// Print the manifest of an app, made from the configuration.
    #[command(subcommand)]
    Manifest(manifest::Command),
    /// Check each configured part: what is wrong and how to mend it.
    Doctor,
    /// Run the ConnectWise sandbox by itself.
    Sandbox(sandbox::Args),
    /// Print the OpenAPI description.
    Openapi,
}

/// Runs the command.
///
/// # Errors
/// What did not work and why, for the terminal.
pub async fn run(cli: Cli) -> Result<ExitCode> {
    let mut config = Config::load(&cli.config)?;
    if let Some(listen) = cli.listen {
        config.listen = listen;
    }
    if let Some(url) = cli.database_url {
        config.database_url = url;
    }
    let command = cli.command.unwrap_or(Command::Serve);
    // The demo's terminal shows one line, unless somebody asks for more.
    let serves = matches!(command, Command::Serve | Command::Sandbox(_));
    logging::start(&config.log, serves)?;
    match command {
        Command::Demo(args) => demo::run(config, args).await,
        Command::Serve => serve::run(config).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Keys(command) => keys::run(&config, &command).await,
        Command::Flow(command) => flow::run(&config, command).await,
        Command::Token(args) => token::run(&config, args).await,
        Command::Slack(command) => slack::run(&config, command).await,
        Command::Manifest(command) => manifest::run(&config, command),
        Command::Doctor => doctor::run(&config).await,
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Openapi => openapi::run(),
    }
}
