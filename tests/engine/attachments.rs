//! Files that people post in a session's thread: screenshots are kept as long as their message, others are named.

use std::sync::Arc;

use axum::http::Method;
use flowpilot::attachment::{Attachment, AttachmentState, attachments, content};
use flowpilot::session::messages;
use flowpilot::store::{PageRequest, SessionId};
use flowpilot::surface::{PostedFile, What};
use tokio::sync::Notify;

use crate::support::api::Api;
use crate::support::platform::{Chat, File, deliver, deliver_with, person, thread};
use crate::support::world::until;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// The first bytes of a PNG, and so many in all.
fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    bytes.resize(length, 7);
    bytes
}

fn screenshot(chat: &Chat, id: &str) -> PostedFile {
    chat.has_file(id, &format!("{id}.png"), vec![File::Pieces(vec![png(100), vec![1; 50]])])
}

fn said(message: &str, text: &str) -> What {
    What::Said { text: text.to_owned(), addressed: false, message: Some(message.to_owned()) }
}

/// Nora posts files with her words, and the words are worked.
async fn posts(world: &World, message: &str, text: &str, files: &[PostedFile]) {
    let (nora, files) = (person("Nora"), files.to_vec());
    deliver_with(world, message, &thread("t1"), &nora, files, said(message, text)).await;
}

async fn edits(world: &World, message: &str, text: &str, files: &[PostedFile]) {
    let what = What::Edited { message: message.to_owned(), text: text.to_owned() };
    let key = format!("{message}/edited");
    deliver_with(world, &key, &thread("t1"), &person("Nora"), files.to_vec(), what).await;
    world.at_rest().await;
}

async fn deletes(world: &World, message: &str) {
    let what = What::Deleted { message: message.to_owned() };
    deliver(world, &format!("{message}/deleted"), &thread("t1"), &person("Nora"), what).await;
    world.at_rest().await;
}

/// A thread in which Nora has begun.
async fn begun(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    deliver(world, "m0", &thread("t1"), &person("Nora"), What::said("No sound in calls")).await;
    world.at_rest().await;
    let found = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, found.unwrap().id)
}

