//! `flowpilot demo`: the whole product on this machine, against a ConnectWise sandbox over HTTP.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flowpilot::Engine;
use flowpilot::http::PrivateNetworks;
use flowpilot::psa::account::assign;
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::store::random_token;
use flowpilot::team::{Caller, Role};
use flowpilot_console::ConsoleOptions;
use flowpilot_sandbox::{Credentials, MemberSeed, Sandbox, SandboxConfig, demo_tickets, tickets_from_csv};
use secrecy::{ExposeSecret, SecretString};

use super::serve::{hosts, listen, serve};
use crate::config::{Config, MemberConfig, TeamConfig};
use crate::setup;

/// Where the demo keeps what it is told, unless another place is named.
pub(crate) const FOLDER: &str = "flowpilot-demo";

/// Changes that are made on the sandbox's screens are seen soon.
const DEMO_SWEEP_SECONDS: u64 = 15;

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
    // Nothing tells of changes on one machine without a public address, and the sandbox has no limits.
    config.queue.ticket_sweep_seconds = config.queue.ticket_sweep_seconds.min(DEMO_SWEEP_SECONDS);
    let listener = listen(&config).await?;
    let address = listener.local_addr()?;
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
        members: PEOPLE.iter().map(Person::in_the_ticket_system).collect(),
        // Another name for this machine: to a browser it is another site, as it would be beside a real ticket.
        pod_url: Some(format!(
            "http://localhost:{}/pod/{TEAM}?id=[cw_id]&screen=[cw_screen]",
            address.port()
        )),
        ..SandboxConfig::default()
    })
    .await?;
    config.private_networks = config.private_networks.and(&PrivateNetworks::this_machine());
    config.connectwise = Some(connection(&sandbox, private_key));
    config.team = demo_team();
    let psa = Some("ConnectWise sandbox".to_owned());
    let options = ConsoleOptions { demo: true, psa, hosts: hosts(address) };
    let ready = |url: &str, key: Option<&str>| println!("{url}/?k={}", key.unwrap_or_default());
    let code = serve(config, listener, options, link, ready).await?;
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
        // The sandbox's own pages.
        ui_origins: Vec::new(),
    }
}

/// The team's name in addresses.
const TEAM: &str = "demo";

/// Somebody of the demo's team, who has an account in its ticket system too.
struct Person {
    first: &'static str,
    last: &'static str,
    /// The login name in the ticket system.
    identifier: &'static str,
    email: &'static str,
    role: Role,
}

/// Whoever opens a ticket's screen is the first one, unless they say otherwise.
const PEOPLE: [Person; 3] = [
    Person {
        first: "Eli",
        last: "Engineer",
        identifier: "eli",
        email: "eli@northwind.example",
        role: Role::Engineer,
    },
    Person {
        first: "Ada",
        last: "Admin",
        identifier: "ada",
        email: "ada@northwind.example",
        role: Role::TeamAdmin,
    },
    Person {
        first: "Vera",
        last: "Viewer",
        identifier: "vera",
        email: "vera@northwind.example",
        role: Role::Viewer,
    },
];

impl Person {
    fn name(&self) -> String {
        format!("{} {}", self.first, self.last)
    }

    fn in_the_ticket_system(&self) -> MemberSeed {
        MemberSeed {
            identifier: self.identifier.to_owned(),
            first_name: self.first.to_owned(),
            last_name: self.last.to_owned(),
            email: self.email.to_owned(),
        }
    }
}

fn demo_team() -> TeamConfig {
    let mut members: Vec<MemberConfig> = PEOPLE
        .iter()
        .map(|it| MemberConfig { name: it.name(), email: Some(it.email.to_owned()), role: it.role })
        .collect();
    // The console begins as the first admin.
    members.sort_by_key(|member| member.role != Role::TeamAdmin);
    TeamConfig {
        slug: TEAM.to_owned(),
        name: "Northwind IT Services".to_owned(),
        members,
        ..TeamConfig::default()
    }
}

/// Says whose accounts in the ticket system are whose, as an admin would.
async fn link(engine: &Engine) -> Result<()> {
    let admin = Caller::of(&setup::find_member(engine, None).await?);
    for person in PEOPLE {
        // Whoever was removed from an earlier demo stays so.
        if let Ok(member) = setup::find_member(engine, Some(person.email)).await {
            assign(engine, &admin, &member, None, person.identifier).await?;
        }
    }
    Ok(())
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
