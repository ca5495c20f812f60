//! `flowpilot psa`: connecting ticket systems, and finding out what their keys lack.

use std::io::{BufRead as _, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use flowpilot::Engine;
use flowpilot::health::{Finding, State, callbacks_of};
use flowpilot::note::NoteKind;
use flowpilot::psa::callback::register;
use flowpilot::psa::connection::{Connection, connections, frames};
use flowpilot::psa::connectwise::ConnectWiseConfig;
use flowpilot::psa::setup::{
    PodRegistration, RightCheck, connect, connection_called, install_pod, remove, rights,
};
use flowpilot::psa::status::{BoardChoices, board_choices, choose_status};
use flowpilot::psa::{CallbackRegistration, PsaError};
use flowpilot::team::Caller;
use secrecy::{ExposeSecret as _, SecretString};

use crate::config::Config;
use crate::setup;

/// Where the keys come from, in the order in which the missing ones are read from standard input.
const KEYS: [&str; 3] = ["CONNECTWISE_PUBLIC_KEY", "CONNECTWISE_PRIVATE_KEY", "CONNECTWISE_CLIENT_ID"];

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Connect ConnectWise Manage, or replace the keys of a connection. It is tested before it is saved.
    ///
    /// The keys are read from `CONNECTWISE_PUBLIC_KEY`, `CONNECTWISE_PRIVATE_KEY` and `CONNECTWISE_CLIENT_ID`; those
    /// that are not set from standard input, one a line, in this order.
    Connect(ConnectArgs),
    /// List the connections; their keys are never shown.
    List,
    /// Forget a connection and its keys.
    Remove {
        /// The connection's name.
        name: String,
    },
    /// Try each call that FlowPilot makes, and name what the API member's security role lacks. Nothing is changed.
    Doctor {
        /// The connection's name; all without.
        name: Option<String>,
    },
    /// List the boards with their statuses, and the status that their tickets get when they are resolved or escalated.
    Statuses {
        /// The connection's name; the only one without.
        name: Option<String>,
    },
    /// Choose the status that a board's tickets get when their note is posted; none at first.
    SetStatus(StatusArgs),
    /// Register the screen pod beside tickets.
    InstallPod {
        /// The connection's name; the only one without.
        name: Option<String>,
    },
    /// Have ConnectWise tell at once when a ticket changes. It is done when a connection is added; this tries again.
    InstallCallbacks {
        /// The connection's name; the only one without.
        name: Option<String>,
    },
}

/// After which note a ticket's status changes.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum After {
    Resolve,
    Escalate,
}

#[derive(Debug, clap::Args)]
pub(crate) struct StatusArgs {
    /// The note that it follows.
    #[arg(long, value_enum)]
    after: After,
    /// The board's name.
    #[arg(long)]
    board: String,
    /// The status' name; without it the status is left as it is from now on.
    #[arg(long)]
    to: Option<String>,
    /// The connection's name; the only one without.
    #[arg(long)]
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConnectArgs {
    /// The team's name for it.
    #[arg(long, default_value = "ConnectWise")]
    name: String,
    /// The host that people log in to: `na.myconnectwise.net` (or `eu`, `au`, `aus`, `za`), or your own.
    #[arg(long)]
    site: String,
    /// The company that logs in.
    #[arg(long)]
    company: String,
    /// The origin of the pages that people work in, where that is not the site itself; may be given several times.
    #[arg(long = "ui-origin")]
    ui_origins: Vec<String>,
}

pub(crate) async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let engine = setup::open_existing(config).await?;
    // Who can run this on the installation may do what its first admin may.
    let admin = Caller::of(&setup::find_member(&engine, None).await?);
    let code = match command {
        Command::Connect(args) => add(&engine, &admin, args).await?,
        Command::List => list(&engine, &admin).await?,
        Command::Remove { name } => {
            if config.connectwise.is_some() && name == setup::CONFIGURED {
                bail!(
                    "{name} comes from the configuration: take its section [connectwise] out and restart the \
                     server first"
                );
            }
            let connection = connection_called(&engine, &admin, Some(&name)).await?;
            remove(&engine, &admin, connection.id).await?;
            println!("{name} is removed; its keys are forgotten");
            ExitCode::SUCCESS
        }
        Command::Doctor { name } => doctor(&engine, &admin, name.as_deref()).await?,
        Command::Statuses { name } => statuses(&engine, &admin, name.as_deref()).await?,
        Command::SetStatus(args) => set_status(&engine, &admin, args).await?,
        Command::InstallPod { name } => {
            let connection = connection_called(&engine, &admin, name.as_deref()).await?;
            told(install_pod(&engine, &admin, connection.id).await?);
            ExitCode::SUCCESS
        }
        Command::InstallCallbacks { name } => {
            let connection = connection_called(&engine, &admin, name.as_deref()).await?;
            told_of_callbacks(register(&engine, &admin, connection.id).await?);
            ExitCode::SUCCESS
        }
    };
    engine.db.close().await;
    Ok(code)
}

