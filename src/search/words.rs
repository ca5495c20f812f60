//! From text to the words that are searched for: lower case, no accents, no endings, no talk.
//!
//! What always holds: a flow and a query go through the same steps, and nothing in a text is query syntax.

use std::collections::HashSet;
use std::sync::LazyLock;

use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer, TokenStream,
};

/// The longest word, in bytes.
const LONGEST: usize = 40;

/// A word that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// What is compared: "print" for "Printers".
    pub(super) stem: String,
    /// As it was written.
    pub(super) written: String,
}

/// The words of a text that say something, in order.
pub(super) fn words(text: &str) -> Vec<Word> {
    // "Can't" is one word, and so is "user's".
    let text = text.replace(['\'', '’'], "");
    let said = split(&text);
    // One pass of the stemmer over all words: each keeps its position in the line.
    let line = said.iter().map(|(word, ..)| same(word)).collect::<Vec<_>>().join(" ");
    let mut analyzer = STEM.clone();
    let mut stems = analyzer.token_stream(&line);
    let mut words = Vec::with_capacity(said.len());
    while let Some(token) = stems.next() {
        if let Some((_, from, to)) = said.get(token.position) {
            words.push(Word {
                stem: std::mem::take(&mut stems.token_mut().text),
                written: text[*from..*to].to_owned(),
            });
        }
    }
    words
}

/// The words without the talk, in lower case, and where in the text each begins and ends.
fn split(text: &str) -> Vec<(String, usize, usize)> {
    let mut analyzer = SPLIT.clone();
    let mut found: Vec<(String, usize, usize)> = Vec::new();
    analyzer.token_stream(text).process(&mut |token| {
        if let Some(last) = found.last_mut()
            && let Some(one) = joined(&last.0, &token.text)
        {
            (last.0, last.2) = (one.to_owned(), token.offset_to);
        } else {
            found.push((token.text.clone(), token.offset_from, token.offset_to));
        }
    });
    found.retain(|(word, ..)| word.len() > 1 && !TALK.contains(word.as_str()));
    found
}

static SPLIT: LazyLock<TextAnalyzer> = LazyLock::new(|| {
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(LONGEST))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .build()
});

static STEM: LazyLock<TextAnalyzer> = LazyLock::new(|| {
    let stop_words = StopWordFilter::new(Language::English).unwrap_or_else(|| StopWordFilter::remove([]));
    TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(stop_words)
        .filter(Stemmer::new(Language::English))
        .build()
});

/// Two words that are one: "wi-fi", "log in".
fn joined(first: &str, second: &str) -> Option<&'static str> {
    match (first, second) {
        ("wi", "fi") => Some("wifi"),
        ("e", "mail" | "mails") => Some("email"),
        ("log" | "logging" | "logged" | "sign" | "signing" | "signed", "in" | "on" | "into") => Some("login"),
        ("one", "drive") => Some("onedrive"),
        ("lock" | "locked" | "locking" | "locks", "out") => Some("locked"),
        _ => None,
    }
}

/// The one of several words for the same thing that flows and tickets are compared by.
fn same(word: &str) -> &str {
    match word {
        "pc" | "pcs" | "laptop" | "laptops" | "notebook" | "workstation" | "machine" => "computer",
        "wireless" | "wlan" => "wifi",
        "logon" | "logons" | "signin" | "logins" => "login",
        "mail" | "mails" => "email",
        "pw" | "pwd" | "passwd" | "passwords" => "password",
        "2fa" => "mfa",
        "lockout" | "lockouts" => "locked",
        "printer" | "printers" => "print",
        "mic" => "microphone",
        "launch" | "launches" | "launching" | "boot" | "boots" | "booting" | "startup" => "start",
        "entire" => "whole",
        "iphone" | "android" | "mobile" | "smartphone" => "phone",
        other => other,
    }
}

/// Words of talk that say nothing of the problem, besides the analyzer's own stop words.
static TALK: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    "about after again all also always am any anyone anymore anything app apps arent asap because been before being can cant \
     cannot colleague could couldnt customer customers day dear did didnt do does doesnt doing done dont due each even \
     ever every everyone everything fine from get gets getting give given go goes going good got had hadnt has hasnt \
     have havent having he hello help her here hey hi him his how however i im ill issue issues ive its just keep keeps \
     kept kind know last let like lots make many may maybe me might more morning most much must my myself need needed \
     needs never new next nobody now off ok one only or other our out over own people please pls problem problems put \
     quite re really regards reported reporting reports said same say saying says see seem seems seen she should since \
     so some someone something still sure take than thank thanks thats them theres theyre thing things think though \
     through ticket time today too tried trouble try trying unable until up urgent us use used user users uses using \
     very want wants was wasnt way we well went were werent weve what whats when where which while who whose why wont \
     work worked working works would wouldnt yes yesterday yet you your"
        .split_whitespace()
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn stems(text: &str) -> Vec<String> {
        words(text).into_iter().map(|word| word.stem).collect()
    }

    #[test]
    fn endings_case_and_accents_make_no_difference() {
        assert_eq!(stems("Crashing CAFÉ"), stems("crashes cafe"));
    }

    #[test]
    fn talk_is_left_out() {
        assert_eq!(
            stems("Hi, please help: I can't seem to get this working again. Thanks!"),
            Vec::<String>::new()
        );
    }

    #[test]
    fn words_written_in_two_ways_are_one() {
        assert_eq!(stems("wi-fi e-mail log on"), stems("WiFi mail login"));
        assert_eq!(stems("PC"), stems("laptop"));
    }

    #[test]
    fn a_word_keeps_how_it_was_written() {
        assert_eq!(words("two Printers")[1].written, "Printers");
        assert_eq!(words("the Wi-Fi")[0].written, "Wi-Fi");
    }
}
