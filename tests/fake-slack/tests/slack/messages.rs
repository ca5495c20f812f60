//! Messages of the app: posted, edited, deleted, shown to one person, found again.

use serde_json::json;

use crate::support::{card, world};

#[tokio::test]
async fn a_posted_message_is_in_its_thread() {
    let world = world().await;
    let said = world.slack.mention(&world.ada, &world.help, "printer offline").await;
    let answer = world.api.post("chat.postMessage", &card(&world.help, said.ts())).await;
    assert_eq!(answer["ok"], true, "{answer}");
    let posted = world.slack.message(&world.help, answer["ts"].as_str().unwrap()).unwrap();
    assert_eq!(posted.root(), said.ts());
    assert_eq!(posted.buttons(), ["Run one-off"]);
    assert_eq!(posted.menu(), ["Dismiss"]);
    assert!(posted.shown().contains("*Restart the spooler*"));
    world.slack.assert_all_valid();
}

#[tokio::test]
async fn forms_are_taken_as_well_as_json() {
    let world = world().await;
    let blocks = json!([{ "type": "divider" }]).to_string();
    let fields = [("channel", world.help.as_str()), ("text", "hello"), ("blocks", &blocks)];
    let answer = world.api.form("chat.postMessage", &fields).await;
    assert_eq!(answer["message"]["blocks"][0]["type"], "divider");
}

#[tokio::test]
async fn a_token_is_needed_and_must_be_good() {
    let world = world().await;
    let none = world.api.with_token("").get("auth.test", &[]).await;
    assert_eq!(none["error"], "not_authed");
    let wrong = world.api.with_token("xoxb-wrong").get("auth.test", &[]).await;
    assert_eq!(wrong["error"], "invalid_auth");
    world.slack.uninstall(&world.slack.options().team).await;
    assert_eq!(world.api.get("auth.test", &[]).await["error"], "account_inactive");
}

#[tokio::test]
async fn a_scope_that_the_token_lacks_is_named() {
    let world = world().await;
    world.slack.add_token(&world.slack.options().team, "xoxb-poor", &["chat:write"]);
    let answer = world.api.with_token("xoxb-poor").get("users.info", &[("user", &world.ada)]).await;
    assert_eq!(answer["error"], "missing_scope");
    assert_eq!(answer["needed"], "users:read");
}

#[tokio::test]
async fn what_slack_refuses_is_refused() {
    let world = world().await;
    let post = async |arguments| world.api.post("chat.postMessage", &arguments).await["error"].clone();
    assert_eq!(post(json!({ "channel": "C404", "text": "x" })).await, "channel_not_found");
    assert_eq!(post(json!({ "channel": world.help })).await, "no_text");
    assert_eq!(post(json!({ "channel": world.help, "text": "x".repeat(4_001) })).await, "msg_too_long");
    let section = json!({ "type": "section", "text": { "type": "mrkdwn", "text": "x".repeat(2_900) } });
    let long = json!({ "channel": world.help, "text": "x", "blocks": [section, section, section, section, section] });
    assert_eq!(post(long).await, "msg_blocks_too_long");
    let unknown = json!({ "channel": world.help, "text": "x", "blocks": [{ "type": "nonsense" }] });
    assert_eq!(post(unknown).await, "invalid_blocks");
    assert_eq!(world.slack.invalid_payloads().len(), 4);
    world.slack.change_channel(&world.help, |channel| channel.archived = true);
    assert_eq!(post(json!({ "channel": world.help, "text": "x" })).await, "is_archived");
}

#[tokio::test]
async fn missing_arguments_are_named() {
    let world = world().await;
    let answer = world.api.post("chat.update", &json!({ "text": "x" })).await;
    assert_eq!(answer["error"], "invalid_arguments");
    let messages = answer["response_metadata"]["messages"].to_string();
    assert!(messages.contains("channel") && messages.contains("ts"), "{messages}");
}

#[tokio::test]
async fn only_own_messages_can_be_changed() {
    let world = world().await;
    let said = world.slack.mention(&world.ada, &world.help, "hello").await;
    let update = json!({ "channel": world.help, "ts": said.ts(), "text": "x" });
    assert_eq!(world.api.post("chat.update", &update).await["error"], "cant_update_message");
    assert_eq!(world.api.post("chat.delete", &update).await["error"], "cant_delete_message");
    let gone = json!({ "channel": world.help, "ts": "1.000001", "text": "x" });
    assert_eq!(world.api.post("chat.update", &gone).await["error"], "message_not_found");
}

