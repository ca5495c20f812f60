//! A [`Card`] as a Slack message: pure functions, no I/O.
//!
//! What always holds, for hostile text too: nothing exceeds Slack's limits, nothing in a card becomes a mention or a
//! link that was not meant as one, and what is cut says so. Titles, labels and bodies go into elements that Slack
//! shows letter by letter ([`rich`], `plain_text`); its own notation is used for nothing but dates and our links.
//! Every message has a `rich_text` block from the start, because Slack does not let an edit take the last one away.

mod actions;
pub(crate) mod rich;
mod state;
pub(crate) mod text;

use flowpilot::store::CardId;
use flowpilot::surface::{Card, CardKind, Relayed, Tone};
use serde::Serialize;
use slack_morphism::prelude::{
    SlackBlock, SlackBlockId, SlackContextBlock, SlackHeaderBlock, SlackRichTextBlock, SlackRichTextElement,
    SlackRichTextEmoji, SlackRichTextInlineElement, SlackRichTextSection,
};
use url::Url;

pub use actions::{ASK, MORE, PRESS};

/// All text of a message's blocks; Slack refuses messages from about 13,200 on.
const BLOCKS_TEXT: usize = 13_000;
/// The text beside the blocks.
const TEXT: usize = 4_000;
const HEADER: usize = 150;
const TITLE: usize = 300;
const BADGE: usize = 150;
const FIELDS: usize = 10;
const FIELD_LABEL: usize = 80;
const FIELD_VALUE: usize = 300;
/// Words that were written outside of Slack; there is no card beside them.
const RELAYED: usize = 9_000;
/// Kept free for what follows a body that is cut.
const NOTICE: usize = 200;

/// What the renderer is told besides the card.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Where the whole session can be read; linked from the head of the thread and where a text was cut.
    pub session: Option<Url>,
}

/// A message, as `chat.postMessage` takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// All of it as plain text, for notifications and screen readers; escaped, at most 4,000 characters.
    pub text: String,
    /// What is shown.
    pub blocks: Vec<SlackBlock>,
}

/// A card as a message. Each block's `block_id` is `card:{id}:{n}`.
#[must_use]
pub fn card(card: &Card, id: CardId, options: &Options) -> Message {
    let mut blocks = title(card);
    let mut after = below(card, options);
    let used = measure(&blocks) + measure(&after);
    blocks.extend(body(&card.body, BLOCKS_TEXT.saturating_sub(used), options));
    if !blocks.iter().any(|block| matches!(block, SlackBlock::RichText(_))) {
        blocks.push(section(vec![rich::words("–")]));
    }
    blocks.append(&mut after);
    for (n, block) in blocks.iter_mut().enumerate() {
        identify(block, format!("card:{id}:{n}").into());
    }
    Message { text: plain(card), blocks }
}

/// Markdown as a message without buttons.
#[must_use]
pub fn words(markdown: &str) -> Message {
    let mut blocks = body(markdown, BLOCKS_TEXT, &Options::default());
    if blocks.is_empty() {
        blocks.push(section(vec![rich::words("–")]));
    }
    let text = rich::plain(&rich::from_markdown(markdown, usize::MAX).elements);
    Message { text: fallback(&text), blocks }
}

/// Words that a member wrote outside of Slack, letter by letter.
#[must_use]
pub fn relayed(words: &Relayed) -> Message {
    let (by, said) = (text::label(&words.by, TITLE), text::prose(&words.text, RELAYED));
    let line = vec![rich::bold(by.clone()), rich::words(format!(" (from the console): {said}"))];
    Message { text: fallback(&format!("{by} (from the console): {said}")), blocks: vec![section(line)] }
}

/// The title with the badge below it: in words, the dot is only decoration.
fn title(card: &Card) -> Vec<SlackBlock> {
    let title = text::line(&card.title);
    let title = if text::is_blank(&title) { kind_name(card.kind).to_owned() } else { title };
    let badge = card.badge.as_ref().map(|badge| {
        let dot = SlackRichTextEmoji::new(dot(badge.tone).into());
        [dot.into(), rich::words(format!(" {}", text::label(&badge.text, BADGE)))]
    });
    if has_header(card) && text::size(&title) <= HEADER {
        let mut blocks = vec![SlackHeaderBlock::new(text::literal(&title).into()).into()];
        let lines: Vec<_> = badge.map(Vec::from).into_iter().chain(fields_as_lines(card)).collect();
        if !lines.is_empty() {
            blocks.push(section(join_lines(lines)));
        }
        return blocks;
    }
    let mut lines = vec![vec![rich::bold(text::label(&title, TITLE))]];
    lines.extend(badge.map(Vec::from));
    lines.extend(fields_as_lines(card));
    vec![section(join_lines(lines))]
}

/// The head of a thread stands out, and so does a note, which has bold headings of its own.
fn has_header(card: &Card) -> bool {
    match card.kind {
        CardKind::Session => true,
        CardKind::Note => !text::is_blank(&card.body),
        _ => false,
    }
}

