//! What people think of what a model wrote.

use axum::http::Method;
use flowpilot::note::{NoteKind, preview};
use flowpilot::store::SessionId;
use flowpilot::surface::CardKind;
use flowpilot_fake_model::{FakeModel, Reply};
use serde_json::{Value, json};

use crate::drafts::{good, look, solved};
use crate::models::{begun, openai};
use crate::support::api::{Answer, Api};
use crate::support::{World, on_both_databases};

async fn put(api: &Api, path: &str, body: Value) -> Answer {
    api.send(Method::PUT, path, Some(body), &[]).await
}

/// A session in which the model has answered, the path of its answer, and the model.
async fn answered(world: &World) -> (FakeModel, SessionId, String) {
    let model = FakeModel::start().await;
    model.next(Reply::text("Which device is it?"));
    let (_, id) = begun(world, &openai(&model.url())).await;
    let message = answer(&Api::of(&world.engine, &world.engineer), id).await;
    let path = format!("/ai-sessions/{id}/messages/{}/feedback", message["id"].as_str().unwrap());
    (model, id, path)
}

/// The message that a model wrote.
async fn answer(api: &Api, id: SessionId) -> Value {
    let messages = api.get(&format!("/ai-sessions/{id}/messages")).await.body;
    let by_ai = |message: &&Value| !message["by_ai"].is_null();
    let found: Vec<_> = messages["items"].as_array().unwrap().iter().filter(by_ai).cloned().collect();
    let [message] = found.as_slice() else { panic!("{messages}") };
    message.clone()
}

async fn listed(world: &World) -> Vec<Value> {
    let body = Api::of(&world.engine, &world.admin).get("/ai/feedback").await.body;
    body["items"].as_array().unwrap().clone()
}

