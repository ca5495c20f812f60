//! The block in which a model suggests a fix, taken out of its text while that is read.
//!
//! A block is `[SUGGEST_FIX:CODE] {…} [/SUGGEST_FIX]`, in upper or lower case. The code is the session's own, so that
//! nobody who is quoted can write one. What always holds: no part of a tag or a block is ever given out; how
//! the text is cut into pieces changes nothing; the last valid block counts; text without a tag comes out as it went in.

use serde_json::Value;

/// The largest block, in bytes.
const LARGEST: usize = 16 * 1024;
/// The longest part of a tag behind its name, in bytes.
const LONGEST_CODE: usize = 40;
/// So much of a tag at the end of a text is no accident, in bytes.
const TELLING: usize = 5;
const OPENING: &str = "[SUGGEST_FIX";
const CLOSING: &str = "[/SUGGEST_FIX";

/// Takes blocks out of a text that grows.
#[derive(Debug)]
pub(super) struct Splitter {
    code: String,
    /// What is not given out yet.
    held: String,
    /// The end of what was given out.
    tail: String,
    within: Within,
    last: Option<Value>,
}

/// Where the held text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    Text,
    /// Behind an opening tag; it was `ours` or carried another code.
    Block {
        ours: bool,
        /// Up to here no end was found.
        seen: usize,
    },
    /// In a block that is too large.
    TooLarge,
}

/// What stands at a `[`.
#[derive(Debug, PartialEq, Eq)]
enum At<'a> {
    Opening {
        length: usize,
        code: &'a str,
    },
    Closing {
        length: usize,
    },
    /// It may become a tag.
    Unsure,
    Nothing,
}

impl Splitter {
    /// For blocks with this code.
    pub(super) fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            held: String::new(),
            tail: String::new(),
            within: Within::Text,
            last: None,
        }
    }

    /// Takes the next piece; answers with the text that can be shown.
    pub(super) fn push(&mut self, piece: &str) -> String {
        self.held.push_str(piece);
        let mut shown = String::new();
        while self.step(&mut shown) {}
        self.tail.push_str(&shown);
        let start = self.tail.rfind('[').unwrap_or(self.tail.len());
        self.tail.drain(..start);
        shown
    }

    /// The rest of the text, and the last valid block. What was begun and never ended is no text and no block.
    pub(super) fn finish(mut self) -> (String, Option<Value>) {
        let mut shown = String::new();
        while let (Within::Block { .. }, Some(end)) = (self.within, closing_in(&self.held)) {
            // A quotation mark too many hides the end of a block: its first closing tag ends it then.
            self.held.drain(..end);
            self.within = Within::Text;
            while self.step(&mut shown) {}
        }
        let is_half_a_tag = at(&self.held, 0) == At::Unsure && self.held.len() >= TELLING;
        if self.within == Within::Text && !is_half_a_tag {
            shown.push_str(&self.held);
        }
        (shown, self.last)
    }

    /// Goes on as far as one thing; false when more text is needed.
    fn step(&mut self, shown: &mut String) -> bool {
        match self.within {
            Within::Text => self.in_text(shown),
            Within::Block { ours, seen } => self.in_block(ours, seen),
            Within::TooLarge => self.in_too_large(),
        }
    }

    fn in_text(&mut self, shown: &mut String) -> bool {
        let Some(bracket) = self.held.find('[') else {
            shown.push_str(&self.held);
            self.held.clear();
            return false;
        };
        let (take, within) = match at(&self.held, bracket) {
            At::Opening { length, code } => {
                let ours = code.eq_ignore_ascii_case(&self.code);
                (length, Within::Block { ours, seen: 0 })
            }
            At::Closing { length } => (length, Within::Text),
            At::Nothing => {
                shown.extend(self.held.drain(..=bracket));
                return true;
            }
            At::Unsure => {
                shown.extend(self.held.drain(..bracket));
                return false;
            }
        };
        shown.extend(self.held.drain(..bracket));
        self.held.drain(..take);
        // What stands around a tag must not become another one without it.
        if begins_a_tag(&format!("{}{shown}", self.tail)) {
            shown.push(' ');
        }
        self.within = within;
        true
    }

    fn in_block(&mut self, ours: bool, seen: usize) -> bool {
        let mut from = seen;
        while let Some(bracket) = self.held[from..].find('[').map(|found| from + found) {
            if bracket > LARGEST {
                break;
            }
            let content = &self.held[..bracket];
            match at(&self.held, bracket) {
                At::Closing { length } if !is_in_a_string(content) => {
                    let value = read(content).filter(|_| ours);
                    self.last = value.or(self.last.take());
                    self.held.drain(..bracket + length);
                    self.within = Within::Text;
                    return true;
                }
                At::Opening { length, code } if !is_in_a_string(content) => {
                    let ours = code.eq_ignore_ascii_case(&self.code);
                    self.held.drain(..bracket + length);
                    self.within = Within::Block { ours, seen: 0 };
                    return true;
                }
                At::Unsure => {
                    self.within = Within::Block { ours, seen: bracket };
                    return false;
                }
                At::Closing { .. } | At::Opening { .. } | At::Nothing => from = bracket + 1,
            }
        }
        if self.held.len() > LARGEST {
            self.within = Within::TooLarge;
            return true;
        }
        self.within = Within::Block { ours, seen: self.held.len() };
        false
    }

    fn in_too_large(&mut self) -> bool {
        if let Some(end) = closing_in(&self.held) {
            self.held.drain(..end);
            self.within = Within::Text;
            return true;
        }
        // Only the beginning of a tag is worth keeping.
        let tail = self.held.rfind('[').filter(|bracket| at(&self.held, *bracket) == At::Unsure);
        self.held.drain(..tail.unwrap_or(self.held.len()));
        false
    }
}