/// The fields of the head of a thread; other cards have theirs below the body.
fn fields_as_lines(card: &Card) -> impl Iterator<Item = Vec<SlackRichTextInlineElement>> {
    let shown_here = if card.kind == CardKind::Session { FIELDS } else { 0 };
    card.fields.iter().take(shown_here).map(|field| {
        let label = rich::bold(format!("{}: ", text::label(&field.label, FIELD_LABEL)));
        vec![label, rich::words(shown(&field.value))]
    })
}

fn shown(value: &str) -> String {
    let value = text::prose(value, FIELD_VALUE);
    if text::is_blank(&value) { "–".to_owned() } else { value }
}

fn join_lines(lines: Vec<Vec<SlackRichTextInlineElement>>) -> Vec<SlackRichTextInlineElement> {
    let mut joined = Vec::new();
    for line in lines {
        if !joined.is_empty() {
            joined.push(rich::words("\n"));
        }
        joined.extend(line);
    }
    joined
}

fn body(markdown: &str, room: usize, options: &Options) -> Vec<SlackBlock> {
    let rich = rich::from_markdown(markdown, room.saturating_sub(NOTICE));
    let mut elements = rich.elements;
    if !rich.is_whole {
        let mut notice = vec![rich::words(text::SHORTENED)];
        if let Some(url) = options.session.as_ref().filter(|url| text::size(url.as_str()) < NOTICE / 2) {
            notice.extend([rich::words(" All of it: "), rich::link(url)]);
        }
        elements.push(SlackRichTextSection::new(notice).into());
    }
    if elements.is_empty() { Vec::new() } else { vec![SlackRichTextBlock::new(elements).into()] }
}

/// What stands below the body: context, then who decided, or the buttons.
fn below(card: &Card, options: &Options) -> Vec<SlackBlock> {
    let mut blocks = Vec::new();
    let mut context = Vec::new();
    if card.kind != CardKind::Session {
        context.extend(card.fields.iter().take(FIELDS).map(|field| {
            let label = text::label(&field.label, FIELD_LABEL);
            text::literal(&format!("{label}: {}", shown(&field.value))).into()
        }));
    }
    if !context.is_empty() {
        blocks.push(SlackContextBlock::new(context).into());
    }
    let mut notes = Vec::new();
    let hidden = card.fields.len().saturating_sub(FIELDS);
    if hidden > 0 {
        notes.push(text::literal(&format!("{hidden} more details are not shown")).into());
    }
    notes.extend(state::line(&card.state));
    let (buttons, left_out) = actions::block(card);
    blocks.extend(buttons);
    if left_out > 0 {
        notes.push(text::literal(&format!("{left_out} more choices are not shown")).into());
    }
    if let Some(url) = options.session.as_ref().filter(|_| card.kind == CardKind::Session) {
        notes.push(text::marked(format!("<{}|Open session>", text::escape(url.as_str()))).into());
    }
    if !notes.is_empty() {
        blocks.push(SlackContextBlock::new(notes).into());
    }
    blocks
}

fn section(elements: Vec<SlackRichTextInlineElement>) -> SlackBlock {
    let section: SlackRichTextElement = SlackRichTextSection::new(elements).into();
    SlackRichTextBlock::new(vec![section]).into()
}

/// The whole card as text: [`Card::plain`], its body without Markdown's signs.
fn plain(card: &Card) -> String {
    let body = rich::plain(&rich::from_markdown(&card.body, 4 * TEXT).elements);
    fallback(&Card { body, ..card.clone() }.plain())
}

fn fallback(text: &str) -> String {
    let text = text.trim();
    text::escaped_prose(if text::is_blank(text) { "FlowPilot" } else { text }, TEXT)
}

fn dot(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "large_green_circle",
        Tone::Warn => "large_yellow_circle",
        Tone::Bad => "red_circle",
        Tone::Neutral => "white_circle",
    }
}

/// What a card without a title is called.
fn kind_name(kind: CardKind) -> &'static str {
    match kind {
        CardKind::Session => "Session",
        CardKind::Question => "Question",
        CardKind::Check => "Check",
        CardKind::Instruction => "To do",
        CardKind::Fix => "Suggested fix",
        CardKind::Outcome => "Outcome",
        CardKind::Note => "Note",
        CardKind::Posting => "Posting",
        CardKind::Escalation => "Escalation",
        CardKind::Script => "Script",
        CardKind::Notice => "Notice",
    }
}

/// How much text there is in blocks, as Slack counts it or more.
fn measure(blocks: &[SlackBlock]) -> usize {
    serde_json::to_value(blocks).map_or(0, |blocks| measure_value(&blocks))
}

fn measure_value(value: &serde_json::Value) -> usize {
    match value {
        serde_json::Value::Array(values) => values.iter().map(measure_value).sum(),
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(text) if matches!(key.as_str(), "text" | "url" | "name") => text::size(text),
                Some(_) => 0,
                None => measure_value(value),
            })
            .sum(),
        _ => 0,
    }
}

fn identify(block: &mut SlackBlock, id: SlackBlockId) {
    match block {
        SlackBlock::Header(block) => block.block_id = Some(id),
        SlackBlock::RichText(block) => block.block_id = Some(id),
        SlackBlock::Context(block) => block.block_id = Some(id),
        SlackBlock::Actions(block) => block.block_id = Some(id),
        // We write no others.
        _ => {}
    }
}
