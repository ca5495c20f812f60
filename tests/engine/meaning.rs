//! Flows and resolved sessions found by what they mean, with a server that makes vectors over real HTTP.

use flowpilot::Engine;
use flowpilot::ai::switch_off;
use flowpilot::meaning::{EmbedderKind, EmbeddingsConfig};
use flowpilot::session::SessionStatus;
use flowpilot::store::SessionId;
use flowpilot_fake_model::FakeModel;

use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// Words that mean the same here.
const CONCEPTS: [&[&str]; 3] =
    [&["label printer", "sticker machine"], &["vpn", "tunnel"], &["no sound", "silence", "headset"]];

fn connect(engine: &Engine, model: &FakeModel, kind: EmbedderKind) {
    model.understands(&CONCEPTS);
    let config = EmbeddingsConfig {
        kind: Some(kind),
        base_url: Some(model.url()),
        model: Some("meaning-1".to_owned()),
        api_key: Some("sk-test-key".to_owned().into()),
        ..EmbeddingsConfig::default()
    };
    engine.set_embedder(&config.embedder().unwrap().unwrap());
}

/// A resolved session about this.
async fn worked(world: &World, problem: &str) -> SessionId {
    let id = world.begin(problem).await;
    let mut tx = world.change(id).await;
    tx.move_to(SessionStatus::Resolved, None).unwrap();
    tx.commit(None).await.unwrap();
    id
}

async fn found(engine: &Engine, world: &World, about: &str) -> Vec<SessionId> {
    let found = engine.past.similar(&engine.db, world.team, about, None, 3).await.unwrap();
    found.into_iter().map(|session| session.id).collect()
}

/// Waits until vectors were made of so many texts.
async fn made(model: &FakeModel, texts: usize) {
    let of_documents = || {
        let asked = model.embedded().into_iter();
        asked.map(|call| call.texts.iter().filter(|text| text.contains('\n')).count()).sum::<usize>()
    };
    until("the vectors are made", async || of_documents() >= texts).await;
}

on_both_databases! {
    async fn a_session_is_found_without_a_word_in_common(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        let id = worked(world, "The label printer is offline").await;
        found(&world.engine, world, "x").await;
        made(&model, 1).await;
        until("it is found", async || found(&world.engine, world, "sticker machine broken").await == [id]).await;
        assert_eq!(found(&world.engine, world, "the tunnel drops").await, [], "something else is not");
    }

    async fn an_identifier_counts_more_than_any_meaning(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        let code = worked(world, "Update fails with 0x80070005").await;
        for n in 0..4 {
            worked(world, &format!("The label printer number {n} is offline")).await;
        }
        found(&world.engine, world, "x").await;
        made(&model, 5).await;
        let about = "sticker machine says 0x80070005";
        until("all are known", async || found(&world.engine, world, about).await.len() == 3).await;
        assert_eq!(found(&world.engine, world, about).await[0], code);
    }

    async fn another_teams_sessions_stay_theirs(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        let other = world.other_team().await;
        worked(&other, "The label printer is offline").await;
        found(&world.engine, world, "x").await;
        made(&model, 1).await;
        until("they find it", async || !found(&other.engine, &other, "sticker machine broken").await.is_empty()).await;
        assert_eq!(found(&world.engine, world, "sticker machine broken").await, []);
    }

    async fn a_server_that_fails_leaves_the_words(world: &World) {
        let model = FakeModel::start().await;
        model.refuses_vectors(Some(503));
        connect(&world.engine, &model, EmbedderKind::Openai);
        let id = worked(world, "The label printer is offline").await;
        assert_eq!(found(&world.engine, world, "label printer offline").await, [id]);
        assert_eq!(found(&world.engine, world, "sticker machine broken").await, []);
    }

    async fn vectors_are_made_once_and_kept(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        let id = worked(world, "The label printer is offline").await;
        found(&world.engine, world, "x").await;
        made(&model, 1).await;
        until("it is found", async || found(&world.engine, world, "sticker machine broken").await == [id]).await;
        let again = world.replica().await;
        let (calls, second) = (model.embedded().len(), FakeModel::start().await);
        connect(&again, &second, EmbedderKind::Openai);
        until("it is found", async || found(&again, world, "sticker machine broken").await == [id]).await;
        assert!(second.embedded().iter().all(|call| call.texts.iter().all(|text| !text.contains("label"))));
        assert_eq!(model.embedded().len(), calls);
        again.db.close().await;
    }

    async fn voyage_is_told_which_side_a_text_is_on(world: &World) {
        let model = FakeModel::start().await;
        model.wants_key("sk-test-key");
        connect(&world.engine, &model, EmbedderKind::Voyage);
        worked(world, "The label printer is offline").await;
        found(&world.engine, world, "sticker machine broken").await;
        made(&model, 1).await;
        let sides: Vec<_> = model.embedded().into_iter().map(|call| call.side.unwrap()).collect();
        assert!(sides.contains(&"query".to_owned()) && sides.contains(&"document".to_owned()), "{sides:?}");
    }

    async fn a_team_that_switched_ai_off_sends_no_text_away(world: &World) {
        let model = FakeModel::start().await;
        switch_off(&world.engine, &world.admin).await.unwrap();
        connect(&world.engine, &model, EmbedderKind::Openai);
        let id = worked(world, "The label printer is offline").await;
        assert_eq!(found(&world.engine, world, "label printer offline").await, [id]);
        assert_eq!(model.embedded(), []);
    }

    async fn no_secret_is_sent_away(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        found(&world.engine, world, "the password Winter2026! is refused").await;
        let sent = format!("{:?}", model.embedded());
        assert!(sent.contains("is refused") && !sent.contains("Winter2026!"), "{sent}");
    }

    async fn a_flow_is_found_by_its_meaning_behind_those_whose_words_fit(world: &World) {
        let model = FakeModel::start().await;
        connect(&world.engine, &model, EmbedderKind::Openai);
        world.import(&[crate::NO_SOUND, crate::RESTART]).await;
        let find = async |problem: &str| {
            let found = world.engine.flows.find(&world.engine.db, world.team, problem, 3).await.unwrap();
            found.into_iter().map(|m| (m.flow.slug, m.reason)).collect::<Vec<_>>()
        };
        find("x").await;
        made(&model, 2).await;
        until("it is found", async || !find("silence whenever colleagues speak").await.is_empty()).await;
        let (slug, reason) = find("silence whenever colleagues speak").await.remove(0);
        assert_eq!((slug.as_str(), reason.as_str()), ("no-sound", "it is about the same in other words"));
    }
}
