//! What serde says about a value that does not fit, in the words of whoever sent it.
//!
//! Its messages have a few fixed forms; one that is not known here is passed on as it is.

use crate::error::FieldError;

/// The field that is wrong and its rule. `path` is where it was found: `steps[2]`, or `.` for all of it, which people
/// know as `whole`.
pub(super) fn in_words(whole: &str, path: &str, message: &str) -> FieldError {
    let message = without_place(message);
    let path = Some(path).filter(|path| *path != ".").unwrap_or_default();
    let of = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    let here = || Some(path).filter(|path| !path.is_empty()).unwrap_or(whole).to_owned();
    let quoted = |start: &str| message.strip_prefix(start)?.strip_prefix('`')?.split('`').next();
    let choices = || message.rsplit_once(", expected ").map(|(_, choices)| choices);
    let (field, rule) = if let Some(name) = quoted("missing field ") {
        (of(name), "is required".to_owned())
    } else if let Some(name) = quoted("duplicate field ") {
        (of(name), "is given more than once".to_owned())
    } else if quoted("unknown field ").is_some() {
        // The path ends with its name.
        let known = choices()
            .map_or_else(|| "there are none here".to_owned(), |c| format!("known here: {}", listed(c)));
        (here(), format!("is not a known field; {known}"))
    } else if quoted("unknown variant ").is_some() {
        (here(), format!("must be {}", choices().unwrap_or("left out")))
    } else if message.starts_with("invalid ")
        && let Some(expected) = choices()
    {
        (here(), format!("must be {}", kind(expected)))
    } else {
        (here(), other(message))
    };
    FieldError { field, rule }
}

/// The position helps with broken JSON; with a wrong value the field's name does.
fn without_place(message: &str) -> &str {
    message.rsplit_once(" at line ").map_or(message, |(head, _)| head)
}

fn listed(choices: &str) -> &str {
    choices.strip_prefix("one of ").unwrap_or(choices)
}

/// What was expected, without the names of Rust.
fn kind(expected: &str) -> String {
    let range = |least: &str, most: &str| format!("a whole number from {least} to {most}");
    match expected {
        "u8" => range("0", &u8::MAX.to_string()),
        "u16" => range("0", &u16::MAX.to_string()),
        "u32" => range("0", &u32::MAX.to_string()),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".to_owned(),
        "u64" | "usize" => "a whole number from 0".to_owned(),
        "f32" | "f64" => "a number".to_owned(),
        "a boolean" => "true or false".to_owned(),
        "a sequence" => "a list".to_owned(),
        "string or map" => "one of the words that are allowed here".to_owned(),
        _ if expected.contains("UUID") => "an id (UUID)".to_owned(),
        _ if expected == "a map" || expected.contains("struct ") || expected.contains("enum ") => {
            "a JSON object".to_owned()
        }
        _ => expected.to_owned(),
    }
}

fn other(message: &str) -> String {
    let rule = match message {
        "invalid digit found in string" | "cannot parse integer from empty string" => {
            "must be a whole number"
        }
        "number too large to fit in target type" => "is too large",
        "number too small to fit in target type" => "is too small",
        "provided string was not `true` or `false`" => "must be `true` or `false`",
        // Where one of several words is wanted and there is a number or a list.
        "expected value" => "must be one of the words that are allowed here",
        _ if message.starts_with("UUID parsing failed") => "must be an id (UUID)",
        _ => message,
    };
    rule.to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;
    use serde::de::DeserializeOwned;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::fix::{DecisionKind, ScriptBody};

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct All {
        text: String,
        small: Option<u8>,
        count: Option<i64>,
        id: Option<Uuid>,
        flag: Option<bool>,
        steps: Option<Vec<String>>,
        decision: Option<DecisionKind>,
        script: Option<ScriptBody>,
        fields: Option<BTreeMap<String, String>>,
    }

    fn said<T: DeserializeOwned>(text: &str) -> String {
        let read: Result<T, _> =
            serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text));
        let error = read.err().unwrap();
        let FieldError { field, rule } =
            in_words("body", &error.path().to_string(), &error.inner().to_string());
        format!("{field}: {rule}")
    }

    fn with(field: &str, value: &Value) -> String {
        said::<All>(&json!({ "text": "x", field: value }).to_string())
    }

    #[test]
    fn the_field_is_named_that_is_missing_unknown_or_there_twice() {
        assert_eq!(said::<All>("{}"), "text: is required");
        assert_eq!(said::<All>(r#"{"text": "a", "text": "b"}"#), "text: is given more than once");
        let unknown = said::<All>(r#"{"txet": "a"}"#);
        assert!(unknown.starts_with("txet: is not a known field; known here: `text`, `small`"), "{unknown}");
        assert_eq!(with("script", &json!({ "body": "ls" })), "script.language: is required");
    }

    #[test]
    fn a_wrong_value_is_told_what_it_must_be() {
        assert_eq!(with("small", &json!(300)), "small: must be a whole number from 0 to 255");
        assert_eq!(with("small", &json!("9")), "small: must be a whole number from 0 to 255");
        assert_eq!(with("count", &json!(1.5)), "count: must be a whole number");
        assert_eq!(with("id", &json!("7")), "id: must be an id (UUID)");
        assert_eq!(with("id", &json!(7)), "id: must be an id (UUID)");
        assert_eq!(with("flag", &json!("yes")), "flag: must be true or false");
        assert_eq!(with("steps", &json!(["a", 2])), "steps[1]: must be a string");
        assert_eq!(with("steps", &json!("a")), "steps: must be a list");
        assert_eq!(with("script", &json!("ls")), "script: must be a JSON object");
        assert_eq!(with("script", &json!(["bash"])), "script: must be a JSON object");
        assert_eq!(with("fields", &json!([])), "fields: must be a JSON object");
        assert_eq!(with("decision", &json!(5)), "decision: must be one of the words that are allowed here");
        let word = with("decision", &json!("x, expected y"));
        assert!(word.starts_with("decision: must be one of `one_off`, "), "{word}");
        assert_eq!(said::<All>("7"), "body: must be a JSON object");
        assert_eq!(said::<All>("[]"), "body: must be a JSON object");
    }
}
