//! Where people meet a model's note: on the card, when they post or edit it, and after a crash.

use std::time::Duration;

use flowpilot::ai::{LimitsConfig, ModelsConfig};
use flowpilot::engine::EngineOptions;
use flowpilot::note::{NoteKind, preview};
use flowpilot::surface::CardKind;
use flowpilot_fake_model::{FakeModel, Reply};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::drafts::{
    FALSE, claim, config, connect, field, good, has_button, look, note, record, solved, with_a_false_sentence,
};
use crate::support::api::Api;
use crate::support::psa::TicketSystem;
use crate::support::world::{options, until};
use crate::support::{World, on_both_databases};

on_both_databases! {
    async fn resolve_is_answered_before_the_model_is_asked_and_its_note_takes_the_cards_place(world: &World) {
        let (model, id) = solved(world).await;
        model.next(good());
        world.say(id, "/resolve").await;
        assert!(model.asked().is_empty());
        let (key, card) = world.open_card(id, CardKind::Note).await;
        assert_eq!(card.badge.as_ref().unwrap().text, "Writing the note…");
        assert!(has_button(&card, "plain") && !has_button(&card, "post") && card.body.contains("Applied"), "{card:?}");
        world.work();
        world.at_rest().await;
        let (same, card) = world.open_card(id, CardKind::Note).await;
        assert_eq!((same, card.badge.is_none(), has_button(&card, "post")), (key, true, true));
        assert!(!card.body.contains("Applied") && !card.body.contains("fact 1"), "{}", card.body);
        assert!(field(&card, "Sentences rest on").contains("What we confirmed: fact 1"), "{:?}", card.fields);
        assert!(field(&card, "Written by").starts_with("small"));
        assert_eq!(model.asked().len(), 1);
    }

    async fn who_does_not_want_to_wait_takes_the_rules_note(world: &World) {
        let (model, id) = solved(world).await;
        world.say(id, "/resolve").await;
        world.press(id, CardKind::Note, "plain").await;
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert!(has_button(&card, "post") && card.badge.is_none() && card.body.contains("Applied"), "{card:?}");
        let (key, _) = world.open_card(id, CardKind::Note).await;
        world.press_card(id, key, "edit", &[("problem", "Nobody heard anything.")]).await.unwrap();
        world.work();
        world.at_rest().await;
        assert!(model.asked().is_empty());
        assert!(look(world, id).await.author.is_none());
    }

    async fn what_is_posted_is_what_was_shown(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        record(world, id).await;
        let model = FakeModel::start().await;
        connect(&world.engine, &config(&model.url()));
        model.always(note(&[claim("The cable was loose.", "F1")]));
        world.work();
        let shown = look(world, id).await;
        assert_eq!(shown.author.as_deref(), Some("small"), "{shown:?}");
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/resolution-note/post");
        let other = json!({ "state_version": shown.state_version, "edition": "another" });
        assert_eq!(api.post(&path, other).await.status, 409);
        let seen = json!({ "state_version": shown.state_version, "edition": &*shown.edition });
        assert_eq!(api.post(&path, seen).await.status, 200);
        world.at_rest().await;
        let [posted] = system.notes().await.try_into().unwrap();
        assert!(posted.starts_with(&*shown.markdown), "{posted}");
        for marker in ["F1", "fact 1", "O1", "evidence"] {
            assert!(!posted.contains(marker), "{posted}");
        }
    }

    async fn a_posted_note_keeps_who_wrote_it_when_the_session_moves_on(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        record(world, id).await;
        let model = FakeModel::start().await;
        connect(&world.engine, &config(&model.url()));
        model.always(with_a_false_sentence());
        world.work();
        for words in ["/resolve", "/post", "/resume", "/fact The socket is fine."] {
            world.say(id, words).await;
            world.at_rest().await;
        }
        let (_, card) = world.card(id, CardKind::Note).await;
        assert!(field(&card, "Written by").starts_with("small"), "{:?}", card.fields);
        assert!(field(&card, "Left out, not supported").contains(FALSE), "{:?}", card.fields);
        assert_eq!(model.asked().len(), 2);
    }

    async fn a_note_that_is_posted_while_it_is_written_is_posted_as_it_is(world: &World) {
        let (model, id) = solved(world).await;
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        world.work();
        world.at_rest().await;
        assert!(model.asked().is_empty(), "nobody waits for it any more");
        assert!(world.case(id).await.session.status.is_closed());
    }

    async fn something_new_has_the_note_written_anew(world: &World) {
        let (model, id) = solved(world).await;
        model.always(good());
        world.work();
        world.say(id, "/resolve").await;
        world.at_rest().await;
        let newest = format!("F{}", world.facts(id).await.len() + 1);
        model.always(note(&[claim("The socket is fine.", &newest), claim("The cable was loose.", "F1")]));
        world.say(id, "/fact The socket is fine.").await;
        world.at_rest().await;
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert!(card.body.contains("The socket is fine.") && field(&card, "Written by").starts_with("small"), "{card:?}");
        assert_eq!(model.asked().len(), 2);
    }

    async fn an_edit_keeps_the_models_other_sections_and_asks_no_model(world: &World) {
        let (model, id) = solved(world).await;
        model.always(good());
        world.work();
        world.say(id, "/resolve").await;
        world.at_rest().await;
        let (card, _) = world.open_card(id, CardKind::Note).await;
        let edit = [("problem", "Nobody heard anything."), ("what_we_confirmed", "- The cable was loose.\n- The switch was replaced.")];
        world.press_card(id, card, "edit", &edit).await.unwrap();
        world.at_rest().await;
        let shown = look(world, id).await;
        assert!(shown.markdown.contains("Nobody heard anything.") && !shown.markdown.contains("Applied"), "{shown:?}");
        assert_eq!((shown.author.as_deref(), model.asked().len()), (Some("small"), 1));
        assert!(shown.unsupported.iter().any(|text| text == FALSE), "an edit is shown as what it is: {shown:?}");
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert!(field(&card, "Not supported by what was confirmed").contains(FALSE), "{:?}", card.fields);
    }

    async fn a_viewer_and_a_glance_ask_no_model(world: &World) {
        let (model, id) = solved(world).await;
        model.always(good());
        world.work();
        let viewed = preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap();
        assert!(viewed.author.is_none() && !viewed.from_cache);
        let api = Api::of(&world.engine, &world.engineer);
        let path = format!("/ai-sessions/{id}/resolution-note/preview");
        assert_eq!(api.post(&format!("{path}?write=false"), json!({})).await.body["author"], Value::Null);
        assert!(model.asked().is_empty());
        assert_eq!(api.post(&path, json!({})).await.body["author"], "small");
        let viewed = preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap();
        assert_eq!((viewed.author.as_deref(), viewed.from_cache), (Some("small"), true));
    }

    async fn a_process_that_is_killed_while_a_note_is_written_leaves_no_card_behind(world: &World) {
        let (model, id) = solved(world).await;
        model.next(Reply::hang());
        let lease = Duration::from_secs(1);
        let replica = world.replica_with(&EngineOptions { lease, ..options() }).await;
        connect(&replica, &ModelsConfig { limits: LimitsConfig::default(), ..config(&model.url()) });
        let dying = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _workers = replica.start_workers(&options(), &CancellationToken::new(), dying.handle());
        world.say(id, "/resolve").await;
        until("the model is asked", async || model.asked().len() == 1).await;
        dying.shutdown_background();
        model.next(good());
        world.work();
        until("the note is written", async || {
            has_button(&world.open_card(id, CardKind::Note).await.1, "post")
        }).await;
        assert_eq!(look(world, id).await.author.as_deref(), Some("small"));
        assert_eq!(model.asked().len(), 2);
    }
}
