//! From the start of the process to its first answer.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::acks::median;
use crate::client::{Call, Connection};
use crate::program::Folder;

const STARTS: usize = 20;

pub(crate) async fn run() {
    println!("\n## Start to first answer ({STARTS} starts on an existing database)\n");
    let folder = Folder::new("");
    let port = free_port();
    let first = once(&folder, port).await;
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(once(&folder, port).await);
    }
    let worst = times.iter().copied().fold(0.0, f64::max);
    println!(
        "| median ms | slowest ms | first start, with migrations and starter flows, ms |\n|---|---|---|"
    );
    println!("| {:.0} | {worst:.0} | {first:.0} |", median(&times));
}

/// Milliseconds until it says that it is ready to work.
async fn once(folder: &Folder, port: u16) -> f64 {
    let address = format!("127.0.0.1:{port}");
    let begun = Instant::now();
    let mut child = folder
        .command(&["serve", "--listen", &address])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts");
    loop {
        if let Ok(mut connection) = Connection::open(&address, &Vec::new()).await {
            let (status, _) = connection.send(Call::get("/readyz")).await;
            assert_eq!(status, 200);
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let took = begun.elapsed().as_secs_f64() * 1e3;
    child.kill().await.expect("it is killed");
    took
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
