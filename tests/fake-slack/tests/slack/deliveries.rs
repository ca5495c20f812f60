//! What people write, and how the app hears of it.

use std::time::Duration;

use flowpilot_fake_slack::{How, Options, signature};
use serde_json::json;

use crate::support::{world, world_with};

#[tokio::test]
async fn a_mention_comes_twice_under_different_ids() {
    let world = world().await;
    let said = world.slack.mention(&world.ada, &world.help, "printer offline").await;
    said.assert_acked();
    assert_eq!(world.app.events(), ["app_mention", "message"]);
    let [mention, twin] = &world.app.heard()[..] else { panic!("two deliveries") };
    let (mention, twin) = (mention.json(), twin.json());
    assert_ne!(mention["event_id"], twin["event_id"]);
    assert_eq!(mention["event"]["ts"], twin["event"]["ts"]);
    assert_eq!(mention["event"]["client_msg_id"], twin["event"]["client_msg_id"]);
    assert_eq!(mention["event"]["text"], "<@U0FLOWPILOT> printer offline");
    assert_eq!(mention["api_app_id"], "A0FLOWPILOT");
    assert_eq!(mention["authorizations"][0]["team_id"], "T0ACME");
    assert_eq!(twin["event"]["channel_type"], "channel");
}

#[tokio::test]
async fn deliveries_are_signed() {
    let world = world().await;
    world.slack.write(&world.ada, &world.help, "hello").await;
    let heard = &world.app.heard()[0];
    let time = heard.header("x-slack-request-timestamp").parse().unwrap();
    let secret = world.slack.options().signing_secret;
    assert_eq!(heard.header("x-slack-signature"), signature(&secret, time, &heard.body));
    assert_eq!(heard.path, "/slack/events");
}

#[tokio::test]
async fn signatures_can_be_wrong_in_every_way() {
    let world = world().await;
    for how in [How::forged(), How::unsigned(), How::stale()] {
        world.slack.with(how).write(&world.ada, &world.help, "hello").await;
    }
    let secret = world.slack.options().signing_secret;
    let [forged, unsigned, stale] = &world.app.heard()[..] else { panic!("three deliveries") };
    let time =
        |heard: &crate::support::Heard| heard.header("x-slack-request-timestamp").parse::<u64>().unwrap();
    assert_ne!(forged.header("x-slack-signature"), signature(&secret, time(forged), &forged.body));
    assert_eq!(unsigned.header("x-slack-signature"), "");
    assert_eq!(stale.header("x-slack-signature"), signature(&secret, time(stale), &stale.body));
    assert!(time(forged) - time(stale) > 300);
}

#[tokio::test]
async fn an_event_can_come_again_under_the_same_and_under_new_ids() {
    let world = world().await;
    let slack = world.slack.with(How::default().redelivered(2).under_new_ids(3));
    let said = slack.write(&world.ada, &world.help, "hello").await;
    assert_eq!(said.answers.len(), 6);
    let heard = world.app.heard();
    let retries: Vec<_> = heard.iter().map(|heard| heard.header("x-slack-retry-num")).collect();
    assert_eq!(retries, ["", "1", "2", "", "", ""]);
    assert_eq!(heard[1].header("x-slack-retry-reason"), "http_timeout");
    let mut ids: Vec<_> = heard.iter().map(|heard| heard.json()["event_id"].to_string()).collect();
    ids.dedup();
    assert_eq!(ids.len(), 4);
}

#[tokio::test]
async fn an_event_that_fails_is_tried_again_until_it_is_acknowledged() {
    let world = world().await;
    world.app.answer(503, &json!(null));
    let slack = world.slack.with(How::default().retried(3, Duration::ZERO));
    let said = slack.write(&world.ada, &world.help, "hello").await;
    assert_eq!(said.answers.iter().map(|answer| answer.status.unwrap()).collect::<Vec<_>>(), [503, 200]);
    assert_eq!(world.app.heard()[1].header("x-slack-retry-reason"), "http_error");
}

#[tokio::test]
async fn edits_and_deletions_come_as_hidden_messages() {
    let world = world().await;
    let said = world.slack.write(&world.ada, &world.help, "hello").await;
    world.slack.edit(&said.message, "hello there").await;
    world.slack.delete(&said.message).await;
    let heard: Vec<_> = world.app.heard().iter().map(|heard| heard.json()["event"].clone()).collect();
    assert_eq!(heard[1]["subtype"], "message_changed");
    assert_eq!(heard[1]["message"]["text"], "hello there");
    assert_eq!(heard[1]["previous_message"]["text"], "hello");
    assert_eq!(heard[2]["subtype"], "message_deleted");
    assert_eq!(heard[2]["deleted_ts"], said.ts());
    assert!(world.slack.messages(&world.help, None).is_empty());
}

