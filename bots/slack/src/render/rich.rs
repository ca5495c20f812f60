//! `CommonMark` as Slack's rich text. Its text elements are literal: whatever a ticket or a person wrote, no
//! mention, no link and no formatting comes out of it that the Markdown did not ask for.

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use slack_morphism::prelude::{
    SlackRelaxedUrl, SlackRichTextElement, SlackRichTextInlineElement, SlackRichTextLink, SlackRichTextList,
    SlackRichTextListStyle, SlackRichTextPreformatted, SlackRichTextQuote, SlackRichTextSection,
    SlackRichTextStyle, SlackRichTextText,
};
use url::Url;

use super::text;

/// What an element costs besides its text, so that thousands of tiny ones do not make a payload Slack refuses.
const ELEMENT: usize = 4;
/// The longest address that is shown as a link.
const LONGEST_URL: usize = 1_000;
/// Slack shows no deeper list.
const DEEPEST_LIST: usize = 5;

/// Rich text, and whether all of the Markdown is in it.
pub(crate) struct Rich {
    pub(crate) elements: Vec<SlackRichTextElement>,
    pub(crate) is_whole: bool,
}

/// The Markdown as rich text of at most `room`.
pub(crate) fn from_markdown(markdown: &str, room: usize) -> Rich {
    let markdown = text::clean(markdown);
    let mut writer = Writer { left: room, ..Writer::default() };
    for event in Parser::new_ext(&markdown, Options::ENABLE_STRIKETHROUGH) {
        if writer.is_cut {
            break;
        }
        writer.event(event);
    }
    writer.finish()
}

/// A piece of text.
pub(crate) fn words(text: impl Into<String>) -> SlackRichTextInlineElement {
    SlackRichTextText::new(text.into()).into()
}

/// A piece of bold text.
pub(crate) fn bold(text: impl Into<String>) -> SlackRichTextInlineElement {
    SlackRichTextText::new(text.into()).bold().into()
}

/// A link that shows its address.
pub(crate) fn link(url: &Url) -> SlackRichTextInlineElement {
    SlackRichTextLink::new(SlackRelaxedUrl::from(url)).into()
}

/// A list that is being written.
struct List {
    is_ordered: bool,
    /// The number of the first of `items`.
    first: u64,
    items: Vec<SlackRichTextSection>,
    /// Whether the item that is being written has its bullet already.
    has_bullet: bool,
}

/// A link that is being written.
struct Link {
    to: String,
    label: String,
    /// Links and images within it.
    inner: usize,
}

#[derive(Default)]
struct Writer {
    done: Vec<SlackRichTextElement>,
    /// What waits for the end of its paragraph, item or quote.
    run: Vec<SlackRichTextInlineElement>,
    lists: Vec<List>,
    quotes: usize,
    bold: usize,
    italic: usize,
    strike: usize,
    link: Option<Link>,
    code: Option<String>,
    left: usize,
    is_cut: bool,
}

