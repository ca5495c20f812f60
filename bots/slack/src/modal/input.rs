//! One input of a form.

use flowpilot::surface::{Choice, Input, InputKind};
use slack_morphism::prelude::{
    SlackBlock, SlackBlockChoiceItem, SlackBlockConversationFilter, SlackBlockConversationsSelectElement,
    SlackBlockNumberInputElement, SlackBlockPlainTextInputElement, SlackBlockPlainTextOnly,
    SlackBlockStaticSelectElement, SlackConversationFilterInclude, SlackInputBlock, SlackInputBlockElement,
};

use super::VALUE;
use super::values::{JOINED, NEXT_LINE};
use crate::render::text;

/// Characters that one text input takes.
const LONGEST: usize = 3_000;
/// Parts of a text that is spread over several inputs; a longer one is not offered for editing.
const PARTS: usize = 30;
const LABEL: usize = 150;
const HINT: usize = 500;
const BLOCK_ID: usize = 255;
const OPTIONS: usize = 100;
const OPTION: usize = 75;

/// The blocks of an input: one, but for texts that are longer than Slack's inputs.
pub(super) fn blocks(input: &Input) -> Vec<SlackBlock> {
    let options = options(input);
    match input.kind {
        InputKind::Choice | InputKind::Boolean if !options.is_empty() => {
            vec![block(input, select(input, options).into(), None)]
        }
        InputKind::Channel => vec![channel(input)],
        InputKind::Number => vec![number(input)],
        InputKind::Multiline => texts(input),
        InputKind::Text | InputKind::Secret | InputKind::Choice | InputKind::Boolean => vec![one_line(input)],
    }
}

fn block(input: &Input, element: SlackInputBlockElement, hint: Option<String>) -> SlackBlock {
    part(input, &input.name, &label(input), element, hint)
}

fn part(
    input: &Input,
    id: &str,
    label: &str,
    element: SlackInputBlockElement,
    hint: Option<String>,
) -> SlackBlock {
    let mut block = SlackInputBlock::new(text::literal(label).into(), element).with_optional(!input.required);
    // A name that cannot be an id comes back as a field that is missing, which the form then says.
    block.block_id = (!id.is_empty() && text::size(id) <= BLOCK_ID).then(|| id.into());
    block.hint = hint.map(|hint| text::literal(&text::prose(&hint, HINT)).into());
    block.into()
}

fn label(input: &Input) -> String {
    let label = text::label(&input.label, LABEL);
    if text::is_blank(&label) { text::label(&input.name, LABEL) } else { label }
}

/// How many characters may be written.
fn longest(input: &Input) -> usize {
    usize::try_from(input.max_length).unwrap_or(LONGEST).max(1)
}

fn text_element(max: usize, value: &str) -> SlackBlockPlainTextInputElement {
    let mut element = SlackBlockPlainTextInputElement::new().with_action_id(VALUE.into());
    element.max_length = Some(max.min(LONGEST) as u64);
    element.initial_value = (!value.is_empty()).then(|| text::head(value, max.min(LONGEST)).0.to_owned());
    element
}

/// A line. Slack has no input that hides what is typed, so the hint says what becomes of a secret.
fn one_line(input: &Input) -> SlackBlock {
    let is_secret = input.kind == InputKind::Secret;
    let value = input.value.as_deref().filter(|_| !is_secret).unwrap_or_default();
    let value = text::clean(value);
    // Cutting a first value would lose its end; several lines in one would lose its breaks.
    if text::size(&value) > LONGEST || value.contains('\n') {
        return texts(input).swap_remove(0);
    }
    let hint = if is_secret {
        Some("Used once and never stored. Slack shows it while you type.".to_owned())
    } else {
        offered(input)
    };
    block(input, text_element(longest(input), &value).into(), hint)
}

/// What may be chosen, where the choices do not fit into a menu.
fn offered(input: &Input) -> Option<String> {
    let values: Vec<&str> = input.options.iter().map(|option| option.value.as_str()).collect();
    (!values.is_empty()).then(|| format!("One of: {}", values.join(", ")))
}

/// A channel of the workspace's own, by its id.
fn channel(input: &Input) -> SlackBlock {
    let mut select = SlackBlockConversationsSelectElement::new().with_action_id(VALUE.into());
    let include = vec![SlackConversationFilterInclude::Public, SlackConversationFilterInclude::Private];
    let filter = SlackBlockConversationFilter::new().with_include(include).with_exclude_bot_users(true);
    select.filter = Some(filter.with_exclude_external_shared_channels(true));
    select.initial_conversation = input.value.clone().filter(|id| is_channel(id)).map(Into::into);
    block(input, select.into(), None)
}

