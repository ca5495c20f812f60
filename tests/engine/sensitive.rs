//! Sensitive values appear in the one answer to the person who generated the script, and nowhere else.

use flowpilot::script::{NewTemplate, ScriptTemplate, create_template, decide_template};
use flowpilot::surface::{CardKind, InputKind};
use serde_json::json;

use crate::support::api::Api;
use crate::support::database::every_text;
use crate::support::{World, on_both_databases, powershell};

const SECRET: &str = "correct-horse-battery";

/// An accepted template that sets a password.
async fn reset(world: &World) -> ScriptTemplate {
    let new = json!({
        "title": "Reset a password", "language": "powershell",
        "body": "Set-Login -User {{ user }} -Phrase {{ phrase }} -Pin {{ pin }}",
        "parameters": {
            "type": "object",
            "properties": {
                "user": { "type": "string" },
                "phrase": { "type": "string", "sensitive": true, "minLength": 8 },
                "pin": { "type": "integer", "sensitive": true, "default": 0 }
            },
            "required": ["user", "phrase"],
            "additionalProperties": false
        }
    });
    let new: NewTemplate = serde_json::from_value(new).unwrap();
    let draft = create_template(&world.engine, &world.engineer, new).await.unwrap();
    decide_template(&world.engine, &world.admin, draft.id, true).await.unwrap()
}

async fn is_stored(world: &World, text: &str) -> bool {
    every_text(&world.engine.db).await.contains(text)
}

on_both_databases! {
    async fn a_sensitive_value_is_in_the_answer_and_nowhere_in_the_database(world: &World) {
        let (id, template) = (world.session().await, reset(world).await);
        let api = Api::of(&world.engine, &world.engineer);
        let wanted = json!({
            "template_id": template.id, "session_id": id,
            "parameters": { "user": "jsmith", "phrase": SECRET, "pin": 740_211 }
        });
        let answer = api.post("/scripts/generate", wanted).await;
        assert_eq!(answer.body["script"], format!("Set-Login -User 'jsmith' -Phrase '{SECRET}' -Pin 740211"));
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert!(is_stored(world, "jsmith").await);
        assert!(!is_stored(world, SECRET).await);
        assert!(!is_stored(world, "740211").await);
    }

    async fn a_form_that_was_filled_in_leaves_nothing_behind(world: &World) {
        let id = world.session().await;
        reset(world).await;
        let mut tx = world.change(id).await;
        tx.suggest_fix(powershell("Reset it", "Set-Login -User 'jsmith' -Phrase '' -Pin 0")).await.unwrap();
        tx.commit(None).await.unwrap();
        let (card, shown) = world.open_card(id, CardKind::Fix).await;
        let kinds: Vec<_> =
            shown.actions[0].inputs.iter().map(|input| (input.name.as_str(), input.kind)).collect();
        assert!(
            kinds.contains(&("phrase", InputKind::Secret)) && kinds.contains(&("pin", InputKind::Secret)),
            "{kinds:?}"
        );
        let reply = world.press_card(id, card, "script", &[("phrase", SECRET)]).await.unwrap().1.0.unwrap();
        assert!(reply.contains(SECRET));
        world.say(id, "/apply").await;
        world.say(id, "/worked").await;
        world.say(id, "/resolve").await;
        assert!(!is_stored(world, SECRET).await);
    }

    async fn a_sensitive_value_is_not_taken_in_words_that_the_thread_keeps(world: &World) {
        let id = world.session().await;
        reset(world).await;
        let mut tx = world.change(id).await;
        tx.suggest_fix(powershell("Reset it", "Set-Login -User 'jsmith' -Phrase '' -Pin 0")).await.unwrap();
        tx.commit(None).await.unwrap();
        let refused = world.try_say(id, &format!("/script phrase={SECRET}")).await.unwrap_err();
        assert!(refused.to_string().contains("phrase") && !refused.to_string().contains(SECRET), "{refused}");
        assert!(!is_stored(world, SECRET).await);
    }

    async fn a_refusal_never_repeats_the_value(world: &World) {
        let template = reset(world).await;
        let api = Api::of(&world.engine, &world.engineer);
        let wanted =
            json!({ "template_id": template.id, "parameters": { "user": "jsmith", "phrase": "0xC0FFE" } });
        let answer = api.post("/scripts/generate", wanted).await;
        assert_eq!((answer.status, answer.fields()), (422, vec!["parameters.phrase"]));
        assert!(!answer.body.to_string().contains("0xC0FFE"), "{answer:?}");
    }

    async fn a_sensitive_value_in_a_fixs_own_script_is_neither_kept_nor_offered(world: &World) {
        let id = world.session().await;
        reset(world).await;
        let mut tx = world.change(id).await;
        let script = format!("Set-Login -User 'jsmith' -Phrase '{SECRET}' -Pin 740211");
        let fix = tx.suggest_fix(powershell("Reset it", &script)).await.unwrap();
        tx.commit(None).await.unwrap();
        let known = fix.template.unwrap().0.known;
        assert_eq!(known.keys().collect::<Vec<_>>(), ["user"]);
        assert!(!is_stored(world, SECRET).await);
        assert!(!is_stored(world, "740211").await);
    }

    async fn stored_credentials_are_sealed(world: &World) {
        let system = crate::support::psa::TicketSystem::connect(world).await;
        system.save_connection(world, "a-very-private-key").await;
        assert!(!is_stored(world, "a-very-private-key").await);
    }
}
