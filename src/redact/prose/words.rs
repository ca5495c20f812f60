//! The small words that join a cue to its value; they are in `words/joints.txt`.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// What a small word does.
#[derive(Clone, Copy, Debug)]
pub(super) enum Role {
    /// Join a cue to its value.
    Is,
    /// May follow those.
    Still,
    /// Lead to what a cue belongs to, or stand beside it.
    Of,
    /// Lead to a new value.
    To,
    /// Lead to an old one.
    From,
    /// Say that a value was changed.
    Changed,
    /// Say something about a value behind the cue, and not instead of it.
    Qualifies,
    /// Labels of people, machines and records that a secret belongs to.
    Whose,
    /// Before "code" or "key": it is no secret.
    OtherCode,
    /// Behind a cue: it is about something else.
    OtherThing,
    /// Go on after a value that was whole.
    GoesOn,
    /// Join two values.
    And,
    /// May stand before the second.
    TheNewOne,
    /// Lead from a value back to its cue.
    Links,
    /// Beginnings of words that, before a cue, say that it is about to change.
    Changes,
}

static ROLES: LazyLock<HashMap<String, HashSet<&str>>> = LazyLock::new(|| {
    let lines = include_str!("../words/joints.txt").lines().filter(|l| !l.starts_with('#'));
    let roles = lines.filter_map(|line| line.split_once(": "));
    roles.map(|(role, words)| (role.to_owned(), words.split(' ').collect())).collect()
});

impl Role {
    fn words(self) -> Option<&'static HashSet<&'static str>> {
        ROLES.get(&format!("{self:?}"))
    }

    /// Whether a word in lower case has this role.
    pub(super) fn has(self, word: &str) -> bool {
        self.words().is_some_and(|words| words.contains(word))
    }

    /// Whether a word of this role begins a word of the text.
    pub(super) fn begins_in(self, text: &str) -> bool {
        self.words().is_some_and(|beginnings| {
            text.split([' ', '\t']).any(|word| beginnings.iter().any(|b| word.starts_with(b)))
        })
    }
}
