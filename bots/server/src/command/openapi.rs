//! `flowpilot openapi`: the description as it is served; `docs/openapi.json` is this.

use std::process::ExitCode;

use anyhow::Result;

pub(crate) fn run() -> Result<ExitCode> {
    println!("{}", crate::app::description().to_pretty_json()?);
    Ok(ExitCode::SUCCESS)
}
