//! Tokens: short access tokens, refresh tokens that are used once, and what happens when one is used twice.

use std::time::Duration;

use flowpilot::team::token::{
    ACCESS_LIFETIME, REFRESH_LIFETIME, TokenPair, issue_pair, refresh_pair, revoke,
};
use flowpilot::team::{Caller, Member, Role};
use flowpilot::{Clock, Engine, Error, Timestamp};
use secrecy::SecretString;
use serde_json::json;

use crate::support::api::Api;
use crate::support::database::every_text;
use crate::support::{World, on_both_databases};

/// The installation at a clock that stands still, and somebody with tokens.
async fn issued(world: &World) -> (Engine, Clock, Member, TokenPair) {
    let clock = Clock::fixed(Timestamp(1_790_000_000_000));
    let engine = world.at(clock.clone()).await;
    let member = world.add_member("Tess", Role::Engineer).await;
    let pair = issue_pair(&engine, &member).await.unwrap();
    (engine, clock, member, pair)
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text.to_owned())
}

async fn why(engine: &Engine, token: &str) -> String {
    match refresh_pair(engine, &secret(token)).await {
        Err(Error::Unauthenticated(why)) => why,
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn a_refresh_token_gives_a_new_pair(world: &World) {
        let (engine, _, member, pair) = issued(world).await;
        let next = refresh_pair(&engine, &secret(&pair.refresh_token)).await.unwrap();
        assert_ne!(next.refresh_token, pair.refresh_token);
        let caller = engine.tokens.verify(&next.access_token, engine.clock.now()).unwrap();
        assert_eq!(caller, Caller::of(&member));
        engine.db.close().await;
    }

    async fn a_refresh_token_used_twice_ends_all_that_came_from_it(world: &World) {
        let (engine, _, member, first) = issued(world).await;
        let other = issue_pair(&engine, &member).await.unwrap();
        let second = refresh_pair(&engine, &secret(&first.refresh_token)).await.unwrap();
        let third = refresh_pair(&engine, &secret(&second.refresh_token)).await.unwrap();
        assert!(why(&engine, &first.refresh_token).await.contains("used before"));
        assert!(why(&engine, &third.refresh_token).await.contains("has ended"));
        refresh_pair(&engine, &secret(&other.refresh_token)).await.unwrap();
        engine.db.close().await;
    }

    async fn of_two_uses_at_once_one_succeeds_and_the_family_ends(world: &World) {
        let (engine, _, _, pair) = issued(world).await;
        let token = secret(&pair.refresh_token);
        let (one, two) = tokio::join!(refresh_pair(&engine, &token), refresh_pair(&engine, &token));
        let won: Vec<_> = [one, two].into_iter().filter_map(Result::ok).collect();
        assert_eq!(won.len(), 1);
        assert!(why(&engine, &won[0].refresh_token).await.contains("has ended"));
        engine.db.close().await;
    }

    async fn a_revoked_token_is_ended_and_revoking_is_never_an_error(world: &World) {
        let (engine, _, _, pair) = issued(world).await;
        let api = Api::of(&engine, &world.viewer);
        let body = json!({ "refresh_token": pair.refresh_token });
        assert_eq!(api.post("/tokens/revoke", body.clone()).await.status, 204);
        assert_eq!(api.post("/tokens/refresh", body).await.status, 401);
        revoke(&engine, &secret("never issued")).await.unwrap();
        assert!(why(&engine, "never issued").await.contains("not ours"));
        engine.db.close().await;
    }

    async fn a_refresh_token_ends_after_thirty_days(world: &World) {
        let (engine, clock, _, pair) = issued(world).await;
        clock.advance(REFRESH_LIFETIME);
        assert!(why(&engine, &pair.refresh_token).await.contains("has ended"));
        engine.db.close().await;
    }

    async fn an_access_token_ends_after_a_quarter_of_an_hour(world: &World) {
        let (engine, clock, _, pair) = issued(world).await;
        let api = Api::of(&engine, &world.viewer).with_token(&pair.access_token);
        clock.advance(ACCESS_LIFETIME - Duration::from_secs(1));
        assert_eq!(api.get("/me").await.body["name"], "Tess");
        clock.advance(Duration::from_secs(1));
        let ended = api.get("/me").await;
        assert_eq!(ended.status, 401);
        assert!(ended.detail().contains("expired"), "{ended:?}");
        engine.db.close().await;
    }

    async fn a_token_of_another_installation_is_not_ours(world: &World) {
        let database = crate::support::Database::sqlite().await;
        let elsewhere = World::new(&database).await;
        let token = elsewhere.engine.tokens.issue(&world.admin, elsewhere.engine.clock.now()).unwrap();
        let api = Api::of(&world.engine, &world.viewer);
        assert_eq!(api.with_token(&token).get("/me").await.status, 401);
        assert_eq!(api.with_token("").get("/me").await.status, 401);
        elsewhere.close().await;
    }

    async fn a_new_role_counts_from_the_next_refresh(world: &World) {
        let (engine, _, member, pair) = issued(world).await;
        flowpilot::team::change_role(&engine, &world.admin, member.id, Role::Viewer).await.unwrap();
        let next = refresh_pair(&engine, &secret(&pair.refresh_token)).await.unwrap();
        let caller = engine.tokens.verify(&next.access_token, engine.clock.now()).unwrap();
        assert_eq!(caller.role(), Role::Viewer);
        engine.db.close().await;
    }

    async fn tokens_are_not_stored_as_they_are(world: &World) {
        let (engine, _, _, pair) = issued(world).await;
        let stored = every_text(&engine.db).await;
        assert!(!stored.contains(&pair.refresh_token) && !stored.contains(&pair.access_token));
        engine.db.close().await;
    }
}
