//! Numbers and units, in digits and in words.

use std::collections::HashMap;
use std::sync::LazyLock;

static NUMBERS: LazyLock<HashMap<&str, f64>> = LazyLock::new(|| {
    let ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen";
    let tens = "twenty thirty forty fifty sixty seventy eighty ninety";
    let mut all: HashMap<&str, f64> = ones.split(' ').enumerate().map(|(i, w)| (w, i as f64)).collect();
    all.extend(tens.split(' ').enumerate().map(|(i, w)| (w, (i as f64 + 2.0) * 10.0)));
    all.extend([
        ("hundred", 100.0),
        ("thousand", 1000.0),
        ("dozen", 12.0),
        ("once", 1.0),
        ("twice", 2.0),
        ("single", 1.0),
    ]);
    let others = [
        "zwei deux twee",
        "drei trois tres drie",
        "vier quatre cuatro",
        "fünf cinq cinco vijf",
        "sechs seis zes",
        "sieben siete zeven",
        "acht huit ocho",
        "neun neuf nueve negen",
        "zehn dix diez tien",
        "elf onze",
        "zwölf douze doce twaalf",
    ];
    for (at, words) in others.into_iter().enumerate() {
        all.extend(words.split(' ').map(|word| (word, at as f64 + 2.0)));
    }
    all
});

/// The unit and how many of the smallest one it is.
pub(super) fn unit(word: &str) -> Option<(&'static str, f64)> {
    Some(match word {
        "s" | "sec" | "secs" | "second" | "seconds" | "sekunde" | "sekunden" | "seconde" | "seconden"
        | "secondes" | "segundos" => ("s", 1.0),
        "min" | "mins" | "minute" | "minutes" | "minuten" | "minuto" | "minutos" | "minuut" => ("s", 60.0),
        "h" | "hr" | "hrs" | "hour" | "hours" | "stunde" | "stunden" | "heure" | "heures" | "hora"
        | "horas" | "uur" | "uren" => ("s", 3600.0),
        "d" | "day" | "days" | "tag" | "tage" | "tagen" | "jour" | "jours" | "día" | "días" | "dag"
        | "dagen" => ("s", 86_400.0),
        "week" | "weeks" | "woche" | "wochen" | "semaine" | "semaines" | "semana" | "semanas" | "weken" => {
            ("s", 604_800.0)
        }
        "month" | "months" | "monat" | "monate" | "monaten" | "mois" | "mes" | "meses" | "maand"
        | "maanden" => ("month", 1.0),
        "year" | "years" => ("month", 12.0),
        "ms" | "millisecond" | "milliseconds" => ("ms", 1.0),
        "%" | "percent" => ("%", 1.0),
        "kb" | "kilobyte" | "kilobytes" => ("kb", 1.0),
        "mb" | "megabyte" | "megabytes" => ("mb", 1.0),
        "gb" | "gigabyte" | "gigabytes" | "gig" => ("gb", 1.0),
        "tb" | "terabyte" | "terabytes" => ("gb", 1024.0),
        "mbps" | "mbit" | "mbit/s" | "mb/s" => ("mbps", 1.0),
        "gbps" | "gbit" | "gbit/s" => ("mbps", 1000.0),
        "°c" | "celsius" | "degrees" => ("°", 1.0),
        _ => return None,
    })
}

/// What a number before this word is multiplied with: "two hundred".
pub(super) fn multiplier(word: &str) -> Option<f64> {
    matches!(word, "hundred" | "thousand" | "dozen").then(|| NUMBERS[word])
}

/// The value of `three`, `25`, `49.8`, `1,500`, and the letters behind it: `38GB`.
pub(super) fn value(word: &str) -> Option<(f64, Option<String>)> {
    if let Some(value) = NUMBERS.get(word) {
        return Some((*value, None));
    }
    if let Some((tens, ones)) = word.split_once('-')
        && let (Some(tens), Some(ones)) = (NUMBERS.get(tens), NUMBERS.get(ones))
    {
        return Some((tens + ones, None));
    }
    let end = word.find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | ',')).unwrap_or(word.len());
    let (digits, rest) = word.split_at(end);
    let grouped = digits.split(',').skip(1).all(|g| g.len() == 3) && digits.contains(',');
    let digits = if grouped { digits.replace(',', "") } else { digits.replace(',', ".") };
    // Codes with leading zeros are identifiers.
    if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        return None;
    }
    let value = digits.parse().ok()?;
    let rest = rest.trim_start_matches('-');
    Some((value, (!rest.is_empty()).then(|| rest.to_owned())))
}
