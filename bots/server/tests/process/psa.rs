//! `flowpilot psa`: connecting ticket systems, what their keys lack, and the pod beside tickets.

use std::fs::File;

use tokio::process::Command;

use crate::home::{Finished, Home, finish};
use crate::http::{client, send};
use crate::peer::{Peer, TICKET};

/// What FlowPilot cannot do without.
const NEEDED: [&str; 5] = [
    "System > My Company: Inquire",
    "System > Member Maintenance: Inquire",
    "Service Desk > Service Tickets: Inquire",
    "Service Desk > Service Tickets: Add",
    "Service Desk > Service Tickets: Edit",
];
/// What only some of it needs.
const OPTIONAL: [&str; 6] = [
    "System > Table Setup: Inquire",
    "Time & Expense > Time Entry: Inquire",
    "Time & Expense > Time Entry: Add",
    "System > Manage Hosted API: Inquire",
    "System > Manage Hosted API: Add",
    "System > Manage Hosted API: Edit",
];
/// What tells of changes, and of what is around a ticket.
const FOR_THE_TICKETS: [&str; 6] = [
    "System > Table Setup: Add",
    "System > Table Setup: Edit",
    "System > Table Setup: Delete",
    "Companies > Company Maintenance: Inquire",
    "Companies > Contacts: Inquire",
    "Companies > Configurations: Inquire",
];
const KEYS: [(&str, &str); 3] = [
    ("CONNECTWISE_PUBLIC_KEY", "public"),
    ("CONNECTWISE_PRIVATE_KEY", "private"),
    ("CONNECTWISE_CLIENT_ID", "6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a"),
];

fn connecting(home: &Home, peer: &Peer, more: &[&str]) -> Command {
    let url = peer.url();
    home.command(&[&["psa", "connect", "--site", &url, "--company", "acme"], more].concat())
}

async fn connect(home: &Home, peer: &Peer, more: &[&str]) -> Finished {
    let mut command = connecting(home, peer, more);
    command.envs(KEYS);
    finish(command).await
}

/// An installation that is connected to a sandbox.
async fn connected() -> (Home, Peer) {
    let (home, peer) = (Home::started("").await, Peer::start().await);
    let done = connect(&home, &peer, &[]).await;
    assert_eq!(done.code, 0, "{}{}", done.out, done.err);
    (home, peer)
}

/// The page that the ticket screen frames.
async fn framed(peer: &Peer) -> Option<String> {
    let screen = send(client().get(format!("{}/_sandbox/screen/{TICKET}", peer.url()))).await.unwrap().ok();
    screen["pod"].as_str().map(str::to_owned)
}

#[tokio::test]
async fn a_connection_that_works_is_saved_and_listed_without_its_keys() {
    let (home, peer) = connected().await;
    let listed = home.run(&["psa", "list"]).await;
    assert_eq!(listed.out, format!("ConnectWise: acme at {0}; the pod may be framed by {0}\n", peer.url()));
    let doctor = home.run(&["doctor"]).await;
    assert!(doctor.out.contains("ok    ticket system: ConnectWise"), "{}", doctor.out);
}

#[tokio::test]
async fn a_connection_whose_keys_are_refused_is_not_saved() {
    let (home, peer) = (Home::started("").await, Peer::start().await);
    let mut command = connecting(&home, &peer, &[]);
    command.envs(KEYS).env("CONNECTWISE_PRIVATE_KEY", "hunter2");
    let refused = finish(command).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("nothing was saved") && refused.err.contains("credentials"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("hunter2") && !refused.out.contains("hunter2"));
    assert_eq!(home.run(&["psa", "list"]).await.out, "");
}

#[tokio::test]
async fn keys_are_read_from_standard_input_one_a_line() {
    let (home, peer) = (Home::started("").await, Peer::start().await);
    let keys = home.write("keys", "private\n6f1d5f3e-5a0c-4d5e-9b58-0a7c1f4f3f5a\n");
    let mut command = connecting(&home, &peer, &[]);
    command.env("CONNECTWISE_PUBLIC_KEY", "public").stdin(File::open(keys).unwrap());
    assert_eq!(finish(command).await.code, 0);
    let without = finish(connecting(&home, &peer, &[])).await;
    assert_eq!(without.code, 1);
    assert!(without.err.contains("CONNECTWISE_PUBLIC_KEY"), "{}", without.err);
}

