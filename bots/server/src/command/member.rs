//! `flowpilot member`: whose accounts are whose.

use std::process::ExitCode;

use anyhow::Result;
use flowpilot::psa::account::assign;
use flowpilot::team::{CODE_LIFETIME, Caller, code_for_member};

use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Print a one-time code; the chat account that writes `link CODE` to FlowPilot then acts as this member.
    Code {
        /// Name, e-mail address or role of the member.
        member: String,
    },
    /// Say which member of the ticket system a member is: their notes carry that name.
    LinkPsa {
        /// Name, e-mail address or role of the member.
        member: String,
        /// The name that the member logs in to the ticket system with.
        identifier: String,
        /// The name of the connection to it; not needed where there is one.
        #[arg(long)]
        connection: Option<String>,
    },
}

pub(crate) async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let engine = setup::open_existing(config).await?;
    // Who can run this on the installation may do what its first admin may.
    let admin = Caller::of(&setup::find_member(&engine, None).await?);
    match command {
        Command::Code { member } => {
            let member = setup::find_member(&engine, Some(&member)).await?;
            let code = code_for_member(&engine, &admin, member.id).await?;
            eprintln!(
                "The chat account that writes this to FlowPilot within {} minutes acts as {}, once:",
                CODE_LIFETIME.as_secs() / 60,
                member.name
            );
            println!("link {code}");
        }
        Command::LinkPsa { member, identifier, connection } => {
            let member = setup::find_member(&engine, Some(&member)).await?;
            let account = assign(&engine, &admin, &member, connection.as_deref(), &identifier).await?;
            println!("{} is {} ({}) in the ticket system", member.name, account.identifier, account.name);
        }
    }
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}
