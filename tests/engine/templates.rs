//! Script templates: schemas, drafts, and what is offered for a fix.

use flowpilot::fix::SuggestedFix;
use flowpilot::script::{
    NewTemplate, ScriptTemplate, TemplateStatus, create_template, decide_template, template, update_template,
};
use flowpilot::store::SessionId;
use flowpilot::surface::CardKind;
use flowpilot::{Error, Result};
use serde_json::{Value, json};

use crate::support::api::Api;
use crate::support::{World, on_both_databases, powershell};

/// The template for unlocking an account.
fn unlock() -> Value {
    json!({
        "title": "Unlock an account",
        "language": "powershell",
        "body": "Unlock-ADAccount -Identity {{ user }} -Server {{ server }}",
        "parameters": {
            "type": "object",
            "properties": {
                "user": { "type": "string", "title": "User", "maxLength": 20 },
                "server": { "type": "string", "default": "dc01" }
            },
            "required": ["user"],
            "additionalProperties": false
        }
    })
}

fn new(template: Value) -> NewTemplate {
    serde_json::from_value(template).unwrap()
}

async fn draft(world: &World, template: Value) -> ScriptTemplate {
    create_template(&world.engine, &world.engineer, new(template)).await.unwrap()
}

async fn accepted(world: &World, template: Value) -> ScriptTemplate {
    let draft = draft(world, template).await;
    decide_template(&world.engine, &world.admin, draft.id, true).await.unwrap()
}

async fn suggest(world: &World, script: &str) -> (SessionId, SuggestedFix) {
    let id = world.session().await;
    let mut tx = world.change(id).await;
    let fix = tx.suggest_fix(powershell("Do it", script)).await.unwrap();
    tx.commit(None).await.unwrap();
    (id, fix)
}

/// The field and rule for which a template with these parameters and this body is refused.
async fn broken(world: &World, parameters: Value, body: &str) -> (String, String) {
    let template = json!({ "title": "T", "language": "bash", "body": body, "parameters": parameters });
    match create_template(&world.engine, &world.engineer, new(template)).await {
        Err(Error::Invalid(mut errors)) => {
            let error = errors.remove(0);
            (error.field, error.rule)
        }
        other => panic!("{other:?}"),
    }
}

fn with(name: &str, property: &Value) -> Value {
    json!({ "type": "object", "properties": { name: property } })
}

