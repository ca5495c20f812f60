//! What asks for values: the form of an action, the view that stands there until it is ready, and the one that says
//! why it could not be done.
//!
//! A form has an input block for each [`Input`]: `block_id` is the input's name, `action_id` is [`VALUE`]. Texts
//! longer than Slack's inputs are spread over several ([`input`]) and put together again ([`values`]): cutting one
//! would lose its end when the form is sent.

mod input;
mod values;

use flowpilot::store::CardId;
use flowpilot::surface::{Action, Card, Input};
use serde::{Deserialize, Serialize};
use slack_morphism::prelude::{SlackBlock, SlackContextBlock, SlackModalView, SlackSectionBlock, SlackView};

pub use values::{errors, fields};

use crate::render::text;

/// The `callback_id` of a form.
pub const FORM: &str = "action";
/// The `action_id` of every input.
pub const VALUE: &str = "value";

/// A view's title, and its two buttons.
const TITLE: usize = 24;
const METADATA: usize = 3_000;
const SECTION: usize = 3_000;
/// Blocks of a view are at most 100; a few are not inputs.
const INPUTS: usize = 95;

/// What a form is about. Goes through the view's `private_metadata`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The card.
    pub card: CardId,
    /// The action's id.
    pub action: String,
    /// The channel's id.
    pub channel: String,
    /// The `ts` of the thread's first message.
    pub thread: String,
    /// The workspace: a team's id, or an enterprise's.
    pub workspace: String,
}

/// Shown at once, while the form is made ready: what opens a view is void after three seconds.
#[must_use]
pub fn loading(title: &str) -> SlackView {
    SlackView::Modal(view(title, vec![paragraph("One moment…")]))
}

/// Says why something could not be done.
#[must_use]
pub fn failed(title: &str, why: &str) -> SlackView {
    let mut view = view(title, vec![paragraph(why)]);
    view.close = Some(text::literal("Close").into());
    SlackView::Modal(view)
}

/// The form of an action.
#[must_use]
pub fn form(card: &Card, action: &Action, target: &Target) -> SlackView {
    let metadata = serde_json::to_string(target).unwrap_or_default();
    let title = text::line(&action.label);
    if text::size(&metadata) > METADATA {
        return failed(&title, "This button is too long for Slack. Use the command in the thread instead.");
    }
    let mut blocks = vec![about(card)];
    if text::size(&title) > TITLE {
        blocks.push(paragraph(&title));
    }
    blocks.extend(action.confirm.as_deref().map(paragraph));
    blocks.extend(inputs(&action.inputs));
    let mut view = view(&title, blocks);
    view.submit = Some(text::literal(submit(&title)).into());
    view.callback_id = Some(FORM.into());
    view.private_metadata = Some(metadata);
    SlackView::Modal(view)
}

/// A form that belongs to no card; `callback` is its `callback_id`.
#[must_use]
pub fn simple(callback: &str, title: &str, why: &str, values: &[Input]) -> SlackView {
    let mut blocks = vec![paragraph(why)];
    blocks.extend(inputs(values));
    let mut view = view(title, blocks);
    view.submit = Some(text::literal("Send").into());
    view.callback_id = Some(callback.into());
    SlackView::Modal(view)
}

/// The action's own words where they fit.
fn submit(label: &str) -> &str {
    if text::size(label) <= TITLE && !text::is_blank(label) { label } else { "Send" }
}

fn inputs(inputs: &[Input]) -> Vec<SlackBlock> {
    let mut blocks: Vec<SlackBlock> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for input in inputs {
        if names.contains(&input.name.as_str()) {
            continue;
        }
        names.push(&input.name);
        let more = input::blocks(input);
        if blocks.len() + more.len() > INPUTS {
            blocks.push(paragraph("This form is too long for Slack; the rest of it is not shown."));
            break;
        }
        blocks.extend(more);
    }
    blocks
}

/// Which card the form belongs to: it covers the thread.
fn about(card: &Card) -> SlackBlock {
    let title = text::prose(&text::line(&card.title), 300);
    SlackContextBlock::new(vec![text::literal(&title).into()]).into()
}

fn view(title: &str, blocks: Vec<SlackBlock>) -> SlackModalView {
    let mut view = SlackModalView::new(text::literal(&text::label(title, TITLE)).into(), blocks);
    view.close = Some(text::literal("Cancel").into());
    view
}

fn paragraph(words: &str) -> SlackBlock {
    SlackSectionBlock::new().with_text(text::literal(&text::prose(words, SECTION)).into()).into()
}
