//! A long text over several messages.

use super::markdown::{open_fence, safe};
use crate::render::text::{head, size};

/// What one message shows, as it is sent. Slack takes 12,000 characters.
pub(super) const PART: usize = 11_000;

/// The longest line that begins a block of code and is repeated where it goes on.
const LONGEST_FENCE: usize = 20;

/// A text that is too long for one message, in two.
pub(super) struct Cut {
    /// What the message shows.
    pub(super) this: String,
    /// What the next ones show.
    pub(super) next: String,
}

/// Cuts a text that is too long for one message, not before `shown` (bytes that the message shows already), else at
/// the end of a paragraph, a line or a word. A block of code goes on as one.
pub(super) fn cut(markdown: &str, shown: usize) -> Option<Cut> {
    if size(&safe(markdown)) <= PART {
        return None;
    }
    let at = place(markdown).max(shown);
    let (this, next) = markdown.split_at(at);
    if next.trim().is_empty() {
        return None;
    }
    let next = next.trim_start_matches('\n');
    let (this, next) = match open_fence(&format!("{this}\n")).filter(|fence| fence.len() <= LONGEST_FENCE) {
        Some(fence) => {
            let end = if this.ends_with('\n') { "" } else { "\n" };
            (format!("{this}{end}{fence}"), format!("{fence}\n{next}"))
        }
        None => (this.to_owned(), next.to_owned()),
    };
    Some(Cut { this, next })
}

/// The texts of all messages.
pub(super) fn split(markdown: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = markdown.to_owned();
    while let Some(Cut { this, next }) = cut(&rest, 0) {
        parts.push(this);
        rest = next;
    }
    parts.push(rest);
    parts
}

fn place(markdown: &str) -> usize {
    // What is sent is never shorter than what it is made of.
    let (mut room, mut fitting) = (PART, head(markdown, PART).0);
    while size(&safe(fitting)) > PART {
        room -= room / 8;
        fitting = head(markdown, room).0;
    }
    let late = fitting.len() - fitting.len() / 4;
    let ends = ["\n\n", "\n", " "]
        .iter()
        .find_map(|end| fitting.rfind(end).map(|at| at + end.len()).filter(|at| *at > late));
    ends.unwrap_or(fitting.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_one_message() {
        assert_eq!(split("Restart it."), ["Restart it."]);
    }

    #[test]
    fn a_long_text_is_cut_between_paragraphs_and_nothing_of_it_is_lost() {
        let text = (0..400)
            .map(|n| format!("Paragraph {n}: look at the <event log> & go on.\n\n"))
            .collect::<String>();
        let parts = split(&text);
        assert!(parts.len() > 1 && parts.iter().all(|part| size(&safe(part)) <= PART));
        assert!(parts[1].starts_with("Paragraph "), "{}", &parts[1][..40]);
        assert_eq!(parts.concat().replace('\n', ""), text.replace('\n', ""));
    }

    #[test]
    fn a_block_of_code_goes_on_in_the_next_message() {
        let text = format!("```\n{}```\ndone", "Get-Service spooler\n".repeat(900));
        let parts = split(&text);
        assert!(parts.len() > 1 && parts[0].ends_with("\n```") && parts[1].starts_with("```\n"));
    }

    #[test]
    fn one_endless_word_is_cut_as_well() {
        let parts = split(&"<".repeat(9_000));
        assert!(parts.len() > 1 && parts.iter().all(|part| size(&safe(part)) <= PART));
    }

    #[test]
    fn what_is_shown_already_is_not_moved() {
        let text = "word ".repeat(2_400);
        let cut = cut(&text, 11_500).unwrap();
        assert_eq!(cut.this.len(), 11_500);
    }
}
