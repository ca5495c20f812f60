//! `kill -9`, over and over, while events are in flight.
//!
//! Several engineers work in threads of the console as chat platforms deliver their words: an event that was not
//! acknowledged is sent again, some are sent again although they were, some are given up. They press buttons twice
//! and post notes, while the ticket system loses answers. Meanwhile the server is killed at random moments and
//! started again. Afterwards [`check`] looks whether every acknowledged event had its effect once.

mod check;
mod engineer;

use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::database::Database;
use crate::home::{Home, Server};
use crate::http::Caller;
use crate::peer::Peer;
use crate::seed::seeded;
use engineer::{Engineer, Worked};

const ENGINEERS: usize = 6;
const TICKETS: usize = 40;
/// With fewer acknowledged events and posted notes, nothing is proved.
const EVENTS: usize = 100;
const NOTES: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_the_server_is_killed_on_sqlite() {
    let mut rng = seeded();
    let peer = Peer::with_tickets(TICKETS).await;
    // A server that starts takes every lease away, as no other can be at work: a short one would only end the leases of a
    // machine that is busy.
    let home = Home::new(&configuration(&peer, "", 10));
    let replicas = [Replica { port: free_port(&mut rng), kills: 24, stalls: false }];
    work_while_it_is_killed(&home, &peer, &replicas, rng).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_when_replicas_are_killed_on_postgresql() {
    let Some(database) = Database::postgres("replicas on PostgreSQL are killed").await else { return };
    let mut rng = seeded();
    let peer = Peer::with_tickets(TICKETS).await;
    let home = Home::new("");
    let key = home.run(&["keys", "generate"]).await;
    let database = format!("database_url = \"{}\"\nsecret_keys = [\"{}\"]\n", database.url(), key.out.trim());
    home.configure(&configuration(&peer, &database, 2));
    let replicas = [12, 12].map(|kills| Replica { port: free_port(&mut rng), kills, stalls: true });
    work_while_it_is_killed(&home, &peer, &replicas, rng).await;
}

fn configuration(peer: &Peer, database: &str, lease: u64) -> String {
    let queue = format!("[queue]\nlease_seconds = {lease}\nlookup_pauses = [1, 2]\n");
    format!("console = true\n{database}{}{queue}", peer.section())
}

/// What engineers and executioners know of each other.
#[derive(Default)]
struct Progress {
    /// Deliveries that were acknowledged so far.
    acknowledged: AtomicUsize,
    /// Notes that were asked for and can be in a ticket.
    posted: AtomicUsize,
    /// Whether the server was killed often enough.
    enough: AtomicBool,
}

impl Progress {
    /// Waits for so many more acknowledgements; not for ever, since the machine may be busy.
    async fn of(&self, more: usize) {
        let goal = self.acknowledged.load(Ordering::Relaxed) + more;
        let reached = async {
            while self.acknowledged.load(Ordering::Relaxed) < goal {
                sleep(Duration::from_millis(5)).await;
            }
        };
        drop(timeout(Duration::from_secs(6), reached).await);
    }

    /// Waits until so much has happened that it proves something, however slow the machine is.
    async fn of_enough_to_prove_something(&self) {
        let reached = async {
            while self.acknowledged.load(Ordering::Relaxed) <= EVENTS
                || self.posted.load(Ordering::Relaxed) < NOTES
            {
                sleep(Duration::from_millis(50)).await;
            }
        };
        drop(timeout(Duration::from_secs(240), reached).await);
    }
}

/// One server of the installation.
struct Replica {
    port: u16,
    kills: usize,
    /// Whether it also falls silent at times for longer than its leases last, as on a machine that is overloaded.
    stalls: bool,
}

impl Replica {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn spawn(&self, home: &Home) -> Server {
        home.spawn(home.command(&["serve", "--listen", &format!("127.0.0.1:{}", self.port)]))
    }

    /// Kills the server until it was killed often enough, and leaves it running.
    async fn kill_again_and_again(
        &self,
        home: &Home,
        mut server: Server,
        progress: &Progress,
        mut rng: Rng,
    ) -> Server {
        for _ in 0..self.kills {
            // One in five dies while it starts.
            if rng.u8(..5) > 0 {
                server.ready().await;
                progress.of(rng.usize(..30)).await;
            }
            if self.stalls && rng.u8(..3) == 0 {
                server.signal("STOP").await;
                sleep(Duration::from_millis(rng.u64(2_100..3_500))).await;
                server.signal("CONT").await;
            }
            sleep(Duration::from_millis(rng.u64(..300))).await;
            assert!(server.kill().await, "it was still running:\n{}", home.log());
            server = self.spawn(home);
        }
        server.ready().await;
        server
    }
}

async fn work_while_it_is_killed(home: &Home, peer: &Peer, replicas: &[Replica], mut rng: Rng) {
    let mut first = replicas[0].spawn(home);
    first.ready().await;
    let browser = Caller::browser(&first).await;
    let urls: Vec<String> = replicas.iter().map(Replica::url).collect();
    let progress = Arc::new(Progress::default());
    let engineers = begin_work(&browser, peer, &urls, &progress, &mut rng);

    let mut servers = vec![first];
    servers.extend(replicas[1..].iter().map(|replica| replica.spawn(home)));
    let killed = std::iter::zip(replicas, servers)
        .map(|(replica, server)| replica.kill_again_and_again(home, server, &progress, rng.fork()));
    let running = futures_util::future::join_all(killed).await;
    progress.of_enough_to_prove_something().await;
    progress.enough.store(true, Ordering::Relaxed);
    let worked: Vec<Worked> = engineers.join_all().await.into_iter().flatten().collect();
    let browser = browser.at(&running[0].url());
    browser.drained(Duration::from_secs(300)).await;

    let notes = check::everything(&browser, peer, &worked).await;
    let kills: usize = replicas.iter().map(|r| r.kills).sum();
    let events = progress.acknowledged.load(Ordering::Relaxed);
    println!("{kills} kills, {} sessions, {events} acknowledged events, {notes} notes", worked.len());
    assert!(events > EVENTS && notes >= NOTES, "too little happened to prove anything");
}

fn begin_work(
    browser: &Caller,
    peer: &Peer,
    urls: &[String],
    progress: &Arc<Progress>,
    rng: &mut Rng,
) -> JoinSet<Vec<Worked>> {
    let mut engineers = JoinSet::new();
    for number in 0..ENGINEERS {
        let (browser, progress) = (browser.clone(), Arc::clone(progress));
        let engineer = Engineer::new(number, browser, peer.control(), urls.to_vec(), progress, rng.fork());
        engineers.spawn(engineer.work());
    }
    engineers
}

/// A port that stays free while the server is down: none of those that the system gives to outgoing connections.
fn free_port(rng: &mut Rng) -> u16 {
    loop {
        let port = rng.u16(20_000..32_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
