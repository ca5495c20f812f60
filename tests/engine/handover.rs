//! Escalations reach the team: a card in its channel, which one engineer takes the session over with.

use std::collections::BTreeMap;

use flowpilot::escalation::place::{configure, usual};
use flowpilot::note::{NoteKind, post};
use flowpilot::session::{MessageAuthor, SessionStatus, messages};
use flowpilot::store::{CardId, PageRequest, SessionId};
use flowpilot::surface::{Card, CardKind, CardState, ThreadRef, What};
use flowpilot::team::{Platform, link_identity};
use flowpilot::{Error, copilot};

use crate::support::platform::{ARCHIVED, Chat, Shown, deliver, person, thread};
use crate::support::world::until;
use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

/// The team's channel.
const TEAM: &str = "escalations";

async fn event(world: &World, key: &str, at: &ThreadRef, name: &str, what: What) {
    deliver(world, key, at, &person(name), what).await;
    world.at_rest().await;
}

/// A team with a channel, and Nora's session in a thread of its platform.
async fn at_work(world: &World) -> (Chat, SessionId) {
    world.import(&[NO_SOUND, RESTART]).await;
    let chat = Chat::connect(world).await;
    world.work();
    event(world, "begin", &thread("t1"), "Nora", What::said("No sound in calls")).await;
    let session = flowpilot::session::by_thread(&world.engine.db, world.team, &thread("t1")).await.unwrap();
    (chat, session.unwrap().id)
}

async fn configured(world: &World, channel: Option<&str>) {
    let engine = &world.engine;
    configure(&engine.db, &engine.clock, world.team, Platform::Slack, channel).await.unwrap();
}

/// The session escalated by Nora; with the card in the team's channel.
async fn escalated(world: &World) -> (Chat, SessionId, CardId) {
    let (chat, id) = at_work(world).await;
    configured(world, Some(TEAM)).await;
    event(world, "ask", &thread("t1"), "Nora", What::said("/escalate The vendor has to look.")).await;
    event(world, "post", &thread("t1"), "Nora", What::said("/post")).await;
    let [card] = chat.posted_in(TEAM)[..] else { panic!("{:?}", chat.posted_in(TEAM)) };
    (chat, id, card)
}

async fn card(world: &World, id: SessionId, card: CardId) -> Card {
    world.cards(id).await.into_iter().find(|(other, _)| *other == card).unwrap().1
}

fn take(card: CardId) -> What {
    What::Pressed { card, action: "take".to_owned(), fields: BTreeMap::new() }
}

async fn ask(world: &World, id: SessionId, fields: &[(&str, &str)]) -> flowpilot::Result<()> {
    let (head, _) = world.card(id, CardKind::Session).await;
    world.press_card(id, head, "escalate", fields).await.map(|_| ())
}

fn broken(error: Error) -> String {
    let Error::Invalid(rules) = error else { panic!("{error}") };
    rules[0].field.clone()
}

fn labels(card: &Card) -> Vec<(&str, &str)> {
    card.fields.iter().map(|field| (field.label.as_str(), field.value.as_str())).collect()
}