#[tokio::test]
async fn the_doctor_names_each_right_that_is_missing() {
    let (home, peer) = connected().await;
    let whole = home.run(&["psa", "doctor"]).await;
    assert_eq!(whole.code, 0, "{}", whole.out);
    assert!(!whole.out.contains("missing"), "{}", whole.out);
    for right in NEEDED.into_iter().chain(OPTIONAL).chain(FOR_THE_TICKETS) {
        assert!(whole.out.contains(&format!("ok    {right}\n")), "{right} is not tried:\n{}", whole.out);
        peer.control().role_without(&[right]).await;
        let told = home.run(&["psa", "doctor"]).await;
        let missing: Vec<&str> = told.out.lines().filter(|line| line.contains("missing:")).collect();
        let sign = if NEEDED.contains(&right) { "FAIL" } else { "note" };
        assert!(
            missing.len() == 1 && missing[0].starts_with(&format!("{sign}  {right} is missing: ")),
            "{missing:?}"
        );
        assert_eq!(told.code, i32::from(NEEDED.contains(&right)), "{}", told.out);
    }
}

#[tokio::test]
async fn the_doctor_changes_nothing_in_the_ticket_system() {
    let (home, peer) = connected().await;
    let notes = async || send(client().get(format!("{}/_sandbox/notes", peer.url()))).await.unwrap().ok();
    let before = notes().await;
    assert_eq!(home.run(&["psa", "doctor"]).await.code, 0);
    assert_eq!(notes().await, before);
    assert_eq!(framed(&peer).await, None);
}

#[tokio::test]
async fn rights_that_are_missing_are_told_when_a_connection_is_added() {
    let (home, peer) = (Home::started("").await, Peer::start().await);
    peer.control().role_without(&["Service Desk > Service Tickets: Add"]).await;
    let told = connect(&home, &peer, &[]).await;
    assert_eq!(told.code, 1);
    assert!(told.out.contains("FAIL  Service Desk > Service Tickets: Add is missing"), "{}", told.out);
    assert!(home.run(&["psa", "list"]).await.out.starts_with("ConnectWise: acme"));
}

#[tokio::test]
async fn the_readme_has_every_right_that_is_tried() {
    let readme = include_str!("../../../../README.md");
    for right in NEEDED.into_iter().chain(OPTIONAL).chain(FOR_THE_TICKETS) {
        let (entry, level) = right.split_once(": ").unwrap();
        let row = readme.lines().find(|line| line.trim_start().starts_with(&format!("| {entry} |")));
        assert!(row.is_some_and(|row| row.contains(level)), "{right} is not in the README's table");
    }
}

#[tokio::test]
async fn the_pod_is_registered_once_and_follows_the_public_address() {
    let (home, peer) = connected().await;
    let refused = home.run(&["psa", "install-pod"]).await;
    assert!(refused.code == 1 && refused.err.contains("public_url"), "{}", refused.err);
    for (host, told) in
        [("one", "is registered for"), ("one", "nothing was changed"), ("two", "is up to date now")]
    {
        home.configure(&format!("public_url = \"https://{host}.example.com\"\n"));
        let done = home.run(&["psa", "install-pod"]).await;
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(done.out.contains(told) && done.out.contains("move FlowPilot to Displayed"), "{}", done.out);
        let page = format!("https://{host}.example.com/pod/team?id=[cw_id]&screen=[cw_screen]");
        assert_eq!(framed(&peer).await, Some(page));
    }
}

#[tokio::test]
async fn registering_the_pod_without_the_right_names_it() {
    let (home, peer) = connected().await;
    home.configure("public_url = \"https://flowpilot.example.com\"\n");
    peer.control().role_without(&["System > Manage Hosted API: Add"]).await;
    let refused = home.run(&["psa", "install-pod"]).await;
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("System > Manage Hosted API: Add"), "{}", refused.err);
    assert_eq!(framed(&peer).await, None);
}

