//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::command::{
    ai, demo, doctor, flow, jsonl, keys, manifest, member, migrate, openapi, pod, psa, sandbox, serve, slack,
    token,
};
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
    /// Run the screen pod by itself, beside servers that share its database.
    Pod,
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
    /// Say whose chat account, or account of the ticket system, is whose.
    #[command(subcommand)]
    Member(member::Command),
    /// Switch AI off and on, and see what it costs.
    #[command(subcommand)]
    Ai(ai::Command),
    /// Connect ticket systems, see what their keys lack, and register the pod.
    #[command(subcommand)]
    Psa(psa::Command),
    /// Connect Slack workspaces.
    #[command(subcommand)]
    Slack(slack::Command),
    /// Print the manifest of an app, made from the configuration.
    #[command(subcommand)]
    Manifest(manifest::Command),
    /// Check each configured part: what is wrong and how to mend it.
    Doctor,
    /// Take secrets out of texts: lines of JSON in, lines of JSON out.
    Redact(jsonl::RedactArgs),
    /// Check sentences against facts: lines of JSON in, lines of JSON out.
    Ground(jsonl::GroundArgs),
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
    // They read nothing but their input.
    match &cli.command {
        Some(Command::Redact(args)) => return jsonl::redact(args),
        Some(Command::Ground(args)) => return jsonl::ground(args),
        _ => {}
    }
    let mut config = Config::load(&cli.config)?;
    if let Some(listen) = cli.listen {
        config.listen = listen;
    }
    if let Some(url) = cli.database_url {
        config.database_url = url;
    }
    let command = cli.command.unwrap_or(Command::Serve);
    // The demo's terminal shows one line, unless somebody asks for more.
    let serves = matches!(command, Command::Serve | Command::Pod | Command::Sandbox(_));
    logging::start(&config.log, serves)?;
    match command {
        Command::Demo(args) => demo::run(config, args).await,
        Command::Serve => serve::run(config).await,
        Command::Pod => pod::run(config).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Keys(command) => keys::run(&config, &command).await,
        Command::Flow(command) => flow::run(&config, command).await,
        Command::Token(args) => token::run(&config, args).await,
        Command::Member(command) => member::run(&config, command).await,
        Command::Ai(command) => ai::run(&config, command).await,
        Command::Psa(command) => psa::run(&config, command).await,
        Command::Slack(command) => slack::run(&config, command).await,
        Command::Manifest(command) => manifest::run(&config, command),
        Command::Doctor => doctor::run(&config).await,
        Command::Redact(args) => jsonl::redact(&args),
        Command::Ground(args) => jsonl::ground(&args),
        Command::Sandbox(args) => sandbox::run(args).await,
        Command::Openapi => openapi::run(),
    }
}