impl Writer {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Code(text) => self.text(&text, true),
            Event::SoftBreak | Event::HardBreak => self.text("\n", false),
            Event::Rule => {
                self.flush();
                self.text("———", false);
                self.flush();
            }
            Event::Text(text)
            | Event::Html(text)
            | Event::InlineHtml(text)
            | Event::InlineMath(text)
            | Event::DisplayMath(text)
            | Event::FootnoteReference(text) => self.text(&text, false),
            Event::TaskListMarker(done) => self.text(if done { "☑ " } else { "☐ " }, false),
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { .. } => {
                self.paragraph();
                self.bold += 1;
            }
            Tag::BlockQuote(_) => {
                self.flush();
                self.quotes += 1;
            }
            Tag::CodeBlock(CodeBlockKind::Indented | CodeBlockKind::Fenced(_)) => {
                self.flush();
                self.code = Some(String::new());
            }
            Tag::List(first) => self.start_list(first),
            Tag::Item => self.start_item(),
            Tag::Strong => self.bold += 1,
            Tag::Emphasis => self.italic += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { link_type: LinkType::Email, dest_url, .. } => {
                self.start_link(format!("mailto:{dest_url}"));
            }
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.start_link(dest_url.into_string());
            }
            _ => self.paragraph(),
        }
    }

    fn start_link(&mut self, to: String) {
        match &mut self.link {
            Some(outer) => outer.inner += 1,
            None => self.link = Some(Link { to, label: String::new(), inner: 0 }),
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) | TagEnd::Strong => self.bold -= 1,
            TagEnd::Emphasis => self.italic -= 1,
            TagEnd::Strikethrough => self.strike -= 1,
            TagEnd::BlockQuote(_) => self.end_quote(),
            TagEnd::CodeBlock => self.end_code(),
            TagEnd::List(_) => {
                self.flush();
                self.flush_list();
                self.lists.pop();
            }
            TagEnd::Item => self.end_item(),
            TagEnd::Link | TagEnd::Image => self.end_link(),
            _ => {}
        }
    }

    /// Sets a paragraph off from what stands before it.
    fn paragraph(&mut self) {
        if self.run.is_empty() {
            let follows_list = matches!(self.done.last(), Some(SlackRichTextElement::List(_)));
            if follows_list && self.lists.is_empty() && self.quotes == 0 {
                self.text("\n", false);
            }
        } else if self.quotes > 0 || !self.lists.is_empty() {
            self.text("\n", false);
        } else {
            self.text("\n\n", false);
        }
    }

    fn start_list(&mut self, first: Option<u64>) {
        self.flush();
        if self.quotes == 0 {
            self.flush_list();
        }
        self.lists.push(List {
            is_ordered: first.is_some(),
            first: first.unwrap_or(1),
            items: Vec::new(),
            has_bullet: false,
        });
    }

    fn start_item(&mut self) {
        let depth = self.lists.len();
        let is_quoted = self.quotes > 0;
        let Some(list) = self.lists.last_mut() else { return };
        list.has_bullet = false;
        if !is_quoted {
            return;
        }
        // A quote holds no list: its bullets are text.
        let bullet = if list.is_ordered { format!("{}. ", list.first) } else { "• ".to_owned() };
        list.first += 1;
        let newline = if self.run.is_empty() { "" } else { "\n" };
        self.text(&format!("{newline}{}{bullet}", "  ".repeat(depth - 1)), false);
    }

    fn end_item(&mut self) {
        if self.quotes > 0 {
            return;
        }
        let is_empty = self.run.is_empty() && self.lists.last().is_some_and(|l| !l.has_bullet);
        if is_empty {
            self.text(" ", false);
        }
        self.flush();
    }

    fn end_quote(&mut self) {
        self.quotes = self.quotes.saturating_sub(1);
        if self.quotes > 0 {
            return;
        }
        let run = self.take_run();
        if !run.is_empty() {
            self.flush_list();
            self.done.push(SlackRichTextQuote::new(run).into());
        }
    }

    fn end_code(&mut self) {
        let code = self.code.take().unwrap_or_default();
        let code = code.trim_end_matches('\n');
        if text::is_blank(code) {
            return;
        }
        if self.quotes > 0 {
            let newline = if self.run.is_empty() { "" } else { "\n" };
            self.text(newline, false);
            self.text(code, true);
            return;
        }
        self.flush_list();
        if let Some(code) = self.fitting(code) {
            self.done.push(SlackRichTextPreformatted::new(vec![words(code)]).into());
        }
    }

    fn end_link(&mut self) {
        let Some(mut link) = self.link.take() else { return };
        if link.inner > 0 {
            link.inner -= 1;
            self.link = Some(link);
            return;
        }
        let label = link.label.trim();
        match linkable(&link.to) {
            Some(url) => {
                let address = url.as_str();
                let is_mail = url.scheme() == "mailto" && url.path() == label;
                let is_address = is_mail || [address, address.trim_end_matches('/')].contains(&label);
                if text::is_blank(label) || is_address {
                    self.link(&url);
                } else {
                    self.text(&format!("{label} ("), false);
                    self.link(&url);
                    self.text(")", false);
                }
            }
            None if link.to.is_empty() || link.to == label => self.text(label, false),
            None => self.text(&format!("{label} ({})", link.to), false),
        }
    }

    fn link(&mut self, url: &Url) {
        if self.spend(text::size(url.as_str()) + ELEMENT) {
            self.run.push(link(url));
        }
    }

    fn text(&mut self, text: &str, is_code: bool) {
        if let Some(code) = &mut self.code {
            code.push_str(text);
            return;
        }
        if let Some(link) = &mut self.link {
            link.label.push_str(text);
            return;
        }
        let Some(text) = self.fitting(text) else { return };
        let style = self.style(is_code);
        if let Some(SlackRichTextInlineElement::Text(last)) = self.run.last_mut()
            && last.style == style
        {
            last.text.push_str(&text);
            return;
        }
        self.run.push(SlackRichTextText { text, style }.into());
    }

    fn style(&self, is_code: bool) -> Option<SlackRichTextStyle> {
        let on = |is_on: bool| is_on.then_some(true);
        let style = SlackRichTextStyle {
            bold: on(self.bold > 0),
            italic: on(self.italic > 0),
            strike: on(self.strike > 0),
            code: on(is_code),
            ..SlackRichTextStyle::new()
        };
        (style != SlackRichTextStyle::new()).then_some(style)
    }

    /// As much of the text as there is room for; `None` when there is nothing.
    fn fitting(&mut self, text: &str) -> Option<String> {
        if text.is_empty() || self.is_cut {
            return None;
        }
        let (fitting, fits) = text::head(text, self.left.saturating_sub(ELEMENT));
        self.left = self.left.saturating_sub(text::size(fitting) + ELEMENT);
        self.is_cut = !fits;
        (!fitting.is_empty()).then(|| fitting.to_owned())
    }

    fn spend(&mut self, cost: usize) -> bool {
        self.is_cut |= cost > self.left;
        self.left = self.left.saturating_sub(cost);
        !self.is_cut
    }

    /// Ends what is being written: an item gets its place in the list, anything else stands for itself.
    fn flush(&mut self) {
        if self.quotes > 0 {
            return;
        }
        let run = self.take_run();
        if run.is_empty() {
            return;
        }
        let section = SlackRichTextSection::new(run);
        match self.lists.last_mut() {
            Some(list) if !list.has_bullet => {
                list.has_bullet = true;
                list.items.push(section);
            }
            Some(_) => {
                self.flush_list();
                self.done.push(section.into());
            }
            None => self.done.push(section.into()),
        }
    }

    /// Shows the items so far; the list may go on after something else.
    fn flush_list(&mut self) {
        let indent = self.lists.len().saturating_sub(1).min(DEEPEST_LIST);
        let Some(list) = self.lists.last_mut() else { return };
        let items = std::mem::take(&mut list.items);
        if items.is_empty() {
            return;
        }
        // How many items came before: Slack's own lists say it this way where one goes on after something else.
        let before = list.first.saturating_sub(1);
        list.first += items.len() as u64;
        let style =
            if list.is_ordered { SlackRichTextListStyle::Ordered } else { SlackRichTextListStyle::Bullet };
        let mut shown = SlackRichTextList::new(style, items.into_iter().map(Into::into).collect());
        shown.indent = (indent > 0).then_some(indent as u64);
        shown.offset = (list.is_ordered && before > 0).then_some(before);
        self.done.push(shown.into());
    }

    /// The run without line breaks at its end.
    fn take_run(&mut self) -> Vec<SlackRichTextInlineElement> {
        let mut run = std::mem::take(&mut self.run);
        while let Some(SlackRichTextInlineElement::Text(last)) = run.last_mut() {
            let kept = last.text.trim_end_matches('\n').len();
            last.text.truncate(kept);
            if kept > 0 {
                break;
            }
            run.pop();
        }
        run
    }

    fn finish(mut self) -> Rich {
        if self.quotes > 0 {
            self.quotes = 1;
            self.end_quote();
        }
        if let Some(code) = self.code.take() {
            self.done.push(SlackRichTextPreformatted::new(vec![words(code)]).into());
        }
        self.flush();
        while !self.lists.is_empty() {
            self.flush_list();
            self.lists.pop();
        }
        Rich { elements: self.done, is_whole: !self.is_cut }
    }
}

