//! How people join: by acting, by approval, by invitation. Guests only read.

use flowpilot::store::PageRequest;
use flowpilot::team::{
    Affiliation, Author, Caller, JoinPolicy, Member, MemberStatus, Platform, Role, Workspace, approve_member,
    connect_workspace, create_team, members, recognise,
};
use flowpilot::{Error, Result};
use serde_json::json;

use crate::support::api::Api;
use crate::support::platform::person;
use crate::support::{World, on_both_databases, read};

fn workspace(name: &str) -> Workspace {
    Workspace { platform: Platform::Slack, external_id: name.to_owned() }
}

/// Sets the team's policy and connects a workspace.
async fn under(world: &World, policy: JoinPolicy) -> Workspace {
    let (engine, query) = (&world.engine, "UPDATE teams SET join_policy = $1 WHERE id = $2");
    match &engine.db {
        flowpilot::store::Db::Sqlite { write, .. } => {
            sqlx::query(query).bind(policy).bind(world.team).execute(write).await.map(drop)
        }
        flowpilot::store::Db::Postgres(pool) => {
            sqlx::query(query).bind(policy).bind(world.team).execute(pool).await.map(drop)
        }
    }
    .unwrap();
    connect_workspace(&engine.db, &engine.clock, &workspace("T1"), world.team, "One").await.unwrap();
    workspace("T1")
}

async fn acts(world: &World, at: &Workspace, author: &Author) -> Result<Caller> {
    recognise(&world.engine.db, &world.engine.clock, at, author).await
}

/// The members called so.
async fn called(world: &World, name: &str) -> Vec<Member> {
    let page = members(&world.engine.db, world.team, PageRequest::first()).await.unwrap();
    page.items.into_iter().filter(|member| member.name == name).collect()
}

fn guest(name: &str) -> Author {
    Author { affiliation: Affiliation::Guest, ..person(name) }
}

fn with_email(name: &str, email: &str) -> Author {
    Author { email: Some(email.to_owned()), ..person(name) }
}

async fn invite(world: &World, email: &str) -> Member {
    let api = Api::of(&world.engine, &world.admin);
    let answer = api.post("/members", json!({ "name": "Ivy", "email": email, "role": "team_admin" })).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    called(world, "Ivy").await.remove(0)
}

