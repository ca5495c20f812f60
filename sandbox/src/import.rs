//! Tickets from a CSV file, as help-desk systems export them.
//!
//! A file is loaded wholly or not at all: the first row that breaks a rule is named, with its line. The
//! `resolution` column, where there is one, is left alone: it is what the product has to find out.

use std::collections::BTreeSet;
use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};

use crate::seed::{Level, Priority, TicketSeed};

const COLUMNS: [&str; 7] =
    ["number", "short_description", "description", "urgency", "impact", "category", "assignment_group"];
const COMPANY: &str = "Imported tickets";
const DEFAULT_BOARD: &str = "Service Desk";
/// The limit of the ticket system for a subject, in characters.
const LONGEST_SUMMARY: usize = 100;
/// Stands after the last row while a file is read. A quote that is opened and never closed swallows all that
/// follows, and so this too: that is how it is noticed.
const END: &[u8] = b"\x03";
/// Numbers above this are not taken for ids; it leaves room to hand out free ones.
const LARGEST_ID: i32 = 1_000_000_000;

/// Why a CSV file was not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CsvError {
    /// The file cannot be read.
    #[error("the ticket file cannot be read: {0}")]
    Read(#[from] io::Error),
    /// The file is in another encoding.
    #[error("the ticket file is in UTF-16; save it as UTF-8 (in Excel: \"CSV UTF-8\")")]
    Utf16,
    /// The header lacks a column.
    #[error("the ticket file has no column {missing:?}; its header is {found:?}")]
    Column {
        /// The column that is not there.
        missing: &'static str,
        /// The first line, as it was read.
        found: String,
    },
    /// There is a header and nothing below it.
    #[error("the ticket file has no tickets")]
    Empty,
    /// A row breaks a rule.
    #[error("line {line} of the ticket file: {rule}")]
    Row {
        /// Where the row begins, from 1.
        line: u64,
        /// What the row should have had.
        rule: String,
    },
}

/// Reads tickets from CSV in UTF-8, with or without a byte order mark. Columns are found by their name in
/// the header: `number`, `short_description`, `description`, `urgency` and `impact` (1 most to 5 least),
/// `category`, `assignment_group`; others are left alone.
///
/// The ticket id is the digits of the number (`INC00469` becomes 469), or a free id where there are none,
/// they are zero, too large, or taken. A subject longer than 100 characters is cut, and then stands whole
/// at the start of the description.
///
/// # Errors
/// [`CsvError`] names the column or the line and the rule; then no ticket is returned.
pub fn tickets_from_csv(mut source: impl Read) -> Result<Vec<TicketSeed>, CsvError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes)?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(CsvError::Utf16);
    }
    bytes.push(b'\n');
    bytes.extend_from_slice(END);
    let mut reader = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(bytes.as_slice());
    let mut record = ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(unreadable)?;
    let layout = Layout::read(&record)?;

    let mut rows = Vec::new();
    let mut numbers = BTreeSet::new();
    while reader.read_byte_record(&mut record).map_err(unreadable)? && !is_end(&record) {
        let line = record.position().map_or(0, csv::Position::line);
        let row = layout.row(&record);
        let row = row.map_err(|rule| CsvError::Row { line, rule })?;
        if !numbers.insert(row.number.clone()) {
            return Err(CsvError::Row { line, rule: format!("the number {} is used twice", row.number) });
        }
        rows.push(row);
    }
    if rows.is_empty() {
        return Err(CsvError::Empty);
    }
    Ok(with_ids(rows))
}

/// Where the wanted columns are.
struct Layout {
    places: [usize; COLUMNS.len()],
    width: usize,
}

struct Row {
    number: String,
    summary: String,
    description: String,
    urgency: u8,
    impact: u8,
    category: String,
    group: String,
}

