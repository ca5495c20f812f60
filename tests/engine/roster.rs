//! The members of a ticket system and who they are: unknown ones first, proposed, confirmed, refused and taken back.

use axum::http::Method;
use flowpilot::Error;
use flowpilot::psa::account::{account as psa_account, claim};
use flowpilot::psa::link::{link, own_accounts, unlink};
use flowpilot::psa::refusal::refuse;
use flowpilot::psa::roster::{LinkState, ProposalReason, RosterEntry, roster};
use flowpilot::psa::setup::connection_called;
use flowpilot::store::{ConnectionId, MemberId};
use flowpilot::team::{self, Caller, Member, MemberStatus, NewMember, Role};
use serde_json::json;

use crate::support::api::Api;
use crate::support::psa::TicketSystem;
use crate::support::{World, on_both_databases};

async fn connection(world: &World) -> ConnectionId {
    connection_called(&world.engine, &world.admin, Some("Sandbox")).await.unwrap().id
}

async fn member(world: &World, name: &str, email: &str) -> Member {
    let new = NewMember {
        name: name.to_owned(),
        email: Some(email.to_owned()),
        role: Role::Engineer,
        status: MemberStatus::Active,
    };
    let mut tx = world.engine.db.begin().await.unwrap();
    let member = team::add_member(&mut tx, &world.engine.clock, world.team, new).await.unwrap();
    tx.commit().await.unwrap();
    member
}

/// Everybody, page by page.
async fn all(world: &World, connection: ConnectionId, limit: i64) -> Vec<RosterEntry> {
    let (mut entries, mut cursor) = (Vec::new(), None);
    loop {
        let page = roster(&world.engine, &world.admin, connection, cursor.as_deref(), limit).await.unwrap();
        entries.extend(page.items);
        cursor = page.next_cursor;
        if cursor.is_none() {
            return entries;
        }
    }
}

async fn called(world: &World, connection: ConnectionId, identifier: &str) -> RosterEntry {
    all(world, connection, 50).await.into_iter().find(|it| it.identifier == identifier).unwrap()
}

fn proposed(entry: &RosterEntry) -> Vec<(MemberId, ProposalReason)> {
    entry.proposals.iter().map(|it| (it.member_id, it.reason)).collect()
}

