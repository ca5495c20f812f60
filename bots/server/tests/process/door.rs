//! Who gets into the console: the browser on this machine that was given the one-time key, and no page but ours.

use reqwest::Method;
use reqwest::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use serde_json::json;

use crate::home::{Home, Server};
use crate::http::{Answer, Caller, client, send};

async fn console() -> (Home, Server) {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    (home, server)
}

/// Asks for the console's state with these headers.
async fn look(server: &Server, headers: &[(reqwest::header::HeaderName, &str)]) -> Answer {
    let request = client().get(format!("{}/console/state", server.url()));
    send(headers.iter().fold(request, |request, (name, value)| request.header(name, *value))).await.unwrap()
}

#[tokio::test]
async fn without_the_cookie_nobody_gets_in() {
    let (_home, server) = console().await;
    look(&server, &[]).await.is_problem(401, "address that the terminal printed");
    look(&server, &[(COOKIE, "flowpilot_console=guess")]).await.is_problem(401, "");
}

#[tokio::test]
async fn the_page_itself_says_nothing_secret_and_needs_no_key() {
    let (_home, server) = console().await;
    let page = send(client().get(server.url())).await.unwrap();
    assert_eq!(page.status, 200);
    assert!(page.content_type.starts_with("text/html"));
    assert!(!page.body.to_string().contains(server.key()));
}

#[tokio::test]
async fn the_one_time_key_lets_one_browser_in() {
    let (_home, server) = console().await;
    let enter = || client().get(format!("{}/?k={}", server.url(), server.key())).send();
    let (first, second) = (enter().await.unwrap(), enter().await.unwrap());
    assert!(first.headers().contains_key(SET_COOKIE));
    assert!(!second.headers().contains_key(SET_COOKIE));
}

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_other_sites() {
    let (_home, server) = console().await;
    let entered = client().get(format!("{}/?k={}", server.url(), server.key())).send().await.unwrap();
    let cookie = entered.headers()[SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
}

#[tokio::test]
async fn a_browser_that_was_let_in_stays_in_after_a_restart() {
    let (home, server) = console().await;
    let browser = Caller::browser(&server).await;
    server.terminate().await;
    let server = home.serve().await;
    assert_eq!(browser.at(&server.url()).get("/console/state").await.status, 200);
}

#[tokio::test]
async fn another_name_for_this_machine_is_refused() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    look(&server, &[(HOST, "evil.example"), (COOKIE, browser.cookie())]).await.is_problem(403, "address");
}

#[tokio::test]
async fn a_request_of_another_page_is_refused() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let answer = look(&server, &[(ORIGIN, "http://evil.example"), (COOKIE, browser.cookie())]).await;
    answer.is_problem(403, "another page");
}

#[tokio::test]
async fn a_write_that_does_not_say_where_it_comes_from_is_refused() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let request = client().post(format!("{}/console/tokens", server.url())).header(COOKIE, browser.cookie());
    send(request.json(&json!({}))).await.unwrap().is_problem(403, "another page");
}

#[tokio::test]
async fn the_cookie_alone_is_no_member() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let request = client().get(format!("{}/console/threads", server.url())).header(COOKIE, browser.cookie());
    send(request).await.unwrap().is_problem(401, "Bearer");
}

#[tokio::test]
async fn a_token_alone_does_not_open_the_console() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let request = client().get(format!("{}/console/threads", server.url())).bearer_auth(browser.token());
    send(request).await.unwrap().is_problem(401, "key");
}

#[tokio::test]
async fn what_a_page_sends_wrongly_names_the_field() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let start = async |body| browser.post("/console/threads", &body).await;
    start(json!({ "id": "7", "text": "x" })).await.blames("id", "");
    start(json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8057" })).await.blames("text", "is needed");
    start(json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8057", "txt": "x" })).await.is_problem(422, "txt");
}

#[tokio::test]
async fn words_in_a_thread_that_is_not_there_are_refused() {
    let (_home, server) = console().await;
    let browser = Caller::browser(&server).await;
    let nowhere = "/console/threads/01890a5d-ac96-774b-bcce-b302099a8057/messages";
    let words = json!({ "id": "01890a5d-ac96-774b-bcce-b302099a8058", "text": "hello" });
    browser.post(nowhere, &words).await.is_problem(404, "thread");
    send(browser.request(Method::GET, nowhere)).await.unwrap().is_problem(404, "thread");
}
