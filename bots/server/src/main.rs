//! The `flowpilot` binary. Everything is in the library beside it.

use std::process::ExitCode;

use clap::Parser;

/// A tenth of a request's processor time went into the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
