//! Tokens that end, and refresh tokens that work once.

use std::time::Duration;

use flowpilot_fake_slack::Fault;
use flowpilot_slack::install::{Installations, OAuthApp, standings};
use secrecy::{ExposeSecret, SecretString};

use crate::support::{World, on_both_databases, read};

const HOUR: Duration = Duration::from_secs(3600);
/// Less than two hours before the token ends, which is after twelve.
const DUE: Duration = Duration::from_secs(10 * 3600 + 60);
const ENDED: Duration = Duration::from_secs(12 * 3600 + 60);

async fn token(all: &Installations) -> String {
    all.of("T0ACME").await.unwrap().unwrap().bot_token.expose_secret().to_owned()
}

/// Says that some process that died holds the right to refresh for another minute.
async fn held_by_the_dead(world: &World) {
    use flowpilot::store::Tx;
    let mut tx = world.engine.db.begin().await.unwrap();
    let until = world.clock.now().plus(Duration::from_secs(60));
    let text = "UPDATE slack_installations SET lease_until = $1";
    match &mut tx {
        Tx::Sqlite(c, _) => drop(sqlx::query(text).bind(until).execute(&mut **c).await.unwrap()),
        Tx::Postgres(c) => drop(sqlx::query(text).bind(until).execute(&mut **c).await.unwrap()),
    }
    tx.commit().await.unwrap();
}

on_both_databases! {
    async fn a_token_is_refreshed_two_hours_before_it_ends(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let first = token(&world.all).await;
        world.clock.advance(9 * HOUR);
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        world.clock.advance(HOUR + Duration::from_secs(60));
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
        assert_ne!(token(&world.all).await, first);
        assert_eq!(world.refreshes(), 1);
    }

    async fn whoever_needs_an_ended_token_gets_a_new_one(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let first = token(&world.all).await;
        world.clock.advance(ENDED);
        assert_ne!(token(&world.all).await, first);
    }

    async fn two_processes_at_once_use_a_refresh_token_once(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let (one, other) = (world.replica().await, world.replica().await);
        world.clock.advance(ENDED);
        world.slack.fail("oauth.v2.access", Fault::SlowAnswer(Duration::from_millis(400)));
        let (first, second) = tokio::join!(token(&one), token(&other));
        assert_eq!(first, second);
        assert_eq!(world.refreshes(), 1);
    }

    async fn many_who_need_it_at_once_use_a_refresh_token_once(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(ENDED);
        let waiting: Vec<_> = (0..20)
            .map(|_| {
                let all = world.all.clone();
                tokio::spawn(async move { token(&all).await })
            })
            .collect();
        for token in waiting {
            token.await.unwrap();
        }
        assert_eq!(world.refreshes(), 1);
    }

    /// Slack has used the old refresh token up by then.
    async fn a_new_token_is_kept_even_when_nobody_waits_for_it_any_more(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(ENDED);
        world.slack.fail("oauth.v2.access", Fault::SlowAnswer(Duration::from_millis(400)));
        let impatient = tokio::time::timeout(Duration::from_millis(100), world.all.of("T0ACME")).await;
        assert!(impatient.is_err());
        token(&world.all).await;
        assert_eq!(world.refreshes(), 1);
    }

    async fn a_new_token_is_stored_before_anybody_uses_it(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(DUE);
        let dies = world.replica().await;
        dies.refresh_due().await.unwrap();
        let refreshed = token(&dies).await;
        drop(dies);
        assert_eq!(token(&world.replica().await).await, refreshed);
        assert_eq!(world.refreshes(), 1);
    }

    async fn what_a_killed_process_began_is_taken_over_after_a_minute(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(DUE);
        held_by_the_dead(world).await;
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        world.clock.advance(Duration::from_secs(61));
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
    }

    async fn a_short_outage_of_slack_is_waited_out(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(DUE);
        world.slack.fail("oauth.v2.access", Fault::Status(503));
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
    }

    async fn a_long_outage_of_slack_leaves_the_old_token_in_use(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let first = token(&world.all).await;
        world.clock.advance(DUE);
        world.slack.fail_times("oauth.v2.access", Fault::Status(503), 3);
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        assert_eq!(token(&world.all).await, first);
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
    }

    async fn the_right_to_refresh_is_given_back_after_an_outage(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(DUE);
        world.slack.fail("oauth.v2.access", Fault::RateLimited(30));
        world.all.refresh_due().await.unwrap();
        let text = "SELECT lease_until FROM slack_installations";
        let lease: i64 = read!(&world.engine.db, |c| sqlx::query_scalar(text).fetch_one(c).await).unwrap();
        assert_eq!(lease, 0);
    }

    async fn an_ended_token_during_an_outage_is_an_error_that_may_pass(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(ENDED);
        world.slack.fail("oauth.v2.access", Fault::RateLimited(30));
        let error = world.all.of("T0ACME").await.unwrap_err();
        assert!(error.may_pass(), "{error}");
        token(&world.all).await;
    }

    async fn a_refused_refresh_token_is_not_tried_again_and_the_installation_ends_with_its_token(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let first = token(&world.all).await;
        world.slack.revoke_token(&first);
        world.clock.advance(DUE);
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        assert_eq!(world.refreshes(), 1);
        assert!(standings(&world.engine).await.unwrap()[0].refresh_refused_at.is_some());
        assert_eq!(token(&world.all).await, first);
        world.clock.advance(2 * HOUR);
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
        assert_eq!(world.refreshes(), 1);
    }

    async fn installing_again_mends_a_refused_refresh_token(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.slack.revoke_token(&token(&world.all).await);
        world.clock.advance(ENDED);
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
        world.install(&world.admin, "T0ACME").await;
        token(&world.all).await;
        world.clock.advance(DUE);
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
    }

    async fn a_wrong_client_secret_costs_no_installation(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.clock.advance(DUE);
        let app = OAuthApp { client_id: "111.222".to_owned(), client_secret: SecretString::from("wrong") };
        let options = flowpilot_slack::install::InstallOptions { app: Some(app), ..world.options() };
        let mistaken = Installations::new(world.engine.clone(), options).unwrap();
        assert_eq!(mistaken.refresh_due().await.unwrap(), 0);
        assert_eq!(world.all.refresh_due().await.unwrap(), 1);
    }
}