on_both_databases! {
    async fn a_broken_schema_is_refused_naming_the_property_and_the_rule(world: &World) {
        let field = async |parameters| broken(world, parameters, "ls").await.0;
        assert_eq!(field(json!({ "type": "array" })).await, "parameters.type");
        assert_eq!(field(json!({ "type": "object", "required": 3 })).await, "parameters");
        assert_eq!(field(with("2nd", &json!({ "type": "string" }))).await, "parameters.properties.2nd");
        assert_eq!(
            field(with("user", &json!({ "type": "object" }))).await,
            "parameters.properties.user.type"
        );
        let odd = json!({ "type": "string", "sensitive": "very" });
        assert_eq!(field(with("user", &odd)).await, "parameters.properties.user.sensitive");
    }

    async fn a_body_that_uses_what_is_not_declared_is_refused(world: &World) {
        let (field, rule) = broken(world, with("user", &json!({ "type": "string" })), "id {{ usr }}").await;
        assert_eq!(field, "body");
        assert!(rule.contains("{{ usr }}"), "{rule}");
        assert_eq!(broken(world, json!({ "type": "object" }), "id {{ user").await.0, "body");
    }

    async fn a_draft_can_be_changed_until_an_admin_decides(world: &World) {
        let made = draft(world, unlock()).await;
        let mut changed = unlock();
        changed["title"] = json!("Unlock somebody");
        let saved =
            update_template(&world.engine, &world.engineer, made.id, new(changed.clone())).await.unwrap();
        assert_eq!((saved.title.as_str(), saved.status), ("Unlock somebody", TemplateStatus::Draft));
        decide_template(&world.engine, &world.admin, made.id, true).await.unwrap();
        let late = update_template(&world.engine, &world.engineer, made.id, new(changed)).await.unwrap_err();
        assert!(matches!(&late, Error::Conflict(why) if why.contains("accepted already")), "{late}");
    }

    async fn only_an_admin_decides_about_a_draft_and_only_once(world: &World) {
        let made = draft(world, unlock()).await;
        let engineer = decide_template(&world.engine, &world.engineer, made.id, true).await.unwrap_err();
        assert!(matches!(engineer, Error::Forbidden(_)), "{engineer}");
        decide_template(&world.engine, &world.admin, made.id, false).await.unwrap();
        let again = decide_template(&world.engine, &world.admin, made.id, true).await.unwrap_err();
        assert!(matches!(&again, Error::Conflict(why) if why.contains("rejected already")), "{again}");
    }

    async fn an_accepted_template_is_offered_for_a_fix_with_its_script_and_what_is_known(world: &World) {
        let template = accepted(world, unlock()).await;
        let (_, fix) = suggest(world, "Unlock-ADAccount  -Identity 'jsmith'\n -Server dc02\n").await;
        let offer = fix.template.unwrap().0;
        assert_eq!(offer.template_id, template.id);
        assert_eq!(Value::Object(offer.known), json!({ "user": "jsmith", "server": "dc02" }));
    }

    async fn the_fix_card_asks_for_the_parameters_filled_in_where_known(world: &World) {
        accepted(world, unlock()).await;
        let (id, _) = suggest(world, "Unlock-ADAccount -Identity 'jsmith' -Server ''").await;
        let (_, card) = world.open_card(id, CardKind::Fix).await;
        let action = &card.actions[0];
        assert_eq!((action.id.as_str(), action.label.as_str()), ("script", "Fill in: Unlock an account"));
        let inputs: Vec<_> =
            action.inputs.iter().map(|i| (i.name.as_str(), i.required, i.value.as_deref())).collect();
        assert_eq!(inputs, [("server", false, Some("dc01")), ("user", true, Some("jsmith"))]);
        let reply =
            world.press_card(id, world.open_card(id, CardKind::Fix).await.0, "script", &[("user", "o'neil")]);
        let script = reply.await.unwrap().1.0.unwrap();
        assert!(script.contains("Unlock-ADAccount -Identity 'o''neil' -Server 'dc01'"), "{script}");
    }

    async fn a_draft_a_rejected_template_or_another_script_is_not_offered(world: &World) {
        draft(world, unlock()).await;
        let rejected = draft(world, unlock()).await;
        decide_template(&world.engine, &world.admin, rejected.id, false).await.unwrap();
        let (_, fix) = suggest(world, "Unlock-ADAccount -Identity 'jsmith' -Server 'dc01'").await;
        assert_eq!(fix.template, None);
        accepted(world, unlock()).await;
        let (_, fix) = suggest(world, "Disable-ADAccount -Identity 'jsmith' -Server 'dc01'").await;
        assert_eq!(fix.template, None);
    }

    async fn another_teams_template_is_not_offered(world: &World) {
        accepted(&world.other_team().await, unlock()).await;
        let (_, fix) = suggest(world, "Unlock-ADAccount -Identity 'jsmith' -Server 'dc01'").await;
        assert_eq!(fix.template, None);
    }

    async fn a_script_that_fits_no_template_offers_three_ways_on(world: &World) {
        let (id, _) = suggest(world, "Restart-Computer").await;
        let (_, card) = world.open_card(id, CardKind::Fix).await;
        let ids: Vec<_> = card.actions.iter().map(|action| action.id.as_str()).collect();
        assert_eq!(ids, ["one_off", "draft_template", "build_template", "dismissed"]);
    }

    async fn a_draft_is_accepted_from_its_card(world: &World) {
        let (id, _) = suggest(world, "Restart-Computer").await;
        world.press(id, CardKind::Fix, "draft_template").await;
        let (card_id, card) = world.open_card(id, CardKind::Notice).await;
        let accept = card.actions.iter().find(|action| action.label == "Accept").unwrap().id.clone();
        let api = Api::of(&world.engine, &world.admin);
        let path = format!("/ai-sessions/{id}/cards/{card_id}/actions");
        assert_eq!(api.post(&path, json!({ "action": accept })).await.status, 200);
        let (_, fix) = suggest(world, "Restart-Computer").await;
        assert!(fix.template.is_some());
    }

    async fn a_press_that_is_refused_decides_about_no_template(world: &World) {
        let (id, _) = suggest(world, "Restart-Computer").await;
        let made = draft(world, unlock()).await;
        let fix_card = world.open_card(id, CardKind::Fix).await.0;
        let action = format!("template_accept:{}", made.id);
        let api = Api::of(&world.engine, &world.admin);
        let pressed = api
            .post(&format!("/ai-sessions/{id}/cards/{fix_card}/actions"), json!({ "action": action }))
            .await;
        assert_eq!(pressed.status, 422);
        let found = template(&world.engine.db, world.team, made.id).await.unwrap().unwrap();
        assert_eq!(found.status, TemplateStatus::Draft);
    }

    async fn the_script_of_a_fix_that_worked_is_kept_after_resolve(world: &World) {
        let (id, fix) = suggest(world, "Restart-Computer").await;
        for words in ["/apply", "/worked", "/resolve", "/post"] {
            world.say(id, words).await;
        }
        world.press(id, CardKind::Session, "keep_script").await;
        let api = Api::of(&world.engine, &world.engineer);
        let drafts = api.get("/scripts/templates?status=draft").await.body;
        assert_eq!(drafts["items"][0]["source_fix"], json!(fix.id));
        assert_eq!(drafts["items"][0]["body"], "Restart-Computer");
    }

    async fn the_script_of_a_fix_that_failed_is_not_kept(world: &World) {
        let (id, fix) = suggest(world, "Restart-Computer").await;
        world.say(id, "/apply").await;
        world.say(id, "/failed").await;
        let api = Api::of(&world.engine, &world.engineer);
        let kept =
            api.post(&format!("/ai-sessions/{id}/suggested-fixes/{}/keep-script", fix.id), json!({})).await;
        assert_eq!(kept.status, 409);
    }

    async fn a_kept_script_is_text_whatever_braces_are_in_it(world: &World) {
        let script = "Write-Host '{{ user }} {% raw %} {# x #}'";
        let (id, fix) = suggest(world, script).await;
        let mut tx = world.change(id).await;
        let kept: Result<_> = tx.decide(fix.id, flowpilot::fix::DecisionKind::DraftTemplate, None).await;
        let made = kept.unwrap().template.unwrap();
        tx.commit(None).await.unwrap();
        let api = Api::of(&world.engine, &world.engineer);
        let filled = api.post("/scripts/generate", json!({ "template_id": made.id })).await;
        assert_eq!(filled.body["script"], script);
    }
}
