//! Where each part of a YAML text stands: lines for paths, and paths for lines.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Parser};

use super::parse::Problem;

/// The longest path that is kept, in bytes; only a text that is no flow has longer ones.
const LONGEST_PATH: usize = 200;
/// The most problems that are reported at once.
const MOST_PROBLEMS: usize = 100;

/// The places of a text's keys and list items, by path (`nodes.a.results[1].next`).
#[derive(Debug, Default)]
pub(super) struct Places {
    in_order: Vec<Place>,
    lines: HashMap<String, usize>,
}

#[derive(Debug)]
struct Place {
    path: String,
    /// Line and column, both from 1.
    start: (usize, usize),
}

/// A map or list that the reader is inside of.
enum Frame {
    Map { path: String, key: Option<String> },
    List { path: String, index: usize },
}

impl Places {
    /// The places of a text.
    ///
    /// # Errors
    /// The first thing that is not YAML, or YAML that flows do not use: aliases and further documents.
    pub(super) fn of(text: &str) -> Result<Self, Vec<Problem>> {
        let mut places = Self::default();
        let mut inside: Vec<Frame> = Vec::new();
        let mut documents = 0;
        for event in Parser::new_from_str(text) {
            let (event, span) = event.map_err(|error| vec![places.not_yaml(&error)])?;
            let start = (span.start.line(), span.start.col() + 1);
            match event {
                Event::DocumentStart(..) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(vec![problem(
                            start.0,
                            "",
                            "a file holds one flow: this begins another document",
                        )]);
                    }
                }
                Event::Alias(_) => {
                    let at = child(inside.last());
                    return Err(vec![problem(
                        start.0,
                        &at,
                        "is an alias (`*name`): write the text out instead",
                    )]);
                }
                Event::Scalar(text, ..) => places.scalar(&mut inside, &text, start),
                Event::MappingStart(..) => {
                    let path = places.open(inside.last(), start);
                    inside.push(Frame::Map { path, key: None });
                }
                Event::SequenceStart(..) => {
                    let path = places.open(inside.last(), start);
                    inside.push(Frame::List { path, index: 0 });
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    inside.pop();
                    pass(&mut inside);
                }
                _ => {}
            }
        }
        Ok(places)
    }

    /// The line of a path, or of the closest thing around it that is there.
    pub(super) fn line_of(&self, path: &str) -> Option<usize> {
        let mut path = path;
        loop {
            if let Some(line) = self.lines.get(path) {
                return Some(*line);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    /// What stands at that line and column, or began before it.
    pub(super) fn at(&self, line: usize, column: usize) -> &str {
        let after = self.in_order.partition_point(|place| place.start <= (line, column));
        after.checked_sub(1).map_or("", |last| self.in_order[last].path.as_str())
    }

    /// The problems with their lines, in the order of the lines; the first hundred of them.
    pub(super) fn locate(&self, mut problems: Vec<Problem>) -> Vec<Problem> {
        for problem in &mut problems {
            problem.line = problem.line.or_else(|| self.line_of(&problem.at));
        }
        problems.sort_by_key(|problem| problem.line);
        problems.truncate(MOST_PROBLEMS);
        problems
    }

    fn not_yaml(&self, error: &serde_saphyr::granit_parser::ScanError) -> Problem {
        let (line, column) = (error.marker().line(), error.marker().col() + 1);
        let hint = match error.info() {
            info if info.contains("mapping values are not allowed") => {
                "; put a text with `: ` in it in quotes"
            }
            info if info.contains("expected key") => {
                "; check the indentation, and put a text that begins with `{` in quotes"
            }
            info if info.contains("tabs disallowed") => "; indent with spaces",
            _ => "",
        };
        problem(line, self.at(line, column), &format!("is not YAML: {}{hint}", error.info()))
    }

    fn scalar(&mut self, inside: &mut [Frame], text: &str, start: (usize, usize)) {
        match inside.last_mut() {
            Some(Frame::Map { path, key: key @ None }) => {
                let path = if path.is_empty() { text.to_owned() } else { format!("{path}.{text}") };
                *key = Some(text.to_owned());
                self.note(path, start);
            }
            _ => {
                self.open(inside.last(), start);
                pass(inside);
            }
        }
    }

    /// Notes the place of a value; that of a map entry is the place of its key.
    fn open(&mut self, around: Option<&Frame>, start: (usize, usize)) -> String {
        let path = child(around);
        if matches!(around, Some(Frame::List { .. })) {
            self.note(path.clone(), start);
        }
        path
    }

    fn note(&mut self, path: String, start: (usize, usize)) {
        if path.len() > LONGEST_PATH {
            return;
        }
        self.lines.entry(path.clone()).or_insert(start.0);
        self.in_order.push(Place { path, start });
    }
}

/// The path of the value that comes next.
fn child(around: Option<&Frame>) -> String {
    match around {
        None => String::new(),
        Some(Frame::List { path, index }) => format!("{path}[{index}]"),
        Some(Frame::Map { path, key }) => {
            let key = key.as_deref().unwrap_or("?");
            if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
        }
    }
}

/// A value is over: its key is used up, its place in the list taken.
fn pass(inside: &mut [Frame]) {
    match inside.last_mut() {
        // A map or list as a key: the value follows.
        Some(Frame::Map { key: key @ None, .. }) => *key = Some("?".to_owned()),
        Some(Frame::Map { key, .. }) => *key = None,
        Some(Frame::List { index, .. }) => *index += 1,
        None => {}
    }
}

fn problem(line: usize, at: &str, rule: &str) -> Problem {
    Problem { line: Some(line), at: at.to_owned(), rule: rule.to_owned() }
}
