//! Time worked on a ticket: drafted from the session, changed, entered on a click, once.

use std::time::Duration;

use flowpilot::store::SessionId;
use flowpilot::surface::{Card, CardKind};
use flowpilot::time_entry::{TimeEntry, TimeStatus};
use flowpilot::{Clock, Error};
use serde_json::json;

use crate::support::psa::{TICKET, TicketSystem};
use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// A session about the ticket with a draft, of an engineer who has an account there.
async fn drafted(world: &World) -> (TicketSystem, SessionId) {
    let system = TicketSystem::connect(world).await;
    system.link(world, "jnovak", &world.engineer).await;
    world.work();
    let id = system.session(world).await;
    world.say(id, "/fact The cable was loose.").await;
    world.say(id, "/time").await;
    (system, id)
}

async fn entry(world: &World, id: SessionId) -> TimeEntry {
    world.case(id).await.times.pop().unwrap()
}

async fn settled(world: &World, id: SessionId) -> TimeEntry {
    let is_over = |it: &TimeEntry| matches!(it.status, TimeStatus::Posted | TimeStatus::Failed);
    until("the time is settled", async || world.case(id).await.times.last().is_some_and(is_over)).await;
    entry(world, id).await
}

on_both_databases! {
    async fn a_draft_is_a_begun_quarter_of_an_hour_and_nothing_is_entered(world: &World) {
        let (system, id) = drafted(world).await;
        let draft = entry(world, id).await;
        assert_eq!((draft.status, draft.minutes, draft.pause_minutes), (TimeStatus::Draft, 15, 0));
        assert!(draft.notes.contains("Silence in every call"), "{draft:?}");
        let (_, card) = world.open_card(id, CardKind::Posting).await;
        assert!(card.title.starts_with("0.25 hours") && card.badge.unwrap().text == "Draft");
        world.at_rest().await;
        assert!(system.time().await.is_empty());
    }

    async fn asking_twice_drafts_once(world: &World) {
        let (_system, id) = drafted(world).await;
        world.say(id, "/time").await;
        assert_eq!(world.case(id).await.times.len(), 1);
    }

    async fn a_pause_is_left_out(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        let later = Clock::fixed(world.engine.clock.now().plus(Duration::from_secs(3 * 3_600)));
        let engine = world.at(later).await;
        flowpilot::copilot::say(&engine, &world.engineer, id, "/fact It hums.").await.unwrap();
        flowpilot::copilot::say(&engine, &world.engineer, id, "/time").await.unwrap();
        let draft = entry(world, id).await;
        assert!(draft.pause_minutes >= 175 && draft.minutes == 15, "{draft:?}");
        engine.db.close().await;
    }

    async fn what_was_changed_is_entered_in_the_members_name(world: &World) {
        let (system, id) = drafted(world).await;
        let (card, _) = world.open_card(id, CardKind::Posting).await;
        let fields = [("started_at", "2026-01-05 08:15"), ("minutes", "40"), ("notes", "Plugged it in.")];
        world.press_card(id, card, "time_edit", &fields).await.unwrap();
        world.press(id, CardKind::Posting, "time_post").await;
        let posted = settled(world, id).await;
        assert_eq!((posted.status, posted.external_id.as_deref()), (TimeStatus::Posted, Some("1")));
        let kept = system.time().await;
        assert_eq!(kept.len(), 1);
        assert_eq!((&kept[0]["chargeToId"].to_string(), &kept[0]["member"]["identifier"]), (&TICKET.to_owned(), &json!("jnovak")));
        assert_eq!((&kept[0]["timeStart"], &kept[0]["timeEnd"]), (&json!("2026-01-05T08:15:00Z"), &json!("2026-01-05T08:55:00Z")));
        assert!(kept[0]["notes"].as_str().unwrap().starts_with("Plugged it in.\n\nRef FP"));
        for flag in ["addToResolutionFlag", "addToInternalAnalysisFlag", "addToDetailDescriptionFlag", "emailContactFlag"] {
            assert_eq!(kept[0][flag], false, "{flag}");
        }
    }

    async fn whatever_goes_wrong_it_is_entered_once(world: &World) {
        let (system, id) = drafted(world).await;
        for kind in ["drop_before", "drop_after_success", "rate_limit", "delay"] {
            let before = system.time().await.len();
            system.fault(json!({ "kind": kind, "method": "POST", "path_contains": "/time", "delay_ms": 100 })).await;
            world.say(id, "/time").await;
            world.press(id, CardKind::Posting, "time_post").await;
            let posted = settled(world, id).await;
            assert_eq!(posted.status, TimeStatus::Posted, "{kind}: {posted:?}");
            assert_eq!(system.time().await.len(), before + 1, "{kind}");
        }
    }

    async fn a_refusal_says_why_and_it_can_be_tried_again(world: &World) {
        let (system, id) = drafted(world).await;
        system.control("role", json!({ "missing": ["Time & Expense > Time Entry: Add"] })).await;
        world.press(id, CardKind::Posting, "time_post").await;
        let refused = settled(world, id).await;
        assert!(refused.error.as_deref().is_some_and(|why| why.contains("may not do this")), "{refused:?}");
        system.control("role", json!({ "missing": [] })).await;
        world.press(id, CardKind::Posting, "time_post").await;
        until("it is entered", async || system.time().await.len() == 1).await;
    }

    async fn nobody_without_an_account_enters_time(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        world.say(id, "/time").await;
        let (card, _) = world.open_card(id, CardKind::Posting).await;
        let refused = world.press_card(id, card, "time_post", &[]).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(why) if why.contains("link: psa")), "{refused}");
        assert!(system.time().await.is_empty());
    }

    async fn what_cannot_be_is_refused_field_by_field(world: &World) {
        let (_system, id) = drafted(world).await;
        let (card, _) = world.open_card(id, CardKind::Posting).await;
        let fields = [("started_at", "yesterday"), ("minutes", "0"), ("notes", " ")];
        let refused = world.press_card(id, card, "time_edit", &fields).await.unwrap_err();
        let Error::Invalid(broken) = refused else { panic!("{refused}") };
        assert_eq!(broken.iter().map(|it| it.field.as_str()).collect::<Vec<_>>(), ["started_at", "minutes", "notes"]);
    }

    async fn a_draft_can_be_put_aside(world: &World) {
        let (system, id) = drafted(world).await;
        world.press(id, CardKind::Posting, "time_drop").await;
        assert_eq!(entry(world, id).await.status, TimeStatus::Dropped);
        world.say(id, "/time").await;
        assert_eq!(world.case(id).await.times.len(), 2);
        assert!(system.time().await.is_empty());
    }

    async fn time_can_be_entered_after_the_session_was_resolved(world: &World) {
        let (system, id) = drafted(world).await;
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        let has_time = |card: &Card| card.actions.iter().any(|action| action.id == "time_post");
        let (card, _) = world.cards(id).await.into_iter().find(|(_, card)| has_time(card)).unwrap();
        world.press_card(id, card, "time_post", &[]).await.unwrap();
        assert_eq!(settled(world, id).await.status, TimeStatus::Posted);
        assert_eq!(system.time().await.len(), 1);
    }

    async fn a_session_without_a_ticket_has_no_time_to_enter(world: &World) {
        let id = world.session().await;
        assert!(matches!(world.try_say(id, "/time").await, Err(Error::Conflict(_))));
    }
}
