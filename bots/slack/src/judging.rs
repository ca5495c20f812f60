//! What stands below an answer: who wrote it, and the two buttons to say whether it helped.

use flowpilot::ai::Thumb;
use flowpilot::store::AnswerId;
use flowpilot::surface::{Below, What};
use slack_morphism::prelude::{
    SlackActionId, SlackBlock, SlackBlockFeedbackButtonsElement, SlackBlockId, SlackBlockPlainTextOnly,
    SlackContextActionsBlock, SlackContextBlock, SlackFeedbackButtonItem,
};

use crate::render::text;
use crate::wire::Pressed;

/// Characters of the line below an answer.
const NOTE: usize = 400;
/// The action of the two buttons.
const JUDGE: &str = "judge";
/// Begins the block's id; the answer's follows.
const BLOCK: &str = "answer:";
const HELPED: &str = "up";
const DID_NOT_HELP: &str = "down";

/// What stands below an answer that is at its end.
pub(crate) fn blocks_below(below: Below<'_>) -> Vec<SlackBlock> {
    let note = SlackContextBlock::new(vec![text::literal(&text::prose(below.note, NOTE)).into()]);
    let buttons = below.judged.map(|answer| buttons(answer).into());
    std::iter::once(note.into()).chain(buttons).collect()
}

fn buttons(answer: AnswerId) -> SlackContextActionsBlock {
    let button = |text: &str, value: &str| {
        SlackFeedbackButtonItem::new(SlackBlockPlainTextOnly::from(text), value.to_owned())
    };
    let both = SlackBlockFeedbackButtonsElement::new(
        button("This answer helped", HELPED),
        button("This answer did not help", DID_NOT_HELP),
    )
    .with_action_id(SlackActionId::new(JUDGE.to_owned()));
    SlackContextActionsBlock::new(vec![both.into()])
        .with_block_id(SlackBlockId::new(format!("{BLOCK}{answer}")))
}

/// What somebody said of an answer with one of the buttons.
pub(crate) fn judged(pressed: &Pressed) -> Option<What> {
    if pressed.action_id != JUDGE {
        return None;
    }
    let answer = pressed.block_id.strip_prefix(BLOCK)?.parse().ok()?;
    let thumb = match pressed.value.as_deref()? {
        HELPED => Thumb::Up,
        DID_NOT_HELP => Thumb::Down,
        _ => return None,
    };
    Some(What::Judged { answer, thumb })
}
