//! The queues: durable, in order within a lane, one worker at a time, and nothing lost.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use flowpilot::queue::{Alongside, Entry, Failure, Handler, Item, LEASE, Queue, Receipt, Worker};
use flowpilot::store::{Db, read, run};
use flowpilot::{Engine, Error};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// Works items as their payload says, and remembers which it worked.
#[derive(Default)]
struct Recorder {
    worked: Mutex<Vec<String>>,
    tries: AtomicI64,
}

impl Recorder {
    fn worked(&self) -> Vec<String> {
        self.worked.lock().unwrap().clone()
    }

    /// The first try does not end before the second has begun, nor the second before the first has ended.
    async fn oversleep(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        let is_first = self.tries.load(Ordering::SeqCst) == 1;
        let may_end =
            || if is_first { self.tries.load(Ordering::SeqCst) == 2 } else { !self.worked().is_empty() };
        while !may_end() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let finished = receipt.complete_alone().await;
        let end = if finished.is_ok() { "finished" } else { "kept out" };
        self.worked.lock().unwrap().push(format!("{} {end}", item.key));
        Ok(finished?)
    }
}

#[async_trait]
impl Handler for Recorder {
    async fn handle(&self, item: &Item, receipt: &Receipt) -> Result<(), Failure> {
        self.tries.fetch_add(1, Ordering::SeqCst);
        match item.kind.as_str() {
            "slow" => tokio::time::sleep(Duration::from_millis(300)).await,
            "overslept" => return self.oversleep(item, receipt).await,
            "panic" => panic!("as asked"),
            "dead" => return Err(Failure::Dead("never".to_owned())),
            "retry" => return Err(Failure::Retry { why: "not now".to_owned(), after: Some(Duration::ZERO) }),
            "once" if item.attempts == 0 => {
                return Err(Failure::Retry {
                    why: "password=Hunter2!".to_owned(),
                    after: Some(Duration::ZERO),
                });
            }
            _ => {}
        }
        receipt.complete_alone().await?;
        self.worked.lock().unwrap().push(item.key.clone());
        Ok(())
    }

    fn max_attempts(&self) -> i64 {
        3
    }
}

fn entry(world: &World, key: &str, lane: &str, kind: &str) -> Entry {
    let (key, lane, kind) = (key.to_owned(), lane.to_owned(), kind.to_owned());
    Entry { key, team: Some(world.team), lane, kind, payload: json!({}) }
}

async fn push(engine: &Engine, entries: &[Entry]) {
    let mut tx = engine.db.begin().await.unwrap();
    engine.inbox.push(&mut tx, entries).await.unwrap();
    tx.commit().await.unwrap();
    engine.inbox.ring();
}

fn start(queue: &Queue, handler: &Arc<Recorder>) -> (CancellationToken, tokio::task::JoinHandle<()>) {
    let stop = CancellationToken::new();
    let handler: Arc<dyn Handler> = Arc::<Recorder>::clone(handler);
    (stop.clone(), tokio::spawn(Worker::new(queue.clone(), handler, 4).run(stop)))
}

/// Works until nothing waits; answers with what was worked.
async fn work(world: &World) -> Arc<Recorder> {
    let recorder = Arc::new(Recorder::default());
    let (stop, worker) = start(&world.engine.inbox, &recorder);
    until("nothing waits", async || world.engine.inbox.depth().await.unwrap().0 == 0).await;
    stop.cancel();
    worker.await.unwrap();
    recorder
}

async fn write(db: &Db, statement: &'static str) {
    match db {
        Db::Sqlite { write, .. } => sqlx::query(statement).execute(write).await.map(drop),
        Db::Postgres(pool) => sqlx::query(statement).execute(pool).await.map(drop),
    }
    .unwrap();
}

