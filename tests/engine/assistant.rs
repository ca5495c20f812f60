//! Questions that belong to no session: what they are answered with, what is cited, and where they are asked.

use std::sync::Arc;
use std::time::Duration;

use flowpilot::ai::{BudgetConfig, Models, ModelsConfig, switch_off};
use flowpilot::session::{SessionStatus, by_thread};
use flowpilot::store::SessionId;
use flowpilot::surface::What;
use flowpilot_fake_model::{FakeModel, Reply};
use serde_json::{Value, json};

use crate::models::{openai, route, routed};
use crate::support::api::Api;
use crate::support::board::Board;
use crate::support::platform::{deliver, person, thread};
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::world::until;
use crate::support::{World, on_both_databases, read};

const CONVERSATIONS: &str = "/assistant/conversations";

/// A team with a flow, a resolved session, and this model.
async fn with_model(world: &World, config: &ModelsConfig) -> SessionId {
    // The session before is worked without it.
    let id = stocked(world).await;
    world.engine.set_answerer(Arc::new(Models::new(config).unwrap().unwrap()));
    world.work();
    id
}

/// A flow about missing sound, and a resolved session about a printer.
async fn stocked(world: &World) -> SessionId {
    world.import(&[crate::NO_SOUND, crate::RESTART]).await;
    let id = world.begin("The label printer in the warehouse is offline").await;
    for words in ["/fact The spooler had stopped.", "/fix Restart the spooler", "/apply", "/worked"] {
        world.say(id, words).await;
    }
    let mut tx = world.change(id).await;
    tx.move_to(SessionStatus::Resolved, None).unwrap();
    tx.commit(None).await.unwrap();
    id
}

fn api(world: &World) -> Api {
    Api::of(&world.engine, &world.engineer)
}

/// Asks, and waits for the answer: the path of the conversation, and the exchange.
async fn asked(world: &World, question: &str) -> (String, Value) {
    let begun = api(world).post(CONVERSATIONS, json!({ "question": question })).await;
    assert_eq!(begun.status, 201, "{begun:?}");
    world.at_rest().await;
    let path = format!("{CONVERSATIONS}/{}", begun.body["conversation"]["id"].as_str().unwrap());
    let last = exchanges(world, &path).await.pop().unwrap();
    (path, last)
}

async fn exchanges(world: &World, path: &str) -> Vec<Value> {
    let listed = api(world).get(&format!("{path}/answers")).await.body;
    listed["items"].as_array().unwrap_or_else(|| panic!("{listed}")).clone()
}

fn titles(exchange: &Value) -> Vec<&str> {
    exchange["sources"].as_array().unwrap().iter().map(|source| source["title"].as_str().unwrap()).collect()
}

async fn event(world: &World, key: &str, text: &str) {
    deliver(world, key, &thread("t1"), &person("Nora"), What::said(text)).await;
    world.at_rest().await;
}

