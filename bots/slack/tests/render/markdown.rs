//! `CommonMark` as rich text.

use flowpilot_slack::render::words;
use serde_json::{Value, json};

use crate::checked;

fn parts(markdown: &str) -> Value {
    checked::message(&words(markdown))["blocks"][0]["elements"].clone()
}

fn section(text: &str) -> Value {
    json!({ "type": "rich_text_section", "elements": [{ "type": "text", "text": text }] })
}

#[test]
fn a_paragraph_is_set_off_from_the_one_before() {
    assert_eq!(parts("One.\n\nTwo\nlines."), json!([section("One.\n\nTwo\nlines.")]));
}

#[test]
fn words_are_bold_italic_struck_or_code() {
    let text = |text: &str, style: &str| json!({ "type": "text", "text": text, "style": { style: true } });
    assert_eq!(
        parts("**a**_b_~~c~~`d`")[0]["elements"],
        json!([text("a", "bold"), text("b", "italic"), text("c", "strike"), text("d", "code")])
    );
}

#[test]
fn a_list_within_a_list_is_indented_and_the_outer_one_counts_on() {
    let list = |style: &str, texts: &[&str]| {
        let items: Vec<Value> = texts.iter().map(|text| section(text)).collect();
        json!({ "type": "rich_text_list", "style": style, "elements": items })
    };
    let (first, mut inner, mut rest) =
        (list("ordered", &["one"]), list("bullet", &["inner"]), list("ordered", &["two", "three"]));
    inner["indent"] = json!(1);
    rest["offset"] = json!(1);
    assert_eq!(parts("1. one\n   - inner\n2. two\n3. three"), json!([first, inner, rest]));
}

#[test]
fn code_within_an_item_stands_between_the_items() {
    let parts = parts("1. Run:\n\n   ```\n   ipconfig\n   ```\n\n   and look.\n2. Tell");
    let kinds: Vec<&str> = parts.as_array().unwrap().iter().map(|p| p["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["rich_text_list", "rich_text_preformatted", "rich_text_section", "rich_text_list"]);
    assert_eq!(parts[1]["elements"][0]["text"], "ipconfig");
    assert_eq!(parts[3]["offset"], 1);
}

#[test]
fn a_list_within_a_quote_is_text() {
    let parts = parts("> Tried:\n> 1. one\n> 2. two");
    assert_eq!(parts[0]["type"], "rich_text_quote");
    assert_eq!(parts[0]["elements"][0]["text"], "Tried:\n1. one\n2. two");
}

#[test]
fn a_heading_is_bold() {
    assert_eq!(parts("## Problem\n\nIt is off.")[0]["elements"][0]["style"], json!({ "bold": true }));
}

#[test]
fn a_link_shows_where_it_leads() {
    let elements = parts("[the portal](https://portal.example.com/a)")[0]["elements"].clone();
    assert_eq!(
        elements,
        json!([
            { "type": "text", "text": "the portal (" },
            { "type": "link", "url": "https://portal.example.com/a" },
            { "type": "text", "text": ")" },
        ])
    );
}

#[test]
fn an_address_is_shown_once() {
    let link = |url: &str| json!([{ "type": "link", "url": url }]);
    assert_eq!(parts("<https://example.com/a>")[0]["elements"], link("https://example.com/a"));
    assert_eq!(parts("<ada@example.com>")[0]["elements"], link("mailto:ada@example.com"));
}

#[test]
fn an_address_that_a_browser_would_run_is_text() {
    assert_eq!(parts("[click](javascript:alert(1))"), json!([section("click (javascript:alert(1))")]));
}

#[test]
fn an_image_is_not_fetched() {
    let elements = parts("![a diagram](https://tracker.example.com/x.png)")[0]["elements"].clone();
    assert_eq!(elements[0]["text"], "a diagram (");
    assert_eq!(elements[1]["type"], "link");
}

#[test]
fn mentions_and_markup_are_letters() {
    let text = "<!channel> <@U1> @everyone :fire: <b>bold</b>";
    assert_eq!(parts(text), json!([section(text)]));
}

#[test]
fn the_text_beside_the_blocks_has_no_signs_of_markdown_and_no_mention() {
    let message = words("**Look** at `a_b`:\n\n1. <@U1>\n2. C:\\\\temp");
    assert_eq!(message.text, "Look at a_b:\n1. &lt;@U1&gt;\n2. C:\\temp");
}

#[test]
fn a_text_that_is_too_long_says_so() {
    let message = checked::message(&words(&"word ".repeat(10_000)));
    let parts = message["blocks"][0]["elements"].as_array().unwrap();
    assert_eq!(parts.last().unwrap(), &section("… (shortened)"));
    assert!(message["text"].as_str().unwrap().ends_with("… (shortened)"));
}

#[test]
fn nothing_to_say_is_a_dash() {
    assert_eq!(parts("")[0]["elements"][0]["text"], "–");
}
