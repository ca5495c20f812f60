//! `flowpilot sandbox`: the ConnectWise sandbox by itself, for trying the API and for tests.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use flowpilot_sandbox::{Credentials, Sandbox, SandboxConfig, demo_tickets, tickets_from_csv};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Tickets to load, as CSV; the demo's without.
    #[arg(long)]
    tickets: Option<PathBuf>,
    /// The file that keeps tickets and notes; memory without.
    #[arg(long)]
    store: Option<PathBuf>,
    /// A loopback address.
    #[arg(long, default_value = "127.0.0.1:4080")]
    sandbox_listen: SocketAddr,
    /// The company that logs in.
    #[arg(long, default_value = "acme")]
    company: String,
    /// Public half of the API key.
    #[arg(long, default_value = "public")]
    public_key: String,
    /// Private half of the API key. It opens nothing but this sandbox.
    #[arg(long, default_value = "private")]
    private_key: String,
}

pub(crate) async fn run(args: Args) -> Result<ExitCode> {
    let tickets = match &args.tickets {
        Some(file) => {
            let content =
                std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
            tickets_from_csv(content).with_context(|| format!("{}: nothing was loaded", file.display()))?
        }
        None => demo_tickets(),
    };
    let credentials = Credentials {
        company_id: args.company,
        public_key: args.public_key,
        private_key: args.private_key,
        client_id: None,
    };
    let config = SandboxConfig {
        listen: args.sandbox_listen,
        credentials,
        store: args.store,
        tickets,
        ..SandboxConfig::default()
    };
    let sandbox = Sandbox::start(config).await?;
    println!("{}", sandbox.url());
    tokio::signal::ctrl_c().await?;
    sandbox.stop().await;
    Ok(ExitCode::SUCCESS)
}
