//! What outlives a restart.

use std::path::Path;

use flowpilot_sandbox::{Sandbox, SandboxConfig, SandboxError, TicketSeed, demo_tickets};
use serde_json::json;

use crate::support::{Peer, config};

const NOTES: &str = "/service/tickets/10421/notes";

fn keeping(store: &Path) -> SandboxConfig {
    SandboxConfig { store: Some(store.to_owned()), tickets: demo_tickets(), ..config() }
}

async fn refused(config: SandboxConfig) -> String {
    Sandbox::start(config).await.expect_err("it must not start").to_string()
}

#[tokio::test]
async fn notes_and_changes_are_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let peer = Peer::start(keeping(&store)).await;
    peer.post(NOTES, &json!({ "text": "kept", "resolutionFlag": true })).await;
    peer.patch("/service/tickets/10421", &json!([{ "op": "replace", "path": "summary", "value": "new" }]))
        .await;
    peer.sandbox.stop().await;

    let peer = Peer::start(keeping(&store)).await;
    assert_eq!(peer.texts_of(10421).await.last().map(String::as_str), Some("kept"));
    assert_eq!(peer.get("/service/tickets/10421").await.body["summary"], "new");
}

#[tokio::test]
async fn a_restart_adds_only_the_tickets_that_are_not_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let peer = Peer::start(keeping(&store)).await;
    peer.post(NOTES, &json!({ "text": "kept", "resolutionFlag": true })).await;
    peer.sandbox.stop().await;

    let extra = TicketSeed { id: 77, summary: "One more".to_owned(), ..demo_tickets().remove(0) };
    let tickets = demo_tickets().into_iter().chain([extra]).collect();
    let peer = Peer::start(SandboxConfig { tickets, ..keeping(&store) }).await;
    assert_eq!(peer.get("/service/tickets/count").await.body, json!({ "count": 19 }));
    assert_eq!((peer.texts_of(10421).await.len(), peer.texts_of(77).await.len()), (2, 1));
    assert_eq!(peer.get("/company/companies").await.ids().len(), 5);
}

#[tokio::test]
async fn ids_are_not_used_again_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let peer = Peer::start(keeping(&store)).await;
    let body = json!({ "text": "x", "resolutionFlag": true });
    let first = peer.post(NOTES, &body).await.body["id"].clone();
    peer.delete(&format!("{NOTES}/{first}")).await;
    peer.sandbox.stop().await;

    let peer = Peer::start(keeping(&store)).await;
    assert_ne!(peer.post(NOTES, &body).await.body["id"], first);
}

#[tokio::test]
async fn a_write_that_cannot_be_kept_is_not_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let peer = Peer::start(keeping(&store)).await;
    // A folder where the temporary file has to go: the write fails as on a full disk.
    std::fs::create_dir(folder.path().join("psa.json.tmp")).expect("a folder");
    let reply = peer.post(NOTES, &json!({ "text": "lost?", "resolutionFlag": true })).await;
    assert_eq!(reply.status, 500);
    assert_eq!(peer.texts_of(10421).await.len(), 1);
}

#[tokio::test]
async fn the_store_file_is_whole_after_every_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let peer = Peer::start(keeping(&store)).await;
    peer.post(NOTES, &json!({ "text": "on disk", "resolutionFlag": true })).await;
    let kept = std::fs::read_to_string(&store).expect("the file");
    assert!(serde_json::from_str::<serde_json::Value>(&kept).is_ok() && kept.contains("on disk"));
}

#[tokio::test]
async fn a_file_that_is_no_store_is_named_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    std::fs::write(&store, "{\"format\":").expect("a file");
    let error = refused(keeping(&store)).await;
    assert!(error.contains("psa.json is not a sandbox store"), "{error}");
    assert_eq!(std::fs::read_to_string(&store).expect("the file"), "{\"format\":");
}

#[tokio::test]
async fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = refused(keeping(&folder.path().join("no/psa.json"))).await;
    assert!(error.contains("no/psa.json"), "{error}");
}

#[tokio::test]
async fn two_sandboxes_do_not_share_a_store() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("psa.json");
    let _first = Peer::start(keeping(&store)).await;
    let second = Sandbox::start(keeping(&store)).await;
    assert!(matches!(second, Err(SandboxError::StoreInUse(_))));
}

#[tokio::test]
async fn a_ticket_that_the_real_server_could_not_have_is_refused() {
    let pattern = demo_tickets().remove(0);
    let with = |ticket: TicketSeed| SandboxConfig { tickets: vec![ticket], ..config() };
    let nameless = TicketSeed { summary: " ".to_owned(), ..pattern.clone() };
    let long = TicketSeed { summary: "x".repeat(101), ..pattern.clone() };
    let numberless = TicketSeed { id: 0, ..pattern.clone() };
    let twice = SandboxConfig { tickets: vec![pattern.clone(), pattern], ..config() };
    assert!(refused(with(nameless)).await.contains("its summary is empty"));
    assert!(refused(with(long)).await.contains("longer than 100 characters"));
    assert!(refused(with(numberless)).await.contains("1 or more"));
    assert!(refused(twice).await.contains("used twice"));
}
