//! Text within Slack's limits: measured, cleaned, cut so that one sees it, escaped.

use slack_morphism::prelude::{SlackBlockMarkDownText, SlackBlockPlainText};
use unicode_segmentation::UnicodeSegmentation as _;

/// Said where a text was cut.
pub(crate) const SHORTENED: &str = "… (shortened)";

/// How long Slack finds a text. Its parts count characters in different ways; UTF-16 units are the most of them.
pub(crate) fn size(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The text without what can break a payload or turn the text around it: control characters and overrides of the
/// writing direction. Right-to-left text itself needs neither.
pub(crate) fn clean(text: &str) -> String {
    let is_turning = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !(c.is_control() || is_turning(*c))).collect()
}

/// Whether there is nothing to see: Slack refuses texts that are empty.
pub(crate) fn is_blank(text: &str) -> bool {
    !text.chars().any(is_seen)
}

fn is_seen(c: char) -> bool {
    let is_invisible = matches!(
        c,
        '\u{AD}' | '\u{115F}' | '\u{1160}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
    );
    !(c.is_whitespace() || c.is_control() || is_invisible)
}

/// The text in one line.
pub(crate) fn line(text: &str) -> String {
    clean(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// As much of the text as fits, and whether that is all of it. Never empty where a single character fits.
pub(crate) fn head(text: &str, limit: usize) -> (&str, bool) {
    // Half an emoji is another emoji; only what is longer than the limit by itself is taken apart.
    match fitting(text, limit, text.grapheme_indices(true)) {
        ("", false) => {
            fitting(text, limit, text.char_indices().map(|(at, c)| (at, &text[at..at + c.len_utf8()])))
        }
        found => found,
    }
}

fn fitting<'t>(
    text: &'t str,
    limit: usize,
    parts: impl Iterator<Item = (usize, &'t str)>,
) -> (&'t str, bool) {
    let mut used = 0;
    for (at, part) in parts {
        used += size(part);
        if used > limit {
            return (&text[..at], false);
        }
    }
    (text, true)
}

/// The text within `limit`, ending in `mark` where it was cut.
fn cut_with(text: &str, limit: usize, mark: &str) -> String {
    let (whole, fits) = head(text, limit);
    if fits {
        return whole.to_owned();
    }
    let (cut, _) = head(text, limit.saturating_sub(size(mark)));
    format!("{}{mark}", cut.trim_end())
}

/// A label within `limit`, ending in an ellipsis where it was cut.
pub(crate) fn label(text: &str, limit: usize) -> String {
    cut_with(&line(text), limit, "…")
}

/// A longer text within `limit`, saying so where it was cut.
pub(crate) fn prose(text: &str, limit: usize) -> String {
    cut_with(&clean(text), limit, &format!(" {SHORTENED}"))
}

/// The text where `&`, `<` and `>` stand for themselves, so that no mention, link or date of its own is in it.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// [`prose`], escaped, within `limit` after escaping.
pub(crate) fn escaped_prose(text: &str, limit: usize) -> String {
    let text = clean(text);
    let whole = escape(&text);
    if size(&whole) <= limit {
        return whole;
    }
    let mark = format!(" {SHORTENED}");
    let room = limit.saturating_sub(size(&mark));
    let mut cut = String::new();
    let mut used = 0;
    for char in text.chars() {
        let piece = escape(char.encode_utf8(&mut [0; 4]));
        used += size(&piece);
        if used > room {
            break;
        }
        cut.push_str(&piece);
    }
    format!("{}{mark}", cut.trim_end_matches('\u{200D}').trim_end())
}

/// A text that Slack shows letter by letter: no formatting, no mentions, no `:emoji:`. Blank texts become a dash.
pub(crate) fn literal(text: &str) -> SlackBlockPlainText {
    let text = if is_blank(text) { "–" } else { text };
    SlackBlockPlainText::new(text.to_owned()).with_emoji(false)
}

/// A text in Slack's own notation: nothing in it may come from anybody else.
pub(crate) fn marked(text: impl Into<String>) -> SlackBlockMarkDownText {
    SlackBlockMarkDownText::new(text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_so_that_one_sees_it() {
        assert_eq!(label("printer offline", 10), "printer o…");
        assert_eq!(prose("printer is offline again", 22), "printer … (shortened)");
        assert_eq!(label("short", 10), "short");
    }

    #[test]
    fn half_an_emoji_is_never_left() {
        assert_eq!(label("👩‍💻👩‍💻", 9), "👩‍💻…");
        assert_eq!(label("👩‍💻👩‍💻", 8), "👩‍💻…");
    }

    #[test]
    fn an_escaped_text_is_cut_between_its_escapes() {
        assert_eq!(escaped_prose("<<<<<<<<", 24), "&lt;&lt; … (shortened)");
        assert_eq!(escaped_prose("<!channel>", 24), "&lt;!channel&gt;");
    }

    #[test]
    fn a_text_of_invisible_characters_is_blank() {
        assert!(is_blank(" \u{200B}\u{FEFF}\n"));
        assert!(!is_blank("\u{200B}x"));
    }

    #[test]
    fn what_turns_the_reading_direction_is_left_out() {
        assert_eq!(clean("gpj.\u{202E}exe\u{0}"), "gpj.exe");
        assert_eq!(clean("שלום"), "שלום");
    }
}