/// Slack refuses a whole form for one id that is none.
fn is_channel(id: &str) -> bool {
    (2..=20).contains(&id.len())
        && id.starts_with(['C', 'G'])
        && id.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
}

fn number(input: &Input) -> SlackBlock {
    let mut element = SlackBlockNumberInputElement::new(true).with_action_id(VALUE.into());
    let is_number = |value: &&String| value.parse::<f64>().is_ok_and(f64::is_finite);
    element.initial_value = input.value.as_ref().filter(is_number).cloned();
    let hint = match (&input.value, &element.initial_value) {
        (Some(value), None) if !text::is_blank(value) => Some(format!("So far: {value}")),
        _ => None,
    };
    block(input, element.into(), hint)
}

/// Several lines, over several inputs where one is too short: one more than the text needs, to write on in.
fn texts(input: &Input) -> Vec<SlackBlock> {
    let value = text::clean(input.value.as_deref().unwrap_or_default());
    let max = longest(input);
    let multiline = |max: usize, value: &str| text_element(max, value).with_multiline(true).into();
    if max <= LONGEST && text::size(&value) <= LONGEST {
        return vec![block(input, multiline(max, &value), None)];
    }
    let parts = split(&value);
    if parts.len() > PARTS {
        let hint = "The text so far is too long for Slack and is not shown; what you write here replaces it.";
        return vec![block(input, multiline(max, ""), Some(hint.to_owned()))];
    }
    let count = parts.len();
    let label = label(input);
    let mut blocks = Vec::new();
    for (n, (joint, piece)) in parts.into_iter().enumerate() {
        let (id, name) = match n {
            0 => (input.name.clone(), label.clone()),
            _ => (format!("{}{joint}{}", input.name, n + 1), format!("{label} (part {})", n + 1)),
        };
        blocks.push(part(input, &id, &name, multiline(LONGEST, piece), None));
    }
    if max > LONGEST * count {
        let id = format!("{}{NEXT_LINE}{}", input.name, count + 1);
        let rest = Input { required: false, ..input.clone() };
        blocks.push(part(&rest, &id, &format!("{label} (goes on)"), multiline(LONGEST, ""), None));
    }
    blocks
}

/// The text in pieces that fit, each with what joins it to the one before: where possible they end with a line.
fn split(value: &str) -> Vec<(char, &str)> {
    let mut pieces = Vec::new();
    let (mut rest, mut joint) = (value, NEXT_LINE);
    loop {
        let (fitting, is_all) = text::head(rest, LONGEST);
        if is_all {
            pieces.push((joint, rest));
            return pieces;
        }
        match fitting.rfind('\n').filter(|at| *at > 0) {
            Some(at) => {
                pieces.push((joint, &rest[..at]));
                (rest, joint) = (&rest[at + 1..], NEXT_LINE);
            }
            None => {
                pieces.push((joint, fitting));
                (rest, joint) = (&rest[fitting.len()..], JOINED);
            }
        }
    }
}

/// What a menu offers; empty when it cannot be one.
fn options(input: &Input) -> Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>> {
    let yes_no = [("true", "Yes"), ("false", "No")];
    let yes_no = yes_no.map(|(value, label)| Choice { value: value.into(), label: label.into() });
    let choices = if input.kind == InputKind::Boolean { &yes_no[..] } else { &input.options[..] };
    let fits = |choice: &Choice| text::size(&choice.value) <= OPTION;
    if choices.len() > OPTIONS || !choices.iter().all(fits) {
        return Vec::new();
    }
    let mut options: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>> = Vec::new();
    // To choose nothing is to leave the menu alone: an empty value is not an option in Slack.
    for choice in choices.iter().filter(|choice| !choice.value.is_empty()) {
        if !options.iter().any(|other| other.value == choice.value) {
            let label = if text::is_blank(&choice.label) { &choice.value } else { &choice.label };
            let label = text::literal(&text::label(label, OPTION));
            options.push(SlackBlockChoiceItem::new(label.into(), choice.value.clone()));
        }
    }
    options
}

fn select(
    input: &Input,
    options: Vec<SlackBlockChoiceItem<SlackBlockPlainTextOnly>>,
) -> SlackBlockStaticSelectElement {
    let mut select = SlackBlockStaticSelectElement::new().with_action_id(VALUE.into());
    select.initial_option =
        options.iter().find(|option| Some(&option.value) == input.value.as_ref()).cloned();
    select.options = Some(options);
    select
}
