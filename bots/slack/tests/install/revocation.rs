//! The app is removed from a workspace, or its token revoked.

use std::time::{Duration, Instant};

use flowpilot_fake_slack::Fault;

use crate::support::{World, on_both_databases};

on_both_databases! {
    async fn a_removed_app_has_no_installation_any_more(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.installation("T0ACME").await;
        world.all.revoked("T0ACME", world.clock.now()).await.unwrap();
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
        assert!(world.replica().await.of("T0ACME").await.unwrap().is_none());
    }

    async fn other_workspaces_stay(world: &World) {
        world.add_workspace("T0SECOND", "Second");
        world.install(&world.admin, "T0ACME").await;
        world.install(&world.admin, "T0SECOND").await;
        world.all.revoked("T0ACME", world.clock.now()).await.unwrap();
        world.installation("T0SECOND").await;
    }

    async fn a_removed_app_can_be_installed_again(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.all.revoked("T0ACME", world.clock.now()).await.unwrap();
        assert_eq!(world.install(&world.admin, "T0ACME").await.status, 200);
        world.installation("T0ACME").await;
    }

    async fn a_late_message_of_an_earlier_removal_does_not_end_a_newer_installation(world: &World) {
        let removed_at = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        world.install(&world.admin, "T0ACME").await;
        world.all.revoked("T0ACME", removed_at).await.unwrap();
        world.all.finish().await;
        world.installation("T0ACME").await;
    }

    /// The clocks of Slack and of this machine differ.
    async fn a_removal_that_seems_earlier_counts_when_the_token_is_dead(world: &World) {
        let removed_at = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        world.install(&world.admin, "T0ACME").await;
        world.slack.uninstall("T0ACME").await;
        world.all.revoked("T0ACME", removed_at).await.unwrap();
        world.all.finish().await;
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
    }

    async fn a_removal_is_taken_without_asking_slack_first(world: &World) {
        let removed_at = world.clock.now();
        world.clock.advance(Duration::from_secs(60));
        world.install(&world.admin, "T0ACME").await;
        world.slack.fail("auth.test", Fault::Slow(Duration::from_secs(3)));
        let begun = Instant::now();
        world.all.revoked("T0ACME", removed_at).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
        world.slack.clear_faults();
    }

    async fn nothing_is_refreshed_after_a_removal(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        world.all.revoked("T0ACME", world.clock.now()).await.unwrap();
        world.clock.advance(Duration::from_secs(11 * 3600));
        assert_eq!(world.all.refresh_due().await.unwrap(), 0);
        assert_eq!(world.refreshes(), 0);
    }
}
