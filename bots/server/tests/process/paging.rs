//! The console's lists: a page at a time, nothing left out, nothing twice.

use std::time::Duration;

use serde_json::{Value, json};

use crate::home::Home;
use crate::http::Caller;
use crate::seed::{event_id, seeded};

/// Every page of a list, in the order in which they are read.
async fn pages(browser: &Caller, list: &str) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = browser.get(&format!("{list}?limit=4{cursor}")).await.ok();
        pages.push(page["items"].as_array().unwrap().clone());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return pages,
        }
    }
}

#[tokio::test]
async fn the_earlier_messages_of_a_thread_are_read_a_page_at_a_time() {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let mut rng = seeded();
    let thread = event_id(&mut rng);
    browser.post("/console/threads", &json!({ "id": thread, "text": "vpn does not connect" })).await.ok();
    let path = format!("/console/threads/{thread}/messages");
    for n in 0..9 {
        browser.post(&path, &json!({ "id": event_id(&mut rng), "text": format!("fact: F{n}.") })).await.ok();
    }
    browser.drained(Duration::from_secs(30)).await;
    let whole = browser.get(&format!("{path}?limit=200")).await.ok();
    let mut read = pages(&browser, &path).await;
    assert!(read.len() > 2, "{} pages", read.len());
    read.reverse();
    assert_eq!(read.concat(), *whole["items"].as_array().unwrap());
}

#[tokio::test]
async fn the_older_threads_are_read_a_page_at_a_time() {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let mut rng = seeded();
    let mut opened: Vec<String> = Vec::new();
    for n in 0..9 {
        let thread = event_id(&mut rng);
        browser
            .post("/console/threads", &json!({ "id": thread, "text": format!("vpn {n} does not connect") }))
            .await
            .ok();
        opened.push(thread.to_string());
    }
    browser.drained(Duration::from_secs(30)).await;
    let read = pages(&browser, "/console/threads").await.concat();
    let mut ids: Vec<String> = read.iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect();
    let newest_first: Vec<i64> = read.iter().map(|t| -t["updated_at"].as_i64().unwrap()).collect();
    assert!(newest_first.is_sorted(), "{newest_first:?}");
    ids.sort();
    opened.sort();
    assert_eq!(ids, opened);
}

#[tokio::test]
async fn one_thread_is_read_by_its_id() {
    let home = Home::started("console = true\n").await;
    let server = home.serve().await;
    let browser = Caller::browser(&server).await;
    let thread = event_id(&mut seeded());
    browser.post("/console/threads", &json!({ "id": thread, "text": "vpn does not connect" })).await.ok();
    let read = browser.get(&format!("/console/threads/{thread}")).await.ok();
    assert_eq!((read["id"].as_str(), read["title"].as_str()), (Some(&*thread), Some("vpn does not connect")));
    let nowhere = browser.get("/console/threads/01890a5d-ac96-774b-bcce-b302099a8057").await;
    assert_eq!(nowhere.status, 404);
}
