//! `flowpilot token` and `flowpilot openapi`.

use serde_json::{Value, json};

use crate::home::Home;
use crate::http::{Caller, client, send};

const MEMBERS: &str = "[team]\nmembers = [{ name = \"Ada\", role = \"team_admin\" }, \
    { name = \"Vera\", email = \"vera@example.com\", role = \"viewer\" }]\n";

#[tokio::test]
async fn a_token_pair_is_json_for_a_script_to_read() {
    let home = Home::new(MEMBERS);
    let server = home.serve().await;
    let printed = home.run(&["token", "--member", "viewer"]).await;
    let pair: Value = serde_json::from_str(&printed.out).unwrap();
    let refreshed = client()
        .post(format!("{}/api/v1/tokens/refresh", server.url()))
        .json(&json!({ "refresh_token": pair["refresh_token"] }));
    assert!(send(refreshed).await.unwrap().ok()["access_token"].is_string());
}

#[tokio::test]
async fn a_token_acts_as_the_member_that_was_named() {
    let home = Home::new(MEMBERS);
    let server = home.serve().await;
    let viewer = Caller::script(&home, &server, Some("vera@example.com")).await;
    assert_eq!(viewer.get("/api/v1/me").await.ok()["name"], "Vera");
    let refused = viewer.post("/api/v1/ai-sessions", &json!({ "problem": "vpn down" })).await;
    refused.is_problem(403, "");
}

#[tokio::test]
async fn a_token_without_a_name_acts_as_an_admin() {
    let home = Home::new(MEMBERS);
    let server = home.serve().await;
    let admin = Caller::script(&home, &server, None).await;
    assert_eq!(admin.get("/api/v1/me").await.ok()["role"], "team_admin");
}

#[tokio::test]
async fn a_token_for_somebody_unknown_lists_who_there_is() {
    let home = Home::new(MEMBERS);
    home.serve().await.terminate().await;
    let refused = home.run(&["token", "--member", "Zoe"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("Zoe") && refused.err.contains("Vera (viewer)"), "{}", refused.err);
}

#[tokio::test]
async fn a_token_before_the_first_start_says_what_to_do() {
    let home = Home::new("");
    let refused = home.run(&["token"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    assert_eq!(home.names(), ["flowpilot.toml"]);
    assert!(
        refused.err.contains("no database") && refused.err.contains("flowpilot serve"),
        "{}",
        refused.err
    );
}

#[tokio::test]
async fn the_served_description_is_part_of_the_printed_one() {
    let home = Home::new("");
    let server = home.serve().await;
    let served = send(client().get(format!("{}/api/v1/openapi.json", server.url()))).await.unwrap().ok();
    let printed: Value = serde_json::from_str(&home.run(&["openapi"]).await.out).unwrap();
    let served = served["paths"].as_object().unwrap();
    let missing: Vec<&String> =
        served.keys().filter(|path| served[*path] != printed["paths"][*path]).collect();
    assert!(served.len() > 20 && missing.is_empty(), "{missing:?}");
}
