//! Telephone numbers. There is no checksum: the more a number looks like one, the less the words before it must say so.

use std::sync::LazyLock;

use regex::Regex;

use super::prose::before;
use super::view::pattern;
use super::{Found, Label};

/// Digits in groups, perhaps with a country code, a prefix in brackets, an extension.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:\+|\b00)?\(?\+?[0-9]{1,5}\)?(?:[ ./-]{0,2}\(?[0-9]{1,6}\)?){1,6}(?:\s?(?:x|ext\.?|extension|dw|poste)\s?[0-9]{1,6})?",
    )
});
static CUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)(?:\b(?:phones?|tel|telephone|mobile|mob|cell|cellphone|fax|desk|office|direct|line|hotline|ddi|did|whatsapp|sms|text|pager|",
        r"call(?:ed|ing|back)?|ring|reach(?:ed|able)?|dial(?:ed|led)?|contact|caller|registered|answering|voicemail|messages|extension|",
        r"telefon|telefonnummer|rufnummer|handy|mobil|durchwahl|anrufen|erreichbar|téléphone|portable|fixe|appeler|joignable|teléfono|móvil|celular|",
        r"llamar|telefoon|mobiel|nummer|bellen|bereikbaar)\b[^[0-9]\n]{0,24}|☎|📞)$"
    ))
});
static AFTER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?i)^[ -]{0,3}\(?(?:office|fax|mobile|cell|home|desk|work|phone|tel)\b"));
/// `+41 …`, `(602) 272-9781`, `201-948-1927`, `0490 75 40 81`, `01.84.17.61.18`: nothing else is written like that.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"^(?:\+[0-9][[0-9] ()./x-]{7,24}|00[1-9][0-9]?[ -]?[0-9][[0-9] ()./x-]{6,22}|\([0-9]{2,5}\) ?[0-9]{3,4}[ -]?[0-9]{3,4}(?: ?x ?[0-9]{1,6})?",
        r"|(?:1[-. ])?[0-9]{3}[-.][0-9]{3}[-.][0-9]{4}(?: ?x ?[0-9]{1,6})?|(?:001|\+1)-[0-9]{3}-[0-9]{3}-[0-9]{4}(?:x[0-9]{1,6})?|[0-9]{3} [0-9]{3} [0-9]{4}",
        r"|0[0-9]{1,4}(?:[ .-][0-9]{2,4}){2,4}|0[0-9]{2,5}[ /-][0-9]{5,8})$"
    ))
});
/// Dates, times and addresses of networks.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*|[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2,4}.*|[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9]{1,2}\.[0-9]{1,2}|[0-9]+\.[0-9]+|[0-9]{1,4}-[0-9]{1,4}|[0-9]+/[0-9]+)$",
    )
});
/// Before numbers of other kinds.
static NO_CUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:#|\b(?:ticket|case|order|invoice|po|serial|sn|s/n|kb|build|version|ref|reference|part|asset|bestellung|rechnung|commande|pedido|id|account|zip|room|port|code|error|vlan|card|iban|ssn)\b\W{0,4}(?:no\.?|nr\.?|number)?\W{0,3})$",
    )
});

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for found in NUMBER.find_iter(text) {
        let trimmed = found.as_str().trim_end_matches(['(', ' ', '-', '.', '/']);
        let trimmed = if trimmed.ends_with(')') && !trimmed.contains('(') {
            trimmed.trim_end_matches(')')
        } else {
            trimmed
        };
        let (start, end) = (found.start(), found.start() + trimmed.len());
        let digits = trimmed.bytes().filter(u8::is_ascii_digit).count();
        let near = before(text, start, 48);
        let edge = |c: char| c.is_alphanumeric() || matches!(c, '_' | '#' | '\\' | '@' | '$' | '%');
        let inside = near.ends_with(|c: char| edge(c) || matches!(c, '/' | '-' | '.' | ':' | '+'))
            && !near.ends_with(": ")
            || text[end..].starts_with(edge)
            || (text[end..].starts_with([':', '.', '-', '/'])
                && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()));
        if !(6..=17).contains(&digits) || inside || OTHER.is_match(trimmed) || NO_CUE.is_match(near) {
            continue;
        }
        // A label may stand on the line above.
        let above = text[..start].strip_suffix('\n').map_or("", |t| before(t, t.len(), 24));
        let cued = CUE.is_match(near) || CUE.is_match(above) || AFTER.is_match(&text[end..]);
        if PLAIN.is_match(trimmed) || (cued && digits <= 15) {
            out.push(Found { at: start..end, label: Label::Phone });
        }
    }
}
