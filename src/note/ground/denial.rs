//! The small words that deny, and how far they reach.

/// These deny what follows them.
pub(super) fn begins_at(word: &str) -> bool {
    matches!(
        word,
        "no" | "not" | "never" | "without" | "none" | "neither" | "nor" | "cannot" | "unable" | "nothing"
    ) || matches!(word, "nobody" | "zero" | "lacked" | "lacks" | "lacking")
        || matches!(
            word,
            "nicht" | "nie" | "niemals" | "ohne" | "kein" | "keine" | "keinen" | "keinem" | "keiner"
        )
        || matches!(
            word,
            "nichts" | "niemand" | "pas" | "jamais" | "aucun" | "aucune" | "rien" | "nunca" | "ningún"
        )
        || matches!(word, "ninguna" | "niet" | "geen" | "nooit" | "zonder" | "niets")
        || word.ends_with("n't")
}

/// These stand behind what they deny where nothing follows: "druckt nicht".
pub(super) fn stands_behind(word: &str) -> bool {
    matches!(word, "nicht" | "niet" | "pas")
}

/// What follows these is not denied any more.
pub(super) fn ends_at(word: &str) -> bool {
    matches!(word, "and" | "because" | "due" | "since" | "when" | "until" | "after" | "before" | "weil")
}

/// These deny what stands before them.
pub(super) fn is_gone(word: &str) -> bool {
    matches!(
        word,
        "gone" | "disappeared" | "disappears" | "vanished" | "ceased" | "absent" | "missing" | "nowhere"
    ) || matches!(word, "stopped" | "went")
}
