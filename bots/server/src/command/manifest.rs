//! `flowpilot manifest`: what a platform has to know of the app, made from the configuration.

use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot_slack::manifest::{ManifestOptions, manifest, scopes, unfurl_domain};
use url::Url;

use crate::config::Config;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print the manifest of the Slack app; paste it at api.slack.com/apps, "From a manifest".
    Slack(SlackArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SlackArgs {
    /// Let events come over a socket that FlowPilot opens (Socket Mode); set already when `slack.app_token` is.
    #[arg(long)]
    socket_mode: bool,
    /// Allow an installation for a whole Enterprise organisation.
    #[arg(long)]
    org_deploy: bool,
    /// Let tokens expire after twelve hours; for workspaces that are connected by `flowpilot slack link` only.
    #[arg(long)]
    token_rotation: bool,
    /// Say on stderr what each permission is for.
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let Command::Slack(args) = command;
    let socket_mode = args.socket_mode || config.slack.as_ref().is_some_and(|s| s.app_token.is_some());
    let address = match (&config.public_url, socket_mode) {
        (Some(url), _) => url.clone(),
        // Slack is never given this address to call: everything comes over the socket.
        (None, true) => format!("https://{}", config.listen),
        (None, false) => anyhow::bail!(
            "public_url is not set: Slack has to know where to reach this server. Set it, or use --socket-mode"
        ),
    };
    let public_url: Url = address.parse().with_context(|| format!("public_url {address:?} is no address"))?;
    let options = ManifestOptions {
        public_url,
        socket_mode,
        org_deploy: args.org_deploy,
        token_rotation: args.token_rotation,
    };
    if args.explain {
        for scope in scopes(unfurl_domain(&options.public_url).is_some()) {
            eprintln!("{}: {}", scope.name, scope.why);
        }
    }
    println!("{:#}", manifest(&options));
    Ok(ExitCode::SUCCESS)
}