async fn add(engine: &Engine, admin: &Caller, args: ConnectArgs) -> Result<ExitCode> {
    let [public_key, private_key, client_id] = keys()?;
    let config = ConnectWiseConfig {
        site: args.site,
        company_id: args.company,
        public_key: public_key.expose_secret().to_owned(),
        private_key,
        client_id: client_id.expose_secret().to_owned(),
        ui_origins: args.ui_origins,
    };
    let (id, rights) = connect(engine, admin, &args.name, &config).await.context("nothing was saved")?;
    println!("{} is connected to {} at {}", args.name, config.company_id, config.site);
    let code = report(&rights);
    println!("{}", said(&callbacks_of(engine, admin.team(), id).await?));
    Ok(code)
}

/// The public key, the private key and the client id.
fn keys() -> Result<[SecretString; 3]> {
    let mut lines = None;
    let mut read = |variable: &str| -> Result<SecretString> {
        if let Some(value) = std::env::var(variable).ok().filter(|value| !value.trim().is_empty()) {
            return Ok(SecretString::from(value));
        }
        let stdin = std::io::stdin();
        if stdin.is_terminal() {
            bail!(
                "set {}; or give those that are not set on standard input, one a line in this order \
                 (`flowpilot psa connect … < FILE`): a terminal would show them",
                KEYS.join(", ")
            );
        }
        let line = lines.get_or_insert_with(|| stdin.lock().lines()).next().transpose()?;
        line.filter(|line| !line.trim().is_empty())
            .map(|line| SecretString::from(line.trim()))
            .with_context(|| format!("{variable} is not set, and standard input has no line for it"))
    };
    let [public_key, private_key, client_id] = KEYS;
    Ok([read(public_key)?, read(private_key)?, read(client_id)?])
}

async fn list(engine: &Engine, admin: &Caller) -> Result<ExitCode> {
    let frames = frames(engine, admin.team()).await?;
    for Connection { id, name, site, company, .. } in connections(engine, admin.team()).await? {
        let frame = frames.iter().find(|frame| frame.connection == id);
        let origins = frame.map(|frame| frame.origins.join(", ")).unwrap_or_default();
        println!("{name}: {company} at {site}; the pod may be framed by {origins}");
    }
    Ok(ExitCode::SUCCESS)
}

