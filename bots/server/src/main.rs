//! The `flowpilot` binary. Everything is in the library beside it.

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match flowpilot_server::run(flowpilot_server::Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // One line a cause; the first says what did not work.
            eprintln!("flowpilot: {error:#}");
            ExitCode::FAILURE
        }
    }
}
