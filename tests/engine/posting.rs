//! Posting a note: once, whatever happens on the way. The ticket system answers over real HTTP.

use std::time::{Duration, Instant};

use flowpilot::note::{NoteKind, Posting, PostingStatus, post};
use flowpilot::session::SessionStatus;
use flowpilot::store::{SessionId, StateVersion};
use flowpilot::surface::{Card, CardKind};
use flowpilot::{Engine, Error, Result};
use serde_json::json;

use crate::support::psa::{TICKET, TicketSystem};
use crate::support::world::until;
use crate::support::{World, on_both_databases};

/// A session about the ticket, in a team whose workers run.
async fn session(world: &World) -> (TicketSystem, SessionId) {
    let system = TicketSystem::connect(world).await;
    world.work();
    let id = system.session(world).await;
    world.say(id, "/fact The cable was loose.").await;
    (system, id)
}

async fn post_through(engine: &Engine, world: &World, id: SessionId) -> Result<Posting> {
    let version = StateVersion(world.version(id).await);
    let posted = post(engine, &world.engineer, NoteKind::Resolution, id, version).await?;
    Ok(posted.posting.unwrap())
}

/// The posting once it has ended.
async fn settled(world: &World, id: SessionId) -> Posting {
    let ended = |posting: &Posting| matches!(posting.status, PostingStatus::Posted | PostingStatus::Failed);
    until("the delivery ends", async || world.case(id).await.postings.last().is_some_and(ended)).await;
    world.case(id).await.postings.pop().unwrap()
}

