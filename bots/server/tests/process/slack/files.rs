//! Files in Slack: screenshots are fetched with the bot's token, from Slack alone, and kept once.

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, How, Message, Options, Serving};
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::Workspace;
use crate::http::Caller;

/// The beginning of a PNG, and so many bytes in all.
fn png(length: usize) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR".to_vec();
    bytes.resize(length, 7);
    bytes
}

fn id(file: &Value) -> &str {
    file["id"].as_str().expect("an id")
}

impl Workspace {
    /// Ada posts files in a thread that has a session; answers the thread's root and her message.
    async fn posts(&self, files: &[&Value]) -> (String, Message) {
        let (root, _) = self.first_question().await;
        let message = self.posts_in(&root, files).await;
        (root, message)
    }

    async fn posts_in(&self, root: &str, files: &[&Value]) -> Message {
        let files = files.iter().map(|&file| file.clone()).collect();
        let slack = self.slack.with(How::default().with_files(files).retried(100, Duration::from_millis(50)));
        let said = slack.reply(&self.ada, &self.help, root, "").await;
        assert!(said.answers.iter().any(|answer| answer.acked()), "{said:?}");
        said.message
    }

    /// Where the newest session's attachments are.
    async fn attachments_at(&self) -> String {
        let session = self.sessions().await.remove(0);
        format!("/api/v1/ai-sessions/{}/attachments", session["id"].as_str().expect("an id"))
    }

    async fn attachments(&self) -> Vec<Value> {
        let script = Caller::script(&self.home, &self.server, None).await;
        script.all(&self.attachments_at().await).await
    }

    async fn states(&self) -> Vec<String> {
        let attachments = self.attachments().await;
        attachments.iter().map(|a| a["state"].as_str().expect("a state").to_owned()).collect()
    }
}

