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
        // password is "X", pwd: 'X', passphrase = “X”.
        (
            r#"(?i)\b(?:password|passwd|passphrase|pwd|pw|psk|kennwort|passwort)\b\s*(?:is|was|=|:|->|to|ist)\s*["'“]([^"'”\n]{3,200})["'”]"#,
            1,
        ),
        // pwd: X, and in prose "the password for the admin account: X", "changed password to X", "password X works".
        // What is no quoted value needs a digit or a mark inside that prose and code do not have there, and must
        // not be a variable, a call or a command: `$password = Read-Host`.
        (
            r"(?i)\b(?:password|passwd|passphrase|pwd|pw|kennwort|passwort)\b\s*(?:is\b|was\b|now\b|=|:|->|to\b|ist\b)\s*([^\s\[\],;$(%\x22'{][^\s\[\],;]*[0-9!@#$%^&*?+~][^\s\[\],;]*|[0-9!@#^&*?+~][^\s\[\],;]{3,})",
            1,
        ),
        (
            r"(?i)\bpassword\b (?:for|of) (?:[^\s:.,;]+ ){0,4}[^\s:.,;]+(?: is|:) ([^\s\[\],;$(%\x22'{][^\s\[\],;]*[0-9!@#$%^&*?+~][^\s\[\],;]*)",
            1,
        ),
        (
            r"(?i)\b(?:password|passwort|kennwort) ([A-Za-z]+[0-9!@#%&*?]*[0-9][0-9A-Za-z!@#$%&*?]*[!@#$%&*?][0-9A-Za-z!@#$%&*?]*|[A-Za-z]+[!@#$%&*?][0-9A-Za-z!@#$%&*?]*[0-9][0-9A-Za-z!@#$%&*?]*)",
            1,
        ),
        (
            r"(?i)\b(?:psk|wi-?fi key|wlan-?key|network key)\b\s*(?:is|=|:|ist)\s*([^\s\[\],;$(%\x22'{]{8,63})",
            1,
        ),
        (r"(?i)\btemporary access pass\b(?: code)?\s*(?:is|=|:)\s*([^\s\[\],;$(%\x22'{]{6,})", 1),
        // Command lines.
        (r"(?i)/pass(?:word)?:([^\s\[\]$%\x22']+)", 1),
        (r#"(?i)/pass(?:word)?:["']([^"'\n]+)["']"#, 1),
        (r"(?i)\s-(?:password|pwd|pw)[ =]+([^\s\[\]$(%\x22'-][^\s\[\]]*[0-9!@#$%^&*][^\s\[\]]*)", 1),
        (r#"(?i)\s-(?:password|pwd|pw)[ =]+["']([^"'$\n]{3,})["']"#, 1),
        (r#"(?i)\bConvertTo-SecureString\s+(?:-String\s+)?["']([^"'$\n]+)["']"#, 1),
        (r"(?i)\bnet\s+use\b[^\n]*?\s/user:\S+\s+([^\s/*\[\]]\S*)", 1),
        (r"(?i)\bnet\s+user\s+\S+\s+([^\s/*\[\]]*[0-9!@#$%^&][^\s\[\]]*)", 1),
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
        (r"\b(\d{6}(?:[- ]\d{6}){7})\b", 1),
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
        assert_eq!(RULES.len(), 20);
    }

    #[test]
    fn secrets_are_masked_and_the_words_around_them_stay() {
        for (said, kept) in [
            ("her pw is Summer2026! now", "her pw is [REDACTED] now"),
            ("Password: \"correct horse\"", "Password: \"[REDACTED]\""),
            ("changed password to Winter2026$", "changed password to [REDACTED]"),
            ("password Hunter2!x works", "password [REDACTED] works"),
            (
                "The password for the admin account: Hunter2!x",
                "The password for the admin account: [REDACTED]",
            ),
            ("PSK is FalconWifi99", "PSK is [REDACTED]"),
            ("The Temporary Access Pass is 5gW&2kLq", "The Temporary Access Pass is [REDACTED]"),
            (
                "ConvertTo-SecureString \"Hunter2!x\" -AsPlainText",
                "ConvertTo-SecureString \"[REDACTED]\" -AsPlainText",
            ),
            ("net use s: \\\\srv\\s /password:Geheim1", "net use s: \\\\srv\\s /password:[REDACTED]"),
            ("net use s: \\\\srv\\s /user:bob Hunter2!x", "net use s: \\\\srv\\s /user:bob [REDACTED]"),
            ("New-LocalUser -Name x -Password Hunter2!", "New-LocalUser -Name x -Password [REDACTED]"),
            ("https://bob:hunter2@example.com", "https://bob:[REDACTED]@example.com"),
        ] {
            assert_eq!(secrets(said), kept);
            assert_eq!(secrets(kept), kept);
        }
    }

    #[test]
    fn a_bitlocker_key_is_masked_however_it_is_read_out() {
        for separator in ["-", " "] {
            let key = ["123456"; 8].join(separator);
            assert_eq!(secrets(&format!("key {key}.")), "key [REDACTED].");
        }
    }

    #[test]
    fn words_and_commands_without_a_secret_stay() {
        for text in [
            "The password reset link was sent.",
            "Password was changed last week",
            "the password is expired",
            "The password is case-sensitive",
            "password: see the vault, item 12",
            "The password for the mailbox is unknown",
            "KB5034441 0x80070005 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "$password = Read-Host -Prompt \"New\" -AsSecureString",
            "Set-LocalUser -Name bob -Password $p",
            "Set-ADAccountPassword -NewPassword (Read-Host -AsSecureString)",
            "ssh -p 2222 admin@host",
            "nmap -p 3389 10.0.0.1; iperf3 -p 5201; mkdir -p /opt/app-1",
            "attrib +U -P \"%OneDriveCommercial%\\Archive\\*\" /S /D",
            "net user jdoe /domain",
            "net use S: /delete",
        ] {
            assert_eq!(secrets(text), text);
        }
    }
}