#[tokio::test]
async fn a_deleted_message_with_replies_becomes_a_tombstone() {
    let world = world().await;
    let said = world.slack.write(&world.ada, &world.help, "hello").await;
    world.slack.reply(&world.ada, &world.help, said.ts(), "and more").await;
    world.slack.delete(&said.message).await;
    let event = world.app.heard()[2].json()["event"].clone();
    assert_eq!(
        (&event["subtype"], &event["message"]["subtype"]),
        (&json!("message_changed"), &json!("tombstone"))
    );
}

#[tokio::test]
async fn a_message_can_carry_nested_metadata_and_files() {
    let world = world().await;
    let metadata = json!({ "event_type": "x", "event_payload": { "nested": { "n": 1 } } });
    let file = world.slack.file("screen.png", "image/png", b"png");
    let how = How::default().with_metadata(metadata.clone()).with_files(vec![file.clone()]);
    world.slack.with(how).write(&world.ada, &world.help, "look").await;
    let event = world.app.heard()[0].json()["event"].clone();
    assert_eq!((&event["metadata"], &event["subtype"]), (&metadata, &json!("file_share")));
    let link = event["files"][0]["url_private"].as_str().unwrap();
    let with_token = world.api.http.get(link).bearer_auth(&world.api.token).send().await.unwrap();
    assert_eq!(with_token.bytes().await.unwrap(), "png");
    let without = world.api.http.get(link).send().await.unwrap().text().await.unwrap();
    assert!(without.contains("Sign in"));
    assert_eq!(world.api.get("files.info", &[("file", file["id"].as_str().unwrap())]).await["file"], file);
}

#[tokio::test]
async fn an_organisation_wide_installation_has_no_team() {
    let world = world_with(Options::org_wide()).await;
    let said = world.slack.mention(&world.ada, &world.help, "hello").await;
    let event = world.app.heard()[0].json();
    assert_eq!(event["authorizations"][0]["team_id"], json!(null));
    assert_eq!(event["authorizations"][0]["is_enterprise_install"], true);
    assert_eq!(event["enterprise_id"], "E0ACME");
    world.slack.shortcut(&world.ada, &said.message, "start").await;
    let shortcut = world.app.heard()[2].json();
    assert_eq!((&shortcut["team"], &shortcut["enterprise"]["id"]), (&json!(null), &json!("E0ACME")));
}

#[tokio::test]
async fn a_stranger_in_a_shared_channel_is_told_as_one() {
    let world = world().await;
    let vendor = world.slack.stranger("Vera Vendor");
    let shared = world.slack.shared_channel("acme-vendor", &[&vendor]);
    world.slack.mention(&vendor, &shared, "what is new?").await;
    let event = world.app.heard()[0].json();
    assert_eq!(event["is_ext_shared_channel"], true);
    assert_eq!(event["event"]["user_team"], "T0OTHER");
    let user = world.api.get("users.info", &[("user", &vendor)]).await["user"].clone();
    assert_eq!((&user["is_stranger"], &user["profile"]["email"]), (&json!(true), &json!(null)));
}

#[tokio::test]
async fn the_app_hears_of_its_own_messages_and_of_other_bots() {
    let world = world().await;
    let monitor = world.slack.bot("Monitor");
    world.slack.write(&monitor, &world.help, "disk full").await;
    assert!(world.app.heard()[0].json()["event"]["bot_id"].as_str().unwrap().starts_with('B'));

    let slack = flowpilot_fake_slack::FakeSlack::start(Options::default()).await;
    slack.connect("http://127.0.0.1:9");
    let help = slack.channel("help", &[]);
    crate::support::Api::of(&slack).post("chat.postMessage", &json!({ "channel": help, "text": "x" })).await;
    let find = |slack: &flowpilot_fake_slack::FakeSlack| slack.deliveries().pop();
    let echo = slack.wait_for("an echo", find).await;
    assert_eq!(echo.payload["event"]["user"], "U0FLOWPILOT");
}

#[tokio::test]
async fn other_events_are_as_documented() {
    let world = world().await;
    let bob = world.slack.member("Bob");
    world.slack.join(&bob, &world.help).await;
    world.slack.open_home(&bob, "home").await;
    world.slack.uninstall("T0ACME").await;
    assert_eq!(
        world.app.events(),
        ["member_joined_channel", "app_home_opened", "tokens_revoked", "app_uninstalled"]
    );
    world.app.answer(200, &json!("abc"));
    assert!(world.slack.verify_url("abc").await.body.contains("abc"));
}
