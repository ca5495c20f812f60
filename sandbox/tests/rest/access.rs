//! Who is let in, and what an answer looks like to who is.

use flowpilot_sandbox::{Credentials, Sandbox, SandboxConfig, SandboxError};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{BASIC, Peer, config, demo, reply};

const INFO: &str = "/v2026_1/apis/3.0/system/info";

#[tokio::test]
async fn without_credentials_the_answer_is_401_with_the_vendors_body() {
    let peer = demo().await;
    let reply = reply(peer.bare(Method::GET, INFO).header("clientId", "x")).await;
    assert_eq!((reply.status, reply.error()), (401, ("Unauthorized", "Authorization is required")));
}

#[tokio::test]
async fn a_wrong_private_key_is_refused() {
    let peer = demo().await;
    let request = peer.bare(Method::GET, INFO).basic_auth("acme+public", Some("guess"));
    assert_eq!(reply(request.header("clientId", "x")).await.status, 401);
}

#[tokio::test]
async fn keys_without_the_company_are_refused() {
    let peer = demo().await;
    let request = peer.bare(Method::GET, INFO).basic_auth("public", Some("private"));
    assert_eq!(reply(request.header("clientId", "x")).await.status, 401);
}

#[tokio::test]
async fn a_request_without_client_id_is_refused_and_says_so() {
    let peer = demo().await;
    let reply = reply(peer.bare(Method::GET, INFO).header("authorization", BASIC)).await;
    assert_eq!((reply.status, reply.error().1), (401, "ClientId is required in the header"));
}

#[tokio::test]
async fn another_integrations_client_id_is_forbidden() {
    let keys = Credentials { client_id: Some("0f0f".to_owned()), ..config().credentials };
    let peer = Peer::start(SandboxConfig { credentials: keys, ..config() }).await;
    assert_eq!(peer.get("/system/info").await.status, 403);
}

#[tokio::test]
async fn the_answer_has_the_version_that_was_asked_for() {
    let peer = demo().await;
    let reply = peer.get("/system/info").await;
    assert_eq!(reply.headers["content-type"], "application/vnd.connectwise.com+json; version=2026.1");
    assert_eq!(reply.headers["api-current-version"], "2026.1");
    assert!(reply.headers.contains_key("x-cw-request-id"));
}

#[tokio::test]
async fn every_published_form_of_accept_is_followed() {
    let peer = demo().await;
    let forms = [
        "*/*",
        "application/json",
        "application/json, text/plain, */*",
        "application/vnd.connectwise.com+json; version=2025.1",
        "application/vnd.connectwise.com+json; version=2025.1, application/json",
    ];
    let mut statuses = Vec::new();
    for form in forms {
        let request = peer.bare(Method::GET, INFO).header("authorization", BASIC).header("clientId", "x");
        statuses.push(reply(request.header("accept", form)).await.status);
    }
    assert_eq!(statuses, [200; 5]);
}

#[tokio::test]
async fn an_accept_that_cannot_be_followed_is_406() {
    let peer = demo().await;
    let request = peer.bare(Method::GET, INFO).header("authorization", BASIC).header("clientId", "x");
    assert_eq!(reply(request.header("accept", "text/html")).await.status, 406);
}

#[tokio::test]
async fn the_company_look_up_needs_no_keys_and_tells_the_codebase() {
    let peer = demo().await;
    let reply = reply(peer.bare(Method::GET, "/login/companyinfo/ACME")).await;
    assert_eq!((reply.status, &reply.body["Codebase"]), (200, &json!("v2026_1/")));
}

#[tokio::test]
async fn an_unknown_company_is_null() {
    let peer = demo().await;
    let reply = reply(peer.bare(Method::GET, "/login/companyinfo/nobody")).await;
    assert_eq!((reply.status, reply.body), (200, Value::Null));
}

#[tokio::test]
async fn the_routing_codebase_always_works() {
    let peer = demo().await;
    let request = peer.bare(Method::GET, "/v4_6_release/apis/3.0/system/info");
    let request = request.header("authorization", BASIC).header("clientId", "x");
    assert_eq!(reply(request).await.status, 200);
}

#[tokio::test]
async fn after_a_codebase_change_the_old_one_is_gone_and_the_look_up_tells_the_new_one() {
    let peer = demo().await;
    let change = json!({ "codebase": "v2026_2/" });
    assert_eq!(peer.control(Method::POST, "/codebase", Some(&change)).await.status, 204);
    assert_eq!(peer.get("/system/info").await.status, 404);
    let found = reply(peer.bare(Method::GET, "/login/companyinfo/acme")).await;
    assert_eq!(found.body["Codebase"], "v2026_2/");
}

#[tokio::test]
async fn an_endpoint_that_does_not_exist_has_the_vendors_body() {
    let peer = demo().await;
    let reply = peer.get("/service/nothing").await;
    assert_eq!((reply.status, reply.error()), (404, ("ConnectWiseApi", "The endpoint does not exist.")));
}

#[tokio::test]
async fn a_method_that_an_endpoint_lacks_is_405() {
    let peer = demo().await;
    assert_eq!(peer.delete("/service/tickets/10421").await.status, 405);
}

#[tokio::test]
async fn an_address_that_others_can_reach_is_refused() {
    let listen = "0.0.0.0:0".parse().expect("an address");
    let started = Sandbox::start(SandboxConfig { listen, ..config() }).await;
    assert!(matches!(started, Err(SandboxError::NotLoopback(_))));
}

#[tokio::test]
async fn a_busy_port_is_named() {
    let peer = demo().await;
    let listen = peer.sandbox.url().trim_start_matches("http://").parse().expect("an address");
    let error = Sandbox::start(SandboxConfig { listen, ..config() }).await.expect_err("the port is taken");
    assert!(error.to_string().contains(&listen.to_string()), "{error}");
}

#[tokio::test]
async fn a_stopped_sandbox_listens_no_more() {
    let peer = demo().await;
    let again = peer.bare(Method::GET, "/login/companyinfo/acme");
    peer.sandbox.stop().await;
    assert!(again.send().await.expect_err("nobody listens").is_connect());
}

#[test]
fn credentials_do_not_show_the_private_key() {
    assert!(!format!("{:?}", config().credentials).contains("\"private\""));
}
