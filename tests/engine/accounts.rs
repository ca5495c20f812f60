//! Whose account is whose: codes that make a chat account a member's, and who a member is in the ticket system.

use flowpilot::psa::account::{account as psa_account, assign, claim, confirm, waiting};
use flowpilot::psa::link::own_accounts;
use flowpilot::psa::refusal::refuse;
use flowpilot::psa::setup::connection_called;
use flowpilot::store::{ConnectionId, PageRequest};
use flowpilot::surface::What;
use flowpilot::team::{
    self, Author, Caller, JoinPolicy, Member, MemberStatus, NewMember, Role, account, code_for_account,
    code_for_member, link_identity, redeem,
};
use flowpilot::{Clock, Error, Timestamp};

use crate::support::platform::{Chat, deliver, person, thread};
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::{World, on_both_databases, read};

async fn event(world: &World, key: &str, author: &Author, text: &str) {
    deliver(world, key, &thread("c1"), author, What::said(text)).await;
    world.at_rest().await;
}

/// A chat where nobody joins by acting, and Nora is a member already.
async fn by_invitation(world: &World) -> (Chat, Member) {
    let chat = Chat::connect(world).await;
    let (engine, query) = (&world.engine, "UPDATE teams SET join_policy = $1 WHERE id = $2");
    let mut tx = engine.db.begin().await.unwrap();
    flowpilot::store::run!(&mut tx, |c| sqlx::query(query)
        .bind(JoinPolicy::Invitation)
        .bind(world.team)
        .execute(c)
        .await
        .map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    world.work();
    let nora = member(world, "Nora", Some("nora@example.com")).await;
    let mut tx = engine.db.begin().await.unwrap();
    let at = thread("c1").workspace();
    link_identity(&mut tx, &engine.clock, &at, "U-Nora", world.team, nora.id).await.unwrap();
    tx.commit().await.unwrap();
    (chat, nora)
}

async fn member(world: &World, name: &str, email: Option<&str>) -> Member {
    let new = NewMember {
        name: name.to_owned(),
        email: email.map(str::to_owned),
        role: Role::Engineer,
        status: MemberStatus::Active,
    };
    let mut tx = world.engine.db.begin().await.unwrap();
    let member = team::add_member(&mut tx, &world.engine.clock, world.team, new).await.unwrap();
    tx.commit().await.unwrap();
    member
}

async fn acts_as(world: &World, account_id: &str) -> Option<String> {
    let at = thread("c1").workspace();
    account(&world.engine.db, world.team, &at, account_id).await.unwrap().map(|member| member.name)
}

/// The code in what somebody was told.
fn code_in(told: &str) -> String {
    told.split('`').nth(1).unwrap().strip_prefix("link ").unwrap().to_owned()
}

/// The team's one connection.
async fn connection(world: &World) -> ConnectionId {
    connection_called(&world.engine, &world.admin, None).await.unwrap().id
}

on_both_databases! {
    async fn link_says_who_somebody_is(world: &World) {
        let (chat, _) = by_invitation(world).await;
        event(world, "1", &person("Nora"), "link").await;
        let told = chat.whispers("U-Nora").pop().unwrap();
        for part in ["You are Nora, engineer, nora@example.com.", "- Slack (Acme)", "write `link me` there"] {
            assert!(told.contains(part), "{part:?} is missing: {told}");
        }
    }

    async fn an_account_becomes_a_members_when_the_member_confirms_its_code(world: &World) {
        let (chat, _) = by_invitation(world).await;
        event(world, "1", &person("Phone"), "link").await;
        let code = code_in(&chat.whispers("U-Phone")[0]);
        assert_eq!(acts_as(world, "U-Phone").await, None);
        event(world, "2", &person("Nora"), &format!("link {code}")).await;
        assert!(chat.whispers("U-Nora")[0].contains("the account Phone now acts as Nora"));
        assert_eq!(acts_as(world, "U-Phone").await.as_deref(), Some("Nora"));
        event(world, "3", &person("Nora"), &format!("link {code}")).await;
        assert!(chat.whispers("U-Nora")[1].contains("ask for a new one"), "{:?}", chat.whispers("U-Nora"));
    }

    async fn a_code_is_confirmed_by_nobody_but_a_member(world: &World) {
        let (chat, _) = by_invitation(world).await;
        event(world, "1", &person("Phone"), "link me").await;
        let code = code_in(&chat.whispers("U-Phone")[0]);
        event(world, "2", &person("Eve"), &format!("link {code}")).await;
        event(world, "3", &person("Phone"), &format!("link {code}")).await;
        assert!(chat.whispers("U-Eve")[0].contains("a member already"), "{:?}", chat.whispers("U-Eve"));
        assert!(chat.whispers("U-Phone")[1].contains("the account that asked"));
        assert_eq!((acts_as(world, "U-Phone").await, acts_as(world, "U-Eve").await), (None, None));
        event(world, "4", &person("Nora"), &format!("link: {code}")).await;
        assert_eq!(acts_as(world, "U-Phone").await.as_deref(), Some("Nora"));
    }

    async fn a_code_stands_in_no_table(world: &World) {
        let (chat, _) = by_invitation(world).await;
        event(world, "1", &person("Phone"), "link").await;
        let code = code_in(&chat.whispers("U-Phone")[0]);
        let payloads = "SELECT CAST(payload AS TEXT) FROM outbox";
        let rows: Vec<String> =
            read!(&world.engine.db, |c| sqlx::query_scalar(payloads).fetch_all(c).await).unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| !row.contains(&code)), "{rows:?}");
        let hashes = "SELECT code_hash FROM link_codes";
        let rows: Vec<String> =
            read!(&world.engine.db, |c| sqlx::query_scalar(hashes).fetch_all(c).await).unwrap();
        assert!(rows.len() == 1 && rows[0].len() == 64, "{rows:?}");
    }

    async fn a_code_ends_after_ten_minutes_and_is_its_own_teams(world: &World) {
        let (_, nora) = by_invitation(world).await;
        let (engine, at) = (&world.engine, thread("c1").workspace());
        let code = code_for_account(engine, world.team, &at, &person("Phone")).await.unwrap();
        let later = Clock::fixed(Timestamp(engine.clock.now().0 + 601_000));
        for (clock, team) in [(&later, world.team), (&engine.clock, world.other_team().await.team)] {
            let mut tx = engine.db.begin().await.unwrap();
            let refused = redeem(&mut tx, clock, team, &at, &person("Nora"), &code).await.unwrap_err();
            assert!(matches!(refused, Error::Invalid(_)), "{refused}");
        }
        let mut tx = engine.db.begin().await.unwrap();
        let done = redeem(&mut tx, &engine.clock, world.team, &at, &person("Nora"), &code).await.unwrap();
        assert_eq!((done.account.as_deref(), done.member), (Some("Phone"), nora.name));
    }

    async fn an_admins_code_lets_a_new_account_in(world: &World) {
        let (chat, nora) = by_invitation(world).await;
        let refused = code_for_member(&world.engine, &world.engineer, nora.id).await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        let code = code_for_member(&world.engine, &world.admin, nora.id).await.unwrap();
        event(world, "1", &person("Tablet"), &format!("link {code}")).await;
        assert!(chat.whispers("U-Tablet")[0].contains("now acts as Nora"), "{:?}", chat.whispers("U-Tablet"));
        assert_eq!(acts_as(world, "U-Tablet").await.as_deref(), Some("Nora"));
        event(world, "2", &person("Eve"), &format!("link {code}")).await;
        assert_eq!(acts_as(world, "U-Eve").await, None);
    }

    async fn a_matching_address_proves_who_somebody_is_in_the_ticket_system(world: &World) {
        let system = TicketSystem::connect(world).await;
        let jamie = Caller::of(&member(world, "Jamie", Some("jnovak@msp.example.com")).await);
        let linked = claim(&world.engine, &jamie, None, " JNovak ").await.unwrap();
        assert_eq!((linked.identifier.as_str(), linked.name.as_str()), ("jnovak", "Jamie Novak"));
        assert!(linked.confirmed_at.is_some());
        assert_eq!(psa_account(&world.engine.db, world.team, jamie.member()).await.unwrap(), Some(linked));
        drop(system);
    }

    async fn without_proof_an_admin_has_to_confirm_it(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let claimed = claim(&world.engine, &world.engineer, None, "jnovak").await.unwrap();
        assert_eq!(claimed.confirmed_at, None);
        let eli = team::member(&world.engine.db, world.team, world.engineer.member()).await.unwrap().unwrap();
        let refused = assign(&world.engine, &world.engineer, &eli, None, "jnovak").await.unwrap_err();
        assert!(matches!(refused, Error::Forbidden(_)), "{refused}");
        assert!(assign(&world.engine, &world.admin, &eli, None, "jnovak").await.unwrap().confirmed_at.is_some());
        let again = claim(&world.engine, &world.engineer, None, "jnovak").await.unwrap();
        assert!(again.confirmed_at.is_some(), "what was confirmed stays so");
    }

    async fn an_admin_sees_who_waits_and_confirms_them(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let (engine, eli) = (&world.engine, world.engineer.member());
        let said = claim(engine, &world.engineer, None, "jnovak").await.unwrap();
        let listed = waiting(&engine.db, &world.admin, connection, PageRequest::first()).await.unwrap().items;
        assert_eq!((listed.len(), listed[0].member.as_str()), (1, "Eli Engineer"));
        assert_eq!((listed[0].identifier.as_str(), listed[0].name.as_str()), ("jnovak", "Jamie Novak"));
        for _ in 0..2 {
            confirm(engine, &world.admin, connection, eli, &said.external_id).await.unwrap();
        }
        let now = psa_account(&engine.db, world.team, eli).await.unwrap().unwrap();
        assert!(now.confirmed_at.is_some());
        assert!(waiting(&engine.db, &world.admin, connection, PageRequest::first()).await.unwrap().items.is_empty());
    }

    async fn an_account_that_an_admin_refuses_is_forgotten(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let (engine, eli) = (&world.engine, world.engineer.member());
        let said = claim(engine, &world.engineer, None, "jnovak").await.unwrap();
        refuse(engine, &world.admin, connection, eli, &said.external_id).await.unwrap();
        assert_eq!(psa_account(&engine.db, world.team, eli).await.unwrap(), None);
        let late = confirm(engine, &world.admin, connection, eli, &said.external_id).await.unwrap_err();
        assert!(matches!(late, Error::Conflict(_)), "{late}");
    }

    async fn what_an_admin_confirms_is_what_they_saw(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let (engine, eli) = (&world.engine, world.engineer.member());
        let seen = claim(engine, &world.engineer, None, "jnovak").await.unwrap();
        claim(engine, &world.engineer, None, "spatel").await.unwrap();
        let refused = confirm(engine, &world.admin, connection, eli, &seen.external_id).await.unwrap_err();
        assert!(matches!(refused, Error::Conflict(_)), "{refused}");
        let now = psa_account(&engine.db, world.team, eli).await.unwrap().unwrap();
        assert_eq!((now.identifier.as_str(), now.confirmed_at), ("spatel", None));
    }

    async fn of_two_who_say_to_be_the_same_one_is_confirmed(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let engine = &world.engine;
        let nora = Caller::of(&member(world, "Nora", None).await);
        let said = claim(engine, &world.engineer, None, "jnovak").await.unwrap();
        claim(engine, &nora, None, "jnovak").await.unwrap();
        confirm(engine, &world.admin, connection, nora.member(), &said.external_id).await.unwrap();
        let second = confirm(engine, &world.admin, connection, world.engineer.member(), &said.external_id).await;
        assert!(matches!(&second, Err(Error::Conflict(why)) if why.contains("linked to Nora")), "{second:?}");
    }

    async fn only_admins_of_the_team_decide_who_is_who(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let connection = connection(world).await;
        let (engine, eli) = (&world.engine, world.engineer.member());
        let said = claim(engine, &world.engineer, None, "jnovak").await.unwrap();
        let own = confirm(engine, &world.engineer, connection, eli, &said.external_id).await.unwrap_err();
        assert!(matches!(own, Error::Forbidden(_)), "{own}");
        assert!(waiting(&engine.db, &world.engineer, connection, PageRequest::first()).await.is_err());
        let other = world.other_team().await.admin;
        assert!(waiting(&engine.db, &other, connection, PageRequest::first()).await.unwrap().items.is_empty());
        assert!(confirm(engine, &other, connection, eli, &said.external_id).await.is_err());
        assert!(refuse(engine, &other, connection, eli, &said.external_id).await.is_err());
        assert_eq!(psa_account(&engine.db, world.team, eli).await.unwrap(), Some(said));
    }

    async fn whoever_posts_a_note_without_their_name_is_told_once_how_it_carries_it(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let chat = Chat::connect(world).await;
        world.work();
        let started = What::started(Some(TICKET.to_owned()), None);
        deliver(world, "1", &thread("c1"), &person("Nora"), started).await;
        world.at_rest().await;
        let words = ["fix: Push the cable in", "apply", "worked", "resolve", "post", "resume", "resolve", "post"];
        for (n, words) in words.into_iter().enumerate() {
            event(world, &format!("w{n}"), &person("Nora"), words).await;
        }
        let told = chat.whispers("U-Nora");
        let offers: Vec<_> = told.iter().filter(|text| text.contains("link: psa NAME")).collect();
        assert_eq!(offers.len(), 1, "{told:?}");
        assert!(offers[0].contains("ticket #10421 carries FlowPilot's own name"), "{}", offers[0]);
    }

    async fn unlink_takes_back_who_somebody_is_and_says_how_to_undo_it(world: &World) {
        let (system, (chat, nora)) = (TicketSystem::connect(world).await, by_invitation(world).await);
        event(world, "1", &person("Nora"), "unlink").await;
        event(world, "2", &person("Nora"), "link: psa jnovak").await;
        event(world, "3", &person("Nora"), "unlink").await;
        let told = chat.whispers("U-Nora");
        assert_eq!(told[0], "No account of the ticket system is linked to you.");
        assert!(told[2].starts_with("Unlinked: you are not jnovak in Sandbox any more"), "{}", told[2]);
        assert!(told[2].ends_with("`link: psa jnovak`."), "{}", told[2]);
        assert_eq!(psa_account(&world.engine.db, world.team, nora.id).await.unwrap(), None);
        drop(system);
    }

    async fn with_two_ticket_systems_both_ways_ask_which_one(world: &World) {
        let (first, second) = (TicketSystem::connect(world).await, TicketSystem::start().await);
        second.save_connection_as(world, "Second", "private").await;
        let (chat, nora) = by_invitation(world).await;
        let nora = Caller::of(&nora);
        let words = [
            "link: psa jnovak",
            "link: psa jnovak in Third",
            "link: psa jnovak in second",
            "link: psa spatel in Sandbox",
            "unlink",
            "unlink: Third",
            "unlink: sandbox",
        ];
        for (n, words) in words.into_iter().enumerate() {
            event(world, &format!("w{n}"), &person("Nora"), words).await;
        }
        let told = chat.whispers("U-Nora");
        assert!(told[0].contains("must be named") && told[0].contains("Sandbox or Second"), "{}", told[0]);
        assert!(told[1].contains("is not there; there is Sandbox or Second"), "{}", told[1]);
        assert!(told[4].contains("must say where") && told[5].contains("takes the name of a connection"), "{told:?}");
        assert!(told[6].ends_with("`link: psa spatel in Sandbox`."), "{}", told[6]);
        let own = own_accounts(&world.engine, &nora).await.unwrap();
        let own: Vec<_> = own.iter().map(|it| (it.connection.as_str(), it.identifier.as_str())).collect();
        assert_eq!(own, [("Second", "jnovak")]);
        drop((first, second));
    }

    async fn one_member_of_the_ticket_system_is_one_members(world: &World) {
        let _system = TicketSystem::connect(world).await;
        let jamie = Caller::of(&member(world, "Jamie", Some("jnovak@msp.example.com")).await);
        claim(&world.engine, &jamie, None, "jnovak").await.unwrap();
        let taken = claim(&world.engine, &world.engineer, None, "jnovak").await.unwrap_err();
        assert!(matches!(&taken, Error::Conflict(why) if why.contains("linked to Jamie already")), "{taken}");
        let eli = team::member(&world.engine.db, world.team, world.engineer.member()).await.unwrap().unwrap();
        assign(&world.engine, &world.admin, &eli, None, "jnovak").await.unwrap();
        assert_eq!(psa_account(&world.engine.db, world.team, jamie.member()).await.unwrap(), None);
    }

    async fn only_a_person_whom_the_ticket_system_knows_can_be_linked(world: &World) {
        let _system = TicketSystem::connect(world).await;
        for wrong in ["nobody", "FlowPilotAPI", "", "x\" or identifier=\"jnovak", &"x".repeat(61)] {
            let refused = claim(&world.engine, &world.engineer, None, wrong).await.unwrap_err();
            assert!(matches!(&refused, Error::Invalid(e) if e[0].field == "identifier"), "{wrong}: {refused}");
        }
        assert!(claim(&world.engine, &world.viewer, None, "jnovak").await.is_err());
    }

    async fn a_note_carries_the_name_of_who_posted_it(world: &World) {
        let system = TicketSystem::connect(world).await;
        world.work();
        let eli = team::member(&world.engine.db, world.team, world.engineer.member()).await.unwrap().unwrap();
        assign(&world.engine, &world.admin, &eli, None, "spatel").await.unwrap();
        let id = system.session(world).await;
        for words in ["/fix Push the cable in", "/apply", "/worked", "/resolve", "/post"] {
            world.say(id, words).await;
        }
        world.at_rest().await;
        assert_eq!(system.authors().await, [Some("spatel".to_owned())]);
    }

    async fn a_note_is_posted_also_when_its_author_has_left_the_ticket_system(world: &World) {
        let system = TicketSystem::connect(world).await;
        world.work();
        let eli = team::member(&world.engine.db, world.team, world.engineer.member()).await.unwrap().unwrap();
        assign(&world.engine, &world.admin, &eli, None, "spatel").await.unwrap();
        let mut tx = world.engine.db.begin().await.unwrap();
        let left = "UPDATE psa_accounts SET external_id = '4711', identifier = 'gone'";
        flowpilot::store::run!(&mut tx, |c| sqlx::query(left).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let id = system.session(world).await;
        for words in ["/fix Push the cable in", "/apply", "/worked", "/resolve", "/post"] {
            world.say(id, words).await;
        }
        world.at_rest().await;
        assert_eq!(system.authors().await.len(), 1);
    }
}
