//! What is filled into a modal.

use serde_json::{Map, Value, json};

/// `view.state.values` of a view whose inputs were filled so: by `block_id`, or by label.
///
/// A text goes into text inputs, and chooses an option by its words or its value; `true` and `false` tick the first
/// option of checkboxes or none. Inputs that are not named keep what they begin with. The client sends no form whose
/// required inputs are empty, nor a text that is too long: both fail the test.
pub(super) fn state(view: &Value, filled: &[(&str, &str)]) -> Value {
    let blocks: Vec<_> = view["blocks"].as_array().into_iter().flatten().collect();
    let inputs: Vec<_> = blocks.iter().filter(|block| block["type"] == "input").collect();
    for (name, _) in filled {
        let there: Vec<_> = inputs.iter().map(|input| name_of(input)).collect();
        assert!(inputs.iter().any(|input| is_called(input, name)), "no input {name:?}, only {there:?}");
    }
    let mut values = Map::new();
    for input in inputs {
        let given = filled.iter().find(|(name, _)| is_called(input, name)).map(|(_, value)| *value);
        let value = value(&input["element"], given);
        let required = input["optional"] != true;
        assert!(!(required && is_empty(&value)), "the input {} is required", name_of(input));
        let action = input["element"]["action_id"].as_str().unwrap_or("action").to_owned();
        let block = input["block_id"].as_str().unwrap_or("block").to_owned();
        values.insert(block, json!({ action: value }));
    }
    json!({ "values": values })
}

fn name_of(input: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    format!("{} ({})", text(&input["block_id"]), text(&input["label"]["text"]))
}

fn is_called(input: &Value, name: &str) -> bool {
    input["block_id"] == name || input["label"]["text"] == name
}

fn is_empty(value: &Value) -> bool {
    let parts = ["value", "selected_option", "selected_user", "selected_channel", "selected_conversation"];
    let dates = ["selected_date", "selected_time", "selected_date_time", "rich_text_value"];
    let nothing = |name: &str| value[name].is_null();
    let none = |name: &str| value[name].as_array().is_none_or(Vec::is_empty);
    parts.iter().all(|name| nothing(name))
        && dates.iter().all(|name| nothing(name))
        && none("selected_options")
        && none("files")
}

fn value(element: &Value, given: Option<&str>) -> Value {
    let kind = element["type"].as_str().unwrap_or_default();
    let selected = |name: &str, first: &str| {
        let value = given.map_or_else(|| element[first].clone(), Value::from);
        json!({ "type": kind, name: value })
    };
    match kind {
        "static_select" | "radio_buttons" | "external_select" => {
            let option =
                given.map_or_else(|| element["initial_option"].clone(), |given| option(element, given));
            json!({ "type": kind, "selected_option": option })
        }
        "checkboxes" | "multi_static_select" => {
            json!({ "type": kind, "selected_options": options(element, given) })
        }
        "users_select" => selected("selected_user", "initial_user"),
        "channels_select" => selected("selected_channel", "initial_channel"),
        "conversations_select" => selected("selected_conversation", "initial_conversation"),
        "datepicker" => selected("selected_date", "initial_date"),
        "timepicker" => selected("selected_time", "initial_time"),
        _ => text(element, kind, given),
    }
}

fn text(element: &Value, kind: &str, given: Option<&str>) -> Value {
    let text = given.map(str::to_owned).or_else(|| element["initial_value"].as_str().map(str::to_owned));
    let text = text.filter(|text| !text.is_empty());
    let length = text.as_ref().map_or(0, |text| text.chars().count()) as u64;
    let most = element["max_length"].as_u64().unwrap_or(3_000);
    assert!(length <= most, "the client takes no more than {most} characters here, and these are {length}");
    json!({ "type": kind, "value": text })
}

fn options(element: &Value, given: Option<&str>) -> Value {
    match given {
        None => element.get("initial_options").cloned().unwrap_or_else(|| json!([])),
        Some("true") => json!([element["options"][0]]),
        Some("" | "false") => json!([]),
        Some(given) => given.split(',').map(|given| option(element, given.trim())).collect(),
    }
}

/// The option with these words or this value.
fn option(element: &Value, given: &str) -> Value {
    if given.is_empty() {
        return Value::Null;
    }
    let groups = element["option_groups"].as_array().into_iter().flatten();
    let grouped = groups.flat_map(|group| group["options"].as_array().into_iter().flatten());
    let all: Vec<_> = element["options"].as_array().into_iter().flatten().chain(grouped).collect();
    let found = all.iter().find(|option| option["value"] == given || option["text"]["text"] == given);
    match found {
        Some(option) => json!({ "text": option["text"], "value": option["value"] }),
        None => panic!("no option {given:?} in {all:?}"),
    }
}
