//! `flowpilot demo`: the whole product on this machine, against a ConnectWise sandbox over HTTP.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::store::random_token;
use flowpilot::team::Role;
use flowpilot_console::ConsoleOptions;
use flowpilot_sandbox::{Credentials, Sandbox, SandboxConfig, demo_tickets, tickets_from_csv};
use secrecy::{ExposeSecret, SecretString};

use super::serve::{hosts, listen, serve};
use crate::config::{Config, MemberConfig, TeamConfig};

/// Where the demo keeps what it is told, unless another place is named.
pub(crate) const FOLDER: &str = "flowpilot-demo";

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Tickets to load, as CSV with the columns `number`, `short_description`, `description`, `urgency`, `impact`,
    /// `category` and `assignment_group`
    #[arg(long)]
    tickets: Option<PathBuf>,
    /// The folder that keeps the demo's database and tickets.
    #[arg(long, default_value = FOLDER)]
    folder: PathBuf,
    /// Forget what an earlier demo left in the folder.
    #[arg(long)]
    reset: bool,
}

pub(crate) async fn run(config: Config, args: Args) -> Result<ExitCode> {
    let tickets = match &args.tickets {
        Some(file) => read_tickets(file)?,
        None => demo_tickets(),
    };
    let mut config = in_folder(config, &args.folder);
    config.console = true;
    let listener = listen(&config).await?;
    if args.reset {
        reset(&args.folder)?;
    }
    std::fs::create_dir_all(&args.folder)
        .with_context(|| format!("cannot create {}", args.folder.display()))?;
    let private_key = random_token();
    let credentials = Credentials {
        company_id: "demo".to_owned(),
        public_key: "demo".to_owned(),
        private_key: private_key.expose_secret().to_owned(),
        client_id: None,
    };
    let store = args.folder.join("sandbox.json");
    if args.tickets.is_some() && store.exists() {
        eprintln!(
            "{} keeps the tickets of an earlier demo: a row whose number is there already is not loaded again. \
             --reset begins anew.",
            args.folder.display()
        );
    }
    let sandbox = Sandbox::start(SandboxConfig {
        credentials,
        store: Some(store),
        tickets,
        ..SandboxConfig::default()
    })
    .await?;
    config.connectwise = Some(connection(&sandbox, private_key));
    config.team = demo_team();
    let psa = Some("ConnectWise sandbox".to_owned());
    let options = ConsoleOptions { demo: true, psa, hosts: hosts(listener.local_addr()?) };
    let code =
        serve(config, listener, options, |url, key| println!("{url}/?k={}", key.unwrap_or_default())).await?;
    sandbox.stop().await;
    Ok(code)
}

/// The configuration with the demo's own database, so that a demo never touches real data.
pub(crate) fn in_folder(config: Config, folder: &Path) -> Config {
    let untouched = config.database_url == Config::default().database_url;
    let database_url = if untouched {
        format!("sqlite://{}", folder.join("flowpilot.db").display())
    } else {
        config.database_url
    };
    Config { database_url, ..config }
}

fn connection(sandbox: &Sandbox, private_key: SecretString) -> ConnectWiseConfig {
    ConnectWiseConfig {
        site: sandbox.url(),
        company_id: "demo".to_owned(),
        public_key: "demo".to_owned(),
        private_key,
        client_id: "00000000-0000-4000-8000-000000000000".to_owned(),
    }
}

fn demo_team() -> TeamConfig {
    let member = |name: &str, email: &str, role| MemberConfig {
        name: name.to_owned(),
        email: Some(email.to_owned()),
        role,
    };
    TeamConfig {
        slug: "demo".to_owned(),
        name: "Northwind IT Services".to_owned(),
        members: vec![
            member("Ada Admin", "ada@northwind.example", Role::TeamAdmin),
            member("Eli Engineer", "eli@northwind.example", Role::Engineer),
            member("Vera Viewer", "vera@northwind.example", Role::Viewer),
        ],
        ..TeamConfig::default()
    }
}

fn read_tickets(file: &Path) -> Result<Vec<flowpilot_sandbox::TicketSeed>> {
    let content = std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    tickets_from_csv(content).with_context(|| format!("{}: nothing was loaded", file.display()))
}

/// Deletes only what a demo made: a folder with anything else in it is left alone.
fn reset(folder: &Path) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    let mut ours = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !(name.starts_with("flowpilot.db") || name.starts_with("sandbox.json")) {
            bail!("{} holds {name}, which no demo made; choose another --folder", folder.display());
        }
        ours.push(entry.path());
    }
    for path in ours {
        std::fs::remove_file(&path).with_context(|| format!("cannot delete {}", path.display()))?;
    }
    Ok(())
}
