//! The screen pod: who is let in, what they see, and that what they do is the same as in the thread. The ticket system
//! answers over real HTTP.

use std::time::Duration;

use axum::http::Method;
use flowpilot::copilot::{self, Beginning};
use flowpilot::session::SessionStatus;
use flowpilot::store::SessionId;
use flowpilot::surface::{CardKind, CardState};
use flowpilot::{Clock, Timestamp};
use serde_json::{Value, json};

use crate::support::platform::{Chat, Shown, thread};
use crate::support::pod::{Page, Pod, claim};
use crate::support::psa::{TICKET, TicketSystem};
use crate::support::{World, fix, on_both_databases};

/// A ticket system whose Jamie is the team's engineer and whose Sam is its viewer.
async fn connected(world: &World) -> TicketSystem {
    let system = TicketSystem::connect(world).await;
    system.link(world, "jnovak", &world.engineer).await;
    system.link(world, "spatel", &world.viewer).await;
    system
}

/// A session about the ticket, in a chat thread, with a fix to decide about.
async fn suggested(world: &World) -> (Chat, SessionId) {
    let chat = Chat::connect(world).await;
    world.work();
    let beginning = Beginning::new(thread("t1"), Some(TICKET.to_owned()), None);
    let id = copilot::begin(&world.engine, &world.engineer, beginning).await.unwrap().id;
    let mut tx = world.change(id).await;
    tx.suggest_fix(fix("Plug the headset in")).await.unwrap();
    tx.commit(None).await.unwrap();
    world.at_rest().await;
    (chat, id)
}

/// The card of a kind that the page shows.
fn card<'a>(state: &'a Value, kind: &str) -> &'a Value {
    let cards = state["session"]["cards"].as_array().unwrap();
    cards.iter().find(|card| card["kind"] == kind).unwrap_or_else(|| panic!("no {kind} card in {state:#}"))
}

async fn press(page: &Page<'_>, kind: &str, action: &str, version: i64) -> crate::support::api::Answer {
    let state = page.state().await;
    let id = card(&state, kind)["id"].as_str().unwrap().to_owned();
    page.act(&format!("cards/{id}/actions"), json!({ "action": action, "state_version": version })).await
}

