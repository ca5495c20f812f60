//! A note as text: Markdown, plain text, HTML.

use std::fmt::Write as _;

use pulldown_cmark::{CowStr, Event, Options, Parser};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Note, Section};
use crate::redact::secrets;

/// The form of an exported note.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteFormat {
    /// The subset that PSAs show: bold headings and lists.
    #[default]
    Markdown,
    /// Plain text.
    Text,
    /// An HTML fragment without scripts or styles.
    Html,
}

/// How a note is wanted.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NoteQuery {
    /// `markdown` (default), `text` or `html`.
    #[serde(default)]
    #[param(inline)]
    pub format: NoteFormat,
}

/// The note in a form. Secrets are masked once more on the way out.
#[must_use]
pub fn export(note: &Note, format: NoteFormat) -> String {
    let text = |bold| note.sections.iter().map(|s| section(s, bold)).collect::<Vec<_>>().join("\n\n");
    match format {
        NoteFormat::Markdown => secrets(&text("**")),
        NoteFormat::Text => secrets(&text("")),
        // From the sections, not from the Markdown: what people wrote is not meant as markup.
        NoteFormat::Html => note.sections.iter().map(section_html).collect(),
    }
}

fn section_html(section: &Section) -> String {
    let mut html = format!("<h3>{}</h3>\n", in_html(section.title));
    for block in section.sentences.chunk_by(|a, b| a.item == b.item) {
        let sentences = block.iter().map(|sentence| in_html(&secrets(&sentence.text)));
        if block[0].item {
            let items: Vec<String> = sentences.map(|text| format!("<li>{text}</li>")).collect();
            let _ = writeln!(html, "<ul>{}</ul>", items.join(""));
        } else {
            let _ = writeln!(html, "<p>{}</p>", sentences.collect::<Vec<_>>().join(" "));
        }
    }
    html
}

/// Text as it is, but for code between backticks.
fn in_html(text: &str) -> String {
    let mut html = String::new();
    pulldown_cmark_escape::escape_html_body_text(&mut html, text).unwrap_or_default();
    // Every second part stands between two backticks; without the closing one there is none.
    let parts: Vec<&str> = html.split('`').collect();
    let mut shown = String::with_capacity(html.len());
    for (at, part) in parts.iter().enumerate() {
        match (at % 2 == 1, at + 1 < parts.len()) {
            (true, true) => {
                let _ = write!(shown, "<code>{part}</code>");
            }
            (true, false) => {
                let _ = write!(shown, "`{part}");
            }
            (false, _) => shown.push_str(part),
        }
    }
    shown
}

/// Markdown as HTML that is safe to show: whatever a ticket or a person wrote, no script and no foreign image.
///
/// What people write is not meant as markup: a tag stays visible as it was typed, and so does a backslash, which
/// starts a path far more often than an escape.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, as_written(markdown));
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string()
}

fn as_written(markdown: &str) -> impl Iterator<Item = Event<'_>> {
    let mut end = 0;
    Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).into_offset_iter().flat_map(
        move |(event, range)| {
            let event = match event {
                Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
                other => other,
            };
            // The parser leaves an escape's backslash out, between the text before it and the character after it, and
            // takes one at the end of a line for a line break.
            let is_escaped = match event {
                Event::Text(_) => range.start > end && markdown[..range.start].ends_with('\\'),
                Event::HardBreak => markdown[range.start..].starts_with('\\'),
                _ => false,
            };
            if matches!(event, Event::Text(_) | Event::Code(_)) {
                end = range.end;
            }
            is_escaped.then_some(Event::Text(CowStr::Borrowed("\\"))).into_iter().chain([event])
        },
    )
}

fn section(section: &Section, bold: &str) -> String {
    let mut text = format!("{bold}{}{bold}", section.title);
    let mut in_list = true;
    for sentence in &section.sentences {
        text.push_str(match (in_list, sentence.item) {
            (false, true) => "\n\n- ",
            (_, true) => "\n- ",
            (true, false) if text.contains("\n- ") => "\n\n",
            (true, false) => "\n",
            (false, false) => " ",
        });
        in_list = sentence.item;
        text.push_str(&sentence.text);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::to_html;

    #[test]
    fn a_network_path_keeps_its_backslashes() {
        assert_eq!(
            to_html(r"Mapped \\fs01\.hidden\$old today"),
            "<p>Mapped \\\\fs01\\.hidden\\$old today</p>\n"
        );
        assert_eq!(to_html("In C:\\Temp\\\nnow"), "<p>In C:\\Temp\\<br>\nnow</p>\n");
        assert_eq!(to_html(r"Run `dir \\fs01\$x`"), "<p>Run <code>dir \\\\fs01\\$x</code></p>\n");
    }

    #[test]
    fn what_looks_like_a_tag_stays_visible() {
        assert_eq!(
            to_html("In <Profile> of <b>him</b>"),
            "<p>In &lt;Profile&gt; of &lt;b&gt;him&lt;/b&gt;</p>\n"
        );
        assert!(to_html("<script>alert(1)</script>").contains("&lt;script&gt;"));
    }

    #[test]
    fn our_own_markup_is_markup() {
        assert_eq!(
            to_html("**Problem**\n- `gpupdate`"),
            "<p><strong>Problem</strong></p>\n<ul>\n<li><code>gpupdate</code></li>\n</ul>\n"
        );
    }
}