#[tokio::test]
async fn an_edit_keeps_what_it_does_not_name() {
    let world = world().await;
    let said = world.slack.mention(&world.ada, &world.help, "hello").await;
    let ts = world.api.post("chat.postMessage", &card(&world.help, said.ts())).await["ts"].clone();
    world.api.post("chat.update", &json!({ "channel": world.help, "ts": ts, "text": "new" })).await;
    let message = world.slack.message(&world.help, ts.as_str().unwrap()).unwrap();
    assert_eq!((message.text.as_str(), message.blocks.len(), message.edits), ("new", 2, 1));
    world
        .api
        .post("chat.update", &json!({ "channel": world.help, "ts": ts, "text": "new", "blocks": [] }))
        .await;
    assert!(world.slack.message(&world.help, ts.as_str().unwrap()).unwrap().blocks.is_empty());
}

#[tokio::test]
async fn an_ephemeral_message_is_for_one_and_cannot_be_updated() {
    let world = world().await;
    let whisper = json!({ "channel": world.help, "user": world.ada, "text": "only you" });
    let answer = world.api.post("chat.postEphemeral", &whisper).await;
    assert_eq!(world.slack.ephemerals_to(&world.ada)[0].text, "only you");
    assert!(world.slack.messages(&world.help, None).is_empty());
    let update = json!({ "channel": world.help, "ts": answer["message_ts"], "text": "x" });
    assert_eq!(world.api.post("chat.update", &update).await["error"], "message_not_found");
    let bob = world.slack.member("Bob");
    let stranger = json!({ "channel": world.help, "user": bob, "text": "x" });
    assert_eq!(world.api.post("chat.postEphemeral", &stranger).await["error"], "user_not_in_channel");
}

#[tokio::test]
async fn replies_are_read_page_by_page_with_metadata_on_request() {
    let world = world().await;
    let root = world.slack.history(&world.ada, &world.help, None, "printer offline");
    world.slack.history(&world.ada, &world.help, Some(&root.ts), "since this morning");
    let metadata = json!({ "event_type": "card", "event_payload": { "id": "1" } });
    let post = json!({ "channel": world.help, "thread_ts": root.ts, "text": "noted", "metadata": metadata });
    world.api.post("chat.postMessage", &post).await;
    let thread = [("channel", world.help.as_str()), ("ts", &root.ts), ("limit", "2")];
    let first = world.api.get("conversations.replies", &thread).await;
    assert_eq!((first["messages"].as_array().unwrap().len(), &first["has_more"]), (2, &json!(true)));
    let cursor = first["response_metadata"]["next_cursor"].as_str().unwrap();
    let more = [("cursor", cursor), ("include_all_metadata", "true")];
    let last = world.api.get("conversations.replies", &[thread.as_slice(), &more].concat()).await;
    assert_eq!(last["messages"][0]["metadata"], metadata);
    assert_eq!(last["has_more"], false);
}

#[tokio::test]
async fn reactions_permalinks_and_unfurls_are_kept() {
    let world = world().await;
    let link = "https://flowpilot.example/s/1";
    let said = world.slack.share_link(&world.ada, &world.help, None, link).await;
    assert_eq!(world.app.events(), ["message", "link_shared"]);
    let react = json!({ "channel": world.help, "timestamp": said.ts(), "name": "eyes" });
    assert_eq!(world.api.post("reactions.add", &react).await["ok"], true);
    assert_eq!(world.api.post("reactions.add", &react).await["error"], "already_reacted");
    let unfurls = json!({ link: { "blocks": [{ "type": "divider" }] } });
    let unfurl = json!({ "channel": world.help, "ts": said.ts(), "unfurls": unfurls });
    assert_eq!(world.api.post("chat.unfurl", &unfurl).await["ok"], true);
    let message = world.slack.message(&world.help, said.ts()).unwrap();
    assert_eq!((message.reactions[0].0.as_str(), message.unfurls.len()), ("eyes", 1));
    let query = [("channel", world.help.as_str()), ("message_ts", said.ts())];
    let permalink = world.api.get("chat.getPermalink", &query).await;
    assert!(permalink["permalink"].as_str().unwrap().contains(&world.help));
}
