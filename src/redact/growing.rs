//! Text that is shown while it grows: what may be the beginning of a secret waits until it is known to be none.

use super::cue::cues;
use super::secrets;
use super::view::View;

/// How far behind a value the word can stand that makes it one, with the longest value itself, in bytes.
const LOOK_BACK: usize = 300;

/// A text that is read again and again while it grows, which takes time for what is new only.
#[derive(Default)]
pub struct Growing {
    /// So many bytes at the beginning hold nothing to take out, and nothing that is still to come can change that.
    plain: usize,
}

impl Growing {
    /// What of the text can be shown by now, without secrets. Each call is given all of the text, which has only grown.
    pub fn clean(&mut self, text: &str) -> String {
        let (plain, rest) = text[..settled(text)].split_at(self.plain);
        let clean = secrets(rest);
        let whole = [plain, &clean].concat();
        // Tokens are counted from the first: with one in sight, all of the rest is read each time.
        if clean == rest && !rest.contains('[') {
            let out_of_reach = &rest[..rest.floor_char_boundary(rest.len().saturating_sub(2 * LOOK_BACK))];
            self.plain += out_of_reach.rfind("\n\n").map_or(0, |at| at + 2);
        }
        whole
    }
}

/// How much of a growing text can be shown, in bytes: however it goes on, the beginning is redacted like this.
///
/// Plain words are shown as they come. A word that could be a value waits for the end of its line or until no cue can
/// reach it, a line with a cue word and the line below it for their ends, a key block for its last line.
fn settled(text: &str) -> usize {
    let line = text.rfind('\n').map_or(0, |at| at + 1);
    // A value may stand on the line below its cue, with empty lines between.
    let above = text[..line].trim_end();
    let above = above.rfind('\n').map_or(above, |at| &above[at + 1..]);
    let end = if has_cue(above) || has_cue(&text[line..]) { line } else { line + plain(&text[line..]) };
    let is_whole = |block: &str| block.split_once("-----END").is_some_and(|(_, end)| end.contains("-----"));
    text[..end].rfind("-----BEGIN").filter(|at| !is_whole(&text[*at..end])).unwrap_or(end)
}

fn has_cue(line: &str) -> bool {
    !cues(View::new(line, &[]).text()).is_empty()
}

/// How much of a line without its end is whole words that are no values, whatever follows.
fn plain(line: &str) -> usize {
    let mut at = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let in_reach = at + word.len() + LOOK_BACK > line.len();
        if in_reach && (!word.ends_with(char::is_whitespace) || !is_plain(word.trim_end())) {
            break;
        }
        at += word.len();
    }
    at
}

/// Letters with a mark behind them, as in sentences.
fn is_plain(word: &str) -> bool {
    let bare = word.trim_end_matches(['.', ',', ';', '!', '?', ')']).trim_start_matches('(');
    let mut letters = bare.chars();
    letters.next().is_none_or(char::is_alphabetic)
        && letters.all(|c| c.is_lowercase() || matches!(c, '-' | '’'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::secrets;

    /// What is shown at each character is the beginning of what is shown in the end.
    fn grows_into(text: &str) {
        let whole = secrets(text);
        for (at, _) in text.char_indices() {
            let grown = &text[..at];
            let shown = secrets(&grown[..settled(grown)]);
            assert!(whole.starts_with(&shown), "{shown:?} is not how {whole:?} begins");
        }
    }

    #[test]
    fn nothing_is_shown_that_is_taken_out_in_the_end() {
        for text in [
            "her pw is Summer2026! now, and then\nthe printer works.\nSo it is done.",
            "Password: \"correct horse battery\" is it.",
            "The password for the admin account: Hunter2!x\n\nRestart the spooler then.",
            "password is\n\nHunter2!x\nand more\nlines",
            "net use s: \\\\srv\\s /user:bob Hunter2!x\nnext line here\nand one more",
            "https://bob:hunter2@example.com is the address",
            "key 123456 123456 123456 123456 123456 123456 123456 123456 opens it",
            "the number 123456-123456-123456-123456-123456-123456-123456-123456 opens it",
            "A key:\n-----BEGIN PRIVATE KEY-----\nabc\ndef\nghi\njkl\n-----END PRIVATE KEY-----\nkeep it\nsafe\n",
            "Log in with Kranich88! as the password and try again.",
            "Try \"blue kettle 7\" as her password, then log in.",
            "creds for the nas: admin / tulip and the printer",
            "Pay with 4242 4242 4242 4242 and ask for a receipt",
        ] {
            grows_into(text);
        }
    }

    #[test]
    fn a_long_text_is_read_in_parts_with_the_same_result() {
        let plain =
            |n: usize| format!("Step {n}: restart the spooler, then print. {}\n\n", "word ".repeat(40));
        let steps: String = (0..12).map(plain).collect();
        for end in [
            "Done.\n",
            "The password is\n\nHunter2!x\n",
            "Hunter2!x is her password, and Hunter2!x again.\nDone.\n",
        ] {
            let text = format!("{steps}{end}{steps}");
            let (whole, mut growing) = (secrets(&text), Growing::default());
            for at in (0..text.len()).step_by(37) {
                let shown = growing.clean(&text[..at]);
                assert!(whole.starts_with(&shown), "{shown:?} is not how {whole:?} begins");
            }
            assert!(growing.plain > steps.len() / 2, "{}", growing.plain);
        }
    }

    #[test]
    fn plain_words_do_not_wait() {
        let text = "Restart the print spooler, then try ag";
        assert_eq!(&text[..settled(text)], "Restart the print spooler, then try ");
        let text = "Change the password first.\nThen restart the spooler.\nTry ag";
        assert_eq!(&text[..settled(text)], "Change the password first.\nThen restart the spooler.\nTry ");
    }

    #[test]
    fn a_long_line_is_shown_as_far_as_no_cue_can_reach() {
        let text = format!("Update FW-01 {}and", "then try the next one again ".repeat(20));
        assert!(settled(&text) > 200 && settled(&text) < text.len());
        let text = "Update FW-01 and then";
        assert_eq!(settled(text), 7);
    }
}
