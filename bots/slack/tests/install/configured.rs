//! A token that comes from the configuration.

use flowpilot::Error;
use flowpilot_fake_slack::{Fault, Options};
use flowpilot_slack::install::Api;
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use crate::support::{Database, World, every_text, on_both_databases};

fn configured() -> SecretString {
    SecretString::from("xoxb-1-fake")
}

on_both_databases! {
    async fn a_configured_token_is_its_workspaces_installation(world: &World) {
        let api = Api::new(&world.slack.url()).unwrap();
        let answer = api.auth_test(&configured()).await.unwrap();
        world.all.configured(world.team, &configured(), &answer).await.unwrap();
        let found = world.installation("T0ACME").await;
        assert_eq!((found.team, found.bot_user.as_str()), (world.team, "U0FLOWPILOT"));
        assert_eq!(found.bot_token.expose_secret(), "xoxb-1-fake");
        assert!(!every_text(&world.engine.db).await.contains("xoxb-1-fake"));
    }

    async fn a_configured_token_of_another_teams_workspace_is_refused(world: &World) {
        world.install(&world.stranger, "T0ACME").await;
        let api = Api::new(&world.slack.url()).unwrap();
        let answer = api.auth_test(&configured()).await.unwrap();
        let refused = world.all.configured(world.team, &configured(), &answer).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    }

    async fn a_slack_that_is_down_at_the_start_is_asked_again(world: &World) {
        world.slack.fail("auth.test", Fault::Status(503));
        let stop = CancellationToken::new();
        let connected = world.all.connect_configured(world.team, &configured(), &stop).await;
        assert_eq!(connected.unwrap().workspace, "T0ACME");
    }

    async fn a_token_that_slack_refuses_is_not_asked_about_again(world: &World) {
        let stop = CancellationToken::new();
        let wrong = SecretString::from("xoxb-wrong");
        assert!(world.all.connect_configured(world.team, &wrong, &stop).await.is_none());
        assert_eq!(world.slack.calls("auth.test").len(), 1);
    }

    async fn a_removed_app_has_no_configured_token_any_more(world: &World) {
        let stop = CancellationToken::new();
        world.all.connect_configured(world.team, &configured(), &stop).await.unwrap();
        world.all.revoked("T0ACME", world.clock.now()).await.unwrap();
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_configured_token_of_an_organisation_is_known_by_its_id() {
    let database = Database::sqlite().await;
    let world = World::with(&database, Options::org_wide()).await;
    let stop = CancellationToken::new();
    let connected = world.all.connect_configured(world.team, &configured(), &stop).await.unwrap();
    assert_eq!(connected.workspace, "E0ACME");
}
