//! Filling a script in: values are data, never code.

use std::process::Command;

use flowpilot::script::{GenerateScript, NewTemplate, create_template, generate};
use flowpilot::store::ScriptTemplateId;
use flowpilot::{Error, Result};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::{Database, World, on_both_databases};

/// A template with one text parameter, `user`.
async fn template(world: &World, language: &str, body: &str) -> ScriptTemplateId {
    let new = json!({
        "title": "T", "language": language, "body": body,
        "parameters": {
            "type": "object",
            "properties": { "user": { "type": "string" }, "count": { "type": "integer" }, "force": { "type": "boolean" } },
            "additionalProperties": false
        }
    });
    let new: NewTemplate = serde_json::from_value(new).unwrap();
    create_template(&world.engine, &world.engineer, new).await.unwrap().id
}

async fn filled(world: &World, template_id: ScriptTemplateId, parameters: Value) -> Result<String> {
    let wanted = json!({ "template_id": template_id, "parameters": parameters });
    let wanted: GenerateScript = serde_json::from_value(wanted).unwrap();
    generate(&world.engine, &world.engineer, wanted).await.map(|generated| generated.script)
}

async fn refused(world: &World, template: ScriptTemplateId, parameters: Value) -> Vec<String> {
    match filled(world, template, parameters).await {
        Err(Error::Invalid(errors)) => errors.into_iter().map(|error| error.field).collect(),
        other => panic!("{other:?}"),
    }
}

on_both_databases! {
    async fn a_text_becomes_a_quoted_literal_of_the_language(world: &World) {
        let hostile = json!({ "user": "x'; Remove-Item C:\\ -Recurse #" });
        let powershell = template(world, "powershell", "Get-ADUser {{ user }}").await;
        let script = filled(world, powershell, hostile.clone()).await.unwrap();
        assert_eq!(script, "Get-ADUser 'x''; Remove-Item C:\\ -Recurse #'");
        let typographic = filled(world, powershell, json!({ "user": "x’; whoami #" })).await.unwrap();
        assert_eq!(typographic, "Get-ADUser 'x’’; whoami #'");
        let bash = template(world, "bash", "id {{ user }}").await;
        let script = filled(world, bash, hostile).await.unwrap();
        assert_eq!(script, r"id 'x'\''; Remove-Item C:\ -Recurse #'");
    }

    async fn what_cmd_cannot_quote_is_refused(world: &World) {
        let cmd = template(world, "cmd", "net user {{ user }}").await;
        assert_eq!(filled(world, cmd, json!({ "user": "Jane Doe" })).await.unwrap(), "net user \"Jane Doe\"");
        for hostile in ["a & del *", "%PATH%", "\" & calc", "a | b", "a ^ b", "!x!", "a > b"] {
            assert_eq!(refused(world, cmd, json!({ "user": hostile })).await, ["body"], "{hostile}");
        }
    }

    async fn a_value_of_several_lines_is_refused(world: &World) {
        for language in ["powershell", "cmd", "bash"] {
            let template = template(world, language, "echo {{ user }}").await;
            assert_eq!(
                refused(world, template, json!({ "user": "a\nwhoami" })).await,
                ["body"],
                "{language}"
            );
        }
    }

    async fn numbers_and_truth_are_written_as_the_language_has_them(world: &World) {
        let values = json!({ "count": -3, "force": true });
        let powershell = template(world, "powershell", "Do -Count {{ count }} -Force:{{ force }}").await;
        assert_eq!(filled(world, powershell, values.clone()).await.unwrap(), "Do -Count -3 -Force:$true");
        let bash = template(world, "bash", "do {{ count }} {{ force }}").await;
        assert_eq!(filled(world, bash, values).await.unwrap(), "do -3 true");
    }

    async fn a_value_that_looks_like_a_template_stays_text(world: &World) {
        let bash = template(world, "bash", "echo {{ user }}").await;
        let script = filled(world, bash, json!({ "user": "{{ count }}{% raw %}" })).await.unwrap();
        assert_eq!(script, "echo '{{ count }}{% raw %}'");
    }

    async fn a_parameter_stands_on_its_own_and_not_inside_quotes(world: &World) {
        for (language, body) in [
            ("powershell", "Write-Host \"Hello {{ user }}\""),
            ("powershell", "Write-Host 'Hello {{ user }}'"),
            ("bash", "echo \"Hello {{ user }}\""),
            ("cmd", "echo \"{{ user }}\""),
        ] {
            let new = json!({
                "title": "T", "language": language, "body": body,
                "parameters": { "type": "object", "properties": { "user": { "type": "string" } } }
            });
            let new: NewTemplate = serde_json::from_value(new).unwrap();
            let made = create_template(&world.engine, &world.engineer, new).await;
            assert!(
                matches!(&made, Err(Error::Invalid(errors)) if errors[0].field == "body"),
                "{body}: {made:?}"
            );
        }
    }

    async fn a_value_of_the_wrong_kind_or_name_is_refused_naming_it(world: &World) {
        let bash = template(world, "bash", "echo {{ user }}").await;
        assert_eq!(refused(world, bash, json!({ "user": 3 })).await, ["parameters.user"]);
        assert_eq!(refused(world, bash, json!({ "user": "a", "usr": "b" })).await, ["parameters"]);
        let missing = filled(world, bash, json!({})).await.unwrap_err();
        assert!(matches!(missing, Error::Invalid(_)), "{missing}");
    }

    async fn a_rejected_template_generates_nothing(world: &World) {
        let bash = template(world, "bash", "ls").await;
        flowpilot::script::decide_template(&world.engine, &world.admin, bash, false).await.unwrap();
        let refused = filled(world, bash, json!({})).await.unwrap_err();
        assert!(matches!(&refused, Error::Conflict(why) if why.contains("rejected")), "{refused}");
    }

    async fn a_script_counts_as_run_only_when_somebody_says_so(world: &World) {
        let (id, bash) = (world.session().await, template(world, "bash", "ls").await);
        for words in ["/fix List it", "/apply"] {
            world.say(id, words).await;
        }
        let api = Api::of(&world.engine, &world.engineer);
        let made = api.post("/scripts/generate", json!({ "template_id": bash, "session_id": id })).await.body;
        let note = async || api.get(&format!("/ai-sessions/{id}/resolution-note")).await.body.to_string();
        assert!(!note().await.contains("Ran the script"));
        let generation = made["id"].as_str().unwrap();
        let applied =
            api.post(&format!("/ai-sessions/{id}/generations/{generation}/applied"), json!({})).await;
        assert!(applied.body["applied_at"].is_i64(), "{applied:?}");
        assert!(note().await.contains("Ran the script \\\"T\\\"."));
    }
}

/// The real shell is asked what it makes of the literal.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shell_reads_back_exactly_the_value_that_was_filled_in() {
    let database = Database::sqlite().await;
    let world = World::new(&database).await;
    let bash = template(&world, "bash", "printf %s {{ user }}").await;
    let runtime = tokio::runtime::Handle::current();
    let checked = tokio::task::block_in_place(|| {
        let mut runner =
            TestRunner::new(Config { cases: 48, failure_persistence: None, ..Config::default() });
        runner.run(&r#"([ -~äß’]|['"$`\\;&|(){}!*~<>#]){0,24}"#, |value| {
            let script = runtime.block_on(filled(&world, bash, json!({ "user": value }))).unwrap();
            let output = Command::new("bash").args(["-c", &script]).output().unwrap();
            prop_assert_eq!(String::from_utf8_lossy(&output.stdout), value);
            prop_assert!(output.stderr.is_empty());
            Ok(())
        })
    });
    checked.unwrap();
}
