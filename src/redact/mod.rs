//! The choke point for secrets: every text passes here before it is stored, shown or sent.
//!
//! This is the first layer: values whose form or cue word leaves no doubt. It is idempotent and linear in time.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

/// What stands in a text instead of a secret.
pub const MASK: &str = "[REDACTED]";

struct Rule {
    pattern: Regex,
    /// The group that holds the secret; the rest of the match stays.
    group: usize,
}

/// Each rule masks one group of its match.
static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let rules: &[(&str, usize)] = &[
        // Private keys: the whole block.
        (r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)-----END [A-Z ]*PRIVATE KEY-----", 1),
        // password is X, pwd: X, passphrase = "X"; a value needs a digit or a symbol, or quotes.
        (
            r#"(?i)\b(?:password|passwd|passphrase|pwd|pw|kennwort|passwort)\b\s*(?:is|was|=|:|->|to|ist)\s*["'“]([^"'”\n]{3,200})["'”]"#,
            1,
        ),
        (
            r"(?i)\b(?:password|passwd|passphrase|pwd|pw|kennwort|passwort)\b\s*(?:is|=|:|->|ist)\s*([^\s\[\],;]*[0-9!@#$%^&*?+=~_-][^\s\[\],;]*)",
            1,
        ),
        // Command lines.
        (r"(?i)(?:/pass(?:word)?:|\s-p(?:assword)?[ =])([^\s\[\]]*[0-9!@#$%^&*][^\s\[\]]*)", 1),
        (r"(?i)\bAuthorization:\s*(?:Basic|Bearer)\s+([A-Za-z0-9+/=._~-]{8,})", 1),
        (
            r"(?i)\b(?:api[_-]?key|secret|access[_-]?token|client[_-]?secret|AccountKey)\b\s*[=:]\s*([A-Za-z0-9+/=._~-]{12,})",
            1,
        ),
        // user:password@ in URLs.
        (r"://[^\s/:@]+:([^\s/@\[\]]+)@", 1),
        // Tokens by their vendors' prefixes, and JWTs.
        (
            r"\b((?:ghp|gho|ghs|ghu)_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|xox[abprs]-[A-Za-z0-9-]{10,}|sk-[A-Za-z0-9_-]{20,}|(?:AKIA|ASIA)[A-Z0-9]{16})\b",
            1,
        ),
        (r"\b(eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})", 1),
        // BitLocker recovery keys: eight groups of six digits.
        (r"\b(\d{6}(?:-\d{6}){7})\b", 1),
    ];
    rules
        .iter()
        .filter_map(|(pattern, group)| Some(Rule { pattern: Regex::new(pattern).ok()?, group: *group }))
        .collect()
});

/// The text without its obvious secrets.
#[must_use]
pub fn secrets(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for rule in RULES.iter() {
        if rule.pattern.is_match(&text) {
            text = Cow::Owned(
                rule.pattern
                    .replace_all(&text, |found: &Captures<'_>| masked(found, rule.group))
                    .into_owned(),
            );
        }
    }
    text.into_owned()
}

fn masked(found: &Captures<'_>, group: usize) -> String {
    let whole = found.get(0).map_or("", |m| m.as_str());
    let (Some(all), Some(secret)) = (found.get(0), found.get(group)) else { return whole.to_owned() };
    let (from, to) = (secret.start() - all.start(), secret.end() - all.start());
    if &whole[from..to] == MASK.trim_matches(['[', ']']) {
        return whole.to_owned();
    }
    format!("{}{MASK}{}", &whole[..from], &whole[to..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_compiles() {
        assert_eq!(RULES.len(), 10);
    }

    #[test]
    fn a_password_in_prose_is_masked() {
        assert_eq!(secrets("her pw is Summer2026! now"), "her pw is [REDACTED] now");
        assert_eq!(secrets("Password: \"correct horse\""), "Password: \"[REDACTED]\"");
        assert_eq!(
            secrets("net use s: \\\\srv\\s /password:Geheim1"),
            "net use s: \\\\srv\\s /password:[REDACTED]"
        );
    }

    #[test]
    fn a_bitlocker_key_is_masked() {
        let key = ["123456"; 8].join("-");
        assert_eq!(secrets(&format!("key {key}.")), "key [REDACTED].");
    }

    #[test]
    fn talk_about_passwords_stays() {
        for text in [
            "The password reset link was sent.",
            "Password was changed last week",
            "the password is expired",
            "KB5034441 0x80070005 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        ] {
            assert_eq!(secrets(text), text);
        }
    }

    #[test]
    fn masking_twice_changes_nothing_more() {
        let once = secrets("pwd=abc123! and https://bob:hunter2@example.com");
        assert_eq!(secrets(&once), once);
    }
}
