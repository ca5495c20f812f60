//! What can go wrong, on request, and waiting with a limit.

use std::time::{Duration, Instant};

use flowpilot_fake_slack::{FakeSlack, Fault, Options};
use serde_json::{Value, json};

use crate::support::{World, world};

async fn send(world: &World) -> Result<reqwest::Response, reqwest::Error> {
    let post = json!({ "channel": world.help, "text": "hello" });
    let request = world.api.http.post(format!("{}/chat.postMessage", world.api.url));
    request.bearer_auth(&world.api.token).json(&post).send().await
}

fn posted(world: &World) -> usize {
    world.slack.messages(&world.help, None).len()
}

#[tokio::test]
async fn a_limited_method_says_when_to_come_back_and_does_nothing() {
    let world = world().await;
    world.slack.fail("chat.postMessage", Fault::RateLimited(7));
    let limited = send(&world).await.unwrap();
    assert_eq!((limited.status().as_u16(), &limited.headers()["retry-after"]), (429, &"7".parse().unwrap()));
    assert_eq!(limited.json::<Value>().await.unwrap()["error"], "ratelimited");
    assert_eq!(posted(&world), 0);
    assert_eq!(send(&world).await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_fault_meets_as_many_calls_as_was_asked() {
    let world = world().await;
    world.slack.fail_times("*", Fault::Status(500), 2);
    for status in [500, 500, 200] {
        assert_eq!(send(&world).await.unwrap().status().as_u16(), status);
    }
    world.slack.fail("chat.postMessage", Fault::Error("fatal_error"));
    assert_eq!(send(&world).await.unwrap().json::<Value>().await.unwrap()["error"], "fatal_error");
    world.slack.fail("chat.postMessage", Fault::Status(500));
    world.slack.clear_faults();
    assert_eq!(send(&world).await.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn a_connection_can_break_before_or_after_the_work_is_done() {
    let world = world().await;
    world.slack.fail("chat.postMessage", Fault::DropBefore);
    assert!(send(&world).await.is_err());
    assert_eq!(posted(&world), 0);
    world.slack.fail("chat.postMessage", Fault::DropAfter);
    assert!(send(&world).await.is_err());
    assert_eq!(posted(&world), 1);
    assert_eq!(world.slack.calls("chat.postMessage").len(), 2);
}

#[tokio::test]
async fn an_answer_can_be_slow() {
    let world = world().await;
    world.slack.fail("chat.postMessage", Fault::SlowAnswer(Duration::from_millis(300)));
    let begun = Instant::now();
    send(&world).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
#[should_panic(expected = "waited 50ms for a message with \"never\"")]
async fn waiting_ends_with_the_story_of_what_happened() {
    let slack = FakeSlack::start(Options { patience: Duration::from_millis(50), ..Options::default() }).await;
    let help = slack.channel("help", &[]);
    slack.wait_for_text(&help, "1.0", "never").await;
}

#[tokio::test]
async fn an_app_that_is_not_there_is_no_answer() {
    let slack = FakeSlack::start(Options::default()).await;
    slack.connect("http://127.0.0.1:9");
    let ada = slack.member("Ada");
    let help = slack.channel("help", &[&ada]);
    let said = slack.write(&ada, &help, "hello").await;
    assert_eq!(said.answers[0].status, None);
    assert!(said.answers[0].problem.is_some());
}
