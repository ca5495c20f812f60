//! From the invitation to the stored installation, and what can go wrong between.

use std::time::Duration;

use flowpilot::team::{Platform, Workspace, workspace_team};
use flowpilot_fake_slack::{Fault, Options};
use flowpilot_slack::manifest::scopes;
use secrecy::{ExposeSecret, SecretString};

use crate::support::{Browser, Database, World, every_text, on_both_databases};

async fn owner(world: &World, workspace: &str) -> Option<flowpilot::store::TeamId> {
    let workspace = Workspace { platform: Platform::Slack, external_id: workspace.to_owned() };
    workspace_team(&world.engine.db, &workspace).await.unwrap()
}

on_both_databases! {
    async fn an_invitation_leads_to_slack_with_the_least_scopes(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let page = Browser::default().get(&invitation).await;
        let slack = page.location();
        let value = |name: &str| slack.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
        assert!(slack.as_str().starts_with("https://slack.com/oauth/v2/authorize?"), "{slack}");
        assert_eq!(value("client_id"), "111.222");
        assert_eq!(value("scope"), scopes(false).map(|s| s.name).collect::<Vec<_>>().join(","));
        assert_eq!(value("redirect_uri"), format!("{}/slack/oauth", world.address));
        let cookie = &page.headers["set-cookie"];
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    }

    async fn an_installed_workspace_belongs_to_the_team_that_invited(world: &World) {
        let page = world.install(&world.admin, "T0ACME").await;
        assert_eq!(page.status, 200, "{}", page.body);
        assert!(page.body.contains("Acme is connected to acme") && page.body.contains("/invite"), "{}", page.body);
        let installation = world.installation("T0ACME").await;
        assert_eq!((installation.team, installation.bot_user.as_str()), (world.team, "U0FLOWPILOT"));
        assert_eq!(owner(world, "T0ACME").await, Some(world.team));
    }

    async fn each_workspace_has_its_own_token(world: &World) {
        world.add_workspace("T0SECOND", "Second");
        world.install(&world.admin, "T0ACME").await;
        world.install(&world.admin, "T0SECOND").await;
        let (one, other) = (world.installation("T0ACME").await, world.installation("T0SECOND").await);
        assert_ne!(one.bot_token.expose_secret(), other.bot_token.expose_secret());
        assert_eq!(other.bot_user, "U0BOTT0SECOND");
    }

    async fn a_workspace_of_another_team_is_refused_and_stays_theirs(world: &World) {
        world.install(&world.stranger, "T0ACME").await;
        let theirs = world.installation("T0ACME").await;
        let page = world.install(&world.admin, "T0ACME").await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains("connected to another FlowPilot team"), "{}", page.body);
        let still = world.replica().await.of("T0ACME").await.unwrap().unwrap();
        assert_eq!(still.team, world.stranger.team());
        assert_eq!(still.bot_token.expose_secret(), theirs.bot_token.expose_secret());
    }

    async fn tokens_are_sealed_at_rest(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let stored = every_text(&world.engine.db).await;
        assert!(stored.contains("T0ACME") && !stored.contains("xoxb-") && !stored.contains("xoxe-"));
    }

    async fn a_state_that_this_server_did_not_write_is_refused(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        let mut forged = state.clone();
        forged.replace_range(20..21, if &state[20..21] == "A" { "B" } else { "A" });
        let sealed_otherwise = world.engine.sealer.seal(&SecretString::from("{\"purpose\":\"else\"}"));
        for state in ["", "nonsense", &forged, &sealed_otherwise] {
            let mut same = Browser { cookie: browser.cookie.clone() };
            let page = same.come_back(world, state, &world.allow("T0ACME")).await;
            assert_eq!(page.status, 400, "{state}");
        }
        assert!(world.slack.calls("oauth.v2.access").is_empty());
        assert_eq!(browser.come_back(world, &state, &world.allow("T0ACME")).await.status, 200);
    }

    async fn a_state_of_another_browser_is_refused(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let state = Browser::default().begin(&invitation).await;
        let mut victim = Browser::default();
        assert_eq!(victim.come_back(world, &state, &world.allow("T0ACME")).await.status, 400);
        victim.begin(&invitation).await;
        assert_eq!(victim.come_back(world, &state, &world.allow("T0ACME")).await.status, 400);
        assert!(world.slack.calls("oauth.v2.access").is_empty());
    }

    async fn a_state_ends_after_ten_minutes(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        world.clock.advance(Duration::from_secs(10 * 60));
        let page = browser.come_back(world, &state, &world.allow("T0ACME")).await;
        assert_eq!(page.status, 400);
        assert!(page.body.contains("took too long"), "{}", page.body);
    }

    async fn an_answer_of_slack_works_once(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        let mut same = Browser { cookie: browser.cookie.clone() };
        assert_eq!(browser.come_back(world, &state, &world.allow("T0ACME")).await.status, 200);
        assert_eq!(same.come_back(world, &state, &world.allow("T0ACME")).await.status, 400);
        assert_eq!(world.slack.calls("oauth.v2.access").len(), 1);
    }

    async fn who_does_not_allow_it_is_told_so_and_can_think_again(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        let page = browser.come_back_with(world, &[("state", &state), ("error", "access_denied")]).await;
        assert!(page.body.contains("You did not allow it"), "{}", page.body);
        let state = browser.begin(&invitation).await;
        assert_eq!(browser.come_back(world, &state, &world.allow("T0ACME")).await.status, 200);
    }

    async fn an_invitation_survives_an_outage_of_slack(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        world.slack.fail("oauth.v2.access", Fault::Status(503));
        let page = browser.come_back(world, &state, &world.allow("T0ACME")).await;
        assert_eq!(page.status, 502);
        let state = browser.begin(&invitation).await;
        assert_eq!(browser.come_back(world, &state, &world.allow("T0ACME")).await.status, 200);
    }

    async fn pages_show_what_they_are_given_as_text_only(world: &World) {
        let invitation = world.all.invite(&world.admin).await.unwrap();
        let mut browser = Browser::default();
        let state = browser.begin(&invitation).await;
        let query = [("state", state.as_str()), ("error", "<script>alert(1)</script>")];
        let page = browser.come_back_with(world, &query).await;
        assert!(page.body.contains("&lt;script&gt;") && !page.body.contains("<script"), "{}", page.body);
        let policy = &page.headers["content-security-policy"];
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }

    async fn a_name_of_a_workspace_is_text_too(world: &World) {
        world.add_workspace("T0EVIL", "<img src=x onerror=alert(1)>");
        let page = world.install(&world.admin, "T0EVIL").await;
        assert!(page.status == 200 && !page.body.contains("<img"), "{}", page.body);
    }

    async fn installing_again_replaces_the_token(world: &World) {
        world.install(&world.admin, "T0ACME").await;
        let before = world.installation("T0ACME").await;
        world.install(&world.admin, "T0ACME").await;
        let after = world.installation("T0ACME").await;
        assert_ne!(before.bot_token.expose_secret(), after.bot_token.expose_secret());
    }

    async fn secrets_open_after_the_keys_were_rotated(world: &World) {
        use crate::support::open;
        use flowpilot::store::Sealer;
        use flowpilot_slack::install::{Installations, reseal};

        world.install(&world.admin, "T0ACME").await;
        let (new, old) = (Sealer::generate_key(), world.key.clone());
        let rotating = open(&world.url, &world.clock, vec![new.clone(), old]).await;
        assert_eq!(reseal(&rotating).await.unwrap(), 2);
        assert_eq!(reseal(&rotating).await.unwrap(), 0);
        let engine = open(&world.url, &world.clock, vec![new]).await;
        let all = Installations::new(engine, world.options()).unwrap();
        assert!(all.of("T0ACME").await.unwrap().is_some());
    }
}

#[tokio::test]
async fn an_installation_for_a_whole_organisation_is_known_by_its_id() {
    let database = Database::sqlite().await;
    let world = World::with(&database, Options::org_wide()).await;
    assert_eq!(world.install(&world.admin, "T0ACME").await.status, 200);
    assert!(world.all.of("T0ACME").await.unwrap().is_none());
    let found = world.all.of_event(Some("T0ACME"), Some("E0ACME")).await.unwrap().unwrap();
    assert_eq!(found.workspace, "E0ACME");
}
