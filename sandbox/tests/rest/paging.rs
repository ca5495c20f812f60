//! Pages and the links between them.

use std::collections::BTreeSet;

use flowpilot_sandbox::{SandboxConfig, TicketSeed, demo_tickets};
use reqwest::Method;

use crate::support::{Peer, Reply, config, demo, reply};

async fn with_many_tickets() -> Peer {
    let pattern = demo_tickets().remove(0);
    let tickets = (1..=1100).map(|id| TicketSeed { id, ..pattern.clone() }).collect();
    Peer::start(SandboxConfig { tickets, ..config() }).await
}

async fn follow(peer: &Peer, link: &str) -> Reply {
    let path = link.strip_prefix(&peer.sandbox.url()).expect("a link to the same server");
    reply(peer.api(Method::GET, path.strip_prefix("/v2026_1/apis/3.0").expect("the same base"))).await
}

async fn forward_only(peer: &Peer, path: &str) -> Reply {
    reply(peer.api(Method::GET, path).header("pagination-type", "forward-only")).await
}

#[tokio::test]
async fn a_page_has_25_rows_unless_more_are_asked_for() {
    let peer = with_many_tickets().await;
    assert_eq!(peer.get("/service/tickets").await.ids().len(), 25);
}

#[tokio::test]
async fn no_page_has_more_than_a_thousand_rows() {
    let peer = with_many_tickets().await;
    assert_eq!(peer.get("/service/tickets?pageSize=5000").await.ids().len(), 1000);
}

#[tokio::test]
async fn the_next_link_keeps_the_conditions() {
    let peer = with_many_tickets().await;
    let first = reply(peer.api(Method::GET, "/service/tickets").query(&[
        ("conditions", "id > 10 and summary contains \"Kiln\""),
        ("orderBy", "id desc"),
        ("pageSize", "5"),
    ]))
    .await;
    let second = follow(&peer, &first.link("next").expect("a next page")).await;
    assert_eq!((first.ids()[0], second.ids()), (1100, vec![1095, 1094, 1093, 1092, 1091]));
}

#[tokio::test]
async fn following_next_reads_every_row_once() {
    let peer = with_many_tickets().await;
    let mut page = peer.get("/service/tickets?pageSize=400").await;
    let mut seen = page.ids();
    while let Some(next) = page.link("next") {
        page = follow(&peer, &next).await;
        seen.extend(page.ids());
    }
    assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (1100, 1100));
}

#[tokio::test]
async fn a_page_in_the_middle_links_in_all_directions() {
    let peer = with_many_tickets().await;
    let middle = peer.get("/service/tickets?pageSize=500&page=2").await;
    let first = |reply: Reply| reply.ids()[0];
    let mut at = Vec::new();
    for rel in ["first", "prev", "next", "last"] {
        at.push(first(follow(&peer, &middle.link(rel).expect(rel)).await));
    }
    assert_eq!(at, [1, 1, 1001, 1001]);
}

#[tokio::test]
async fn the_last_page_links_no_further() {
    let peer = with_many_tickets().await;
    let last = peer.get("/service/tickets?pageSize=500&page=3").await;
    assert_eq!((last.ids().len(), last.link("next"), last.link("last")), (100, None, None));
}

#[tokio::test]
async fn a_list_of_one_page_has_no_links() {
    let peer = demo().await;
    assert!(!peer.get("/service/tickets").await.headers.contains_key("link"));
}

#[tokio::test]
async fn a_page_past_the_end_is_empty() {
    let peer = demo().await;
    let reply = peer.get("/service/tickets?page=18446744073709551615").await;
    assert_eq!((reply.status, reply.ids()), (200, vec![]));
}

#[tokio::test]
async fn a_page_that_is_no_number_is_refused() {
    let peer = demo().await;
    let statuses = (
        peer.get("/service/tickets?page=0").await.status,
        peer.get("/service/tickets?page=two").await.status,
        peer.get("/service/tickets?pageSize=-1").await.status,
    );
    assert_eq!(statuses, (400, 400, 400));
}

#[tokio::test]
async fn forward_only_pages_go_by_id_and_end_without_a_link() {
    let peer = with_many_tickets().await;
    let first = forward_only(&peer, "/service/tickets?pageSize=1000&page=7").await;
    let link = first.link("next").expect("a next page");
    assert!(link.ends_with("pageSize=1000&pageId=1000"), "{link}");
    let path = link.split_once("/apis/3.0").expect("the same base").1;
    let second = forward_only(&peer, path).await;
    assert_eq!(
        (first.ids()[0], second.ids()[0], second.ids().len(), second.link("next")),
        (1, 1001, 100, None)
    );
}

#[tokio::test]
async fn forward_only_pages_cannot_be_ordered() {
    let peer = demo().await;
    assert_eq!(forward_only(&peer, "/service/tickets?orderBy=id%20desc").await.status, 400);
}

#[tokio::test]
async fn links_name_the_host_that_the_client_asked() {
    let peer = demo().await;
    let request = peer.api(Method::GET, "/service/tickets?pageSize=5");
    let request = request.header("host", "psa.example.com").header("x-forwarded-proto", "https");
    let link = reply(request).await.link("next").expect("a next page");
    assert!(link.starts_with("https://psa.example.com/v2026_1/apis/3.0/service/tickets?"), "{link}");
}
