//! Text that grows, and what the app says it is doing.

use serde_json::{Value, json};

use crate::support::{World, world};

async fn agent(world: &World, thread: &str, status: &str) {
    let session = json!({ "channel_id": world.help, "thread_ts": thread, "status": status });
    assert_eq!(world.api.post("agents.sessions.setStatus", &session).await["ok"], true);
}

async fn start(world: &World, thread: &str) -> Value {
    let start = json!({
        "channel": world.help, "thread_ts": thread, "recipient_user_id": world.ada, "recipient_team_id": "T0ACME",
    });
    world.api.post("chat.startStream", &start).await
}

#[tokio::test]
async fn a_stream_grows_and_ends_with_buttons() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "printer offline").ts;
    let ts = start(&world, &root).await["ts"].clone();
    let of = |more: Value| {
        let mut call = json!({ "channel": world.help, "ts": ts });
        call.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call
    };
    world.api.post("chat.appendStream", &of(json!({ "markdown_text": "Restart " }))).await;
    let task = json!({ "type": "task_update", "id": "1", "title": "Looking", "status": "in_progress" });
    let chunks = json!([{ "type": "markdown_text", "text": "the spooler" }, task]);
    assert_eq!(world.api.post("chat.appendStream", &of(json!({ "chunks": chunks }))).await["ok"], true);
    let early = world.api.post("chat.update", &of(json!({ "text": "x" }))).await;
    assert_eq!(early["error"], "streaming_state_conflict");
    let button =
        json!({ "type": "button", "action_id": "ok", "text": { "type": "plain_text", "text": "OK" } });
    let blocks = json!([{ "type": "actions", "elements": [button] }]);
    assert_eq!(world.api.post("chat.stopStream", &of(json!({ "blocks": blocks }))).await["ok"], true);
    let message = world.slack.message(&world.help, ts.as_str().unwrap()).unwrap();
    assert_eq!((message.text.as_str(), message.buttons()), ("Restart the spooler", vec!["OK".to_owned()]));
    let late = world.api.post("chat.appendStream", &of(json!({ "markdown_text": "x" }))).await;
    assert_eq!(late["error"], "message_not_in_streaming_state");
    world.slack.assert_all_valid();
}

#[tokio::test]
async fn a_stream_in_a_channel_needs_its_recipient() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let answer =
        world.api.post("chat.startStream", &json!({ "channel": world.help, "thread_ts": root })).await;
    assert_eq!(answer["error"], "missing_recipient_user_id");
    let direct = world.slack.direct(&world.ada);
    let root = world.slack.history(&world.ada, &direct, None, "hello").ts;
    let answer = world.api.post("chat.startStream", &json!({ "channel": direct, "thread_ts": root })).await;
    assert_eq!(answer["ok"], true);
}

#[tokio::test]
async fn the_stop_button_ends_the_streams_of_a_thread() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let ts = start(&world, &root).await["ts"].clone();
    agent(&world, &root, "processing").await;
    world.slack.stop_agent(&world.ada, &world.help, &root).await;
    let event = world.app.heard()[0].json()["event"].clone();
    assert_eq!(event["type"], "agent_session_stopped");
    assert_eq!(event["streaming_message_ts"], json!([ts]));
    let append = json!({ "channel": world.help, "ts": ts, "markdown_text": "x" });
    assert_eq!(world.api.post("chat.appendStream", &append).await["error"], "stopped_by_user");
    let stop = json!({ "channel": world.help, "ts": ts });
    assert_eq!(world.api.post("chat.stopStream", &stop).await["error"], "message_not_in_streaming_state");
}

#[tokio::test]
async fn chunks_are_looked_at() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let ts = start(&world, &root).await["ts"].clone();
    let chunks = json!([{ "type": "task_update", "id": "1", "title": "x", "status": "nonsense" }]);
    let append = json!({ "channel": world.help, "ts": ts, "chunks": chunks });
    assert_eq!(world.api.post("chat.appendStream", &append).await["error"], "invalid_chunks");
}

#[tokio::test]
async fn statuses_and_prompts_are_kept() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let status = json!({ "channel_id": world.help, "thread_ts": root, "status": "is thinking…" });
    assert_eq!(world.api.post("assistant.threads.setStatus", &status).await["ok"], true);
    let session = json!({ "channel_id": world.help, "thread_ts": root, "status": "processing" });
    assert_eq!(world.api.post("agents.sessions.setStatus", &session).await["ok"], true);
    let said: Vec<_> = world.slack.statuses().into_iter().map(|status| status.status).collect();
    assert_eq!(said, ["is thinking…", "processing"]);
    let wrong = json!({ "channel_id": world.help, "status": "busy" });
    assert_eq!(world.api.post("agents.sessions.setStatus", &wrong).await["error"], "invalid_status");
    let prompts = json!({ "channel_id": world.help, "prompts": [{ "title": "Start", "message": "start" }] });
    assert_eq!(world.api.post("assistant.threads.setSuggestedPrompts", &prompts).await["ok"], true);
    assert_eq!(world.slack.prompts().len(), 1);
}

#[tokio::test]
async fn a_status_is_shown_until_a_message_comes_for_two_minutes_at_most() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let set = async |status: &str| {
        let status = json!({ "channel_id": world.help, "thread_ts": root, "status": status });
        assert_eq!(world.api.post("assistant.threads.setStatus", &status).await["ok"], true);
    };
    let shown = || world.slack.shown_status(&world.help, &root);
    set("is thinking…").await;
    assert_eq!(shown().as_deref(), Some("is thinking…"));
    world.slack.pass(std::time::Duration::from_secs(121));
    assert_eq!(shown(), None);
    set("is still thinking…").await;
    start(&world, &root).await;
    assert_eq!(shown(), None);
    set("is thinking again…").await;
    set("").await;
    assert_eq!(shown(), None);
}

#[tokio::test]
async fn an_agents_status_belongs_to_a_thread() {
    let world = world().await;
    let session = json!({ "channel_id": world.help, "status": "processing" });
    assert_eq!(world.api.post("agents.sessions.setStatus", &session).await["error"], "thread_ts_required");
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    agent(&world, &root, "processing").await;
    assert_eq!(world.slack.agent_status(&world.help, &root).as_deref(), Some("processing"));
}

#[tokio::test]
async fn a_stream_takes_no_more_than_a_message_and_knows_its_reader() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "hello").ts;
    let ts = start(&world, &root).await["ts"].clone();
    let append = json!({ "channel": world.help, "ts": ts, "markdown_text": "x".repeat(7_000) });
    assert_eq!(world.api.post("chat.appendStream", &append).await["ok"], true);
    assert_eq!(world.api.post("chat.appendStream", &append).await["error"], "msg_too_long");
    let nobody = json!({
        "channel": world.help, "thread_ts": root, "recipient_user_id": "U0NOBODY", "recipient_team_id": "T0ACME",
    });
    assert_eq!(world.api.post("chat.startStream", &nobody).await["error"], "user_not_found");
}
