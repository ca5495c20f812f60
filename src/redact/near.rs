//! Words made like a password, close to a word that speaks of one: "forgot her pw. Set to …".
//!
//! Nothing joins them, so the word must have letters, a digit and a mark that names and sentences do not have.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cue::{Kind, cues};
use super::prose::before;
use super::value::{Like, candidate, host_like, like, window};
use super::view::pattern;
use super::{Found, Label};

/// How far from the cue, in bytes of the same line.
const NEAR: usize = 90;

/// Words of logging in; near them a value must look even more like one.
static LOGIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\b(?:log(?:ged)?[- ]?(?:in|on)|logins?|sign(?:ed)? in|creds|credentials|administrator|admin|root|rdp|ssh|svc|service account|default|anmelden|anmeldung|zugang|",
        r"connexion|connecter|identifiants?|acceso|entrar|credenciales|inloggen|inloggegevens)\b"
    ))
});

/// `Ticket#88213`, `iPhone14!`: made the same way, and none.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)^(?:(?:ticket|case|order|po|room|suite|unit|apt|ref|inc|sr|req|chg|kb|item|port|ext|line|step|v|no|nr|id|vlan|floor|ch|page|rev|user|issue|pr|level|stage|phase|build|group|team|lab|site|zone|shelf|rack|slot|desk|building|seite|raum|etage|punkt|position|kapitel|salle|étage|planta|kamer|pagina|version|option|section|entry|kiosk|printer|drucker|client|laptop|station|phone|table|counter|kasse)[#:]?[0-9]+.*",
        r"|(?:windows|office|iphone|ipad|exchange|server|win|sql|macos|ios|android|teams|m|o|ps|outlook|chrome|java|python|ie|edge|galaxy|pixel|surface|usb|cat|hdmi)[0-9]+\W*)$"
    ))
});

/// Beside a password with a comma: "his own password, Liverpool8!, …".
static BESIDE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:,|\bthen|\bdann)\s([A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]{4,20}[0-9]{1,4}[!?#*]{0,2})(?:[,.;)]|\s{0,2}$)")
});

/// "The old one was …", where the line speaks of a password.
static ONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:(?:old|new|previous|former|current|other|first|second|last) one|alte|neue|l'ancien|le nouveau|el nuevo|la nueva|la antigua|het oude|het nieuwe)\s(?:is|was|will be|ist|war|est|était|es|era)\s[\x22'`]?([^\s\x22'`,;]{6,40})",
    )
});

/// Behind more than the usual words, after a colon or what leads to the news: "written on a note: …", ", neu: …".
static TRAILING: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:: |, (?:new|neu|nouveau|nuevo|nueva|nieuw): |; it is )([^\s,;]{6,40}?)[.!?]?(?:\s{0,2}$|[,;)\n])",
    )
});

/// Whether a number behind this word counts it: "Room 12", "Seite 7".
pub(super) fn is_counted(word: &str) -> bool {
    OTHER.is_match(&format!("{word}1"))
}

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    let cues = cues(text).into_iter().filter(|c| matches!(c.kind, Kind::Password | Kind::Shared));
    let around = |at: Range<usize>| {
        at.start - before(text, at.start, NEAR).len()..at.end + clipped(window(text, at.end))
    };
    for at in joined(cues.map(|c| around(c.at))) {
        for value in BESIDE.captures_iter(&text[at.clone()]).filter_map(|f| f.get(1)) {
            if !OTHER.is_match(value.as_str()) && !host_like(value.as_str()) {
                let value = at.start + value.start()..at.start + value.end();
                out.push(Found { at: value, label: Label::Password });
            }
        }
        for form in [&ONE, &TRAILING] {
            for value in form.captures_iter(&text[at.clone()]).filter_map(|f| f.get(1)) {
                let (made, ends) = (value.as_str(), at.start + value.end());
                let enough = if std::ptr::eq(form, &ONE) { Like::Mixed } else { Like::Strong };
                if like(made) >= enough && is_of_a_password(made) && ends <= at.end {
                    out.push(Found { at: at.start + value.start()..ends, label: Label::Password });
                }
            }
        }
        look(text, at, false, out);
    }
    for at in joined(LOGIN.find_iter(text).map(|m| around(m.range()))) {
        look(text, at, true, out);
    }
}

/// Letters and a digit, in no name of a machine, no address, and nothing that is counted.
fn is_of_a_password(value: &str) -> bool {
    value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(char::is_lowercase)
        && !host_like(value)
        && !OTHER.is_match(value)
        && !value.contains(['@', '\\', '/', '='])
}

/// Ranges in order, with those that overlap made one, so that each word is looked at once.
fn joined(ranges: impl Iterator<Item = Range<usize>>) -> Vec<Range<usize>> {
    let mut all: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match all.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => all.push(range),
        }
    }
    all
}

fn clipped(rest: &str) -> usize {
    let mut end = rest.len().min(NEAR);
    while !rest.is_char_boundary(end) {
        end -= 1;
    }
    end
}

fn look(text: &str, Range { start: from, end: to }: Range<usize>, strict: bool, out: &mut Vec<Found>) {
    let mut at = from;
    // A word that begins before the window is not looked at: its beginning is unknown.
    if text[..from].ends_with(|c: char| !c.is_whitespace()) {
        at += text[at..to].find(char::is_whitespace).unwrap_or(to - at);
    }
    while at < to {
        let skip = text[at..to].len() - text[at..to].trim_start().len();
        at += skip;
        if at >= to {
            break;
        }
        let len = text[at..to].find(char::is_whitespace).unwrap_or(to - at);
        if let Some(found) = candidate(text, at)
            && is_made(&text[found.at.clone()], strict)
        {
            out.push(Found { at: found.at, label: Label::Password });
        }
        at += len;
    }
}

fn is_made(value: &str, strict: bool) -> bool {
    let mark = |c: char| matches!(c, '!' | '@' | '#' | '$' | '%' | '^' | '*' | '?');
    let core = value.trim_end_matches(['!', '?']);
    let inside = core.chars().skip(1).any(mark);
    let digits = core.chars().rev().take_while(char::is_ascii_digit).count();
    let dated = core.len() < value.len() && digits >= 2;
    like(value) == Like::Strong
        && like(core) > Like::Word
        && value.chars().count() >= 6
        && value.len() <= 40
        && value.chars().any(|c| c.is_ascii_digit())
        && value.chars().any(char::is_alphabetic)
        && (inside || (dated && !strict))
        && (!strict || value.chars().any(char::is_uppercase))
        && !host_like(core)
        && !OTHER.is_match(value)
        && !value.rsplit_once('@').is_some_and(|(_, host)| host.contains('.'))
        // The rest of an option or of a name and its password is somebody else's to find.
        && !value.starts_with(['/', '-'])
        && !value.split_once(':').is_some_and(|(name, _)| name.chars().all(char::is_alphanumeric))
        && !value.contains(['=', '(', '<', '>', '\\', ';', '|', '"'])
}
