//! Free questions with somebody who answers them: the text is read while it is written, and kept once.

use std::sync::Arc;
use std::time::Duration;

use flowpilot::ai::{Piece, Script};
use flowpilot::engine::EngineOptions;
use flowpilot::session::{MessageAuthor, messages};
use flowpilot::store::{PageRequest, SessionId};
use flowpilot::surface::{CardKind, What};

use crate::support::board::{Board, Grown};
use crate::support::platform::{deliver, person, thread};
use crate::support::world::{options, until};
use crate::support::{World, on_both_databases};

/// A session of Nora's on a platform on which text grows, with this answer to every question.
async fn begun(world: &World, pieces: &[(u64, &str)], error: Option<&str>) -> (Board, SessionId) {
    let pieces =
        pieces.iter().map(|(pause_ms, text)| Piece { pause_ms: *pause_ms, text: (*text).to_owned() });
    let script = Script { pieces: pieces.collect(), error: error.map(str::to_owned) };
    world.engine.set_answerer(Arc::new(script));
    let board = Board::connect(world).await;
    world.work();
    event(world, "begin", "No sound in calls").await;
    world.at_rest().await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (board, found.unwrap().id)
}

async fn event(world: &World, key: &str, text: &str) {
    deliver(world, key, &thread("t1"), &person("Nora"), What::said(text)).await;
}

/// What the transcript has of the copilot, cards aside.
async fn written(world: &World, id: SessionId) -> Vec<String> {
    let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
    let copilots = page.items.into_iter().filter(|m| m.author == MessageAuthor::Copilot);
    copilots.map(|m| m.text).filter(|text| !text.starts_with("No flow fits")).collect()
}

async fn one(board: &Board, is_so: impl Fn(&Grown) -> bool) -> Grown {
    until("the text is as wanted", async || board.texts().iter().any(&is_so)).await;
    board.texts().into_iter().find(is_so).unwrap()
}

