//! Walking a flow: buttons and words, back, switching, links, and honesty when none fits.

use flowpilot::Error;
use flowpilot::session::{FactSource, StepStatus};
use flowpilot::store::SessionId;
use flowpilot::surface::{CardKind, CardState};

use crate::support::{World, on_both_databases};
use crate::{NO_SOUND, RESTART};

async fn begun(world: &World) -> SessionId {
    world.import(&[NO_SOUND, RESTART]).await;
    world.begin("No sound in calls").await
}

/// A session in which this was said, one after the other.
async fn after(world: &World, words: &[&str]) -> SessionId {
    let id = begun(world).await;
    for text in words {
        world.say(id, text).await;
    }
    id
}

/// The text of the step that waits.
async fn asked(world: &World, id: SessionId) -> String {
    let case = world.case(id).await;
    let step = case.open_step().unwrap();
    case.document(step.flow_id, step.version).unwrap().node(&step.node).unwrap().prompt().to_owned()
}

on_both_databases! {
    async fn the_best_flow_is_begun_and_says_why(world: &World) {
        let id = begun(world).await;
        let (_, card) = world.open_card(id, CardKind::Session).await;
        assert!(
            card.body.contains("Flow: **No sound in calls**, because the problem mentions \"sound\""),
            "{}",
            card.body
        );
        assert_eq!(asked(world, id).await, "Which audio device is used?");
    }

    async fn a_recorded_value_is_a_fact_and_stands_in_what_follows(world: &World) {
        let id = begun(world).await;
        let (card, _) = world.open_card(id, CardKind::Check).await;
        world.press_card(id, card, "value", &[("value", " Jabra  Evolve ")]).await.unwrap();
        assert_eq!(world.facts(id).await, ["The device is Jabra Evolve."]);
        assert_eq!(world.open_card(id, CardKind::Question).await.1.body, "Is Jabra Evolve muted?");
        assert_eq!(world.case(id).await.checks[0].result.as_deref(), Some("Jabra Evolve"));
    }

    async fn buttons_and_words_do_the_same(world: &World) {
        let typed = after(world, &["Jabra", "cannot tell", "old"]).await;
        let clicked = begun(world).await;
        let (card, _) = world.open_card(clicked, CardKind::Check).await;
        world.press_card(clicked, card, "value", &[("value", "Jabra")]).await.unwrap();
        world.press(clicked, CardKind::Question, "answer:2").await;
        world.press(clicked, CardKind::Check, "answer:1").await;
        assert_eq!(world.facts(typed).await, world.facts(clicked).await);
        let fix = async |id| world.case(id).await.active_fix().unwrap().title.clone();
        assert_eq!([fix(typed).await, fix(clicked).await], ["Update the driver", "Update the driver"]);
    }

    async fn an_answer_without_a_sentence_of_its_own_is_kept_with_its_question(world: &World) {
        let id = after(world, &["Jabra", "Loud enough"]).await;
        assert_eq!(world.facts(id).await, ["The device is Jabra.", "Is Jabra muted? Loud enough."]);
    }

    async fn the_end_of_the_tree_suggests_its_fix(world: &World) {
        let id = after(world, &["Jabra", "Muted"]).await;
        let case = world.case(id).await;
        let fix = case.active_fix().unwrap();
        assert_eq!(
            (fix.title.as_str(), fix.steps[0].as_str()),
            ("Unmute Jabra", "Press the mute key of Jabra.")
        );
        assert_eq!(fix.script.as_ref().unwrap().body, "Set-Mute -Device 'Jabra'");
        assert_eq!((fix.solution.as_deref(), fix.proposed_by), (Some("no-sound/unmute"), None));
    }

    async fn an_answered_card_keeps_the_answer_and_loses_its_buttons(world: &World) {
        let id = after(world, &["Jabra"]).await;
        let (question, _) = world.open_card(id, CardKind::Question).await;
        world.press(id, CardKind::Question, "answer:0").await;
        let card = world.cards(id).await.into_iter().find(|(id, _)| *id == question).unwrap().1;
        let CardState::Decided { choice, by, .. } = &card.state else { panic!("{card:?}") };
        assert_eq!((choice.as_str(), by.as_str(), card.actions.len()), ("Muted", "Eli Engineer", 0));
        let again = world.press_card(id, question, "answer:1", &[]).await.unwrap_err();
        assert_eq!(again.to_string(), "already decided by Eli Engineer: Muted");
    }

    async fn back_takes_the_answer_and_its_fact_away_and_asks_again(world: &World) {
        let id = after(world, &["Jabra", "Muted"]).await;
        world.say(id, "/back").await;
        let case = world.case(id).await;
        assert!(case.active_fix().is_none());
        assert_eq!(world.facts(id).await, ["The device is Jabra."]);
        assert_eq!(world.open_card(id, CardKind::Question).await.1.body, "Is Jabra muted?");
        world.press(id, CardKind::Question, "back").await;
        assert!(world.facts(id).await.is_empty());
        world.say(id, "Poly").await;
        assert_eq!(world.open_card(id, CardKind::Question).await.1.body, "Is Poly muted?");
    }

    async fn there_is_no_way_back_from_the_first_question_or_a_fix_in_use(world: &World) {
        let id = begun(world).await;
        let first = world.try_say(id, "/back").await.unwrap_err();
        assert!(matches!(&first, Error::Conflict(why) if why.contains("no answer to take back")), "{first}");
        for text in ["Jabra", "Muted", "/apply"] {
            world.say(id, text).await;
        }
        let used = world.try_say(id, "/back").await.unwrap_err();
        assert!(
            matches!(&used, Error::Conflict(why) if why.contains("\"Unmute Jabra\" is in use")),
            "{used}"
        );
    }

    async fn a_fix_that_failed_goes_on_where_the_flow_says(world: &World) {
        let id = after(world, &["Jabra", "Muted", "/apply", "/failed still silent"]).await;
        assert_eq!(world.open_card(id, CardKind::Check).await.1.title, "No sound in calls: check");
        assert_eq!(asked(world, id).await, "How old is the driver of {{ device }}?");
    }

    async fn a_dismissed_fix_goes_on_too(world: &World) {
        let id = after(world, &["Jabra", "Muted", "/dismiss it is not"]).await;
        assert_eq!(asked(world, id).await, "How old is the driver of {{ device }}?");
    }

    async fn a_flow_with_nothing_more_to_offer_says_so(world: &World) {
        let id = after(world, &["Jabra", "Cannot tell", "Old", "/apply", "/failed"]).await;
        assert!(world.case(id).await.open_step().is_none());
        assert_eq!(
            world.open_card(id, CardKind::Notice).await.1.title,
            "This flow has nothing more to offer"
        );
    }

    async fn a_link_leads_into_the_other_flow_and_back_when_its_fix_failed(world: &World) {
        let id = after(world, &["Jabra", "Loud enough"]).await;
        let (_, card) = world.open_card(id, CardKind::Instruction).await;
        assert_eq!(
            (card.title.as_str(), card.body.contains("shutdown /r /t 0")),
            ("Restart the PC: to do", true)
        );
        for text in ["done", "the same", "/apply", "/failed"] {
            world.say(id, text).await;
        }
        let (_, card) = world.open_card(id, CardKind::Escalation).await;
        assert!(card.body.starts_with("The hardware of Jabra may be broken."), "{}", card.body);
        assert!(world.facts(id).await.contains(&"The PC was restarted.".to_owned()));
    }

    async fn switching_keeps_what_was_confirmed_and_offers_the_way_back(world: &World) {
        let id = after(world, &["Jabra", "/flow restart-pc"]).await;
        assert_eq!(asked(world, id).await, "Restart the PC.");
        assert_eq!(world.facts(id).await, ["The device is Jabra."]);
        assert_eq!(world.case(id).await.walk().unwrap().reason, "Eli Engineer chose it");
        world.press(id, CardKind::Session, "flow:no-sound").await;
        assert_eq!(asked(world, id).await, "Which audio device is used?");
    }

    async fn switching_twice_with_one_button_begins_the_flow_once(world: &World) {
        let id = after(world, &["Jabra", "/flow restart-pc"]).await;
        let (card, _) = world.open_card(id, CardKind::Session).await;
        world.press_card(id, card, "flow:no-sound", &[]).await.unwrap();
        world.say(id, "Poly").await;
        let again = world.press_card(id, card, "flow:no-sound", &[]).await;
        assert!(again.is_err(), "a button that the card no longer has was taken");
        assert_eq!(asked(world, id).await, "Is {{ device }} muted?");
    }

    async fn an_unknown_flow_is_refused_and_the_walk_stays(world: &World) {
        let id = after(world, &["Jabra"]).await;
        let refused = world.try_say(id, "/flow xylophone").await.unwrap_err();
        assert!(
            matches!(&refused, Error::Invalid(errors) if errors[0].rule.contains("xylophone")),
            "{refused}"
        );
        assert_eq!(asked(world, id).await, "Is {{ device }} muted?");
    }

    async fn a_new_version_changes_no_walk_under_way(world: &World) {
        let id = after(world, &["Jabra"]).await;
        world.import(&[&NO_SOUND.replace("Is {{ device }} muted?", "Can {{ device }} be heard?")]).await;
        world.say(id, "/back").await;
        world.say(id, "Poly").await;
        assert_eq!(asked(world, id).await, "Is {{ device }} muted?");
        let newer = world.begin("No sound in calls").await;
        world.say(newer, "Poly").await;
        assert_eq!(asked(world, newer).await, "Can {{ device }} be heard?");
    }

    async fn a_remark_is_no_answer_but_can_become_a_fact(world: &World) {
        let id = after(world, &["Jabra", "hold on, the user is at lunch"]).await;
        assert_eq!(asked(world, id).await, "Is {{ device }} muted?");
        let (card_id, card) = world.open_card(id, CardKind::Notice).await;
        let keep = card.actions[0].id.clone();
        world.press_card(id, card_id, &keep, &[]).await.unwrap();
        let case = world.case(id).await;
        assert_eq!(
            (case.facts[1].text.as_str(), case.facts[1].source),
            ("hold on, the user is at lunch", FactSource::Said)
        );
        assert!(world.press_card(id, card_id, &keep, &[]).await.is_err());
    }

    async fn facts_and_checks_can_be_added_at_any_time(world: &World) {
        let id =
            after(world, &["Jabra", "/fact It worked yesterday.", "/check Other headset => works"]).await;
        assert_eq!(world.facts(id).await.len(), 3);
        assert_eq!(asked(world, id).await, "Is {{ device }} muted?");
    }

    async fn it_says_so_when_no_flow_fits(world: &World) {
        world.import(&[NO_SOUND, RESTART]).await;
        let id = world.begin("The kiln display shows hieroglyphs").await;
        let case = world.case(id).await;
        assert!(case.runs.is_empty() && case.fixes.is_empty());
        let (_, card) = world.open_card(id, CardKind::Notice).await;
        assert_eq!(card.title, "No flow fits this problem");
        world.say(id, "actually there is no sound in calls").await;
        assert_eq!(asked(world, id).await, "Which audio device is used?");
    }

    async fn of_two_who_answer_at_once_the_second_is_told(world: &World) {
        let id = after(world, &["Jabra"]).await;
        let (card, _) = world.open_card(id, CardKind::Question).await;
        let (one, two) = tokio::join!(
            world.press_card(id, card, "answer:0", &[]),
            world.press_card(id, card, "answer:1", &[]),
        );
        let refused: Vec<_> = [one.err(), two.err()].into_iter().flatten().collect();
        assert_eq!(refused.len(), 1);
        assert!(refused[0].to_string().starts_with("already decided by Eli Engineer"), "{refused:?}");
        let case = world.case(id).await;
        let answers =
            case.steps.iter().filter(|s| s.status == StepStatus::Answered && s.answer.is_some()).count();
        assert_eq!(answers, 2);
    }

    async fn the_starter_flows_fit_the_problems_they_were_written_for(world: &World) {
        world.engine.stock_library(world.team).await.unwrap();
        for (problem, slug) in [
            ("Outlook keeps asking for my password", "outlook-password-prompts"),
            ("Locked out of Windows again", "account-lockout"),
            ("VPN connects but cannot reach the file server from home", "vpn-wont-connect"),
            ("Laptop wants a BitLocker recovery key at start", "bitlocker-recovery"),
        ] {
            let found = world.engine.flows.find(&world.engine.db, world.team, problem, 3).await.unwrap();
            assert_eq!(found.first().map(|m| m.flow.slug.as_str()), Some(slug), "{problem}");
        }
        let odd = "The big kiln display shows hieroglyphs after the clock change";
        assert!(world.engine.flows.find(&world.engine.db, world.team, odd, 3).await.unwrap().is_empty());
    }

    async fn a_team_that_has_flows_keeps_its_own(world: &World) {
        world.import(&[NO_SOUND]).await;
        world.engine.stock_library(world.team).await.unwrap();
        assert_eq!(world.engine.flows.slugs(&world.engine.db, world.team).await.unwrap().len(), 1);
    }

    async fn a_flow_imported_by_one_process_is_found_by_another(world: &World) {
        let replica = world.replica().await;
        let find =
            async || replica.flows.find(&replica.db, world.team, "No sound in calls", 3).await.unwrap().len();
        assert_eq!(find().await, 0);
        world.import(&[NO_SOUND]).await;
        assert_eq!(find().await, 1);
        replica.db.close().await;
    }
}