#[tokio::test]
async fn a_removed_connection_is_gone_until_it_is_added_again() {
    let (home, peer) = connected().await;
    assert_eq!(home.run(&["psa", "remove", "ConnectWise"]).await.code, 0);
    assert_eq!(home.run(&["psa", "list"]).await.out, "");
    let doctor = home.run(&["psa", "doctor"]).await;
    assert!(doctor.code == 1 && doctor.err.contains("psa connect"), "{}", doctor.err);
    assert_eq!(home.run(&["psa", "remove", "ConnectWise"]).await.code, 1);
    assert_eq!(connect(&home, &peer, &[]).await.code, 0);
    assert!(home.run(&["psa", "list"]).await.out.starts_with("ConnectWise: acme"));
}

#[tokio::test]
async fn a_team_has_several_connections_by_name() {
    let (home, peer) = connected().await;
    let other = Peer::start().await;
    assert_eq!(
        connect(&home, &other, &["--name", "Lab", "--ui-origin", "https://lab.example.com"]).await.code,
        0
    );
    let listed = home.run(&["psa", "list"]).await.out;
    assert!(
        listed.contains("Lab: acme at") && listed.contains("framed by https://lab.example.com"),
        "{listed}"
    );
    other.stop().await;
    let both = home.run(&["psa", "doctor"]).await;
    assert!(both.code == 1 && both.out.contains("could not be reached"), "{}", both.out);
    assert_eq!(home.run(&["psa", "doctor", "ConnectWise"]).await.code, 0);
    let unclear = home.run(&["psa", "install-pod"]).await;
    assert!(unclear.code == 1 && unclear.err.contains("ConnectWise, Lab"), "{}", unclear.err);
    drop(peer);
}

#[tokio::test]
async fn a_name_that_is_another_companys_is_not_taken_over() {
    let (home, peer) = connected().await;
    let url = peer.url();
    let mut command = home.command(&["psa", "connect", "--site", &url, "--company", "other"]);
    command.envs(KEYS);
    let refused = finish(command).await;
    assert!(refused.code == 1 && refused.err.contains("another name"), "{}", refused.err);
}

#[tokio::test]
async fn a_site_in_our_own_network_is_not_connected_to_unless_it_is_named() {
    let (home, peer) = (Home::started("").await, Peer::start().await);
    let port = peer.url().rsplit(':').next().unwrap().to_owned();
    for site in [peer.url(), format!("http://localhost:{port}"), "https://169.254.169.254".to_owned()] {
        let mut command = home.command(&["psa", "connect", "--site", &site, "--company", "acme"]);
        command.envs(KEYS).env_remove("FLOWPILOT_PRIVATE_NETWORKS");
        let refused = finish(command).await;
        assert_eq!(refused.code, 1);
        assert!(refused.err.contains("site: is at the private address"), "{}", refused.err);
        assert!(refused.err.contains("`private_networks`"), "{}", refused.err);
    }
    assert_eq!(home.run(&["psa", "list"]).await.out, "");
}

#[tokio::test]
async fn a_network_that_is_none_is_told_by_its_setting() {
    let home = Home::new("private_networks = [\"10.20.0.0/33\"]\n");
    let mut command = home.command(&["doctor"]);
    command.env_remove("FLOWPILOT_PRIVATE_NETWORKS");
    let told = finish(command).await;
    assert_ne!(told.code, 0);
    assert!(told.err.contains("private_networks") && told.err.contains("10.20.0.0/16"), "{}", told.err);
}

#[tokio::test]
async fn the_status_that_resolving_sets_is_chosen_by_name() {
    let (home, _peer) = connected().await;
    let set = |more: &'static [&'static str]| {
        let home = &home;
        async move { home.run(&[&["psa", "set-status", "--after", "resolve", "--board"], more].concat()).await }
    };
    let listed = home.run(&["psa", "statuses"]).await;
    assert!(listed.out.contains("Help Desk: New, In Progress"), "{}", listed.out);
    let unknown = set(&["Help Desk", "--to", "Solved"]).await;
    assert!(unknown.code == 1 && unknown.err.contains("Resolved"), "{}", unknown.err);
    assert_eq!(set(&["help desk", "--to", "resolved"]).await.code, 0);
    assert!(home.run(&["psa", "statuses"]).await.out.contains("    resolve sets Resolved\n"));
    assert_eq!(set(&["Help Desk"]).await.code, 0);
    assert!(!home.run(&["psa", "statuses"]).await.out.contains("resolve sets"));
}
