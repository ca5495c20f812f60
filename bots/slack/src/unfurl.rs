//! What a link to a session shows in a channel: its title and where it stands. Whoever reads the channel may not be
//! allowed to read the ticket, so nothing else.

use serde::Serialize;
use slack_morphism::prelude::{SlackBlock, SlackContextBlock, SlackSectionBlock};

use crate::render::text;

/// One link's part of `chat.unfurl`'s `unfurls`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Unfurl {
    /// What is shown below the link.
    pub blocks: Vec<SlackBlock>,
}

/// A session's title and status.
#[must_use]
pub fn unfurl(title: &str, status: &str) -> Unfurl {
    let title = text::label(title, 300);
    let status = format!("FlowPilot session · {}", text::label(status, 100));
    Unfurl {
        blocks: vec![
            SlackSectionBlock::new().with_text(text::literal(&title).into()).into(),
            SlackContextBlock::new(vec![text::literal(&status).into()]).into(),
        ],
    }
}
