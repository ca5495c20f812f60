//! The host that hands out files.

use std::time::Duration;

use flowpilot_fake_slack::{FileCall, How, Serving};
use serde_json::json;

use crate::support::{World, world};

const CONTENT: &[u8] = b"a picture";

async fn fetched(world: &World, url: &str) -> reqwest::Result<reqwest::Response> {
    world.api.http.get(url).bearer_auth(&world.api.token).send().await
}

#[tokio::test]
async fn a_token_that_may_not_read_files_is_shown_the_sign_in_page() {
    let world = world().await;
    let file = world.slack.file("screen.png", "image/png", CONTENT);
    let (url, id) = (file["url_private"].as_str().unwrap(), file["id"].as_str().unwrap());
    world.slack.add_token("T0ACME", "xoxb-poor", &["chat:write"]);
    for token in ["xoxb-poor", "xoxb-wrong"] {
        let page = world.api.http.get(url).bearer_auth(token).send().await.unwrap();
        assert_eq!(page.status(), 200);
        assert!(page.text().await.unwrap().contains("Sign in"));
    }
    world.api.http.get(url).send().await.unwrap();
    let call = |with_token| FileCall { id: id.to_owned(), with_token };
    assert_eq!(world.slack.file_calls(), [call(true), call(true), call(false)]);
}

#[tokio::test]
async fn a_file_can_be_slow_lie_about_its_length_or_lead_elsewhere() {
    let world = world().await;
    let file = world.slack.file("screen.png", "image/png", CONTENT);
    let (url, id) = (file["url_private"].as_str().unwrap(), file["id"].as_str().unwrap());
    world.slack.serve_file(id, Serving::Pieces(Duration::from_millis(5)));
    let slow = fetched(&world, url).await.unwrap();
    assert_eq!(slow.content_length(), None);
    assert_eq!(slow.bytes().await.unwrap(), CONTENT);
    world.slack.serve_file(id, Serving::Promising(100));
    assert!(fetched(&world, url).await.unwrap().bytes().await.is_err(), "it ends too early");
    let other = world.slack.file("other.png", "image/png", b"another one");
    world.slack.serve_file(id, Serving::Redirect(other["url_private"].as_str().unwrap().to_owned()));
    assert_eq!(fetched(&world, url).await.unwrap().bytes().await.unwrap(), "another one");
}

#[tokio::test]
async fn a_deleted_file_leaves_a_tombstone_on_its_message() {
    let world = world().await;
    let file = world.slack.file("screen.png", "image/png", CONTENT);
    let (url, id) = (file["url_private"].as_str().unwrap(), file["id"].as_str().unwrap());
    let how = How::default().with_files(vec![file.clone()]);
    let said = world.slack.with(how).write(&world.ada, &world.help, "look").await;
    world.slack.delete_file(&said.message, id).await;
    let event = world.app.heard()[1].json()["event"].clone();
    assert_eq!(event["message"]["files"], json!([{ "id": id, "mode": "tombstone" }]));
    assert_eq!(
        (&event["previous_message"]["files"], &event["message"]["edited"]),
        (&json!([file]), &json!(null))
    );
    assert_eq!(fetched(&world, url).await.unwrap().status(), 404);
}
