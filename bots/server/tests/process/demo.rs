//! `flowpilot demo`: its tickets, its folder, its one line.

use serde_json::json;

use crate::home::{Home, Server};
use crate::http::{Caller, client, send};

const HEADER: &str = "number,short_description,description,urgency,impact,category,assignment_group";
const GOOD: &str = "INC00007,Printer offline,The printer on floor 2 is offline.,3,1,Hardware,Service Desk";

async fn demo(home: &Home, arguments: &[&str]) -> Server {
    let arguments = [&["demo", "--listen", "127.0.0.1:0"], arguments].concat();
    home.start(home.command(&arguments)).await
}

#[tokio::test]
async fn the_sandbox_runs_by_itself() {
    let home = Home::new("");
    let sandbox = home.start(home.command(&["sandbox", "--sandbox-listen", "127.0.0.1:0"])).await;
    let company = client().get(format!("{}/login/companyinfo/acme", sandbox.url()));
    assert_eq!(send(company).await.unwrap().status, 200);
}

#[tokio::test]
async fn the_demo_prints_one_line_with_one_address() {
    let home = Home::new("");
    let server = demo(&home, &[]).await;
    assert!(
        server.line().starts_with("http://127.0.0.1:") && server.line().contains("/?k="),
        "{}",
        server.line()
    );
    assert_eq!(home.log(), "", "the terminal shows nothing else");
}

#[tokio::test]
async fn a_ticket_is_worked_to_its_note_in_the_demo() {
    let home = Home::new("");
    let server = demo(&home, &[]).await;
    let browser = Caller::browser(&server).await;
    let session = browser.session(&json!({ "ticket_id": "10421" })).await;
    let posted = browser
        .post(&format!("/api/v1/ai-sessions/{session}/resolution-note/post"), &json!({ "state_version": 0 }))
        .await
        .ok();
    assert_eq!(posted["posting"]["status"], "posted");
    let ticket = browser.get("/api/v1/tickets/10421/notes").await.ok();
    assert!(ticket.to_string().contains("Ref FP"), "{ticket}");
}

#[tokio::test]
async fn a_ticket_opens_in_the_sandbox_with_the_pod_beside_it() {
    let home = Home::new("");
    let server = demo(&home, &[]).await;
    let ticket = Caller::browser(&server).await.get("/api/v1/tickets/10421").await.ok();
    let link = ticket["url"].as_str().unwrap();
    let (screens, _) = link.split_once("/v4_6_release/").unwrap();
    let http = client();
    assert_eq!(send(http.get(link)).await.unwrap().status, 200);
    let content = send(http.get(format!("{screens}/_sandbox/screen/10421"))).await.unwrap().ok();
    let port = server.url().rsplit(':').next().unwrap().to_owned();
    assert!(content["pod"].as_str().unwrap().starts_with(&format!("http://localhost:{port}/pod/demo?")));

    let page = http.get(format!("{}/pod/demo", server.url())).send().await.unwrap();
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with(&format!("frame-ancestors {screens}")), "{policy}");
    let told = send(http.post(format!("{screens}/_sandbox/members/eli/sign-in"))).await.unwrap().ok();
    let claim = json!({
        "ticket": "10421", "origin": screens, "member": told["memberid"], "hash": told["memberHash"],
        "context": told["memberContext"],
    });
    let token = http.post(format!("{}/pod/demo/token", server.url())).json(&claim);
    let me = send(token).await.unwrap().ok()["me"].take();
    assert_eq!(me, json!({ "name": "Eli Engineer", "role": "engineer", "may_work": true }));
}

#[tokio::test]
async fn a_ticket_file_with_a_byte_order_mark_is_loaded() {
    let home = Home::new("");
    home.write("tickets.csv", format!("\u{feff}{HEADER}\n{GOOD}\n"));
    let server = demo(&home, &["--tickets", "tickets.csv"]).await;
    let browser = Caller::browser(&server).await;
    let tickets = browser.get("/api/v1/tickets").await.ok();
    assert_eq!(tickets["items"][0]["summary"], "Printer offline");
}

#[tokio::test]
async fn a_bad_row_is_named_by_its_line_and_nothing_is_left_behind() {
    let home = Home::new("");
    home.write("tickets.csv", format!("{HEADER}\n{GOOD}\nINC00008,Mouse gone,,9,1,Hardware,Desk\n"));
    let refused = home.run(&["demo", "--listen", "127.0.0.1:0", "--tickets", "tickets.csv"]).await;
    assert_eq!((refused.code, refused.out.as_str()), (1, ""));
    let says = |part: &str| refused.err.contains(part);
    assert!(
        says("tickets.csv") && says("line 3") && says("urgency") && says("nothing was loaded"),
        "{}",
        refused.err
    );
    assert_eq!(home.names(), ["flowpilot.toml", "tickets.csv"]);
}

#[tokio::test]
async fn a_quote_that_is_never_closed_is_named_by_its_line() {
    let home = Home::new("");
    home.write(
        "tickets.csv",
        format!("{HEADER}\n{GOOD}\nINC00008,\"Mouse gone,,3,1,Hardware,Desk\n{GOOD}\n"),
    );
    let refused = home.run(&["demo", "--listen", "127.0.0.1:0", "--tickets", "tickets.csv"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("line 3") && refused.err.contains("quote"), "{}", refused.err);
}

#[tokio::test]
async fn a_missing_column_is_named() {
    let home = Home::new("");
    home.write("tickets.csv", "number,description\n1,x\n");
    let refused = home.run(&["demo", "--listen", "127.0.0.1:0", "--tickets", "tickets.csv"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("short_description"), "{}", refused.err);
    assert_eq!(home.names(), ["flowpilot.toml", "tickets.csv"]);
}

#[tokio::test]
async fn a_reset_deletes_nothing_that_no_demo_made() {
    let home = Home::new("");
    std::fs::create_dir(home.path("mine")).unwrap();
    home.write("mine/thesis.txt", "a year of work");
    let refused = home.run(&["demo", "--listen", "127.0.0.1:0", "--folder", "mine", "--reset"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("thesis.txt"), "{}", refused.err);
    assert!(home.path("mine/thesis.txt").exists());
}

#[tokio::test]
async fn a_reset_forgets_the_former_demo() {
    let home = Home::new("");
    let server = demo(&home, &[]).await;
    Caller::browser(&server).await.session(&json!({ "problem": "printer offline" })).await;
    server.terminate().await;
    let server = demo(&home, &["--reset"]).await;
    let sessions = Caller::browser(&server).await.all("/api/v1/ai-sessions").await;
    assert!(sessions.is_empty(), "{sessions:?}");
}
