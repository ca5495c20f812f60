//! Roles: a viewer reads, an engineer works, an admin runs the team.

use flowpilot::Error;
use flowpilot::team::{Caller, Role, change_role};
use serde_json::json;

use crate::routes::{Things, routes};
use crate::support::api::Api;
use crate::support::{World, on_both_databases};

/// What only admins may do.
const OF_ADMINS: [&str; 23] = [
    "DELETE /psa/connections/{id}",
    "GET /ai/calls",
    "GET /ai/feedback",
    "GET /ai/spend",
    "GET /ai/switch",
    "GET /psa/connections",
    "GET /psa/connections/{id}/boards",
    "GET /psa/connections/{id}/members",
    "GET /queues/{queue}/dead",
    "PATCH /members/{id}",
    "POST /flows",
    "POST /members",
    "POST /members/{id}/approve",
    "POST /psa/connections",
    "POST /psa/connections/{id}/check",
    "POST /psa/connections/{id}/install-pod",
    "POST /psa/connections/{id}/members/{external_id}/refuse",
    "POST /queues/{queue}/dead/{seq}/retry",
    "POST /scripts/templates/{id}/accept",
    "POST /scripts/templates/{id}/reject",
    "PUT /ai/switch",
    "PUT /psa/connections/{id}/boards",
    "PUT /psa/connections/{id}/members/{external_id}",
];

on_both_databases! {
    async fn a_viewer_writes_nothing(world: &World) {
        let (own, api) = (Things::of(world).await, Api::of(&world.engine, &world.viewer));
        let before = crate::support::database::every_text(&world.engine.db).await;
        let mut passed = Vec::new();
        for route in routes(&api).await.iter().filter(|route| route.writes()) {
            let answer = route.call(&api, &own).await;
            if answer.status != 403 {
                passed.push(format!("{}: {} {}", route.name(), answer.status, answer.body));
            }
        }
        assert!(passed.is_empty(), "{passed:#?}");
        assert_eq!(crate::support::database::every_text(&world.engine.db).await, before);
    }

    async fn a_viewer_reads_everything_but_what_is_the_admins(world: &World) {
        let (own, api) = (Things::of(world).await, Api::of(&world.engine, &world.viewer));
        let mut refused = Vec::new();
        for route in routes(&api).await.iter().filter(|route| !route.writes() && !route.is_public) {
            if route.call(&api, &own).await.status == 403 {
                refused.push(route.name());
            }
        }
        let of_admins = OF_ADMINS.into_iter().filter(|name| name.starts_with("GET ")).collect::<Vec<_>>();
        assert_eq!(refused, of_admins);
    }

    async fn only_these_routes_are_the_admins(world: &World) {
        let api = Api::of(&world.engine, &world.engineer);
        let mut refused = Vec::new();
        for route in routes(&api).await {
            if route.call(&api, &Things::of(world).await).await.status == 403 {
                refused.push(route.name());
            }
        }
        refused.sort_unstable();
        assert_eq!(refused, OF_ADMINS);
    }

    async fn nobody_reads_anything_without_a_token(world: &World) {
        let own = Things::of(world).await;
        let api = Api::of(&world.engine, &world.admin);
        let anonymous = api.with_token("nonsense");
        let mut passed = Vec::new();
        for route in routes(&api).await.iter().filter(|route| !route.is_public) {
            let answer = route.call(&anonymous, &own).await;
            if answer.status != 401 || answer.headers["www-authenticate"] != "Bearer" {
                passed.push(route.name());
            }
        }
        assert!(passed.is_empty(), "{passed:#?}");
    }

    async fn a_refusal_says_who_can_help(world: &World) {
        let (id, api) = (world.session().await, Api::of(&world.engine, &world.viewer));
        let refused = api.post(&format!("/ai-sessions/{id}/facts"), json!({ "text": "It hums." })).await;
        assert!(refused.detail().contains("a team admin can change the role"), "{refused:?}");
    }

    async fn only_a_super_admin_makes_another_one(world: &World) {
        let member = world.add_member("Sue", Role::Engineer).await.id;
        let refused = change_role(&world.engine, &world.admin, member, Role::SuperAdmin).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        let root = Caller::of(&world.add_member("Root", Role::SuperAdmin).await);
        let made = change_role(&world.engine, &root, member, Role::SuperAdmin).await.unwrap();
        assert_eq!(made.role, Role::SuperAdmin);
        let api = Api::of(&world.engine, &world.admin);
        let invited = api
            .post("/members", json!({ "name": "X", "email": "x@example.com", "role": "super_admin" }))
            .await;
        assert_eq!(invited.status, 403);
    }

    async fn a_team_always_has_an_admin(world: &World) {
        let (engine, admin) = (&world.engine, world.admin.member());
        let refused = change_role(engine, &world.admin, admin, Role::Engineer).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(why) if why.contains("without an admin")), "{refused}");
        change_role(engine, &world.admin, world.engineer.member(), Role::TeamAdmin).await.unwrap();
        change_role(engine, &world.admin, admin, Role::Engineer).await.unwrap();
    }

    async fn an_admin_does_not_take_a_super_admins_role_away(world: &World) {
        let root = world.add_member("Root", Role::SuperAdmin).await;
        let refused = change_role(&world.engine, &world.admin, root.id, Role::Viewer).await;
        assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");
    }
}