on_both_databases! {
    async fn items_of_a_lane_are_worked_in_order(world: &World) {
        let keys: Vec<String> = (0..20).map(|n| format!("{n:02}")).collect();
        let entries: Vec<_> = keys.iter().map(|key| entry(world, key, "a", "fast")).collect();
        push(&world.engine, &entries).await;
        assert_eq!(work(world).await.worked(), keys);
    }

    async fn a_slow_lane_holds_up_no_other(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "slow"), entry(world, "2", "b", "fast")]).await;
        assert_eq!(work(world).await.worked(), ["2", "1"]);
    }

    async fn a_known_key_changes_nothing_even_after_it_was_worked(world: &World) {
        let once = [entry(world, "1", "a", "fast")];
        push(&world.engine, &[once[0].clone(), once[0].clone()]).await;
        push(&world.engine, &once).await;
        assert_eq!(work(world).await.worked(), ["1"]);
        push(&world.engine, &once).await;
        assert!(work(world).await.worked().is_empty());
    }

    async fn an_item_that_fails_is_tried_again_before_what_follows(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "once"), entry(world, "2", "a", "fast")]).await;
        assert_eq!(work(world).await.worked(), ["1", "2"]);
    }

    async fn an_item_that_never_succeeds_is_buried_and_the_lane_goes_on(world: &World) {
        let kinds = [("1", "retry"), ("2", "panic"), ("3", "dead"), ("4", "fast")];
        push(&world.engine, &kinds.map(|(key, kind)| entry(world, key, "a", kind))).await;
        let recorder = work(world).await;
        assert_eq!((recorder.worked(), recorder.tries.load(Ordering::SeqCst)), (vec!["4".to_owned()], 6));
        let dead = world.engine.inbox.dead(&world.admin).await.unwrap();
        let of: Vec<_> = dead.iter().map(|item| (item.kind.as_str(), item.attempts)).collect();
        assert_eq!(of, [("dead", 1), ("panic", 1), ("retry", 3)]);
    }

    async fn a_dead_item_is_tried_again_when_an_admin_says_so(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "dead")]).await;
        work(world).await;
        let dead = world.engine.inbox.dead(&world.admin).await.unwrap();
        write(&world.engine.db, "UPDATE inbox SET kind = 'fast'").await;
        world.engine.inbox.retry_dead(&world.admin, dead[0].seq).await.unwrap();
        assert_eq!(work(world).await.worked(), ["1"]);
        assert!(world.engine.inbox.retry_dead(&world.admin, dead[0].seq).await.is_err());
    }

    async fn an_error_is_kept_without_its_secrets(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "once")]).await;
        work(world).await;
        assert!(!crate::support::database::every_text(&world.engine.db).await.contains("Hunter2"));
    }

    async fn two_processes_work_each_item_once(world: &World) {
        let replica = world.replica().await;
        let entries: Vec<_> =
            (0..40).map(|n| entry(world, &n.to_string(), &format!("lane {}", n % 8), "fast")).collect();
        push(&world.engine, &entries).await;
        let recorder = Arc::new(Recorder::default());
        let workers = [start(&world.engine.inbox, &recorder), start(&replica.inbox, &recorder)];
        until("nothing waits", async || world.engine.inbox.depth().await.unwrap().0 == 0).await;
        for (stop, worker) in workers {
            stop.cancel();
            worker.await.unwrap();
        }
        let mut worked: Vec<i64> = recorder.worked().iter().map(|key| key.parse().unwrap()).collect();
        worked.sort_unstable();
        assert_eq!(worked, (0..40).collect::<Vec<_>>());
        replica.db.close().await;
    }

    async fn whoever_lost_the_lane_cannot_finish_its_item(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "slow")]).await;
        let recorder = Arc::new(Recorder::default());
        let (stop, worker) = start(&world.engine.inbox, &recorder);
        until("it is in hand", async || recorder.tries.load(Ordering::SeqCst) == 1).await;
        write(&world.engine.db, "UPDATE inbox_lanes SET lease_owner = 'somebody else'").await;
        stop.cancel();
        worker.await.unwrap();
        assert!(recorder.worked().is_empty());
        assert_eq!(world.engine.inbox.depth().await.unwrap(), (1, 0));
    }

    async fn whoever_slept_past_the_lease_is_kept_out_by_its_own_process_too(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "overslept")]).await;
        let recorder = Arc::new(Recorder::default());
        let (stop, worker) = start(&world.engine.inbox, &recorder);
        until("it is in hand", async || recorder.tries.load(Ordering::SeqCst) == 1).await;
        write(&world.engine.db, "UPDATE inbox_lanes SET lease_until = 1").await;
        world.engine.inbox.ring();
        until("nothing waits", async || world.engine.inbox.depth().await.unwrap().0 == 0).await;
        stop.cancel();
        worker.await.unwrap();
        assert_eq!(recorder.worked(), ["1 kept out", "1 finished"]);
    }

    async fn a_lane_left_by_a_process_that_died_is_taken_over(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "fast")]).await;
        write(&world.engine.db, "UPDATE inbox_lanes SET lease_owner = 'dead', lease_until = 1").await;
        assert_eq!(work(world).await.worked(), ["1"]);
        assert!(LEASE > Duration::from_secs(1));
    }

    async fn stopping_finishes_what_is_in_hand_and_takes_nothing_new(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "slow"), entry(world, "2", "a", "fast")]).await;
        let recorder = Arc::new(Recorder::default());
        let (stop, worker) = start(&world.engine.inbox, &recorder);
        until("it is in hand", async || recorder.tries.load(Ordering::SeqCst) == 1).await;
        stop.cancel();
        worker.await.unwrap();
        assert_eq!(recorder.worked(), ["1"]);
        assert_eq!(world.engine.inbox.depth().await.unwrap(), (1, 0));
        assert_eq!(work(world).await.worked(), ["2"]);
    }

    async fn an_event_is_in_the_inbox_when_it_was_accepted(world: &World) {
        let all = (0..100).map(|n| world.engine.intake.accept(entry(world, &n.to_string(), "a", "fast")));
        for accepted in futures_util::future::join_all(all).await {
            accepted.unwrap();
        }
        assert_eq!(world.engine.inbox.depth().await.unwrap(), (100, 0));
    }

    async fn an_event_with_odd_text_is_kept_and_spoils_no_other(world: &World) {
        let odd = Entry { payload: json!({ "text": "a\u{0}b" }), ..entry(world, "odd", "a", "fast") };
        let (one, two) = tokio::join!(
            world.engine.intake.accept(odd),
            world.engine.intake.accept(entry(world, "even", "a", "fast")),
        );
        one.unwrap();
        two.unwrap();
        assert_eq!(work(world).await.worked().len(), 2);
    }

    async fn what_is_written_alongside_an_event_is_kept_or_lost_with_it(world: &World) {
        let renamed = |name: &'static str, fails: bool| -> Alongside {
            Box::new(move |tx| {
                Box::pin(async move {
                    run!(tx, |c| sqlx::query("UPDATE teams SET name = $1").bind(name).execute(c).await.map(|_| ()))?;
                    if fails { Err(Error::Internal("no".to_owned())) } else { Ok(()) }
                })
            })
        };
        let name = async || -> String {
            read!(&world.engine.db, |c| sqlx::query_scalar("SELECT name FROM teams LIMIT 1").fetch_one(c).await)
                .unwrap()
        };
        let kept = world.engine.intake.accept_with(entry(world, "1", "a", "fast"), renamed("Kept", false)).await;
        kept.unwrap();
        assert_eq!(name().await, "Kept");
        let lost = world.engine.intake.accept_with(entry(world, "2", "a", "fast"), renamed("Lost", true)).await;
        lost.unwrap_err();
        assert_eq!((name().await, world.engine.inbox.depth().await.unwrap()), ("Kept".to_owned(), (1, 0)));
    }

    async fn finished_items_are_swept_after_a_week(world: &World) {
        push(&world.engine, &[entry(world, "1", "a", "fast"), entry(world, "2", "a", "fast")]).await;
        work(world).await;
        assert_eq!(world.engine.inbox.sweep().await.unwrap(), 0);
        write(&world.engine.db, "UPDATE inbox SET finished_at = finished_at - 700000000 WHERE key = '1'")
            .await;
        assert_eq!(world.engine.inbox.sweep().await.unwrap(), 1);
    }
}
