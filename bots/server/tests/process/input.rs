//! Bad input at the API: every refusal is problem+json with the right status, naming field and rule.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::home::{Home, Server};
use crate::http::{Answer, Caller, client, send};

const NOBODY: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// A server with a script of its admin. The parts are kept alive together.
struct Open {
    script: Caller,
    server: Server,
    home: Home,
}

async fn open() -> Open {
    open_in(Home::started("").await).await
}

async fn open_in(home: Home) -> Open {
    let server = home.serve().await;
    Open { script: Caller::script(&home, &server, None).await, server, home }
}

impl Open {
    /// Sends this text as JSON.
    async fn send(&self, method: Method, path: &str, body: impl Into<reqwest::Body>) -> Answer {
        let request = self.script.request(method, path).header("content-type", "application/json").body(body);
        send(request).await.unwrap()
    }

    async fn session(&self) -> String {
        self.script.session(&json!({ "problem": "vpn does not connect" })).await
    }
}

#[tokio::test]
async fn malformed_json_is_told_with_its_place() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", "{\"problem\": \n \"x\",,}").await;
    answer.is_problem(400, "line 2");
}

#[tokio::test]
async fn an_empty_body_is_no_json() {
    let open = open().await;
    open.send(Method::POST, "/api/v1/ai-sessions", "").await.is_problem(400, "JSON");
}

#[tokio::test]
async fn more_than_one_value_is_refused() {
    let open = open().await;
    open.send(Method::POST, "/api/v1/ai-sessions", "{\"problem\":\"x\"} {}")
        .await
        .is_problem(400, "one JSON value");
}

#[tokio::test]
async fn text_that_is_no_utf8_is_refused() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", b"{\"problem\":\"\xff\"}".to_vec()).await;
    answer.is_problem(400, "");
}

#[tokio::test]
async fn json_that_is_nested_without_end_is_refused() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", "[".repeat(100_000)).await;
    assert!(matches!(answer.status, 400 | 422), "{answer:?}");
    answer.is_problem(answer.status, "");
}

#[tokio::test]
async fn a_wrong_type_names_the_field() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", "{\"problem\": 7}").await;
    answer.blames("problem", "must be a string");
}

#[tokio::test]
async fn a_body_of_another_shape_is_named() {
    let open = open().await;
    open.send(Method::POST, "/api/v1/ai-sessions", "[1]").await.blames("body", "must be a JSON object");
}

#[tokio::test]
async fn an_unknown_field_is_named() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", "{\"problem\":\"x\",\"tiket\":\"1\"}").await;
    answer.blames("tiket", "`ticket_id`");
}

#[tokio::test]
async fn an_unknown_value_of_a_choice_lists_the_choices() {
    let open = open().await;
    let session = open.session().await;
    let path = format!("/api/v1/ai-sessions/{session}");
    open.send(Method::PATCH, &path, "{\"status\":\"done\"}").await.blames("status", "paused");
}

#[tokio::test]
async fn a_status_that_a_note_leads_to_is_refused() {
    let open = open().await;
    let session = open.session().await;
    let path = format!("/api/v1/ai-sessions/{session}");
    open.send(Method::PATCH, &path, "{\"status\":\"resolved\"}").await.blames("status", "note");
}

#[tokio::test]
async fn a_fact_without_text_is_refused() {
    let open = open().await;
    let session = open.session().await;
    let answer =
        open.script.post(&format!("/api/v1/ai-sessions/{session}/facts"), &json!({ "text": "  " })).await;
    answer.blames("text", "");
}

#[tokio::test]
async fn a_fact_over_the_limit_is_refused() {
    let open = open().await;
    let session = open.session().await;
    let fact = json!({ "text": "é".repeat(2_001) });
    open.script.post(&format!("/api/v1/ai-sessions/{session}/facts"), &fact).await.blames("text", "2000");
}

#[tokio::test]
async fn a_body_over_a_mebibyte_is_refused() {
    let open = open().await;
    let answer = open.send(Method::POST, "/api/v1/ai-sessions", vec![b' '; 1024 * 1024 + 1]).await;
    answer.is_problem(413, "1 MiB");
}

