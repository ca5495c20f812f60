//! A sandbox to try by hand: `cargo run -p flowpilot-sandbox --example serve [TICKETS.csv [STORE.json]]`.

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;

use flowpilot_sandbox::{Sandbox, SandboxConfig, demo_tickets, tickets_from_csv};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let tickets = match arguments.next() {
        Some(file) => tickets_from_csv(File::open(file)?)?,
        None => demo_tickets(),
    };
    let store = arguments.next().map(PathBuf::from);
    let sandbox = Sandbox::start(SandboxConfig { tickets, store, ..SandboxConfig::default() }).await?;
    println!("{}/v2026_1/apis/3.0/service/tickets", sandbox.url());
    println!("user acme+public, password private, and any clientId header; ends with the process");
    std::future::pending().await
}
