//! The methods against Slack's own reference, where it is at hand: `FLOWPILOT_CONTRACTS` names the folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use flowpilot_fake_slack::{By, METHODS, Method};
use serde_json::{Value, json};

use crate::support::{Api, world};

/// The reference of each method, by name; empty where it is not at hand.
fn reference() -> BTreeMap<String, Value> {
    let Some(folder) = std::env::var_os("FLOWPILOT_CONTRACTS") else { return BTreeMap::new() };
    let folder = PathBuf::from(folder).join("slack/slack-api-ref-methods");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let methods = files.filter(|file| file.extension().is_some_and(|extension| extension == "json"));
    let read = |file: PathBuf| {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap())
    };
    methods.map(read).collect()
}

fn method(name: &str) -> &'static Method {
    METHODS.iter().find(|method| method.name == name).unwrap_or_else(|| panic!("{name} is not answered"))
}

/// Texts of a list in the reference.
fn texts(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn each_method_requires_what_the_reference_requires() {
    for (name, reference) in reference() {
        let required = method(&name).required;
        let mut theirs: Vec<_> = texts(&reference["args"]["required"]);
        theirs.retain(|argument| *argument != "token");
        for argument in &theirs {
            let known = required.iter().any(|ours| ours.split('|').any(|one| one == *argument));
            assert!(known, "{name} requires {argument}");
        }
        assert_eq!(required.len(), theirs.len(), "{name} requires {theirs:?}");
    }
}

#[test]
fn each_method_wants_a_scope_that_the_reference_names() {
    for (name, reference) in reference() {
        let theirs = texts(&reference["scope"]["bot"]);
        let ours = method(&name).scopes;
        assert_eq!(ours.is_empty(), theirs.is_empty(), "{name} wants {theirs:?}");
        assert!(ours.iter().all(|scope| theirs.contains(scope)), "{name} wants {theirs:?}");
    }
}

#[test]
fn each_method_takes_json_where_the_reference_says_so() {
    for (name, reference) in reference() {
        let theirs = reference["json_input_supported"] == true;
        assert_eq!(method(&name).json, theirs, "{name}");
    }
}

#[tokio::test]
async fn each_method_answers_on_the_verb_of_the_reference() {
    let world = world().await;
    for (name, reference) in reference() {
        let method = method(&name);
        let token =
            if method.by == By::App { world.slack.options().app_token } else { world.api.token.clone() };
        let api = world.api.with_token(&token);
        check(&api, method, reference["http_method"] == "GET").await;
    }
}

/// Every call without arguments names all that are missing, and a read is answered by GET and by POST.
async fn check(api: &Api, method: &Method, get: bool) {
    assert!(!get || method.reads, "{} is called by GET", method.name);
    let mut answers = vec![api.form(method.name, &[]).await];
    if method.json {
        answers.push(api.post(method.name, &json!({})).await);
    }
    if method.reads {
        answers.push(api.get(method.name, &[]).await);
    }
    for answer in answers {
        let messages = answer["response_metadata"]["messages"].to_string();
        for argument in method.required {
            assert!(messages.contains(argument), "{} without {argument}: {answer}", method.name);
        }
        assert_ne!(answer["error"], "unknown_method");
    }
}