on_both_databases! {
    async fn a_thumb_is_shown_to_whoever_gave_it_and_to_nobody_else(world: &World) {
        let (_model, id, path) = answered(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        assert_eq!(answer(&api, id).await["by_ai"]["feedback"], Value::Null);
        assert_eq!(put(&api, &path, json!({ "thumb": "up" })).await.status, 204);
        assert_eq!(answer(&api, id).await["by_ai"]["feedback"], json!({ "thumb": "up", "comment": null }));
        let other = Api::of(&world.engine, &world.viewer);
        assert_eq!(answer(&other, id).await["by_ai"]["feedback"], Value::Null);
    }

    async fn a_thumb_can_be_changed_and_taken_back(world: &World) {
        let (_model, id, path) = answered(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        put(&api, &path, json!({ "thumb": "up", "comment": "Right." })).await;
        put(&api, &path, json!({ "thumb": "down" })).await;
        assert_eq!(answer(&api, id).await["by_ai"]["feedback"], json!({ "thumb": "down", "comment": null }));
        assert_eq!(listed(world).await.len(), 1, "one for each member and answer");
        for _ in 0..2 {
            assert_eq!(api.delete(&path).await.status, 204);
        }
        assert_eq!(answer(&api, id).await["by_ai"]["feedback"], Value::Null);
        assert!(listed(world).await.is_empty());
    }

    async fn an_admin_reads_what_was_thought_with_the_answer_and_its_question(world: &World) {
        let (_model, id, path) = answered(world).await;
        put(&Api::of(&world.engine, &world.engineer), &path, json!({ "thumb": "down", "comment": " It asks too much. " })).await;
        put(&Api::of(&world.engine, &world.admin), &path, json!({ "thumb": "up" })).await;
        let opinions = listed(world).await;
        assert_eq!((&opinions[0]["member"], &opinions[1]["member"]), (&json!("Ada Admin"), &json!("Eli Engineer")));
        let of_eli = &opinions[1];
        assert_eq!((&of_eli["thumb"], &of_eli["comment"]), (&json!("down"), &json!("It asks too much.")));
        assert_eq!((&of_eli["question"], &of_eli["text"]), (&json!("No sound in calls"), &json!("Which device is it?")));
        assert_eq!((&of_eli["session_id"], &of_eli["model"], &of_eli["purpose"]), (&json!(id.to_string()), &json!("small"), &json!("answer")));
        let api = Api::of(&world.engine, &world.admin);
        let page = api.get("/ai/feedback?limit=1").await.body;
        let rest = api.get(&format!("/ai/feedback?limit=1&cursor={}", page["next_cursor"].as_str().unwrap())).await.body;
        assert_eq!((&rest["items"][0]["member"], &rest["next_cursor"]), (&json!("Eli Engineer"), &Value::Null));
    }

    async fn a_note_that_a_model_wrote_can_be_judged(world: &World) {
        let (model, id) = solved(world).await;
        model.next(good());
        world.work();
        look(world, id).await;
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/resolution-note/feedback");
        assert_eq!(put(&api, &path, json!({ "thumb": "up", "comment": "As I would." })).await.status, 204);
        let preview = format!("/ai-sessions/{id}/resolution-note/preview");
        let shown = api.post(&preview, json!({})).await.body;
        assert_eq!(shown["feedback"], json!({ "thumb": "up", "comment": "As I would." }));
        let opinion = &listed(world).await[0];
        assert_eq!((&opinion["purpose"], &opinion["question"]), (&json!("note"), &Value::Null));
        assert!(opinion["text"].as_str().unwrap().contains("The cable was loose."), "{opinion}");
        assert_eq!(api.delete(&path).await.status, 204);
        assert_eq!(api.post(&preview, json!({})).await.body["feedback"], Value::Null);
    }

    async fn a_thumb_on_a_note_is_still_there_after_an_edit(world: &World) {
        let (model, id) = solved(world).await;
        model.always(good());
        world.work();
        world.say(id, "/resolve").await;
        world.at_rest().await;
        let api = Api::of(&world.engine, &world.engineer);
        put(&api, &format!("/ai-sessions/{id}/resolution-note/feedback"), json!({ "thumb": "down" })).await;
        let (card, shown) = world.open_card(id, CardKind::Note).await;
        assert_eq!(shown.feedback_on, Some(NoteKind::Resolution));
        world.press_card(id, card, "edit", &[("problem", "No sound in any call.")]).await.unwrap();
        let shown = api.post(&format!("/ai-sessions/{id}/resolution-note/preview"), json!({})).await.body;
        assert_eq!((&shown["author"], &shown["feedback"]["thumb"]), (&json!("small"), &json!("down")), "{shown}");
    }

    async fn what_no_model_wrote_cannot_be_judged(world: &World) {
        let id = world.session().await;
        let api = Api::of(&world.engine, &world.engineer);
        let mut tx = world.change(id).await;
        let message = tx.heard("It hums.", None).await.unwrap();
        tx.commit(None).await.unwrap();
        preview(&world.engine, &world.engineer, NoteKind::Resolution, id).await.unwrap();
        for what in [format!("messages/{message}"), "resolution-note".to_owned(), "escalation-package".to_owned()] {
            let refused = put(&api, &format!("/ai-sessions/{id}/{what}/feedback"), json!({ "thumb": "up" })).await;
            assert_eq!(refused.status, 409, "{what}: {refused:?}");
            assert!(refused.detail().contains("no AI model wrote"), "{refused:?}");
        }
    }

    async fn feedback_changes_neither_the_session_nor_its_note(world: &World) {
        let (_model, id, path) = answered(world).await;
        let before = world.version(id).await;
        put(&Api::of(&world.engine, &world.engineer), &path, json!({ "thumb": "down" })).await;
        assert_eq!(world.version(id).await, before);
    }

    async fn a_secret_in_a_comment_is_not_kept(world: &World) {
        let (_model, _, path) = answered(world).await;
        let comment = "It should not say that the password is Summer2026!";
        put(&Api::of(&world.engine, &world.engineer), &path, json!({ "thumb": "down", "comment": comment })).await;
        let texts = crate::support::database::every_text(&world.engine.db).await;
        assert!(!format!("{texts:?}").contains("Summer2026"), "{texts:?}");
    }

    async fn a_comment_has_a_longest_length(world: &World) {
        let (_model, _, path) = answered(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        let refused = put(&api, &path, json!({ "thumb": "down", "comment": "x".repeat(1_001) })).await;
        assert_eq!((refused.status, refused.fields()), (422, vec!["comment"]));
        assert!(listed(world).await.is_empty());
    }

    async fn an_answer_of_a_guided_session_has_no_thumbs(world: &World) {
        let id = world.begin("No sound in calls").await;
        let messages = Api::of(&world.engine, &world.engineer).get(&format!("/ai-sessions/{id}/messages")).await.body;
        assert!(messages["items"].as_array().unwrap().iter().all(|message| message["by_ai"].is_null()), "{messages}");
    }
}
