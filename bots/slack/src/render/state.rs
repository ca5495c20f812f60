//! What became of a card, in one line: who chose what and when, or that a newer card took its place.

use flowpilot::Timestamp;
use flowpilot::surface::CardState;
use slack_morphism::prelude::SlackContextBlockElement;

use super::text;

const CHOICE: usize = 300;
const NAME: usize = 100;

/// The line; none for an open card.
pub(super) fn line(state: &CardState) -> Vec<SlackContextBlockElement> {
    match state {
        CardState::Open => Vec::new(),
        CardState::Decided { choice, by, at } => {
            let (choice, by) = (text::prose(choice, CHOICE), text::label(by, NAME));
            vec![text::literal(&format!("✓ {choice}, by {by}")).into(), text::marked(date(*at)).into()]
        }
        CardState::Superseded { by: Some(by) } => {
            vec![text::literal(&format!("Superseded by: {}", text::prose(by, CHOICE))).into()]
        }
        CardState::Superseded { by: None } => vec![text::literal("Superseded").into()],
    }
}

/// A time in the reader's own zone; in UTC where Slack cannot tell it.
fn date(at: Timestamp) -> String {
    let fallback = at.to_text();
    // Slack refuses what lies outside of its calendar; the text says it then.
    if !(0..=253_402_300_799).contains(&at.as_secs()) {
        return fallback;
    }
    format!("<!date^{}^{{date_short_pretty}}, {{time}}|{fallback}>", at.as_secs())
}
