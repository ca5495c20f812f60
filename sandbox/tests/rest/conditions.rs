//! The filter language, as lists understand it.

use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::test_runner::{Config, TestRunner};
use serde_json::json;

use crate::support::{Peer, demo};

async fn ids(peer: &Peer, conditions: &str) -> Vec<i64> {
    let reply = peer.find("/service/tickets", conditions).await;
    assert_eq!(reply.status, 200, "{conditions}: {reply:?}");
    reply.ids()
}

async fn refusal(peer: &Peer, conditions: &str) -> String {
    let reply = peer.find("/service/tickets", conditions).await;
    assert_eq!((reply.status, reply.error().0), (400, "ApiFindCondition"), "{conditions}");
    reply.error().1.to_owned()
}

#[tokio::test]
async fn numbers_compare_as_numbers() {
    let peer = demo().await;
    assert_eq!(ids(&peer, "id >= 10436").await, [10436, 10437]);
    assert_eq!(ids(&peer, "id in (10421, 10422, 5)").await, [10421, 10422]);
    assert_eq!(ids(&peer, "id < 10423 and id != 10421").await, [10420, 10422]);
}

#[tokio::test]
async fn text_compares_without_regard_to_case() {
    let peer = demo().await;
    assert_eq!(ids(&peer, "Summary contains 'BITLOCKER'").await, [10432]);
    assert_eq!(ids(&peer, "board/name = \"security\"").await, [10435]);
    assert_eq!(ids(&peer, "summary like \"%teams meetings\"").await, [10424]);
}

#[tokio::test]
async fn and_binds_closer_than_or() {
    let peer = demo().await;
    let open = "id = 10421 or id = 10422 and board/name = 'Security'";
    assert_eq!(ids(&peer, open).await, [10421]);
    let grouped = "(id = 10421 or id = 10435) and board/name = 'Security'";
    assert_eq!(ids(&peer, grouped).await, [10435]);
}

#[tokio::test]
async fn not_turns_a_comparison_or_a_group_around() {
    let peer = demo().await;
    assert_eq!(ids(&peer, "id not in (10421) and id < 10423").await, [10420, 10422]);
    assert_eq!(ids(&peer, "not (id > 10421)").await, [10420, 10421]);
    assert_eq!(ids(&peer, "summary not contains 'e' and id < 10430").await, Vec::<i64>::new());
}

#[tokio::test]
async fn dates_compare_as_moments_and_live_in_the_info_object() {
    let peer = demo().await;
    assert_eq!(ids(&peer, "lastUpdated > [2026-11-23T08:08:00Z]").await, [10435]);
    assert_eq!(ids(&peer, "_info/dateEntered > [2026-11-23T09:08:00+01:00]").await, [10435]);
}

#[tokio::test]
async fn null_finds_what_is_not_set() {
    let peer = demo().await;
    peer.patch(
        "/service/tickets/10430",
        &json!([{ "op": "add", "path": "owner", "value": { "identifier": "jnovak" } }]),
    )
    .await;
    assert_eq!(ids(&peer, "owner != null").await, [10430]);
    assert_eq!(ids(&peer, "owner/identifier = 'jnovak' and closedFlag = false").await, [10430]);
}

#[tokio::test]
async fn a_quote_can_be_escaped_or_enclosed_in_the_other_kind() {
    let peer = demo().await;
    assert_eq!(ids(&peer, r#"summary contains "\"processing""#).await, [10423]);
    assert_eq!(ids(&peer, r#"summary contains '"processing'"#).await, [10423]);
}

#[tokio::test]
async fn an_unknown_name_is_named() {
    let peer = demo().await;
    assert_eq!(refusal(&peer, "colour = 'red'").await, "colour is not a recognized name.");
    assert_eq!(refusal(&peer, "board/colour = 'red'").await, "board/colour is not a recognized name.");
    assert_eq!(
        refusal(&peer, "customFields/value = 'x'").await,
        "customFields/value is not a recognized name."
    );
}

#[tokio::test]
async fn a_comparison_that_can_never_be_true_is_refused() {
    let peer = demo().await;
    assert_eq!(refusal(&peer, "id = '5'").await, "id has to be compared with a number.");
    assert!(refusal(&peer, "board = 'Help Desk'").await.contains("after a slash"));
    assert!(refusal(&peer, "lastUpdated > '2026-11-23'").await.contains("[brackets]"));
    assert!(refusal(&peer, "closedFlag contains 'x'").await.contains("not text"));
}

#[tokio::test]
async fn unfinished_conditions_say_what_was_expected() {
    let peer = demo().await;
    for (conditions, hint) in [
        ("id =", "a value was expected, and the end was found"),
        ("id = 1 and", "the name of a member"),
        ("(id = 1", ") was expected"),
        ("id = 1 id = 2", "and, or, or the end"),
        ("summary = \"open", "has no end"),
        ("lastUpdated > [yesterday]", "is not a date"),
        ("id ! 5", "! must be followed by ="),
        ("id in ()", "a value was expected"),
        ("id = 5; drop", "has no meaning here"),
    ] {
        assert!(refusal(&peer, conditions).await.contains(hint), "{conditions}");
    }
}

#[tokio::test]
async fn an_unknown_order_is_refused() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets?orderBy=colour%20desc").await;
    assert_eq!(
        (reply.status, reply.error()),
        (400, ("ApiFindCondition", "colour is not a recognized name."))
    );
}

#[tokio::test]
async fn an_order_may_have_several_keys() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets?orderBy=priority/sort%20asc,id%20desc&pageSize=3").await;
    assert_eq!(reply.ids(), [10435, 10428, 10432]);
}

#[tokio::test]
async fn nesting_without_end_is_refused_and_not_followed() {
    let peer = demo().await;
    let body = json!({ "conditions": "(".repeat(10_000) });
    let reply = peer.post("/service/tickets/search", &body).await;
    assert_eq!((reply.status, reply.error().0), (400, "ApiFindCondition"));
    let body = json!({ "conditions": "not ".repeat(4_000) });
    assert_eq!(peer.post("/service/tickets/search", &body).await.status, 400);
}

#[tokio::test]
async fn conditions_of_many_parts_are_followed() {
    let peer = demo().await;
    let many: Vec<String> = (1..900).map(|id| format!("id = {id}")).collect();
    let body = json!({ "conditions": many.join(" or ") + " or id = 10421" });
    assert_eq!(peer.post("/service/tickets/search", &body).await.ids(), [10421]);
}

/// Pieces of the language in any order, and now and then anything at all.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(vec![
            "id", "summary", "board/name", "board", "_info", "lastUpdated", "customFields", "/", "and", "or",
            "not", "in", "like", "contains", "null", "true", "(", ")", ",", "=", "!=", "<", ">=", "!", "\"a%\"",
            "'", "\"", "\\", "[2026-11-23]", "[", "]", "5", "-", "1.5.2", "%", "é", "\u{202e}", "\0",
        ])
        .prop_map(str::to_owned),
        1 => any::<String>(),
    ];
    let glue = prop_oneof![Just(" "), Just("")];
    proptest::collection::vec((piece, glue), 0..24)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, glue)| piece + glue).collect())
}

#[test]
fn no_input_makes_the_server_fail() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let peer = runtime.block_on(demo());
    let mut runner = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&hostile(), |conditions| {
        let body = json!({ "conditions": conditions, "orderBy": conditions });
        let status = runtime.block_on(peer.post("/service/tickets/search", &body)).status;
        proptest::prop_assert!(status == 200 || status == 400, "{}", status);
        Ok(())
    });
    outcome.expect("an answer to every input");
}
