//! Events acknowledged only once they are durable: a used button, and a written message, which the console also has
//! to store as a chat platform would. Rounds of the program and of the floor take turns.

use std::time::Duration;

use serde_json::json;
use tokio::process::Command;
use uuid::Uuid;

use crate::client::{Call, Connection, Headers, round};
use crate::program::{Folder, Process, browser};

const ROUNDS: usize = 3;
const LENGTH: Duration = Duration::from_secs(4);
const CONNECTIONS: usize = 32;
const BURST: Duration = Duration::from_secs(2);

/// Of one kind of request.
struct Figures {
    name: &'static str,
    per_second: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    cpu: Vec<f64>,
}

impl Figures {
    fn new(name: &'static str) -> Self {
        Self { name, per_second: Vec::new(), p50: Vec::new(), p99: Vec::new(), cpu: Vec::new() }
    }

    async fn round(
        &mut self,
        process: &Process,
        headers: &Headers,
        call: impl Fn() -> Call + Clone + Send + 'static,
    ) {
        let before = process.cpu();
        let round =
            round(&process.address, headers, CONNECTIONS, LENGTH, call, |status, _| status == 202).await;
        self.cpu.push((process.cpu() - before) * 1e6 / round.answers as f64);
        self.per_second.push(round.per_second());
        self.p50.push(round.millis(0.5));
        self.p99.push(round.millis(0.99));
    }

    fn print(&self, floor: &Self) {
        println!(
            "| {} | {:.0} | {:.1} | {:.1} | {:.0} | {:.2} |",
            self.name,
            median(&self.per_second),
            median(&self.p50),
            median(&self.p99),
            median(&self.cpu),
            median(&self.cpu) / median(&floor.cpu),
        );
    }
}

/// The middle of the rounds.
pub(crate) fn median(rounds: &[f64]) -> f64 {
    let mut rounds = rounds.to_vec();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}

pub(crate) async fn run() {
    println!(
        "\n## Durable acknowledgements ({ROUNDS} rounds of {LENGTH:?}, {CONNECTIONS} connections, medians)\n"
    );
    let folder = Folder::new("console = true");
    let floor = floor(&folder).await;
    let (thread, card, action) = thread_with_buttons(&folder).await;
    // The work that the events cause is not what is measured here: it waits for a process that does it.
    let program = folder.serve(&[("FLOWPILOT_QUEUE__WORK", "false")]).await;
    let headers = browser(&program).await;

    let interaction = {
        let path = format!("/console/threads/{thread}/interactions");
        move || Call::post(&path, &json!({ "id": Uuid::now_v7(), "card_id": card, "action": action }))
    };
    let message = {
        let path = format!("/console/threads/{thread}/messages");
        move || Call::post(&path, &json!({ "id": Uuid::now_v7(), "text": words() }))
    };
    let event = || Call::post("/events", &json!({ "id": Uuid::now_v7(), "text": words() }));
    let mut least = Figures::new("floor: bare axum + SQLite inbox");
    let mut presses = Figures::new("interaction");
    let mut messages = Figures::new("message");
    for _ in 0..ROUNDS {
        least.round(&floor, &Vec::new(), event).await;
        presses.round(&program, &headers, interaction.clone()).await;
        messages.round(&program, &headers, message.clone()).await;
    }
    println!(
        "| request | acks/s | p50 ms | p99 ms | CPU µs/ack | CPU, floor = 1 |\n|---|---|---|---|---|---|"
    );
    least.print(&least);
    presses.print(&least);
    messages.print(&least);
    println!(
        "\nMemory after it: {:.0} MiB (highest {:.0}).",
        program.memory("VmRSS"),
        program.memory("VmHWM")
    );
    program.stop().await;
    drop(floor);
    burst(message).await;
}

/// Acknowledges while the same process works what it accepted.
async fn burst(_: impl Fn() -> Call) {
    let folder = Folder::new("console = true");
    let program = folder.serve(&[]).await;
    let headers = browser(&program).await;
    let started = || {
        let id = Uuid::now_v7();
        Call::post(
            "/console/threads",
            &json!({ "id": id, "text": format!("The printer shows offline {id}") }),
        )
    };
    let before = program.cpu();
    let round =
        round(&program.address, &headers, CONNECTIONS, BURST, started, |status, _| status == 202).await;
    let begun = std::time::Instant::now();
    let mut connection = Connection::open(&program.address, &headers).await.expect("a connection");
    while waiting(&mut connection).await > 0.0 {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!(
        "\nSessions begun while the same process works them: {} in {:.1} s (p99 {:.0} ms to the acknowledgement), \
         all worked and their cards shown {:.1} s after the last; {:.1} ms of CPU each.",
        round.answers,
        round.seconds,
        round.millis(0.99),
        begun.elapsed().as_secs_f64(),
        (program.cpu() - before) * 1e3 / round.answers as f64,
    );
    program.stop().await;
}

/// How many items wait in both queues.
pub(crate) async fn waiting(connection: &mut Connection) -> f64 {
    let (status, metrics) = connection.send(Call::get("/metrics")).await;
    assert_eq!(status, 200);
    let text = String::from_utf8(metrics.to_vec()).expect("text");
    let lines = text.lines().filter(|line| line.starts_with("flowpilot_queue_waiting"));
    lines.map(|line| line.rsplit(' ').next().and_then(|n| n.parse::<f64>().ok()).expect("a number")).sum()
}

async fn floor(folder: &Folder) -> Process {
    let mut command = Command::new(std::env::current_exe().expect("our own program"));
    command.arg("floor").arg(folder.path().join("floor.db"));
    Process::start(command).await
}

/// A thread with a session, whose first question can be answered by a button.
async fn thread_with_buttons(folder: &Folder) -> (Uuid, String, String) {
    let program = folder.serve(&[]).await;
    let headers = browser(&program).await;
    let mut connection = Connection::open(&program.address, &headers).await.expect("a connection");
    let thread = Uuid::now_v7();
    let start = json!({ "id": thread, "text": "The printer shows offline" });
    connection.json(Call::post("/console/threads", &start)).await;
    let found = loop {
        let messages = connection.json(Call::get(format!("/console/threads/{thread}/messages"))).await;
        let cards = messages["items"].as_array().into_iter().flatten().map(|message| &message["card"]);
        let mut buttons = cards.filter_map(|card| {
            let action = card["actions"].as_array()?.first()?["id"].as_str()?;
            Some((card["id"].as_str()?.to_owned(), action.to_owned()))
        });
        if let Some(found) = buttons.next() {
            break found;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    program.stop().await;
    (thread, found.0, found.1)
}

/// About as much as the body of an ordinary event of a chat platform.
fn words() -> String {
    "The label printer at the front desk shows offline, and restarting it did not help. ".repeat(10)
}
