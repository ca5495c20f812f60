//! Dates as the interface writes them: UTC, whole seconds, `2026-11-23T08:15:00Z`.

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime, UtcOffset};

const NAIVE: &[&[BorrowedFormatItem<'_>]] = &[
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]"),
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]"),
];
const DAY: &[&[BorrowedFormatItem<'_>]] =
    &[format_description!("[year]-[month]-[day]"), format_description!("[month]/[day]/[year]")];

/// The interface's form of a point in time.
pub(crate) fn format(at: OffsetDateTime) -> String {
    let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (day, clock) = (at.date(), at.time());
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        day.year(),
        u8::from(day.month()),
        day.day(),
        clock.hour(),
        clock.minute(),
        clock.second()
    )
}

/// Reads a date-time with zone, one without (taken as UTC), or a bare day in either common order.
pub(crate) fn parse(text: &str) -> Option<OffsetDateTime> {
    let text = text.trim();
    if let Ok(at) = OffsetDateTime::parse(text, &Rfc3339) {
        return at.checked_to_offset(UtcOffset::UTC);
    }
    let naive = NAIVE.iter().find_map(|form| PrimitiveDateTime::parse(text, form).ok());
    let day = || DAY.iter().find_map(|form| Date::parse(text, form).ok()).map(Date::midnight);
    naive.or_else(day).map(PrimitiveDateTime::assume_utc)
}

#[cfg(test)]
mod tests {
    use super::{format, parse};

    #[test]
    fn every_accepted_form_of_a_day_means_the_same_moment() {
        let forms = ["2026-11-23T00:00:00Z", "2026-11-23T01:00:00+01:00", "2026-11-23", "11/23/2026"];
        let read: Vec<_> = forms.iter().map(|text| parse(text).map(format)).collect();
        assert_eq!(read, vec![Some("2026-11-23T00:00:00Z".to_owned()); 4]);
    }

    #[test]
    fn a_moment_beyond_the_calendar_is_refused() {
        assert_eq!(parse("9999-12-31T23:59:59-23:00"), None);
    }
}
