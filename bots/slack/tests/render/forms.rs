//! The form of an action.

use flowpilot::surface::{Action, Card, CardKind, Input, InputKind};
use flowpilot_slack::modal::{self, Target};
use serde_json::{Value, json};

use crate::golden::id;
use crate::{checked, samples};

fn target(action: &Action) -> Target {
    Target {
        card: id(),
        action: action.id.clone(),
        channel: "C0HELP".into(),
        thread: "1795430000.000100".into(),
        workspace: "T0ACME".into(),
    }
}

fn form(card: &Card, action: &Action) -> Value {
    checked::view(&modal::form(card, action, &target(action)))
}

fn form_of(input: Input) -> Value {
    let view = form(&Card::new(CardKind::Notice, "Draft", ""), &Action::new("save", "Save").input(input));
    view["blocks"][1].clone()
}

fn assert_looks(name: &str, card: &Card, action: &str) {
    let action = card.actions.iter().find(|a| a.id == action).unwrap();
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!(name, form(card, action));
    });
}

#[test]
fn the_form_of_a_fact() {
    assert_looks("form_fact", &samples::session_active(), "fact");
}

#[test]
fn the_form_of_a_script() {
    assert_looks("form_script", &samples::fix_with_template(), "script");
}

#[test]
fn the_form_of_a_reason_not_to_use_a_fix() {
    assert_looks("form_dismiss", &samples::fix_open(), "dismissed");
}

#[test]
fn the_form_of_an_end_asks_whether_it_is_meant() {
    assert_looks("form_abandon", &samples::session_active(), "abandon");
}

#[test]
fn the_form_of_an_escalation_asks_where_how_urgent_and_why() {
    assert_looks("form_escalate", &samples::session_active(), "escalate");
}

#[test]
fn a_channel_that_is_none_is_not_filled_in() {
    let input = Input { value: Some("#help".into()), ..Input::new("place", "In", InputKind::Channel, 100) };
    let block = form_of(input);
    assert_eq!(block["element"]["type"], "conversations_select");
    assert_eq!(block["element"].get("initial_conversation"), None);
}

#[test]
fn a_channel_that_was_taken_out_comes_back_as_nowhere() {
    let values = json!({
        "place": { "value": { "type": "conversations_select", "selected_conversation": null } },
        "reason": { "value": { "type": "plain_text_input", "value": null } },
    });
    assert_eq!(modal::fields(&values), [("place".to_owned(), String::new())].into());
}

#[test]
fn the_template_builder() {
    assert_looks(
        "form_template",
        &samples::notice_draft(),
        "template_save:0190b2a6-0000-7000-8000-000000000001",
    );
}

#[test]
fn a_form_knows_what_it_is_about() {
    let action = Action::new("fact", "Add a fact");
    let view = form(&samples::session_active(), &action);
    let metadata: Target = serde_json::from_str(view["private_metadata"].as_str().unwrap()).unwrap();
    assert_eq!(metadata, target(&action));
    assert_eq!(view["callback_id"], modal::FORM);
}

#[test]
fn a_secret_is_not_filled_in_and_says_what_becomes_of_it() {
    let input = Input { value: Some("hunter2".into()), ..Input::new("pin", "PIN", InputKind::Secret, 100) };
    let block = form_of(input);
    assert_eq!(block["element"].get("initial_value"), None);
    assert_eq!(block["hint"]["text"], "Used once and never stored. Slack shows it while you type.");
}

#[test]
fn a_choice_that_is_too_long_for_a_menu_is_written() {
    let long = "x".repeat(80);
    let option = flowpilot::surface::Choice { value: long.clone(), label: "X".into() };
    let input = Input { options: vec![option], ..Input::new("kind", "Kind", InputKind::Choice, 500) };
    let block = form_of(input);
    assert_eq!(block["element"]["type"], "plain_text_input");
    assert_eq!(block["hint"]["text"], format!("One of: {long}"));
}

#[test]
fn a_number_that_is_none_is_shown_beside_the_input() {
    let input = Input { value: Some("ten".into()), ..Input::new("n", "Count", InputKind::Number, 10) };
    let block = form_of(input);
    assert_eq!(block["element"].get("initial_value"), None);
    assert_eq!(block["hint"]["text"], "So far: ten");
}

#[test]
fn what_may_be_left_out_is_optional() {
    assert_eq!(form_of(Input::new("a", "A", InputKind::Text, 10).optional())["optional"], true);
    assert_eq!(form_of(Input::new("a", "A", InputKind::Text, 10))["optional"], false);
}

#[test]
fn a_text_longer_than_an_input_is_spread_over_several() {
    let text = format!("{}\n{}", "a".repeat(2_000), "b".repeat(2_000));
    let input = Input { value: Some(text), ..Input::new("body", "Script", InputKind::Multiline, 20_000) };
    let view = form(&Card::new(CardKind::Notice, "Draft", ""), &Action::new("save", "Save").input(input));
    let ids: Vec<&str> =
        view["blocks"].as_array().unwrap().iter().filter_map(|block| block["block_id"].as_str()).collect();
    assert_eq!(ids, ["body", "body#2", "body#3"]);
    assert_eq!(view["blocks"][3]["optional"], true);
}

#[test]
fn a_target_that_is_too_long_for_slack_is_refused_in_words() {
    let action = Action::new("\"".repeat(1_600), "Save");
    let view = form(&Card::new(CardKind::Notice, "Draft", ""), &action);
    assert_eq!(view["submit"], json!(null));
}
