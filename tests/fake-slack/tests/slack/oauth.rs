//! Tokens: given for a code, renewed once, taken away.

use flowpilot_fake_slack::{Options, Workspace};
use serde_json::{Value, json};

use crate::support::{World, world, world_with};

async fn access(world: &World, secret: &str, fields: &[(&str, &str)]) -> Value {
    let request = world.api.http.post(format!("{}/oauth.v2.access", world.api.url));
    let request = request.basic_auth("111.222", Some(secret)).form(fields);
    request.send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn a_code_gives_a_token_of_its_workspace_once() {
    let world = world().await;
    world.slack.add_workspace(Workspace {
        team: "T0BETA".to_owned(),
        name: "Beta".to_owned(),
        enterprise: None,
        org_wide: false,
        bot_user: "U0BETABOT".to_owned(),
        bot_id: "B0BETABOT".to_owned(),
    });
    let code = world.slack.allow("T0BETA", "U1", Some("http://localhost/cb"));
    let fields = [("code", code.as_str()), ("redirect_uri", "http://localhost/cb")];
    let granted = access(&world, "oauth-client-secret", &fields).await;
    assert_eq!((&granted["team"]["id"], &granted["bot_user_id"]), (&json!("T0BETA"), &json!("U0BETABOT")));
    assert_eq!(granted["refresh_token"], json!(null));
    let beta = world.api.with_token(granted["access_token"].as_str().unwrap());
    assert_eq!(beta.get("auth.test", &[]).await["team_id"], "T0BETA");
    let elsewhere = json!({ "channel": world.help, "text": "x" });
    assert_eq!(beta.post("chat.postMessage", &elsewhere).await["error"], "channel_not_found");
    assert_eq!(access(&world, "oauth-client-secret", &fields).await["error"], "invalid_code");
}

#[tokio::test]
async fn client_and_address_are_checked() {
    let world = world().await;
    let code = world.slack.allow("T0ACME", "U1", Some("http://localhost/cb"));
    let fields = [("code", code.as_str()), ("redirect_uri", "http://evil/cb")];
    assert_eq!(access(&world, "wrong", &fields).await["error"], "bad_client_secret");
    assert_eq!(access(&world, "oauth-client-secret", &fields).await["error"], "bad_redirect_uri");
}

#[tokio::test]
async fn a_refresh_token_works_once() {
    let world = world_with(Options { rotation: true, ..Options::default() }).await;
    let code = world.slack.allow("T0ACME", "U1", None);
    let first = access(&world, "oauth-client-secret", &[("code", &code)]).await;
    assert_eq!(first["expires_in"], 43_200);
    world.slack.expire_tokens();
    let old = world.api.with_token(first["access_token"].as_str().unwrap());
    assert_eq!(old.get("auth.test", &[]).await["error"], "token_expired");
    let refresh = first["refresh_token"].as_str().unwrap();
    let fields = [("grant_type", "refresh_token"), ("refresh_token", refresh)];
    let second = access(&world, "oauth-client-secret", &fields).await;
    let new = world.api.with_token(second["access_token"].as_str().unwrap());
    assert_eq!(new.get("auth.test", &[]).await["ok"], true);
    assert_eq!(access(&world, "oauth-client-secret", &fields).await["error"], "invalid_refresh_token");
    let shown = format!("{:?}", world.slack.calls("oauth.v2.access"));
    assert!(!shown.contains(refresh), "calls show no tokens that were sent: {shown}");
}

#[tokio::test]
async fn an_organisation_wide_token_has_an_enterprise_and_no_team() {
    let world = world_with(Options::org_wide()).await;
    let code = world.slack.allow("T0ACME", "U1", None);
    let granted = access(&world, "oauth-client-secret", &[("code", &code)]).await;
    assert_eq!((&granted["team"], &granted["enterprise"]["id"]), (&json!(null), &json!("E0ACME")));
    assert_eq!(granted["is_enterprise_install"], true);
}
