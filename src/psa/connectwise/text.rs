//! Text that goes to the vendor's server and comes back from it.

/// A literal in conditions is at most this long, in characters.
const MAX_SEARCHED: usize = 60;

/// What of a person's text may stand between the quotes of a condition. The vendor documents no escape, so
/// whatever could end the literal or act in it is dropped.
pub(super) fn searchable(text: &str) -> String {
    let kept: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !matches!(c, '"' | '\\' | '[' | ']' | '%'))
        .collect();
    let words = kept.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(MAX_SEARCHED).collect::<String>().trim_end().to_owned()
}

/// A note's text as it was written: some servers put a backslash before punctuation and add non-breaking spaces
/// and zero-width marks. Joiners stay, as emoji and some scripts need them.
pub(super) fn readable(text: &str) -> String {
    let halve_backslashes = is_escaped_throughout(text);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next_if(char::is_ascii_punctuation) {
                Some('\\') if halve_backslashes => out.push('\\'),
                Some('\\') => out.push_str("\\\\"),
                Some(escaped) => out.push(escaped),
                None => out.push('\\'),
            },
            '\u{a0}' => out.push(' '),
            '\u{200b}' | '\u{2060}' | '\u{feff}' => {}
            _ => out.push(c),
        }
    }
    out
}

/// Whether no backslash stands alone before anything but punctuation. Where one does (`\\server\share`), the
/// server did not escape backslashes and pairs are meant as they are.
fn is_escaped_throughout(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c == '\\' && !chars.next().is_some_and(|next| next.is_ascii_punctuation()) {
            return false;
        }
    }
    true
}

/// On one line, with at most `max` characters.
pub(super) fn cut(text: &str, max: usize) -> String {
    let line = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = line.collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max {
        return line;
    }
    line.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_end_or_steer_a_literal_is_dropped_from_searched_text() {
        assert_eq!(searchable("say \"hi\" [2026] 100% C:\\temp\u{0}\n it's"), "say hi 2026 100 C:temp it's");
    }

    #[test]
    fn searched_text_is_cut_to_60_characters() {
        assert_eq!(searchable(&"é".repeat(200)).chars().count(), 60);
    }

    #[test]
    fn backslashes_before_punctuation_are_undone() {
        assert_eq!(
            readable(r"Restarted \(twice\)\. Ran \*sfc\* in C:\\Windows\."),
            r"Restarted (twice). Ran *sfc* in C:\Windows."
        );
    }

    #[test]
    fn paths_of_a_server_that_does_not_escape_stay_whole() {
        assert_eq!(readable(r"Mapped \\fs01\share to C:\Users"), r"Mapped \\fs01\share to C:\Users");
    }

    #[test]
    fn odd_spaces_and_invisible_marks_are_gone_and_emoji_stay_whole() {
        assert_eq!(readable("a\u{a0}b\u{200b}c\u{feff} 👩\u{200d}💻"), "a bc 👩\u{200d}💻");
    }

    #[test]
    fn a_backslash_at_the_end_stays() {
        assert_eq!(readable("ends with \\"), "ends with \\");
    }

    #[test]
    fn a_long_message_is_cut_on_a_character_and_stands_on_one_line() {
        assert_eq!(cut("ééé\r\n  ééé", 5), "ééé …");
        assert_eq!(cut("short", 5), "short");
    }
}