async fn statuses(engine: &Engine, admin: &Caller, name: Option<&str>) -> Result<ExitCode> {
    let connection = connection_called(engine, admin, name).await?;
    for BoardChoices { board, statuses, resolution, escalation } in
        board_choices(engine, admin, connection.id).await?
    {
        let statuses =
            if statuses.is_empty() { "not in use any more".to_owned() } else { statuses.join(", ") };
        println!("{board}: {statuses}");
        for (kind, chosen) in [(NoteKind::Resolution, resolution), (NoteKind::Escalation, escalation)] {
            if let Some(status) = chosen {
                println!("    {} sets {status}", after(kind));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn after(kind: NoteKind) -> &'static str {
    match kind {
        NoteKind::Resolution => "resolve",
        NoteKind::Escalation => "escalate",
    }
}

async fn set_status(engine: &Engine, admin: &Caller, args: StatusArgs) -> Result<ExitCode> {
    let StatusArgs { after: note, board, to, name } = args;
    let connection = connection_called(engine, admin, name.as_deref()).await?;
    let kind = match note {
        After::Resolve => NoteKind::Resolution,
        After::Escalate => NoteKind::Escalation,
    };
    match choose_status(engine, admin, connection.id, kind, &board, to.as_deref()).await? {
        Some(choice) => println!(
            "{} of a ticket on {} sets its status to {}",
            after(kind),
            choice.board_name,
            choice.status_name
        ),
        None => println!("{} of a ticket on {board} leaves its status as it is", after(kind)),
    }
    Ok(ExitCode::SUCCESS)
}

async fn doctor(engine: &Engine, admin: &Caller, name: Option<&str>) -> Result<ExitCode> {
    let all = match name {
        Some(_) => vec![connection_called(engine, admin, name).await?],
        None => connections(engine, admin.team()).await?,
    };
    if all.is_empty() {
        bail!("no ticket system is connected: `flowpilot psa connect` does it");
    }
    let mut worst = ExitCode::SUCCESS;
    for connection in all {
        println!("{}: {} at {}", connection.name, connection.company, connection.site);
        let code = match rights(engine, admin, connection.id).await {
            Ok(rights) => {
                let code = report(&rights);
                println!("{}", said(&callbacks_of(engine, admin.team(), connection.id).await?));
                code
            }
            Err(error) => {
                println!("FAIL  {error}");
                ExitCode::FAILURE
            }
        };
        if code != ExitCode::SUCCESS {
            worst = code;
        }
    }
    Ok(worst)
}

/// Each right, and how to mend what is missing.
fn report(rights: &[RightCheck]) -> ExitCode {
    let mut worst = ExitCode::SUCCESS;
    let mut lacks = false;
    for RightCheck { entry, purpose, optional, found } in rights {
        match found {
            Ok(()) => println!("ok    {entry}"),
            Err(error) if !matches!(error, PsaError::Forbidden(_)) => {
                println!("note  {entry} could not be tried: {error}");
                continue;
            }
            Err(_) if *optional => {
                println!("note  {entry} is missing: only to {purpose}, which can be done by hand");
            }
            Err(_) => {
                println!("FAIL  {entry} is missing: FlowPilot cannot {purpose}");
                worst = ExitCode::FAILURE;
            }
        }
        lacks |= found.is_err();
    }
    if lacks {
        println!(
            "Add what is missing in ConnectWise, under System > Security Roles, to the role of the API member; then \
             run `flowpilot psa doctor` again."
        );
    }
    worst
}

/// A finding as a line: none about callbacks is a failure, since the sweep sees what they would tell.
fn said(finding: &Finding) -> String {
    let sign = if finding.state == State::Good { "ok  " } else { "note" };
    format!("{sign}  {}: {}", finding.part, finding.text)
}

fn told_of_callbacks(registration: CallbackRegistration) {
    println!(
        "{}",
        match registration {
            CallbackRegistration::Added => "Callbacks are registered: changes of tickets are told at once.",
            CallbackRegistration::Changed => {
                "Callbacks were registered before; their address is up to date now."
            }
            CallbackRegistration::Unchanged => "Callbacks are registered already; nothing was changed.",
        }
    );
}

fn told(registration: PodRegistration) {
    match registration {
        PodRegistration::Added => println!("The pod is registered for the ticket screen."),
        PodRegistration::Changed => println!("The pod was registered before; its address is up to date now."),
        PodRegistration::Unchanged => println!("The pod is registered already; nothing was changed."),
    }
    println!(
        "Each person shows it once: in a ticket, \"+\" on the panel at the right, move FlowPilot to Displayed, save."
    );
}
