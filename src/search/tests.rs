//! What a search finds, and what it must not.

use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::{FlowEntry, Hit, Index, fits};
use crate::flow::parse_yaml;
use crate::store::{FlowId, TeamId};

const TEAM: TeamId = TeamId(Uuid::from_u128(1));
const OTHER: TeamId = TeamId(Uuid::from_u128(2));

macro_rules! starters {
    ($($slug:literal),+ $(,)?) => { [$(include_str!(concat!("../flow/starter/", $slug, ".yaml"))),+] };
}

const STARTERS: [&str; 18] = starters![
    "account-lockout",
    "bitlocker-recovery",
    "compromised-account",
    "disk-full",
    "dns-resolution",
    "mfa-reset",
    "new-starter-access",
    "no-internet-site",
    "onedrive-not-syncing",
    "outlook-password-prompts",
    "outlook-wont-open",
    "phishing-report",
    "printer-not-printing",
    "shared-drive-missing",
    "slow-pc",
    "teams-audio",
    "vpn-wont-connect",
    "wifi-problems",
];

fn flow(number: u128) -> FlowId {
    FlowId(Uuid::from_u128(number))
}

fn entry(team: TeamId, number: u128, title: &str) -> FlowEntry {
    FlowEntry {
        team,
        flow: flow(number),
        slug: format!("flow-{number}"),
        title: title.to_owned(),
        summary: String::new(),
        tags: Vec::new(),
        symptoms: Vec::new(),
        body: String::new(),
    }
}

fn index(entries: &[FlowEntry]) -> Index {
    let index = Index::new();
    for entry in entries {
        index.put(entry).unwrap();
    }
    index.commit().unwrap();
    index
}

fn slugs(index: &Index, team: TeamId, query: &str) -> Vec<String> {
    index.search(team, query, 10).unwrap().into_iter().map(|hit| hit.slug).collect()
}

static STARTER_INDEX: LazyLock<Index> = LazyLock::new(|| {
    let entries: Vec<FlowEntry> = (0..)
        .zip(STARTERS)
        .map(|(number, text)| FlowEntry::of(TEAM, flow(number), &parse_yaml(text).unwrap()))
        .collect();
    index(&entries)
});

/// The best starter flow, where one fits.
fn best(problem: &str) -> Option<String> {
    STARTER_INDEX.search(TEAM, problem, 3).unwrap().into_iter().next().filter(fits).map(|hit| hit.slug)
}

#[test]
fn everyday_tickets_find_their_flow() {
    let tickets = [
        ("Outlook keeps asking for password", "outlook-password-prompts"),
        ("cant connect to vpn from home", "vpn-wont-connect"),
        ("printer offline again in finance", "printer-not-printing"),
        ("laptop very slow since update", "slow-pc"),
        ("user locked out of account", "account-lockout"),
        ("whole office has no internet", "no-internet-site"),
        ("bitlocker recovery screen after bios update", "bitlocker-recovery"),
        ("mapped drive S: gone", "shared-drive-missing"),
        ("No internet - entire site", "no-internet-site"),
        ("wlan down", "wifi-problems"),
        ("Teams mic not picked up", "teams-audio"),
        ("Server C drive 98% full", "disk-full"),
        ("User got a new iPhone and can't get past MFA", "mfa-reset"),
        ("Possible phishing email", "phishing-report"),
        ("New hire can't access shared mailbox", "new-starter-access"),
        ("Files not uploading to OneDrive", "onedrive-not-syncing"),
    ];
    let found = tickets.map(|(problem, _)| (problem, best(problem)));
    assert_eq!(found, tickets.map(|(problem, slug)| (problem, Some(slug.to_owned()))));
}

#[test]
fn a_long_story_finds_its_flow_too() {
    let story = "Hi team, Sarah Miller from accounts called this morning. Since yesterday's update her Outlook keeps \
                 asking for her password every few minutes. She has typed it in several times and restarted the \
                 computer twice. She can still read mail on her phone. Can somebody look at this before her 2pm \
                 meeting? Thanks, Bob";
    assert_eq!(best(story).as_deref(), Some("outlook-password-prompts"));
}

#[test]
fn a_ticket_about_something_else_fits_no_flow() {
    let tickets = [
        "Sales Agent unable to access fee configuration page",
        "PDF not loading for Merchant Agreement review",
        "Equipment selection dropdown missing options",
        "Quote for 10 laptops",
        "Excel macro error when running report",
        "CCTV camera not recording",
        "The label software on the warehouse scanner prints the wrong barcode since the article numbers were changed",
        "hello, can you please help",
        "",
    ];
    assert_eq!(tickets.map(best), [const { None }; 9]);
}

#[test]
fn misspelt_words_are_understood() {
    assert_eq!(best("Outlok keeps promting for pasword").as_deref(), Some("outlook-password-prompts"));
}

#[test]
fn the_words_that_matched_are_given_as_they_were_typed() {
    let hits = STARTER_INDEX.search(TEAM, "Two PRINTERS are offline in Leeds", 1).unwrap();
    assert_eq!(hits[0].matched, ["PRINTERS", "offline"]);
    assert!(hits[0].coverage > 0.4 && hits[0].coverage < 1.0, "{:?}", hits[0]);
}

