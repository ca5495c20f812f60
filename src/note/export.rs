//! A note as text: Markdown, plain text, HTML.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{Note, Section};

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
pub struct NoteQuery {
    /// `markdown` (default), `text` or `html`.
    #[serde(default)]
    pub format: NoteFormat,
}

/// The note in a form. Secrets are masked once more on the way out.
#[must_use]
pub fn export(note: &Note, format: NoteFormat) -> String {
    let markdown = crate::redact::secrets(&markdown(note));
    match format {
        NoteFormat::Markdown => markdown,
        NoteFormat::Text => markdown.replace("**", "").replace('`', ""),
        NoteFormat::Html => to_html(&markdown),
    }
}

/// Markdown as HTML that is safe to show: whatever a ticket or a person wrote, no script and no foreign image.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let options = pulldown_cmark::Options::ENABLE_STRIKETHROUGH;
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, pulldown_cmark::Parser::new_ext(markdown, options));
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string()
}

fn markdown(note: &Note) -> String {
    note.sections.iter().map(section).collect::<Vec<_>>().join("\n\n")
}

fn section(section: &Section) -> String {
    let mut text = format!("**{}**", section.title);
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