/// What stands in the text at a `[`.
fn at(text: &str, bracket: usize) -> At<'_> {
    let rest = &text[bracket..];
    match (behind(rest, OPENING), behind(rest, CLOSING)) {
        (Some(Some((length, code))), _) => At::Opening { length, code },
        (_, Some(Some((length, _)))) => At::Closing { length },
        (Some(None), _) | (_, Some(None)) => At::Unsure,
        (None, None) => At::Nothing,
    }
}

/// Whether the text begins with a tag of this name: its length and its code; `Some(None)` while that is open.
fn behind<'a>(text: &'a str, name: &str) -> Option<Option<(usize, &'a str)>> {
    let bytes = text.as_bytes();
    let both = bytes.len().min(name.len());
    if !bytes[..both].eq_ignore_ascii_case(&name.as_bytes()[..both]) {
        return None;
    }
    if both < name.len() {
        return (both > 0).then_some(None);
    }
    let code = &bytes[name.len()..];
    if code.first().is_some_and(|first| !matches!(first, b':' | b']' | b' ')) {
        return None;
    }
    match code.iter().position(|byte| matches!(byte, b']' | b'[' | b'\n')) {
        Some(end) if code[end] == b']' && end <= LONGEST_CODE => {
            let code = text.get(name.len()..name.len() + end).unwrap_or_default();
            Some(Some((name.len() + end + 1, code.trim_start_matches([':', ' ']).trim())))
        }
        None if code.len() <= LONGEST_CODE => Some(None),
        Some(_) | None => None,
    }
}

/// Whether the text ends with what could be the beginning of a tag.
fn begins_a_tag(text: &str) -> bool {
    let Some(bracket) = text.rfind('[') else { return false };
    let end = &text.as_bytes()[bracket..];
    let begins =
        |name: &str| name.as_bytes().get(..end.len()).is_some_and(|part| part.eq_ignore_ascii_case(end));
    begins(OPENING) || begins(CLOSING)
}

/// The end of the first closing tag.
fn closing_in(text: &str) -> Option<usize> {
    text.match_indices('[').find_map(|(bracket, _)| match at(text, bracket) {
        At::Closing { length } => Some(bracket + length),
        At::Opening { .. } | At::Unsure | At::Nothing => None,
    })
}