on_both_databases! {
    async fn the_team_sees_one_card_with_the_package_below_it(world: &World) {
        let (chat, id, posted) = escalated(world).await;
        let shown = card(world, id, posted).await;
        assert_eq!((shown.title.as_str(), shown.actions[0].id.as_str()), ("No sound in calls", "take"));
        assert_eq!(shown.badge.unwrap().text, "Escalated, urgency: normal");
        assert!(shown.body.contains("The vendor has to look."), "{}", shown.body);
        assert!(shown.body.contains("https://chat.example.com/t1"), "{}", shown.body);
        let below = chat.posted_in(&format!("{TEAM}:message of {posted}"));
        let [briefing] = below[..] else { panic!("{below:?}") };
        let briefing = card(world, id, briefing).await;
        assert!(briefing.body.contains("Suggested next steps"), "{}", briefing.body);
        assert!(briefing.actions.is_empty());
    }

    async fn posting_again_tells_the_team_nothing_new(world: &World) {
        let (chat, id, _) = escalated(world).await;
        let seen = world.case(id).await.session.state_version;
        post(&world.engine, &world.engineer, NoteKind::Escalation, id, seen).await.unwrap();
        world.at_rest().await;
        assert_eq!(chat.posted_in(TEAM).len(), 1);
    }

    async fn a_card_whose_answer_was_lost_is_there_once_and_its_package_too(world: &World) {
        let (chat, id) = at_work(world).await;
        configured(world, Some(TEAM)).await;
        world.say(id, "/escalate The vendor has to look.").await;
        world.at_rest().await;
        chat.lose_an_answer();
        world.say(id, "/post").await;
        world.at_rest().await;
        let [posted] = chat.posted_in(TEAM)[..] else { panic!("{:?}", chat.shown()) };
        let fresh = |shown: &&Shown| matches!(shown, Shown::Posted(id, _) if *id == posted);
        assert_eq!(chat.shown().iter().filter(fresh).count(), 1);
        assert_eq!(chat.posted_in(&format!("{TEAM}:message of {posted}")).len(), 1);
    }

    async fn without_a_channel_it_is_as_before(world: &World) {
        let (chat, id) = at_work(world).await;
        world.say(id, "/escalate The vendor has to look.").await;
        world.say(id, "/post").await;
        world.at_rest().await;
        assert_eq!(world.case(id).await.session.status, SessionStatus::Escalated);
        assert_eq!(chat.posted_in("t1").len(), world.cards(id).await.len());
    }

    async fn a_form_says_where_and_how_urgent_and_the_choice_is_remembered(world: &World) {
        let (chat, id) = at_work(world).await;
        configured(world, Some(TEAM)).await;
        let fields = [("place", "night-shift"), ("urgency", "critical"), ("reason", "Nobody can call.")];
        ask(world, id, &fields).await.unwrap();
        assert_eq!(world.facts(id).await, ["Escalation requested, urgency critical: Nobody can call."]);
        let (_, preview) = world.open_card(id, CardKind::Note).await;
        assert!(labels(&preview).contains(&("Urgency", "Critical")), "{:?}", preview.fields);
        assert!(labels(&preview).contains(&("Told to the team in", "#night-shift")), "{:?}", preview.fields);
        world.say(id, "/post").await;
        world.at_rest().await;
        let [posted] = chat.posted_in("night-shift")[..] else { panic!("{:?}", chat.shown()) };
        assert_eq!(card(world, id, posted).await.badge.unwrap().text, "Escalated, urgency: critical");
        let next = usual(&world.engine, world.team, &thread("")).await.unwrap().unwrap();
        assert_eq!(next.at, thread("night-shift"));
        // The configuration counts again once it changes.
        configured(world, Some(TEAM)).await;
        let unchanged = usual(&world.engine, world.team, &thread("")).await.unwrap().unwrap();
        assert_eq!(unchanged.at, thread("night-shift"));
    }

    async fn what_is_wrong_with_a_form_is_said_at_the_field(world: &World) {
        let (_, id) = at_work(world).await;
        let refused = async |fields: &[(&str, &str)]| broken(ask(world, id, fields).await.unwrap_err());
        assert_eq!(refused(&[("place", ARCHIVED), ("reason", "It is urgent.")]).await, "place");
        assert_eq!(refused(&[("urgency", "soon"), ("reason", "It is urgent.")]).await, "urgency");
        assert_eq!(refused(&[("reason", "  ")]).await, "reason");
        assert_eq!(refused(&[("reason", &"x".repeat(1_501))]).await, "reason");
        assert!(world.facts(id).await.is_empty());
    }

    async fn a_channel_that_was_taken_out_of_the_form_is_not_used(world: &World) {
        let (chat, id) = at_work(world).await;
        configured(world, Some(TEAM)).await;
        ask(world, id, &[("place", ""), ("reason", "For the record.")]).await.unwrap();
        world.say(id, "/post").await;
        world.at_rest().await;
        assert!(chat.posted_in(TEAM).is_empty());
    }

    async fn asking_again_changes_what_was_asked(world: &World) {
        let (_, id) = at_work(world).await;
        ask(world, id, &[("urgency", "low"), ("reason", "When you have time.")]).await.unwrap();
        ask(world, id, &[("urgency", "high"), ("reason", "It got worse.")]).await.unwrap();
        assert_eq!(world.facts(id).await, ["Escalation requested, urgency high: It got worse."]);
        world.say(id, "/cancel").await;
        world.say(id, "/escalate").await;
        let (_, preview) = world.open_card(id, CardKind::Note).await;
        assert!(labels(&preview).contains(&("Urgency", "Normal")), "{:?}", preview.fields);
    }

    async fn who_takes_it_is_the_owner_and_both_places_say_so(world: &World) {
        let (chat, id, posted) = escalated(world).await;
        let before = world.version(id).await;
        event(world, "take", &thread(&format!("{TEAM}:top")), "Omar", take(posted)).await;
        let case = world.case(id).await;
        assert_eq!((case.owner_name.as_str(), case.session.status), ("Omar", SessionStatus::Escalated));
        assert_eq!(world.version(id).await, before + 1);
        let shown = card(world, id, posted).await;
        assert!(matches!(&shown.state, CardState::Decided { choice, by, .. } if choice == "Taken" && by == "Omar"));
        assert!(shown.actions.is_empty());
        let (_, head) = world.card(id, CardKind::Session).await;
        assert!(labels(&head).contains(&("Escalation", "urgency normal, taken by Omar")), "{:?}", head.fields);
        let page = messages(&world.engine.db, world.team, id, PageRequest::first()).await.unwrap();
        let system: Vec<_> = page.items.iter().filter(|m| m.author == MessageAuthor::System).collect();
        assert_eq!(system.len(), 1);
        assert_eq!(system[0].text, "Omar has taken this session over");
        assert_eq!(chat.posted_in(TEAM).len(), 1, "the card was changed in place");
        event(world, "resume", &thread("t1"), "Omar", What::said("/resume")).await;
        assert_eq!(world.case(id).await.session.status, SessionStatus::Active);
    }

    async fn of_two_who_take_it_the_second_is_told_who_was_first(world: &World) {
        let (chat, id, posted) = escalated(world).await;
        let at = thread(&format!("{TEAM}:top"));
        deliver(world, "take-1", &at, &person("Omar"), take(posted)).await;
        deliver(world, "take-2", &at, &person("Paula"), take(posted)).await;
        world.at_rest().await;
        assert_eq!(world.case(id).await.owner_name, "Omar");
        let told = chat.whispers("U-Paula");
        assert!(told.len() == 1 && told[0].contains("Omar"), "{told:?}");
    }

    async fn a_guest_cannot_take_it(world: &World) {
        let (chat, id, posted) = escalated(world).await;
        event(world, "take", &thread(&format!("{TEAM}:top")), "Gus", take(posted)).await;
        assert_eq!(card(world, id, posted).await.state, CardState::Open);
        assert!(chat.whispers("U-Gus")[0].contains("not work on them"), "{:?}", chat.whispers("U-Gus"));
    }

    async fn another_team_cannot_take_it(world: &World) {
        let (_, id, posted) = escalated(world).await;
        let other = world.other_team().await;
        let none = BTreeMap::new();
        let refused = copilot::press(&other.engine, &other.engineer, id, posted, "take", &none).await;
        assert!(matches!(refused, Err(Error::NotFound(_))));
    }

    async fn the_teams_card_follows_the_session(world: &World) {
        let (_, id, posted) = escalated(world).await;
        let choice = async || match card(world, id, posted).await.state {
            CardState::Decided { choice, .. } => choice,
            other => format!("{other:?}"),
        };
        world.say(id, "/resume").await;
        assert_eq!(choice().await, "Resumed");
        world.say(id, "/resolve").await;
        world.say(id, "/post").await;
        assert_eq!(choice().await, "Resolved");
        world.say(id, "/resume").await;
        assert_eq!(choice().await, "Resumed");
    }

    async fn an_escalation_after_another_is_a_card_of_its_own(world: &World) {
        let (chat, id, first) = escalated(world).await;
        world.say(id, "/resume").await;
        world.say(id, "/escalate It is back.").await;
        world.say(id, "/post").await;
        world.at_rest().await;
        assert_eq!(chat.posted_in(TEAM).len(), 2);
        assert!(card(world, id, first).await.actions.is_empty());
        assert_eq!(world.open_card(id, CardKind::Escalation).await.1.actions[0].id, "take");
    }

    async fn words_below_the_card_begin_nothing(world: &World) {
        let (_, _, posted) = escalated(world).await;
        let below = thread(&format!("{TEAM}:message of {posted}"));
        let what = What::Said { text: "I have seen this before".to_owned(), addressed: false, message: None };
        event(world, "chat", &below, "Omar", what).await;
        let session = flowpilot::session::by_thread(&world.engine.db, world.team, &below).await.unwrap();
        assert!(session.is_none());
    }

    async fn a_session_without_a_channel_of_its_own_reaches_the_teams(world: &World) {
        let (chat, _) = at_work(world).await;
        configured(world, Some(TEAM)).await;
        let id = world.session().await;
        world.say(id, "/escalate The vendor has to look.").await;
        world.say(id, "/post").await;
        world.at_rest().await;
        let [posted] = chat.posted_in(TEAM)[..] else { panic!("{:?}", chat.shown()) };
        event(world, "take", &thread(&format!("{TEAM}:top")), "Omar", take(posted)).await;
        assert_eq!(world.case(id).await.owner_name, "Omar");
    }

    async fn a_channel_that_lets_nothing_in_is_told_to_the_admins_once_a_day(world: &World) {
        let (chat, first) = at_work(world).await;
        configured(world, Some(ARCHIVED)).await;
        let (engine, at) = (&world.engine, thread("").workspace());
        let mut tx = engine.db.begin().await.unwrap();
        let admin = world.admin.member();
        link_identity(&mut tx, &engine.clock, &at, "U-Ada", world.team, admin).await.unwrap();
        tx.commit().await.unwrap();
        deliver(world, "ask", &thread("t1"), &person("Nora"), What::said("/escalate Look at it.")).await;
        deliver(world, "post", &thread("t1"), &person("Nora"), What::said("/post")).await;
        until("Nora is told", async || !chat.whispers("U-Nora").is_empty()).await;
        assert!(chat.whispers("U-Nora")[0].contains("The team was not told"), "{:?}", chat.whispers("U-Nora"));
        until("the admin is told", async || !chat.letters("U-Ada").is_empty()).await;
        let letter = chat.letters("U-Ada").remove(0);
        for part in ["No sound in calls", "the channel #archived", "it is archived", "unarchive it"] {
            assert!(letter.contains(part), "{letter}");
        }
        world.say(first, "/resume").await;
        until("the card is given up again", async || {
            let dead = world.engine.outbox.dead(&world.admin).await.unwrap();
            dead.iter().filter(|item| item.kind == "card").count() >= 3
        })
        .await;
        assert_eq!(chat.letters("U-Ada").len(), 1);
    }
}
