//! What every payload must keep.

use flowpilot_fake_slack::{check_blocks, check_message, check_view};
use serde_json::Value;

/// The payload, once nothing is wrong with it.
pub(crate) fn message(message: &impl serde::Serialize) -> Value {
    let message = serde_json::to_value(message).unwrap();
    assert_eq!(check_message(&message), Vec::new(), "{message:#}");
    assert_inert(&message);
    message
}

/// The view, once nothing is wrong with it.
pub(crate) fn view(view: &impl serde::Serialize) -> Value {
    let view = serde_json::to_value(view).unwrap();
    assert_eq!(check_view(&view), Vec::new(), "{view:#}");
    assert_inert(&view);
    view
}

/// The blocks of an unfurl, once nothing is wrong with them.
pub(crate) fn unfurl(unfurl: &impl serde::Serialize) -> Value {
    let unfurl = serde_json::to_value(unfurl).unwrap();
    assert_eq!(check_blocks(unfurl["blocks"].as_array().unwrap()), Vec::new(), "{unfurl:#}");
    assert_inert(&unfurl);
    unfurl
}

/// Nothing in it calls anybody, and no link leads where a browser would run something.
fn assert_inert(value: &Value) {
    if let Some(text) = value.get("text").and_then(Value::as_str)
        && value.get("blocks").is_some()
    {
        assert_no_mention(text);
    }
    match value {
        Value::Array(values) => values.iter().for_each(assert_inert),
        Value::Object(members) => {
            assert_inert_object(value);
            members.values().for_each(assert_inert);
        }
        _ => {}
    }
}

fn assert_inert_object(object: &Value) {
    match object["type"].as_str().unwrap_or_default() {
        "mrkdwn" => {
            let text = object["text"].as_str().unwrap();
            let is_utc = text.ends_with(" UTC") || text.ends_with(" ms");
            assert!(is_ours(text.trim_matches(['<', '>'])) || is_utc, "somebody else's words: {object}");
            assert_no_mention(text);
        }
        "user" | "channel" | "usergroup" | "team" | "broadcast" => panic!("a mention: {object}"),
        "link" => {
            let url = object["url"].as_str().unwrap();
            let is_known = ["http://", "https://", "mailto:"].iter().any(|scheme| url.starts_with(scheme));
            assert!(is_known, "{object}");
        }
        _ => {}
    }
}

/// In Slack's notation whatever is between `<` and `>` is a mention, a link or a date; ours are the only ones.
fn assert_no_mention(text: &str) {
    for piece in text.split('<').skip(1) {
        let inner = piece.split('>').next().unwrap();
        assert!(is_ours(inner), "{text}");
    }
    assert_eq!(text.matches('<').count(), text.matches('>').count(), "{text}");
}

fn is_ours(inner: &str) -> bool {
    inner.starts_with("!date^") || inner.ends_with("|Open session")
}
