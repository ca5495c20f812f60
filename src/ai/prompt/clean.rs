//! Texts of others, without what could speak to a machine: secrets, our tags, mentions, invisible characters.

use std::sync::LazyLock;

use regex::Regex;

use crate::ai::marker::without_tags;

/// Mentions as the platforms write them, and the words that stand for everybody.
static MENTIONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)<[@!#][^<>\s]{1,80}>|</?at\b[^<>]{0,80}>|(^|\W)@(everyone|here|channel|all)\b").ok()
});
/// Terminal control sequences.
static CONTROL: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)").ok());

/// A text that can be told to a model, or was told by one.
pub(in crate::ai) fn clean(text: &str) -> String {
    let text = replaced(&CONTROL, text, "");
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    // Both may be put together again by what is taken out between them.
    let mut text = visible;
    loop {
        let cleaned = replaced(&MENTIONS, &without_tags(&text), "$1$2");
        if cleaned == text {
            return crate::redact::secrets(&text);
        }
        text = cleaned;
    }
}

fn replaced(pattern: &LazyLock<Option<Regex>>, text: &str, with: &str) -> String {
    match &**pattern {
        Some(pattern) => pattern.replace_all(text, with).into_owned(),
        None => text.to_owned(),
    }
}

/// Characters that nobody sees: controls, zero-width ones, those that change the direction, and tag characters.
fn is_invisible(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{e0000}'..='\u{e007f}'
        | '\u{ad}' => true,
        _ => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tags_mentions_and_invisible_characters_are_taken_out() {
        for (said, cleaned) in [
            ("a [SUGGEST_FIX:1]{}[/SUGGEST_FIX] b", "a {} b"),
            ("[SUG\u{200b}GEST_FIX]x", "x"),
            ("hello <!channel> and <@U0ADA>", "hello  and "),
            ("ask @everyone", "ask everyone"),
            ("<at id=\"1\">Ada</at>", "Ada"),
            ("\u{1b}[31mred\u{1b}[0m\u{202e}", "red"),
            ("her pw is Summer2026! now", "her pw is [PASSWORD#1] now"),
            ("line\n\tline", "line\n\tline"),
            ("mail a@example.com at 10:00", "mail a@example.com at 10:00"),
        ] {
            assert_eq!(clean(said), cleaned);
        }
    }

    proptest! {
        #[test]
        fn cleaning_twice_changes_nothing(text in "(\\[/?SUGGEST_FIX\\]?|<!here>|@all|[a<>\\[\\] @!])*") {
            let once = clean(&text);
            prop_assert_eq!(clean(&once), once);
        }
    }
}