async fn all(world: &World, id: SessionId) -> Vec<Attachment> {
    attachments(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap().items
}

async fn states(world: &World, id: SessionId) -> Vec<AttachmentState> {
    all(world, id).await.into_iter().map(|attachment| attachment.state).collect()
}

async fn transcript(world: &World, id: SessionId) -> Vec<String> {
    let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
    page.items.into_iter().map(|message| message.text).collect()
}

on_both_databases! {
    async fn a_screenshot_is_kept(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "look", &[screenshot(&chat, "F1")]).await;
        world.at_rest().await;
        let kept = all(world, id).await.remove(0);
        assert_eq!((kept.name.as_str(), kept.state), ("F1.png", AttachmentState::Kept));
        assert_eq!((kept.media_type.as_deref(), kept.bytes), (Some("image/png"), Some(150)));
        let bytes = content(&world.engine.db, world.team, id, kept.id).await.unwrap().unwrap();
        assert_eq!(bytes, [png(100), vec![1; 50]].concat());
        assert!(transcript(world, id).await.contains(&"look\nattached: F1.png".to_owned()));
    }

    async fn whoever_reads_the_session_hears_that_a_screenshot_has_come(world: &World) {
        let (chat, id) = begun(world).await;
        let come = Arc::new(Notify::new());
        let file = chat.has_file("F1", "F1.png", vec![File::After(Arc::clone(&come), png(100))]);
        posts(world, "m1", "look", &[file]).await;
        until("the file is asked for", async || chat.fetches("F1") == 1).await;
        let (api, path) = (Api::of(&world.engine, &world.viewer), format!("/ai-sessions/{id}"));
        let before = api.get(&path).await;
        let seen = before.headers["etag"].to_str().unwrap();
        come.notify_one();
        world.at_rest().await;
        let asked = api.send(Method::GET, &path, None, &[("if-none-match", seen)]).await;
        assert_eq!(asked.status, 200, "the session looks different");
        assert_eq!(asked.body["state_version"], before.body["state_version"], "and no note could mention it");
    }

    async fn an_answer_with_a_screenshot_is_an_answer(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "Jabra", &[screenshot(&chat, "F1")]).await;
        world.at_rest().await;
        assert_eq!(world.facts(id).await.len(), 1);
        assert_eq!(states(world, id).await, [AttachmentState::Kept]);
    }

    async fn a_fact_with_a_screenshot_does_not_name_the_file(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "fact: The cable is loose.", &[screenshot(&chat, "F1")]).await;
        world.at_rest().await;
        assert_eq!(world.facts(id).await, ["The cable is loose."]);
    }

    async fn a_screenshot_without_words_is_kept_and_asks_nothing(world: &World) {
        let (chat, id) = begun(world).await;
        let before = chat.shown().len();
        posts(world, "m1", "", &[screenshot(&chat, "F1")]).await;
        world.at_rest().await;
        assert_eq!(chat.shown().len(), before, "nobody is asked what it means");
        assert_eq!(states(world, id).await, [AttachmentState::Kept]);
        assert_eq!(transcript(world, id).await.last().unwrap(), "attached: F1.png");
    }

    async fn work_begins_with_screenshots_of_the_first_words_and_of_the_thread_so_far(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let chat = Chat::connect(world).await;
        chat.wrote("m1", "Pat", "it is broken");
        let (earlier, now) = (screenshot(&chat, "F1"), screenshot(&chat, "F2"));
        chat.attached("m1", earlier);
        world.work();
        let what = What::Started {
            connection: None,
            ticket: None,
            text: Some("No sound in calls".to_owned()),
            whole_thread: true,
            message: Some("m2".to_owned()),
        };
        deliver_with(world, "m2", &thread("t1"), &person("Nora"), vec![now], what).await;
        world.at_rest().await;
        let session = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
        let id = session.unwrap().id;
        assert_eq!(states(world, id).await, [AttachmentState::Kept, AttachmentState::Kept]);
        assert_eq!(
            transcript(world, id).await[..2],
            ["it is broken\nattached: F1.png", "No sound in calls\nattached: F2.png"]
        );
    }

    async fn what_is_too_large_is_named_and_not_read_to_its_end(world: &World) {
        let (chat, id) = begun(world).await;
        let large = chat.has_file("F1", "large.png", vec![File::Pieces(vec![png(3_000), vec![0; 3_000], vec![]])]);
        posts(world, "m1", "look", &[PostedFile { size: Some(10), ..large }]).await;
        world.at_rest().await;
        let found = all(world, id).await.remove(0);
        assert_eq!((found.state, found.media_type), (AttachmentState::TooLarge, None));
        assert_eq!(found.reason.as_deref(), Some("it is larger than what is kept"));
    }

    async fn what_says_that_it_is_too_large_is_not_even_fetched(world: &World) {
        let (chat, id) = begun(world).await;
        let large = PostedFile { size: Some(u64::MAX), ..screenshot(&chat, "F1") };
        posts(world, "m1", "look", &[large]).await;
        world.at_rest().await;
        assert_eq!(states(world, id).await, [AttachmentState::TooLarge]);
        assert_eq!(chat.fetches("F1"), 0);
    }

    async fn a_file_is_what_its_bytes_say_and_not_its_name(world: &World) {
        let (chat, id) = begun(world).await;
        let page = b"<!DOCTYPE html><script>alert(1)</script>".repeat(9);
        let disguised = chat.has_file("F1", "a.png", vec![File::Pieces(vec![page])]);
        let modest = chat.has_file("F2", "notes.txt", vec![File::Pieces(vec![png(90)])]);
        let vector = chat.has_file("F3", "a.svg", vec![File::Pieces(vec![b"<svg xmlns='x'/>".to_vec()])]);
        let empty = chat.has_file("F4", "b.png", vec![File::Pieces(vec![])]);
        posts(world, "m1", "look", &[disguised, modest, vector, empty]).await;
        world.at_rest().await;
        let no = AttachmentState::NotAllowed;
        assert_eq!(states(world, id).await, [no, AttachmentState::Kept, no, no]);
    }

    async fn a_download_that_breaks_off_is_made_again(world: &World) {
        let (chat, id) = begun(world).await;
        let answers = vec![File::Broken(png(80)), File::Pieces(vec![png(120)])];
        posts(world, "m1", "look", &[chat.has_file("F1", "a.png", answers)]).await;
        world.at_rest().await;
        assert_eq!(all(world, id).await[0].bytes, Some(120));
        assert_eq!(chat.fetches("F1"), 2);
    }

    async fn a_file_that_may_not_be_seen_waits_among_the_dead_letters_and_can_be_tried_again(world: &World) {
        let (chat, id) = begun(world).await;
        let answers = vec![File::Hidden, File::Pieces(vec![png(120)])];
        posts(world, "m1", "look", &[chat.has_file("F1", "a.png", answers)]).await;
        until("it is given up", async || !world.engine.outbox.dead(&world.admin).await.unwrap().is_empty()).await;
        let waits = all(world, id).await.remove(0);
        assert_eq!((waits.state, waits.reason.as_deref()), (AttachmentState::Wanted, Some("a sign-in page came instead")));
        let dead = world.engine.outbox.dead(&world.admin).await.unwrap().remove(0);
        world.engine.outbox.retry_dead(&world.admin, dead.seq).await.unwrap();
        world.at_rest().await;
        let kept = all(world, id).await.remove(0);
        assert_eq!((kept.state, kept.reason), (AttachmentState::Kept, None));
    }

    async fn a_file_that_was_deleted_meanwhile_is_gone(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "look", &[chat.has_file("F1", "a.png", vec![File::Deleted])]).await;
        world.at_rest().await;
        assert_eq!(states(world, id).await, [AttachmentState::Gone]);
    }

    async fn a_session_keeps_so_many_files_and_no_more(world: &World) {
        let (chat, id) = begun(world).await;
        for n in 1..=4 {
            posts(world, &format!("m{n}"), "look", &[screenshot(&chat, &format!("F{n}"))]).await;
            world.at_rest().await;
        }
        let all = all(world, id).await;
        assert_eq!(all.iter().filter(|a| a.state == AttachmentState::Kept).count(), 3);
        assert_eq!(all[3].reason.as_deref(), Some("the session has as many files as are kept"));
    }

    async fn a_session_keeps_so_many_bytes_and_no_more(world: &World) {
        let (chat, id) = begun(world).await;
        let files: Vec<_> = (1..=3)
            .map(|n| chat.has_file(&format!("F{n}"), "a.png", vec![File::Pieces(vec![png(4_000)])]))
            .collect();
        posts(world, "m1", "look", &files).await;
        world.at_rest().await;
        let kept = states(world, id).await.into_iter().filter(|s| *s == AttachmentState::Kept).count();
        assert_eq!(kept, 2);
    }

    async fn a_deleted_message_takes_its_files_with_it(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "look", &[screenshot(&chat, "F1")]).await;
        posts(world, "m2", "and here", &[screenshot(&chat, "F2")]).await;
        world.at_rest().await;
        deletes(world, "m1").await;
        let left: Vec<_> = all(world, id).await.into_iter().map(|a| a.name).collect();
        assert_eq!(left, ["F2.png"]);
    }

    async fn a_file_that_is_fetched_while_its_message_is_deleted_is_not_kept(world: &World) {
        let (chat, id) = begun(world).await;
        let sign = Arc::new(Notify::new());
        let slow = chat.has_file("F1", "a.png", vec![File::After(sign.clone(), png(100))]);
        posts(world, "m1", "look", &[slow]).await;
        until("it is asked for", async || chat.fetches("F1") == 1).await;
        let what = What::Deleted { message: "m1".to_owned() };
        deliver(world, "m1/deleted", &thread("t1"), &person("Nora"), what).await;
        until("the message is gone", async || all(world, id).await.is_empty()).await;
        sign.notify_one();
        world.at_rest().await;
        assert!(all(world, id).await.is_empty());
    }

    async fn a_file_that_is_taken_out_of_its_message_is_deleted_and_the_others_stay(world: &World) {
        let (chat, id) = begun(world).await;
        let (first, second) = (screenshot(&chat, "F1"), screenshot(&chat, "F2"));
        posts(world, "m1", "look", &[first.clone(), second]).await;
        world.at_rest().await;
        edits(world, "m1", "look here", &[first]).await;
        let left: Vec<_> = all(world, id).await.into_iter().map(|a| (a.name, a.state)).collect();
        assert_eq!(left, [("F1.png".to_owned(), AttachmentState::Kept)]);
        assert_eq!(transcript(world, id).await.last().unwrap(), "look here\nattached: F1.png");
        assert_eq!(chat.fetches("F1"), 1);
    }

    async fn a_slow_file_holds_up_no_card_and_no_other_file(world: &World) {
        let (chat, id) = begun(world).await;
        let sign = Arc::new(Notify::new());
        let slow: Vec<_> = (0..20)
            .map(|n| chat.has_file(&format!("S{n}"), "a.png", vec![File::After(sign.clone(), png(70))]))
            .collect();
        posts(world, "m1", "", &slow).await;
        let asked_for = || (0..20).map(|n| chat.fetches(&format!("S{n}"))).sum::<usize>();
        until("they are asked for", async || asked_for() > 0).await;
        let before = chat.shown().len();
        posts(world, "m2", "Jabra", &[]).await;
        until("the next card is shown", async || chat.shown().len() > before).await;
        assert!(asked_for() <= 8 && states(world, id).await.contains(&AttachmentState::Wanted));
        sign.notify_waiters();
        deletes_quietly(world, "m1", &sign).await;
    }

    async fn names_are_kept_short_and_without_secrets(world: &World) {
        let (chat, id) = begun(world).await;
        let name = format!("password: hunter2hunter2 {}", "x".repeat(500));
        let file = chat.has_file("F1", &name, vec![File::Pieces(vec![png(90)])]);
        posts(world, "m1", "look", &[file]).await;
        world.at_rest().await;
        let kept = all(world, id).await.remove(0);
        assert!(kept.name.chars().count() <= 200 && !kept.name.contains("hunter2"), "{}", kept.name);
        assert!(!transcript(world, id).await.concat().contains("hunter2"));
    }

    async fn only_the_team_sees_an_image_and_browsers_run_nothing_of_it(world: &World) {
        let (chat, id) = begun(world).await;
        posts(world, "m1", "look", &[screenshot(&chat, "F1")]).await;
        world.at_rest().await;
        let api = Api::of(&world.engine, &world.viewer);
        let list = api.get(&format!("/ai-sessions/{id}/attachments")).await.body;
        let path = format!("/ai-sessions/{id}/attachments/{}", list["items"][0]["id"].as_str().unwrap());
        let image = api.get(&path).await;
        let header = |name: &str| image.headers[name].to_str().unwrap();
        assert_eq!((image.status, header("content-type")), (200, "image/png"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("cache-control"), "private, no-cache");
        assert!(header("content-security-policy").contains("sandbox"));
        assert!(header("content-disposition").starts_with("attachment; filename="));
        let tag = header("etag");
        assert_eq!(tag.trim_matches('"'), list["items"][0]["sha256"].as_str().unwrap());
        let again = api.send(axum::http::Method::GET, &path, None, &[("if-none-match", tag)]).await;
        assert_eq!(again.status, 304);
        let other = world.other_team().await;
        let stranger = api.acting_as(&world.engine, &other.admin);
        assert_eq!(stranger.get(&path).await.status, 404);
        assert_eq!(stranger.get(&format!("/ai-sessions/{id}/attachments")).await.status, 404);
    }
}

/// Lets everything go on that waits for the sign, and deletes the message that it belongs to.
async fn deletes_quietly(world: &World, message: &str, sign: &Notify) {
    let what = What::Deleted { message: message.to_owned() };
    deliver(world, &format!("{message}/deleted"), &thread("t1"), &person("Nora"), what).await;
    until("everything is worked", async || {
        sign.notify_waiters();
        world.engine.outbox.depth().await.unwrap().0 == 0
    })
    .await;
}
