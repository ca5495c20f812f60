//! `flowpilot flow`: validate, import, export.

use crate::home::Home;

/// A good flow that can be read at a glance.
const GOOD: &str = "\
slug: no-ping
title: A host does not answer
kind: troubleshooting
summary: A host does not answer a ping.
tags: [network]
symptoms:
  - host does not answer
start: ping
nodes:
  ping:
    type: question
    text: Does the host answer a ping?
    answers:
      - { label: Yes it does, fact: The host answers a ping., next: fixed }
      - { label: It does not, fact: The host does not answer., next: up }
  up:
    type: escalation
    reason: The host is down.
    next_steps: []
  fixed:
    type: solution
    title: Do nothing
    root_cause: It was a short break.
    rationale: It answers again.
    steps: [Close the ticket.]
    prior: 50
";

fn broken() -> String {
    GOOD.replace("slug: no-ping", "slug: broken").replace("next: up }", "next: nowhere }")
}

#[tokio::test]
async fn a_good_flow_is_valid() {
    let home = Home::new("");
    home.write("good.yaml", GOOD);
    let told = home.run(&["flow", "validate", "good.yaml"]).await;
    assert_eq!((told.code, told.err.as_str()), (0, ""), "{}", told.err);
    assert!(told.out.contains('1'), "{}", told.out);
    assert_eq!(home.names(), ["flowpilot.toml", "good.yaml"], "looking changes nothing");
}

#[tokio::test]
async fn a_broken_flow_is_named_with_file_line_and_rule() {
    let home = Home::new("");
    home.write("good.yaml", GOOD);
    home.write("broken.yaml", broken());
    let told = home.run(&["flow", "validate", "good.yaml", "broken.yaml"]).await;
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    assert!(told.err.contains("broken.yaml: line 15: "), "{}", told.err);
    assert!(told.err.contains("there is no node `nowhere`"), "{}", told.err);
}

#[tokio::test]
async fn an_unknown_field_of_a_flow_is_named_with_its_line() {
    let home = Home::new("");
    home.write("odd.yaml", GOOD.replace("    reason: The host", "    raison: The host"));
    let told = home.run(&["flow", "validate", "odd.yaml"]).await;
    assert_eq!(told.code, 1);
    assert!(told.err.contains("line 18") && told.err.contains("raison"), "{}", told.err);
}

#[tokio::test]
async fn a_flow_file_that_is_no_text_is_named() {
    let home = Home::new("");
    home.write("picture.yaml", [0x89, b'P', b'N', b'G', 0xff, 0xfe]);
    let told = home.run(&["flow", "validate", "picture.yaml"]).await;
    assert_eq!(told.code, 1);
    assert!(told.err.contains("picture.yaml is not UTF-8"), "{}", told.err);
}

#[tokio::test]
async fn a_flow_file_that_is_missing_is_named() {
    let told = Home::new("").run(&["flow", "validate", "missing.yaml"]).await;
    assert_eq!(told.code, 1);
    assert!(told.err.contains("missing.yaml"), "{}", told.err);
}

#[tokio::test]
async fn one_broken_file_keeps_all_from_being_imported() {
    let home = Home::started("").await;
    home.write("good.yaml", GOOD);
    home.write("broken.yaml", broken());
    let refused = home.run(&["flow", "import", "good.yaml", "broken.yaml"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("broken.yaml: line 15: "), "{}", refused.err);
    let absent = home.run(&["flow", "export", "no-ping"]).await;
    assert_eq!(absent.code, 1);
    assert!(absent.err.contains("no-ping"), "{}", absent.err);
}

#[tokio::test]
async fn what_was_exported_is_the_same_when_it_is_imported_again() {
    let home = Home::started("").await;
    home.write("good.yaml", GOOD);
    let first = home.run(&["flow", "import", "good.yaml"]).await;
    let exported = home.run(&["flow", "export", "no-ping"]).await;
    home.write("again.yaml", &exported.out);
    let again = home.run(&["flow", "import", "again.yaml"]).await;
    assert_eq!((first.code, exported.code, again.code), (0, 0, 0), "{}{}", first.err, again.err);
    assert!(first.out.contains("no-ping: created"), "{}", first.out);
    assert!(again.out.contains("no-ping: unchanged"), "{}", again.out);
    assert_eq!(home.run(&["flow", "export", "no-ping"]).await.out, exported.out);
}

#[tokio::test]
async fn a_starter_flow_survives_export_and_import() {
    let home = Home::started("").await;
    let exported = home.run(&["flow", "export", "teams-audio"]).await;
    home.write("teams.yaml", &exported.out);
    let again = home.run(&["flow", "import", "teams.yaml"]).await;
    assert_eq!((exported.code, again.code), (0, 0), "{}{}", exported.err, again.err);
    assert!(again.out.contains("teams-audio: unchanged"), "{}", again.out);
}
