//! What identifies people and machines: addresses, user names and host names. Only in the profile `pii`.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::LazyLock;

use email_address::EmailAddress;
use regex::Regex;

use super::prose::before;
use super::value::{Like, candidate, host_like, is_no_value, like};
use super::view::pattern;
use super::{Found, Label};

static EMAIL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)[a-zß-ÿ0-9][a-zß-ÿ0-9._%+'-]{0,63}@[a-zß-ÿ0-9-]{1,63}(?:\.[a-zß-ÿ0-9-]{1,63}){0,5}\.[a-z]{2,24}",
    )
});
static IPV4: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"));
static IPV6: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)[0-9a-f]{0,4}(?::{1,2}[0-9a-f]{1,4}){2,7}(?:::)?"));
/// Where a version, not an address, is written with three dots.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)(?:\bv|version|build|release|firmware|driver|update|patch|bios|agent)[ .:-]{0,3}$")
});

static USER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:\b(?:user ?name|user ?id|login ?name|upn|samaccountname|benutzername|anmeldename|nom d'utilisateur|nombre de usuario|",
        r"gebruikersnaam)\b\s{0,3}(?::|=|is|ist|est|es)\s{0,3}|/user:(?:[\w.-]{1,40}\\)?|\bnet\s{1,3}user\s{1,3}|[a-z]:\\users\\|/home/)"
    ))
});
static DOMAIN_USER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:^|[\s(\x22'=:])[A-Za-z][A-Za-z0-9-]{1,20}\\([A-Za-z][A-Za-z0-9._$-]{1,40})")
});
static UNC: LazyLock<Regex> = LazyLock::new(|| pattern(r"\\\\([A-Za-z0-9][A-Za-z0-9._-]{0,62})"));
/// Names that only resolve inside a network.
static INNER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b[a-z0-9][a-z0-9-]{0,62}(?:\.[a-z0-9-]{1,62}){0,4}\.(?:local|lan|internal|intern|corp|home|ad|localdomain|intranet)\b",
    )
});
static HOST_WORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\b[A-Za-z][A-Za-z0-9]{1,14}(?:-[A-Za-z0-9]{1,14}){1,3}\b|\b[A-Z]{2,8}[0-9]{1,4}\b")
});
static HOST_CUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:host(?:name)?|computer(?: ?name)?|machine|device|server|workstation|pc|laptop|desktop|notebook|printer|rechner|gerät|drucker|poste|serveur|imprimante|ordinateur|equipo|servidor|impresora|apparaat|ping|rdp|ssh|mstsc|on|auf|sur|en|op)[ :]{1,3}(?:name |called |is |to |into )?$",
    )
});

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for found in EMAIL.find_iter(text) {
        if EmailAddress::from_str(found.as_str()).is_ok() {
            out.push(Found { at: found.range(), label: Label::Email });
        }
    }
    for found in IPV4.find_iter(text) {
        let near = before(text, found.start(), 16);
        let edge = |c: char| c.is_alphanumeric() || c == '_';
        let inside = near.ends_with(|c: char| edge(c) || c == '.')
            || text[found.end()..].starts_with(edge)
            || (text[found.end()..].starts_with('.')
                && text[found.end() + 1..].starts_with(|c: char| c.is_ascii_digit()));
        if found.as_str().parse::<Ipv4Addr>().is_ok() && !inside && !VERSION.is_match(near) {
            out.push(Found { at: found.range(), label: Label::Ip });
        }
    }
    for found in IPV6.find_iter(text) {
        let edge = |c: char| c.is_alphanumeric() || matches!(c, ':' | '.');
        let inside =
            text[..found.start()].ends_with(edge) || text[found.end()..].starts_with(char::is_alphanumeric);
        let letters = found.as_str().contains("::") || found.as_str().matches(':').count() == 7;
        if !inside && letters && found.as_str().parse::<Ipv6Addr>().is_ok() {
            out.push(Found { at: found.range(), label: Label::Ip });
        }
    }
    users(text, out);
    hosts(text, out);
}

fn users(text: &str, out: &mut Vec<Found>) {
    for found in USER.find_iter(text) {
        let Some(name) = candidate(text, found.end()) else { continue };
        let value = &text[name.at.clone()];
        let end = value.find(['\\', '/', ':']).unwrap_or(value.len());
        let value = &value[..end];
        let known = ["public", "default", "administrator", "all", "everyone"]
            .contains(&value.to_lowercase().as_str());
        if value.chars().count() >= 2
            && value.starts_with(char::is_alphabetic)
            && !is_no_value(&value.to_lowercase())
            && !known
        {
            out.push(Found { at: name.at.start..name.at.start + end, label: Label::User });
        }
    }
    for found in DOMAIN_USER.captures_iter(text).filter_map(|f| f.get(1)) {
        if !text[found.end()..].starts_with('\\') && found.as_str().chars().count() >= 2 {
            out.push(Found { at: found.range(), label: Label::User });
        }
    }
}

fn hosts(text: &str, out: &mut Vec<Found>) {
    for found in
        UNC.captures_iter(text).filter_map(|f| f.get(1)).filter(|m| m.as_str().parse::<Ipv4Addr>().is_err())
    {
        out.push(Found { at: found.range(), label: Label::Host });
    }
    for found in INNER.find_iter(text) {
        if !text[..found.start()].ends_with('@') {
            out.push(Found { at: found.range(), label: Label::Host });
        }
    }
    for found in HOST_WORD.find_iter(text) {
        let name = found.as_str();
        let digits = name.chars().any(|c| c.is_ascii_digit());
        if digits
            && host_like(name)
            && like(name) > Like::No
            && HOST_CUE.is_match(before(text, found.start(), 32))
        {
            out.push(Found { at: found.range(), label: Label::Host });
        }
    }
}