on_both_databases! {
    async fn an_answer_is_read_while_it_is_written_and_recorded_once(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart the spooler.\n"), (2_500, "Then try again.")], None).await;
        event(world, "ask", "/ask How do I print?").await;
        let early = one(&board, |grown| !grown.text.is_empty()).await;
        assert!(early.note.is_none() && !early.text.contains("Then"), "{early:?}");
        assert!(written(world, id).await.is_empty());
        world.at_rest().await;
        let [whole] = board.texts().try_into().unwrap();
        assert_eq!((whole.text.as_str(), whole.opened), ("Restart the spooler.\nThen try again.", 1));
        assert!(whole.note.unwrap().contains("Written by a script"));
        assert_eq!(written(world, id).await, ["Restart the spooler.\nThen try again."]);
        assert_eq!(board.working(), [true, false]);
    }

    async fn while_nothing_can_be_shown_it_is_said_again_that_an_answer_is_coming(world: &World) {
        let pieces = vec![Piece { pause_ms: 3_500, text: "Restart the spooler.".to_owned() }];
        world.engine.set_answerer(Arc::new(Script { pieces, error: None }));
        let board = Board::connect(world).await;
        let often = EngineOptions { still_working: Duration::from_millis(500), ..options() };
        world.work_with(&world.engine, &often);
        event(world, "begin", "No sound in calls").await;
        world.at_rest().await;
        event(world, "ask", "/ask How do I print?").await;
        world.at_rest().await;
        let said = board.working();
        let (last, before) = said.split_last().unwrap();
        assert!(!last && before.len() >= 3 && before.iter().all(|is_working| *is_working), "{said:?}");
    }

    async fn once_text_is_shown_it_is_not_said_again_that_an_answer_is_coming(world: &World) {
        let pieces = [(0, "Restart the spooler.\n"), (2_500, "Then try again.")];
        let pieces = pieces.map(|(pause_ms, text)| Piece { pause_ms, text: text.to_owned() });
        world.engine.set_answerer(Arc::new(Script { pieces: pieces.into(), error: None }));
        let board = Board::connect(world).await;
        let often = EngineOptions { still_working: Duration::ZERO, ..options() };
        world.work_with(&world.engine, &often);
        event(world, "begin", "No sound in calls").await;
        world.at_rest().await;
        event(world, "ask", "/ask How do I print?").await;
        world.at_rest().await;
        // The text may be shown a look later than it came.
        assert!(board.working().len() <= 4, "{:?}", board.working());
    }

    async fn the_question_is_in_the_transcript(world: &World) {
        let (_, id) = begun(world, &[(0, "Yes.")], None).await;
        event(world, "ask", "/ask Is it plugged in?").await;
        world.at_rest().await;
        let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
        assert!(page.items.iter().any(|m| m.text.contains("Is it plugged in?")));
    }

    async fn a_redelivered_question_is_answered_once(world: &World) {
        let (board, id) = begun(world, &[(0, "Yes.")], None).await;
        for _ in 0..3 {
            event(world, "ask", "/ask Is it plugged in?").await;
            world.at_rest().await;
        }
        assert_eq!((board.texts().len(), written(world, id).await.len()), (1, 1));
    }

    async fn an_answer_that_fails_says_so_and_keeps_what_was_written(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart the ")], Some("the model is overloaded")).await;
        event(world, "ask", "/ask How?").await;
        world.at_rest().await;
        let [grown] = board.texts().try_into().unwrap();
        assert_eq!(grown.text.trim(), "Restart the");
        assert!(grown.note.unwrap().contains("the model is overloaded. Ask again"));
        assert!(written(world, id).await[0].contains("the model is overloaded"));
    }

    async fn an_answer_of_nothing_is_not_silent(world: &World) {
        let (board, _) = begun(world, &[], None).await;
        event(world, "ask", "/ask How?").await;
        world.at_rest().await;
        assert!(board.texts()[0].note.as_ref().unwrap().contains("no answer came"));
    }

    async fn stop_ends_an_answer_and_keeps_what_was_written(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart it.\n"), (60_000, "Too late.")], None).await;
        event(world, "ask", "/ask How?").await;
        one(&board, |grown| !grown.text.is_empty()).await;
        event(world, "stop", "stop").await;
        world.at_rest().await;
        assert_eq!(written(world, id).await, ["Restart it.\n\nStopped by Nora"]);
        assert_eq!(board.texts()[0].note.as_deref(), Some("Stopped by Nora"));
        assert!(board.whispers().is_empty(), "{:?}", board.whispers());
    }

    async fn an_answer_is_stopped_from_another_process(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart it.\n"), (60_000, "Too late.")], None).await;
        event(world, "ask", "/ask How?").await;
        one(&board, |grown| !grown.text.is_empty()).await;
        let replica = world.replica().await;
        flowpilot::copilot::say(&replica, &world.engineer, id, "/stop").await.unwrap();
        world.at_rest().await;
        assert_eq!(board.texts()[0].note.as_deref(), Some("Stopped by Eli Engineer"));
        replica.db.close().await;
    }

    async fn a_stop_on_the_platform_has_the_name_of_whoever_pressed(world: &World) {
        let pieces = [(0, "Restart it.\n"), (1_500, "More.\n"), (60_000, "Too late.")];
        let (board, _) = begun(world, &pieces, None).await;
        event(world, "ask", "/ask How?").await;
        one(&board, |grown| !grown.text.is_empty()).await;
        board.stop_here();
        deliver(world, "stopped", &thread("t1"), &person("Omar"), What::Stopped).await;
        world.at_rest().await;
        assert_eq!(board.texts()[0].note.as_deref(), Some("Stopped by Omar"));
    }

    async fn there_is_nothing_to_stop_when_nothing_is_written(world: &World) {
        let (board, _) = begun(world, &[(0, "Yes.")], None).await;
        event(world, "stop", "/stop").await;
        deliver(world, "stopped", &thread("t1"), &person("Nora"), What::Stopped).await;
        world.at_rest().await;
        assert_eq!(board.whispers(), ["No answer is being written at the moment"]);
    }

    async fn commands_are_worked_while_an_answer_is_written_and_questions_wait(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart it.\n"), (2_000, "Done.")], None).await;
        event(world, "ask 1", "/ask How?").await;
        one(&board, |grown| !grown.text.is_empty()).await;
        event(world, "ask 2", "/ask And then?").await;
        event(world, "fact", "/fact The cable is loose.").await;
        until("the fact is recorded", async || !world.facts(id).await.is_empty()).await;
        assert!(board.texts().len() == 1 && board.texts()[0].note.is_none(), "{:?}", board.texts());
        world.at_rest().await;
        assert_eq!((board.texts().len(), written(world, id).await.len()), (2, 2));
    }

    async fn a_secret_is_shown_at_no_time(world: &World) {
        let pieces = [(0, "The password for the "), (1_100, "admin account: Hun"), (1_100, "ter2!x\n"), (1_100, "ok.")];
        let (board, id) = begun(world, &pieces, None).await;
        event(world, "ask", "/ask Which one?").await;
        world.at_rest().await;
        let [grown] = board.texts().try_into().unwrap();
        assert!(grown.was.iter().all(|text| !text.contains("Hun")), "{:?}", grown.was);
        assert!(grown.text.contains("account: [PASSWORD#1]"), "{}", grown.text);
        assert!(!written(world, id).await[0].contains("Hunter2"));
    }

    async fn an_end_that_the_platform_refused_is_made_good(world: &World) {
        let (board, id) = begun(world, &[(0, "Restart the spooler. "), (1_200, "Done.")], None).await;
        board.refuse_ends(3);
        event(world, "ask", "/ask How?").await;
        world.at_rest().await;
        let [grown] = board.texts().try_into().unwrap();
        assert_eq!((grown.text.as_str(), grown.opened), ("Restart the spooler. Done.", 1));
        assert!(grown.note.unwrap().contains("Written by"), "it is whole, and not cut off");
        assert_eq!(written(world, id).await, ["Restart the spooler. Done."]);
    }

    async fn what_is_asked_where_no_text_grows_is_answered_with_a_card(world: &World) {
        let pieces = vec![Piece { pause_ms: 0, text: "Restart the spooler.".to_owned() }];
        world.engine.set_answerer(Arc::new(Script { pieces, error: None }));
        world.work();
        let id = world.session().await;
        world.say(id, "/ask How?").await;
        world.at_rest().await;
        let (_, card) = world.card(id, CardKind::Notice).await;
        assert_eq!((card.title.as_str(), card.body.as_str()), ("Answer", "Restart the spooler."));
    }

    async fn open_sessions_are_listed_for_whoever_asks(world: &World) {
        let (board, _) = begun(world, &[], None).await;
        deliver(world, "mine", &thread("t2"), &person("Nora"), What::said("sessions")).await;
        deliver(world, "none", &thread("t3"), &person("Omar"), What::said("sessions")).await;
        world.at_rest().await;
        let told = board.whispers();
        assert!(told.iter().any(|text| text.contains("- No sound in calls (active)")), "{told:?}");
        assert!(told.iter().any(|text| text.contains("no open session")), "{told:?}");
    }
}
