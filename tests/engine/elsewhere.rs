//! Sessions of a chat platform as other windows show them: found by their platform, with what the platform is sent.

use axum::http::Method;
use flowpilot::session::by_thread;
use flowpilot::store::SessionId;
use flowpilot::surface::{CardKind, What};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::platform::{Chat, Shown, deliver, person, thread};
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// A session that Nora began in a thread of the platform.
async fn begun(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    for (key, text) in [("1", "No sound in calls"), ("2", "Jabra")] {
        deliver(world, key, &thread("t1"), &person("Nora"), What::said(text)).await;
        world.at_rest().await;
    }
    let session = by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, session.unwrap().id)
}

/// What was written elsewhere, as the threads show it.
fn relayed(chat: &Chat) -> Vec<String> {
    let words = |shown| if let Shown::Relayed(_, _, text) = shown { Some(text) } else { None };
    chat.shown().into_iter().filter_map(words).collect()
}

fn ids(listed: &Value) -> Vec<&str> {
    listed["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap()).collect()
}

on_both_databases! {
    async fn sessions_are_found_by_their_platform(world: &World) {
        let api = Api::of(&world.engine, &world.viewer);
        let (_, there) = begun(world).await;
        let here = world.session().await;
        let (there, here) = (there.to_string(), here.to_string());
        assert_eq!(ids(&api.get("/ai-sessions").await.body), [&here, &there]);
        assert_eq!(ids(&api.get("/ai-sessions?platform=slack").await.body), [&there]);
        assert_eq!(ids(&api.get("/ai-sessions?platform=api").await.body), [&here]);
        assert_eq!(ids(&api.get("/ai-sessions?not_platform=api").await.body), [&there]);
        assert_eq!(ids(&api.get("/ai-sessions?not_platform=console").await.body), [&here, &there]);
        let first = api.get("/ai-sessions?not_platform=console&limit=1").await.body;
        assert_eq!(ids(&first), [&here]);
        let next = first["next_cursor"].as_str().unwrap();
        let second = api.get(&format!("/ai-sessions?not_platform=console&limit=1&cursor={next}")).await.body;
        assert_eq!((ids(&second), &second["next_cursor"]), (vec![there.as_str()], &Value::Null));
        assert_eq!(api.get("/ai-sessions?platform=irc").await.fields(), ["platform"]);
    }

    async fn a_card_is_told_with_what_its_platform_is_sent(world: &World) {
        let api = Api::of(&world.engine, &world.viewer);
        let (_, id) = begun(world).await;
        let (card, shown) = world.open_card(id, CardKind::Question).await;
        let sent = api.get(&format!("/ai-sessions/{id}/cards/{card}/payload")).await.body;
        assert_eq!(sent, json!({ "platform": "slack", "payload": { "id": card, "title": shown.title } }));
        let session = api.get(&format!("/ai-sessions/{id}")).await.body;
        assert_eq!(session["thread_url"], "https://chat.example.com/t1");
    }

    async fn without_a_platform_there_is_no_payload_and_no_address(world: &World) {
        let api = Api::of(&world.engine, &world.viewer);
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("No sound in calls").await;
        let card = world.open_card(id, CardKind::Check).await.0;
        let answer = api.get(&format!("/ai-sessions/{id}/cards/{card}/payload")).await;
        assert_eq!((answer.status, answer.detail()), (404, "payload not found"));
        assert_eq!(api.get(&format!("/ai-sessions/{id}")).await.body["thread_url"], Value::Null);
    }

    async fn what_is_pressed_elsewhere_edits_the_card_in_the_thread(world: &World) {
        let (chat, id) = begun(world).await;
        let (card, shown) = world.open_card(id, CardKind::Question).await;
        let api = Api::of(&world.engine, &world.engineer);
        let action = &shown.actions[0].id;
        let pressed = api.post(&format!("/ai-sessions/{id}/cards/{card}/actions"), json!({ "action": action })).await;
        assert_eq!(pressed.status, 200, "{pressed:?}");
        world.at_rest().await;
        let edited = chat.shown().into_iter().any(|s| matches!(s, Shown::Edited(id, now) if id == card && now.actions.is_empty()));
        assert!(edited, "{:?}", chat.shown());
    }

    async fn what_is_written_elsewhere_is_shown_in_the_thread_before_what_comes_of_it(world: &World) {
        let (chat, id) = begun(world).await;
        let before = chat.shown().len();
        let api = Api::of(&world.engine, &world.engineer);
        let said = api.post(&format!("/ai-sessions/{id}/messages"), json!({ "text": "fix: Restart it" })).await;
        assert_eq!(said.status, 200, "{said:?}");
        world.at_rest().await;
        let shown = chat.shown().split_off(before);
        let words = Shown::Relayed("t1".to_owned(), "Eli Engineer".to_owned(), "fix: Restart it".to_owned());
        assert_eq!(shown[0], words);
        assert!(shown.iter().any(|s| matches!(s, Shown::Posted(_, card) if card.kind == CardKind::Fix)), "{shown:?}");
    }

    async fn words_sent_twice_under_one_key_are_shown_once(world: &World) {
        let (chat, id) = begun(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/messages");
        let send = || {
            let words = json!({ "text": "fact: The cable is loose." });
            api.send(Method::POST, &path, Some(words), &[("idempotency-key", "k")])
        };
        let (first, again) = (send().await, send().await);
        assert_eq!((first.status, &first.body), (200, &again.body));
        assert_eq!(again.headers["idempotent-replayed"], "true");
        world.at_rest().await;
        assert_eq!(relayed(&chat), ["fact: The cable is loose."]);
        assert_eq!(world.facts(id).await.iter().filter(|fact| fact.contains("cable")).count(), 1);
    }

    async fn what_only_the_asker_is_answered_is_not_shown_in_the_thread(world: &World) {
        let (chat, id) = begun(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        for text in ["facts", "/help", "status", "link"] {
            let said = api.post(&format!("/ai-sessions/{id}/messages"), json!({ "text": text })).await;
            assert_eq!(said.status, 200, "{text}: {said:?}");
        }
        world.at_rest().await;
        assert_eq!(relayed(&chat), Vec::<String>::new());
    }

    async fn words_of_the_thread_itself_are_not_repeated_there(world: &World) {
        let (chat, _) = begun(world).await;
        assert_eq!(relayed(&chat), Vec::<String>::new());
    }

    async fn a_password_written_elsewhere_is_not_shown_in_the_thread(world: &World) {
        let (chat, id) = begun(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        let words = json!({ "text": "fact: the password is Hunter2!x now" });
        api.post(&format!("/ai-sessions/{id}/messages"), words).await;
        world.at_rest().await;
        let shown = relayed(&chat);
        assert!(shown.len() == 1 && !shown[0].contains("Hunter2"), "{shown:?}");
    }

    async fn a_transcript_names_who_wrote(world: &World) {
        let (_, id) = begun(world).await;
        let messages = api_items(world, &format!("/ai-sessions/{id}/messages")).await;
        assert_eq!(messages[0]["author_name"], "Nora");
        let cards = api_items(world, &format!("/ai-sessions/{id}/cards")).await;
        let head = cards.iter().find(|card| card["card"]["kind"] == "session").unwrap();
        assert!(head["plain"].as_str().unwrap().contains("No sound in calls"), "{head}");
        assert!(head["body_html"].is_string() && head["created_at"].is_number(), "{head}");
    }
}

async fn api_items(world: &World, path: &str) -> Vec<Value> {
    let listed = Api::of(&world.engine, &world.viewer).get(path).await.body;
    listed["items"].as_array().unwrap().clone()
}
