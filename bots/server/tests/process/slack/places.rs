//! Where work begins: a command, a shortcut, a direct message; what stands on the Home.

use super::{PROBLEM, Workspace, is_question};

#[tokio::test]
async fn a_command_opens_a_thread_and_begins_there() {
    let work = Workspace::open().await;
    work.first_question().await;
    let before = work.slack.messages(&work.help, None).len();
    work.slack.command(&work.ada, &work.help, "/flowpilot", PROBLEM).await.assert_acked();
    let opened = work
        .slack
        .wait_for("a thread", |slack| {
            let messages = slack.messages(&work.help, None);
            messages.into_iter().skip(before).find(|m| m.thread.is_none() && m.shown().contains(PROBLEM))
        })
        .await;
    work.slack.wait_for_message("a question", &work.help, &opened.ts, is_question).await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn help_is_answered_at_once_and_only_to_who_asked() {
    let work = Workspace::open().await;
    work.first_question().await;
    let answer = work.slack.command(&work.ada, &work.help, "/flowpilot", "help").await;
    answer.assert_acked();
    assert_eq!(answer.json()["response_type"], "ephemeral");
    assert!(answer.body.contains("/flowpilot start"), "{}", answer.body);
}

#[tokio::test]
async fn the_shortcut_takes_up_a_thread_with_what_was_said_there() {
    let work = Workspace::open().await;
    work.first_question().await;
    let pat = work.slack.member("Pat Person");
    let first = work.slack.history(&pat, &work.help, None, PROBLEM);
    work.slack.history(&work.ada, &work.help, Some(&first.ts), "it is the one on floor two");
    work.slack.shortcut(&work.ada, &first, "work_this").await.assert_acked();
    work.slack.wait_for_message("a question", &work.help, &first.ts, is_question).await;
    let sessions = work.sessions().await;
    let id = sessions.iter().find(|s| s["thread"].as_str().is_some_and(|t| t.ends_with(&first.ts)));
    let id = id.unwrap_or_else(|| panic!("{sessions:?}"))["id"].as_str().expect("an id").to_owned();
    let script = crate::http::Caller::script(&work.home, &work.server, None).await;
    let messages = script.get(&format!("/api/v1/ai-sessions/{id}/messages")).await.ok().to_string();
    assert!(messages.contains("floor two"), "{messages}");
    assert_eq!(messages.matches(PROBLEM).count(), 1, "{messages}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_direct_message_needs_no_mention() {
    let work = Workspace::open().await;
    work.first_question().await;
    let direct = work.slack.direct(&work.ada);
    let said = work.slack.write(&work.ada, &direct, PROBLEM).await;
    said.assert_acked();
    work.slack.wait_for_message("a question", &direct, said.root(), is_question).await;
}

#[tokio::test]
async fn the_home_lists_my_sessions() {
    let work = Workspace::open().await;
    work.first_question().await;
    for answer in work.slack.open_home(&work.ada, "home").await {
        answer.assert_acked();
    }
    work.slack.wait_for_home(&work.ada, |view| view.shown().contains(PROBLEM)).await;
    work.slack.assert_all_valid();
}
