//! Clicks, commands, shortcuts, and the `response_url`.

use flowpilot_fake_slack::{Message, Options};
use serde_json::{Value, json};

use crate::support::{World, card, world, world_with};

/// A card of the app in a thread.
async fn shown(world: &World) -> Message {
    let said = world.slack.history(&world.ada, &world.help, None, "printer offline");
    world.api.post("chat.postMessage", &card(&world.help, &said.ts)).await;
    world.slack.wait_for_button(&world.help, &said.ts, "Run one-off").await
}

#[tokio::test]
async fn a_click_says_who_clicked_what_and_where() {
    let world = world().await;
    let card = shown(&world).await;
    world.slack.click(&world.ada, &card, "Run one-off").await.assert_acked();
    let heard = &world.app.heard()[0];
    assert_eq!(heard.path, "/slack/interactive");
    let click = heard.json();
    assert_eq!(click["type"], "block_actions");
    assert_eq!(click["user"]["id"], world.ada.as_str());
    assert_eq!(click["actions"][0]["action_id"], "press:apply");
    assert_eq!(click["actions"][0]["value"], "apply");
    assert_eq!(click["container"]["message_ts"], card.ts.as_str());
    assert_eq!(click["message"]["thread_ts"], card.root());
    assert_eq!(click["team"]["id"], "T0ACME");
}

#[tokio::test]
async fn a_button_that_is_gone_can_be_clicked_by_who_still_sees_it() {
    let world = world().await;
    let old = shown(&world).await;
    let update = json!({ "channel": old.channel, "ts": old.ts, "text": "done", "blocks": [] });
    world.api.post("chat.update", &update).await;
    world.slack.click(&world.ada, &old, "press:apply").await.assert_acked();
    assert_eq!(world.app.heard().len(), 1);
}

#[tokio::test]
async fn an_overflow_entry_is_chosen_by_words_or_value() {
    let world = world().await;
    let card = shown(&world).await;
    world.slack.choose_overflow(&world.ada, &card, "Dismiss").await;
    world.slack.choose_overflow(&world.ada, &card, "dismiss").await;
    for heard in world.app.heard() {
        assert_eq!(heard.json()["actions"][0]["selected_option"]["value"], "dismiss");
    }
}

#[tokio::test]
#[should_panic(expected = "there is no button \"Nonsense\"")]
async fn a_button_that_never_was_fails_the_test() {
    let world = world().await;
    let card = shown(&world).await;
    world.slack.click(&world.ada, &card, "Nonsense").await;
}

#[tokio::test]
async fn a_response_url_works_five_times() {
    let world = world().await;
    let card = shown(&world).await;
    world.slack.click(&world.ada, &card, "Run one-off").await;
    let url = world.app.heard()[0].json()["response_url"].as_str().unwrap().to_owned();
    let respond = async |content: Value| {
        world.api.http.post(&url).json(&content).send().await.unwrap().status().as_u16()
    };
    assert_eq!(respond(json!({ "text": "already decided", "replace_original": false })).await, 200);
    assert_eq!(world.slack.ephemerals_to(&world.ada)[0].text, "already decided");
    assert_eq!(world.slack.ephemerals_to(&world.ada)[0].root(), card.root());
    assert_eq!(respond(json!({ "text": "done", "replace_original": true })).await, 200);
    assert_eq!(world.slack.message(&card.channel, &card.ts).unwrap().text, "done");
    assert_eq!(respond(json!({ "text": "x".repeat(5_000) })).await, 400);
    assert_eq!(respond(json!({ "text": "for all", "response_type": "in_channel" })).await, 200);
    assert_eq!(respond(json!({ "delete_original": true })).await, 200);
    assert!(world.slack.message(&card.channel, &card.ts).is_none());
    assert_eq!(respond(json!({ "text": "once more" })).await, 404);
}

#[tokio::test]
async fn a_command_is_a_form_and_its_answer_is_shown() {
    let world = world().await;
    world.app.answer(200, &json!({ "response_type": "ephemeral", "text": "on it" }));
    world.slack.command(&world.ada, &world.help, "/flowpilot", "start #4711").await.assert_acked();
    let heard = &world.app.heard()[0];
    assert_eq!(heard.path, "/slack/commands");
    let fields = heard.json();
    assert_eq!((&fields["command"], &fields["text"]), (&json!("/flowpilot"), &json!("start #4711")));
    assert_eq!(fields["channel_name"], "help");
    assert_eq!(world.slack.ephemerals_to(&world.ada)[0].text, "on it");
}

#[tokio::test]
async fn a_shortcut_carries_the_message() {
    let world = world().await;
    let message = world.slack.history(&world.ada, &world.help, None, "printer offline");
    world.slack.shortcut(&world.ada, &message, "start").await;
    let shortcut = world.app.heard()[0].json();
    assert_eq!((&shortcut["type"], &shortcut["callback_id"]), (&json!("message_action"), &json!("start")));
    assert_eq!(shortcut["message"]["text"], "printer offline");
    world.slack.global_shortcut(&world.ada, "new").await;
    assert_eq!(world.app.heard()[1].json()["type"], "shortcut");
}

#[tokio::test]
async fn a_click_on_private_words_has_no_message() {
    let world = world_with(Options::default()).await;
    let mut whisper = card(&world.help, "");
    whisper["user"] = world.ada.as_str().into();
    whisper["thread_ts"] = Value::Null;
    world.api.post("chat.postEphemeral", &whisper).await;
    let shown = world.slack.wait_for_ephemeral(&world.ada, "Suggested fix").await;
    world.slack.click(&world.ada, &shown, "Run one-off").await;
    let click = world.app.heard()[0].json();
    assert_eq!((&click["message"], &click["container"]["is_ephemeral"]), (&json!(null), &json!(true)));
}

#[tokio::test]
async fn home_is_published_and_clicked() {
    let world = world().await;
    let button =
        json!({ "type": "button", "action_id": "go", "text": { "type": "plain_text", "text": "Go" } });
    let view = json!({ "type": "home", "blocks": [{ "type": "actions", "elements": [button] }] });
    let publish = json!({ "user_id": world.ada, "view": view });
    assert_eq!(world.api.post("views.publish", &publish).await["ok"], true);
    let home = world.slack.wait_for_home(&world.ada, |_| true).await;
    world.slack.click_in_home(&world.ada, "Go").await;
    assert_eq!(world.app.heard()[0].json()["container"]["view_id"], home.id.as_str());
    world.slack.open_home(&world.ada, "home").await;
    assert_eq!(world.app.heard()[1].json()["event"]["view"]["id"], home.id.as_str());
    let mut stale = publish.clone();
    stale["hash"] = "old".into();
    assert_eq!(world.api.post("views.publish", &stale).await["error"], "hash_conflict");
}
