//! Who is who, and what is where.

use flowpilot_fake_slack::{ChannelKind, Kind};
use serde_json::json;

use crate::support::world;

#[tokio::test]
async fn people_are_told_as_what_they_are() {
    let world = world().await;
    let guest = world.slack.guest("Gus Guest");
    let single = world.slack.add_person("Sina Single", Kind::SingleChannelGuest);
    let info = async |user: &str| world.api.get("users.info", &[("user", user)]).await["user"].clone();
    let ada = info(&world.ada).await;
    assert_eq!(
        (&ada["is_restricted"], &ada["profile"]["email"]),
        (&json!(false), &json!("ada.lovelace@acme.example"))
    );
    assert_eq!(info(&guest).await["is_restricted"], true);
    assert_eq!(info(&single).await["is_ultra_restricted"], true);
    assert_eq!(info("U0FLOWPILOT").await["is_bot"], true);
    assert_eq!(info("U404").await, json!(null));
}

#[tokio::test]
async fn people_are_found_by_address() {
    let world = world().await;
    let found = world.api.get("users.lookupByEmail", &[("email", "Ada.Lovelace@acme.example")]).await;
    assert_eq!(found["user"]["id"], world.ada.as_str());
    let none = world.api.get("users.lookupByEmail", &[("email", "nobody@acme.example")]).await;
    assert_eq!(none["error"], "users_not_found");
}

#[tokio::test]
async fn channels_are_listed_page_by_page_and_private_ones_stay_hidden() {
    let world = world().await;
    let secret = world.slack.add_channel("T0ACME", "secret", ChannelKind::Private, &[&world.ada]);
    world.slack.change_channel(&secret, |channel| channel.members.retain(|member| member != "U0FLOWPILOT"));
    world.slack.channel("general", &[]);
    let types = ("types", "public_channel,private_channel");
    let first = world.api.get("conversations.list", &[types, ("limit", "1")]).await;
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let second = world.api.get("conversations.list", &[types, ("limit", "1"), ("cursor", cursor)]).await;
    assert_eq!(
        (&first["channels"][0]["name"], &second["channels"][0]["name"]),
        (&json!("help"), &json!("general"))
    );
    assert_eq!(second["response_metadata"]["next_cursor"], "");
    assert_eq!(
        world.api.get("conversations.info", &[("channel", &secret)]).await["error"],
        "channel_not_found"
    );
    let members = world.api.get("conversations.members", &[("channel", &world.help)]).await;
    assert!(members["members"].as_array().unwrap().contains(&json!(world.ada)));
}

#[tokio::test]
async fn a_direct_conversation_is_opened_once() {
    let world = world().await;
    let open = json!({ "users": world.ada });
    let first = world.api.post("conversations.open", &open).await["channel"]["id"].clone();
    assert_eq!(world.api.post("conversations.open", &open).await["channel"]["id"], first);
    let direct = world.api.post("chat.postMessage", &json!({ "channel": world.ada, "text": "hi" })).await;
    assert_eq!(direct["channel"], first);
}

#[tokio::test]
async fn auth_test_tells_who_the_bot_is_and_what_it_may() {
    let world = world().await;
    let request = world.api.http.get(format!("{}/auth.test", world.api.url)).bearer_auth(&world.api.token);
    let response = request.send().await.unwrap();
    assert!(response.headers()["x-oauth-scopes"].to_str().unwrap().contains("chat:write"));
    let answer: serde_json::Value = response.json().await.unwrap();
    assert_eq!((&answer["user_id"], &answer["team_id"]), (&json!("U0FLOWPILOT"), &json!("T0ACME")));
}