#[test]
fn a_team_finds_only_its_own_flows() {
    let index = index(&[entry(TEAM, 1, "VPN fails"), entry(OTHER, 2, "VPN is slow")]);
    assert_eq!(slugs(&index, TEAM, "vpn"), ["flow-1"]);
    assert_eq!(slugs(&index, OTHER, "vpn"), ["flow-2"]);
    assert_eq!(slugs(&index, TeamId(Uuid::from_u128(3)), "vpn"), Vec::<String>::new());
}

#[test]
fn a_misspelt_word_never_leads_to_another_teams_flow() {
    // The ids differ in one digit, as a misspelling would.
    let index = index(&[entry(TEAM, 1, "Router fails"), entry(OTHER, 2, "Printing fails")]);
    assert_eq!(slugs(&index, TEAM, "printing"), Vec::<String>::new());
    assert_eq!(slugs(&index, TEAM, "pirnting"), Vec::<String>::new());
}

#[test]
fn other_teams_flows_change_no_score() {
    let own = [entry(TEAM, 1, "VPN fails"), entry(TEAM, 2, "Router fails")];
    let others: Vec<FlowEntry> =
        (10..200).map(|n| entry(OTHER, n, "VPN router fails and much more")).collect();
    let alone = index(&own).search(TEAM, "vpn fails", 5).unwrap();
    let among = index(&[&own[..], &others].concat()).search(TEAM, "vpn fails", 5).unwrap();
    assert_eq!(alone, among);
}

#[test]
fn a_title_counts_more_than_the_steps() {
    let mut aside = entry(TEAM, 1, "Something else");
    aside.body = "restart the spooler".to_owned();
    let index = index(&[aside, entry(TEAM, 2, "Spooler stops")]);
    assert_eq!(slugs(&index, TEAM, "spooler"), ["flow-2", "flow-1"]);
}

#[test]
fn a_word_of_the_steps_alone_makes_no_fit() {
    let mut aside = entry(TEAM, 1, "Something else");
    aside.body = "restart the spooler".to_owned();
    let hits = index(&[aside]).search(TEAM, "spooler", 5).unwrap();
    assert!(!fits(&hits[0]), "{hits:?}");
}

#[test]
fn a_new_version_replaces_the_old_one() {
    let index = index(&[entry(TEAM, 1, "VPN fails")]);
    index.put(&entry(TEAM, 1, "Router fails")).unwrap();
    index.commit().unwrap();
    assert_eq!(slugs(&index, TEAM, "vpn"), Vec::<String>::new());
    assert_eq!(slugs(&index, TEAM, "router"), ["flow-1"]);
}

#[test]
fn a_removed_flow_is_not_found() {
    let index = index(&[entry(TEAM, 1, "VPN fails")]);
    index.remove(flow(1)).unwrap();
    index.commit().unwrap();
    assert_eq!(slugs(&index, TEAM, "vpn"), Vec::<String>::new());
}

#[test]
fn a_change_is_seen_after_the_commit() {
    let index = Index::new();
    index.put(&entry(TEAM, 1, "VPN fails")).unwrap();
    assert_eq!(slugs(&index, TEAM, "vpn"), Vec::<String>::new());
    index.commit().unwrap();
    assert_eq!(slugs(&index, TEAM, "vpn"), ["flow-1"]);
}

#[test]
fn query_syntax_is_only_words() {
    let index = index(&[entry(TEAM, 1, "VPN fails")]);
    assert_eq!(slugs(&index, TEAM, "title:vpn AND -\"fails\" [a TO b]^9~ (("), ["flow-1"]);
}

#[test]
fn at_most_as_many_hits_come_as_were_asked_for() {
    let entries: Vec<FlowEntry> = (0..40).map(|n| entry(TEAM, n, "VPN fails")).collect();
    let index = index(&entries);
    assert_eq!(index.search(TEAM, "vpn", 3).unwrap().len(), 3);
    assert_eq!(index.search(TEAM, "vpn", 30).unwrap().len(), 30);
    assert_eq!(index.search(TEAM, "vpn", 0).unwrap(), Vec::<Hit>::new());
}

#[test]
fn searches_and_changes_go_on_at_the_same_time() {
    let index = index(&[entry(TEAM, 1, "VPN fails")]);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            for number in 2..30 {
                index.put(&entry(TEAM, number, "Router fails")).unwrap();
                index.commit().unwrap();
            }
        });
        for _ in 0..50 {
            assert_eq!(slugs(&index, TEAM, "vpn"), ["flow-1"]);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    assert_eq!(index.search(TEAM, "router", 100).unwrap().len(), 28);
}

#[test]
fn a_very_long_text_is_searched_too() {
    let mut text = "vpn ".to_owned();
    for number in 0..20_000 {
        write!(text, "word{number} ").unwrap();
    }
    assert_eq!(slugs(&index(&[entry(TEAM, 1, "VPN fails")]), TEAM, &text), ["flow-1"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn no_text_breaks_a_search(title in "\\PC{0,40}", query in "\\PC{0,80}") {
        let index = index(&[entry(TEAM, 1, &title)]);
        for hit in index.search(TEAM, &query, 5).unwrap() {
            prop_assert!((0.0..=1.001).contains(&hit.coverage) && (0.0..=1.001).contains(&hit.phrase), "{hit:?}");
        }
        for hit in index.search(TEAM, &title, 5).unwrap() {
            prop_assert!(hit.coverage > 0.99, "{hit:?}");
        }
    }
}
