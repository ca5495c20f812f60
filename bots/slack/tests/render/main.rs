//! What Slack is shown, as specification: a golden snapshot for each card, and what holds for hostile text.

#![expect(clippy::unwrap_used, reason = "a test that cannot do its part fails")]

mod buttons;
mod checked;
mod forms;
mod golden;
mod hostile;
mod manifest;
mod markdown;
mod samples;
mod views;