/// An address that may be followed from here.
fn linkable(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_known = matches!(url.scheme(), "http" | "https" | "mailto");
    (is_known && text::size(url.as_str()) <= LONGEST_URL).then_some(url)
}

/// Rich text as plain text.
pub(crate) fn plain(elements: &[SlackRichTextElement]) -> String {
    let parts: Vec<String> = elements.iter().map(plain_element).collect();
    parts.join("\n")
}

fn plain_element(element: &SlackRichTextElement) -> String {
    match element {
        SlackRichTextElement::Section(section) => plain_inline(&section.elements),
        SlackRichTextElement::Preformatted(code) => plain_inline(&code.elements),
        SlackRichTextElement::Quote(quote) => {
            let lines = plain_inline(&quote.elements);
            lines.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
        }
        SlackRichTextElement::List(list) => plain_list(list),
    }
}

fn plain_list(list: &SlackRichTextList) -> String {
    let indent = "  ".repeat(usize::try_from(list.indent.unwrap_or(0)).unwrap_or(0));
    let first = list.offset.unwrap_or(0) + 1;
    let items = list.elements.iter().zip(first..).map(|(item, number)| {
        let slack_morphism::prelude::SlackRichTextListElement::Section(section) = item;
        let bullet = match list.style {
            SlackRichTextListStyle::Ordered => format!("{number}."),
            SlackRichTextListStyle::Bullet => "-".to_owned(),
        };
        format!("{indent}{bullet} {}", plain_inline(&section.elements))
    });
    items.collect::<Vec<_>>().join("\n")
}

fn plain_inline(elements: &[SlackRichTextInlineElement]) -> String {
    let parts = elements.iter().map(|element| match element {
        SlackRichTextInlineElement::Text(text) => text.text.as_str(),
        SlackRichTextInlineElement::Link(link) => link.url.0.as_str(),
        // We write no others.
        _ => "",
    });
    parts.collect()
}
