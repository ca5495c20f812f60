//! Answers that are written while one watches, with a scripted slow answer.

use std::fmt::Write as _;
use std::time::Duration;

use flowpilot_fake_slack::{FakeSlack, Fault, Message, Options};
use serde_json::Value;

use super::{Workspace, configuration};
use crate::home::Home;
use crate::http::Caller;

/// A workspace in which every question gets this answer.
async fn answering(script: &str) -> Workspace {
    let slack = Workspace::slack(Options::default()).await;
    let home = Home::started(&format!("{}[ai]\nscript = \"answer.toml\"\n", configuration(&slack))).await;
    home.write("answer.toml", script);
    Workspace::of(slack, home).await
}

/// A script: pauses in milliseconds, and texts.
fn script(pieces: &[(u64, &str)]) -> String {
    pieces.iter().fold(String::new(), |mut script, (pause, text)| {
        let _ = writeln!(script, "[[pieces]]\npause_ms = {pause}\ntext = {text:?}");
        script
    })
}

impl Workspace {
    /// Ada asks in a thread of hers; answers with the thread.
    async fn asked(&self) -> String {
        let (root, _) = self.first_question().await;
        self.at_rest().await;
        self.ask(&root).await;
        root
    }

    async fn ask(&self, root: &str) {
        self.slack.reply(&self.ada, &self.help, root, "ask: How do I print again?").await.assert_acked();
    }

    /// Posts a message in a thread with the bot's token, as somebody's own script would; answers with its name.
    async fn post_as_the_bot(&self, root: &str, text: &str) -> String {
        let body = serde_json::json!({ "channel": self.help, "thread_ts": root, "text": text });
        let request = crate::http::client().post(format!("{}/chat.postMessage", self.slack.url()));
        let request = request.bearer_auth(&self.slack.options().bot_token).json(&body);
        let posted = crate::http::send(request).await.expect("an answer").ok();
        posted["ts"].as_str().expect("a message").to_owned()
    }

    /// Waits for an answer that says this.
    async fn says(&self, root: &str, text: &str) -> Message {
        self.slack.wait_for_text(&self.help, root, text).await
    }

    /// Waits for an answer that has ended with this line.
    async fn ended(&self, root: &str, note: &str) -> Message {
        let ended = |m: &Message| m.shown().contains(note) && m.stream.as_ref().is_none_or(|s| !s.open);
        self.slack
            .wait_for_message(&format!("an answer that ends with {note:?}"), &self.help, root, ended)
            .await
    }

    /// The app's messages of a thread beside its first two cards.
    fn texts(&self, root: &str) -> Vec<Message> {
        self.slack.answers(&self.help, root).split_off(2)
    }

    /// What the transcript has of the copilot.
    async fn transcript(&self) -> Vec<String> {
        let id = self.sessions().await[0]["id"].as_str().expect("an id").to_owned();
        let script = Caller::script(&self.home, &self.server, None).await;
        let all = script.all(&format!("/api/v1/ai-sessions/{id}/messages")).await;
        let copilots = all.iter().filter(|m| m["author"] == "copilot");
        copilots.map(|m| m["text"].as_str().unwrap_or_default().to_owned()).collect()
    }
}

/// Everything that a message says.
fn all_of(message: &Message) -> String {
    format!("{}\n{}", message.text, message.shown())
}