on_both_databases! {
    async fn a_posted_note_is_in_the_ticket_and_the_session_is_resolved(world: &World) {
        let (system, id) = session(world).await;
        let posting = post_through(&world.engine, world, id).await.unwrap();
        assert_eq!((posting.status, posting.ticket_id.as_str()), (PostingStatus::Posted, TICKET));
        assert_eq!(system.notes().await, std::slice::from_ref(&posting.text));
        assert!(posting.text.contains("- The cable was loose.") && posting.external_id.is_some());
        assert_eq!(world.case(id).await.session.status, SessionStatus::Resolved);
        assert!(
            world
                .card(id, CardKind::Posting)
                .await
                .1
                .title
                .starts_with("Resolution note is in ticket #10421")
        );
    }

    async fn posting_it_again_answers_with_the_same_delivery(world: &World) {
        let (system, id) = session(world).await;
        let first = post_through(&world.engine, world, id).await.unwrap();
        let again = post_through(&world.engine, world, id).await.unwrap();
        assert_eq!((first.id, first.external_id), (again.id, again.external_id));
        assert_eq!((system.notes().await.len(), system.requests("POST").await), (1, 1));
    }

    async fn people_who_post_at_once_post_one_note(world: &World) {
        let (system, id) = session(world).await;
        let replica = world.replica().await;
        let posted = tokio::join!(
            post_through(&world.engine, world, id),
            post_through(&replica, world, id),
            post_through(&world.engine, world, id),
        );
        let ids = [posted.0.unwrap().id, posted.1.unwrap().id, posted.2.unwrap().id];
        assert!(ids[0] == ids[1] && ids[1] == ids[2], "{ids:?}");
        settled(world, id).await;
        assert_eq!((system.notes().await.len(), system.requests("POST").await), (1, 1));
        replica.db.close().await;
    }

    async fn a_session_that_moved_on_is_not_posted_unseen(world: &World) {
        let (system, id) = session(world).await;
        let seen = StateVersion(world.version(id).await);
        world.say(id, "/fact It hums.").await;
        let refused = post(&world.engine, &world.engineer, NoteKind::Resolution, id, seen).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(why) if why.contains("moved on")), "{refused}");
        assert!(system.notes().await.is_empty());
        assert_eq!(world.case(id).await.session.status, SessionStatus::Active);
    }

    async fn a_note_whose_answer_was_dropped_is_looked_up_and_not_doubled(world: &World) {
        let (system, id) = session(world).await;
        system
            .fault(json!({ "kind": "drop_after_success", "method": "POST", "path_contains": "/notes" }))
            .await;
        post_through(&world.engine, world, id).await.unwrap();
        let posting = settled(world, id).await;
        assert_eq!((posting.status, system.notes().await.len()), (PostingStatus::Posted, 1));
        assert_eq!(system.requests("POST").await, 1);
        assert!(posting.external_id.is_some());
    }

    async fn a_note_that_never_arrived_is_sent_again_after_it_was_looked_for(world: &World) {
        let (system, id) = session(world).await;
        system.fault(json!({ "kind": "drop_before", "method": "POST", "path_contains": "/notes" })).await;
        post_through(&world.engine, world, id).await.unwrap();
        assert_eq!(settled(world, id).await.status, PostingStatus::Posted);
        assert_eq!((system.notes().await.len(), system.requests("POST").await), (1, 2));
    }

    async fn a_later_version_edits_the_note_instead_of_adding_one(world: &World) {
        let (system, id) = session(world).await;
        let first = post_through(&world.engine, world, id).await.unwrap();
        world.say(id, "/resume").await;
        world.say(id, "/fact It hums again.").await;
        let second = post_through(&world.engine, world, id).await.unwrap();
        assert_ne!(first.id, second.id);
        assert_eq!((second.status, second.external_id), (PostingStatus::Posted, first.external_id));
        let notes = system.notes().await;
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("It hums again."), "{notes:?}");
        assert_eq!(system.requests("POST").await, 1);
    }

    async fn an_escalation_package_is_a_note_of_its_own(world: &World) {
        let (system, id) = session(world).await;
        world.say(id, "/escalate").await;
        world.say(id, "/post").await;
        assert_eq!(settled(world, id).await.kind, NoteKind::Escalation);
        world.say(id, "/resume").await;
        post_through(&world.engine, world, id).await.unwrap();
        settled(world, id).await;
        assert_eq!(system.notes().await.len(), 2);
    }

    async fn refused_keys_end_it_with_the_reason_and_it_can_be_tried_again(world: &World) {
        let (system, id) = session(world).await;
        system.fault(json!({ "kind": "unauthorized", "method": "POST", "path_contains": "/notes" })).await;
        let failed = post_through(&world.engine, world, id).await.unwrap();
        assert_eq!(failed.status, PostingStatus::Failed);
        assert!(failed.error.as_deref().unwrap().contains("refused the credentials"), "{failed:?}");
        let (_, card) = world.open_card(id, CardKind::Posting).await;
        assert!(
            card.title.contains("was not posted") && card.body.contains("refused the credentials"),
            "{card:?}"
        );
        world.press(id, CardKind::Posting, "retry").await;
        let posted = settled(world, id).await;
        assert_eq!((posted.id, posted.status, posted.error), (failed.id, PostingStatus::Posted, None));
        assert_eq!(system.notes().await.len(), 1);
    }

    async fn a_ticket_that_is_gone_ends_it_with_the_reason_and_it_can_be_tried_again(world: &World) {
        let (system, id) = session(world).await;
        let gone = json!({ "kind": "status", "status": 404, "path_contains": "/notes", "times": 9 });
        system.fault(gone).await;
        let failed = post_through(&world.engine, world, id).await.unwrap();
        assert_eq!(failed.status, PostingStatus::Failed);
        assert!(failed.error.as_deref().unwrap().contains("not found"), "{failed:?}");
        system.mend().await;
        let posted = post_through(&world.engine, world, id).await.unwrap();
        assert_eq!((posted.id, posted.status), (failed.id, PostingStatus::Posted));
    }

    async fn a_note_over_the_rate_limit_is_posted_after_the_pause(world: &World) {
        let (system, id) = session(world).await;
        let limit =
            json!({ "kind": "rate_limit", "method": "POST", "path_contains": "/notes", "retry_after": 1 });
        system.fault(limit).await;
        let began = Instant::now();
        post_through(&world.engine, world, id).await.unwrap();
        assert_eq!(settled(world, id).await.status, PostingStatus::Posted);
        assert!(began.elapsed() >= Duration::from_secs(1));
        assert_eq!((system.notes().await.len(), system.requests("POST").await), (1, 2));
    }

    async fn what_was_begun_is_finished_although_the_member_became_a_viewer(world: &World) {
        let system = TicketSystem::connect(world).await;
        let id = system.session(world).await;
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        let (member, role) = (world.engineer.member(), flowpilot::team::Role::Viewer);
        flowpilot::team::change_role(&world.engine, &world.admin, member, role).await.unwrap();
        world.work();
        assert_eq!(settled(world, id).await.status, PostingStatus::Posted);
    }

    async fn a_session_without_a_ticket_is_resolved_here_only(world: &World) {
        let id = world.session().await;
        let posted =
            post(&world.engine, &world.engineer, NoteKind::Resolution, id, StateVersion(0)).await.unwrap();
        assert!(posted.posting.is_none());
        assert_eq!(posted.session.status, SessionStatus::Resolved);
    }

    async fn a_note_goes_to_the_resolution_and_mails_nobody(world: &World) {
        let (system, id) = session(world).await;
        world.say(id, "/resolve").await;
        let (_, card) = world.open_card(id, CardKind::Note).await;
        assert_eq!(goes_to(&card), "the resolution of ticket #10421; nobody is e-mailed");
        world.press(id, CardKind::Note, "post").await;
        settled(world, id).await;
        assert_eq!(placed(&system).await, [true, false, false, false]);
    }

    async fn the_customer_sees_a_note_when_somebody_asks_for_it(world: &World) {
        let (system, id) = session(world).await;
        world.say(id, "/resolve").await;
        let (card, _) = world.open_card(id, CardKind::Note).await;
        world.press_card(id, card, "share", &[("share", "mail")]).await.unwrap();
        let (_, shown) = world.open_card(id, CardKind::Note).await;
        assert!(goes_to(&shown).ends_with("where the customer reads it; the customer is e-mailed"), "{shown:?}");
        let post = shown.actions.iter().find(|action| action.id == "post").unwrap();
        assert!(post.confirm.as_deref().unwrap().contains("e-mail the customer"), "{post:?}");
        world.press(id, CardKind::Note, "post").await;
        settled(world, id).await;
        assert_eq!(placed(&system).await, [true, true, false, true]);
    }

    async fn an_escalation_package_is_for_technicians_whatever_is_asked(world: &World) {
        let (system, id) = session(world).await;
        world.say(id, "/escalate").await;
        let (card, shown) = world.open_card(id, CardKind::Note).await;
        assert!(goes_to(&shown).starts_with("internal analysis"), "{shown:?}");
        assert!(world.press_card(id, card, "share", &[("share", "discussion")]).await.is_err());
        world.say(id, "/post").await;
        settled(world, id).await;
        assert_eq!(placed(&system).await, [false, false, true, false]);
    }

    async fn a_note_of_nobody_known_there_says_who_wrote_it(world: &World) {
        let (system, id) = session(world).await;
        post_through(&world.engine, world, id).await.unwrap();
        settled(world, id).await;
        assert!(system.notes().await[0].contains("\n\nWritten by Eli Engineer with FlowPilot.\n\nRef FP"));
        assert_eq!(system.authors().await, [None]);
    }

    async fn a_note_of_a_member_known_there_carries_their_name_alone(world: &World) {
        let (system, id) = session(world).await;
        system.link(world, "jnovak", &world.engineer).await;
        post_through(&world.engine, world, id).await.unwrap();
        settled(world, id).await;
        assert!(!system.notes().await[0].contains("Written by"));
        assert_eq!(system.authors().await, [Some("jnovak".to_owned())]);
    }

    async fn a_picture_in_somebodys_words_is_not_loaded_by_the_ticket(world: &World) {
        let (system, id) = session(world).await;
        world.say(id, "/fact See ![x](https://evil.example/p.png).").await;
        post_through(&world.engine, world, id).await.unwrap();
        settled(world, id).await;
        let notes = system.notes().await;
        assert!(notes[0].contains("See x (https://evil.example/p.png)"), "{notes:?}");
    }

    async fn a_long_note_is_cut_and_says_where_the_rest_is(world: &World) {
        let (system, id) = session(world).await;
        for n in 0..12 {
            world.say(id, &format!("/fact {n} {}", "The cable was loose again. ".repeat(30))).await;
        }
        post_through(&world.engine, world, id).await.unwrap();
        settled(world, id).await;
        let notes = system.notes().await;
        assert!(notes[0].chars().count() <= 8_000 && notes[0].contains("the session has all of it"), "{notes:?}");
    }
}

/// Where the preview says that the note goes.
fn goes_to(card: &Card) -> &str {
    card.fields.iter().find(|field| field.label == "Goes to").map_or("", |field| &field.value)
}

/// Of the one note: resolution, discussion, internal analysis, mailed.
async fn placed(system: &TicketSystem) -> [bool; 4] {
    let note = system.records().await.remove(0);
    ["resolutionFlag", "detailDescriptionFlag", "internalAnalysisFlag", "processNotifications"]
        .map(|flag| note[flag] == true)
}
