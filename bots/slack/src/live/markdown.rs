//! Markdown of somebody who is not trusted, for Slack to render piece by piece.
//!
//! Slack reads its own notation (`<!channel>`, `<@U…>`) in any text, and Markdown can hide an address behind words. Both
//! are taken apart here. What is made of a beginning is the beginning of what is made of the whole, so that a text can
//! be sent as it grows.

use crate::render::text;

/// The text as it is sent.
pub(super) fn safe(markdown: &str) -> String {
    let mut out = String::with_capacity(markdown.len() + markdown.len() / 8);
    let mut fence = Fence::default();
    let mut before = '\n';
    for char in text::clean(markdown).chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            // `[words](address)`, `[words][name]`, `[name]: address`. Code is not read that way, and is copied.
            '(' | '[' | ':' if before == ']' && !fence.is_open() => out.extend(['\\', char]),
            _ => out.push(char),
        }
        fence.read(char);
        before = char;
    }
    out
}

/// The line that opens the block of code which a text ends in.
pub(super) fn open_fence(markdown: &str) -> Option<String> {
    let mut fence = Fence::default();
    markdown.chars().for_each(|char| fence.read(char));
    fence.open.map(|(mark, length)| mark.to_string().repeat(length))
}

/// Follows which lines are a block of code. A line counts once it is whole.
#[derive(Debug, Default)]
struct Fence {
    open: Option<(char, usize)>,
    line: String,
}

impl Fence {
    fn is_open(&self) -> bool {
        self.open.is_some()
    }

    fn read(&mut self, char: char) {
        if char != '\n' {
            self.line.push(char);
            return;
        }
        let line = std::mem::take(&mut self.line);
        let mark = line.trim_start();
        let first = mark.chars().next().filter(|c| matches!(c, '`' | '~'));
        let Some(first) = first.filter(|_| line.len() - mark.len() <= 3) else { return };
        let length = mark.chars().take_while(|c| *c == first).count();
        let rest = &mark[length..];
        match self.open {
            None if length >= 3 && !rest.contains('`') => self.open = Some((first, length)),
            Some((with, least)) if first == with && length >= least && rest.trim().is_empty() => {
                self.open = None;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_called_and_no_address_hides_behind_words() {
        assert_eq!(safe("<!channel> & <@U1>"), "&lt;!channel> &amp; &lt;@U1>");
        assert_eq!(safe("[your bank](https://evil.example)"), "[your bank]\\(https://evil.example)");
        assert_eq!(
            safe("[bank][1]\n\n[1]: https://evil.example"),
            "[bank]\\[1]\n\n[1]\\: https://evil.example"
        );
    }

    #[test]
    fn code_is_left_as_it_can_be_copied() {
        let code = "```powershell\n[int](Get-Date).Day\n```\n";
        assert_eq!(safe(code), code);
        assert_eq!(safe("```\nx\n```\n[a](b)"), "```\nx\n```\n[a]\\(b)");
        assert_eq!(safe("``` `x`\n[a](b)"), "``` `x`\n[a]\\(b)");
    }

    #[test]
    fn a_beginning_is_sent_like_the_beginning_of_the_whole() {
        let text = "a [b](c)\n```\n[d](e) <!here>\n```\n[f](g) & [h]: i";
        let whole = safe(text);
        for (at, _) in text.char_indices() {
            assert!(whole.starts_with(&safe(&text[..at])), "{at}");
        }
    }

    #[test]
    fn a_block_of_code_that_is_not_ended_is_known() {
        assert_eq!(open_fence("text\n~~~~ sh\nls\n").as_deref(), Some("~~~~"));
        assert_eq!(open_fence("```\nls\n```\n"), None);
    }
}