impl Layout {
    fn read(header: &ByteRecord) -> Result<Self, CsvError> {
        let name = |name: &[u8]| String::from_utf8_lossy(name).trim().to_owned();
        let names: Vec<String> = header.iter().filter(|name| *name != END).map(name).collect();
        let mut places = [0; COLUMNS.len()];
        for (place, column) in places.iter_mut().zip(COLUMNS) {
            let found = names.iter().position(|name| name.eq_ignore_ascii_case(column));
            *place = found.ok_or_else(|| CsvError::Column { missing: column, found: names.join(",") })?;
        }
        Ok(Self { places, width: names.len() })
    }

    fn row(&self, record: &ByteRecord) -> Result<Row, String> {
        if record.iter().next_back().is_some_and(|field| field.ends_with(END)) {
            return Err("a quote is opened and not closed".to_owned());
        }
        if record.len() != self.width {
            return Err(format!("it has {} fields, and the header has {}", record.len(), self.width));
        }
        let field = |column: usize| {
            let text = std::str::from_utf8(&record[self.places[column]]);
            text.map(|text| text.trim().to_owned()).map_err(|_| format!("{} is not UTF-8", COLUMNS[column]))
        };
        let required = |column: usize| {
            let text = field(column)?;
            if text.is_empty() { Err(format!("{} is empty", COLUMNS[column])) } else { Ok(text) }
        };
        let scale = |column: usize| {
            let text = field(column)?;
            let number = text.parse().ok().filter(|number| (1..=5).contains(number));
            number.ok_or_else(|| format!("{} is {text:?}, not a whole number from 1 to 5", COLUMNS[column]))
        };
        Ok(Row {
            number: required(0)?,
            summary: required(1)?,
            description: field(2)?,
            urgency: scale(3)?,
            impact: scale(4)?,
            category: field(5)?,
            group: field(6)?,
        })
    }
}

fn with_ids(rows: Vec<Row>) -> Vec<TicketSeed> {
    let mut taken = BTreeSet::new();
    let own: Vec<Option<i32>> =
        rows.iter().map(|row| digits(&row.number).filter(|id| taken.insert(*id))).collect();
    let mut free = taken.last().copied().unwrap_or(0);
    let mut next = || {
        free += 1;
        free
    };
    rows.into_iter().zip(own).map(|(row, id)| ticket(row, id.unwrap_or_else(&mut next))).collect()
}

fn digits(number: &str) -> Option<i32> {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|id| (1..=LARGEST_ID).contains(id))
}

fn ticket(row: Row, id: i32) -> TicketSeed {
    let (summary, rest) = match row.summary.char_indices().nth(LONGEST_SUMMARY) {
        Some((cut, _)) => (row.summary[..cut].trim_end().to_owned(), format!("{}\n\n", row.summary)),
        None => (row.summary, String::new()),
    };
    let board = if row.group.is_empty() { DEFAULT_BOARD.to_owned() } else { row.group };
    TicketSeed {
        id,
        summary,
        description: format!("{rest}{}", row.description),
        company: COMPANY.to_owned(),
        contact: None,
        board,
        priority: priority(row.urgency, row.impact),
        severity: level(row.urgency),
        impact: level(row.impact),
        category: Some(row.category).filter(|category| !category.is_empty()),
        age_minutes: 0,
    }
}

/// The usual matrix of urgency and impact.
fn priority(urgency: u8, impact: u8) -> Priority {
    match urgency + impact {
        ..=2 => Priority::Critical,
        3 => Priority::High,
        4 => Priority::Medium,
        _ => Priority::Low,
    }
}

fn level(scale: u8) -> Level {
    match scale {
        ..=1 => Level::High,
        2 => Level::Medium,
        _ => Level::Low,
    }
}

fn is_end(record: &ByteRecord) -> bool {
    record.len() == 1 && &record[0] == END
}

/// Reading bytes from memory with rows of any width has no error of its own.
fn unreadable(error: csv::Error) -> CsvError {
    CsvError::Read(io::Error::other(error))
}
