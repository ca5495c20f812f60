//! Which button is where.

use flowpilot::surface::{Action, Card, CardKind, Input, InputKind};
use flowpilot_slack::render::{self, Options};
use serde_json::Value;

use crate::golden::id;
use crate::{checked, samples};

fn rows(card: &Card) -> Vec<Value> {
    let message = checked::message(&render::card(card, id(), &Options::default()));
    let blocks = message["blocks"].as_array().unwrap();
    blocks.iter().filter(|block| block["type"] == "actions").cloned().collect()
}

fn labels(row: &Value) -> Vec<&str> {
    let elements = row["elements"].as_array().unwrap();
    elements.iter().map(|element| element["text"]["text"].as_str().unwrap_or("…")).collect()
}

fn notice(actions: impl IntoIterator<Item = Action>) -> Card {
    actions.into_iter().fold(Card::new(CardKind::Notice, "Now what?", ""), Card::action)
}

fn plain(n: usize) -> Action {
    Action::new(format!("a{n}"), format!("A{n}"))
}

#[test]
fn the_primary_button_comes_first_then_two_more_then_a_menu() {
    let rows = rows(&notice([plain(1), plain(2), plain(3), plain(4), plain(5).primary()]));
    assert_eq!(labels(&rows[0]), ["A5", "A1", "A2", "…"]);
    assert_eq!(rows[0]["elements"][3]["action_id"], "more");
    assert_eq!(rows[0]["elements"][3]["options"][0]["value"], "a3");
}

#[test]
fn a_menu_of_one_is_a_button() {
    let rows = rows(&notice((1..=4).map(plain)));
    assert_eq!(labels(&rows[0]), ["A1", "A2", "A3", "A4"]);
}

#[test]
fn what_has_no_place_in_the_menu_is_a_button_before_it() {
    let rows = rows(&samples::session_active());
    assert_eq!(rows.len(), 1);
    assert_eq!(
        labels(&rows[0]),
        [
            "Resolve",
            "Add a fact",
            "Add a check",
            "Suggest a fix",
            "Switch to: Network is slow",
            "Switch to: Names do not resolve",
            "…"
        ]
    );
}

#[test]
fn a_card_of_nine_actions_has_one_row() {
    let rows = rows(&notice((1..=9).map(plain)));
    assert_eq!(rows.len(), 1);
    assert_eq!(labels(&rows[0]), ["A1", "A2", "A3", "A4", "…"]);
    assert_eq!(rows[0]["elements"][4]["options"].as_array().unwrap().len(), 5);
}

#[test]
fn all_answers_of_a_question_are_buttons() {
    let rows = rows(&samples::question_open());
    assert_eq!(rows.len(), 1);
    assert_eq!(labels(&rows[0]).len(), 6);
}

#[test]
fn a_button_says_whether_it_acts_or_asks() {
    let asks = plain(2).input(Input::new("text", "What?", InputKind::Text, 100));
    let rows = rows(&notice([plain(1), asks]));
    assert_eq!(rows[0]["elements"][0]["action_id"], "press:a1");
    assert_eq!(rows[0]["elements"][1]["action_id"], "ask:a2");
    assert_eq!(rows[0]["elements"][1]["value"], "a2");
}

#[test]
fn what_must_be_confirmed_is_never_behind_the_menu() {
    let sure = plain(6).danger().confirm("Delete it?");
    let rows = rows(&notice((1..=5).map(plain).chain([sure])));
    assert_eq!(labels(&rows[0]), ["A1", "A2", "A3", "A6", "…"]);
    assert_eq!(rows[0]["elements"][3]["confirm"]["style"], "danger");
    assert_eq!(rows[0]["elements"][3]["confirm"]["text"]["text"], "Delete it?");
}

#[test]
fn a_question_before_a_form_is_asked_in_the_form() {
    let both = plain(1).confirm("End it?").input(Input::new("why", "Why?", InputKind::Text, 100));
    let rows = rows(&notice([both]));
    assert_eq!(rows[0]["elements"][0].get("confirm"), None);
}

#[test]
fn actions_that_cannot_be_shown_are_counted() {
    let card = notice((1..=30).map(|n| plain(n).confirm("Sure?")));
    let message = checked::message(&render::card(&card, id(), &Options::default()));
    assert_eq!(labels(&rows(&card)[0]).len(), 25);
    assert!(message.to_string().contains("5 more choices are not shown"));
}

#[test]
fn an_id_that_is_too_long_for_slack_comes_back_whole() {
    let long = "x".repeat(1_900);
    let rows = rows(&notice([Action::new(long.clone(), "Long")]));
    assert_eq!(rows[0]["elements"][0]["value"], long);
}

#[test]
fn a_decided_card_has_no_button_and_says_who_chose_what_and_when() {
    let message = checked::message(&render::card(&samples::fix_used(), id(), &Options::default()));
    let last = message["blocks"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["elements"][0]["text"], "✓ Run one-off, by Ada Lovelace");
    assert_eq!(
        last["elements"][1]["text"],
        "<!date^1795430520^{date_short_pretty}, {time}|2026-11-23 10:42 UTC>"
    );
    assert!(!message.to_string().contains("\"actions\""));
}