#[tokio::test]
async fn text_is_read_before_the_answer_is_complete() {
    let work =
        answering(&script(&[(1_500, "Restart the spooler.\n"), (2_500, "Then print a test page.")])).await;
    let root = work.asked().await;
    let thinking = |slack: &FakeSlack| slack.shown_status(&work.help, &root).filter(|s| s == "is thinking…");
    work.slack.wait_for("that it thinks", thinking).await;
    let early = work.says(&root, "Restart the spooler.").await;
    assert!(early.stream.is_some_and(|stream| stream.open) && !early.text.contains("test page"));
    assert_eq!(work.slack.agent_status(&work.help, &root).as_deref(), Some("processing"));
    let whole = work.ended(&root, "Written by a script").await;
    assert_eq!((whole.ts, whole.text.as_str()), (early.ts, "Restart the spooler.\nThen print a test page."));
    work.at_rest().await;
    assert_eq!(work.slack.agent_status(&work.help, &root).as_deref(), Some("active"));
    assert_eq!(work.slack.shown_status(&work.help, &root), None);
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    assert_eq!(work.transcript().await, ["Restart the spooler.\nThen print a test page."]);
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn small_pieces_are_gathered() {
    let many: Vec<_> = (0..100).map(|n| (30, format!("word{n} "))).collect();
    let many: Vec<_> = many.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let work = answering(&script(&many)).await;
    let root = work.asked().await;
    let whole = work.ended(&root, "Written by a script").await;
    assert!(whole.text.contains("word0 word1 ") && whole.text.contains("word99"), "{}", whole.text);
    assert!(work.slack.calls("chat.appendStream").len() <= 8, "{}", work.slack.story());
}

#[tokio::test]
async fn a_killed_process_leaves_one_message_that_is_ended() {
    let pieces: Vec<_> = (0..40).map(|n| (250, format!("Line {n} of the answer.\n"))).collect();
    let pieces: Vec<_> = pieces.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let mut work = answering(&script(&pieces)).await;
    let root = work.asked().await;
    let begun = work.says(&root, "Line 5 of the answer.").await;
    assert!(work.server.kill().await);
    work.server = work.home.serve().await;
    work.slack.connect(&work.server.url());
    let ended = work.ended(&root, "was cut off here").await;
    assert_eq!(ended.ts, begun.ts, "the same message");
    work.at_rest().await;
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    let kept = work.transcript().await;
    assert!(kept.len() == 1 && kept[0].contains("Line 3") && kept[0].contains("cut off"), "{kept:?}");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_stream_that_nobody_noted_is_found_after_a_kill() {
    let mut work = answering(&script(&[(0, "Restart the spooler.\n"), (4_000, "Then print.")])).await;
    work.slack.fail("chat.startStream", Fault::SlowAnswer(Duration::from_secs(5)));
    let root = work.asked().await;
    work.slack.wait_for_calls("chat.startStream", 1).await;
    assert!(work.server.kill().await);
    work.server = work.home.serve().await;
    work.slack.connect(&work.server.url());
    work.ended(&root, "was cut off here").await;
    work.at_rest().await;
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_message_of_ours_that_is_no_answer_is_left_alone_after_a_kill() {
    let mut work = answering(&script(&[(0, "Restart the spooler.\n"), (4_000, "Then print.")])).await;
    let (root, _) = work.first_question().await;
    work.at_rest().await;
    work.slack.fail("chat.startStream", Fault::SlowAnswer(Duration::from_secs(5)));
    let foreign = work.post_as_the_bot(&root, "The print server restarts tonight.").await;
    work.ask(&root).await;
    work.slack.wait_for_calls("chat.startStream", 1).await;
    assert!(work.server.kill().await);
    work.server = work.home.serve().await;
    work.slack.connect(&work.server.url());
    let ended = work.ended(&root, "was cut off here").await;
    work.at_rest().await;
    assert_ne!(ended.ts, foreign);
    let there = work.slack.message(&work.help, &foreign).expect("it is still there");
    assert_eq!(there.text, "The print server restarts tonight.");
    assert_eq!(work.texts(&root).len(), 2, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_long_answer_that_was_killed_is_in_its_own_messages_only() {
    let paragraph = |n: usize| format!("Paragraph {n}: look at the event log. {}\n\n", "word ".repeat(50));
    let pieces: Vec<_> = (0..90).map(|n| (100, paragraph(n))).collect();
    let pieces: Vec<_> = pieces.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let mut work = answering(&script(&pieces)).await;
    let root = work.asked().await;
    work.says(&root, "Paragraph 5: look").await;
    // The second message is opened, and nobody hears of it.
    work.slack.fail("chat.startStream", Fault::SlowAnswer(Duration::from_secs(8)));
    work.slack.wait_for_calls("chat.startStream", 2).await;
    assert!(work.server.kill().await);
    work.server = work.home.serve().await;
    work.slack.connect(&work.server.url());
    work.ended(&root, "was cut off here").await;
    work.at_rest().await;
    let texts = work.texts(&root);
    assert!(texts.len() <= 2, "{}", work.slack.story());
    assert!(texts.iter().all(|text| !all_of(text).trim().is_empty()), "none is left empty: {texts:?}");
    assert!(texts.iter().all(|text| text.stream.as_ref().is_none_or(|stream| !stream.open)));
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn the_stop_button_ends_the_answer_and_keeps_what_was_written() {
    let work =
        answering(&script(&[(0, "Restart the spooler.\n"), (2_000, "More.\n"), (60_000, "Too late.")])).await;
    let root = work.asked().await;
    let begun = work.says(&root, "Restart the spooler.").await;
    work.slack.stop_agent(&work.ada, &work.help, &root).await;
    let ended = work.ended(&root, "Stopped by Ada Lovelace").await;
    assert!(ended.ts == begun.ts && all_of(&ended).contains("Restart the spooler."), "{}", all_of(&ended));
    work.at_rest().await;
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    assert_eq!(work.slack.agent_status(&work.help, &root).as_deref(), Some("active"));
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn the_word_stop_ends_the_answer() {
    let work = answering(&script(&[(0, "Restart the spooler.\n"), (60_000, "Too late.")])).await;
    let root = work.asked().await;
    work.says(&root, "Restart the spooler.").await;
    work.slack.reply(&work.ada, &work.help, &root, "stop").await.assert_acked();
    work.ended(&root, "Stopped by Ada Lovelace").await;
    work.at_rest().await;
    let kept = work.transcript().await;
    assert_eq!(kept, ["Restart the spooler.\n\nStopped by Ada Lovelace"]);
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn where_there_are_no_streams_a_message_is_edited_at_most_once_a_second() {
    let pieces: Vec<_> = (0..20).map(|n| (200, format!("Line {n} of the answer.\n"))).collect();
    let pieces: Vec<_> = pieces.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let work = answering(&script(&pieces)).await;
    work.slack.fail_times("chat.startStream", Fault::Error("unknown_method"), 10);
    let root = work.asked().await;
    let early = work.says(&root, "Line 2 of").await;
    assert!(early.stream.is_none() && !all_of(&early).contains("Line 19"), "{}", all_of(&early));
    let ended = work.ended(&root, "Written by a script").await;
    assert!(ended.ts == early.ts && ended.shown().contains("Line 19 of the answer."), "{}", ended.shown());
    work.at_rest().await;
    let edits: Vec<_> =
        work.slack.calls("chat.update").into_iter().filter(|call| call.text("ts") == ended.ts).collect();
    // The end does not wait for its turn.
    let grown = &edits[..edits.len() - 1];
    assert!(grown.windows(2).all(|two| two[1].at - two[0].at >= Duration::from_secs(1)), "{edits:?}");
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    // It is known by now that there are none.
    work.ask(&root).await;
    work.at_rest().await;
    assert_eq!(work.slack.calls("chat.startStream").len(), 1, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_limit_on_a_stream_is_waited_for_and_nothing_is_lost() {
    let pieces: Vec<_> = (0..30).map(|n| (200, format!("Line {n} of the answer.\n"))).collect();
    let pieces: Vec<_> = pieces.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let work = answering(&script(&pieces)).await;
    work.slack.fail("chat.appendStream", Fault::RateLimited(3));
    let root = work.asked().await;
    let ended = work.ended(&root, "Written by a script").await;
    let whole = all_of(&ended);
    assert!((0..30).all(|n| whole.matches(&format!("Line {n} of")).count() == 1), "{whole}");
    let calls = work.slack.calls("chat.appendStream");
    let limited = calls.iter().position(|call| call.fault.is_some()).expect("it was limited");
    if let Some(next) = calls.get(limited + 1) {
        assert!(next.at - calls[limited].at >= Duration::from_secs(3), "{calls:?}");
    }
    work.at_rest().await;
    assert_eq!(work.texts(&root).len(), 1, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_long_answer_goes_on_in_further_messages() {
    let paragraph =
        |n: usize| format!("Paragraph {n}: look at the <event log> & go on. {}\n\n", "word ".repeat(50));
    let pieces: Vec<_> = (0..90).map(|n| (10, paragraph(n))).collect();
    let pieces: Vec<_> = pieces.iter().map(|(pause, text)| (*pause, text.as_str())).collect();
    let work = answering(&script(&pieces)).await;
    let root = work.asked().await;
    work.ended(&root, "Written by a script").await;
    work.at_rest().await;
    let texts = work.texts(&root);
    assert!(texts.len() >= 3, "{}", texts.len());
    assert!(texts.iter().all(|text| text.stream.as_ref().is_some_and(|stream| !stream.open)));
    let whole: String = texts.iter().map(all_of).collect();
    assert!((0..90).all(|n| whole.contains(&format!("Paragraph {n}: look"))), "nothing is left out");
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn what_is_written_meanwhile_is_not_lost() {
    let work = answering(&script(&[(0, "Restart the spooler.\n"), (4_000, "Then print.")])).await;
    let root = work.asked().await;
    work.says(&root, "Restart the spooler.").await;
    work.ask(&root).await;
    work.slack.reply(&work.ada, &work.help, &root, "fact: The cable is loose.").await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, "Recorded: The cable is loose.").await;
    let open = work.texts(&root);
    assert!(open.iter().any(|m| m.stream.as_ref().is_some_and(|s| s.open)), "it is still being written");
    work.at_rest().await;
    let ended = work.texts(&root).into_iter().filter(|m| m.shown().contains("Written by a script")).count();
    assert_eq!(ended, 2, "{}", work.slack.story());
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn an_answer_calls_nobody_and_tells_no_secret() {
    let hostile =
        "<!channel> ask <@U1>: [your bank](https://evil.example) has the password Hunter2!x now.\nBye.";
    let work = answering(&script(&[(0, hostile)])).await;
    let root = work.asked().await;
    let ended = work.ended(&root, "Written by a script").await;
    let (words, sent) = (ended.text.clone(), ended.json().to_string());
    assert!(!words.contains("<!channel>") && !words.contains("<@U1>"), "{words}");
    // What a block says as plain text is only read, whatever it looks like.
    for gone in ["\"type\":\"broadcast\"", "\"type\":\"user\"", "\"text\":\"your bank\"", "Hunter2"] {
        assert!(!sent.contains(gone), "{gone:?} is there: {sent}");
    }
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn an_error_ends_the_message_with_what_can_be_done() {
    let failing =
        format!("error = \"the model is overloaded\"\n{}", script(&[(0, "Restart the spooler.\n")]));
    let work = answering(&failing).await;
    let root = work.asked().await;
    let ended = work.ended(&root, "the model is overloaded. Ask again").await;
    assert!(all_of(&ended).contains("Restart the spooler."));
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn who_opens_the_messages_tab_is_offered_what_works_there() {
    let work = answering("").await;
    let (_, _) = work.first_question().await;
    work.slack.open_home(&work.ada, "messages").await;
    work.slack.wait_for_calls("assistant.threads.setSuggestedPrompts", 1).await;
    let offered = work.slack.prompts().pop().expect("prompts");
    assert!(offered["thread_ts"].is_null(), "{offered}");
    let words: Vec<_> =
        offered["prompts"].as_array().into_iter().flatten().map(|p| p["message"].clone()).collect();
    assert!(words.contains(&Value::from("sessions")) && words.contains(&Value::from("help")), "{words:?}");
    let direct = work.slack.direct(&work.ada);
    work.slack.write(&work.ada, &direct, "sessions").await.assert_acked();
    work.slack.wait_for_ephemeral(&work.ada, super::PROBLEM).await;
    work.slack.assert_all_valid();
}

#[tokio::test]
async fn a_mistake_in_the_script_is_named_at_the_start() {
    let home = Home::new("[ai]\nscript = \"answer.toml\"\n");
    home.write("answer.toml", "[[pieces]]\npause = 3\n");
    let failed = home.run(&["serve", "--listen", "127.0.0.1:0"]).await;
    assert!(failed.code != 0 && failed.err.contains("answer.toml"), "{}", failed.err);
}
