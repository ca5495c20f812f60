//! A name and a password side by side: "creds: admin / …", "log in with bob / …", `U: bob P: …`.

use std::sync::LazyLock;

use regex::Regex;

use super::prose::before;
use super::value::{Like, candidate, host_like, is_no_value, like};
use super::view::pattern;
use super::{Found, Label};

/// A cue, what it belongs to, a name, and what stands between name and password.
///
/// Names are Latin: with the letters of every script, repeated as often as here, the automaton took 37 MiB.
static PAIR: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(cred(?:ential)?s?|logins?|log(?:ged|ging)?[- ]?(?:in|on)|logon|sign(?:ed)? ?in|wi-?fi|wlan|ssid|hotspot|zugangsdaten|zugang|anmeldedaten|anmeldung|",
        r"angemeldet|anmelden|identifiants?|connexion|connecter|connecté|accès|credenciales|acceso|entra|entrar|iniciar sesión|inloggegevens|inloggen|",
        r"ingelogd|inlog|user(?:name)?(?: and |/| / | & )pass(?:word)?|account|access|auth|admin|benutzer|user(?:name)?|utilisateur|usuario|gebruiker)\b",
        r"(?:\s{1,3}(?:for|to|of|on|für|zum|zur|du|de|des|pour|del|de la|para|van|voor|im|am|in)(?:\s+[0-9a-z_À-ɏ.-]{1,24}){1,4}?)?",
        r"(?:\s{0,3}(?::|=|->|is|are|was|were|with|as|using|ist|sind|lauten|mit|als|est|sont|avec|es|son|con|zijn|met)){0,2}\s{0,3}",
        r#"["'`(]?([a-z0-9][0-9a-z_À-ɏ.@\\-]{0,60}|\.\\[0-9a-z_À-ɏ.-]{1,40})["'`]?(\s{0,2}[/|]\s{0,2}|:|\s{0,2},\s{1,2}|\s{1,2}-\s{1,2}|\s{1,2})"#,
    ))
});

/// The same without a cue, for names that only log in.
static KNOWN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[\s(\x22'`])(?:\.\\)?(?:local)?(?:admin(?:istrator)?|root|guest|sa|ubnt|cisco|manager|supervisor|operator|support|service|test|user|sysadmin|netadmin|pi|[a-z][a-z0-9-]{1,20}\\[a-z0-9._-]{1,40})(\s{0,2}/\s{0,2}|:)",
    )
});

/// `P: …` behind `U: …`.
static SHORT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:u|un|user(?:name)?|login|id|benutzer|b)\s{0,2}[:=]\s{0,2}\S{1,60}[\s,;/|]{1,4}(?:p|pw|k|c|w)\s{0,2}[:=]\s{0,2}",
    )
});

/// `P: …` before `U: …`.
static SHORT_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[\s,;(])(?:p|pw)\s{0,2}[:=]\s{0,2}([^\s,;]{4,60})[\s,;/|]{1,4}(?:u|un|user(?:name)?|login|benutzer)\s{0,2}[:=]",
    )
});

/// "use … to log in", "with … to sign in".
static USED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:use|used|using|try|tried|with|enter|type|mit|avec|con|met)\s{1,2}[\x22'`]?([^\s\x22'`]{6,40})[\x22'`]?\s(?:to|for)\s(?:log|sign|get in|unlock)",
    )
});

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for (form, enough) in [(&SHORT_FIRST, Like::Mixed), (&USED, Like::Strong)] {
        for value in form.captures_iter(text).filter_map(|found| found.get(1)) {
            if made_by_hand(value.as_str(), enough) {
                out.push(Found { at: value.range(), label: Label::Password });
            }
        }
    }
    let mut from = 0;
    // From the end of the cue, not of the match: in "admin creds: …" the first cue hides the second.
    while let Some(found) = PAIR.captures_at(text, from) {
        let (Some(all), Some(cue), Some(name), Some(between)) =
            (found.get(0), found.get(1), found.get(2), found.get(3))
        else {
            break;
        };
        from = cue.end();
        let tight = between.as_str().trim() == "/" || between.as_str().trim() == "|";
        let cue = cue.as_str().to_lowercase();
        // "creds" and its like promise a password, "user" and "account" do not.
        let promised = (tight || is_login_name(name.as_str()))
            && (cue.starts_with("cred")
                || cue.ends_with("daten")
                || cue.starts_with("ident")
                || cue.ends_with("gegevens")
                || cue.contains("pass"));
        if is_no_value(&name.as_str().to_lowercase()) && !is_login_name(name.as_str()) {
            continue;
        }
        take(
            text,
            all.end(),
            if promised && tight {
                Like::Word
            } else if promised || tight {
                Like::Mixed
            } else {
                Like::Strong
            },
            out,
        );
    }
    for found in KNOWN.captures_iter(text) {
        let (Some(all), Some(sep)) = (found.get(0), found.get(1)) else { continue };
        let default = before(text, all.end(), 60).to_lowercase().contains("default");
        let enough = match sep.as_str() {
            ":" => Like::Strong,
            _ if default => Like::Word,
            _ => Like::Mixed,
        };
        take(text, all.end(), enough, out);
    }
    for found in SHORT.find_iter(text) {
        take(text, found.end(), Like::Word, out);
    }
}

/// What devices come with, though as words they say something else.
const FACTORY: [&str; 10] =
    ["admin", "password", "root", "guest", "user", "default", "support", "changeme", "secret", "pass"];

fn is_login_name(name: &str) -> bool {
    ["admin", "root", "user", "support", "service", "test", "administrator", "account", "customer", "it"]
        .contains(&name.to_lowercase().as_str())
}

/// Whether somebody made this up: a digit among letters, no host and no address.
fn made_by_hand(value: &str, enough: Like) -> bool {
    like(value) >= enough
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(char::is_alphabetic)
        && !host_like(value)
        && !value.contains(['\\', '/', '@'])
}

fn take(text: &str, at: usize, enough: Like, out: &mut Vec<Found>) {
    let Some(found) = candidate(text, at) else { return };
    let value = &text[found.at.clone()];
    let line = before(text, at, 80).to_lowercase();
    // "failed login on SRV01/SRV02", "admin/user roles".
    let about = line.contains("fail") || line.contains("error") || line.contains("http");
    let digits = value.chars().any(|c| c.is_ascii_digit());
    // The password of an address is known by its form, and the host behind it is none.
    let address = line.rsplit([' ', '\t', '"']).next().is_some_and(|word| word.contains("://"));
    if address {
        return;
    }
    // An option behind a name is not its password: `/user:corp\svc /pass:…`.
    if value.split_once(':').is_some_and(|(name, _)| name.starts_with('p') && name.len() <= 8) {
        return;
    }
    let factory = enough == Like::Word && FACTORY.contains(&value.to_lowercase().as_str());
    let made = like(value) >= enough
        && value.chars().count() >= 4
        && !host_like(value)
        && !(about && like(value) < Like::Strong)
        && (digits || like(value) >= Like::Strong || enough == Like::Word);
    if factory || made {
        out.push(Found { at: found.at, label: Label::Password });
    }
}