on_both_databases! {
    async fn those_whom_nobody_is_come_first_and_programs_not_at_all(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let rivera = called(world, connection, "arivera").await;
        link(&world.engine, &world.admin, connection, &rivera.external_id, world.engineer.member()).await.unwrap();
        for limit in [1, 2, 3, 50] {
            let names: Vec<String> = all(world, connection, limit).await.into_iter().map(|it| it.identifier).collect();
            assert_eq!(names, ["jnovak", "spatel", "arivera"], "{limit} a page");
        }
        let linked = called(world, connection, "arivera").await;
        assert_eq!((linked.state, linked.member.as_deref()), (LinkState::Confirmed, Some("Eli Engineer")));
        assert!(linked.confirmed_at.is_some());
    }

    async fn the_same_address_and_what_somebody_said_are_proposals(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let jamie = member(world, "Jamie", "JNovak@msp.example.com").await;
        claim(&world.engine, &world.engineer, None, "spatel").await.unwrap();
        let novak = called(world, connection, "jnovak").await;
        assert_eq!((novak.state, proposed(&novak)), (LinkState::Proposed, vec![(jamie.id, ProposalReason::Email)]));
        let patel = called(world, connection, "spatel").await;
        assert_eq!(proposed(&patel), [(world.engineer.member(), ProposalReason::Said)]);
        assert_eq!(called(world, connection, "arivera").await.state, LinkState::None);
    }

    async fn a_proposal_counts_once_an_admin_confirms_it(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let jamie = member(world, "Jamie", "jnovak@msp.example.com").await;
        assert_eq!(psa_account(&world.engine.db, world.team, jamie.id).await.unwrap(), None);
        let novak = called(world, connection, "jnovak").await;
        for _ in 0..2 {
            link(&world.engine, &world.admin, connection, &novak.external_id, jamie.id).await.unwrap();
        }
        assert!(psa_account(&world.engine.db, world.team, jamie.id).await.unwrap().unwrap().confirmed_at.is_some());
        assert_eq!(called(world, connection, "jnovak").await.state, LinkState::Confirmed);
    }

    async fn what_an_admin_refused_is_not_proposed_again_and_no_address_proves_it(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let jamie = member(world, "Jamie", "jnovak@msp.example.com").await;
        let novak = called(world, connection, "jnovak").await;
        for _ in 0..2 {
            refuse(&world.engine, &world.admin, connection, jamie.id, &novak.external_id).await.unwrap();
        }
        assert_eq!(called(world, connection, "jnovak").await.state, LinkState::None);
        let said = claim(&world.engine, &Caller::of(&jamie), None, "jnovak").await.unwrap();
        assert_eq!(said.confirmed_at, None, "it waits for an admin");
        assert_eq!(proposed(&called(world, connection, "jnovak").await), [(jamie.id, ProposalReason::Said)]);
        link(&world.engine, &world.admin, connection, &novak.external_id, jamie.id).await.unwrap();
        let late = refuse(&world.engine, &world.admin, connection, jamie.id, &novak.external_id).await.unwrap_err();
        assert!(matches!(late, Error::Conflict(_)), "{late}");
    }

    async fn neither_side_is_linked_twice(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let (engine, connection) = (&world.engine, connection(world).await);
        let (novak, patel) = (called(world, connection, "jnovak").await, called(world, connection, "spatel").await);
        let nora = member(world, "Nora", "nora@msp.example.com").await;
        let eli = world.engineer.member();
        link(engine, &world.admin, connection, &novak.external_id, eli).await.unwrap();
        for (external_id, whose) in [(&novak.external_id, nora.id), (&patel.external_id, eli)] {
            let taken = link(engine, &world.admin, connection, external_id, whose).await.unwrap_err();
            assert!(matches!(&taken, Error::Conflict(why) if why.contains("already")), "{taken}");
        }
    }

    async fn only_people_of_the_ticket_system_are_linked(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        for unknown in ["0", "999999", "x", "1 or id>0"] {
            let refused = link(&world.engine, &world.admin, connection, unknown, world.engineer.member()).await;
            assert!(matches!(refused, Err(Error::NotFound(_))), "{unknown}: {refused:?}");
        }
    }

    async fn a_link_is_taken_back_by_an_admin_or_by_whoever_it_is(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let (engine, connection) = (&world.engine, connection(world).await);
        let novak = called(world, connection, "jnovak").await;
        let nora = Caller::of(&member(world, "Nora", "nora@msp.example.com").await);
        for by in [&world.admin, &world.engineer] {
            link(engine, &world.admin, connection, &novak.external_id, world.engineer.member()).await.unwrap();
            let others = unlink(engine, &nora, connection, &novak.external_id).await.unwrap_err();
            assert!(matches!(others, Error::Conflict(_)), "{others}");
            assert_eq!(own_accounts(engine, &world.engineer).await.unwrap()[0].identifier, "jnovak");
            unlink(engine, by, connection, &novak.external_id).await.unwrap();
            assert!(own_accounts(engine, &world.engineer).await.unwrap().is_empty());
        }
    }

    async fn each_connection_has_its_own_links(world: &World) {
        let (_system, other) = (TicketSystem::connect(world).await, TicketSystem::start().await);
        let connection = connection(world).await;
        let second = other.save_connection_as(world, "Second", "private").await;
        let novak = called(world, connection, "jnovak").await;
        assert_eq!(called(world, second, "jnovak").await.external_id, novak.external_id, "ids repeat");
        let nora = member(world, "Nora", "nora@msp.example.com").await;
        link(&world.engine, &world.admin, connection, &novak.external_id, world.engineer.member()).await.unwrap();
        link(&world.engine, &world.admin, second, &novak.external_id, nora.id).await.unwrap();
        unlink(&world.engine, &world.admin, second, &novak.external_id).await.unwrap();
        assert_eq!(called(world, connection, "jnovak").await.state, LinkState::Confirmed);
        assert_eq!(called(world, second, "jnovak").await.state, LinkState::None);
    }

    async fn a_cursor_of_another_list_is_refused(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        for foreign in ["x", "b3BlbjpiZWxvdzox", "bGlua2VkOng", "💥"] {
            let refused = roster(&world.engine, &world.admin, connection, Some(foreign), 10).await.unwrap_err();
            assert!(matches!(&refused, Error::Invalid(e) if e[0].field == "cursor"), "{foreign}: {refused}");
        }
    }

    async fn the_api_lists_links_refuses_and_unlinks(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let path = format!("/psa/connections/{}/members", connection(world).await);
        let (admin, eli) = (Api::of(&world.engine, &world.admin), Api::of(&world.engine, &world.engineer));
        let said = eli.post("/me/psa-accounts", json!({ "identifier": "jnovak" })).await;
        assert_eq!((said.status, &said.body["confirmed_at"]), (200, &json!(null)));
        let listed = admin.get(&path).await.body;
        let entry = listed["items"].as_array().unwrap().iter().find(|it| it["identifier"] == "jnovak").unwrap();
        assert_eq!((&entry["state"], &entry["proposals"][0]["reason"]), (&json!("proposed"), &json!("said")));
        let one = format!("{path}/{}", entry["external_id"].as_str().unwrap());
        let eli_is = json!({ "member_id": world.engineer.member() });
        assert_eq!(admin.post(&format!("{one}/refuse"), eli_is.clone()).await.status, 204);
        assert_eq!(admin.send(Method::PUT, &one, Some(eli_is.clone()), &[]).await.status, 200);
        assert_eq!(admin.post(&format!("{one}/refuse"), eli_is).await.status, 409);
        assert_eq!(eli.get("/me/psa-accounts").await.body["items"][0]["identifier"], "jnovak");
        assert_eq!(eli.delete(&one).await.status, 204);
        assert_eq!(eli.delete(&one).await.status, 409);
        assert_eq!(eli.get(&path).await.status, 403);
    }
}
