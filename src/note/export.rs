//! A note as text: Markdown, plain text, HTML.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser};
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

/// Markdown as HTML that is safe to show: whatever a ticket or a person wrote, no script and no foreign image. A tag
/// stays visible as it was typed.
#[must_use]
pub fn to_html(markdown: &str) -> String {
    let events = Parser::new_ext(markdown, Options::ENABLE_STRIKETHROUGH).map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        other => other,
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    ammonia::Builder::default()
        .rm_tags(["img", "map", "area"])
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&html)
        .to_string()
}

/// The Markdown of a text whose backslashes start paths and not escapes, as people and tickets write them: outside
/// code, each that would be read as an escape is doubled.
#[must_use]
pub fn as_typed(text: &str) -> String {
    let (mut out, mut is_code) = (String::with_capacity(text.len()), false);
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '`' => is_code = !is_code,
            '\n' => is_code = false,
            _ => {}
        }
        out.push(char);
        let is_escape = |next: &char| next.is_ascii_punctuation() || *next == '\n';
        if char == '\\' && !is_code && chars.peek().is_none_or(is_escape) {
            out.push('\\');
        }
    }
    out
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

/// A section without its heading, as it is edited.
pub(crate) fn words(of: &Section) -> String {
    let text = section(of, "");
    text.strip_prefix(of.title).unwrap_or(&text).trim_start().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{as_typed, to_html};

    #[test]
    fn a_path_keeps_its_backslashes() {
        for (typed, html) in [
            (r"Mapped \\fs01\.hidden\$old today", r"<p>Mapped \\fs01\.hidden\$old today</p>"),
            (r"In C:\temp\_old\*.log", r"<p>In C:\temp\_old\*.log</p>"),
            (r"Run `dir \\fs01\$x`", r"<p>Run <code>dir \\fs01\$x</code></p>"),
            ("In C:\\Temp\\\nnow", "<p>In C:\\Temp\\\nnow</p>"),
        ] {
            assert_eq!(to_html(&as_typed(typed)).trim_end(), html);
        }
    }

    #[test]
    fn an_escape_is_an_escape() {
        assert_eq!(to_html(r"DNS\_PROBE \*x\*"), "<p>DNS_PROBE *x*</p>\n");
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
