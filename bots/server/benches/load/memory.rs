//! Memory of one process with 10,000 open sessions.

use std::time::Instant;

use serde_json::json;

use crate::acks::waiting;
use crate::client::{Call, Connection, Headers};
use crate::program::{Folder, Process};

const SESSIONS: usize = 10_000;
const CONNECTIONS: usize = 8;

pub(crate) async fn run() {
    println!("\n## Memory with {SESSIONS} open sessions\n");
    let folder = Folder::new("");
    let program = folder.serve(&[]).await;
    let headers = folder.script().await;
    let empty = program.memory("VmRSS");
    let begun = Instant::now();
    open_sessions(&program, &headers).await;
    let took = begun.elapsed().as_secs_f64();
    let after = (program.memory("VmRSS"), program.memory("VmHWM"));
    program.stop().await;
    let program = folder.serve(&[]).await;
    look_at_all(&program, &headers).await;
    let again = program.memory("VmRSS");
    println!(
        "| before MiB | with {SESSIONS} MiB | highest MiB | after a restart, each looked at once, MiB |"
    );
    println!("|---|---|---|---|\n| {empty:.0} | {:.0} | {:.0} | {again:.0} |", after.0, after.1);
    println!("\nThey were begun in {took:.0} s, each with its flow chosen and its first question asked.");
    program.stop().await;
}

async fn open_sessions(program: &Process, headers: &Headers) {
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|lane| {
            let (address, headers) = (program.address.clone(), headers.clone());
            tokio::spawn(async move {
                let mut connection = Connection::open(&address, &headers).await.expect("a connection");
                for n in (lane..SESSIONS).step_by(CONNECTIONS) {
                    let start = json!({ "problem": format!("The printer in room {n} shows offline") });
                    connection.json(Call::post("/api/v1/ai-sessions", &start)).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.expect("every session is begun");
    }
    let mut connection = Connection::open(&program.address, headers).await.expect("a connection");
    while waiting(&mut connection).await > 0.0 {
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
}

async fn look_at_all(program: &Process, headers: &Headers) {
    let mut connection = Connection::open(&program.address, headers).await.expect("a connection");
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = connection.json(Call::get(format!("/api/v1/ai-sessions?limit=200{cursor}"))).await;
        for session in page["items"].as_array().into_iter().flatten() {
            let path = format!("/api/v1/ai-sessions/{}", session["id"].as_str().expect("an id"));
            connection.json(Call::get(path)).await;
            seen += 1;
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, SESSIONS);
}
