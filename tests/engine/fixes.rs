//! Suggested fixes: at most one is active.

use flowpilot::Engine;
use flowpilot::Error;
use flowpilot::fix::NewFix;
use flowpilot::store::{Db, SessionId};
use flowpilot::surface::{CardKind, CardState};

use crate::support::api::Api;
use crate::support::{World, fix, on_both_databases, powershell};

async fn suggest(engine: &Engine, world: &World, id: SessionId, new: NewFix) {
    let mut tx = engine.change_session(&world.engineer, id).await.unwrap();
    tx.suggest_fix(new).await.unwrap();
    tx.commit(None).await.unwrap();
}

async fn activate_all(db: &Db, id: SessionId) -> sqlx::Result<()> {
    let query = "UPDATE suggested_fixes SET superseded_at = NULL WHERE session_id = $1";
    match db {
        Db::Sqlite { write, .. } => sqlx::query(query).bind(id).execute(write).await.map(drop),
        Db::Postgres(pool) => sqlx::query(query).bind(id).execute(pool).await.map(drop),
    }
}

on_both_databases! {
    async fn a_newer_fix_supersedes_the_one_before(world: &World) {
        let id = world.session().await;
        suggest(&world.engine, world, id, fix("First")).await;
        suggest(&world.engine, world, id, fix("Second")).await;
        let case = world.case(id).await;
        assert_eq!(case.active_fix().unwrap().title, "Second");
        assert_eq!(case.fixes[0].superseded_by, Some(case.fixes[1].id));
    }

    async fn the_card_of_a_superseded_fix_names_the_newer_one_and_has_no_buttons(world: &World) {
        let id = world.session().await;
        suggest(&world.engine, world, id, fix("First")).await;
        suggest(&world.engine, world, id, fix("Second")).await;
        let cards = world.cards(id).await;
        let first = &cards.iter().find(|(_, card)| card.title == "First").unwrap().1;
        assert_eq!(first.state, CardState::Superseded { by: Some("Second".to_owned()) });
        assert!(first.actions.is_empty());
        assert_eq!(world.open_card(id, CardKind::Fix).await.1.title, "Second");
    }

    async fn the_database_itself_refuses_a_second_active_fix(world: &World) {
        let id = world.session().await;
        suggest(&world.engine, world, id, fix("First")).await;
        suggest(&world.engine, world, id, fix("Second")).await;
        let refused = activate_all(&world.engine.db, id).await.unwrap_err();
        assert!(refused.as_database_error().unwrap().is_unique_violation(), "{refused}");
    }

    async fn engineers_who_suggest_at_once_leave_one_active_fix(world: &World) {
        let (id, replica) = (world.session().await, world.replica().await);
        tokio::join!(
            suggest(&world.engine, world, id, fix("One")),
            suggest(&replica, world, id, fix("Two")),
            suggest(&world.engine, world, id, fix("Three")),
        );
        let case = world.case(id).await;
        assert_eq!((case.fixes.len(), case.fixes.iter().filter(|f| f.is_active()).count()), (3, 1));
        assert_eq!(case.session.state_version.0, 3);
        replica.db.close().await;
    }

    async fn the_active_fix_is_found_through_the_api_or_is_404(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.viewer));
        let path = format!("/ai-sessions/{id}/suggested-fixes/active");
        assert_eq!(api.get(&path).await.status, 404);
        suggest(&world.engine, world, id, fix("Push the cable in")).await;
        let found = api.get(&path).await;
        assert_eq!((found.status, found.body["title"].as_str()), (200, Some("Push the cable in")));
        world.say(id, "/dismiss It is in.").await;
        assert_eq!(api.get(&path).await.status, 404);
    }

    async fn a_fix_that_breaks_a_rule_is_refused_naming_the_field(world: &World) {
        let id = world.session().await;
        let steps = vec!["Push".to_owned(), " ".to_owned()];
        let broken = [
            (NewFix { title: String::new(), ..fix("") }, "title"),
            (NewFix { title: "x".repeat(201), ..fix("") }, "title"),
            (NewFix { steps, ..fix("Push") }, "steps[1]"),
            (NewFix { steps: vec!["Push".to_owned(); 21], ..fix("Push") }, "steps"),
            (powershell("Push", " \n"), "script.body"),
        ];
        for (new, field) in broken {
            let refused = world.change(id).await.suggest_fix(new).await.unwrap_err();
            assert!(
                matches!(&refused, Error::Invalid(errors) if errors[0].field == field),
                "{field}: {refused}"
            );
        }
        assert_eq!(world.version(id).await, 0);
    }
}
