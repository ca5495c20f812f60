//! Previews: an unchanged session is answered from the cache, any change is seen at once.

use flowpilot::Error;
use flowpilot::note::{NoteKind, Preview, preview};
use flowpilot::store::SessionId;
use serde_json::json;

use crate::support::api::Api;
use crate::support::{Database, World, on_both_databases};

async fn look(world: &World, id: SessionId) -> Preview {
    preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await.unwrap()
}

on_both_databases! {
    async fn the_second_look_comes_from_the_cache(world: &World) {
        let id = world.session().await;
        let (first, second) = (look(world, id).await, look(world, id).await);
        assert_eq!((first.from_cache, second.from_cache), (false, true));
        assert_eq!((&first.markdown, first.state_version), (&second.markdown, second.state_version));
    }

    async fn the_api_says_whether_it_came_from_the_cache(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.viewer));
        let path = format!("/ai-sessions/{id}/resolution-note/preview");
        assert_eq!(api.post(&path, json!({})).await.body["from_cache"], false);
        let second = api.post(&path, json!({})).await.body;
        assert_eq!((&second["from_cache"], &second["state_version"]), (&json!(true), &json!(0)));
        assert_eq!(second["sections"].as_array().unwrap().len(), 4);
        let package =
            api.post(&format!("/ai-sessions/{id}/escalation-package/preview"), json!({})).await.body;
        assert_eq!(
            (&package["from_cache"], package["sections"].as_array().unwrap().len()),
            (&json!(false), 5)
        );
    }

    async fn any_change_is_seen_at_once(world: &World) {
        let id = world.session().await;
        look(world, id).await;
        world.say(id, "/fact It hums.").await;
        let changed = look(world, id).await;
        assert!(!changed.from_cache && changed.markdown.contains("It hums."));
        assert_eq!(changed.state_version.0, 1);
        assert!(look(world, id).await.from_cache);
    }

    async fn what_no_note_mentions_leaves_the_cache_alone(world: &World) {
        let id = world.session().await;
        look(world, id).await;
        world.say(id, "/pause").await;
        world.say(id, "/resume").await;
        assert!(look(world, id).await.from_cache);
    }

    async fn looks_at_the_same_moment_write_one_note(world: &World) {
        let id = world.session().await;
        let looks = (0..32).map(|_| {
            let (engine, viewer) = (world.engine.clone(), world.viewer.clone());
            tokio::spawn(async move {
                preview(&engine, &viewer, NoteKind::Resolution, id).await.unwrap().from_cache
            })
        });
        let from_cache = futures_util::future::join_all(looks).await.into_iter().map(Result::unwrap);
        assert_eq!(from_cache.filter(|from_cache| !from_cache).count(), 1);
    }

    async fn another_teams_session_is_not_found_whether_it_is_cached_or_not(world: &World) {
        let (id, other) = (world.session().await, world.other_team().await);
        let foreign =
            async || preview(&world.engine, &other.admin, NoteKind::Resolution, id).await.unwrap_err();
        assert!(matches!(foreign().await, Error::NotFound("session")));
        look(world, id).await;
        assert!(matches!(foreign().await, Error::NotFound("session")));
        assert!(look(world, id).await.from_cache);
    }

    async fn a_failure_is_not_kept(world: &World) {
        let id = SessionId(world.engine.clock.new_id());
        let looked = async || preview(&world.engine, &world.viewer, NoteKind::Resolution, id).await;
        assert!(looked().await.is_err());
        assert!(looked().await.is_err());
        assert!(!look(world, world.session().await).await.from_cache);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_unchanged_session_is_answered_without_the_database() {
    let database = Database::sqlite().await;
    let world = World::new(&database).await;
    let id = world.session().await;
    let first = look(&world, id).await;
    world.engine.db.close().await;
    let second = look(&world, id).await;
    assert_eq!((second.from_cache, second.markdown), (true, first.markdown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_made_by_one_replica_is_seen_by_the_other_at_once() {
    let Some(database) = Database::postgres().await else { return };
    let world = World::new(&database).await;
    let (id, replica) = (world.session().await, world.replica().await);
    let seen = async || preview(&replica, &world.viewer, NoteKind::Resolution, id).await.unwrap();
    assert!(!seen().await.from_cache && seen().await.from_cache);
    world.say(id, "/fact It hums.").await;
    let changed = seen().await;
    assert!(!changed.from_cache && changed.markdown.contains("It hums."));
    replica.db.close().await;
    world.close().await;
    database.end(Ok(())).await;
}
