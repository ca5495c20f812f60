//! Previews of an unchanged session, which come from the cache.

use std::time::Duration;

use serde_json::json;

use crate::acks::median;
use crate::client::{Call, Connection, round};
use crate::program::Folder;

const ROUNDS: usize = 3;
const LENGTH: Duration = Duration::from_secs(4);
const CONNECTIONS: usize = 32;
const FACTS: usize = 12;

pub(crate) async fn run() {
    println!(
        "\n## Preview of an unchanged session ({ROUNDS} rounds of {LENGTH:?}, {CONNECTIONS} connections)\n"
    );
    let folder = Folder::new("");
    let program = folder.serve(&[]).await;
    let headers = folder.script().await;
    let mut connection = Connection::open(&program.address, &headers).await.expect("a connection");
    let start = json!({ "problem": "The printer shows offline" });
    let session = connection.json(Call::post("/api/v1/ai-sessions", &start)).await;
    let session = format!("/api/v1/ai-sessions/{}", session["id"].as_str().expect("an id"));
    for n in 0..FACTS {
        let fact =
            json!({ "text": format!("Check {n} was done at the front desk and found nothing wrong.") });
        connection.json(Call::post(format!("{session}/facts"), &fact)).await;
    }
    let path = format!("{session}/resolution-note/preview");
    let preview = || Call::post(&path, &json!(null));
    let size = connection.json(preview()).await.to_string().len();
    let (mut rates, mut p99, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let before = program.cpu();
        let path = path.clone();
        let call = move || Call { body: Vec::new(), ..Call::post(&path, &json!(null)) };
        let round = round(&program.address, &headers, CONNECTIONS, LENGTH, call, is_hit).await;
        cpu.push((program.cpu() - before) * 1e6 / round.answers as f64);
        rates.push(round.per_second());
        p99.push(round.millis(0.99));
    }
    println!("| previews/s | p99 ms | CPU µs | bytes |\n|---|---|---|---|");
    println!("| {:.0} | {:.1} | {:.0} | {size} |", median(&rates), median(&p99), median(&cpu));
    program.stop().await;
}

fn is_hit(status: u16, body: &[u8]) -> bool {
    status == 200 && body.windows(17).any(|window| window == b"\"from_cache\":true")
}
