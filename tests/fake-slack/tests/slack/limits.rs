//! What Slack takes: the limits of messages and views.

use flowpilot_fake_slack::{MISSING_TEXT, Problem, check_message, check_view};
use serde_json::{Value, json};

use crate::support::{card, form};

fn plain(length: usize) -> Value {
    json!({ "type": "plain_text", "text": "x".repeat(length) })
}

fn mrkdwn(length: usize) -> Value {
    json!({ "type": "mrkdwn", "text": "x".repeat(length) })
}

fn button(id: &str) -> Value {
    json!({ "type": "button", "action_id": id, "text": plain(3) })
}

fn many(count: usize, what: impl Fn(usize) -> Value) -> Value {
    (0..count).map(what).collect()
}

fn blocks(blocks: Value) -> Vec<Problem> {
    let mut message = json!({ "text": "words" });
    message["blocks"] = blocks;
    check_message(&message)
}

/// One block that is as big as can be, and the same a bit bigger.
#[track_caller]
fn limit(fits: Value, too_much: Value) {
    assert_eq!(blocks(Value::Array(vec![fits])), []);
    assert!(!blocks(Value::Array(vec![too_much])).is_empty());
}

#[test]
fn an_ordinary_card_and_form_are_fine() {
    assert_eq!(check_message(&card("C1", "1.0")), []);
    assert_eq!(check_view(&form()), []);
}

#[test]
fn a_message_needs_a_top_level_text() {
    let problems = check_message(&json!({ "blocks": [{ "type": "divider" }] }));
    assert_eq!((problems[0].error, problems[0].refused()), (MISSING_TEXT, false));
    assert_eq!(check_message(&json!({}))[0].error, "no_text");
}

#[test]
fn texts_have_limits() {
    let section = |text: Value| json!({ "type": "section", "text": text });
    limit(section(mrkdwn(3_000)), section(mrkdwn(3_001)));
    limit(section(mrkdwn(1)), section(mrkdwn(0)));
    let fields = |count, length| json!({ "type": "section", "fields": many(count, |_| mrkdwn(length)) });
    limit(fields(10, 10), fields(11, 10));
    limit(fields(1, 2_000), fields(1, 2_001));
    let header = |text: Value| json!({ "type": "header", "text": text });
    limit(header(plain(150)), header(plain(151)));
    limit(header(plain(10)), header(mrkdwn(10)));
    let markdown = |length| json!({ "type": "markdown", "text": "x".repeat(length) });
    limit(markdown(12_000), markdown(12_001));
    let context = |count| json!({ "type": "context", "elements": many(count, |_| mrkdwn(5)) });
    limit(context(10), context(11));
}

#[test]
fn buttons_have_limits() {
    let with = |name: &str, value: Value| {
        let mut button = button("a");
        button[name] = value;
        json!({ "type": "actions", "elements": [button] })
    };
    limit(with("text", plain(75)), with("text", plain(76)));
    limit(with("text", plain(5)), with("text", mrkdwn(5)));
    limit(with("value", "x".repeat(2_000).into()), with("value", "x".repeat(2_001).into()));
    limit(with("url", "x".repeat(3_000).into()), with("url", "x".repeat(3_001).into()));
    limit(with("action_id", "x".repeat(255).into()), with("action_id", "x".repeat(256).into()));
    limit(with("style", "danger".into()), with("style", "default".into()));
    limit(with("value", "x".into()), with("disabled", true.into()));
    let confirm = |title, text, word| json!({ "title": plain(title), "text": plain(text), "confirm": plain(word), "deny": plain(word) });
    limit(with("confirm", confirm(100, 300, 30)), with("confirm", confirm(101, 300, 30)));
    limit(with("confirm", confirm(100, 300, 30)), with("confirm", confirm(100, 301, 30)));
    limit(with("confirm", confirm(100, 300, 30)), with("confirm", confirm(100, 300, 31)));
    let actions = |count| json!({ "type": "actions", "elements": many(count, |n| button(&format!("a{n}"))) });
    limit(actions(25), actions(26));
}

