//! Sessions: where they stand, how they are found, what a thread is.

use flowpilot::Error;
use flowpilot::session::{self, NewSession, SessionFilter, SessionStatus};
use flowpilot::store::PageRequest;
use serde_json::json;

use crate::support::api::Api;
use crate::support::{World, on_both_databases};

on_both_databases! {
    async fn a_thread_has_one_session(world: &World) {
        let thread = world.thread();
        let new = || NewSession { problem: "No sound".to_owned(), thread: thread.clone(), ticket: None };
        session::start(&world.engine, &world.engineer, new()).await.unwrap().commit(None).await.unwrap();
        let second = session::start(&world.engine, &world.engineer, new()).await.err().unwrap();
        assert!(matches!(second, Error::Conflict(_)), "{second}");
    }

    async fn a_session_needs_a_problem(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        let empty = api.post("/ai-sessions", json!({ "problem": "  " })).await;
        assert_eq!((empty.status, empty.fields()), (422, vec!["problem"]));
        let unknown = api.post("/ai-sessions", json!({ "ticket_id": "1" })).await;
        assert_eq!((unknown.status, unknown.fields()), (422, vec!["ticket_id"]));
    }

    async fn waiting_needs_to_say_for_what(world: &World) {
        let id = world.session().await;
        let refused = world.try_say(id, "/waiting").await.unwrap_err();
        assert!(matches!(&refused, Error::Invalid(errors) if errors[0].field == "reason"), "{refused}");
        world.say(id, "/waiting the user is at lunch").await;
        let session = world.case(id).await.session;
        assert_eq!(session.status, SessionStatus::Waiting);
        assert_eq!(session.status_reason.as_deref(), Some("the user is at lunch"));
    }

    async fn a_way_that_does_not_exist_is_refused_naming_those_that_do(world: &World) {
        let id = world.session().await;
        world.say(id, "/abandon the user left").await;
        let api = Api::of(&world.engine, &world.engineer);
        let refused = api.patch(&format!("/ai-sessions/{id}"), json!({ "status": "paused" })).await;
        assert_eq!(refused.status, 409);
        assert!(refused.detail().contains("abandoned cannot become paused"), "{refused:?}");
        assert!(refused.detail().ends_with("it can become: active"), "{refused:?}");
        let unearned = api.patch(&format!("/ai-sessions/{id}"), json!({ "status": "resolved" })).await;
        assert_eq!((unearned.status, unearned.fields()), (422, vec!["status"]));
    }

    async fn an_ended_session_changes_only_after_it_is_resumed(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.engineer));
        world.say(id, "/abandon the user left").await;
        let fact =
            async || api.post(&format!("/ai-sessions/{id}/facts"), json!({ "text": "It hums." })).await;
        let refused = fact().await;
        assert_eq!(refused.status, 409);
        assert!(refused.detail().contains("resume it"), "{refused:?}");
        assert!(world.case(id).await.session.closed_at.is_some());
        world.say(id, "/resume").await;
        assert_eq!(fact().await.status, 201);
        assert!(world.case(id).await.session.closed_at.is_none());
    }

    async fn lists_are_paged_newest_first_and_filtered(world: &World) {
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.insert(0, world.session().await.to_string());
        }
        let api = Api::of(&world.engine, &world.viewer);
        let first = api.get("/ai-sessions?limit=3").await.body;
        let next = first["next_cursor"].as_str().unwrap();
        let second = api.get(&format!("/ai-sessions?limit=3&cursor={next}")).await.body;
        let listed: Vec<_> = [&first, &second]
            .iter()
            .flat_map(|page| page["items"].as_array().unwrap())
            .map(|session| session["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!((listed, &second["next_cursor"]), (ids.clone(), &json!(null)));
        world.say(ids[0].parse().unwrap(), "/pause").await;
        let paused = api.get("/ai-sessions?status=paused").await.body;
        assert_eq!(paused["items"].as_array().unwrap().len(), 1);
        assert_eq!(paused["items"][0]["id"], ids[0]);
    }

    async fn a_bad_cursor_limit_or_parameter_is_named(world: &World) {
        let api = Api::of(&world.engine, &world.viewer);
        assert_eq!(api.get("/ai-sessions?cursor=nonsense").await.fields(), ["cursor"]);
        assert_eq!(api.get("/ai-sessions?limit=0").await.fields(), ["limit"]);
        assert_eq!(api.get("/ai-sessions?limit=201").await.fields(), ["limit"]);
        assert_eq!(api.get("/ai-sessions?sort=age").await.fields(), ["sort"]);
    }

    async fn an_unchanged_session_is_not_sent_again(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.viewer));
        let path = format!("/ai-sessions/{id}");
        let first = api.get(&path).await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let again = async || api.send(axum::http::Method::GET, &path, None, &[("if-none-match", &tag)]).await;
        assert_eq!(again().await.status, 304);
        world.say(id, "/fact It hums.").await;
        assert_eq!(again().await.status, 200);
    }

    async fn the_transcript_keeps_what_was_said_without_its_secrets(world: &World) {
        let id = world.session().await;
        world.say(id, "The user says: my password is Hunter2!").await;
        let page = session::messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
        assert_eq!(page.items[0].text, "The user says: my password is [PASSWORD#1]");
        assert_eq!(page.items[0].member_id, Some(world.engineer.member()));
    }

    async fn the_sessions_of_a_ticket_are_found(world: &World) {
        world.session().await;
        let filter = SessionFilter { ticket: Some("10421".to_owned()), ..SessionFilter::default() };
        let page = session::list(&world.engine.db, world.team, &filter, PageRequest::first()).await.unwrap();
        assert!(page.items.is_empty());
    }
}
