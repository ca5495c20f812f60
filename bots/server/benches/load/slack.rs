//! Slack's events at a steady pace: how soon they are acknowledged while Slack itself is slow to answer.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use flowpilot_fake_slack::{FakeSlack, Fault, Options, signature};
use hdrhistogram::Histogram;
use serde_json::json;
use uuid::Uuid;

use crate::client::{Call, Connection};
use crate::program::Folder;

const PER_SECOND: u32 = 500;
const CONNECTIONS: u32 = 20;
const LENGTH: Duration = Duration::from_secs(10);
/// How long every call of the Web API takes: what the events lead to lags far behind.
const SLOW: Duration = Duration::from_secs(2);

/// A channel, and who writes in it.
type Place = (String, String);

pub(crate) async fn run() {
    let slack = FakeSlack::start(Options::default()).await;
    let ada = slack.member("Ada Lovelace");
    let place = (slack.channel("help", &[&ada]), ada);
    slack.fail_times("chat.postMessage", Fault::SlowAnswer(SLOW), 1_000_000);
    slack.fail_times("users.info", Fault::SlowAnswer(SLOW), 1_000_000);
    let options = slack.options();
    let folder = Folder::new(&format!(
        "[slack]\napi_url = \"{}\"\nsigning_secret = \"{}\"\nbot_token = \"{}\"",
        slack.url(),
        options.signing_secret,
        options.bot_token
    ));
    let program = folder.serve(&[]).await;
    while !connected(&program.address, &options.signing_secret, &place).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let before = program.cpu();
    let (begun, address) = (Instant::now(), program.address.clone());
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let (address, secret, place) = (address.clone(), options.signing_secret.clone(), place.clone());
            tokio::spawn(async move { paced(&address, &secret, &place).await })
        })
        .collect();
    let mut latency = Histogram::<u64>::new(3).expect("a histogram");
    for task in tasks {
        latency.add(task.await.expect("every event is acknowledged")).expect("histograms of one kind");
    }
    println!(
        "\n## Slack's events at {PER_SECOND} a second, every call of Slack's taking {SLOW:?}\n\n\
         {} acknowledged in {:.1} s: p50 {:.1} ms, p99 {:.1} ms, slowest {:.1} ms; {:.0} µs of CPU each, with the work \
         that they led to meanwhile.",
        latency.len(),
        begun.elapsed().as_secs_f64(),
        latency.value_at_quantile(0.5) as f64 / 1e3,
        latency.value_at_quantile(0.99) as f64 / 1e3,
        latency.max() as f64 / 1e3,
        (program.cpu() - before) * 1e6 / latency.len() as f64,
    );
    program.stop().await;
}

/// One connection's share of the events, each at its time: a late answer does not slow the next event down unseen,
/// because its wait is counted from when it was due.
async fn paced(address: &str, secret: &str, place: &Place) -> Histogram<u64> {
    let mut latency = Histogram::<u64>::new(3).expect("a histogram");
    let mut connection = Connection::open(address, &Vec::new()).await.expect("a connection");
    let pause = Duration::from_secs(1) * CONNECTIONS / PER_SECOND;
    let (begun, mut due) = (Instant::now(), Instant::now());
    while begun.elapsed() < LENGTH {
        tokio::time::sleep_until(due.into()).await;
        let (status, body) = connection.send(mention(secret, place)).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
        latency += due.elapsed().as_micros() as u64;
        due += pause;
    }
    latency
}

async fn connected(address: &str, secret: &str, place: &Place) -> bool {
    let mut connection = Connection::open(address, &Vec::new()).await.expect("a connection");
    connection.send(mention(secret, place)).await.0 == 200
}

/// A thread of its own that begins with words to the bot.
fn mention(secret: &str, (channel, user): &Place) -> Call {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    let ts = format!("{}.{:06}", now.as_secs(), Uuid::now_v7().as_u128() % 1_000_000);
    let options = Options::default();
    let body = json!({
        "type": "event_callback",
        "team_id": options.team,
        "api_app_id": options.app_id,
        "event_id": format!("Ev{}", Uuid::now_v7().simple()),
        "event_time": now.as_secs(),
        "authorizations": [{ "team_id": options.team, "user_id": options.bot_user, "is_bot": true }],
        "event": { "type": "app_mention", "channel": channel, "user": user, "ts": ts,
            "text": format!("<@{}> The label printer at the front desk shows offline", options.bot_user) },
    });
    let signed = signature(secret, now.as_secs(), &body.to_string());
    let mut call = Call::post("/slack/events", &body);
    call.headers = vec![
        ("x-slack-request-timestamp".to_owned(), now.as_secs().to_string()),
        ("x-slack-signature".to_owned(), signed),
    ];
    call
}
