//! The keys that seal secrets: made, rotated, lost.

use std::os::unix::fs::PermissionsExt as _;

use crate::home::Home;
use crate::peer::Peer;

async fn key(home: &Home) -> String {
    home.run(&["keys", "generate"]).await.out.trim().to_owned()
}

fn keys(keys: &[&str]) -> String {
    format!("secret_keys = {keys:?}\n")
}

#[tokio::test]
async fn a_generated_key_is_accepted_and_differs_each_time() {
    let home = Home::new("");
    let (one, other) = (key(&home).await, key(&home).await);
    home.configure(&keys(&[&one]));
    assert_ne!(one, other);
    assert_eq!(home.run(&["migrate"]).await.code, 0);
    assert_eq!(home.run(&["keys", "rotate"]).await.code, 0);
}

#[tokio::test]
async fn a_key_that_is_none_is_refused_by_its_place_and_not_shown() {
    let home = Home::new("");
    let good = key(&home).await;
    home.configure(&keys(&[&good, "hunter2hunter2"]));
    let refused = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert_eq!(refused.code, 1);
    assert!(
        refused.err.contains("secret_keys[1]") && refused.err.contains("keys generate"),
        "{}",
        refused.err
    );
    assert!(!refused.err.contains("hunter2"), "{}", refused.err);
}

#[tokio::test]
async fn a_kept_key_can_be_read_by_its_owner_only() {
    let home = Home::new("");
    home.serve().await.terminate().await;
    let mode = std::fs::metadata(home.path("flowpilot.db.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn secrets_still_open_once_the_old_key_is_removed_after_a_rotation() {
    let peer = Peer::start().await;
    let home = Home::new("");
    let (old, new) = (key(&home).await, key(&home).await);
    home.configure(&format!("{}{}", keys(&[&old]), peer.section()));
    home.serve().await.terminate().await;

    home.configure(&keys(&[&new, &old]));
    let rotated = home.run(&["keys", "rotate"]).await;
    let again = home.run(&["keys", "rotate"]).await;
    home.configure(&keys(&[&new]));
    let doctor = home.run(&["doctor"]).await;

    assert!(rotated.out.starts_with("1 "), "{}{}", rotated.out, rotated.err);
    assert!(again.out.starts_with("0 "), "{}{}", again.out, again.err);
    assert!(doctor.out.contains("ticket system: ConnectWise") && doctor.code == 0, "{}", doctor.out);
}

#[tokio::test]
async fn a_rotation_without_the_old_key_changes_nothing() {
    let peer = Peer::start().await;
    let home = Home::new("");
    let (old, new) = (key(&home).await, key(&home).await);
    home.configure(&format!("{}{}", keys(&[&old]), peer.section()));
    home.serve().await.terminate().await;

    home.configure(&keys(&[&new]));
    let refused = home.run(&["keys", "rotate"]).await;
    home.configure(&keys(&[&old]));
    let doctor = home.run(&["doctor"]).await;

    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("put the old key back"), "{}", refused.err);
    assert!(doctor.out.contains("ticket system: ConnectWise"), "{}", doctor.out);
}
