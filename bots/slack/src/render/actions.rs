//! The buttons of a card: one that most people want, two more, the rest behind "…" as far as it holds them.

use flowpilot::surface::{Action, ActionStyle, Card, CardKind};
use slack_morphism::prelude::{
    SlackActionBlockElement, SlackActionsBlock, SlackBlock, SlackBlockButtonElement, SlackBlockButtonStyle,
    SlackBlockChoiceItem, SlackBlockConfirmItem, SlackBlockOverflowElement, SlackBlockPlainTextOnly,
};

use super::text;

/// Begins the `action_id` of a button that acts at once; the button's `value` is the action's id.
pub const PRESS: &str = "press:";
/// Begins the `action_id` of a button that asks for values first; its `value` is the action's id.
pub const ASK: &str = "ask:";
/// The `action_id` of the menu of further actions; the chosen option's `value` is the action's id.
pub const MORE: &str = "more";

/// Buttons that are never in the menu; those that it has no room for follow them.
const BUTTONS: usize = 3;
/// Options of a menu, and how long their values may be.
const OPTIONS: usize = 5;
const OPTION_VALUE: usize = 75;
/// Actions of a card; further ones are counted below it.
const ACTIONS: usize = 25;
const BUTTON_TEXT: usize = 75;
const BUTTON_VALUE: usize = 2_000;
const ACTION_ID: usize = 255;
/// All questions of a card together; those that do not fit are asked in fewer words.
const CONFIRMS: usize = 2_000;
const CONFIRM_TEXT: usize = 300;

/// The card's buttons in one block with the menu at its end, and how many actions have no place.
pub(super) fn block(card: &Card) -> (Option<SlackBlock>, usize) {
    let actions = usable(card);
    let left_out = actions.len().saturating_sub(ACTIONS);
    let Arranged { buttons, menu } = arrange(card, &actions[..actions.len() - left_out]);
    let mut room = CONFIRMS;
    let mut elements: Vec<SlackActionBlockElement> =
        buttons.into_iter().map(|(n, a)| button(n, a, &mut room)).collect();
    if !menu.is_empty() {
        let options = menu.into_iter().map(|(_, action)| option(action)).collect();
        elements.push(SlackBlockOverflowElement::new(options).with_action_id(MORE.into()).into());
    }
    let block = (!elements.is_empty()).then(|| SlackActionsBlock::new(elements).into());
    (block, left_out)
}

/// Actions that can be pressed: their ids come back as they are, so they must fit and differ.
fn usable(card: &Card) -> Vec<&Action> {
    let mut usable: Vec<&Action> = Vec::new();
    for action in &card.actions {
        let fits = !action.id.is_empty() && text::size(&action.id) <= BUTTON_VALUE;
        if fits && !usable.iter().any(|other| other.id == action.id) {
            usable.push(action);
        }
    }
    usable
}

/// An action with its place on the card.
type Placed<'a> = (usize, &'a Action);

struct Arranged<'a> {
    buttons: Vec<Placed<'a>>,
    menu: Vec<Placed<'a>>,
}

fn arrange<'a>(card: &Card, actions: &[&'a Action]) -> Arranged<'a> {
    let mut buttons: Vec<Placed<'a>> = actions.iter().copied().enumerate().collect();
    let is_question =
        card.kind == CardKind::Question || actions.iter().any(|action| action.id.starts_with("answer:"));
    // An answer behind a menu is an answer that nobody finds.
    if is_question {
        return Arranged { buttons, menu: Vec::new() };
    }
    buttons.sort_by_key(|(_, action)| action.style != ActionStyle::Primary);
    let rest = buttons.split_off(buttons.len().min(BUTTONS));
    let (mut menu, mut more): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|(_, action)| can_be_option(action));
    // The last ones go into the menu; a menu of one is a button.
    let of_menu = if menu.len() == 1 { 0 } else { menu.len().min(OPTIONS) };
    more.extend(menu.drain(..menu.len() - of_menu));
    more.sort_by_key(|(n, _)| *n);
    buttons.append(&mut more);
    Arranged { buttons, menu }
}

/// A menu asks one question for all its options, so an action with a question of its own needs a button; where it
/// opens a form, the form asks.
fn can_be_option(action: &Action) -> bool {
    let asks_in_place = action.confirm.is_some() && action.inputs.is_empty();
    !asks_in_place && text::size(&action.id) <= OPTION_VALUE
}

fn option(action: &Action) -> SlackBlockChoiceItem<SlackBlockPlainTextOnly> {
    SlackBlockChoiceItem::new(caption(action).into(), action.id.clone())
}

fn caption(action: &Action) -> slack_morphism::prelude::SlackBlockPlainText {
    text::literal(&text::label(&action.label, BUTTON_TEXT))
}

fn button(n: usize, action: &Action, room: &mut usize) -> SlackActionBlockElement {
    let prefix = if action.inputs.is_empty() { PRESS } else { ASK };
    let id = format!("{prefix}{}", action.id);
    // The value says which action it is; the action id only has to differ.
    let id = if text::size(&id) <= ACTION_ID { id } else { format!("{prefix}#{n}") };
    let mut button = SlackBlockButtonElement::new(caption(action).into())
        .with_action_id(id.into())
        .with_value(action.id.clone());
    button.style = match action.style {
        ActionStyle::Primary => Some(SlackBlockButtonStyle::Primary),
        ActionStyle::Danger => Some(SlackBlockButtonStyle::Danger),
        ActionStyle::Default => None,
    };
    if let Some(question) = action.confirm.as_deref().filter(|_| action.inputs.is_empty()) {
        button.confirm = Some(confirm(action, question, room));
    }
    button.into()
}

fn confirm(action: &Action, question: &str, room: &mut usize) -> SlackBlockConfirmItem {
    let question = text::prose(question, CONFIRM_TEXT);
    let cost = text::size(&question);
    let question = if cost <= *room { question } else { "Go on?".to_owned() };
    *room = room.saturating_sub(cost);
    let yes = text::literal(&text::label(&action.label, 30));
    let style = if action.style == ActionStyle::Danger { "danger" } else { "primary" };
    SlackBlockConfirmItem::new(
        text::literal("Are you sure?").into(),
        text::literal(&question).into(),
        yes.into(),
        text::literal("Cancel").into(),
    )
    .with_style(style.to_owned())
}
