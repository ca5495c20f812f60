//! The manifest that Slack is given.

use flowpilot_slack::manifest::{ManifestOptions, SCOPES, manifest};
use serde_json::Value;

fn options() -> ManifestOptions {
    ManifestOptions {
        public_url: "https://flowpilot.example.com".parse().unwrap(),
        socket_mode: false,
        org_deploy: false,
        token_rotation: true,
    }
}

/// Slack's own schema, where it lies on this machine; the limits that we state are checked without it.
fn assert_valid(manifest: &Value) {
    let Some(contracts) = std::env::var_os("FLOWPILOT_CONTRACTS") else { return };
    let path = std::path::Path::new(&contracts).join("slack/manifest.schema.2.0.0.json");
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(manifest).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert_eq!(errors, Vec::<String>::new());
}

fn assert_at_most(manifest: &Value, pointer: &str, limit: usize) {
    let text = manifest.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}"));
    assert!((1..=limit).contains(&text.chars().count()), "{pointer}: {text}");
}

#[test]
fn the_manifest_is_as_slack_wants_it() {
    let manifest = manifest(&options());
    assert_valid(&manifest);
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!("manifest", manifest);
    });
}

#[test]
fn nothing_in_it_is_too_long() {
    let manifest = manifest(&options());
    assert_at_most(&manifest, "/display_information/name", 35);
    assert_at_most(&manifest, "/display_information/description", 140);
    assert_at_most(&manifest, "/features/agent_view/agent_description", 300);
    assert_at_most(&manifest, "/features/shortcuts/0/name", 24);
    assert_at_most(&manifest, "/features/shortcuts/0/description", 150);
    assert_at_most(&manifest, "/features/slash_commands/0/command", 32);
    assert_at_most(&manifest, "/features/slash_commands/0/usage_hint", 1_000);
    assert!(manifest["features"]["agent_view"]["suggested_prompts"].as_array().unwrap().len() <= 4);
}

#[test]
fn over_a_socket_slack_is_told_no_address_of_ours() {
    let manifest = manifest(&ManifestOptions { socket_mode: true, ..options() });
    assert_valid(&manifest);
    assert_eq!(manifest["settings"]["socket_mode_enabled"], true);
    assert_eq!(manifest["settings"]["event_subscriptions"].get("request_url"), None);
    assert_eq!(manifest["settings"]["interactivity"].get("request_url"), None);
    assert_eq!(manifest["features"]["slash_commands"][0].get("url"), None);
}

#[test]
fn an_address_below_a_path_keeps_it() {
    let public_url = "https://msp.example.com/flowpilot/".parse().unwrap();
    let manifest = manifest(&ManifestOptions { public_url, ..options() });
    assert_eq!(
        manifest["settings"]["event_subscriptions"]["request_url"],
        "https://msp.example.com/flowpilot/slack/events"
    );
}

#[test]
fn an_address_that_slack_cannot_unfurl_is_left_out() {
    let public_url = "http://127.0.0.1:8080".parse().unwrap();
    let manifest = manifest(&ManifestOptions { public_url, ..options() });
    assert_valid(&manifest);
    assert_eq!(manifest["features"].get("unfurl_domains"), None);
    let told = manifest.to_string();
    assert!(
        !told.contains("links:") && !told.contains("link_shared"),
        "no permission for what cannot be: {told}"
    );
}

#[test]
fn every_permission_has_its_reason_and_stands_there_once() {
    let mut names: Vec<&str> = SCOPES.iter().map(|scope| scope.name).collect();
    names.dedup();
    assert!(names.is_sorted());
    assert_eq!(names.len(), SCOPES.len());
    assert!(SCOPES.iter().all(|scope| !scope.why.is_empty()));
}

#[test]
fn the_documentation_says_what_every_permission_is_for() {
    let rows: Vec<String> =
        SCOPES.iter().map(|scope| format!("| `{}` | {} |", scope.name, scope.why)).collect();
    assert!(include_str!("../../README.md").contains(&rows.join("\n")));
}
