//! Numbers with a checksum or a fixed form: payment cards, bank accounts, social security numbers.

use std::sync::LazyLock;

use iban::Iban;
use regex::Regex;

use super::prose::before;
use super::view::pattern;
use super::{Found, Label};

static DIGITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"[0-9](?:[ -]?[0-9]){11,18}"));
static CARD_CUE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)\b(?:cards?|cc|ccn|amex|visa|mastercard|maestro|credit|debit|kreditkarten?|karten?|kartennummer|cartes?|tarjetas?|kaart|creditcard|pan|payment)\b",
    )
});
static IBAN: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]){11,30}"));
static SSN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b([0-9]{3})([- ])([0-9]{2})([- ])([0-9]{4})\b"));
static SSN_PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)\b(?:ssn|social security(?: number| no\.?)?|soc(?:ial)? sec)\b[^[0-9]\n]{0,20}([0-9]{9})\b")
});

pub(super) fn find(text: &str, out: &mut Vec<Found>) {
    for found in DIGITS.find_iter(text) {
        let digits: Vec<u32> = found.as_str().chars().filter_map(|c| c.to_digit(10)).collect();
        let cued = CARD_CUE.is_match(before(text, found.start(), 60));
        if is_alone(text, found.start(), found.end())
            && passes_luhn(&digits)
            && is_issued(&digits, cued)
            && !is_one_digit(&digits)
        {
            out.push(Found { at: found.range(), label: Label::CreditCard });
        }
    }
    for found in IBAN.find_iter(text) {
        // The word that follows may look like part of it: the longest part that the checksum accepts is the number.
        let whole = found.as_str();
        let ends = whole
            .char_indices()
            .map(|(i, c)| i + c.len_utf8())
            .rev()
            .filter(|end| whole[..*end].ends_with(char::is_alphanumeric));
        for end in ends.take(20) {
            let compact: String = whole[..end].chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            if compact.len() < 15 {
                break;
            }
            let goes_on = text[found.start() + end..].starts_with(|c: char| c.is_ascii_alphanumeric());
            if !goes_on && has_iban_checksum(&compact.to_uppercase()) {
                out.push(Found { at: found.start()..found.start() + end, label: Label::Iban });
                break;
            }
        }
    }
    for found in SSN.captures_iter(text) {
        let (Some(all), Some(area), Some(group), Some(serial)) =
            (found.get(0), found.get(1), found.get(3), found.get(4).and(found.get(5)))
        else {
            continue;
        };
        let dashed =
            found.get(2).map(|m| m.as_str()) == Some("-") && found.get(4).map(|m| m.as_str()) == Some("-");
        let cued = before(text, all.start(), 40).to_lowercase().contains("s");
        let numbers = (area.as_str(), group.as_str(), serial.as_str());
        if is_ssn(numbers)
            && is_alone(text, all.start(), all.end())
            && (dashed || cued && says_ssn(text, all.start()))
        {
            out.push(Found { at: all.range(), label: Label::Ssn });
        }
    }
    for found in SSN_PLAIN.captures_iter(text).filter_map(|f| f.get(1)) {
        let number = found.as_str();
        if is_ssn((&number[..3], &number[3..5], &number[5..])) {
            out.push(Found { at: found.range(), label: Label::Ssn });
        }
    }
}

fn says_ssn(text: &str, at: usize) -> bool {
    let near = before(text, at, 40).to_lowercase();
    near.contains("ssn") || near.contains("social sec")
}

/// Areas 000, 666 and from 900 on were never given, nor groups 00, nor serials 0000.
fn is_ssn((area, group, serial): (&str, &str, &str)) -> bool {
    area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000"
}

/// Not part of a longer number, of an identifier, or of an address.
fn is_alone(text: &str, start: usize, end: usize) -> bool {
    let edge = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/' | '\\' | '#');
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let (next, then) = (after.next(), after.next());
    let goes_on = then.is_some_and(char::is_alphanumeric);
    let joined = match next {
        Some('-') => goes_on,
        Some('.') => then.is_some_and(|c| c.is_ascii_digit()),
        other => other.is_some_and(edge),
    };
    !joined && before.is_none_or(|c| !edge(c) && c != '.')
}

fn is_one_digit(digits: &[u32]) -> bool {
    digits.windows(2).all(|w| w[0] == w[1])
}

fn passes_luhn(digits: &[u32]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, d)| if i % 2 == 0 { *d } else { d * 2 / 10 + d * 2 % 10 })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether a network issues numbers of this length under this prefix. The rarer ones need a word that says "card".
fn is_issued(digits: &[u32], cued: bool) -> bool {
    let prefix = digits[..6].iter().fold(0, |n, d| n * 10 + d);
    let (two, three, four) = (prefix / 10_000, prefix / 1_000, prefix / 100);
    match digits.len() {
        16 if prefix / 100_000 == 4 || (51..=55).contains(&two) || (2221..=2720).contains(&four) => true,
        16 if (3528..=3589).contains(&four) || four == 6011 || two == 65 || (644..=649).contains(&three) => {
            true
        }
        15 if two == 34 || two == 37 => true,
        14 if (300..=305).contains(&three) || two == 36 || two == 38 || two == 39 => true,
        12..=19 => cued && (matches!(digits[0], 2..=6) || four == 1800 || two == 18 || two == 6),
        _ => false,
    }
}

/// The checksum, and the length and form of its country where they are known.
fn has_iban_checksum(compact: &str) -> bool {
    compact.parse::<Iban>().is_ok()
}
