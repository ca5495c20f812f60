//! Secrets in command lines and in the configuration of network devices.

use std::sync::LazyLock;

use regex::Regex;

use super::value::{Like, candidate, like};
use super::view::pattern;
use super::{Found, Label};

/// How sure the place before a value is.
#[derive(Clone, Copy, PartialEq)]
enum Trust {
    /// Only a secret stands here: any word is one.
    Any,
    /// Something else could stand here: two kinds of characters at least.
    Mixed,
}

/// Each pattern ends where the value begins.
static BEFORE: LazyLock<Vec<(Regex, Trust, Label)>> = LazyLock::new(|| {
    use Label::{Key, Password};
    let rules = [
        // Windows.
        (r"(?i)[/-]pass(?:word|wd)?[:=]", Trust::Any, Password),
        (r"(?i)\s/p(?:wd?|d)?:", Trust::Any, Password),
        (r"(?i)\s/rp\s{1,3}", Trust::Any, Password),
        (r"(?i)\s/passwordd?:", Trust::Any, Password),
        (
            r"(?i)\bnet1?\s{1,3}user\s{1,3}(?:\x22[^\x22\n]{1,60}\x22|[^\s/]{1,60})\s{1,3}",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bnet\s{1,3}use\b[^\n]{0,120}?\s/user:\S{1,80}\s{1,3}", Trust::Any, Password),
        (r"(?i)\bnet\s{1,3}use\s{1,3}(?:[a-z*]:?\s{1,3})?\\\\\S{1,80}\s{1,3}", Trust::Mixed, Password),
        (
            r"(?i)\bConvertTo-SecureString\s{1,3}(?:-String\s{1,3}|-AsPlainText\s{1,3}|-Force\s{1,3}){0,3}",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bPSCredential\b[^\n]{0,80}?,\s{0,3}", Trust::Mixed, Password),
        (
            r"(?i)\b(?:psexec|paexec|winexe|rdesktop|xfreerdp|plink|pscp|putty|smbclient|wmic|winrs|az|(?:docker|podman|helm registry|oc)\s{1,2}login|mongo(?:sh|dump|restore)?|mysql(?:dump|admin)?|sqlcmd|osql|bcp|isql|curl|ldap[a-z]{1,12}|ipmitool|racadm|esxcli|unzip|zip|7z|rar)\b[^\n|]{0,120}?\s-(?:p|pw|P|w|hp)[ =]{1,2}",
            Trust::Mixed,
            Password,
        ),
        // Anywhere.
        (
            r"(?i)\s--?(?:new|old|admin|user|db|root|account|default|http|proxy|ftp)?-?(?:password|passwd|passphrase|pwd|pw|pass)(?:[ =]{1,2}|\s{1,3})",
            Trust::Mixed,
            Password,
        ),
        (
            r"(?i)\s--(?:token|api-?key|secret|client-secret|auth-token|access-token|secret-key|private-key|key)[ =]{1,2}",
            Trust::Mixed,
            Key,
        ),
        (r"(?i)\bmysql(?:dump|admin)?\b[^\n|]{0,120}?\s-p", Trust::Mixed, Password),
        (r"(?i)\bsshpass\s{1,3}-p\s{0,2}", Trust::Any, Password),
        (
            r"(?i)\b(?:curl|wget|http|https|httpie|ab)\b[^\n|]{0,160}?\s(?:-u|--user|--auth|-a|-U)[ =]{1,2}[\x22']?[^\s:\x22']{1,80}:",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\b(?:smbclient|winexe|rpcclient|crackmapexec|mount)\b[^\n|]{0,120}?\s-U[ =]?[\x22']?[^\s%\x22']{1,80}%",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|RESTIC_PASSWORD|BORG_PASSPHRASE|REDISCLI_AUTH|VNCPASS|SQLCMDPASSWORD)=",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bredis-cli\b[^\n|]{0,80}?\s-a\s{1,2}", Trust::Any, Password),
        (r"(?i)-pass(?:in|out)\s{1,2}pass:", Trust::Any, Password),
        (r"(?i)\s-(?:store|key|src|dest)pass(?:in|out)?\s{1,2}", Trust::Mixed, Password),
        (r"(?i)\b7z\b[^\n|]{0,120}?\s-p", Trust::Mixed, Password),
        (
            r"(?i)\bhtpasswd\s{1,2}-[a-z]{0,4}b[a-z]{0,4}\s{1,2}\S{1,80}\s{1,2}\S{1,60}\s{1,2}",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bwpa_passphrase\s{1,2}(?:\x22[^\x22\n]{1,40}\x22|\S{1,40})\s{1,2}", Trust::Any, Password),
        (
            r"(?i)\bsnmp(?:walk|get|getnext|bulkwalk|set|table)\b[^\n|]{0,60}?\s-c\s{1,2}",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\becho\s{1,3}(?:-n\s{1,2})?[\x22']?[0-9a-z_.-]{1,40}:([^\s\x22':]{4,80})[\x22']?\s{0,2}\|\s{0,2}(?:sudo\s{1,2})?chpasswd",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\becho\s{1,3}(?:-n\s{1,2})?([^\s|]{3,80})\s{0,2}\|\s{0,2}(?:sudo\s{1,3}-[a-z]{0,4}S|passwd|smbpasswd|docker login|cryptsetup)",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bcmdkey\b[^\n|]{0,120}?\s/p(?:ass)?:", Trust::Any, Password),
        // Network devices.
        (
            r"(?i)\benable\s{1,2}(?:secret|password)\s{1,2}(?:level [0-9]{1,2} )?(?:[0-9] )?",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\busername\s{1,2}\S{1,40}\s{1,2}(?:privilege [0-9]{1,2} )?(?:password|secret)\s{1,2}(?:[0-9] )?",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bsnmp-server\s{1,2}community\s{1,2}", Trust::Any, Password),
        (r"(?i)\b(?:tacacs|radius)-server\b[^\n]{0,80}?\bkey\s{1,2}(?:[0-9] )?", Trust::Any, Password),
        (r"(?i)\bcrypto\s{1,2}isakmp\s{1,2}key\s{1,2}(?:[0-9] )?", Trust::Any, Password),
        (
            r"(?i)\bpre-shared-key\s{1,2}(?:local |remote |address \S{1,40} )?(?:key )?(?:ascii-text )?(?:[0-9] )?",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\bset\s{1,2}(?:psksecret|passwd|password|secret|passphrase|auth-pwd|key)\s{1,2}(?:ENC )?",
            Trust::Any,
            Password,
        ),
        (
            r"(?i)\b(?:wpa-psk|wpa-passphrase|wpa2-passphrase)\s{1,2}(?:ascii |hex )?(?:[0-9] )?",
            Trust::Any,
            Password,
        ),
        (r"(?i)\bneighbor\s{1,2}\S{1,40}\s{1,2}password\s{1,2}(?:[0-9] )?", Trust::Any, Password),
        (r"(?i)<keymaterial>", Trust::Any, Password),
    ];
    rules.into_iter().map(|(rule, trust, label)| (pattern(rule), trust, label)).collect()
});

/// Options and words that stand where a value could.
const NO_VALUES: [&str; 16] = [
    "*",
    "-",
    "/domain",
    "/add",
    "/delete",
    "/active:yes",
    "/active:no",
    "ro",
    "rw",
    "enc",
    "address",
    "key",
    "command",
    "is",
    "was",
    "for",
];

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for (before, trust, label) in BEFORE.iter() {
        for found in before.captures_iter(text) {
            if let Some(value) = found.get(1) {
                push(text, value.range(), *trust, *label, out);
                continue;
            }
            let Some(all) = found.get(0) else { continue };
            if let Some(value) = candidate(text, all.end()) {
                if value.quoted && !text[value.at.clone()].starts_with('$') && value.at.len() >= 3 {
                    out.push(Found { at: value.at, label: *label });
                } else {
                    push(text, value.at, *trust, *label, out);
                }
            }
        }
    }
}

fn push(text: &str, at: std::ops::Range<usize>, trust: Trust, label: Label, out: &mut Vec<Found>) {
    let value = &text[at.clone()];
    let option = value.starts_with(['/', '$', '%', '(', '[', '{', '<', '@', '|', '&', '>'])
        || (value.starts_with('-') && value.len() < 12);
    let fits = match trust {
        Trust::Any => {
            like(value) > Like::No
                || (value.len() >= 6 && value.bytes().any(|b| b.is_ascii_digit()) && !value.contains("://"))
        }
        Trust::Mixed => like(value) >= Like::Mixed,
    };
    if fits && !option && !NO_VALUES.contains(&value.to_lowercase().as_str()) {
        out.push(Found { at, label });
    }
}
