//! The Markdown that ticket systems show: bold words, lists, blank lines. What people and tickets wrote may hold more of
//! it, which would stand in the ticket as signs, or load a picture from somewhere for whoever opens it.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Links and pictures; anything else in brackets is somebody's words.
static LINK: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"!?\[([^\[\]\n]*)\]\(((?:https?|ftp|mailto|data):[^\s()]*)(?:\s[^()\n]*)?\)").ok()
});

/// A text in that Markdown. Doing it twice changes nothing.
pub(crate) fn subset(text: &str) -> String {
    let lines = text.lines().filter(|line| !is_fence(line) && !is_rule(line)).map(line);
    let text = lines.collect::<Vec<_>>().join("\n");
    let Some(link) = LINK.as_ref() else { return text };
    link.replace_all(&text, |found: &Captures<'_>| match (&found[1], &found[2]) {
        ("", target) => target.to_owned(),
        (words, target) if words == target => target.to_owned(),
        (words, target) => format!("{words} ({target})"),
    })
    .into_owned()
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// A line across the text, or below a table's head.
fn is_rule(line: &str) -> bool {
    let signs = line.chars().filter(|c| !c.is_whitespace());
    let count = signs.clone().filter(|c| matches!(c, '-' | '*' | '_' | '=')).count();
    count >= 3 && signs.clone().all(|c| matches!(c, '-' | '*' | '_' | '=' | '|' | ':'))
}

fn line(line: &str) -> String {
    let (item, words) = match line.split_once(' ') {
        Some(("-" | "*" | "+", words)) => ("- ", words),
        _ => ("", line),
    };
    let words = words.trim_start_matches("> ");
    let heading = words.trim_start_matches('#');
    let words = match words.len() - heading.len() {
        1..=6 => heading.strip_prefix(' ').unwrap_or(words),
        _ => words,
    };
    let row = words.trim().strip_prefix('|').and_then(|row| row.strip_suffix('|'));
    match row {
        Some(row) => format!("{item}{}", row.split('|').map(str::trim).collect::<Vec<_>>().join(", ")),
        None => format!("{item}{words}"),
    }
}

#[cfg(test)]
mod tests {
    use super::subset;

    #[test]
    fn our_own_notes_stay_as_they_are() {
        let note = "**Problem**\nNo sound.\n\n**What we confirmed**\n- The cable was loose.\n- Ran `net use | more`.";
        assert_eq!(subset(note), note);
    }

    #[test]
    fn a_picture_of_somebody_is_named_and_not_loaded() {
        let text = "- See ![x](https://evil.example/p.png \"t\") and [the log](https://logs.example/1)";
        assert_eq!(subset(text), "- See x (https://evil.example/p.png) and the log (https://logs.example/1)");
    }

    #[test]
    fn code_that_looks_like_a_link_stays() {
        assert_eq!(subset("Ran [int](5) and $a[0](x)"), "Ran [int](5) and $a[0](x)");
    }

    #[test]
    fn headings_tables_rules_quotes_and_fences_become_lines() {
        let text =
            "## Cause\n> quoted\n---\n| a | b |\n|---|---|\n| 1 | 2 |\n```\ncode\n```\n* item\n- # tag";
        assert_eq!(subset(text), "Cause\nquoted\na, b\n1, 2\ncode\n- item\n- tag");
        assert_eq!(subset(&subset(text)), subset(text));
    }

    #[test]
    fn a_number_sign_before_a_ticket_stays() {
        assert_eq!(subset("#4711 is the same"), "#4711 is the same");
    }
}
