//! `flowpilot ai`: switching the models off and on, and what they cost.

use std::process::ExitCode;

use anyhow::Result;
use flowpilot::ai::{off_by, spent_today, switch_off, switch_on};
use flowpilot::team::Caller;

use crate::config::Config;
use crate::setup;

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Stop every model of the team within a second, also in a running server; the guided copilot goes on.
    Off,
    /// Let the models answer again.
    On,
    /// Print whether AI is switched off, and what was used within 24 hours.
    Status,
}

pub(crate) async fn run(config: &Config, command: Command) -> Result<ExitCode> {
    let engine = setup::open_existing(config).await?;
    // Who can run this on the installation may do what its first admin may.
    let admin = Caller::of(&setup::find_member(&engine, None).await?);
    match command {
        Command::Off => {
            switch_off(&engine, &admin).await?;
            println!("AI is switched off; `flowpilot ai on` switches it on again");
        }
        Command::On => {
            switch_on(&engine, &admin).await?;
            println!("AI is switched on");
        }
        Command::Status => {
            match off_by(&engine.db, admin.team()).await? {
                Some(by) => println!("switched off by {by}"),
                None => println!("switched on"),
            }
            let spent = spent_today(&engine, admin.team()).await?;
            // Millionths of a dollar, as dollars.
            let usd = spent.cost_micros as f64 / 1_000_000.0;
            println!("within 24 hours: {} calls, {} tokens, {usd:.4} USD", spent.calls, spent.tokens);
        }
    }
    engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}