on_both_databases! {
    async fn where_the_team_is_open_full_members_become_engineers_on_their_first_action(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        let caller = acts(world, &at, &person("Nora")).await.unwrap();
        assert_eq!((caller.team(), caller.role()), (world.team, Role::Engineer));
        assert_eq!(acts(world, &at, &person("Nora")).await.unwrap(), caller);
        assert_eq!(called(world, "Nora").await.len(), 1);
    }

    async fn guests_and_outsiders_only_read(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        let outsider = Author { affiliation: Affiliation::External, ..person("Oona") };
        for author in [guest("Gus"), outsider] {
            let caller = acts(world, &at, &author).await.unwrap();
            assert_eq!(caller.role(), Role::Viewer);
            assert!(matches!(caller.must_work(), Err(Error::Forbidden(_))));
        }
    }

    async fn by_approval_everybody_new_waits_for_an_admin(world: &World) {
        let at = under(world, JoinPolicy::Approval).await;
        let refused = acts(world, &at, &person("Nora")).await.unwrap_err();
        assert!(matches!(&refused, Error::Forbidden(why) if why.contains("approve")), "{refused}");
        assert!(acts(world, &at, &person("Nora")).await.is_err());
        let waiting = called(world, "Nora").await;
        assert_eq!((waiting.len(), waiting[0].status), (1, MemberStatus::Pending));
        approve_member(&world.engine, &world.admin, waiting[0].id, Role::Engineer).await.unwrap();
        assert_eq!(acts(world, &at, &person("Nora")).await.unwrap().role(), Role::Engineer);
        let again =
            approve_member(&world.engine, &world.admin, waiting[0].id, Role::Engineer).await.unwrap_err();
        assert!(matches!(again, Error::NotFound(_)), "{again}");
    }

    async fn by_invitation_only_a_verified_address_gets_in(world: &World) {
        let at = under(world, JoinPolicy::Invitation).await;
        invite(world, "Ivy@Example.com").await;
        assert!(acts(world, &at, &person("Ivy")).await.is_err());
        assert!(acts(world, &at, &with_email("Ivy", "eve@example.com")).await.is_err());
        let caller = acts(world, &at, &with_email("Ivy", "ivy@example.COM")).await.unwrap();
        assert_eq!(
            (caller.role(), called(world, "Ivy").await[0].status),
            (Role::TeamAdmin, MemberStatus::Active)
        );
    }

    async fn a_guests_address_proves_nothing(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        invite(world, "ivy@example.com").await;
        let posing = Author { email: Some("ivy@example.com".to_owned()), ..guest("Eve") };
        assert_eq!(acts(world, &at, &posing).await.unwrap().role(), Role::Viewer);
        assert_eq!(called(world, "Ivy").await[0].status, MemberStatus::Invited);
    }

    async fn two_accounts_with_one_verified_address_are_one_member(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        let first = acts(world, &at, &with_email("Nora", "nora@example.com")).await.unwrap();
        let second = Author { external_id: "U-2".to_owned(), ..with_email("Nora", "NORA@example.com") };
        assert_eq!(acts(world, &at, &second).await.unwrap().member(), first.member());
    }

    async fn first_actions_at_the_same_moment_make_one_member(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        let (nora, omar) = (person("Nora"), with_email("Omar", "omar@example.com"));
        let all = tokio::join!(
            acts(world, &at, &nora),
            acts(world, &at, &nora),
            acts(world, &at, &omar),
            acts(world, &at, &omar),
        );
        let [a, b, c, d] = [all.0, all.1, all.2, all.3].map(|caller| caller.unwrap().member());
        assert_eq!((a, c), (b, d));
        assert_eq!((called(world, "Nora").await.len(), called(world, "Omar").await.len()), (1, 1));
    }

    async fn somebody_who_was_removed_does_not_come_back_by_acting(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        acts(world, &at, &with_email("Nora", "nora@example.com")).await.unwrap();
        let remove = "UPDATE members SET status = 'removed' WHERE name = 'Nora'";
        match &world.engine.db {
            flowpilot::store::Db::Sqlite { write, .. } => sqlx::query(remove).execute(write).await.map(drop),
            flowpilot::store::Db::Postgres(pool) => sqlx::query(remove).execute(pool).await.map(drop),
        }
        .unwrap();
        let other = Author { external_id: "U-2".to_owned(), ..with_email("Nora", "nora@example.com") };
        for author in [with_email("Nora", "nora@example.com"), other] {
            let refused = acts(world, &at, &author).await.unwrap_err();
            assert!(matches!(&refused, Error::Forbidden(why) if why.contains("no longer")), "{refused}");
        }
    }

    async fn a_workspace_belongs_to_one_team(world: &World) {
        under(world, JoinPolicy::Open).await;
        let (db, clock) = (&world.engine.db, &world.engine.clock);
        let other = world.other_team().await.team;
        let refused = connect_workspace(db, clock, &workspace("T1"), other, "Mine").await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused}");
        let query = "SELECT name FROM workspaces WHERE external_id = 'T1'";
        let name: String = read!(db, |c| sqlx::query_scalar(query).fetch_one(c).await).unwrap();
        assert_eq!(name, "One");
        let unknown = acts(world, &workspace("T9"), &person("Nora")).await.unwrap_err();
        assert!(matches!(&unknown, Error::Forbidden(why) if why.contains("not connected")), "{unknown}");
    }

    async fn an_account_without_a_usable_name_still_gets_in(world: &World) {
        let at = under(world, JoinPolicy::Open).await;
        let nameless = Author { name: "  ".to_owned(), ..person("U") };
        assert_eq!(acts(world, &at, &nameless).await.unwrap().name(), "U-U");
        let long = Author { name: "ñ".repeat(300), ..person("V") };
        assert_eq!(acts(world, &at, &long).await.unwrap().name().chars().count(), 100);
    }

    async fn an_address_is_invited_once(world: &World) {
        invite(world, "ivy@example.com").await;
        let api = Api::of(&world.engine, &world.admin);
        let again = api
            .post("/members", json!({ "name": "Ivy", "email": "IVY@example.com", "role": "viewer" }))
            .await;
        assert_eq!(again.status, 409);
        let none = api.post("/members", json!({ "name": "Ivy", "email": "ivy", "role": "viewer" })).await;
        assert_eq!(none.fields(), ["email"]);
    }

    async fn a_team_needs_a_name_that_can_stand_in_an_address(world: &World) {
        let make = async |slug: &str, name: &str| {
            let mut tx = world.engine.db.begin().await.unwrap();
            create_team(&mut tx, &world.engine.clock, slug, name, JoinPolicy::Open).await
        };
        assert!(
            matches!(make("Acme Inc", "Acme").await, Err(Error::Invalid(errors)) if errors[0].field == "team.slug")
        );
        assert!(
            matches!(make("acme2", "").await, Err(Error::Invalid(errors)) if errors[0].field == "team.name")
        );
        assert!(matches!(make("acme", "Again").await, Err(Error::Conflict(_))));
    }
}
