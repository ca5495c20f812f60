//! Load on the real program: how many events it acknowledges durably, and what that and other things cost.
//!
//! `cargo bench -p flowpilot-server --bench load` runs everything; `-- acks` and so on runs one part. It starts the
//! program as a process of its own and reads its processor time and memory from `/proc`, so it needs Linux. Figures
//! vary from machine to machine and from run to run: compare what one run prints. docs/BENCHMARKS.md explains them.

#![expect(clippy::expect_used, reason = "a benchmark that cannot do its part ends")]
#![expect(clippy::disallowed_methods, reason = "ids need only differ here")]

mod acks;
mod client;
mod floor;
mod memory;
mod preview;
mod program;
mod search;
mod slack;
mod start;
mod streams;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
    /// Cargo says that this is a benchmark.
    #[arg(long, hide = true, global = true)]
    bench: bool,
}

#[derive(Subcommand)]
enum Part {
    /// Events acknowledged durably, beside the least that a server can do.
    Acks,
    /// Slack's events at a steady pace.
    Slack,
    /// Previews of an unchanged session.
    Preview,
    /// From the start of the process to its first answer.
    Start,
    /// Memory with 10,000 open sessions.
    Memory,
    /// A hundred answers that are written at once, followed word by word.
    Streams,
    /// Search over 100,000 flows.
    Search,
    /// The least that a server can do: what `acks` is compared with.
    #[command(hide = true)]
    Floor { database: PathBuf },
}

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    match Arguments::parse().part {
        Some(Part::Acks) => runtime.block_on(acks::run()),
        Some(Part::Slack) => runtime.block_on(slack::run()),
        Some(Part::Preview) => runtime.block_on(preview::run()),
        Some(Part::Start) => runtime.block_on(start::run()),
        Some(Part::Memory) => runtime.block_on(memory::run()),
        Some(Part::Streams) => runtime.block_on(streams::run()),
        Some(Part::Search) => search::run(),
        Some(Part::Floor { database }) => runtime.block_on(floor::serve(&database)),
        None => {
            runtime.block_on(acks::run());
            runtime.block_on(slack::run());
            runtime.block_on(preview::run());
            runtime.block_on(start::run());
            runtime.block_on(memory::run());
            runtime.block_on(streams::run());
            search::run();
        }
    }
}
