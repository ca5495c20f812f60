//! Connecting workspaces, and what `doctor` says of them.

use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, How, Kind, Message, Options};

use super::{PROBLEM, an_answer, is_question};
use crate::home::{Home, Server};
use crate::http::Caller;

const NAMES: &str = "[[team.members]]\nname = \"Ada Admin\"\nrole = \"team_admin\"\n\
     [[team.members]]\nname = \"Eli Engineer\"\nrole = \"engineer\"\n";

fn by_oauth(slack: &FakeSlack, public_url: &str) -> String {
    let options = slack.options();
    format!(
        "public_url = {public_url:?}\n{NAMES}[slack]\napi_url = {:?}\nsigning_secret = {:?}\nclient_id = {:?}\n\
         client_secret = {:?}\n",
        slack.url(),
        options.signing_secret,
        options.client_id,
        options.client_secret
    )
}

/// A server that browsers reach, which is known once it has a port.
async fn reachable(home: &Home, slack: &FakeSlack) -> Server {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    home.configure(&by_oauth(slack, &format!("http://127.0.0.1:{port}")));
    home.start(home.command(&["serve", "--listen", &format!("127.0.0.1:{port}")])).await
}

/// Follows the invitation to Slack, allows the app there, and comes back.
async fn follow(slack: &FakeSlack, server: &Server, invitation: &str) -> (u16, String) {
    let client = flowpilot::http::client(Duration::from_secs(20)).unwrap();
    let begun = client.get(invitation).send().await.unwrap();
    let header = |name: &str| begun.headers()[name].to_str().unwrap().to_owned();
    let (cookie, to_slack) = (header("set-cookie"), header("location"));
    let to_slack: url::Url = to_slack.parse().unwrap();
    let state = to_slack.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let callback = format!("{}/slack/oauth", server.url());
    let ida = slack.add_person("Ida Installer", Kind::Member);
    let code = slack.allow("T0ACME", &ida, Some(&callback));
    let url = url::Url::parse_with_params(&callback, [("state", &state), ("code", &code)]).unwrap();
    let answer = client.get(url).header("cookie", cookie.split(';').next().unwrap()).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

/// A workspace that was connected by a link, with the server that hears it.
async fn connected(options: Options) -> (FakeSlack, Home, Server) {
    let slack = FakeSlack::start(Options { patience: Duration::from_secs(30), ..options }).await;
    let home = Home::new("");
    let server = reachable(&home, &slack).await;
    let link = home.run(&["slack", "link"]).await;
    let (status, page) = follow(&slack, &server, link.out.trim()).await;
    assert_eq!(status, 200, "{page}{}{}", link.err, home.log());
    slack.connect(&server.url());
    (slack, home, server)
}

#[tokio::test]
async fn a_link_connects_a_workspace_whose_bot_then_answers() {
    let (slack, _home, _server) = connected(Options::default()).await;
    let ada = slack.member("Ada Lovelace");
    let help = slack.channel("help", &[&ada]);
    let said = slack.mention(&ada, &help, "start printer offline").await;
    said.assert_acked();
    slack.wait_for_message("an answer", &help, said.ts(), |_| true).await;
    slack.assert_all_valid();
}

#[tokio::test]
async fn an_app_of_a_whole_organisation_is_worked_from_the_mention_to_the_decision() {
    let (slack, home, server) = connected(Options::org_wide()).await;
    let ada = slack.member("Ada Lovelace");
    let help = slack.channel("help", &[&ada]);
    let nowhere = slack.with(How::default().without_team());
    let said = nowhere.mention(&ada, &help, PROBLEM).await;
    said.assert_acked();
    let told = slack.deliveries();
    assert!(told.iter().any(|event| event.payload["team_id"].is_null()), "{}", slack.story());
    let question = slack.wait_for_message("a question", &help, said.root(), is_question).await;
    // Whoever clicks names no workspace either.
    slack.click(&ada, &question, &an_answer(&question)).await.assert_acked();
    let next = |m: &Message| m.ts > question.ts && !m.controls().is_empty();
    slack.wait_for_message("the next step", &help, said.root(), next).await;
    let decided = |m: &Message| m.ts == question.ts && m.controls().is_empty();
    slack.wait_for_message("the decision", &help, said.root(), decided).await;
    let script = Caller::script(&home, &server, None).await;
    let sessions = script.all("/api/v1/ai-sessions").await;
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!(session["thread"], format!("{help}:{}", said.root()));
    slack.assert_all_valid();
}

#[tokio::test]
async fn only_an_admin_gets_a_link() {
    let slack = FakeSlack::start(Options::default()).await;
    let home = Home::new(&by_oauth(&slack, "http://127.0.0.1:1"));
    home.serve().await.terminate().await;
    let told = home.run(&["slack", "link", "--member", "Eli Engineer"]).await;
    assert_eq!((told.code, told.out.as_str()), (1, ""));
    assert!(told.err.contains("only a team admin"), "{}", told.err);
}

#[tokio::test]
async fn a_link_without_what_it_needs_names_the_setting() {
    let home = Home::started("").await;
    let told = home.run(&["slack", "link"]).await;
    assert!(told.code == 1 && told.err.contains("slack.client_id"), "{}", told.err);
    home.configure("[slack]\nclient_id = \"1.2\"\nclient_secret = \"secret\"\n");
    let told = home.run(&["slack", "link"]).await;
    assert!(told.code == 1 && told.err.contains("public_url"), "{}", told.err);
}

#[tokio::test]
async fn doctor_names_what_is_wrong_with_slack_and_shows_no_secret() {
    let slack = FakeSlack::start(Options::default()).await;
    let api_url = slack.url();
    let home = Home::new(&format!(
        "listen = \"127.0.0.1:0\"\n[slack]\napi_url = {api_url:?}\nbot_token = \"xapp-hunter2\"\n\
         signing_secret = \"hunter2\"\n"
    ));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(
        told.out.contains("FAIL  slack bot token: slack.bot_token holds an app-level token"),
        "{}",
        told.out
    );
    assert!(told.out.contains("FAIL  slack signing secret: "), "{}", told.out);
    assert!(!told.out.contains("hunter2") && !told.err.contains("hunter2"));
}

#[tokio::test]
async fn tokens_are_sealed_anew_with_a_new_key() {
    let slack = FakeSlack::start(Options { rotation: true, ..Options::default() }).await;
    let home = Home::new("");
    let server = reachable(&home, &slack).await;
    let link = home.run(&["slack", "link"]).await;
    assert_eq!(follow(&slack, &server, link.out.trim()).await.0, 200);
    server.terminate().await;
    let old = std::fs::read_to_string(home.path("flowpilot.db.key")).unwrap();
    let new = home.run(&["keys", "generate"]).await;
    let keys = format!("secret_keys = [{:?}, {:?}]\n", new.out.trim(), old.trim());
    home.configure(&format!("{keys}{}", by_oauth(&slack, "http://127.0.0.1:1")));
    let rotated = home.run(&["keys", "rotate"]).await;
    assert!(rotated.out.starts_with("2 "), "{}{}", rotated.out, rotated.err);
}

#[tokio::test]
async fn the_manifest_is_made_from_the_configuration() {
    let home = Home::new("public_url = \"https://flowpilot.example.com\"\n");
    let printed = home.run(&["manifest", "slack"]).await;
    let manifest: serde_json::Value = serde_json::from_str(&printed.out).unwrap();
    let settings = &manifest["settings"];
    let url = &settings["event_subscriptions"]["request_url"];
    assert_eq!(
        (url.as_str(), &settings["socket_mode_enabled"]),
        (Some("https://flowpilot.example.com/slack/events"), &false.into())
    );
    let explained = home.run(&["manifest", "slack", "--socket-mode", "--explain"]).await;
    assert!(
        explained.out.contains("\"socket_mode_enabled\": true") && !explained.out.contains("request_url")
    );
    assert!(explained.err.contains("chat:write: "), "{}", explained.err);
}

#[tokio::test]
async fn a_manifest_without_an_address_says_what_to_set() {
    let refused = Home::new("").run(&["manifest", "slack"]).await;
    assert!(refused.err.contains("public_url is not set"), "{}", refused.err);
}
