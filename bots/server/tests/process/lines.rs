//! `flowpilot redact` and `flowpilot ground`, as a script uses them.

use std::process::Stdio;

use serde_json::{Value, json};

use crate::home::Home;

/// What the program answers to these lines: its code, its lines, and what it complains about.
async fn answer(arguments: &[&str], lines: &str) -> (i32, Vec<Value>, String) {
    // Neither reads a configuration, so that a broken one is no hindrance.
    let home = Home::new("this is no toml");
    let file = home.write("lines.jsonl", lines);
    let mut command = home.command(arguments);
    command.stdin(Stdio::from(std::fs::File::open(file).unwrap()));
    let ended = command.output().await.unwrap();
    let out = String::from_utf8(ended.stdout).unwrap();
    let lines = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    (ended.status.code().unwrap_or(-1), lines, String::from_utf8(ended.stderr).unwrap())
}

#[tokio::test]
async fn a_script_gets_each_text_without_its_secrets() {
    let lines = "{\"id\": \"a\", \"text\": \"her pw is Herbst!26\"}\n{\"id\": 2, \"text\": \"mail bob@acme.example\"}\n";
    let (code, out, _) = answer(&["redact", "--jsonl"], lines).await;
    assert_eq!(code, 0);
    assert_eq!(
        out,
        [
            json!({ "id": "a", "text": "her pw is [PASSWORD#1]", "spans": [{ "start": 10, "end": 19, "label": "PASSWORD" }] }),
            json!({ "id": 2, "text": "mail bob@acme.example", "spans": [] }),
        ]
    );
    let (_, out, _) = answer(&["redact", "--jsonl", "--profile", "pii"], lines).await;
    assert_eq!(out[1]["text"], "mail [EMAIL#1]");
}

#[tokio::test]
async fn a_script_learns_which_sentence_no_fact_supports() {
    let lines = "{\"id\": 1, \"facts\": [\"Restarted the spooler\"], \"claim\": \"The spooler was restarted.\"}\n\
        {\"id\": 2, \"facts\": [\"Restarted the spooler\"], \"claim\": \"The driver was replaced.\"}\n";
    let (code, out, _) = answer(&["ground", "--jsonl"], lines).await;
    assert_eq!((code, &out[0]["supported"], &out[1]["supported"]), (0, &json!(true), &json!(false)));
    assert!(out[1]["reason"].as_str().unwrap().contains("driver"), "{}", out[1]);
}

#[tokio::test]
async fn a_bad_line_is_named_and_the_others_are_answered() {
    let lines = "{\"id\": 1, \"text\": \"a\"}\nno json\n{\"id\": 3}\n{\"id\": 4, \"text\": \"b\"}\n";
    let (code, out, err) = answer(&["redact", "--jsonl"], lines).await;
    assert_eq!((code, out.len()), (1, 2));
    assert!(err.contains("line 2 ") && err.contains("line 3 ") && err.contains("text"), "{err}");
}