#[tokio::test]
async fn a_body_of_another_kind_is_refused() {
    let open = open().await;
    let request = open.script.request(Method::POST, "/api/v1/ai-sessions");
    let form = request.header("content-type", "application/x-www-form-urlencoded").body("problem=x");
    send(form).await.unwrap().is_problem(415, "application/json");
}

#[tokio::test]
async fn a_body_of_no_kind_is_refused() {
    let open = open().await;
    let request = open.script.request(Method::POST, "/api/v1/ai-sessions").body("{\"problem\":\"x\"}");
    send(request).await.unwrap().is_problem(415, "application/json");
}

#[tokio::test]
async fn a_refused_body_does_not_spoil_the_connection() {
    let open = open().await;
    let host = open.server.url().trim_start_matches("http://").to_owned();
    let stream = TokioIo::new(TcpStream::connect(&host).await.unwrap());
    let (mut connection, work) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(work);
    let token = format!("Bearer {}", open.script.token());
    let paths = [("/api/v1/ai-sessions", 415), ("/api/v1/nowhere", 404), ("/api/v1/members", 415)];
    for (path, status) in paths {
        for (token, status) in [(token.as_str(), status), ("Bearer x", if status == 404 { 404 } else { 401 })]
        {
            let request = hyper::Request::post(path).header("host", &host).header("authorization", token);
            let body = Full::new(Bytes::from(vec![b'x'; 200_000]));
            let request = request.header("content-type", "text/plain").body(body).unwrap();
            connection.ready().await.unwrap();
            let answer = connection.send_request(request).await.unwrap();
            assert_eq!(answer.status(), status, "{path}");
            assert!(!answer.headers().contains_key("connection"), "{answer:?}");
            answer.into_body().collect().await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_body_that_nobody_waits_for_is_told_not_to_come() {
    let open = open().await;
    let host = open.server.url().trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&host).await.unwrap();
    let head = format!(
        "POST /api/v1/ai-sessions HTTP/1.1\r\nhost: {host}\r\ncontent-type: text/plain\r\n\
         content-length: 50000000\r\nexpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 401"), "{answer}");
    assert!(answer.to_lowercase().contains("\r\nconnection: close\r\n"), "{answer}");
}

#[tokio::test]
async fn an_unknown_id_is_not_found() {
    let open = open().await;
    open.script.get(&format!("/api/v1/ai-sessions/{NOBODY}")).await.is_problem(404, "session");
    let note = format!("/api/v1/ai-sessions/{NOBODY}/resolution-note/preview");
    open.script.post(&note, &json!({})).await.is_problem(404, "session");
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found() {
    let open = open().await;
    open.script.get("/api/v1/ai-sessions/42").await.is_problem(404, "`id` must be an id (UUID)");
    open.script.get("/api/v1/ai-sessions/..%2f..%2fetc").await.is_problem(404, "");
}

#[tokio::test]
async fn an_address_that_leads_nowhere_is_not_found() {
    let open = open().await;
    open.script.get("/api/v1/ai-session").await.is_problem(404, "/api/docs");
    open.script.get("/api/v2/ai-sessions").await.is_problem(404, "");
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_refused() {
    let open = open().await;
    open.send(Method::DELETE, "/api/v1/ai-sessions", "").await.is_problem(405, "method");
    open.send(Method::PUT, "/healthz", "").await.is_problem(405, "method");
}

#[tokio::test]
async fn a_stale_version_conflicts_and_names_both() {
    let open = open().await;
    let session = open.session().await;
    let facts = format!("/api/v1/ai-sessions/{session}/facts");
    open.script.post(&facts, &json!({ "text": "The cable is loose." })).await.ok();
    let stale = json!({ "text": "The cable is fine.", "state_version": 0 });
    open.script.post(&facts, &stale).await.is_problem(409, "you saw version 0, it is at version 1");
    let note = format!("/api/v1/ai-sessions/{session}/resolution-note/post");
    open.script.post(&note, &json!({ "state_version": 0 })).await.is_problem(409, "version 1");
}

#[tokio::test]
async fn a_step_that_the_state_does_not_allow_conflicts() {
    let open = open().await;
    let session = open.session().await;
    let path = format!("/api/v1/ai-sessions/{session}");
    open.send(Method::PATCH, &path, "{\"status\":\"abandoned\"}").await.ok();
    let fact = open.script.post(&format!("{path}/facts"), &json!({ "text": "x" })).await;
    fact.is_problem(409, "abandoned");
}

#[tokio::test]
async fn a_ticket_without_a_ticket_system_is_refused() {
    let open = open().await;
    let answer = open.script.post("/api/v1/ai-sessions", &json!({ "ticket_id": "1" })).await;
    answer.blames("ticket_id", "no ticket system");
}

#[tokio::test]
async fn a_page_that_is_none_is_refused() {
    let open = open().await;
    open.script.get("/api/v1/ai-sessions?limit=0").await.blames("limit", "1 to 200");
    open.script.get("/api/v1/ai-sessions?cursor=nonsense").await.blames("cursor", "cursor");
    open.script.get("/api/v1/ai-sessions?limit=many").await.blames("limit", "must be a whole number");
    open.script.get("/api/v1/ai-sessions?colour=red").await.blames("colour", "not a known field");
}

#[tokio::test]
async fn a_key_that_was_used_for_another_request_is_refused() {
    let open = open().await;
    let start = |problem: &str| {
        let request =
            open.script.request(Method::POST, "/api/v1/ai-sessions").header("idempotency-key", "once");
        send(request.json(&json!({ "problem": problem })))
    };
    let (first, again) = (start("vpn").await.unwrap().ok(), start("vpn").await.unwrap().ok());
    assert_eq!(first["id"], again["id"]);
    start("printer").await.unwrap().blames("Idempotency-Key", "another request");
}

async fn with_token(open: &Open, authorization: Option<&str>) -> Answer {
    let request = client().get(format!("{}/api/v1/ai-sessions", open.server.url()));
    let request =
        authorization.into_iter().fold(request, |request, value| request.header("authorization", value));
    send(request).await.unwrap()
}

#[tokio::test]
async fn without_a_token_nobody_gets_in() {
    let open = open().await;
    with_token(&open, None).await.is_problem(401, "Authorization: Bearer");
    with_token(&open, Some("Basic YTpi")).await.is_problem(401, "Bearer");
}

#[tokio::test]
async fn a_token_that_is_not_ours_is_refused() {
    let open = open().await;
    let mut forged: Vec<&str> = open.script.token().split('.').collect();
    forged[2] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    with_token(&open, Some("Bearer garbage")).await.is_problem(401, "not ours");
    with_token(&open, Some(&format!("Bearer {}", forged.join(".")))).await.is_problem(401, "not ours");
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let open = open().await;
    let claims = open.script.token().split('.').nth(1).unwrap();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.");
    with_token(&open, Some(&unsigned)).await.is_problem(401, "not ours");
}

#[tokio::test]
async fn a_token_of_another_installation_is_refused() {
    // A folder prepared like ours would have our keys too.
    let (open, other) = (open().await, open_in(Home::new("")).await);
    let foreign = format!("Bearer {}", other.script.token());
    with_token(&open, Some(&foreign)).await.is_problem(401, "not ours");
}

#[tokio::test]
async fn a_refresh_token_that_is_used_again_ends_its_whole_family() {
    let open = open().await;
    let printed = open.home.run(&["token"]).await;
    let first: Value = serde_json::from_str(&printed.out).unwrap();
    let refresh = async |pair: &Value| {
        let body = json!({ "refresh_token": pair["refresh_token"] });
        open.script.post("/api/v1/tokens/refresh", &body).await
    };
    let second = refresh(&first).await.ok();
    refresh(&first).await.is_problem(401, "used before");
    refresh(&second).await.is_problem(401, "ended");
}
