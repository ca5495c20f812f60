//! Who may connect a workspace.

use std::time::Duration;

use flowpilot::Error;
use flowpilot::team::{Role, change_role};
use flowpilot_slack::install::{InstallOptions, Installations};

use crate::support::{Browser, World, every_text, on_both_databases};

on_both_databases! {
    async fn only_an_admin_can_invite(world: &World) {
        let refused = world.all.invite(&world.engineer).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }

    async fn without_an_invitation_nobody_is_sent_to_slack(world: &World) {
        for query in ["", "?invite=", "?invite=made-up"] {
            let page = Browser::default().get(&format!("{}/slack/install{query}", world.address)).await;
            assert_eq!(page.status, 400, "{query}");
            assert!(page.body.contains("flowpilot slack link"), "{}", page.body);
        }
    }

    /// Programs that preview links open them too.
    async fn opening_an_invitation_does_not_use_it_up(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        for _ in 0..3 {
            assert_eq!(Browser::default().get(&invitation).await.status, 303);
        }
    }

    async fn an_invitation_ends_after_an_hour(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        world.clock.advance(Duration::from_secs(60 * 60));
        assert_eq!(Browser::default().get(&invitation).await.status, 400);
    }

    async fn an_invitation_connects_one_workspace(world: &World) {
        world.add_workspace("T0SECOND", "Second");
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let (mut one, mut other) = (Browser::default(), Browser::default());
        let (first, second) = (one.begin(&invitation).await, other.begin(&invitation).await);
        assert_eq!(one.come_back(world, &first, &world.allow("T0ACME")).await.status, 200);
        assert_eq!(other.come_back(world, &second, &world.allow("T0SECOND")).await.status, 400);
        assert_eq!(Browser::default().get(&invitation).await.status, 400);
        assert!(world.all.of("T0SECOND").await.unwrap().is_none());
    }

    async fn an_invitation_of_somebody_who_is_no_admin_any_more_does_not_work(world: &World) {
        let second = world.engine.clone();
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        let (admin, engineer) = (world.admin.member(), world.engineer.member());
        change_role(&second, &world.admin, engineer, Role::TeamAdmin).await.unwrap();
        change_role(&second, &world.admin, admin, Role::Engineer).await.unwrap();
        assert_eq!(browser.come_back(world, &state, &world.allow("T0ACME")).await.status, 400);
        assert!(world.all.of("T0ACME").await.unwrap().is_none());
    }

    async fn the_secret_of_an_invitation_is_not_stored(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let secret = invitation.split_once("invite=").unwrap().1;
        assert!(!every_text(&world.engine.db).await.contains(secret));
    }

    async fn a_missing_setting_is_named(world: &World) {
        let without = |options| Installations::new(world.engine.clone(), options).unwrap();
        let no_app = without(InstallOptions { app: None, ..world.options() });
        let no_address = without(InstallOptions { public_url: None, ..world.options() });
        let said = no_app.invite(&world.admin).await.unwrap_err().to_string();
        assert!(said.contains("slack.client_id"), "{said}");
        let said = no_address.invite(&world.admin).await.unwrap_err().to_string();
        assert!(said.contains("public_url"), "{said}");
    }
}
