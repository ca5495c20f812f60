//! Search over the flows of one team that has very many.

use std::time::Instant;

use flowpilot::search::{FlowEntry, Index};
use flowpilot::store::{FlowId, TeamId};
use hdrhistogram::Histogram;
use uuid::Uuid;

const FLOWS: usize = 100_000;
const SEARCHES: usize = 5_000;

const SUBJECTS: [&str; 24] = [
    "Outlook",
    "OneDrive",
    "Teams",
    "printer",
    "scanner",
    "VPN",
    "Wi-Fi",
    "DNS",
    "laptop",
    "desktop",
    "monitor",
    "keyboard",
    "mailbox",
    "shared drive",
    "password",
    "account",
    "licence",
    "browser",
    "firewall",
    "switch",
    "server",
    "backup",
    "phone",
    "camera",
];
const TROUBLES: [&str; 20] = [
    "will not open",
    "is slow",
    "shows offline",
    "asks for the password again",
    "cannot connect",
    "keeps crashing",
    "lost its settings",
    "is full",
    "is not found",
    "has no sound",
    "does not sync",
    "prints blank pages",
    "is locked",
    "shows an error",
    "restarts by itself",
    "is missing",
    "cannot be reached",
    "drops the connection",
    "shows old data",
    "refuses to start",
];
const PLACES: [&str; 12] = [
    "after the update",
    "at the branch office",
    "for one user",
    "for everybody",
    "since this morning",
    "at home",
    "over the guest network",
    "after the move",
    "in the meeting room",
    "on the terminal server",
    "after a power cut",
    "on a new machine",
];

pub(crate) fn run() {
    println!("\n## Search over {FLOWS} flows ({SEARCHES} searches)\n");
    let team = TeamId(Uuid::now_v7());
    let index = Index::new();
    let begun = Instant::now();
    for n in 0..FLOWS {
        index.put(&entry(team, n)).expect("the index is whole");
    }
    index.commit().expect("the index is whole");
    let built = begun.elapsed().as_secs_f64();
    let mut latency = Histogram::<u64>::new(3).expect("a histogram");
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..SEARCHES {
        let problem = problem(random.usize(..));
        let begun = Instant::now();
        let hits = index.search(team, &problem, 3).expect("the index is whole");
        latency += begun.elapsed().as_micros() as u64;
        assert!(!hits.is_empty(), "{problem}");
    }
    let millis = |quantile| latency.value_at_quantile(quantile) as f64 / 1e3;
    println!("| p50 ms | p99 ms | slowest ms | index built in s |\n|---|---|---|---|");
    println!("| {:.1} | {:.1} | {:.1} | {built:.0} |", millis(0.5), millis(0.99), millis(1.0));
}

fn problem(n: usize) -> String {
    let subject = SUBJECTS[n % SUBJECTS.len()];
    let trouble = TROUBLES[n / 24 % TROUBLES.len()];
    let place = PLACES[n / 480 % PLACES.len()];
    format!("{subject} {trouble} {place}, desk {}", n / 5_760 % 900)
}

fn entry(team: TeamId, n: usize) -> FlowEntry {
    let title = problem(n);
    FlowEntry {
        team,
        flow: FlowId(Uuid::now_v7()),
        slug: format!("flow-{n}"),
        summary: format!("{title}. Use it when {} or {}.", problem(n + 1), problem(n + 7)),
        tags: vec![SUBJECTS[n % SUBJECTS.len()].to_lowercase()],
        symptoms: vec![problem(n + 480), problem(n + 24)],
        body: (0..20).map(|step| problem(n + step * 31)).collect::<Vec<_>>().join("\n"),
        title,
    }
}
