//! What the engine's parts cost, without a server around them: `cargo bench -p flowpilot`.
//!
//! docs/BENCHMARKS.md tells what the figures mean; `bots/server/benches/load` measures the whole program.

#![expect(clippy::unwrap_used, reason = "a benchmark that cannot do its part ends")]

#[path = "../tests/support/mod.rs"]
#[expect(dead_code, unused_imports, unused_macros, reason = "shared with the tests, which use all of it")]
mod support;

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flowpilot::note::{NoteKind, preview, write};
use flowpilot::redact;
use tokio::runtime::Runtime;

use support::{Database, World};

const FACTS: usize = 12;
const WORDS: &str = "The label printer at the front desk shows offline, and restarting it did not help. ";

/// A team with the starter flows, and a session with some facts.
async fn session() -> (World, flowpilot::store::SessionId, Database) {
    let database = Database::sqlite().await;
    let world = World::new(&database).await;
    world.engine.stock_library(world.team).await.unwrap();
    let id = world.begin("The printer shows offline").await;
    for n in 0..FACTS {
        world.say(id, &format!("/fact Check {n} was done at the front desk and found nothing wrong.")).await;
    }
    (world, id, database)
}

fn notes(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (world, id, _database) = runtime.block_on(session());
    let case = runtime.block_on(world.case(id));
    criterion.bench_function("note: preview from the cache", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            black_box(preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap())
        });
    });
    criterion.bench_function("note: written from the case file", |bencher| {
        bencher.iter(|| black_box(write(NoteKind::Resolution, &case)));
    });
    criterion.bench_function("session: the case file read from SQLite", |bencher| {
        bencher.to_async(&runtime).iter(|| async { black_box(world.case(id).await) });
    });
}

fn turns(criterion: &mut Criterion) {
    let runtime = Runtime::new().unwrap();
    let (world, id, _database) = runtime.block_on(session());
    // Said again and again the session would grow; going back undoes the answer.
    criterion.bench_function("copilot: one answer and one step back, durable", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            world.say(id, "1").await;
            world.say(id, "/back").await;
        });
    });
    criterion.bench_function("search: the team's best flow for a ticket", |bencher| {
        bencher.to_async(&runtime).iter(|| async {
            black_box(world.engine.flows.find(&world.engine.db, world.team, WORDS, 3).await.unwrap())
        });
    });
}

fn texts(criterion: &mut Criterion) {
    let text = WORDS.repeat(10);
    criterion.bench_function("redaction: 840 characters without a secret", |bencher| {
        bencher.iter(|| black_box(redact::secrets(&text)));
    });
}

criterion_group!(engine, notes, turns, texts);
criterion_main!(engine);
