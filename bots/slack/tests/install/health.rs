//! What `flowpilot doctor` says about Slack.

use std::time::Duration;

use flowpilot_fake_slack::{Fault, Options};
use flowpilot_slack::health::{Finding, Health, HealthOptions, State, check};
use flowpilot_slack::manifest::SCOPES;
use secrecy::SecretString;

use crate::support::{Database, World};

fn exactly() -> Options {
    let scopes = SCOPES.iter().map(|scope| scope.name.to_owned()).collect();
    Options { scopes, rotation: true, ..Options::default() }
}

/// The database goes when it is dropped.
async fn world(options: Options) -> (World, Database) {
    let database = Database::sqlite().await;
    (World::with(&database, options).await, database)
}

fn options(world: &World) -> HealthOptions {
    let slack = world.slack.options();
    HealthOptions {
        api_url: world.slack.url(),
        signing_secret: Some(SecretString::from(slack.signing_secret)),
        bot_token: Some(SecretString::from(slack.bot_token)),
        app_token: None,
        app: None,
        public_url: Some(world.address.clone()),
    }
}

#[track_caller]
fn about<'a>(findings: &'a [Finding], part: &str) -> &'a Finding {
    findings.iter().find(|f| f.part == part).unwrap_or_else(|| panic!("nothing about {part}: {findings:#?}"))
}

#[track_caller]
fn assert_bad(findings: &[Finding], part: &str, words: &str) {
    let found = about(findings, part);
    assert!(found.state == State::Bad && found.text.contains(words), "{found:?}");
}

#[tokio::test]
async fn what_is_in_order_is_said_to_be() {
    let (world, _database) = world(exactly()).await;
    let findings = check(&options(&world), None).await;
    for part in ["slack signing secret", "slack bot token", "slack scopes", "slack clock"] {
        assert_eq!(about(&findings, part).state, State::Good, "{findings:#?}");
    }
}

#[tokio::test]
async fn a_missing_scope_is_named() {
    let scopes = vec!["chat:write".to_owned()];
    let (world, _database) = world(Options { scopes, ..Options::default() }).await;
    assert_bad(&check(&options(&world), None).await, "slack scopes", "app_mentions:read");
}

#[tokio::test]
async fn a_scope_that_is_not_needed_is_noted() {
    let mut slack = exactly();
    slack.scopes.push("admin.users:write".to_owned());
    let (world, _database) = world(slack).await;
    let findings = check(&options(&world), None).await;
    let found = about(&findings, "slack scopes");
    assert!(found.state == State::Warn && found.text.contains("admin.users:write"), "{found:?}");
}

#[tokio::test]
async fn a_token_in_the_wrong_place_is_told_and_never_sent() {
    let (world, _database) = world(exactly()).await;
    let wrong = HealthOptions { bot_token: Some(SecretString::from("xapp-1-secret")), ..options(&world) };
    let findings = check(&wrong, None).await;
    assert_bad(&findings, "slack bot token", "slack.app_token");
    assert!(world.slack.calls("auth.test").is_empty());
    assert!(!format!("{findings:?}").contains("xapp-1-secret"));
}

#[tokio::test]
async fn a_removed_app_is_told_from_a_mistyped_token() {
    let (world, _database) = world(exactly()).await;
    world.slack.fail("auth.test", Fault::Error("account_inactive"));
    assert_bad(&check(&options(&world), None).await, "slack bot token", "install the app again");
    world.slack.fail("auth.test", Fault::Error("invalid_auth"));
    assert_bad(&check(&options(&world), None).await, "slack bot token", "copy it again");
}

#[tokio::test]
async fn a_slack_that_does_not_answer_is_told_from_a_bad_token() {
    let (world, _database) = world(exactly()).await;
    let away = HealthOptions { api_url: "http://127.0.0.1:1/api".to_owned(), ..options(&world) };
    assert_bad(&check(&away, None).await, "slack bot token", "slack.api_url");
}

#[tokio::test]
async fn a_signing_secret_of_another_shape_is_told() {
    let (world, _database) = world(exactly()).await;
    let wrong = HealthOptions { signing_secret: Some(SecretString::from("hunter2")), ..options(&world) };
    let findings = check(&wrong, None).await;
    assert_bad(&findings, "slack signing secret", "Basic Information");
    assert!(!format!("{findings:?}").contains("hunter2"));
}

#[tokio::test]
async fn without_a_signing_secret_only_socket_mode_works() {
    let (world, _database) = world(exactly()).await;
    let none = HealthOptions { signing_secret: None, ..options(&world) };
    assert_bad(&check(&none, None).await, "slack signing secret", "not set");
    let socket = HealthOptions { app_token: Some(SecretString::from("xapp-1-fake")), ..none };
    let findings = check(&socket, None).await;
    assert_eq!(about(&findings, "slack signing secret").state, State::Good);
    assert_eq!(about(&findings, "slack app token").state, State::Good, "{findings:#?}");
}

#[tokio::test]
async fn an_address_that_slack_cannot_reach_is_told() {
    let (world, _database) = world(exactly()).await;
    let slack = "https://slack.com/api".to_owned();
    for address in ["http://flowpilot.example.com", "https://localhost:8080", "https://192.168.1.5"] {
        let public_url = Some(address.to_owned());
        let none = HealthOptions { bot_token: None, api_url: slack.clone(), public_url, ..options(&world) };
        assert_bad(&check(&none, None).await, "slack address", "https://");
    }
}

#[tokio::test]
async fn an_address_with_something_else_behind_it_is_told() {
    let (world, _database) = world(exactly()).await;
    // This server has the pages of an installation only.
    assert_bad(&check(&options(&world), None).await, "slack address", "404");
}

#[tokio::test]
async fn whether_slack_ever_reached_this_server_is_told() {
    let (world, _database) = world(exactly()).await;
    let findings = check(&options(&world), Some(&world.engine)).await;
    assert_eq!(about(&findings, "slack deliveries").state, State::Warn);
    let health = Health::new(world.engine.clone());
    health.signed_event_seen();
    await_state(&world, State::Good).await;
    world.clock.advance(Duration::from_secs(60));
    health.wrong_signature_seen();
    await_state(&world, State::Bad).await;
}

/// What was seen is written in the background.
async fn await_state(world: &World, state: State) {
    for _ in 0..200 {
        let findings = check(&options(world), Some(&world.engine)).await;
        if about(&findings, "slack deliveries").state == state {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the deliveries never were {state:?}");
}

#[tokio::test]
async fn each_installed_workspace_is_tried() {
    let (world, _database) = world(exactly()).await;
    let oauth = HealthOptions { bot_token: None, app: world.options().app, ..options(&world) };
    let findings = check(&oauth, Some(&world.engine)).await;
    assert!(about(&findings, "slack workspace").text.contains("flowpilot slack link"), "{findings:#?}");
    world.install(&world.admin, "T0ACME").await;
    let findings = check(&oauth, Some(&world.engine)).await;
    assert_eq!(about(&findings, "slack workspace").state, State::Good, "{findings:#?}");
    world.slack.uninstall("T0ACME").await;
    assert_bad(&check(&oauth, Some(&world.engine)).await, "slack workspace", "account_inactive");
}
