//! The App Home, unfurled links, and the views that only say something.

use flowpilot_slack::home::{Home, HomeClaim, HomeFlow, HomePsa, HomeSession, home};
use flowpilot_slack::modal::{failed, loading};
use flowpilot_slack::unfurl::unfurl;
use serde_json::Value;

use crate::checked;

fn assert_looks(name: &str, value: &Value) {
    insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_json_snapshot!(name, value);
    });
}

fn session(title: &str, ticket: Option<&str>, status: &str) -> HomeSession {
    HomeSession {
        title: title.into(),
        ticket: ticket.map(Into::into),
        status: status.into(),
        link: "https://acme.slack.com/archives/C0HELP/p1795430000000100".parse().ok(),
    }
}

#[test]
fn a_home_with_work() {
    let view = home(&Home {
        member: "Ada Lovelace".into(),
        sessions: vec![
            session("Printer in accounting is offline", Some("4711"), "Active, 3 facts"),
            session("VPN drops every few minutes", None, "Waiting: for the vendor to call back"),
        ],
        escalations: vec![session("Mail queue is stuck", Some("4699"), "Escalated by Grace Hopper")],
        flows: vec![HomeFlow {
            title: "Printer offline".into(),
            summary: "From the cable to the spooler".into(),
            slug: "printer-offline".into(),
        }],
        psa: Some(HomePsa::Unknown),
        ..Home::default()
    });
    assert_looks("home_with_work", &checked::view(&view));
}

#[test]
fn a_home_without_anything() {
    let view = home(&Home {
        member: "Ada Lovelace".into(),
        notes: vec!["No ticket system is connected: sessions work, notes stay in FlowPilot.".into()],
        ..Home::default()
    });
    assert_looks("home_empty", &checked::view(&view));
}

#[test]
fn an_admins_home_asks_who_is_who() {
    let claim = |n: u8| HomeClaim {
        id: format!("0190b2a6-7c00-7000-8000-00000000000{n}"),
        member: "Grace Hopper".into(),
        external_id: format!("{n}"),
        account: "ghopper (Grace Hopper)".into(),
    };
    let view = home(&Home { claims: vec![claim(1), claim(2)], ..Home::default() });
    let view = checked::view(&view);
    let blocks = view["blocks"].as_array().unwrap();
    let rows: Vec<&Value> = blocks.iter().filter(|block| block["type"] == "actions").collect();
    assert_eq!(rows.len(), 2);
    let (confirm, refuse) = (&rows[0]["elements"][0], &rows[0]["elements"][1]);
    assert_eq!(confirm["action_id"], "confirm_psa:0190b2a6-7c00-7000-8000-000000000001");
    assert_eq!((&confirm["value"], &confirm["style"]), (&Value::from("1"), &Value::from("primary")));
    assert!(confirm["confirm"].is_object(), "{confirm}");
    assert_eq!(refuse["action_id"], "refuse_psa:0190b2a6-7c00-7000-8000-000000000001");
    assert!(view.to_string().contains("Grace Hopper says to be ghopper (Grace Hopper) in ConnectWise."));
}

#[test]
fn a_list_that_is_too_long_is_counted() {
    let sessions = (0..13).map(|n| session(&format!("Session {n}"), None, "Active")).collect();
    let view = checked::view(&home(&Home { sessions, ..Home::default() }));
    assert!(view.to_string().contains("and 3 more"));
}

#[test]
fn a_link_shows_title_and_status_only() {
    assert_looks("unfurl", &checked::unfurl(&unfurl("Printer in accounting is offline", "Active")));
}

#[test]
fn a_form_that_is_made_ready() {
    assert_looks("form_loading", &checked::view(&loading("Add a fact")));
}

#[test]
fn a_form_that_failed() {
    assert_looks("form_failed", &checked::view(&failed("Add a fact", "This session has ended.")));
}