on_both_databases! {
    async fn the_page_is_framed_by_the_teams_own_ticket_system_only(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.send(Method::GET, "/pod/acme?id=10421&screen=ticket", None, &[]).await;
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.ends_with(&format!("frame-ancestors {}", system.origin())), "{policy}");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
        assert!(!page.headers.contains_key("x-frame-options") && !page.headers.contains_key("set-cookie"));
        assert_eq!((&page.headers["referrer-policy"], &page.headers["cache-control"]), (&"no-referrer".parse().unwrap(), &"no-store".parse().unwrap()));
        assert!(page.body.as_str().unwrap().contains(&system.origin()), "the page knows who may speak to it");
    }

    async fn nothing_else_is_framed(world: &World) {
        connected(world).await;
        world.other_team().await;
        let pod = Pod::of(&world.engine);
        for path in ["/pod/other", "/pod/nobody", "/pod/acme/state", "/pod/_/assets/none.js"] {
            let answer = pod.send(Method::GET, path, None, &[]).await;
            let policy = answer.headers["content-security-policy"].to_str().unwrap();
            assert!(policy.ends_with("frame-ancestors 'none'"), "{path}: {policy}");
            assert_eq!(answer.headers["x-frame-options"], "DENY", "{path}");
        }
    }

    async fn a_member_whom_the_ticket_system_confirms_sees_the_session_of_the_ticket(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let answer = pod.claim(&claim(&system, "jnovak", TICKET).await).await;
        assert_eq!(answer.body["me"], json!({ "name": "Eli Engineer", "role": "engineer", "may_work": true }));
        assert_eq!(answer.body["ticket"]["summary"], "Silence in every call");
        assert!(answer.body["expires_in"].as_u64().unwrap() <= 15 * 60);
        let page = pod.with_token(answer.body["token"].as_str().unwrap());
        assert_eq!(page.state().await["session"], Value::Null);
        system.session(world).await;
        let state = page.state().await;
        assert_eq!(state["session"]["title"], "Silence in every call");
    }

    async fn a_session_is_started_in_the_pod_once(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let (here, there) =
            (pod.enter(&system, "jnovak", TICKET).await, pod.enter(&system, "jnovak", TICKET).await);
        let (first, second) =
            tokio::join!(here.post("/sessions", json!({})), there.post("/sessions", json!({})));
        let mut statuses = [first.status, second.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409]);
        let (mine, theirs) = (here.state().await, there.state().await);
        assert_eq!(mine["session"]["id"], theirs["session"]["id"]);
        assert_eq!(mine["session"]["owner_name"], "Eli Engineer");
    }

    async fn a_forged_claim_lets_nobody_in_and_is_asked_about_once_a_minute(world: &World) {
        let system = connected(world).await;
        let clock = Clock::fixed(Timestamp(1_795_000_000_000));
        let pod = Pod::of(&world.at(clock.clone()).await);
        let mut forged = claim(&system, "jnovak", TICKET).await;
        forged["hash"] = json!("4f1c9a2e-guess");
        for _ in 0..5 {
            let answer = pod.claim(&forged).await;
            assert_eq!((answer.status, answer.body.get("ticket")), (403, None));
        }
        // Once in each form.
        assert_eq!(system.asked_who().await, 2);
        clock.advance(Duration::from_secs(61));
        assert_eq!(pod.claim(&forged).await.status, 403);
        assert_eq!(system.asked_who().await, 4);
    }

    async fn the_hash_of_one_member_proves_no_other(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let mut borrowed = claim(&system, "spatel", TICKET).await;
        borrowed["member"] = json!("jnovak");
        assert_eq!(pod.claim(&borrowed).await.status, 403);
    }

    async fn what_cannot_stand_in_a_header_is_refused_and_goes_nowhere(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let honest = claim(&system, "jnovak", TICKET).await;
        for (part, odd) in
            [("member", "jnovak; memberId=arivera"), ("member", "j:n"), ("hash", "short"), ("context", "web\r\nX: y")]
        {
            let mut claim = honest.clone();
            claim[part] = json!(odd);
            assert_eq!(pod.claim(&claim).await.status, 403, "{odd:?}");
        }
        assert_eq!(system.asked_who().await, 0);
    }

    async fn each_form_in_which_a_server_takes_the_hash_is_tried(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        for accepted in ["cookie", "encoded_cookie", "password"] {
            let mut forms = json!({ "cookie": false, "encoded_cookie": false, "password": false });
            forms[accepted] = json!(true);
            system.control("member-credentials", forms).await;
            pod.enter(&system, "jnovak", TICKET).await;
        }
    }

    async fn a_confirmed_claim_is_not_asked_about_again_for_five_minutes(world: &World) {
        let system = connected(world).await;
        let clock = Clock::fixed(Timestamp(1_795_000_000_000));
        let pod = Pod::of(&world.at(clock.clone()).await);
        let claim = claim(&system, "jnovak", TICKET).await;
        let ten = std::iter::repeat_with(|| pod.claim(&claim)).take(10);
        let answers = futures_util::future::join_all(ten).await;
        assert!(answers.iter().all(|answer| answer.status == 200));
        assert_eq!(system.asked_who().await, 1, "ten tabs ask once");
        clock.advance(Duration::from_secs(301));
        assert_eq!(pod.claim(&claim).await.status, 200);
        assert_eq!(system.asked_who().await, 2);
    }

    async fn a_member_who_signed_out_is_let_in_no_more(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let claim = claim(&system, "jnovak", TICKET).await;
        assert_eq!(pod.claim(&claim).await.status, 200);
        system.sign_out("jnovak").await;
        assert_eq!(pod.claim(&claim).await.status, 403, "the ticket is read with the same hash each time");
    }

    async fn too_many_wrong_claims_are_not_asked_about(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let mut forged = claim(&system, "jnovak", TICKET).await;
        for guess in 0..10 {
            forged["hash"] = json!(format!("guess-number-{guess}"));
            assert_eq!(pod.claim(&forged).await.status, 403);
        }
        forged["hash"] = json!("guess-number-10");
        let asked = system.asked_who().await;
        let answer = pod.claim(&forged).await;
        assert_eq!((answer.status, &answer.headers["retry-after"]), (429, &"60".parse().unwrap()));
        assert_eq!(system.asked_who().await, asked);
        pod.enter(&system, "spatel", TICKET).await;
    }

    async fn a_ticket_system_that_is_down_lets_nobody_in_and_nothing_is_remembered(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let claim = claim(&system, "jnovak", TICKET).await;
        for fault in [json!({ "kind": "drop_before" }), json!({ "kind": "status", "status": 503 })] {
            let mut fault = fault;
            fault["path_contains"] = json!("myMembers");
            fault["times"] = json!(20);
            system.fault(fault).await;
            assert_eq!(pod.claim(&claim).await.status, 502);
            system.mend().await;
        }
        assert_eq!(pod.claim(&claim).await.status, 200);
    }

    async fn a_ticket_that_the_member_may_not_see_is_told_like_one_that_is_not_there(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        system.control("members/jnovak/hidden-tickets", json!({ "tickets": [10_421] })).await;
        let hidden = pod.claim(&claim(&system, "jnovak", TICKET).await).await;
        let missing = pod.claim(&claim(&system, "jnovak", "99999").await).await;
        let odd = pod.claim(&claim(&system, "jnovak", "../members").await).await;
        assert_eq!((hidden.status, missing.status, odd.status), (403, 403, 403));
        assert_eq!((hidden.detail(), odd.detail()), (missing.detail(), missing.detail()));
    }

    async fn a_frame_that_is_not_the_teams_is_not_served(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let mut foreign = claim(&system, "jnovak", TICKET).await;
        foreign["origin"] = json!("https://na.myconnectwise.net.evil.example");
        assert_eq!(pod.claim(&foreign).await.status, 404);
        assert_eq!(system.asked_who().await, 0);
        let mut more = claim(&system, "jnovak", TICKET).await;
        more["site"] = json!("https://evil.example");
        assert_eq!(pod.claim(&more).await.status, 422, "where to ask is never the page's to say");
    }

    async fn a_token_is_of_one_ticket_and_one_team(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        let other = world.session().await;
        let answer = page.post(&format!("/sessions/{other}/facts"), json!({ "text": "Mine now." })).await;
        assert_eq!(answer.status, 404);
        world.other_team().await;
        let bearer = format!("Bearer {}", page.token());
        for path in ["/pod/other/state", "/api/v1/ai-sessions"] {
            let answer = pod.send(Method::GET, path, None, &[("authorization", &bearer)]).await;
            assert_eq!(answer.status, 401, "{path}");
        }
        let api = world.engine.tokens.issue(&world.engineer, world.engine.clock.now()).unwrap();
        assert_eq!(pod.with_token(&api).send(Method::GET, "/state", None).await.status, 401);
    }

    async fn a_token_ends_within_fifteen_minutes(world: &World) {
        let system = connected(world).await;
        let clock = Clock::fixed(Timestamp(1_795_000_000_000));
        let pod = Pod::of(&world.at(clock.clone()).await);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        clock.advance(Duration::from_secs(599));
        assert_eq!(page.send(Method::GET, "/state", None).await.status, 200);
        clock.advance(Duration::from_secs(1));
        assert_eq!(page.send(Method::GET, "/state", None).await.status, 401);
    }

    async fn somebody_new_joins_as_the_teams_policy_says(world: &World) {
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let answer = pod.claim(&claim(&system, "arivera", TICKET).await).await;
        assert_eq!((&answer.body["me"]["name"], &answer.body["me"]["role"]), (&json!("Alex Rivera"), &json!("engineer")));
        let again = pod.claim(&claim(&system, "ARivera", TICKET).await).await;
        assert_eq!(again.status, 200);
        let members = flowpilot::team::members(&world.engine.db, world.team, flowpilot::store::PageRequest::first());
        let names: Vec<String> = members.await.unwrap().items.into_iter().map(|member| member.name).collect();
        assert_eq!(names.iter().filter(|name| *name == "Alex Rivera").count(), 1);
    }

    async fn a_viewer_reads_and_decides_nothing(world: &World) {
        let system = connected(world).await;
        let (_, id) = suggested(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "spatel", TICKET).await;
        let state = page.state().await;
        assert_eq!(state["me"]["may_work"], false);
        let answer = press(&page, "fix", "one_off", world.version(id).await).await;
        assert_eq!(answer.status, 403);
        assert_eq!(page.post("/sessions", json!({})).await.status, 409);
    }

    async fn a_decision_in_the_pod_edits_the_card_in_the_thread(world: &World) {
        let system = connected(world).await;
        let (chat, id) = suggested(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        assert_eq!(press(&page, "fix", "one_off", world.version(id).await).await.status, 200);
        world.at_rest().await;
        let decided = |shown: &Shown| match shown {
            Shown::Edited(_, card) => {
                card.kind == CardKind::Fix && matches!(&card.state, CardState::Decided { by, .. } if by == "Eli Engineer")
            }
            _ => false,
        };
        assert!(chat.shown().iter().any(decided));
        let state = page.state().await;
        assert_eq!(state["session"]["fix"]["decision"]["decision"], "one_off");
        assert!(state["session"]["cards"].as_array().unwrap().iter().all(|card| card["kind"] != "fix"));
    }

    async fn a_decision_in_the_thread_is_in_the_pod_at_its_next_look(world: &World) {
        let system = connected(world).await;
        let (_, id) = suggested(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        let first = page.state_since("").await;
        let tag = first.headers["etag"].to_str().unwrap().to_owned();
        let unchanged = page.state_since(&tag).await;
        assert_eq!((unchanged.status, unchanged.body.as_str()), (304, Some("")));
        world.press(id, CardKind::Fix, "dismissed").await;
        let changed = page.state_since(&tag).await;
        assert_eq!((changed.status, &changed.body["session"]["fix"]["decision"]["decision"]), (200, &json!("dismissed")));
        assert_ne!(changed.headers["etag"], first.headers["etag"]);
    }

    async fn the_session_of_a_thread_is_linked_and_one_begun_here_opens_nowhere_else(world: &World) {
        world.engine.set_public_url("https://flowpilot.example.com");
        let system = connected(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        page.post("/sessions", json!({})).await;
        assert_eq!(page.state().await["session"]["link"], Value::Null);
        let (_, id) = suggested(world).await;
        let link = format!("https://flowpilot.example.com/s/{id}");
        assert_eq!(page.state().await["session"]["link"], json!(link));
    }

    async fn a_click_on_what_has_moved_on_is_refused(world: &World) {
        let system = connected(world).await;
        let (_, id) = suggested(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        let seen = world.version(id).await;
        world.say(id, "/fact The port is dusty.").await;
        assert_eq!(press(&page, "fix", "one_off", seen).await.status, 409);
        assert_eq!(page.act("resolution-note/post", json!({ "state_version": seen })).await.status, 409);
    }

    async fn a_note_is_previewed_from_the_cache_and_posted_once(world: &World) {
        let system = connected(world).await;
        world.work();
        let id = system.session(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        let fact = page.act("facts", json!({ "text": "The cable was loose.", "state_version": 0 })).await;
        assert_eq!((fact.status, &fact.body["source_label"]), (201, &json!("said by Eli Engineer")));
        let (first, second) = (
            page.act("resolution-note/preview", json!({})).await.body,
            page.act("resolution-note/preview", json!({})).await.body,
        );
        assert_eq!((&first["from_cache"], &second["from_cache"]), (&json!(false), &json!(true)));
        let version = json!({ "state_version": second["state_version"] });
        for _ in 0..2 {
            let posted = page.act("resolution-note/post", version.clone()).await;
            assert_eq!(posted.body["posting"]["status"], "posted", "{posted:?}");
        }
        assert_eq!(system.notes().await.len(), 1);
        assert_eq!(world.case(id).await.session.status, SessionStatus::Resolved);
        let posting = &page.state().await["session"]["posting"];
        assert_eq!((&posting["member_name"], &posting["status"]), (&json!("Eli Engineer"), &json!("posted")));
    }

    async fn only_what_the_page_shows_buttons_for_is_passed_on(world: &World) {
        let system = connected(world).await;
        system.session(world).await;
        let pod = Pod::of(&world.engine);
        let page = pod.enter(&system, "jnovak", TICKET).await;
        for path in ["messages", "suggested-fixes", "cards/../../members"] {
            assert_eq!(page.act(path, json!({ "text": "x" })).await.status, 404, "{path}");
        }
    }
}
