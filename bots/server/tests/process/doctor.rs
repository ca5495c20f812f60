//! `flowpilot doctor`: each cause is told from the others, and comes with its cure.

use crate::home::Home;
use crate::peer::{Peer, section};

const FREE: &str = "listen = \"127.0.0.1:0\"\n";

/// The line about a part.
#[track_caller]
fn line<'a>(out: &'a str, part: &str) -> &'a str {
    let found = out.lines().find(|line| line.contains(&format!("  {part}: ")));
    found.unwrap_or_else(|| panic!("nothing about {part}:\n{out}"))
}

#[tokio::test]
async fn a_folder_without_an_installation_is_told_and_left_as_it_is() {
    let home = Home::new(FREE);
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(line(&told.out, "database").contains("no database"), "{}", told.out);
    assert!(line(&told.out, "ticket system").starts_with("note"), "{}", told.out);
    assert_eq!(home.names(), ["flowpilot.toml"]);
}

#[tokio::test]
async fn looking_does_not_make_a_team() {
    let home = Home::new(FREE);
    assert_eq!(home.run(&["migrate"]).await.code, 0);
    let told = home.run(&["doctor"]).await;
    assert!(line(&told.out, "database").starts_with("ok"), "{}", told.out);
    assert!(line(&told.out, "ticket system").contains("no team yet"), "{}", told.out);
    let refused = home.run(&["token"]).await;
    assert!(refused.err.contains("no team yet"), "{}", refused.err);
}

#[tokio::test]
async fn a_connected_ticket_system_is_in_order() {
    let peer = Peer::start().await;
    let home = Home::new(&format!("{FREE}{}", peer.section()));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(line(&told.out, "ticket system").starts_with("ok"));
}

#[tokio::test]
async fn no_ticket_system_is_worth_a_note_and_no_failure() {
    let home = Home::new(FREE);
    home.serve().await.terminate().await;
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 0);
    assert!(line(&told.out, "ticket system").starts_with("note"), "{}", told.out);
}

#[tokio::test]
async fn wrong_keys_of_the_ticket_system_are_told_from_an_outage() {
    let peer = Peer::start().await;
    let home = Home::new(&format!("{FREE}{}", peer.section_with("hunter2")));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    let said = line(&told.out, "ticket system");
    assert!(
        said.starts_with("FAIL") && said.contains("credentials") && said.contains("check company, keys"),
        "{said}"
    );
    assert!(!told.out.contains("hunter2") && !told.err.contains("hunter2"));
}

#[tokio::test]
async fn an_unknown_company_is_told() {
    let peer = Peer::start().await;
    let home = Home::new(&format!("{FREE}{}", peer.section().replace("\"acme\"", "\"amce\"")));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(line(&told.out, "ticket system").contains("amce"), "{}", told.out);
}

#[tokio::test]
async fn a_ticket_system_that_is_down_is_told_from_wrong_keys() {
    let peer = Peer::start().await;
    let home = Home::new(&format!("{FREE}{}", peer.section()));
    peer.stop().await;
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    let said = line(&told.out, "ticket system");
    assert!(said.starts_with("FAIL") && said.contains("could not be reached"), "{said}");
    assert!(said.contains("connectwise.site"), "{said}");
}

#[tokio::test]
async fn a_site_that_is_something_else_is_told() {
    let other = Home::new("");
    let server = other.serve().await;
    let home = Home::new(&format!("{FREE}{}", section(&server.url(), "private")));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(line(&told.out, "ticket system").contains("does not answer as ConnectWise"), "{}", told.out);
}

#[tokio::test]
async fn a_bad_secret_key_is_told_with_the_command_that_makes_one() {
    let home = Home::new(&format!("{FREE}secret_keys = [\"nonsense\"]\n"));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    let said = line(&told.out, "keys");
    assert!(
        said.starts_with("FAIL") && said.contains("secret_keys[0]") && said.contains("keys generate"),
        "{said}"
    );
}

#[tokio::test]
async fn a_key_that_does_not_open_the_stored_secrets_is_told() {
    let peer = Peer::start().await;
    let home = Home::new(&format!("{FREE}{}", peer.section()));
    home.serve().await.terminate().await;
    let other = home.run(&["keys", "generate"]).await;
    home.configure(&format!("{FREE}secret_keys = [\"{}\"]\n", other.out.trim()));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(line(&told.out, "ticket system").contains("put the old key back"), "{}", told.out);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told() {
    let home = Home::new(FREE);
    home.write("flowpilot.db", "no database ".repeat(500));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    let said = line(&told.out, "database");
    assert!(
        said.starts_with("FAIL") && said.contains("not a database") && said.contains("database_url"),
        "{said}"
    );
}

#[tokio::test]
async fn an_address_that_is_none_is_told() {
    let told = Home::new("listen = \"localhost\"\n").run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(line(&told.out, "address").contains("127.0.0.1:8080"), "{}", told.out);
}

#[tokio::test]
async fn a_public_address_that_leads_nowhere_is_told() {
    let home = Home::new(&format!("{FREE}public_url = \"http://127.0.0.1:1\"\n"));
    let told = home.run(&["doctor"]).await;
    assert_eq!(told.code, 1);
    assert!(line(&told.out, "public address").contains("cannot be reached"), "{}", told.out);
}