on_both_databases! {
    async fn a_question_is_answered_with_what_it_cites(world: &World) {
        let model = FakeModel::start().await;
        model.next(Reply::pieces(&["Restart the spooler [", "1], not the PC[7]."]).counting([100, 20, 0, 0]));
        let id = with_model(world, &openai(&model.url())).await;
        let (_, exchange) = asked(world, "label printer in the warehouse offline").await;
        assert_eq!(exchange["text"], "Restart the spooler [1], not the PC.");
        assert_eq!(exchange["ending"], "");
        assert_eq!(exchange["model"], "small");
        let [source] = exchange["sources"].as_array().unwrap().as_slice() else { panic!("{exchange}") };
        assert_eq!(source["kind"], "session");
        assert_eq!(source["reference"], id.to_string());
        let told = model.asked()[0].told();
        assert!(told.contains("The spooler had stopped.") && told.contains("in square brackets"), "{told}");
    }

    async fn what_is_not_cited_is_no_source(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        let (_, exchange) = asked(world, "label printer in the warehouse offline").await;
        assert_eq!((&exchange["text"], &exchange["sources"]), (&json!("Fine."), &json!([])));
    }

    async fn a_question_after_another_knows_it(world: &World) {
        let model = FakeModel::start().await;
        model.next(Reply::text("Look at the spooler."));
        with_model(world, &openai(&model.url())).await;
        let (path, _) = asked(world, "label printer in the warehouse offline").await;
        let more = api(world).post(&format!("{path}/answers"), json!({ "question": "And then?" })).await;
        assert_eq!(more.status, 201);
        world.at_rest().await;
        let told = model.asked()[1].told();
        for part in ["label printer in the warehouse", "Look at the spooler.", "And then?", "The spooler had stopped."] {
            assert!(told.contains(part), "{part}: {told}");
        }
        assert_eq!(exchanges(world, &path).await.len(), 2);
    }

    async fn a_ticket_that_is_named_is_read(world: &World) {
        let model = FakeModel::start().await;
        model.next(Reply::text("They hear nobody [1]."));
        with_model(world, &openai(&model.url())).await;
        let _system = TicketSystem::connect(world).await;
        let (_, exchange) = asked(world, &format!("What is #{TICKET} about?")).await;
        assert_eq!(titles(&exchange), ["Silence in every call"]);
        assert!(exchange["sources"][0]["url"].as_str().unwrap().starts_with("http"));
        assert!(model.asked()[0].told().contains("I hear nobody since my desk was moved."));
    }

    async fn a_ticket_that_is_not_there_is_said_so(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        let _system = TicketSystem::connect(world).await;
        asked(world, "What is #99999 about?").await;
        assert!(model.asked()[0].told().contains("There is no ticket #99999."));
    }

    async fn without_a_model_the_library_answers(world: &World) {
        stocked(world).await;
        world.work();
        let (_, exchange) = asked(world, "no sound in calls").await;
        let text = exchange["text"].as_str().unwrap();
        assert!(text.starts_with("No AI model is connected") && text.contains("[1]"), "{text}");
        assert_eq!(titles(&exchange).len(), 1);
        assert_eq!(exchange["model"], Value::Null);
    }

    async fn where_the_library_has_nothing_that_is_said(world: &World) {
        world.work();
        let (_, exchange) = asked(world, "quantum flux in the teapot").await;
        assert!(exchange["text"].as_str().unwrap().contains("The library has nothing about it"), "{exchange}");
    }

    async fn where_no_model_answers_the_library_does_with_one_honest_line(world: &World) {
        with_model(world, &openai("http://127.0.0.1:9/v1")).await;
        let (_, exchange) = asked(world, "label printer in the warehouse offline").await;
        let text = exchange["text"].as_str().unwrap();
        assert!(text.starts_with("The AI model gives no answer just now (small: it cannot be reached)."), "{text}");
        assert!(titles(&exchange)[0].contains("label printer"));
    }

    async fn a_team_that_switched_ai_off_makes_no_call(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        switch_off(&world.engine, &world.admin).await.unwrap();
        let (_, exchange) = asked(world, "label printer in the warehouse offline").await;
        assert!(exchange["text"].as_str().unwrap().contains("AI is switched off"), "{exchange}");
        assert!(model.asked().is_empty());
    }

    async fn a_conversation_has_a_budget_of_its_own(world: &World) {
        let model = FakeModel::start().await;
        let config = routed(vec![route(&model.url(), "one")]);
        let budget = BudgetConfig { session_tokens: 3_000, ..BudgetConfig::default() };
        model.always(Reply::text("Yes.").counting([2_900, 20, 0, 0]));
        with_model(world, &ModelsConfig { budget, ..config }).await;
        let (path, first) = asked(world, "How?").await;
        assert_eq!(first["text"], "Yes.");
        api(world).post(&format!("{path}/answers"), json!({ "question": "And then?" })).await;
        world.at_rest().await;
        let last = exchanges(world, &path).await.pop().unwrap();
        assert!(last["text"].as_str().unwrap().contains("this conversation's AI budget is used up"), "{last}");
        assert_eq!(asked(world, "Another?").await.1["text"], "Yes.");
    }

    async fn secrets_of_a_question_are_kept_nowhere(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        asked(world, "Why is the password Winter2026! refused?").await;
        assert!(!model.asked()[0].told().contains("Winter2026!"));
        assert!(!crate::support::database::every_text(&world.engine.db).await.contains("Winter2026!"));
    }

    async fn an_answer_can_be_stopped(world: &World) {
        let model = FakeModel::start().await;
        model.next(Reply::pieces(&["One.\n", "Two.\n"]).slowly(Duration::from_secs(30)));
        with_model(world, &openai(&model.url())).await;
        let begun = api(world).post(CONVERSATIONS, json!({ "question": "Count" })).await.body;
        let path = format!("{CONVERSATIONS}/{}", begun["conversation"]["id"].as_str().unwrap());
        until("the model is asked", async || !model.asked().is_empty()).await;
        assert_eq!(api(world).post(&format!("{path}/stop"), Value::Null).await.status, 204);
        world.at_rest().await;
        assert_eq!(exchanges(world, &path).await[0]["ending"], "Stopped by Eli Engineer");
        assert_eq!(api(world).post(&format!("{path}/stop"), Value::Null).await.status, 409);
    }

    async fn an_answer_is_followed_while_it_grows(world: &World) {
        let model = FakeModel::start().await;
        let long = "Check the cable again. ".repeat(20);
        model.next(Reply::pieces(&[&long, "Done."]).slowly(Duration::from_millis(400)));
        with_model(world, &openai(&model.url())).await;
        let begun = api(world).post(CONVERSATIONS, json!({ "question": "How?" })).await.body;
        let path = format!("{CONVERSATIONS}/{}/events", begun["conversation"]["id"].as_str().unwrap());
        let followed = api(world).get(&path).await;
        assert_eq!(followed.headers["content-type"], "text/event-stream");
        let events = followed.body.as_str().unwrap();
        assert!(events.contains("event: growth"), "{events}");
        let last = events.rsplit("data: ").next().unwrap();
        let last: Value = serde_json::from_str(last.trim()).unwrap();
        assert!(last["text"].as_str().unwrap().ends_with("Done.") && last["ended_at"].is_i64(), "{last}");
    }

    async fn a_repeated_request_asks_once(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        let body = json!({ "question": "How?" });
        for _ in 0..2 {
            let key = [("idempotency-key", "k1")];
            let answer = api(world).send(axum::http::Method::POST, CONVERSATIONS, Some(body.clone()), &key).await;
            assert_eq!(answer.status, 201);
        }
        world.at_rest().await;
        assert_eq!(model.asked().len(), 1);
        assert_eq!(api(world).get(CONVERSATIONS).await.body["items"].as_array().unwrap().len(), 1);
    }

    async fn a_conversation_is_its_members_own(world: &World) {
        world.work();
        let (path, _) = asked(world, "How?").await;
        let other = Api::of(&world.engine, &world.admin);
        assert_eq!(other.get(&path).await.status, 404);
        assert_eq!(other.get(&format!("{path}/answers")).await.status, 404);
        assert_eq!(other.get(CONVERSATIONS).await.body["items"], json!([]));
    }

    async fn a_question_must_have_words(world: &World) {
        let answer = api(world).post(CONVERSATIONS, json!({ "question": "  " })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["question"]));
        let answer = api(world).post(CONVERSATIONS, json!({ "question": "x".repeat(8_001) })).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["question"]));
    }

    async fn what_somebody_thinks_of_an_answer_is_shown_to_admins(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        let (path, exchange) = asked(world, "How?").await;
        let thumb = format!("{path}/answers/{}/feedback", exchange["id"].as_str().unwrap());
        let put = api(world).send(axum::http::Method::PUT, &thumb, Some(json!({ "thumb": "down" })), &[]).await;
        assert_eq!(put.status, 204, "{put:?}");
        assert_eq!(exchanges(world, &path).await[0]["feedback"]["thumb"], "down");
        let listed = Api::of(&world.engine, &world.admin).get("/ai/feedback").await.body;
        let [opinion] = listed["items"].as_array().unwrap().as_slice() else { panic!("{listed}") };
        assert_eq!((&opinion["purpose"], &opinion["question"]), (&json!("ask"), &json!("How?")));
    }

    async fn asking_in_a_thread_without_a_session_begins_a_conversation_there(world: &World) {
        let model = FakeModel::start().await;
        model.next(Reply::text("Restart the spooler [1]."));
        with_model(world, &openai(&model.url())).await;
        let board = Board::connect(world).await;
        event(world, "ask", "ask how do I get the label printer in the warehouse online").await;
        let grown = board.texts().pop().unwrap();
        assert!(grown.text.starts_with("Restart the spooler [1].\n\nSources:\n- [1] Session: The label printer"), "{grown:?}");
        assert_eq!(grown.note.as_deref(), Some("Written by small, not confirmed by anybody."));
        assert!(by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap().is_none());
        event(world, "more", "And where is it?").await;
        assert_eq!(board.texts().len(), 2);
        assert!(model.asked()[1].told().contains("Restart the spooler [1]."));
    }

    async fn a_session_can_begin_where_a_conversation_was(world: &World) {
        let model = FakeModel::start().await;
        with_model(world, &openai(&model.url())).await;
        Board::connect(world).await;
        event(world, "ask", "ask: is the printer known?").await;
        event(world, "start", "start no sound in calls").await;
        let session = by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap().unwrap();
        assert_eq!(session.title, "no sound in calls");
        event(world, "answer", "A headset").await;
        let answers: i64 = read!(&world.engine.db, |c| sqlx::query_scalar(
            "SELECT count(*) FROM answers WHERE conversation_id IS NOT NULL"
        ).fetch_one(c).await).unwrap();
        assert_eq!(answers, 1, "what is said in the session is the session's");
    }

    async fn a_question_without_words_in_a_thread_is_refused_in_private(world: &World) {
        world.work();
        let board = Board::connect(world).await;
        event(world, "ask", "ask").await;
        assert!(board.whispers()[0].contains("ask: what you want to know"), "{:?}", board.whispers());
    }

    async fn the_library_is_searched_for_flows_and_sessions(world: &World) {
        let id = stocked(world).await;
        let found = api(world).get("/search?query=label+printer+offline").await.body;
        assert_eq!(found["items"][0]["reference"], id.to_string());
        assert_eq!(found["items"][0]["excerpt"], "Restart the spooler");
        let found = api(world).get("/search?query=no+sound+in+calls").await.body;
        assert_eq!(found["items"][0]["kind"], "flow");
        assert_eq!(api(world).get("/search?query=").await.fields(), ["query"]);
        let other = world.other_team().await;
        let theirs = Api::of(&other.engine, &other.engineer).get("/search?query=label+printer+offline").await.body;
        assert_eq!(theirs["items"], json!([]));
    }
}