/// Whether JSON that ends here ends within a string.
fn is_in_a_string(json: &str) -> bool {
    let (mut within, mut escaped) = (false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if within => escaped = true,
            b'"' => within = !within,
            _ => {}
        }
    }
    within
}

/// The object of a block, with or without a code fence around it. A comma too many is forgiven.
fn read(content: &str) -> Option<Value> {
    let content = content.trim();
    let content = content.strip_prefix("```").map_or(content, |fenced| {
        let fenced = fenced.trim_start_matches(|c: char| c.is_ascii_alphanumeric());
        fenced.trim_end().strip_suffix("```").unwrap_or(fenced)
    });
    let parsed = serde_json::from_str(content).or_else(|_| serde_json::from_str(&without_commas(content)));
    parsed.ok().filter(Value::is_object)
}

/// JSON without commas before a closing bracket.
fn without_commas(json: &str) -> String {
    let mut kept = String::with_capacity(json.len());
    let (mut within, mut escaped) = (false, false);
    for c in json.chars() {
        match c {
            _ if escaped => escaped = false,
            '\\' if within => escaped = true,
            '"' => within = !within,
            '}' | ']' if !within => {
                let end = kept.trim_end().len();
                if kept[..end].ends_with(',') {
                    kept.truncate(end - 1);
                }
            }
            _ => {}
        }
        kept.push(c);
    }
    kept
}

/// Text of others without anything that could be one of our tags, however often they were put into each other.
pub(super) fn without_tags(text: &str) -> String {
    let mut text = text.to_owned();
    loop {
        let kept = without_tags_once(&text);
        if kept == text {
            return kept;
        }
        text = kept;
    }
}

