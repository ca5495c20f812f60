//! Waiting for the app to do something, with a limit.

use std::fmt::Write;

use crate::FakeSlack;
use crate::journal::Call;
use crate::world::{Message, View};

impl FakeSlack {
    /// Waits until `find` finds something. Fails the test when that takes too long, and says what did happen.
    pub async fn wait_for<T>(&self, what: &str, mut find: impl FnMut(&Self) -> Option<T>) -> T {
        let mut changes = self.shared.changes.subscribe();
        let limit = self.shared.lock().options.patience;
        let found = tokio::time::timeout(limit, async {
            loop {
                changes.borrow_and_update();
                if let Some(found) = find(self) {
                    return found;
                }
                if changes.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
            }
        });
        match found.await {
            Ok(found) => found,
            Err(_) => panic!("waited {limit:?} for {what}; this is what happened:\n{}", self.story()),
        }
    }

    /// Waits for a message of the app in a thread that is as wanted.
    pub async fn wait_for_message(
        &self,
        what: &str,
        channel: &str,
        thread: &str,
        wanted: impl Fn(&Message) -> bool,
    ) -> Message {
        let find = |slack: &Self| slack.answers(channel, thread).into_iter().find(&wanted);
        self.wait_for(what, find).await
    }

    /// Waits for a message of the app in a thread that says this, in its text or its blocks.
    pub async fn wait_for_text(&self, channel: &str, thread: &str, text: &str) -> Message {
        let says = |message: &Message| message.text.contains(text) || message.shown().contains(text);
        self.wait_for_message(&format!("a message with {text:?}"), channel, thread, says).await
    }

    /// Waits for a message of the app in a thread that has this to click: by its words, or by its `action_id`.
    pub async fn wait_for_button(&self, channel: &str, thread: &str, button: &str) -> Message {
        let has = |message: &Message| {
            let found = |control: &crate::Control| control.label == button || control.action_id == button;
            message.controls().iter().any(found) || message.menu().iter().any(|entry| entry == button)
        };
        self.wait_for_message(&format!("a button {button:?}"), channel, thread, has).await
    }

    /// Waits for words that only this person sees.
    pub async fn wait_for_ephemeral(&self, user: &str, text: &str) -> Message {
        let says = |message: &Message| message.text.contains(text) || message.shown().contains(text);
        let find = |slack: &Self| slack.ephemerals_to(user).into_iter().find(says);
        self.wait_for(&format!("private words with {text:?} to {user}"), find).await
    }

    /// Waits for a modal that is as wanted.
    pub async fn wait_for_view(&self, user: &str, wanted: impl Fn(&View) -> bool) -> View {
        let find = |slack: &Self| slack.open_view(user).filter(&wanted);
        self.wait_for(&format!("a modal of {user}"), find).await
    }

    /// Waits for a modal with inputs.
    pub async fn wait_for_form(&self, user: &str) -> View {
        self.wait_for_view(user, |view| !view.inputs().is_empty()).await
    }

    /// Waits for a Home tab that is as wanted.
    pub async fn wait_for_home(&self, user: &str, wanted: impl Fn(&View) -> bool) -> View {
        let find = |slack: &Self| slack.home_of(user).filter(&wanted);
        self.wait_for(&format!("the Home tab of {user}"), find).await
    }

    /// Waits until a method was called so many times.
    pub async fn wait_for_calls(&self, method: &str, times: usize) -> Vec<Call> {
        let find = |slack: &Self| Some(slack.calls(method)).filter(|calls| calls.len() >= times);
        self.wait_for(&format!("{times} calls of {method}"), find).await
    }

    /// Waits until the app has called nothing for this long.
    pub async fn settle(&self, quiet: std::time::Duration) {
        let mut changes = self.shared.changes.subscribe();
        while tokio::time::timeout(quiet, changes.changed()).await.is_ok_and(|changed| changed.is_ok()) {}
    }

    /// What happened last, for a panic.
    #[must_use]
    pub fn story(&self) -> String {
        const LAST: usize = 25;
        let world = self.shared.lock();
        let mut story = String::new();
        let mut line = |text: String| {
            let _ = writeln!(story, "  {text}");
        };
        line("deliveries:".to_owned());
        for delivery in world.deliveries.iter().rev().take(LAST).rev() {
            let what = &delivery.payload["event"]["type"];
            let what = if what.is_null() { &delivery.payload["type"] } else { what };
            line(format!("- {} {what} → {:?}", delivery.kind, delivery.answer.status));
        }
        line("calls:".to_owned());
        for call in world.calls.iter().rev().take(LAST).rev() {
            let answer =
                call.answer.as_ref().map_or("nothing".to_owned(), |answer| short(&answer.to_string()));
            line(format!("- {} {} → {answer}", call.method, short(&call.arguments.to_string())));
        }
        line("messages:".to_owned());
        for message in world.messages.iter().rev().take(LAST).rev() {
            let whom = message.only_for.as_ref().map_or(String::new(), |user| format!(" (only for {user})"));
            let buttons = message.buttons().join(" | ");
            line(format!(
                "- {} {}{whom}: {} [{buttons}]",
                message.root(),
                message.user,
                short(&message.text)
            ));
        }
        for invalid in &world.invalid {
            line(format!("invalid payload of {}: {:?}", invalid.method, invalid.problems));
        }
        story
    }
}

fn short(text: &str) -> String {
    let cut: String = text.chars().take(200).collect();
    if cut.len() < text.len() { format!("{cut}…") } else { cut }
}