#[tokio::test]
async fn a_screenshot_is_kept_and_can_be_looked_at() {
    let work = Workspace::open().await;
    let file = work.slack.file("screen.png", "image/png", &png(3_000));
    work.posts(&[&file]).await;
    work.at_rest().await;
    let kept = work.attachments().await.remove(0);
    assert_eq!(
        (&kept["state"], &kept["name"]),
        (&json!("kept"), &json!("screen.png")),
        "{}",
        work.home.log()
    );
    let script = Caller::script(&work.home, &work.server, None).await;
    let path = format!("{}/{}", work.attachments_at().await, id(&kept));
    let image = script.request(reqwest::Method::GET, &path).send().await.unwrap();
    assert_eq!(image.headers()["content-type"], "image/png");
    assert_eq!(image.bytes().await.unwrap(), png(3_000));
    let nobody = path.replace(id(&kept), "00000000-0000-7000-8000-000000000000");
    script.get(&nobody).await.is_problem(404, "attachment not found");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn what_is_too_large_or_no_image_is_named_and_not_kept() {
    let limits = "[attachments]\nmax_bytes = 5000\n";
    let work = Workspace::with_settings(Options::default(), limits).await;
    let mut liar = work.slack.file("liar.png", "image/png", &png(60_000));
    liar["size"] = 10.into();
    work.slack.serve_file(id(&liar), Serving::Pieces(Duration::ZERO));
    let honest = work.slack.file("honest.png", "image/png", &png(60_000));
    let disguised =
        work.slack.file("disguised.png", "image/png", b"MZ not an image at all, but a program of some kind");
    work.posts(&[&liar, &honest, &disguised]).await;
    work.at_rest().await;
    assert_eq!(work.states().await, ["too_large", "too_large", "not_allowed"], "{}", work.home.log());
    let asked: Vec<_> = work.slack.file_calls().into_iter().map(|call| call.id).collect();
    assert!(!asked.contains(&id(&honest).to_owned()), "it says itself that it is too large");
    let reason = work.attachments().await[2]["reason"].clone();
    assert_eq!(reason, "it is no PNG, JPEG, GIF or WebP image");
}

#[tokio::test]
async fn a_promise_of_more_than_there_is_is_no_picture_until_it_is_kept() {
    let work = Workspace::open().await;
    let file = work.slack.file("screen.png", "image/png", &png(2_000));
    work.slack.serve_file(id(&file), Serving::Promising(500));
    work.posts(&[&file]).await;
    let slack = work.slack.clone();
    timeout(Duration::from_secs(20), async {
        while slack.file_calls().is_empty() {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("it is asked for");
    assert_eq!(work.states().await, ["wanted"]);
    work.slack.serve_file(id(&file), Serving::Usual);
    work.at_rest().await;
    assert_eq!(work.states().await, ["kept"], "{}", work.home.log());
}

#[tokio::test]
async fn the_token_is_shown_to_slack_alone() {
    let work = Workspace::open().await;
    let elsewhere = FakeSlack::start(Options::default()).await;
    let theirs = elsewhere.file("theirs.png", "image/png", &png(500));
    let mut led_away = work.slack.file("led-away.png", "image/png", &png(500));
    led_away["title"] = "led away".into();
    let url = theirs["url_private"].as_str().expect("an address").to_owned();
    work.slack.serve_file(id(&led_away), Serving::Redirect(url));
    work.posts(&[&theirs, &led_away]).await;
    work.at_rest().await;
    assert_eq!(work.states().await, ["not_allowed", "not_allowed"], "{}", work.home.log());
    assert!(elsewhere.file_calls().is_empty(), "{:?}", elsewhere.file_calls());
}

#[tokio::test]
async fn a_file_that_the_event_does_not_tell_about_is_asked_for() {
    let work = Workspace::open().await;
    let file = work.slack.file("screen.png", "image/png", &png(500));
    let hidden = json!({ "id": id(&file), "mode": "file_access", "file_access": "check_file_info" });
    work.posts(&[&hidden]).await;
    work.at_rest().await;
    assert_eq!(work.states().await, ["kept"], "{}", work.home.log());
    assert_eq!(work.slack.calls("files.info").len(), 1);
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_sign_in_page_is_no_picture_and_doctor_says_how_to_mend_it() {
    let scopes: Vec<_> =
        Options::default().scopes.into_iter().filter(|scope| scope != "files:read").collect();
    let work = Workspace::with(Options { scopes, ..Options::default() }).await;
    let file = work.slack.file("screen.png", "image/png", &png(500));
    work.posts(&[&file]).await;
    work.at_rest().await;
    let attachment = work.attachments().await.remove(0);
    assert_eq!(attachment["state"], "wanted");
    let reason = attachment["reason"].as_str().expect("a reason");
    assert!(reason.contains("sign-in page") && reason.contains("files:read"), "{reason}");
    assert!(work.home.log().contains("sign-in page"), "{}", work.home.log());
    let told = work.home.run(&["doctor"]).await;
    assert!(told.out.contains("FAIL  slack files: ") && told.out.contains("files:read"), "{}", told.out);
}

#[tokio::test]
async fn a_message_takes_its_screenshots_with_it() {
    let work = Workspace::open().await;
    let [first, second, third] =
        ["one.png", "two.png", "three.png"].map(|name| work.slack.file(name, "image/png", &png(500)));
    let (root, message) = work.posts(&[&first, &second]).await;
    let other = work.posts_in(&root, &[&third]).await;
    work.at_rest().await;
    assert_eq!(work.states().await.len(), 3);
    work.slack.delete(&other).await.iter().for_each(|answer| answer.assert_acked());
    work.slack.delete_file(&message, id(&first)).await.iter().for_each(|answer| answer.assert_acked());
    work.at_rest().await;
    let left: Vec<_> = work.attachments().await.into_iter().map(|a| a["name"].clone()).collect();
    assert_eq!(left, ["two.png"]);
}

#[tokio::test]
async fn a_slow_file_holds_up_no_card() {
    let work = Workspace::open().await;
    let file = work.slack.file("slow.png", "image/png", &png(500));
    work.slack.serve_file(id(&file), Serving::Pieces(Duration::from_secs(2)));
    let (root, _) = work.posts(&[&file]).await;
    let question = work.slack.wait_for_message("a question", &work.help, &root, super::is_question).await;
    work.slack.click(&work.ada, &question, &super::an_answer(&question)).await.assert_acked();
    let is_next = |m: &Message| m.ts > question.ts && !m.controls().is_empty();
    work.slack.wait_for_message("the next step", &work.help, &root, is_next).await;
    assert_eq!(work.states().await, ["wanted"]);
    work.at_rest().await;
    assert_eq!(work.states().await, ["kept"]);
}

#[tokio::test]
async fn a_screenshot_is_kept_once_whenever_the_program_is_killed() {
    let mut work = Workspace::open().await;
    let file = work.slack.file("screen.png", "image/png", &png(500));
    work.slack.serve_file(id(&file), Serving::Pieces(Duration::from_millis(500)));
    work.posts(&[&file]).await;
    for pause in [0, 700, 1_500] {
        sleep(Duration::from_millis(pause)).await;
        assert!(work.server.kill().await, "it was still running:\n{}", work.home.log());
        work.server = work.home.serve().await;
        work.slack.connect(&work.server.url());
    }
    work.at_rest().await;
    assert_eq!(work.states().await, ["kept"], "{}", work.home.log());
    let script = Caller::script(&work.home, &work.server, None).await;
    let transcript = script.get(&work.attachments_at().await.replace("attachments", "messages")).await.ok();
    assert_eq!(transcript.to_string().matches("attached: screen.png").count(), 1, "{transcript}");
    assert_eq!(script.queued().await.1, 0, "no dead letters");
}