fn without_tags_once(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(bracket) = rest.find('[') {
        kept.push_str(&rest[..bracket]);
        rest = match at(rest, bracket) {
            At::Opening { length, .. } | At::Closing { length } => &rest[bracket + length..],
            // What follows a name without its end is not ours.
            At::Unsure if rest.len() - bracket >= OPENING.len() => &rest[bracket + 1..],
            At::Unsure | At::Nothing => {
                kept.push('[');
                &rest[bracket + 1..]
            }
        };
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn split(pieces: &[&str]) -> (String, Option<Value>) {
        let mut splitter = Splitter::new("7f3a");
        let mut shown: String = pieces.iter().map(|piece| splitter.push(piece)).collect();
        let (rest, block) = splitter.finish();
        shown.push_str(&rest);
        (shown, block)
    }

    #[test]
    fn what_stands_around_a_tag_does_not_become_one() {
        let (shown, _) = split(&["a [suggest_fi", "[/suggest_fix]", "x] b"]);
        assert_eq!(shown, "a [suggest_fi x] b");
        let (shown, _) = split(&["[[SUGGEST_FIX:c]{}[/SUGGEST_FIX:c]/suggest_fix] b"]);
        assert_eq!(shown, "[ /suggest_fix] b");
    }

    #[test]
    fn a_block_is_taken_out_of_the_text() {
        let (shown, block) =
            split(&["Try this. [SUGGEST_FIX:7f3a]{\"title\":\"x\"}[/SUGGEST_FIX] Then print."]);
        assert_eq!((shown.as_str(), block), ("Try this.  Then print.", Some(json!({"title": "x"}))));
    }

    #[test]
    fn a_block_with_another_code_or_none_is_taken_out_and_does_not_count() {
        for tag in ["[SUGGEST_FIX]", "[suggest_fix:0000]", "[SUGGEST_FIX ]"] {
            let (shown, block) = split(&["a", tag, "{\"title\":\"x\"}[/SUGGEST_FIX:0000]b"]);
            assert_eq!((shown.as_str(), block), ("ab", None), "{tag}");
        }
    }

    #[test]
    fn the_last_valid_block_counts() {
        let one = "[SUGGEST_FIX:7f3a]{\"title\":\"1\"}[/SUGGEST_FIX]";
        let two = "[Suggest_Fix:7F3A] ```json\n{\"title\":\"2\",}\n``` [/Suggest_Fix:7F3A]";
        let bad = "[SUGGEST_FIX:7f3a]{title}[/SUGGEST_FIX]";
        let (shown, block) = split(&[one, two, bad]);
        assert_eq!((shown.as_str(), block), ("", Some(json!({"title": "2"}))));
    }

    #[test]
    fn a_tag_within_a_string_does_not_end_a_block() {
        let content = json!({"title": "say \"[/SUGGEST_FIX]\" or [SUGGEST_FIX:7f3a]"});
        let (shown, block) = split(&["[SUGGEST_FIX:7f3a]", &content.to_string(), "[/SUGGEST_FIX]."]);
        assert_eq!((shown.as_str(), block), (".", Some(content)));
    }

    #[test]
    fn what_never_ends_is_neither_text_nor_block() {
        let (shown, block) = split(&["Try this. [SUGGEST_FIX:7f3a]{\"title\":\"x\"}"]);
        assert_eq!((shown.as_str(), block), ("Try this. ", None));
        assert_eq!(split(&["Try this. [SUGGEST_FIX:7f"]), ("Try this. ".to_owned(), None));
    }

    #[test]
    fn a_quotation_mark_too_many_hides_nothing_but_its_block() {
        let (shown, block) = split(&["a[SUGGEST_FIX:7f3a]{\"title\":\"5\" inch\"}[/SUGGEST_FIX]b"]);
        assert_eq!((shown.as_str(), block), ("ab", None));
    }

    #[test]
    fn a_block_that_is_too_large_does_not_count() {
        let large = format!("{{\"title\":\"{}\"}}", "x".repeat(LARGEST));
        let (shown, block) = split(&["a[SUGGEST_FIX:7f3a]", &large, "[/SUGGEST_FIX]b"]);
        assert_eq!((shown.as_str(), block), ("ab", None));
    }

    #[test]
    fn tags_of_others_are_taken_apart() {
        assert_eq!(without_tags("a[SUGGEST_FIX:7f3a]{}[/suggest_fix]b"), "a{}b");
        assert_eq!(without_tags("[1] [SUGGEST_FIX:never closed"), "[1] SUGGEST_FIX:never closed");
        assert_eq!(without_tags("a[SUGGEST_[SUGGEST_FIX]FIX]b"), "ab");
    }

    proptest! {
        #[test]
        fn how_a_text_is_cut_changes_nothing(
            parts in proptest::collection::vec(
                prop_oneof![
                    Just("[SUGGEST_FIX:7f3a]"), Just("[/SUGGEST_FIX]"), Just("[SUGGEST_FIX]"), Just("{\"title\":\"x\"}"),
                    Just("["), Just("]"), Just("\""), Just("\\"), Just("{"), Just("ü€🙂"), Just("[SUGG"), Just(" and "),
                ],
                0..12,
            ),
            cuts in proptest::collection::vec(0_usize..200, 0..12),
        ) {
            let text = parts.concat();
            let mut cuts: Vec<usize> =
                cuts.into_iter().map(|cut| cut % (text.len() + 1)).filter(|cut| text.is_char_boundary(*cut)).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&str> = cuts.windows(2).map(|ends| &text[ends[0]..ends[1]]).collect();
            prop_assert_eq!(split(&pieces), split(&[&text]));
        }

        #[test]
        fn text_without_a_tag_comes_out_as_it_went_in(text in "[^\\[]{0,60}(\\[[^s/S]{1,9})?") {
            prop_assert_eq!(split(&[&text]), (text, None));
        }

        #[test]
        fn no_tag_is_ever_shown(text in "(\\[/?SUGGEST_FIX(:7f3a)?\\]?|[a{}\"\\[ ]){0,12}") {
            let shown = split(&[&text]).0.to_uppercase();
            prop_assert!(!shown.contains("[SUGGEST_FIX]") && !shown.contains("[SUGGEST_FIX:7F3A]"), "{}", shown);
        }
    }
}