#[test]
fn options_have_limits() {
    let option = |text, value: usize| json!({ "text": plain(text), "value": "v".repeat(value) });
    let overflow = |count, text, value| {
        let options = many(count, |_| option(text, value));
        json!({ "type": "actions", "elements": [{ "type": "overflow", "action_id": "more", "options": options }] })
    };
    limit(overflow(5, 75, 75), overflow(6, 75, 75));
    limit(overflow(1, 75, 75), overflow(1, 76, 75));
    limit(overflow(1, 75, 75), overflow(1, 75, 76));
    limit(overflow(1, 75, 75), overflow(0, 75, 75));
}

#[test]
fn ids_are_unique() {
    let divider = json!({ "type": "divider", "block_id": "same" });
    assert!(!blocks(json!([divider, divider])).is_empty());
    let twice = json!({ "type": "actions", "elements": [button("a"), button("a")] });
    assert!(!blocks(json!([twice])).is_empty());
    let once = json!({ "type": "actions", "elements": [button("a")] });
    assert_eq!(blocks(json!([once, once])), [], "an action_id may come again in another block");
}

#[test]
fn a_message_has_a_limit_for_all_its_blocks() {
    assert_eq!(blocks(many(50, |_| json!({ "type": "divider" }))), []);
    assert_eq!(blocks(many(51, |_| json!({ "type": "divider" })))[0].error, "invalid_blocks");
    let section = |length| json!({ "type": "section", "text": mrkdwn(length) });
    assert_eq!(
        blocks(json!([section(3_000), section(3_000), section(3_000), section(3_000), section(1_000)])),
        []
    );
    let more = json!([section(3_000), section(3_000), section(3_000), section(3_000), section(1_001)]);
    assert_eq!(blocks(more)[0].error, "msg_blocks_too_long");
}

#[test]
fn rich_text_is_looked_into() {
    let rich = |part: Value| json!({ "type": "rich_text", "elements": [part] });
    let section = |element: Value| rich(json!({ "type": "rich_text_section", "elements": [element] }));
    let text = json!({ "type": "text", "text": "bold", "style": { "bold": true } });
    limit(section(text.clone()), section(json!({ "type": "text", "text": "" })));
    limit(section(text.clone()), section(json!({ "type": "text", "text": "x", "style": { "loud": true } })));
    limit(section(text.clone()), section(json!({ "type": "mrkdwn", "text": "x" })));
    let list =
        |element: Value| rich(json!({ "type": "rich_text_list", "style": "bullet", "elements": [element] }));
    limit(list(json!({ "type": "rich_text_section", "elements": [text] })), list(text));
}

#[test]
fn a_modal_has_limits() {
    let with = |name: &str, value: Value| {
        let mut view = form();
        view[name] = value;
        check_view(&view)
    };
    assert_eq!(with("title", plain(24)), []);
    assert!(!with("title", plain(25)).is_empty());
    assert!(!with("title", mrkdwn(5)).is_empty());
    assert!(!with("submit", Value::Null).is_empty(), "an input needs a submit button");
    assert!(!with("private_metadata", "x".repeat(3_001).into()).is_empty());
    assert!(!with("callback_id", "x".repeat(256).into()).is_empty());
    assert!(!with("nonsense", true.into()).is_empty());
    assert_eq!(with("blocks", many(100, |_| json!({ "type": "divider" }))), []);
    assert!(!with("blocks", many(101, |_| json!({ "type": "divider" }))).is_empty());
    assert!(!with("blocks", json!([{ "type": "markdown", "text": "x" }])).is_empty());
}

#[test]
fn a_text_input_is_consistent() {
    let with = |element: Value| {
        let mut view = form();
        view["blocks"][0]["element"] = element;
        check_view(&view)
    };
    let input = |most, initial: usize| json!({ "type": "plain_text_input", "max_length": most, "initial_value": "x".repeat(initial) });
    assert_eq!(with(input(3_000, 3_000)), []);
    assert!(!with(input(3_001, 1)).is_empty());
    assert!(!with(input(10, 11)).is_empty());
}

#[test]
fn metadata_has_a_form_and_a_size() {
    let with = |metadata: Value| check_message(&json!({ "text": "x", "metadata": metadata }));
    assert_eq!(with(json!({ "event_type": "card", "event_payload": { "id": "1" } })), []);
    assert_eq!(with(json!({ "id": "1" }))[0].error, "invalid_metadata_format");
    let big = json!({ "event_type": "card", "event_payload": { "id": "x".repeat(4_000) } });
    assert_eq!(with(big)[0].error, "metadata_too_large");
}
