//! Modals: opened with a trigger, updated with a hash, submitted, answered.

use std::time::Duration;

use flowpilot_fake_slack::Options;
use serde_json::{Value, json};

use crate::support::{World, form, world, world_with};

/// A trigger for Ada.
async fn trigger(world: &World) -> Value {
    world.slack.global_shortcut(&world.ada, "any").await;
    world.app.heard().pop().unwrap().json()["trigger_id"].clone()
}

async fn open(world: &World) -> Value {
    let open = json!({ "trigger_id": trigger(world).await, "view": form() });
    world.api.post("views.open", &open).await["view"].clone()
}

#[tokio::test]
async fn a_trigger_works_once_and_not_for_long() {
    let world = world_with(Options { trigger_life: Duration::from_secs(1), ..Options::default() }).await;
    let mut open = json!({ "trigger_id": trigger(&world).await, "view": form() });
    assert_eq!(world.api.post("views.open", &open).await["ok"], true);
    assert_eq!(world.api.post("views.open", &open).await["error"], "exchanged_trigger_id");
    open["trigger_id"] = trigger(&world).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    assert_eq!(world.api.post("views.open", &open).await["error"], "expired_trigger_id");
    open["trigger_id"] = "1.2.3".into();
    assert_eq!(world.api.post("views.open", &open).await["error"], "invalid_trigger_id");
}

#[tokio::test]
async fn an_update_with_an_old_hash_is_a_conflict() {
    let world = world().await;
    let view = open(&world).await;
    let mut update = json!({ "view_id": view["id"], "hash": view["hash"], "view": form() });
    assert_eq!(world.api.post("views.update", &update).await["ok"], true);
    assert_eq!(world.api.post("views.update", &update).await["error"], "hash_conflict");
    update["view_id"] = "V404".into();
    assert_eq!(world.api.post("views.update", &update).await["error"], "not_found");
}

#[tokio::test]
async fn a_submission_carries_what_was_filled_in() {
    let world = world().await;
    let view = open(&world).await;
    world.slack.submit_view(&world.ada, &[("Why?", "wrong printer")]).await.assert_acked();
    let submission = world.app.heard()[1].json();
    assert_eq!(submission["type"], "view_submission");
    assert_eq!(submission["view"]["id"], view["id"]);
    assert_eq!(submission["view"]["private_metadata"], "{\"card\":\"1\"}");
    let value = json!({ "type": "plain_text_input", "value": "wrong printer" });
    assert_eq!(submission["view"]["state"]["values"]["reason"]["value"], value);
    assert!(world.slack.open_view(&world.ada).is_none());
}

#[tokio::test]
async fn errors_keep_the_modal_open_and_are_shown_on_the_field() {
    let world = world().await;
    open(&world).await;
    world.app.answer(200, &json!({ "response_action": "errors", "errors": { "reason": "too short" } }));
    world.slack.submit_view(&world.ada, &[("reason", "x")]).await;
    assert_eq!(world.slack.open_view(&world.ada).unwrap().errors["reason"], "too short");
    world.app.answer(200, &json!({ "response_action": "errors", "errors": { "other": "?" } }));
    world.slack.submit_view(&world.ada, &[("reason", "x")]).await;
    assert_eq!(world.slack.invalid_payloads().len(), 1);
}

#[tokio::test]
async fn an_answer_can_update_push_and_clear() {
    let world = world().await;
    open(&world).await;
    let mut second = form();
    second["title"]["text"] = "Second".into();
    world.app.answer(200, &json!({ "response_action": "push", "view": second }));
    world.slack.submit_view(&world.ada, &[("reason", "x")]).await;
    assert_eq!(world.slack.open_view(&world.ada).unwrap().title(), "Second");
    let mut invalid = form();
    invalid["title"]["text"] = "A title that is far too long for Slack".into();
    world.app.answer(200, &json!({ "response_action": "update", "view": invalid }));
    world.slack.submit_view(&world.ada, &[("reason", "x")]).await;
    assert_eq!(world.slack.invalid_payloads().len(), 1);
    world.app.answer(200, &json!({ "response_action": "clear" }));
    world.slack.submit_view(&world.ada, &[("reason", "x")]).await;
    assert!(world.slack.open_view(&world.ada).is_none());
}

#[tokio::test]
#[should_panic(expected = "is required")]
async fn a_form_without_a_required_input_is_not_sent() {
    let world = world().await;
    open(&world).await;
    world.slack.submit_view(&world.ada, &[]).await;
}

#[tokio::test]
async fn views_stack_three_high() {
    let world = world().await;
    open(&world).await;
    let mut buttons = form();
    buttons["blocks"] = json!([{ "type": "actions", "elements": [
        { "type": "button", "action_id": "next", "text": { "type": "plain_text", "text": "Next" } },
    ] }]);
    let id = world.slack.open_view(&world.ada).unwrap().id;
    world.api.post("views.update", &json!({ "view_id": id, "view": buttons })).await;
    for error in [json!(null), json!(null), json!("push_limit_reached")] {
        world.slack.click_in_view(&world.ada, "Next").await;
        let trigger = world.app.heard().pop().unwrap().json()["trigger_id"].clone();
        let answer = world.api.post("views.push", &json!({ "trigger_id": trigger, "view": buttons })).await;
        assert_eq!(answer["error"], error);
    }
}

#[tokio::test]
async fn closing_is_told_to_who_asked_for_it() {
    let world = world().await;
    let mut view = form();
    view["notify_on_close"] = true.into();
    world.api.post("views.open", &json!({ "trigger_id": trigger(&world).await, "view": view })).await;
    world.slack.close_view(&world.ada).await.unwrap().assert_acked();
    assert_eq!(world.app.heard()[1].json()["type"], "view_closed");
}
