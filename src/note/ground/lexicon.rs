//! What words mean: groups of words that mean the same, some with an opposite; all others mean their stem.

use std::collections::HashMap;
use std::sync::LazyLock;

use frostem::{Algorithm, Stemmer};

/// How much a word matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Weight {
    /// Something that was done.
    Action,
    /// How something is.
    State,
    /// A thing of the trade.
    Thing,
    /// Any other word.
    Soft,
}

impl Weight {
    pub(super) fn needs_fact(self) -> bool {
        matches!(self, Self::Action | Self::Thing)
    }

    pub(super) fn factor(self) -> f64 {
        match self {
            Self::Action => 1.5,
            Self::State => 0.8,
            Self::Thing | Self::Soft => 1.0,
        }
    }
}

/// The meaning of a word: its group, or its stem.
#[derive(Clone, Debug)]
pub(super) struct Meaning {
    pub(super) name: String,
    pub(super) weight: Weight,
}

#[derive(Clone)]
struct Entry {
    meaning: Meaning,
    sign: i8,
}

struct Lexicon {
    words: HashMap<String, Entry>,
    silent: std::collections::HashSet<String>,
}

static STEMMER: LazyLock<Stemmer> = LazyLock::new(|| Stemmer::new(Algorithm::English));

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut words: HashMap<String, Entry> = HashMap::new();
    let mut silent: std::collections::HashSet<String> =
        include_str!("function_words.txt").split_whitespace().map(str::to_owned).collect();
    for line in include_str!("lexicon.txt").lines().filter(|l| !l.starts_with('#')) {
        let Some((mark, rest)) = line.split_once(' ') else { continue };
        let weight = match mark {
            "!" => Weight::Action,
            "~" => Weight::State,
            "=" => Weight::Thing,
            "+" => Weight::Soft,
            _ => {
                silent.extend(rest.split_whitespace().flat_map(|w| [w.to_owned(), stem(w)]));
                continue;
            }
        };
        let Some((name, members)) = rest.split_once(':') else { continue };
        for (sign, side) in [1_i8, -1].into_iter().zip(members.split('|')) {
            for word in side.split_whitespace() {
                let meaning = Meaning { name: format!("{mark}{name}"), weight };
                let entry = Entry { meaning, sign };
                // The first line that has a word says what it means.
                words.entry(word.to_owned()).or_insert_with(|| entry.clone());
                if let Some((first, rest)) = word.split_once('_') {
                    words.entry(format!("{}_{rest}", stem(first))).or_insert(entry);
                } else if !word.contains('-') {
                    words.entry(stem(word)).or_insert(entry);
                }
            }
        }
    }
    Lexicon { words, silent }
});

pub(super) fn stem(word: &str) -> String {
    STEMMER.stem(word).into_owned()
}

/// Whether the lexicon has this term of several words, joined by underscores.
pub(super) fn is_term(joined: &str) -> bool {
    LEXICON.words.contains_key(joined)
}

/// Whether a word only holds a sentence together.
pub(super) fn is_function_word(word: &str) -> bool {
    static WORDS: LazyLock<std::collections::HashSet<&str>> =
        LazyLock::new(|| include_str!("function_words.txt").split_whitespace().collect());
    WORDS.contains(word)
}

/// The meaning of a word in lower case and its sign; nothing for words that only hold a sentence together.
pub(super) fn meaning(word: &str) -> Option<(Meaning, i8)> {
    let stemmed = stem(word);
    let exact = LEXICON.words.get(word);
    if exact.is_none() && LEXICON.silent.contains(word) {
        return None;
    }
    if let Some(entry) = exact.or_else(|| LEXICON.words.get(&stemmed)) {
        return Some((entry.meaning.clone(), entry.sign));
    }
    if LEXICON.silent.contains(&stemmed) || word.chars().count() < 2 {
        return None;
    }
    // "unchanged" is what was not changed.
    if let Some(rest) = word.strip_prefix("un")
        && let Some(entry) = LEXICON.words.get(rest).or_else(|| LEXICON.words.get(&stem(rest)))
        && entry.meaning.weight == Weight::Action
    {
        return Some((entry.meaning.clone(), -entry.sign));
    }
    Some((Meaning { name: stemmed, weight: Weight::Soft }, 1))
}
